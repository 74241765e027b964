//! CreateToken: a new access token for a refresh token, so that nobody must sign in again.
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>

use crate::protocol::auth::CarriesToken;
use crate::protocol::credential_document::Members;
use crate::protocol::document::ObjectWriter;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

const NAME: &str = "CreateToken";

/// Asks for a token; to be sent with [`crate::protocol::auth::Auth::Unsigned`].
#[derive(Clone)]
pub struct CreateToken {
    client_id: String,
    client_secret: Zeroizing<String>,
    refresh_token: Zeroizing<String>,
}

impl CreateToken {
    /// The client that the user signed in with, and the user's refresh token.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        refresh_token: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: Zeroizing::new(client_secret.into()),
            refresh_token: Zeroizing::new(refresh_token.into()),
        }
    }
}

/// A fresh token.
#[non_exhaustive]
pub struct SsoToken {
    /// What GetRoleCredentials takes.
    pub access_token: Zeroizing<String>,
    /// How long it lives, in seconds.
    pub expires_in: Duration,
    /// What the next CreateToken takes, where the service gave another.
    pub refresh_token: Option<Zeroizing<String>>,
}

impl Operation for CreateToken {
    type Output = SsoToken;

    fn name(&self) -> &'static str {
        NAME
    }

    fn service(&self) -> Service {
        Service::SsoOidc
    }

    fn is_repeatable(&self) -> bool {
        // A refresh token may work only once; AWS does not say.
        false
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let body = ObjectWriter::default()
            .string("grantType", "refresh_token")
            .string("clientId", &self.client_id)
            .string("clientSecret", &self.client_secret)
            .string("refreshToken", &self.refresh_token)
            .finish();
        let headers = [("content-type", "application/json")];
        let mut request = request_to(endpoint, Method::POST, "/token", &headers, body)?;
        request.extensions_mut().insert(CarriesToken);
        Ok(request)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<SsoToken, Undecodable> {
        let refuse = |problem: String| Undecodable::new(NAME, problem);
        let body = Members::read(response.body()).map_err(refuse)?;
        Ok(SsoToken {
            access_token: body.required("accessToken").map_err(refuse)?,
            expires_in: body
                .number("expiresIn")
                .map(Duration::from_secs)
                .ok_or_else(|| refuse("it has no expiresIn in seconds".to_owned()))?,
            refresh_token: body.text("refreshToken"),
        })
    }
}

impl fmt::Debug for CreateToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(NAME).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for SsoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsoToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
