//! The key pair that is written down, in variables or in the profile: no command is run for it, and no service asked.

use super::{Found, environment, static_keys};
use crate::client::settings::{Environment, SharedFiles};
use crate::protocol::profile_file::FileKind;
use aws_credential_types::Credentials;

/// The first whole one, and where it stands; a variable counts unless the profile was named by hand.
pub(in crate::client) fn key_pair(
    environment: &Environment,
    files: &SharedFiles,
    profile: &str,
    profile_only: bool,
) -> Option<(&'static str, Credentials)> {
    let of_variables = || Some(("environment", environment::find(environment).ok()?));
    let of_file = |source, kind| Some((source, static_keys::find(files, kind, profile).ok()?));
    [
        if profile_only { None } else { of_variables() },
        of_file("credentials file", FileKind::Credentials),
        of_file("config file", FileKind::Config),
    ]
    .into_iter()
    .flatten()
    .find_map(|(source, found)| match found {
        Found::Credentials(credentials) => Some((source, credentials)),
        Found::Nothing(_) => None,
    })
}
