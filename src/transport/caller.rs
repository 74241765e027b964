//! Who asks a server of this machine. A web page asks, too, though its browser runs here: it could spend the owner's
//! money with a form, or read every prompt under a host name that it points at this machine (DNS rebinding).

use super::proxy::is_ours;
use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether it is a page of another site. A browser says so itself: `Origin` on every POST and cross-site GET,
/// `Sec-Fetch-Site` on everything.
/// <https://fetch.spec.whatwg.org/#origin-header>
pub(crate) fn is_web_page(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = headers.get(SEC_FETCH_SITE).and_then(|value| value.to_str().ok());
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    headers.contains_key(ORIGIN)
        && text(&ORIGIN).and_then(|origin| origin.strip_prefix("http://")) != text(&HOST)
}

/// Whether the host that was asked is this machine's loopback.
pub(crate) fn asks_loopback(headers: &HeaderMap, uri: &Uri) -> bool {
    match (headers.get(HOST), uri.authority()) {
        // A server has made the one of the other.
        (Some(header), Some(read)) if header.as_bytes() == read.as_str().as_bytes() => is_ours(read.host()),
        (header, read) => {
            let header = header.and_then(|value| Authority::try_from(value.as_bytes()).ok());
            header.as_ref().or(read).is_some_and(|host| is_ours(host.host()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["127.0.0.1:8098", "localhost", "[::1]:80", "127.1.2.3", "bucket.localhost:1"] {
            assert!(asks_loopback(&headers(&[("host", host)]), &Uri::default()), "{host}");
        }
        for host in ["evil.example", "10.0.0.1:8098", "127.0.0.1.evil.example", ""] {
            assert!(!asks_loopback(&headers(&[("host", host)]), &Uri::default()), "{host}");
        }
    }

    #[test]
    fn a_page_is_told_by_what_its_browser_says() {
        let host = ("host", "127.0.0.1:8098");
        let own = headers(&[host, ("origin", "http://127.0.0.1:8098"), ("sec-fetch-site", "same-origin")]);
        assert!(!is_web_page(&own) && !is_web_page(&headers(&[host])));
        assert!(is_web_page(&headers(&[host, ("origin", "https://evil.example")])));
        assert!(is_web_page(&headers(&[host, ("origin", "null")])));
        assert!(is_web_page(&headers(&[host, ("sec-fetch-site", "cross-site")])));
    }
}
