//! A refusal by the service, decoded from any status, headers and body.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html>

use super::error_body::{ErrorBody, bare_code};
use super::raw_answer::RawAnswer;
use super::request_id::request_id_text;
pub use super::retry_after::RetryAfter;
use super::timestamp;
use http::{HeaderMap, StatusCode};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// How much of a body that is no error document is quoted.
const QUOTED_CHARS: usize = 300;

/// How much of a message is kept, in bytes. The longest true ones quote a canonical request, whose headers AWS bounds;
/// others quote a value of the request, however long that is.
const MAX_MESSAGE: usize = 32 * 1024;

/// What the service said when it refused: code and message, and what its headers tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    status: StatusCode,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    original_status: Option<u16>,
    bucket_region: Option<String>,
    server_date: Option<SystemTime>,
    retry_after: Option<RetryAfter>,
    raw: Option<Arc<RawAnswer>>,
}

impl ServiceError {
    /// Reads the code from `x-amzn-errortype` up to the first `:`, else from the body (`__type`, `code`, S3's
    /// `<Code>`), and the message in any of its spellings. An empty, HTML or non-JSON body is quoted.
    pub fn decode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
        let from_body = ErrorBody::read(body);
        let code = header("x-amzn-errortype").and_then(bare_code).or(from_body.code);
        let message = without_token(&bounded(from_body.message.unwrap_or_else(|| quote(status, body))));
        Self {
            status,
            code,
            message,
            request_id: request_id_text(headers),
            original_status: from_body.original_status,
            bucket_region: header("x-amz-bucket-region").map(str::to_owned).or(from_body.region),
            server_date: header("date").and_then(timestamp::parse_http_date),
            retry_after: RetryAfter::read(headers),
            raw: None,
        }
    }

    /// A refusal inside an event stream, after HTTP 200: `name` is its `:exception-type` (`throttlingException`) or
    /// `:error-code`, `message` its `:error-message` where it has one, else the payload has it. The code is written
    /// as AWS names it elsewhere (`ThrottlingException`), and the status is the one that it has elsewhere; one that
    /// is not known counts as the service's own failure, 500.
    pub fn in_stream(name: &str, message: Option<&str>, payload: &[u8]) -> Self {
        let code = upper_camel(name);
        let status = status_in_model(&code);
        let from_body = ErrorBody::read(payload);
        let message =
            message.map(str::to_owned).or(from_body.message).unwrap_or_else(|| quote(status, payload));
        Self {
            status,
            code: Some(code),
            message: bounded(message),
            request_id: None,
            original_status: from_body.original_status,
            bucket_region: None,
            server_date: None,
            retry_after: None,
            raw: None,
        }
    }

    /// Adds the request id: in an event stream it stands in the headers of the response, long before the refusal.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }

    /// Adds what it was decoded from.
    #[must_use]
    pub fn with_raw(mut self, raw: Option<RawAnswer>) -> Self {
        self.raw = raw.map(Arc::new);
        self
    }

    /// What it was decoded from, where that was kept.
    pub fn raw(&self) -> Option<&RawAnswer> {
        self.raw.as_deref()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code, as AWS names it: `ThrottlingException`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The message, as the service wrote it: the first 32 KiB of it, without the session token that it may quote.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `x-amzn-requestid`: what AWS's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The model's own status, of a ModelErrorException.
    pub fn original_status(&self) -> Option<u16> {
        self.original_status
    }

    /// The region of the bucket, where S3 was asked in another: `x-amz-bucket-region`, else what the body says.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>
    pub fn bucket_region(&self) -> Option<&str> {
        self.bucket_region.as_deref()
    }

    /// The region that S3 is to be asked in instead.
    pub fn region_to_ask(&self) -> Option<&str> {
        self.bucket_region().filter(|_| matches!(self.status.as_u16(), 301 | 307 | 400 | 403))
    }

    /// Whether S3 has no such object. A bucket that is not there is another matter.
    pub fn is_absent_object(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
            && self.code().is_none_or(|code| code == "NoSuchKey" || code == "NotFound")
    }

    /// The server's clock: what the message of a refused date says, else the `Date` header.
    pub fn server_time(&self) -> Option<SystemTime> {
        self.time_in_message().or(self.server_date)
    }

    /// What the server asked to wait.
    pub fn retry_after(&self) -> Option<RetryAfter> {
        self.retry_after
    }

    /// `Signature expired: A is now earlier than B (C - 5 min.)` and `Signature not yet current: A is still later
    /// than B (C + 5 min.)`: C is the server's clock.
    fn time_in_message(&self) -> Option<SystemTime> {
        let inner = self.message.split_once('(')?.1.split_once(')')?.0;
        timestamp::parse_amz_date(inner.split_whitespace().next()?)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{code} ({}): {}", self.status.as_u16(), self.message),
            None => write!(f, "HTTP {}: {}", self.status.as_u16(), self.message),
        }
    }
}

