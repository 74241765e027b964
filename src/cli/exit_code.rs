//! What came of it → exit code, as the README lists them.

use crate::{Error, ErrorKind};
use std::process::ExitCode;

pub(super) fn of(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput => 2,
        ErrorKind::Credentials => 3,
        ErrorKind::Service | ErrorKind::InvocationFailed => 4,
        ErrorKind::Throttled => 5,
        ErrorKind::Network | ErrorKind::Timeout => 6,
        ErrorKind::Undecodable => 7,
        ErrorKind::File | ErrorKind::Interrupted => 1,
    }
}

/// Help and version go to stdout and are a success; everything else that clap says is bad usage.
pub(super) fn of_usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}
