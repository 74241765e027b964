//! A refusal, and how each service writes it: Bedrock in JSON with `x-amzn-errortype`, S3 and STS in XML.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use std::time::Duration;

/// Whose words a refusal is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// JSON, and the code in `x-amzn-errortype`.
    Bedrock,
    /// XML. <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    S3,
    /// XML of the Query protocol. <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
    Sts,
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
    origin: Origin,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What S3 says in elements of their own; Bedrock has nothing but its message.
    elements: Vec<(&'static str, String)>,
}

/// Who refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// What checks signatures in front of every service.
    Authentication,
    /// The service itself.
    Service,
    /// A machine in between, which knows no AWS error.
    Gateway,
}

impl Refused {
    pub(super) fn service(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            origin: Origin::Service,
            headers: Vec::new(),
            elements: Vec::new(),
        }
    }

    /// A refusal by what checks signatures in front of the service.
    pub(super) fn at_the_door(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { origin: Origin::Authentication, ..Self::service(status, code, message) }
    }

    /// HTML from a machine in between.
    pub(super) fn on_the_way(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Error");
        Self { origin: Origin::Gateway, ..Self::service(status, "", reason) }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::service(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    pub(super) fn with_code(mut self, code: &'static str, status: StatusCode) -> Self {
        self.code = code;
        self.status = status;
        self
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// Another element in S3's document.
    pub(super) fn with_element(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.elements.push((name, text.into()));
        self
    }

    pub(super) fn with_retry_after(self, wait: Option<Duration>) -> Self {
        match wait {
            Some(wait) => {
                self.with_header(HeaderName::from_static("x-amz-retry-after"), &wait.as_millis().to_string())
            }
            None => self,
        }
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// The answer. `request_id` stands in S3's body, too.
    pub(super) fn answer(&self, dialect: Dialect, request_id: &str) -> Response<Bytes> {
        let (content_type, body) = match (self.origin, dialect) {
            (Origin::Gateway, _) => ("text/html", self.html()),
            (_, Dialect::Bedrock) => ("application/json", self.json()),
            (_, Dialect::S3) => ("application/xml", self.xml(request_id)),
            (_, Dialect::Sts) => ("text/xml", self.query_xml(request_id)),
        };
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = self.status;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        if dialect == Dialect::Bedrock
            && self.origin != Origin::Gateway
            && let Ok(error_type) = HeaderValue::from_str(&self.error_type())
        {
            answer.headers_mut().insert("x-amzn-errortype", error_type);
        }
        for (name, value) in &self.headers {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
        answer
    }

    fn error_type(&self) -> String {
        let package = match self.origin {
            Origin::Authentication => "com.amazon.coral.service",
            _ => "com.amazon.bedrock",
        };
        format!("{}:http://internal.amazon.com/coral/{package}/", self.code)
    }

    fn json(&self) -> String {
        serde_json::json!({ "message": self.message }).to_string()
    }

    fn xml(&self, request_id: &str) -> String {
        let elements: Vec<String> = self.elements.iter().map(|(name, text)| element(name, text)).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{}{}{}{}</Error>",
            element("Code", self.code),
            element("Message", &self.message),
            elements.concat(),
            element("RequestId", request_id),
        )
    }

    fn query_xml(&self, request_id: &str) -> String {
        let at_fault = if self.status.is_client_error() { "Sender" } else { "Receiver" };
        format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>{}{}{}</Error>{}</ErrorResponse>",
            element("Type", at_fault),
            element("Code", self.code),
            element("Message", &self.message),
            element("RequestId", request_id),
        )
    }

    fn html(&self) -> String {
        let title = format!("{} {}", self.status.as_u16(), self.message);
        format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>\r\n"
        )
    }
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escaped(text))
}

/// What may stand in XML. A control character may not, even escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
