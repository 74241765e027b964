//! What to do about an error, with the options that the library does not know.

use crate::{Error, Setting};

/// The hint of an error, and the option that it speaks of.
pub(super) fn hint(error: &Error) -> Option<String> {
    let hint = error.hint()?;
    Some(match error.setting() {
        Some(setting) => format!("{hint}{}", option(setting)),
        None => hint.to_owned(),
    })
}

/// The error as one sentence.
pub(super) fn sentence(error: &Error) -> String {
    match hint(error) {
        Some(hint) => format!("{} ({hint})", error.message()),
        None => error.message().to_owned(),
    }
}

/// The rest of the hint's sentence.
fn option(setting: Setting) -> &'static str {
    match setting {
        Setting::CallTimeout => ": --timeout SECS",
        Setting::MaxAttempts => ": --max-attempts N",
        Setting::Region => ": --region REGION",
        Setting::Credentials => ", or try --offline, which needs none",
    }
}
