//! The network. It sends what was signed, byte for byte, or nothing.

use super::network_settings::NetworkSettings;
use super::proxy::{Proxies, Proxy};
use super::proxy_failure::{RefusedPassword, TunnelFailure, check_bearer, named, tunnel_failure};
use super::public_address::is_public;
use super::{Body, BodyStream, BoxFuture, Transport, TransportError, resolve, tls};
use crate::error::{Error, ErrorKind};
use crate::protocol::decimals::short;
use crate::protocol::endpoint::host_header;
use crate::protocol::outcome::WireFailure;
use crate::protocol::redact::{self, redacted};
use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body as _, Frame};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// HTTP over TCP and TLS, with a pool of connections. Each lives in the tokio runtime that opened it: one that is used
/// in several runtimes needs all of them to be driven for as long as it is.
#[derive(Clone, Debug)]
pub struct Network {
    client: reqwest::Client,
    proxies: Arc<Proxies>,
    trust: tls::Trust,
    connect_timeout: Duration,
    may_be_http2: bool,
    public_only: bool,
    last: Arc<Mutex<Option<Last>>>,
    refused_password: Arc<RefusedPassword>,
}

/// Where the last request went.
#[derive(Debug)]
struct Last {
    uri: http::Uri,
    url: reqwest::Url,
    /// The root of its host.
    origin: reqwest::Url,
}

impl Network {
    /// No connection is made yet, and certificates are loaded at the first handshake. TLS of the system's own wants
    /// those that the settings name at once: where they cannot be used, there is no network.
    pub fn new(settings: &NetworkSettings) -> Result<Self, Error> {
        Self::that_reaches(settings, false)
    }

    /// Reaches public addresses only: for URLs that come from strangers. A name is looked up once, and only an address
    /// that was checked is connected to. Behind a proxy only an address that stands in the URL can be checked, since the
    /// proxy looks names up: whoever asks must know the host then. Nothing is signed, so that a URL may be written in any
    /// way.
    pub fn public(settings: &NetworkSettings) -> Result<Self, Error> {
        Self::that_reaches(settings, true)
    }

    fn that_reaches(settings: &NetworkSettings, public_only: bool) -> Result<Self, Error> {
        let proxies = Arc::new(if settings.direct { Proxies::default() } else { settings.proxies.clone() });
        let may_be_http2 = offers_http2(settings);
        let mut builder = reqwest::Client::builder()
            // A redirect would send a signature to an origin that it was not made for.
            .redirect(reqwest::redirect::Policy::none())
            // With a number of retries, each request would be copied for them.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .connect_timeout(settings.connect_timeout)
            .tcp_keepalive(settings.tcp_keepalive)
            .pool_idle_timeout(settings.pool_idle_timeout)
            .pool_max_idle_per_host(settings.pool_idle_connections)
            .dns_resolver(Resolver { public_only, proxies: Arc::clone(&proxies) })
            // It would read the process's variables by itself.
            .no_proxy();
        if !may_be_http2 {
            builder = builder.http1_only();
        }
        if !proxies.is_empty() {
            let proxies = Arc::clone(&proxies);
            builder = builder.proxy(reqwest::Proxy::custom(move |url| {
                let port = url.port_or_known_default()?;
                Some(proxies.for_host(url.scheme(), url.host_str()?, port)?.reveal().to_owned())
            }));
        }
        let (builder, trust) = tls::with_tls(builder, settings, may_be_http2).map_err(refuse)?;
        let client = builder.build().map_err(|e| refuse(format!("the HTTP client cannot be set up: {e}")))?;
        Ok(Self {
            client,
            proxies,
            trust,
            connect_timeout: settings.connect_timeout,
            may_be_http2,
            public_only,
            last: Arc::default(),
            refused_password: Arc::default(),
        })
    }

    /// The proxy that requests to this URL go through.
    pub fn proxy_for(&self, uri: &http::Uri) -> Option<&Proxy> {
        self.proxies.for_uri(uri)
    }

    /// The root certificate behind the last TLS connection, and where that root is from. `None` before the first one,
    /// and where TLS is the system's own.
    pub fn signed_by(&self) -> Option<String> {
        self.trust.signed_by()
    }
}

fn refuse(problem: String) -> Error {
    Error::new(ErrorKind::InvalidInput, problem)
}

#[cfg_attr(not(feature = "http2"), allow(unused_variables))]
fn offers_http2(settings: &NetworkSettings) -> bool {
    #[cfg(feature = "http2")]
    return settings.http2;
    #[cfg(not(feature = "http2"))]
    false
}

