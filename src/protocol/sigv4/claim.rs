//! What a signed request says of its signature: in the `Authorization` header or in the query of a presigned URL.

use super::query::query_pairs;
use super::refusal::Refusal;
use crate::protocol::timestamp::{amz_date, parse_amz_date, parse_http_date};
use http::Request;

/// Where the signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureLocation {
    /// `Authorization: AWS4-HMAC-SHA256 …`
    Header,
    /// `?X-Amz-Signature=…`, for so many seconds.
    Query {
        /// `X-Amz-Expires`
        expires_seconds: u32,
    },
}

/// The date in the string to sign: `x-amz-date`, else `Date` in the form of the other. A date that is none stays as it
/// is.
pub(crate) fn signing_date<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let given = |name: &str| header(name).map(str::trim).filter(|value| !value.is_empty());
    if let Some(date) = given("x-amz-date") {
        return Some(date.to_owned());
    }
    let date = given("date")?;
    Some(parse_http_date(date).map_or_else(|| date.to_owned(), amz_date))
}

/// What a signed request says of its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// Where it was found.
    pub location: SignatureLocation,
    /// The access key id.
    pub access_key_id: String,
    /// `20260102`, from the credential scope.
    pub date: String,
    /// The region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: String,
    /// The names of the signed headers, as they were given.
    pub signed_headers: Vec<String>,
    /// The signature, in hex.
    pub signature: String,
    /// `20260102T030405Z`: `x-amz-date`, or its query parameter, or what `Date` says.
    pub amz_date: String,
}

impl Claim {
    /// Reads it from the header, else from the query.
    pub fn read<B>(request: &Request<B>) -> Result<Self, Refusal> {
        if let Some(value) = request.headers().get(http::header::AUTHORIZATION) {
            let value = value
                .to_str()
                .map_err(|_| Refusal::incomplete("Authorization header has bytes that are no ASCII."))?;
            return Self::from_header(value, request);
        }
        if request.uri().query().is_some_and(|query| query.contains("X-Amz-Algorithm")) {
            return Self::from_query(request);
        }
        Err(Refusal::Missing)
    }

    /// `20260102/us-west-2/bedrock/aws4_request`
    pub fn credential_scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    /// What is signed: algorithm, date, scope and the hash of the canonical request.
    pub fn string_to_sign(&self, canonical_request: &str) -> String {
        let hash = super::hash::sha256_hex(canonical_request.as_bytes());
        format!("AWS4-HMAC-SHA256\n{}\n{}\n{hash}", self.amz_date, self.credential_scope())
    }

    fn from_header<B>(value: &str, request: &Request<B>) -> Result<Self, Refusal> {
        let Some(fields) = value.trim().strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(Refusal::incomplete("Authorization header does not begin with 'AWS4-HMAC-SHA256'."));
        };
        let field = |name: &str| {
            fields
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
                .ok_or_else(|| {
                    Refusal::incomplete(format!("Authorization header requires '{name}' parameter."))
                })
        };
        let amz_date = signing_date(|name| request.headers().get(name)?.to_str().ok()).ok_or_else(|| {
            Refusal::incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
            )
        })?;
        Self::new(
            SignatureLocation::Header,
            field("Credential")?,
            field("SignedHeaders")?,
            field("Signature")?,
            &amz_date,
        )
    }

    fn from_query<B>(request: &Request<B>) -> Result<Self, Refusal> {
        let parameters = query_pairs(request.uri().query().unwrap_or_default());
        let parameter = |name: &str| {
            parameters
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
                .filter(|value| !value.is_empty())
                .ok_or_else(|| {
                    Refusal::incomplete(format!("AWS query-string parameters must include '{name}'."))
                })
        };
        if parameter("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
            return Err(Refusal::incomplete("X-Amz-Algorithm must be 'AWS4-HMAC-SHA256'."));
        }
        let expires_seconds = parameter("X-Amz-Expires")?
            .parse()
            .ok()
            .filter(|seconds| (1..=604_800).contains(seconds))
            .ok_or_else(|| {
                Refusal::incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800.")
            })?;
        Self::new(
            SignatureLocation::Query { expires_seconds },
            parameter("X-Amz-Credential")?,
            parameter("X-Amz-SignedHeaders")?,
            parameter("X-Amz-Signature")?,
            parameter("X-Amz-Date")?,
        )
    }

    fn new(
        location: SignatureLocation,
        credential: &str,
        signed_headers: &str,
        signature: &str,
        amz_date: &str,
    ) -> Result<Self, Refusal> {
        // An access key id has no slash, so the scope is the last four parts.
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = parts[..] else {
            return Err(Refusal::incomplete(format!(
                "Credential must have the form <key id>/<date>/<region>/<service>/aws4_request, got '{credential}'."
            )));
        };
        if parse_amz_date(amz_date).is_none() {
            return Err(Refusal::incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{amz_date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            )));
        }
        Ok(Self {
            location,
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: signed_headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
            amz_date: amz_date.to_owned(),
        })
    }
}
