//! The client's view: the only caller of `aws-sigv4`.

use super::canonical::{UNRESERVED, UNRESERVED_PATH};
use super::hash::HexDigest;
use super::plain::Plain;
use super::signed_request::{SignError, SignedRequest};
use super::signing_keys::SigningKeys;
use super::unsignable::is_unsignable;
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::{SigningScope, host_header, is_loopback};
use crate::protocol::timestamp::{amz_date, writable};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderName, HeaderValue, Request, Uri};
use percent_encoding::{percent_decode_str, percent_encode, utf8_percent_encode};
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// The longest life of a presigned URL: 7 days.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const MAX_EXPIRES: Duration = Duration::from_hours(7 * 24);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Room for the value of nearly every `Authorization`, and for what it signs.
const AUTHORIZATION_LENGTH: usize = 320;
const STRING_TO_SIGN_LENGTH: usize = 192;
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// Names and values.
type Headers = Vec<(HeaderName, HeaderValue)>;

/// Signs a request in its headers. It signs every header that the request has, but for those that proxies and clients
/// change; it adds `host`, `x-amz-date`, the session token, and for S3 `x-amz-content-sha256`.
///
/// ```
/// use bedwire::protocol::auth::{Auth, Credentials};
/// use bedwire::protocol::{endpoint::SigningScope, sigv4::sign};
/// use bedwire::{bytes::Bytes, http::Request};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let request = Request::post("https://bedrock-runtime.us-west-2.amazonaws.com/model/amazon.nova-lite-v1%3A0/converse")
///     .header("content-type", "application/json")
///     .body(Bytes::from(r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#))?;
/// let auth = Auth::from(Credentials::new("AKIDEXAMPLE", "secret", None, None, "my program"));
/// let signed = sign(request, &auth, &SigningScope::new("us-west-2", "bedrock"), std::time::SystemTime::now())?;
/// assert!(signed.into_request().headers().contains_key("authorization")); // for an HTTP client of yours
/// # Ok(()) }
/// ```
pub fn sign(
    request: Request<Bytes>,
    auth: &Auth,
    scope: &SigningScope,
    now: SystemTime,
) -> Result<SignedRequest, SignError> {
    Signer::default().sign(request, auth, scope, now)
}

/// Signs one request after the other: what is derived from credentials for a day is kept for the next.
#[derive(Debug, Default)]
pub struct Signer {
    keys: SigningKeys,
}

impl Signer {
    /// The same as [`sign`].
    pub fn sign(
        &self,
        request: Request<Bytes>,
        auth: &Auth,
        scope: &SigningScope,
        now: SystemTime,
    ) -> Result<SignedRequest, SignError> {
        let (mut request, now) = (with_host(request)?, writable(now));
        match auth {
            Auth::SigV4(credentials) => {
                for (name, value) in self.headers(&request, credentials, scope, now)? {
                    request.headers_mut().insert(name, value);
                }
                Ok(SignedRequest::new(request, scope, Some(credentials)))
            }
            Auth::Bearer(key) => {
                check_bearer(request.uri(), scope)?;
                let mut value = HeaderValue::try_from(format!("Bearer {}", key.reveal())).map_err(|_| {
                    SignError::new("the API key contains characters that no header can carry")
                })?;
                value.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, value);
                Ok(SignedRequest::new(request, scope, None))
            }
            Auth::Unsigned => Ok(SignedRequest::new(request, scope, None)),
        }
    }

    /// What a signature adds to the headers.
    fn headers(
        &self,
        request: &Request<Bytes>,
        credentials: &Credentials,
        scope: &SigningScope,
        now: SystemTime,
    ) -> Result<Headers, SignError> {
        let Some(headers) = self.plain_headers(request, credentials, scope, now) else {
            return full_headers(request, credentials, scope, now)
                .map_err(|e| not_to_be_carried(credentials).unwrap_or(e));
        };
        debug_assert_eq!(
            Ok(authorization(&headers)),
            full_headers(request, credentials, scope, now).as_deref().map(authorization),
            "aws-sigv4 signs this request in another way"
        );
        Ok(headers)
    }

    /// The same for a plain request, in a third of the time. Debug builds compare each with what `aws-sigv4` makes of it.
    fn plain_headers(
        &self,
        request: &Request<Bytes>,
        credentials: &Credentials,
        scope: &SigningScope,
        now: SystemTime,
    ) -> Option<Headers> {
        if scope.is_s3() {
            return None;
        }
        let (date, token) = (amz_date(now), credentials.session_token());
        let day = date.get(..8)?;
        let added = [Some((DATE, date.as_bytes())), token.map(|token| (SECURITY_TOKEN, token.as_bytes()))];
        let plain = Plain::of(request, &added)?;

        let mut string_to_sign = String::with_capacity(STRING_TO_SIGN_LENGTH);
        let scope_parts = [day, "/", &scope.region, "/", &scope.service, "/aws4_request"];
        push_all(&mut string_to_sign, [ALGORITHM, "\n", &date, "\n"]);
        push_all(&mut string_to_sign, scope_parts);
        push_all(&mut string_to_sign, ["\n", &HexDigest::of(&plain.canonical_request)]);
        let key = self.keys.find(credentials, scope, now, signing_key)?;
        let signature = v4::calculate_signature(*key, string_to_sign.as_bytes());
        // What is added to the headers is one piece of memory, of which each value is a part.
        let token = token.unwrap_or_default();
        let mut text = String::with_capacity(date.len() + token.len() + AUTHORIZATION_LENGTH);
        push_all(&mut text, [&date, token, ALGORITHM, " Credential=", credentials.access_key_id(), "/"]);
        push_all(&mut text, scope_parts);
        push_all(&mut text, [", SignedHeaders=", plain.signed_headers()?, ", Signature=", &signature]);
        let mut text = Bytes::from(text);
        let mut headers = Vec::with_capacity(3);
        for (name, value) in added.iter().flatten() {
            headers.push(header(name.clone(), text.split_to(value.len())).ok()?);
        }
        headers.push(header(AUTHORIZATION, text).ok()?);
        Some(headers)
    }
}

