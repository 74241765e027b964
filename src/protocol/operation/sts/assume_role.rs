//! AssumeRole: the temporary credentials of a role.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::query;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable};
use aws_credential_types::Credentials;
use bytes::Bytes;
use std::fmt;
use std::time::Duration;

/// Asks for the credentials of a role.
#[derive(Clone)]
pub struct AssumeRole {
    role_arn: String,
    role_session_name: String,
    external_id: Option<String>,
    duration: Option<Duration>,
    mfa: Option<(String, String)>,
}

impl AssumeRole {
    /// A role, and the name by which CloudTrail shows who used it: 2 to 64 of `A-Z a-z 0-9 = , . @ - _`.
    pub fn new(role_arn: impl Into<String>, role_session_name: impl Into<String>) -> Self {
        Self {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            external_id: None,
            duration: None,
            mfa: None,
        }
    }

    /// What the role's owner asks for, where the role is in somebody else's account.
    #[must_use]
    pub fn external_id(mut self, external_id: impl Into<String>) -> Self {
        self.external_id = Some(external_id.into());
        self
    }

    /// How long the credentials live: 15 minutes to 12 hours, in whole seconds; one hour where it is not said.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// An MFA device, and the code that it shows now.
    #[must_use]
    pub fn mfa(mut self, serial_number: impl Into<String>, token_code: impl Into<String>) -> Self {
        self.mfa = Some((serial_number.into(), token_code.into()));
        self
    }
}

impl Operation for AssumeRole {
    type Output = Credentials;

    fn name(&self) -> &'static str {
        "AssumeRole"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn is_repeatable(&self) -> bool {
        // A code of an MFA device works once.
        self.mfa.is_none()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let duration = self.duration.map(|duration| duration.as_secs().to_string());
        query::form(
            endpoint,
            self.name(),
            &[
                ("RoleArn", Some(&self.role_arn)),
                ("RoleSessionName", Some(&self.role_session_name)),
                ("ExternalId", self.external_id.as_deref()),
                ("DurationSeconds", duration.as_deref()),
                ("SerialNumber", self.mfa.as_ref().map(|(serial, _)| serial.as_str())),
                ("TokenCode", self.mfa.as_ref().map(|(_, code)| code.as_str())),
            ],
        )
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<Credentials, Undecodable> {
        let result = query::result("AssumeRole", response.body())?;
        query::credentials("AssumeRole", &result, "AssumeRole")
    }
}

impl fmt::Debug for AssumeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumeRole").field("role_arn", &self.role_arn).finish_non_exhaustive()
    }
}
