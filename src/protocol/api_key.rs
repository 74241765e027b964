//! Short-term Bedrock API keys: a presigned `CallWithBearerToken`, so they are made, and read back, without a network.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-generate.html>

use super::auth::ApiKey;
use super::endpoint::{SigningScope, host_header};
use super::invalid_input::InvalidInput;
use super::sigv4::{Claim, SignError, SignatureLocation, presign};
use super::timestamp::parse_amz_date;
use aws_credential_types::Credentials;
use bytes::Bytes;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The longest life of a key: 12 hours. One made with temporary credentials ends with them, if that is sooner.
pub const MAX_LIFE: Duration = Duration::from_hours(12);

const PREFIX: &str = "bedrock-api-key-";
const ACTION: &str = "https://bedrock.amazonaws.com/?Action=CallWithBearerToken";
const VERSION: &str = "&Version=1";

/// Makes a key for one region, with the rights of whoever the credentials belong to, that lives from `now` on for
/// `life`: 1 s to [`MAX_LIFE`].
pub fn create(
    credentials: &Credentials,
    region: &str,
    now: SystemTime,
    life: Duration,
) -> Result<ApiKey, ApiKeyError> {
    if life < Duration::from_secs(1) || life > MAX_LIFE {
        return Err(ApiKeyError::Life(life));
    }
    let request =
        http::Request::post(ACTION).body(Bytes::new()).map_err(|_| ApiKeyError::NoKey("malformed"))?;
    let scope = SigningScope::new(region, "bedrock");
    let url = presign(request, credentials, &scope, now, life).map_err(ApiKeyError::Sign)?.to_string();
    let signed = format!("{}{VERSION}", url.trim_start_matches("https://"));
    Ok(ApiKey::new(format!("{PREFIX}{}", base64_simd::STANDARD.encode_to_string(signed))))
}

/// What a short-term key says of itself. The secret that signed it is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyClaim {
    /// Whose it is.
    pub access_key_id: String,
    /// The only region that takes it.
    pub region: String,
    /// When it was made.
    pub created: SystemTime,
    /// When it ends. One that was made with temporary credentials may end before.
    pub expires: SystemTime,
    /// Whether it was made with temporary credentials.
    pub is_temporary: bool,
}

impl ApiKeyClaim {
    /// Reads a key. A long-term key says nothing of itself, and is an error that says so.
    pub fn read(key: &str) -> Result<Self, ApiKeyError> {
        let key = key.trim();
        if key.starts_with("ABSK") {
            return Err(ApiKeyError::LongTerm);
        }
        let request = presigned(key)?;
        let claim = Claim::read(&request).map_err(|_| ApiKeyError::NoKey("it has no signature inside"))?;
        let SignatureLocation::Query { expires_seconds } = claim.location else {
            return Err(ApiKeyError::NoKey("it has no lifetime inside"));
        };
        let created = parse_amz_date(&claim.amz_date).ok_or(ApiKeyError::NoKey("its date inside is none"))?;
        let life = Duration::from_secs(expires_seconds.into());
        Ok(Self {
            access_key_id: claim.access_key_id,
            region: claim.region,
            created,
            expires: created.checked_add(life).ok_or(ApiKeyError::NoKey("its lifetime inside is none"))?,
            is_temporary: request.uri().query().is_some_and(|query| query.contains("X-Amz-Security-Token=")),
        })
    }
}

/// The presigned request that a short-term key is made of.
pub(crate) fn presigned(key: &str) -> Result<http::Request<Bytes>, ApiKeyError> {
    let encoded =
        key.strip_prefix(PREFIX).ok_or(ApiKeyError::NoKey("it does not begin with bedrock-api-key-"))?;
    let decoded = base64_simd::STANDARD
        .decode_to_vec(encoded)
        .map_err(|_| ApiKeyError::NoKey("what follows bedrock-api-key- is no base64"))?;
    let url = String::from_utf8(decoded).map_err(|_| ApiKeyError::NoKey("it is no URL inside"))?;
    // What was added after signing is not signed.
    let url = format!("https://{}", url.strip_suffix(VERSION).unwrap_or(&url));
    let uri: http::Uri = url.parse().map_err(|_| ApiKeyError::NoKey("it is no URL inside"))?;
    let request = http::Request::post(&uri).header(http::header::HOST, host_header(&uri));
    request.body(Bytes::new()).map_err(|_| ApiKeyError::NoKey("it is no URL inside"))
}

/// Why a key cannot be made or read. The key itself is never in the message.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// A lifetime that is none.
    Life(Duration),
    /// It cannot be signed.
    Sign(SignError),
    /// A long-term key: a secret with nothing to read in it.
    LongTerm,
    /// No key, and why.
    NoKey(&'static str),
}

impl fmt::Display for ApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Life(life) => {
                write!(
                    f,
                    "a short-term key lives 1 to {} s, not {} s",
                    MAX_LIFE.as_secs(),
                    life.as_secs_f64()
                )
            }
            Self::Sign(error) => error.fmt(f),
            Self::LongTerm => f.write_str(
                "this is a long-term key, which says nothing of itself; its user and its expiry are in IAM \
                 (aws iam list-service-specific-credentials)",
            ),
            Self::NoKey(why) => write!(f, "this is no short-term Bedrock API key: {why}"),
        }
    }
}

impl std::error::Error for ApiKeyError {}

impl From<ApiKeyError> for InvalidInput {
    fn from(error: ApiKeyError) -> Self {
        Self::new("API key", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(life: u64) -> Result<ApiKey, ApiKeyError> {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("TOKEN/+=".into()), None, "test");
        let now = parse_amz_date("20260102T030405Z").unwrap();
        create(&credentials, "us-west-2", now, Duration::from_secs(life))
    }

    #[test]
    fn what_is_made_can_be_read() {
        let claim = ApiKeyClaim::read(made(60).unwrap().reveal()).unwrap();
        assert_eq!((claim.access_key_id.as_str(), claim.region.as_str()), ("AKIDEXAMPLE", "us-west-2"));
        assert_eq!(claim.expires.duration_since(claim.created).unwrap().as_secs(), 60);
        assert!(claim.is_temporary);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(made(0).is_err() && made(43_201).is_err() && made(43_200).is_ok());
        assert!(matches!(ApiKeyClaim::read("ABSKQmVkcm9jaw=="), Err(ApiKeyError::LongTerm)));
        for bad in
            ["", "x", "bedrock-api-key-", "bedrock-api-key-!", "bedrock-api-key-/w==", "bedrock-api-key-YQ=="]
        {
            let refused = ApiKeyClaim::read(bad).unwrap_err().to_string();
            assert!(refused.starts_with("this is no short-term"), "{bad}: {refused}");
        }
    }
}
