//! How far a batch is, on stderr: a bar with rate and time left on a terminal, a plain line now and then elsewhere.

use super::tally::Tally;
use crate::cli::stderr;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// One run of a batch.
pub(super) struct View {
    /// On a terminal only.
    bar: Option<ProgressBar>,
    total: u64,
    /// Done in earlier runs: they say nothing about this run's rate.
    before: u64,
    started: Instant,
    last_line: Instant,
}

impl View {
    pub(super) fn new(total: u64, tally: &Tally) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(total));
        if let Some(bar) = &bar {
            let style = ProgressStyle::with_template("[{bar:40}] {pos}/{len} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        }
        let now = Instant::now();
        let view = Self { bar, total, before: tally.done(), started: now, last_line: now };
        if view.before > 0 {
            view.note(&format!("{} of {total} records are done already", view.before));
        }
        view
    }

    /// After each result.
    pub(super) fn show(&mut self, tally: &Tally) {
        if let Some(bar) = &self.bar {
            bar.set_message(self.state(tally));
            bar.set_position(tally.done());
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            self.note(&format!("{} of {} records, {}", tally.done(), self.total, self.state(tally)));
        }
    }

    /// Takes the bar away, and leaves a last line in its place.
    pub(super) fn finish(&self, tally: &Tally) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.note(&format!(
            "{} of {} records done, {} failed, after {} s",
            tally.done(),
            self.total,
            tally.failed(),
            self.started.elapsed().as_secs()
        ));
    }

    /// `12.5/s, 3 failed, 2 min 5 s left`
    fn state(&self, tally: &Tally) -> String {
        let took = self.started.elapsed().as_secs_f64();
        let here = tally.done().saturating_sub(self.before);
        let failed = match tally.failed() {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        if here == 0 || took <= 0.0 {
            return format!("waiting{failed}");
        }
        let rate = number(here) / took;
        let left = number(self.total.saturating_sub(tally.done())) / rate;
        format!("{rate:.1}/s{failed}, {} left", in_words(left))
    }

    /// A line beside the bar.
    pub(super) fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| stderr::note(line)),
            None => stderr::note(line),
        }
    }
}

impl Drop for View {
    /// An error message must not be drawn over.
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Exact for all counts below 2⁵³.
#[allow(clippy::cast_precision_loss)]
fn number(count: u64) -> f64 {
    count as f64
}

fn in_words(seconds: f64) -> String {
    let Ok(time) = Duration::try_from_secs_f64(seconds.ceil()) else { return "a long time".to_owned() };
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_in_two_units() {
        for (seconds, words) in [(0.2, "1 s"), (59.0, "59 s"), (125.0, "2 min 5 s"), (7260.0, "2 h 1 min")] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
