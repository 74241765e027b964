//! The key pair that is written down, in variables or in the profile: no command is run for it, and no service asked.

use super::{Found, environment, static_keys};
use crate::client::settings::Settings;
use crate::error::Error;
use crate::protocol::profile_file::FileKind;
use aws_credential_types::Credentials;

impl Settings {
    /// The key pair in the variables or in the profile's files, and which of them has it: what needs no command, no
    /// service and no secret of anyone else's. Half of one is an error.
    pub fn key_pair(&self) -> Result<Option<(&'static str, Credentials)>, Error> {
        if self.profile_named.counts_variables()
            && let Found::Credentials(credentials) = environment::find(&self.environment)?
        {
            return Ok(Some(("environment", credentials)));
        }
        for (source, kind) in [("credentials file", FileKind::Credentials), ("config file", FileKind::Config)]
        {
            if let Found::Credentials(credentials) =
                static_keys::find(self.files(), kind, &self.profile().value)?
            {
                return Ok(Some((source, credentials)));
            }
        }
        Ok(None)
    }
}
