//! The key pair that is written down, in variables or in the profile: no command is run for it, and no service asked.

use super::{Found, environment, static_keys};
use crate::client::settings::{Environment, SharedFiles};
use crate::error::Error;
use crate::protocol::profile_file::FileKind;
use aws_credential_types::Credentials;

/// The first one, and where it stands; a variable counts unless the profile was named by hand. Half of one is an error.
pub(in crate::client) fn key_pair(
    environment: &Environment,
    files: &SharedFiles,
    profile: &str,
    profile_only: bool,
) -> Result<Option<(&'static str, Credentials)>, Error> {
    if !profile_only && let Found::Credentials(credentials) = environment::find(environment)? {
        return Ok(Some(("environment", credentials)));
    }
    for (source, kind) in [("credentials file", FileKind::Credentials), ("config file", FileKind::Config)] {
        if let Found::Credentials(credentials) = static_keys::find(files, kind, profile)? {
            return Ok(Some((source, credentials)));
        }
    }
    Ok(None)
}
