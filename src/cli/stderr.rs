//! Lines on stderr, of every kind. A command writes them itself. A server has a thread for them: whoever has a line
//! puts it behind the others that wait, and goes on, so that a pipe that nobody reads holds up no request and no
//! signal. The memory of the lines goes back and forth, so that no thread frees what another has asked for.

use super::control_characters::on_one_line;
use crate::{Error, ErrorKind};
use std::io::{self, Write as _};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// How many lines wait at most, when stderr is read slowly; further ones are counted and left out.
const WAITING: usize = 8192;
/// After a write, before the next is looked for.
const REST: Duration = Duration::from_millis(10);
/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(2);
/// The most memory that is kept for lines to come.
const KEPT: usize = 256 * 1024;

/// The lines for the thread, where there is one.
static LINES: OnceLock<Lines> = OnceLock::new();

#[derive(Default)]
struct Lines {
    waiting: Mutex<Waiting>,
    /// Rung where a writer without lines is told of one.
    more: Condvar,
    /// Rung when lines are written.
    written: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: String,
    lines: usize,
    left_out: u64,
    /// Lines that were taken to be written, or are written, so far.
    taken: u64,
    written: u64,
    is_writer_idle: bool,
}

/// Has a thread write all lines from now on.
///
/// # Errors
/// `File`: the system gives no thread.
pub(super) fn write_in_thread() -> Result<(), Error> {
    let thread =
        thread::Builder::new().name("stderr".to_owned()).spawn(|| LINES.get_or_init(Lines::default).write());
    thread.map_err(|e| {
        Error::new(ErrorKind::File, format!("there is no thread for what goes to stderr: {e}"))
    })?;
    LINES.get_or_init(Lines::default);
    Ok(())
}

/// Writes a text as one line, whatever is in it.
pub(super) fn note(text: &str) {
    line(&on_one_line(text));
}

/// Writes a line, given without its end.
pub(super) fn line(text: &str) {
    whole_line(&format!("{text}\n"));
}

/// The same with its end.
pub(super) fn whole_line(line: &str) {
    match LINES.get() {
        Some(lines) => lines.add(line),
        None => write(line),
    }
}

/// Waits until what was said is written, but not for ever.
pub(super) fn flush() {
    if let Some(lines) = LINES.get() {
        lines.flush();
    }
}

fn write(text: &str) {
    // What nobody reads any more is no reason to stop.
    let _ = io::stderr().write_all(text.as_bytes());
}

impl Lines {
    fn add(&self, line: &str) {
        let mut waiting = self.lock();
        if waiting.lines >= WAITING {
            waiting.left_out += 1;
            return;
        }
        waiting.text.push_str(line);
        waiting.lines += 1;
        // Who sleeps need not be woken by each line: that costs more than the line.
        if std::mem::take(&mut waiting.is_writer_idle) {
            self.more.notify_one();
        }
    }

    fn flush(&self) {
        let waiting = self.lock();
        let told = waiting.taken + waiting.lines as u64;
        let is_unwritten = |waiting: &mut Waiting| waiting.written < told;
        let _ = self.written.wait_timeout_while(waiting, LAST_LINES, is_unwritten);
    }

    /// Many lines are one write; none waits longer than the rest.
    fn write(&self) {
        let mut free = String::new();
        loop {
            let (mut text, left_out) = self.take(free);
            if left_out > 0 {
                text.push_str(&format!(
                    "bedwire: {left_out} lines were left out here: stderr is read too slowly\n"
                ));
            }
            write(&text);
            text.clear();
            text.shrink_to(KEPT);
            free = text;
            let mut waiting = self.lock();
            waiting.written = waiting.taken;
            drop(waiting);
            self.written.notify_all();
            thread::sleep(REST);
        }
    }

    /// Takes what waits, and gives other memory for it; where nothing does, waits for a line.
    fn take(&self, text: String) -> (String, u64) {
        let mut waiting = self.lock();
        while waiting.lines == 0 {
            waiting.is_writer_idle = true;
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.is_writer_idle = false;
        waiting.taken += std::mem::take(&mut waiting.lines) as u64;
        let left_out = std::mem::take(&mut waiting.left_out);
        (std::mem::replace(&mut waiting.text, text), left_out)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
