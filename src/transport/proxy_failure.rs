//! What a proxy in the way makes of a request, in words: why it gave no way through, and what it must not be shown.

use super::TransportError;
use super::proxy::{Proxies, Proxy};
use crate::protocol::auth::CarriesToken;
use crate::protocol::endpoint::is_loopback;
use crate::protocol::outcome::WireFailure;
use http::Uri;
use http::header::AUTHORIZATION;
use http::request::Parts;
use std::error::Error as StdError;
use std::iter::successors;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What came in the way of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TunnelFailure {
    /// The proxy itself is not reached, or TLS with it is refused.
    NoProxy,
    /// 407, and what SOCKS 5 has for it.
    Unauthorized,
    /// Any other answer but a success.
    Refused,
}

/// The failure in a chain of causes, which the library tells by words alone. Of SOCKS only what is about passwords is
/// told from a network that is out.
pub(super) fn tunnel_failure(error: &(dyn StdError + 'static)) -> Option<TunnelFailure> {
    successors(Some(error), |&cause| cause.source()).find_map(|cause| match cause.to_string().as_str() {
        "tunnel error: failed to create underlying connection" => Some(TunnelFailure::NoProxy),
        "tunnel error: proxy authorization required"
        | "SOCKS error: credentials not accepted"
        | "SOCKS error: server does not support user/pass authentication"
        | "SOCKS error: server implements authentication incorrectly" => Some(TunnelFailure::Unauthorized),
        "tunnel error: unsuccessful" => Some(TunnelFailure::Refused),
        _ => None,
    })
}

/// A proxy, as messages name it.
pub(super) fn named(proxy: &Proxy) -> String {
    format!("the proxy {proxy} ({})", proxy.source())
}

fn unauthorized(place: &str, proxy: &Proxy) -> TransportError {
    let problem = if proxy.has_secret() {
        "the proxy does not accept the user name and password of its URL; are they right, and percent-encoded?"
    } else {
        "the proxy wants a user name and password; put them into its URL, as user:password@host:port"
    };
    TransportError::new(WireFailure::Proxy, format!("no connection to {place}: {problem}"))
}

/// The proxy that refused its password last, which is not shown it again at once: many a one locks an account after
/// a few that are wrong, and one command, or one request to a server, may come to many calls.
#[derive(Debug, Default)]
pub(super) struct RefusedPassword(Mutex<Option<(Proxy, Instant)>>);

impl RefusedPassword {
    /// How long: a password that is made right at the proxy is taken after that.
    const KEPT: Duration = Duration::from_secs(30);

    /// The failure of a request to this place, whose proxy wants a password, or another one than it has just got.
    pub(super) fn failure(&self, place: &str, proxy: &Proxy) -> TransportError {
        if proxy.has_secret() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((proxy.clone(), Instant::now()));
        }
        unauthorized(place, proxy)
    }

    /// The same failure before anything is sent, where the proxy would get the password that it has just refused.
    pub(super) fn check(&self, place: impl FnOnce() -> String, proxy: &Proxy) -> Result<(), TransportError> {
        if self.is_of(proxy) { Err(unauthorized(&place(), proxy)) } else { Ok(()) }
    }

    fn is_of(&self, proxy: &Proxy) -> bool {
        let refused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().is_some_and(|(refused, when)| refused == proxy && when.elapsed() < Self::KEPT)
    }
}

/// Whoever reads a bearer token can use it. In plain HTTP it may go to this machine's own servers, but a proxy
/// elsewhere would be shown it on the way.
pub(super) fn check_bearer(request: &Parts, url: &str, proxies: &Proxies) -> Result<(), TransportError> {
    if !url.starts_with("http://") {
        return Ok(());
    }
    let authorization = request.headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().get(..7));
    let gives_credentials = request.extensions.get::<CarriesToken>().is_some();
    let (secret, advice) = if gives_credentials {
        ("a token that gives credentials", "use https")
    } else if authorization.is_some_and(|word| word.eq_ignore_ascii_case(b"bearer ")) {
        ("an API key", "use https, sign with an access key pair")
    } else {
        return Ok(());
    };
    let refuse = |why: String| Err(TransportError::new(WireFailure::NotSent, why));
    let uri: Uri = match url.parse() {
        Ok(uri) => uri,
        Err(e) => return refuse(format!("nothing was sent: no URL ({e})")),
    };
    let host = uri.host().unwrap_or_default();
    // Of an API key, who signs with it has seen to that.
    if gives_credentials && !is_loopback(host) {
        return refuse(format!("nothing was sent to {host}: {secret} may not go over plain HTTP; {advice}"));
    }
    match proxies.for_uri(&uri) {
        Some(proxy) if !is_loopback(proxy.host()) => refuse(format!(
            "nothing was sent to {host}: {secret} may not go over plain HTTP through {}; {advice}, or add {host} to \
             NO_PROXY",
            named(proxy)
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_password_is_that_of_one_proxy_and_an_unset_one_is_none() {
        let proxy = |url: &str| Proxy::new(url, "HTTPS_PROXY").unwrap();
        let (wrong, right, none) = (proxy("u:wrong@p:1"), proxy("u:right@p:1"), proxy("p:1"));
        let refused = RefusedPassword::default();
        refused.failure("h", &none);
        assert!(!refused.is_of(&none));
        refused.failure("h", &wrong);
        assert!(refused.is_of(&wrong) && !refused.is_of(&right) && !refused.is_of(&none));
    }
}
