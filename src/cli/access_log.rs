//! The access log on stderr. Whoever serves puts a line behind the others that wait, and goes on; one thread writes them
//! all at once. The memory of the lines goes back and forth, so that no thread frees what another has asked for.

use crate::gateway::config::LogForm;
use crate::gateway::{AccessEntry, AccessLog};
use std::cell::RefCell;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many lines wait at most, when stderr is read slowly; further ones are counted and left out.
const WAITING: usize = 8192;
/// After a write, before the next is looked for.
const REST: Duration = Duration::from_millis(10);
/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(2);
/// The most memory that is kept for lines to come.
const KEPT: usize = 256 * 1024;

/// Writes the log.
#[derive(Clone, Debug)]
pub(super) struct LogWriter(Arc<Told>);

/// What was told, as long as there is anybody to tell.
#[derive(Debug)]
struct Told(Arc<Lines>);

#[derive(Debug, Default)]
struct Lines {
    waiting: Mutex<Waiting>,
    /// Rung where a writer without lines is told of one, or that there will be none.
    more: Condvar,
    /// Rung when lines are written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    text: String,
    lines: usize,
    left_out: u64,
    /// Lines that were taken to be written, or are written, so far.
    taken: u64,
    written: u64,
    is_writer_idle: bool,
    has_ended: bool,
}

thread_local! {
    /// The line that is put together, so that others are not kept waiting meanwhile.
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

impl LogWriter {
    /// Starts the thread.
    pub(super) fn start() -> Self {
        let lines = Arc::new(Lines::default());
        let written = Arc::clone(&lines);
        std::thread::spawn(move || write(&written));
        Self(Arc::new(Told(lines)))
    }

    /// A log of this form; `None` for none.
    pub(super) fn log(&self, form: LogForm) -> Option<Arc<dyn AccessLog>> {
        let writer = self.clone();
        match form {
            LogForm::Off => None,
            LogForm::Text => Some(Arc::new(Log { writer, is_json: false })),
            LogForm::Json => Some(Arc::new(Log { writer, is_json: true })),
        }
    }

    /// Waits until what was told is written.
    pub(super) fn flush(&self) {
        let lines = &self.0.0;
        let waiting = lines.lock();
        let told = waiting.taken + waiting.lines as u64;
        let is_unwritten = |waiting: &mut Waiting| waiting.written < told;
        let _ = lines.written.wait_timeout_while(waiting, LAST_LINES, is_unwritten);
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.lock().has_ended = true;
        self.0.more.notify_one();
    }
}

#[derive(Debug)]
struct Log {
    writer: LogWriter,
    is_json: bool,
}

impl AccessLog for Log {
    fn ended(&self, entry: &AccessEntry<'_>) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            if self.is_json {
                line.push_str(&entry.to_json());
            } else {
                entry.push_text(line);
            }
            line.push('\n');
            self.writer.0.0.add(line);
        });
    }
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

    /// Takes what waits, and gives other memory for it; where nothing does, waits for a line. `None` where none will
    /// come.
    fn take(&self, text: String) -> Option<(String, u64)> {
        let mut waiting = self.lock();
        while waiting.lines == 0 {
            if waiting.has_ended {
                return None;
            }
            waiting.is_writer_idle = true;
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.is_writer_idle = false;
        waiting.taken += std::mem::take(&mut waiting.lines) as u64;
        let left_out = std::mem::take(&mut waiting.left_out);
        Some((std::mem::replace(&mut waiting.text, text), left_out))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Many lines are one write; none waits longer than the rest.
fn write(lines: &Lines) {
    let mut free = String::new();
    while let Some((mut text, left_out)) = lines.take(free) {
        if left_out > 0 {
            text.push_str(&format!(
                "bedwire: {left_out} lines of the access log were left out: stderr is read too slowly\n"
            ));
        }
        // A log that nobody reads any more is no reason to stop.
        let _ = io::stderr().write_all(text.as_bytes());
        text.clear();
        text.shrink_to(KEPT);
        free = text;
        let mut waiting = lines.lock();
        waiting.written = waiting.taken;
        drop(waiting);
        lines.written.notify_all();
        std::thread::sleep(REST);
    }
}
