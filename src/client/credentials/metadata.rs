//! One question to a metadata service, over the route that has no proxy.

use super::surroundings::Surroundings;
use crate::error::{Error, ErrorKind};
use crate::protocol::decimals::short;
use crate::protocol::operation::with_headers;
use crate::protocol::outcome::WireFailure;
use crate::protocol::redact;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, Uri};
use std::time::Duration;

/// Credentials take a few kilobytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// A question: a method, a URL, and headers of which the last may be a secret.
pub(super) struct Question<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Uri,
    pub(super) headers: &'a [(&'static str, &'a str)],
    pub(super) wait: Duration,
}

/// Status and body, whatever the status.
pub(super) async fn ask(
    surroundings: &Surroundings,
    question: Question<'_>,
) -> Result<(StatusCode, Bytes), TransportError> {
    let Question { method, url, headers, wait } = question;
    let refuse = |problem: String| TransportError::new(WireFailure::NotSent, problem);
    let mut request =
        with_headers(method, url.clone(), &[], Bytes::new()).map_err(|e| refuse(e.to_string()))?;
    for (name, value) in headers {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| refuse(format!("the value of {name} has characters that no header can carry")))?;
        value.set_sensitive(name.ends_with("token") || *name == "authorization");
        request.headers_mut().insert(*name, value);
    }
    let exchange = async {
        let response = surroundings.routes.direct.send(request.map(Body::from)).await?;
        let (parts, body) = response.into_parts();
        Ok((parts.status, body.collect(MAX_ANSWER).await?))
    };
    match tokio::time::timeout(wait, exchange).await {
        Ok(answer) => answer,
        Err(_) => Err(TransportError::new(
            WireFailure::Timeout,
            format!(
                "no answer from {} within {} s",
                url.host().unwrap_or_default(),
                short(wait.as_secs_f64())
            ),
        )),
    }
}

/// A URL with `http` or `https` and a host; `what` names the setting that it came from.
pub(super) fn url(what: &str, text: &str) -> Result<Uri, Error> {
    let refuse = |problem: &str| {
        Error::new(
            ErrorKind::Credentials,
            format!(
                "{what} is {:?}, which {problem}; give a URL with http:// or https:// and a host",
                redact::url(text)
            ),
        )
    };
    let url: Uri = text.parse().map_err(|_| refuse("is no URL"))?;
    match (url.scheme_str(), url.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(url),
        (_, None) => Err(refuse("has no host")),
        _ => Err(refuse("is neither http nor https")),
    }
}
