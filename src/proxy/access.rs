//! Who may ask: programs of this machine. A web page may not, though its browser runs here: it could spend the owner's
//! money with a form, or read every prompt under a host name that it points at this machine (DNS rebinding).

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Request};
use std::net::IpAddr;

/// Why a request is refused; `None` where it is not.
pub(super) fn refusal<B>(request: &Request<B>, allow_remote: bool) -> Option<&'static str> {
    let headers = request.headers();
    if comes_from_another_site(headers) {
        return Some("The request comes from a web page, and the proxy signs for programs only.");
    }
    if !allow_remote && !host(request).is_some_and(|host| is_loopback(host.host())) {
        return Some(
            "The Host header names no loopback address; reach the proxy as 127.0.0.1 or localhost, or start it with \
             --allow-remote.",
        );
    }
    None
}

/// What a browser says of itself: `Origin` on every POST and cross-site GET, `Sec-Fetch-Site` on everything.
/// <https://fetch.spec.whatwg.org/#origin-header>
fn comes_from_another_site(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    headers.contains_key(ORIGIN)
        && text(&ORIGIN).and_then(|origin| origin.strip_prefix("http://")) != text(&HOST)
}

fn host<B>(request: &Request<B>) -> Option<Authority> {
    let header = request.headers().get(HOST).and_then(|value| Authority::try_from(value.as_bytes()).ok());
    header.or_else(|| request.uri().authority().cloned())
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(headers: &[(&str, &str)]) -> bool {
        let request = headers.iter().fold(Request::get("/"), |r, (name, value)| r.header(*name, *value));
        refusal(&request.body(()).unwrap(), false).is_some()
    }

    #[test]
    fn only_programs_of_this_machine_are_served() {
        for host in ["127.0.0.1:8098", "localhost", "[::1]:80", "127.1.2.3", "bucket.localhost:1"] {
            assert!(!refused(&[("host", host)]), "{host}");
        }
        for host in ["evil.example", "10.0.0.1:8098", "127.0.0.1.evil.example", ""] {
            assert!(refused(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn no_web_page_is_served_but_the_own_one() {
        let host = ("host", "127.0.0.1:8098");
        assert!(!refused(&[host, ("origin", "http://127.0.0.1:8098"), ("sec-fetch-site", "same-origin")]));
        assert!(refused(&[host, ("origin", "https://evil.example")]));
        assert!(refused(&[host, ("origin", "null")]));
        assert!(refused(&[host, ("sec-fetch-site", "cross-site")]));
    }
}
