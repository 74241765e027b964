//! Who is asked for the code of an MFA device.

use crate::error::Error;
use crate::transport::BoxFuture;

/// Asks a person for the code that an MFA device shows now.
pub trait AskMfaCode: Send + Sync + 'static {
    /// `serial` names the device: `arn:aws:iam::123456789012:mfa/alice`.
    fn code<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Result<String, Error>>;
}
