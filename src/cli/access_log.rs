//! The access log on stderr. Whoever serves hands a line over and goes on; one thread writes.

use crate::gateway::config::LogForm;
use crate::gateway::{AccessEntry, AccessLog};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

/// How many lines wait at most, when stderr is read slowly; further ones are counted and left out.
const WAITING: usize = 8192;
/// Room for most lines.
const LINE: usize = 320;
/// After a write, before the next is looked for.
const REST: Duration = Duration::from_millis(10);
/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Writes the log.
#[derive(Clone, Debug)]
pub(super) struct LogWriter {
    lines: SyncSender<Line>,
    left_out: Arc<AtomicU64>,
}

enum Line {
    Text(String),
    /// Everything before it is to be written, then this is told.
    Flush(SyncSender<()>),
}

impl LogWriter {
    /// Starts the thread.
    pub(super) fn start() -> Self {
        let (lines, waiting) = sync_channel(WAITING);
        let left_out = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&left_out);
        std::thread::spawn(move || write(&waiting, &counted));
        Self { lines, left_out }
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
        let (tell, told) = sync_channel(1);
        if self.lines.send(Line::Flush(tell)).is_ok() {
            let _ = told.recv_timeout(LAST_LINES);
        }
    }
}

#[derive(Debug)]
struct Log {
    writer: LogWriter,
    is_json: bool,
}

impl AccessLog for Log {
    fn ended(&self, entry: &AccessEntry<'_>) {
        let line = if self.is_json { entry.to_json() } else { text(entry) };
        if self.writer.lines.try_send(Line::Text(line)).is_err() {
            self.writer.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn text(entry: &AccessEntry<'_>) -> String {
    let mut line = String::with_capacity(LINE);
    let _ = write!(line, "{entry}"); // a string takes everything
    line
}

/// Many lines are one write; none waits longer than the rest.
fn write(lines: &Receiver<Line>, left_out: &AtomicU64) {
    let mut out = BufWriter::with_capacity(64 * 1024, io::stderr());
    loop {
        let line = match lines.try_recv() {
            Ok(line) => line,
            Err(TryRecvError::Empty) => {
                let _ = out.flush();
                // Who sleeps need not be woken by each line: that costs more than the line.
                std::thread::sleep(REST);
                match lines.recv() {
                    Ok(line) => line,
                    Err(_) => return,
                }
            }
            Err(TryRecvError::Disconnected) => return,
        };
        // A log that nobody reads any more is no reason to stop.
        match line {
            Line::Text(line) => {
                let _ = writeln!(out, "{line}");
            }
            Line::Flush(tell) => {
                let _ = out.flush();
                let _ = tell.try_send(());
            }
        }
        let missed = left_out.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let _ = writeln!(
                out,
                "bedwire: {missed} lines of the access log were left out: stderr is read too slowly"
            );
        }
    }
}
