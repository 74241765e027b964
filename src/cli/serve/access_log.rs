//! The access log, on stderr.

use crate::cli::stderr;
use crate::gateway::config::LogForm;
use crate::gateway::{AccessEntry, AccessLog};
use std::cell::RefCell;
use std::sync::Arc;

/// A log of this form; `None` for none.
pub(super) fn access_log(form: LogForm) -> Option<Arc<dyn AccessLog>> {
    match form {
        LogForm::Off => None,
        LogForm::Text => Some(Arc::new(Log { is_json: false })),
        LogForm::Json => Some(Arc::new(Log { is_json: true })),
    }
}

#[derive(Debug)]
struct Log {
    is_json: bool,
}

thread_local! {
    /// The line that is put together, so that others are not kept waiting meanwhile.
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
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
            stderr::whole_line(line);
        });
    }

    fn not_ready(&self, reason: &str) {
        stderr::note(&format!("bedwire: not ready: {reason}"));
    }
}