impl std::error::Error for ServiceError {}

/// `throttlingException` → `ThrottlingException`.
fn upper_camel(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// The status that the service's model gives to a code.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_Errors>
fn status_in_model(code: &str) -> StatusCode {
    match code {
        "ValidationException" | "ServiceQuotaExceededException" | "ConflictException" => {
            StatusCode::BAD_REQUEST
        }
        "AccessDeniedException" => StatusCode::FORBIDDEN,
        "ResourceNotFoundException" => StatusCode::NOT_FOUND,
        "ModelTimeoutException" => StatusCode::REQUEST_TIMEOUT,
        "ModelErrorException" | "ModelStreamErrorException" => StatusCode::FAILED_DEPENDENCY,
        "ThrottlingException" | "ModelNotReadyException" => StatusCode::TOO_MANY_REQUESTS,
        "ServiceUnavailableException" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn quote(status: StatusCode, body: &[u8]) -> String {
    if body.is_empty() {
        return match status.canonical_reason() {
            Some(reason) => format!("{reason} (the body is empty)"),
            None => "the body is empty".to_owned(),
        };
    }
    let text = String::from_utf8_lossy(body);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quoted: String = words.chars().filter(|c| !c.is_control()).take(QUOTED_CHARS).collect();
    if words.chars().count() > QUOTED_CHARS {
        quoted.push('…');
    }
    format!("an answer that is no AWS error ({} bytes): {quoted}", body.len())
}

fn bounded(mut message: String) -> String {
    if message.len() > MAX_MESSAGE {
        message.truncate(message.floor_char_boundary(MAX_MESSAGE));
        message.push('…');
    }
    message
}

/// A refused signature's message quotes the canonical request, and with it the session token.
fn without_token(message: &str) -> String {
    const HEADER: &str = "x-amz-security-token:";
    let mut parts = message.split(HEADER);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for after in parts {
        shown.push_str(HEADER);
        shown.push_str("<redacted>");
        shown.push_str(after.find(['\n', ' ']).map_or("", |end| &after[end..]));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use std::time::Duration;

    fn decode(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ServiceError {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        ServiceError::decode(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    #[test]
    fn the_header_wins_and_is_cut_at_the_colon() {
        let header =
            ("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/");
        let error = decode(429, &[header], r#"{"message":"Too many tokens","code":"Other"}"#);
        assert_eq!(error.code(), Some("ThrottlingException"));
        assert_eq!(error.to_string(), "ThrottlingException (429): Too many tokens");
    }

    #[test]
    fn a_refusal_inside_a_stream_has_the_status_that_it_has_elsewhere() {
        let throttled =
            ServiceError::in_stream("throttlingException", None, br#"{"message":"Too many requests"}"#);
        assert_eq!(throttled.to_string(), "ThrottlingException (429): Too many requests");
        let model = ServiceError::in_stream(
            "modelStreamErrorException",
            None,
            br#"{"message":"no","originalStatusCode":503,"originalMessage":"busy"}"#,
        );
        assert_eq!((model.status().as_u16(), model.original_status()), (424, Some(503)));
        let failed = ServiceError::in_stream("InternalFailure", Some("boom"), b"");
        assert_eq!(failed.to_string(), "InternalFailure (500): boom");
    }

    #[test]
    fn s3_names_the_region_of_a_bucket() {
        let header = [("x-amz-bucket-region", "eu-west-1")];
        assert_eq!(decode(301, &header, "").bucket_region(), Some("eu-west-1"));
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
        assert_eq!(decode(400, &[], body).bucket_region(), Some("eu-west-1"));
        assert_eq!(decode(404, &[], "<Error><Code>NoSuchKey</Code></Error>").bucket_region(), None);
    }

    #[test]
    fn the_body_has_it_in_many_spellings() {
        for body in [
            r#"{"__type":"com.amazon.coral.service#ValidationException","Message":"no"}"#,
            r#"{"code":"ValidationException","message":"no"}"#,
            r#"{"error":{"code":"ValidationException","message":"no"}}"#,
            "<?xml version=\"1.0\"?><Error><Code>ValidationException</Code><Message>no</Message></Error>",
        ] {
            let error = decode(400, &[], body);
            assert_eq!((error.code(), error.message()), (Some("ValidationException"), "no"), "{body}");
        }
    }

    #[test]
    fn a_member_that_is_no_text_hides_no_other() {
        // Half a surrogate pair: of a model's words, cut in the middle.
        let error = decode(400, &[], r#"{"__type":"ValidationException","message":"no","echo":"\ud83d"}"#);
        assert_eq!((error.code(), error.message()), (Some("ValidationException"), "no"));
        let deep = format!(r#"{{"code":"ValidationException","a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        assert_eq!(decode(400, &[], &deep).code(), Some("ValidationException"));
    }

    #[test]
    fn bodies_that_are_no_error_are_quoted() {
        assert_eq!(decode(502, &[], "").message(), "Bad Gateway (the body is empty)");
        let html = decode(503, &[], "<html>\n <h1>Service  Unavailable</h1></html>");
        assert_eq!(html.code(), None);
        assert!(html.message().contains("<h1>Service Unavailable</h1>"), "{html}");
        assert!(decode(500, &[], "[1,2]").message().contains("[1,2]"));
        assert!(decode(500, &[], &"é".repeat(5000)).message().ends_with('…'));
    }

    #[test]
    fn the_server_clock_is_in_the_message_or_the_header() {
        let said = "Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)";
        let body = format!("{{\"message\":\"{said}\"}}");
        let error = decode(403, &[("date", "Fri, 02 Jan 2026 03:04:05 GMT")], &body);
        assert_eq!(error.server_time(), timestamp::parse_amz_date("20241008T200440Z"));
        let error = decode(403, &[("date", "Fri, 02 Jan 2026 03:04:05 GMT")], "{}");
        assert_eq!(error.server_time(), timestamp::parse_amz_date("20260102T030405Z"));
    }

    #[test]
    fn a_quoted_canonical_request_loses_its_token() {
        let error = decode(
            403,
            &[],
            r#"{"message":"should have been\n'POST\nx-amz-security-token:SECRET\n\nhost;x-amz-security-token'"}"#,
        );
        assert!(!error.message().contains("SECRET"), "{error}");
        assert!(
            error.message().contains("x-amz-security-token:<redacted>\n\nhost;x-amz-security-token'"),
            "{error}"
        );
    }

    #[test]
    fn a_message_that_quotes_a_value_of_the_request_has_an_end() {
        let lines = "x-amz-security-token:SECRET\n".repeat(40_000);
        let error = decode(400, &[], &serde_json::json!({ "message": lines }).to_string());
        assert!(error.message().len() < 2 * MAX_MESSAGE, "{}", error.message().len());
        assert!(!error.message().contains("SECRET") && error.message().ends_with('…'));
        let long = "é".repeat(MAX_MESSAGE);
        let in_stream = ServiceError::in_stream("validationException", Some(&long), b"");
        assert!(in_stream.message().len() < 2 * MAX_MESSAGE, "{}", in_stream.message().len());
    }

    #[test]
    fn the_wait_that_the_server_asks_for() {
        let wait = |name, value| decode(429, &[(name, value)], "{}").retry_after();
        assert_eq!(wait("x-amz-retry-after", "1500"), Some(RetryAfter::Amz(Duration::from_millis(1500))));
        assert_eq!(wait("retry-after", "7"), Some(RetryAfter::Http(Duration::from_secs(7))));
        assert_eq!(wait("x-amz-retry-after", "-100"), None);
        assert_eq!(wait("retry-after", "1.5"), Some(RetryAfter::Http(Duration::from_secs(2))));
        assert_eq!(wait("retry-after", "2.0"), Some(RetryAfter::Http(Duration::from_secs(2))));
        for endless in ["5000000000", "99999999999999999999999.5"] {
            let (seconds, ms) =
                (wait("retry-after", endless).unwrap(), wait("x-amz-retry-after", "5000000000"));
            assert!(seconds.duration() > Duration::from_secs(4_000_000_000), "{seconds:?}");
            assert!(ms.unwrap().duration() > Duration::from_secs(4_000_000), "{ms:?}");
        }
        for nothing in ["", "soon", "-1", "1.", ".5", "1.5.2", "1e3", "+5"] {
            assert_eq!(wait("retry-after", nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_date_to_wait_for_counts_from_the_date_of_the_server() {
        let wait = |headers: &[_]| decode(503, headers, "{}").retry_after();
        let at = ("retry-after", "Fri, 02 Jan 2026 03:04:05 GMT");
        let before = wait(&[at, ("date", "Fri, 02 Jan 2026 03:03:55 GMT")]);
        assert_eq!(before, Some(RetryAfter::Http(Duration::from_secs(10))));
        let passed = wait(&[at, ("date", "Fri, 02 Jan 2026 03:05:00 GMT")]);
        assert_eq!(passed, Some(RetryAfter::Http(Duration::ZERO)));
        // Our own clock may be wrong by hours.
        assert_eq!(wait(&[at]), None);
    }
}