fn push_all<const N: usize>(text: &mut String, parts: [&str; N]) {
    for part in parts {
        text.push_str(part);
    }
}

/// A header, whose value is hidden where it is a secret.
fn header(name: HeaderName, value: Bytes) -> Result<(HeaderName, HeaderValue), SignError> {
    let mut value = HeaderValue::from_maybe_shared(value).map_err(|e| SignError::new(e.to_string()))?;
    value.set_sensitive(name == AUTHORIZATION || name == SECURITY_TOKEN);
    Ok((name, value))
}

/// What a signature adds to the headers of any request, as `aws-sigv4` says.
fn full_headers(
    request: &Request<Bytes>,
    credentials: &Credentials,
    scope: &SigningScope,
    now: SystemTime,
) -> Result<Headers, SignError> {
    let settings = settings(scope, SignatureLocation::Headers);
    let (headers, _) = calculate(request, credentials, scope, now, settings)?.into_parts();
    headers
        .into_iter()
        .map(|added| header(HeaderName::from_static(added.name()), Bytes::from(added.value().to_owned())))
        .collect()
}

/// What of the credentials no header can carry; `None` where something else is wrong.
fn not_to_be_carried(credentials: &Credentials) -> Option<SignError> {
    let parts = [
        ("access key id", Some(credentials.access_key_id())),
        ("session token", credentials.session_token()),
    ];
    let (part, _) = parts
        .into_iter()
        .find(|(_, value)| value.is_some_and(|value| HeaderValue::from_str(value).is_err()))?;
    Some(SignError::new(format!("the {part} contains characters that no header can carry")))
}

fn authorization(headers: &[(HeaderName, HeaderValue)]) -> Option<&HeaderValue> {
    headers.iter().find(|(name, _)| *name == AUTHORIZATION).map(|(_, value)| value)
}

/// Whoever reads an API key can use it, so it goes to Bedrock only, and over TLS or not off the machine.
fn check_bearer(uri: &Uri, scope: &SigningScope) -> Result<(), SignError> {
    if !scope.service.starts_with("bedrock") {
        return Err(SignError::new(format!(
            "an API key opens Bedrock, but not {}; give an access key pair too",
            scope.service
        )));
    }
    if uri.scheme_str() == Some("https") || uri.host().is_some_and(is_loopback) {
        return Ok(());
    }
    Err(SignError::new(format!(
        "an API key may not go over plain HTTP to {}; use https, or sign with an access key pair",
        uri.host().unwrap_or_default()
    )))
}

