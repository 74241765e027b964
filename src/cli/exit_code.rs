//! What came of it → exit code, as the README lists them.

use crate::{Error, ErrorKind};

pub(super) fn of(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput => 2,
        ErrorKind::Credentials => 3,
        ErrorKind::Service | ErrorKind::InvocationFailed => 4,
        ErrorKind::Throttled => 5,
        ErrorKind::Network | ErrorKind::Timeout => 6,
        ErrorKind::Undecodable | ErrorKind::BrokenStream => 7,
        ErrorKind::File | ErrorKind::Interrupted => 1,
    }
}
