//! GetRoleCredentials: the temporary credentials of a permission set in an account.
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>

use crate::protocol::auth::CarriesToken;
use crate::protocol::credential_document::Members;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

const NAME: &str = "GetRoleCredentials";
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Asks for the credentials of a role; to be sent with [`crate::protocol::auth::Auth::Unsigned`].
#[derive(Clone)]
pub struct GetRoleCredentials {
    role_name: String,
    account_id: String,
    access_token: Zeroizing<String>,
}

impl GetRoleCredentials {
    /// A role of an account, and the token of a signed-in user.
    pub fn new(
        role_name: impl Into<String>,
        account_id: impl Into<String>,
        access_token: impl Into<String>,
    ) -> Self {
        Self {
            role_name: role_name.into(),
            account_id: account_id.into(),
            access_token: Zeroizing::new(access_token.into()),
        }
    }
}

impl Operation for GetRoleCredentials {
    type Output = Credentials;

    fn name(&self) -> &'static str {
        NAME
    }

    fn service(&self) -> Service {
        Service::Sso
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let path = format!(
            "/federation/credentials?role_name={}&account_id={}",
            utf8_percent_encode(&self.role_name, QUERY),
            utf8_percent_encode(&self.account_id, QUERY)
        );
        let mut request = request_to(endpoint, Method::GET, &path, &[], Bytes::new())?;
        let mut token = HeaderValue::from_str(&self.access_token)
            .map_err(|_| InvalidInput::new("accessToken", "has characters that no header can carry"))?;
        token.set_sensitive(true);
        request.headers_mut().insert("x-amz-sso_bearer_token", token);
        request.extensions_mut().insert(CarriesToken);
        Ok(request)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<Credentials, Undecodable> {
        let refuse = |problem: String| Undecodable::new(NAME, problem);
        let body = Members::read(response.body()).map_err(refuse)?;
        let given = body.object("roleCredentials").map_err(refuse)?;
        let text = |name: &str| given.required(name).map_err(refuse);
        let expiry = given
            .number("expiration")
            .and_then(|ms| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms)))
            .ok_or_else(|| refuse("roleCredentials has no expiration in milliseconds".to_owned()))?;
        Ok(Credentials::builder()
            .access_key_id(text("accessKeyId")?.as_str())
            .secret_access_key(text("secretAccessKey")?.as_str())
            .session_token(text("sessionToken")?.as_str())
            .account_id(self.account_id.as_str())
            .expiry(expiry)
            .provider_name("SSO")
            .build())
    }
}

impl fmt::Debug for GetRoleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(NAME)
            .field("role_name", &self.role_name)
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}