/// A URL that carries its own signature for `expires`, at most 7 days. The body must be empty or, for S3, may be anything.
pub fn presign(
    request: Request<Bytes>,
    credentials: &Credentials,
    scope: &SigningScope,
    now: SystemTime,
    expires: Duration,
) -> Result<Uri, SignError> {
    if expires.is_zero() || expires > MAX_EXPIRES {
        return Err(SignError::new(format!(
            "a presigned URL lives 1 s to 7 days, not {} s",
            expires.as_secs()
        )));
    }
    let (request, now) = (with_host(request)?, writable(now));
    let mut settings = settings(scope, SignatureLocation::QueryParams);
    settings.expires_in = Some(expires);
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    let (_, mut parameters) = calculate(&request, credentials, scope, now, settings)?.into_parts();
    // The signature comes last, as AWS's own clients write it: an API key is compared byte for byte.
    if let Some(place) = parameters.iter().position(|(name, _)| *name == "X-Amz-Signature") {
        let signature = parameters.remove(place);
        parameters.push(signature);
    }
    let mut url = request.uri().to_string();
    for (name, value) in parameters {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(&value, UNRESERVED));
    }
    url.parse().map_err(|e| SignError::new(format!("{e}")))
}

fn calculate(
    request: &Request<Bytes>,
    credentials: &Credentials,
    scope: &SigningScope,
    now: SystemTime,
    settings: SigningSettings,
) -> Result<aws_sigv4::http_request::SigningInstructions, SignError> {
    let refuse = |e: &dyn std::fmt::Display| SignError::new(e.to_string());
    check_query(request.uri().query().unwrap_or_default())?;
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&scope.region)
        .name(&scope.service)
        .time(now)
        .settings(settings)
        .build()
        .map_err(|e| refuse(&e))?
        .into();
    let mut headers = Vec::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        if is_unsignable(name.as_str()) {
            continue;
        }
        let value = value
            .to_str()
            .map_err(|_| SignError::new(format!("the header {name} has bytes that are no visible ASCII")))?;
        headers.push((name.as_str(), value));
    }
    let body = match (settings_is_presigned_s3(&parameters), scope.is_s3()) {
        (true, true) => SignableBody::UnsignedPayload,
        _ => SignableBody::Bytes(request.body()),
    };
    let signable = SignableRequest::new(
        request.method().as_str(),
        signable_target(request.uri(), scope),
        headers.into_iter(),
        body,
    )
    .map_err(|e| refuse(&e))?;
    let (instructions, _) =
        aws_sigv4::http_request::sign(signable, &parameters).map_err(|e| refuse(&e))?.into_parts();
    Ok(instructions)
}

/// What servers read in two ways, or `aws-sigv4` reads in another way than they do, would be refused only there.
fn check_query(query: &str) -> Result<(), SignError> {
    if query.contains('+') {
        return Err(SignError::new(
            "the query has a raw '+', which some read as a space and some as itself; write %20 or %2B"
                .to_owned(),
        ));
    }
    match percent_decode_str(query).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(SignError::new("the query has an escape sequence that is no UTF-8; write UTF-8".to_owned()))
        }
    }
}

/// Path and query; the host is signed as a header. S3 decodes the path that arrives and encodes it once; `aws-sigv4`
/// would sign a raw `:` or `+` as it stands.
fn signable_target<'a>(uri: &'a Uri, scope: &SigningScope) -> Cow<'a, str> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    if !scope.is_s3() && target.starts_with('/') {
        return target.into();
    }
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    if !scope.is_s3() {
        return format!("{}{query}", uri.path()).into();
    }
    let path: Vec<u8> = percent_decode_str(uri.path()).collect();
    format!("{}{query}", percent_encode(&path, UNRESERVED_PATH)).into()
}

fn signing_key(credentials: &Credentials, scope: &SigningScope, now: SystemTime) -> Option<[u8; 32]> {
    let key = v4::generate_signing_key(credentials.secret_access_key(), now, &scope.region, &scope.service);
    key.as_ref().try_into().ok()
}

fn settings_is_presigned_s3(parameters: &aws_sigv4::http_request::SigningParams<'_>) -> bool {
    parameters.settings().signature_location == SignatureLocation::QueryParams
}

fn settings(scope: &SigningScope, location: SignatureLocation) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    // What stays unsigned is not even shown to it.
    settings.excluded_headers = None;
    if scope.is_s3() {
        // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

fn with_host(mut request: Request<Bytes>) -> Result<Request<Bytes>, SignError> {
    if request.uri().authority().is_none() {
        return Err(SignError::new(format!("{} has no host", request.uri())));
    }
    if !request.headers().contains_key(HOST) {
        let host = host_header(request.uri());
        let host = HeaderValue::try_from(host).map_err(|e| SignError::new(e.to_string()))?;
        request.headers_mut().insert(HOST, host);
    }
    Ok(request)
}
