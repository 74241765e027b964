//! How far a job or a download is, on stderr: a bar on a terminal, one plain line per change elsewhere.

use super::control_characters::on_one_line;
use super::stderr;
use crate::client::Progress;
use crate::protocol::operation::bedrock_runtime::AsyncInvoke;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

const REDRAW: Duration = Duration::from_millis(120);

/// Shows one job from its start to the end of its download.
pub(super) struct ProgressView {
    /// On a terminal only.
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: String,
}

impl ProgressView {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        Self { bar, started: Instant::now(), last_line: String::new() }
    }

    /// The answer of a poll.
    pub(super) fn job(&mut self, job: &AsyncInvoke) {
        let id = job.invocation_arn().id();
        match &self.bar {
            Some(bar) => {
                bar.set_style(style("{spinner} {msg}, {elapsed} waited"));
                bar.set_message(on_one_line(&format!("{id}: {}", job.status())).into_owned());
                bar.enable_steady_tick(REDRAW);
            }
            None => self.line(&format!("{id}: {}", job.status())),
        }
    }

    /// The progress of a download.
    pub(super) fn download(&mut self, file: &str, at: Progress) {
        let Some(bar) = &self.bar else {
            let of = at.total.map_or_else(String::new, |total| format!(" of {total} bytes"));
            return self.line(&format!("downloading {file}{of}"));
        };
        if let Some(total) = at.total.filter(|total| bar.length() != Some(*total)) {
            bar.disable_steady_tick();
            bar.set_length(total);
            bar.set_style(style("{msg} [{bar:40}] {bytes}/{total_bytes}"));
            bar.set_message(on_one_line(&format!("downloading {file}")).into_owned());
        }
        bar.set_position(at.received);
    }

    /// Takes the bar away, and leaves a last line in its place.
    pub(super) fn finish(&mut self, line: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.line(&format!("{line} after {} s", self.started.elapsed().as_secs()));
    }

    /// A line that says something new.
    fn line(&mut self, line: &str) {
        if line != self.last_line {
            stderr::note(line);
            line.clone_into(&mut self.last_line);
        }
    }
}

impl Drop for ProgressView {
    /// An error message must not be drawn over.
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
