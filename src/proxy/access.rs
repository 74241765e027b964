//! Who may ask: programs of this machine, and no web page.

use crate::transport::caller;
use http::{HeaderMap, Request};

/// Why a request is refused; `None` where it is not.
pub(super) fn refusal<B>(request: &Request<B>, allow_remote: bool) -> Option<&'static str> {
    if caller::is_web_page(request.headers()) {
        return Some("The request comes from a web page, and the proxy signs for programs only.");
    }
    if !allow_remote && !caller::asks_loopback(request.headers(), request.uri()) {
        return Some(
            "The Host header names no loopback address; reach the proxy as 127.0.0.1 or localhost, or start it with \
             --allow-remote.",
        );
    }
    None
}

/// Why a request is not forwarded; `None` where it is. What a browser showed of an answer would have the origin of the
/// page with the exchanges: whoever may write into a bucket could read them, and have anything signed.
pub(super) fn no_forwarding<B>(request: &Request<B>) -> Option<&'static str> {
    is_browser(request.headers()).then_some(
        "The request comes from a browser, and the proxy signs for programs only; the exchanges are at /_bedwire/.",
    )
}

/// Whether it is a browser that asks, for a page of any site or for its user. Programs say nothing of a site; `fetch`
/// of Node.js says its mode. <https://www.w3.org/TR/fetch-metadata/>
fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key("sec-fetch-dest")
}
