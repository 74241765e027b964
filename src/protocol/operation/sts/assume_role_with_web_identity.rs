//! AssumeRoleWithWebIdentity: the temporary credentials of a role, for a token of an identity provider. Nothing is
//! signed: the token proves who asks.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use super::query;
use crate::protocol::auth::CarriesToken;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable};
use aws_credential_types::Credentials;
use bytes::Bytes;
use std::fmt;
use zeroize::Zeroizing;

/// Asks for the credentials of a role; to be sent with [`crate::protocol::auth::Auth::Unsigned`].
#[derive(Clone)]
pub struct AssumeRoleWithWebIdentity {
    role_arn: String,
    role_session_name: String,
    token: Zeroizing<String>,
}

impl AssumeRoleWithWebIdentity {
    /// A role, the name by which CloudTrail shows who used it, and the provider's token.
    pub fn new(
        role_arn: impl Into<String>,
        role_session_name: impl Into<String>,
        web_identity_token: impl Into<String>,
    ) -> Self {
        Self {
            role_arn: role_arn.into(),
            role_session_name: role_session_name.into(),
            token: Zeroizing::new(web_identity_token.into()),
        }
    }
}

impl Operation for AssumeRoleWithWebIdentity {
    type Output = Credentials;

    fn name(&self) -> &'static str {
        "AssumeRoleWithWebIdentity"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let mut request = query::form(
            endpoint,
            self.name(),
            &[
                ("RoleArn", Some(&self.role_arn)),
                ("RoleSessionName", Some(&self.role_session_name)),
                ("WebIdentityToken", Some(&self.token)),
            ],
        )?;
        request.extensions_mut().insert(CarriesToken);
        Ok(request)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<Credentials, Undecodable> {
        let result = query::result("AssumeRoleWithWebIdentity", response.body())?;
        query::credentials("AssumeRoleWithWebIdentity", &result, "WebIdentity")
    }
}

impl fmt::Debug for AssumeRoleWithWebIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumeRoleWithWebIdentity").field("role_arn", &self.role_arn).finish_non_exhaustive()
    }
}