const NOT_PUBLIC: &str = "it has no public address";

/// An address that is written in the URL is not looked up. The URL library has read it by now, so that `0x7f.1` and
/// `2130706433` are `127.0.0.1` here, too. A proxy's own name is let through by the resolver, so it is refused here.
fn check_address(url: &reqwest::Url, proxies: &Proxies) -> Result<(), TransportError> {
    let host = url.host_str().unwrap_or_default();
    let is_private = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => proxies.is_one(host),
    };
    if is_private {
        let message = format!("nothing was sent to {host}: {NOT_PUBLIC}");
        return Err(TransportError::new(WireFailure::NotSent, message));
    }
    Ok(())
}

/// Names are looked up by the system, but for `localhost`.
struct Resolver {
    public_only: bool,
    proxies: Arc<Proxies>,
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        // A proxy is the operator's choice, and as a rule in the same network.
        let public_only = self.public_only && !self.proxies.is_one(name.as_str());
        Box::pin(async move {
            let mut addresses = resolve::resolve(name.as_str(), 0).await?;
            if public_only {
                addresses.retain(|address| is_public(address.ip()));
                if addresses.is_empty() {
                    return Err(NOT_PUBLIC.into());
                }
            }
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

impl Transport for Network {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let url = self.url(&parts.uri)?;
            check_bearer(&parts, url.as_str(), &self.proxies)?;
            if self.public_only {
                check_address(&url, &self.proxies)?;
            } else {
                check_target(&parts.uri, &url)?;
            }
            let uri = parts.uri;
            if let Some(proxy) = self.proxy_for(&uri) {
                self.refused_password.check(|| self.place(&uri), proxy)?;
            }
            let mut request = reqwest::Request::new(parts.method, url);
            *request.headers_mut() = parts.headers;
            if self.may_be_http2 {
                leave_host_to_the_url(&mut request, &uri)?;
            }
            *request.body_mut() = sent(body);
            let response = self.client.execute(request).await.map_err(|e| self.describe(&e, &uri))?;
            self.check_answer(&response, &uri)?;
            let length = response.content_length();
            let (mut parts, body) = http::Response::from(response).into_parts();
            parts.extensions.clear();
            Ok(http::Response::from_parts(parts, Body::stream(Received(body), length)))
        })
    }
}

/// Refuses a request whose path or query the URL library would change: what is signed must be what is sent.
fn check_target(uri: &http::Uri, url: &reqwest::Url) -> Result<(), TransportError> {
    if (url.path(), url.query()) == (uri.path(), uri.query()) {
        return Ok(());
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    let (target, changed) = (redacted(target), redacted(&format!("{}{query}", url.path())));
    Err(TransportError::new(
        WireFailure::NotSent,
        format!(
            "nothing was sent: {target:?} would go out as {changed:?}, and the signature would not match; percent-encode it"
        ),
    ))
}

fn sent(body: Body) -> Option<reqwest::Body> {
    match body {
        Body::Whole(bytes) if bytes.is_empty() => None,
        Body::Whole(bytes) => Some(bytes.into()),
        Body::Stream { stream, .. } => Some(reqwest::Body::wrap(Sent(Mutex::new(stream)))),
    }
}

/// A body that goes out as it comes. The library wants to share it among threads; nobody does, so the lock is never taken.
struct Sent(Mutex<BodyStream>);

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let stream = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        stream.as_mut().poll_next(context).map(|next| next.map(|chunk| chunk.map(Frame::data)))
    }
}

/// A body as it arrives, without trailers.
struct Received(reqwest::Body);

impl Stream for Received {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = ready!(Pin::new(&mut self.0).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) => return Poll::Ready(Some(Ok(chunk))),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(e)) => return Poll::Ready(Some(Err(cut(&e)))),
                None => return Poll::Ready(None),
            }
        }
    }
}

