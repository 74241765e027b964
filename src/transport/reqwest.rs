//! The network. It sends what was signed, byte for byte, or nothing.

use super::network_settings::NetworkSettings;
use super::{Body, BoxFuture, Transport, TransportError, tls};
use crate::error::{Error, ErrorKind};
use crate::protocol::outcome::WireFailure;
use futures_util::StreamExt as _;
use std::error::Error as _;
use std::time::Duration;

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);
/// NAT gateways and VPC endpoints forget a connection after 350 s of silence.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>
const KEEP_ALIVE: Duration = Duration::from_mins(1);
/// Shorter than the time after which a load balancer closes an idle connection (60 s), so that a request does not run
/// into a closing one.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// HTTP over TCP and TLS, with a pool of connections.
#[derive(Clone, Debug)]
pub struct Network {
    client: reqwest::Client,
}

impl Network {
    /// Nothing is opened or read yet: certificates are loaded at the first handshake.
    pub fn new(settings: &NetworkSettings) -> Result<Self, Error> {
        let refuse = |what: &str, e: &dyn std::fmt::Display| {
            Error::new(ErrorKind::InvalidInput, format!("{what}: {e}"))
        };
        let tls = tls::config(settings.ca_bundle.clone()).map_err(|e| refuse("TLS cannot be set up", &e))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // A redirect would send a signature to an origin that it was not made for.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .tcp_keepalive(KEEP_ALIVE)
            .pool_idle_timeout(POOL_IDLE)
            .retry(reqwest::retry::never())
            .http1_only();
        if settings.direct {
            builder = builder.no_proxy();
        } else if let Some(proxy) = &settings.proxy {
            let proxy = reqwest::Proxy::all(proxy).map_err(|e| refuse("--proxy is no proxy URL", &e))?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(|e| refuse("the HTTP client cannot be set up", &e))?;
        Ok(Self { client })
    }
}

impl Transport for Network {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let request = convert(request)?;
            let response = self.client.execute(request).await.map_err(|e| describe(&e))?;
            let length = response.content_length();
            let mut converted = http::Response::new(Body::empty());
            *converted.status_mut() = response.status();
            *converted.version_mut() = response.version();
            *converted.headers_mut() = response.headers().clone();
            let chunks = response.bytes_stream().map(|chunk| chunk.map_err(|e| cut(&e)));
            *converted.body_mut() = Body::stream(chunks, length);
            Ok(converted)
        })
    }
}

/// Refuses a request whose path or query the URL library would change: what is signed must be what is sent.
fn convert(request: http::Request<Body>) -> Result<reqwest::Request, TransportError> {
    let not_sent = |why: String| TransportError::new(WireFailure::NotSent, why);
    let (parts, body) = request.into_parts();
    let wanted = parts.uri.to_string();
    let url = reqwest::Url::parse(&wanted).map_err(|e| not_sent(format!("{wanted} is no URL: {e}")))?;
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let changed = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    if target != changed {
        return Err(not_sent(format!(
            "nothing was sent: {target:?} would go out as {changed:?}, and the signature would not match; percent-encode it"
        )));
    }
    let mut converted = reqwest::Request::new(parts.method, url);
    *converted.headers_mut() = parts.headers;
    *converted.body_mut() = match body {
        Body::Whole(bytes) if bytes.is_empty() => None,
        Body::Whole(bytes) => Some(bytes.into()),
        Body::Stream { stream, .. } => Some(reqwest::Body::wrap_stream(stream)),
    };
    Ok(converted)
}

/// What failed on the way to an answer, with the innermost cause, which is the one that tells.
fn describe(error: &reqwest::Error) -> TransportError {
    let host = error.url().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let cause = innermost(error);
    let (failure, what) = if is_tls(error) {
        (WireFailure::Tls, "TLS was refused by or for")
    } else if error.is_connect() && error.is_timeout() {
        (WireFailure::Connect, "no connection in 10 s to")
    } else if error.is_connect() {
        (WireFailure::Connect, "no connection to")
    } else if error.is_timeout() {
        (WireFailure::Timeout, "no answer in time from")
    } else {
        (WireFailure::NoResponse, "the connection broke before an answer from")
    };
    let port = error.url().and_then(reqwest::Url::port).map(|port| format!(":{port}")).unwrap_or_default();
    TransportError::new(failure, format!("{what} {host}{port}: {cause}"))
}

fn cut(error: &reqwest::Error) -> TransportError {
    TransportError::new(
        WireFailure::CutBody,
        format!("the connection broke in the body: {}", innermost(error)),
    )
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn is_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(current) = cause {
        let in_io = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if current.is::<rustls::Error>()
            || in_io.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
        {
            return true;
        }
        cause = current.source();
    }
    false
}
