//! What a request is signed with. `Debug` never shows a secret, a session token or a key (tested in
//! `tests/secrets.rs`).

/// An access key pair of AWS, as AWS's own crates have it.
pub use aws_credential_types::Credentials;

use std::fmt;
use std::time::SystemTime;

/// SigV4 credentials, or a Bedrock API key, or nothing.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Auth {
    /// An access key pair, with a session token where it is temporary.
    SigV4(Credentials),
    /// A Bedrock API key, sent as `Authorization: Bearer`.
    Bearer(ApiKey),
    /// Nothing: for the operations that give out credentials, whose input proves who asks.
    Unsigned,
}

impl Auth {
    /// When it is known to expire.
    pub fn expiry(&self) -> Option<SystemTime> {
        match self {
            Self::SigV4(credentials) => credentials.expiry(),
            Self::Bearer(_) | Self::Unsigned => None,
        }
    }

    /// Whether it is an API key.
    pub fn is_api_key(&self) -> bool {
        matches!(self, Self::Bearer(_))
    }
}

/// An extension of a request whose input is a token: whoever reads it can use it as an API key is used, so that it is
/// kept off the same lines by who sends it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CarriesToken;

/// A Bedrock API key.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html>
#[derive(Clone)]
pub struct ApiKey(aws_credential_types::Token);

impl ApiKey {
    /// The key as AWS hands it out.
    pub fn new(key: impl Into<String>) -> Self {
        Self(aws_credential_types::Token::new(key, None))
    }

    /// The key itself, for the one header that carries it, or to hand it on. It is a secret.
    pub fn reveal(&self) -> &str {
        self.0.token()
    }
}

impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for ApiKey {}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(redacted)")
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SigV4(credentials) => f
                .debug_struct("SigV4")
                .field("access_key_id", &credentials.access_key_id())
                .field("temporary", &credentials.session_token().is_some())
                .finish_non_exhaustive(),
            Self::Bearer(key) => key.fmt(f),
            Self::Unsigned => f.write_str("Unsigned"),
        }
    }
}

impl From<ApiKey> for Auth {
    fn from(key: ApiKey) -> Self {
        Self::Bearer(key)
    }
}

impl From<Credentials> for Auth {
    fn from(credentials: Credentials) -> Self {
        Self::SigV4(credentials)
    }
}