fn authority(uri: &http::Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

/// The same as `to_string`, in one piece of memory.
fn url_text(uri: &http::Uri) -> String {
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    [uri.scheme_str().unwrap_or("http"), "://", authority(uri), target].concat()
}

/// In HTTP/2 the host travels as `:authority`, which is made from the URL, as HTTP/1.1's `host` is where the request has
/// none. Both then equal what was signed as `host`.
fn leave_host_to_the_url(request: &mut reqwest::Request, uri: &http::Uri) -> Result<(), TransportError> {
    let from_url = host_header(uri);
    match request.headers_mut().remove(http::header::HOST) {
        Some(signed) if signed != from_url.as_str() => Err(TransportError::new(
            WireFailure::NotSent,
            format!(
                "nothing was sent: the host header is {signed:?}, but over HTTP/2 it would be {from_url:?}"
            ),
        )),
        _ => Ok(()),
    }
}

impl Network {
    /// The URL as the library has it. Most requests go where the last one went, if not to the same path, and then its
    /// host needs no reading.
    fn url(&self, uri: &http::Uri) -> Result<reqwest::Url, TransportError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &mut *last
            && (uri.scheme_str(), authority(uri)) == (last.uri.scheme_str(), authority(&last.uri))
        {
            if uri.path_and_query() == last.uri.path_and_query() {
                return Ok(last.url.clone());
            }
            let target = uri.path_and_query().map_or("", |target| target.as_str());
            // A path such as `//host` would be read as one.
            if let Ok(url) = last.origin.join(target)
                && url.as_str().starts_with(last.origin.as_str())
            {
                (last.uri, last.url) = (uri.clone(), url.clone());
                return Ok(url);
            }
        }
        let text = url_text(uri);
        let url = reqwest::Url::parse(&text).map_err(|e| {
            TransportError::new(WireFailure::NotSent, format!("{} is no URL: {e}", redact::url(&text)))
        })?;
        *last = url.join("/").ok().map(|origin| Last { uri: uri.clone(), url: url.clone(), origin });
        Ok(url)
    }

    /// What failed on the way to an answer, with the innermost cause, which is the one that tells.
    fn describe(&self, error: &reqwest::Error, uri: &http::Uri) -> TransportError {
        let proxy = self.proxy_for(uri);
        let place = self.place(uri);
        let (place, tls) = match (proxy, tunnel_failure(error)) {
            (Some(proxy), Some(TunnelFailure::Unauthorized)) => {
                return self.refused_password.failure(&place, proxy);
            }
            (Some(_), Some(TunnelFailure::Refused)) => {
                let problem =
                    "the proxy refuses to connect to it; is this host allowed there, and known to it?";
                let message = format!("no connection to {place}: {problem}");
                return TransportError::new(WireFailure::Connect, message);
            }
            (Some(proxy), Some(TunnelFailure::NoProxy)) => (named(proxy), WireFailure::Proxy),
            _ => (place, WireFailure::Tls),
        };
        if let Some(problem) = tls::failure::find(error) {
            return TransportError::new(tls, format!("no TLS with {place}: {problem}"));
        }
        let cause = innermost(error);
        let (failure, what) = if error.is_connect() && error.is_timeout() {
            let seconds = short(self.connect_timeout.as_secs_f64());
            (WireFailure::Connect, format!("no connection in {seconds} s to"))
        } else if error.is_connect() {
            (WireFailure::Connect, "no connection to".to_owned())
        } else if error.is_timeout() {
            (WireFailure::Timeout, "no answer in time from".to_owned())
        } else {
            (WireFailure::NoResponse, "the connection broke before an answer from".to_owned())
        };
        TransportError::new(failure, format!("{what} {place}: {cause}"))
    }

    fn place(&self, uri: &http::Uri) -> String {
        let host = host_header(uri);
        match self.proxy_for(uri) {
            Some(proxy) => format!("{host} through {}", named(proxy)),
            None => host,
        }
    }

    /// Where there is no tunnel, a proxy's demand comes in the place of the service's answer.
    fn check_answer(&self, response: &reqwest::Response, uri: &http::Uri) -> Result<(), TransportError> {
        if response.status() != http::StatusCode::PROXY_AUTHENTICATION_REQUIRED
            || uri.scheme_str() != Some("http")
        {
            return Ok(());
        }
        let failure = |proxy| Err(self.refused_password.failure(&self.place(uri), proxy));
        self.proxy_for(uri).map_or(Ok(()), failure)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_origin_changes_no_url() {
        let network = Network::new(&NetworkSettings::default()).unwrap();
        for origin in ["http://127.0.0.1:9", "https://bucket.example", "http://127.0.0.1:9"] {
            for target in
                ["", "/a%3Ab", "/a%3Ab", "/?c=d", "?c", "//other.example/x", "/\\other.example/x", "/a/../b"]
            {
                let uri = format!("{origin}{target}").parse().unwrap();
                let url = network.url(&uri).unwrap();
                assert_eq!(url, reqwest::Url::parse(&url_text(&uri)).unwrap());
                assert_eq!(url.host_str(), uri.host());
            }
        }
    }
}
