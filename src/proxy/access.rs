//! Who may ask: programs of this machine, and no web page.

use crate::transport::caller;
use http::Request;

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
