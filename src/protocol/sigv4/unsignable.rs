//! Headers that a signature must leave out, since clients and proxies add, drop or change them on the way. What signs
//! leaves them out, and what looks for mistakes names them: by this one list.

/// The names; beside them all that begin with `x-forwarded-`.
const UNSIGNABLE: [&str; 21] = [
    "accept-encoding",
    "authorization",
    "baggage",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amzn-trace-id",
    "x-real-ip",
];

/// Whether a header, in lower case, is one of them.
pub(in crate::protocol) fn is_unsignable(name: &str) -> bool {
    UNSIGNABLE.contains(&name) || name.starts_with("x-forwarded-")
}
