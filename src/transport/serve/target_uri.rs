//! The URL that a client meant: a request line has only its path, the host is in a header.

use super::refusal::Unreadable;
use http::request::Parts;
use http::uri::{self, Authority, Scheme};
use http::{Uri, Version, header};
use tokio::net::TcpListener;

/// Whom a client asks that names no host: `option httpchk` of HAProxy sends HTTP/1.0, which has no such header.
pub(super) fn own_authority(listener: &TcpListener) -> Option<Authority> {
    listener.local_addr().ok()?.to_string().parse().ok()
}

/// The target URI of a request. <https://www.rfc-editor.org/rfc/rfc9112#section-3.3>
pub(super) fn target_uri(parts: &Parts, own: Option<&Authority>) -> Result<Uri, Unreadable> {
    let malformed = |what: &'static str| Unreadable::Malformed(what.into());
    let refuse = || malformed("the Host header or the path is malformed");
    let mut hosts = parts.headers.get_all(header::HOST).into_iter();
    // HTTP/2 has a field of its own for it, and may have both. https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1
    let named = parts.uri.authority().filter(|_| parts.version == Version::HTTP_2);
    let authority = match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let host = Authority::try_from(host.as_bytes()).map_err(|_| refuse())?;
            if named.is_some_and(|named| *named != host) {
                return Err(malformed("the Host header is another host than :authority"));
            }
            host
        }
        (None, _) if named.is_some() => named.ok_or_else(refuse)?.clone(),
        (None, _) if parts.version == Version::HTTP_10 => own.ok_or_else(refuse)?.clone(),
        (None, _) => return Err(malformed("there is no Host header")),
        (Some(_), Some(_)) => return Err(malformed("there is more than one Host header")),
    };
    if parts.uri.authority().is_some() && parts.uri.scheme().is_some() {
        return Ok(parts.uri.clone());
    }
    let path_and_query =
        parts.uri.path_and_query().ok_or_else(|| malformed("the request line has no path"))?.clone();
    let mut absolute = uri::Parts::default();
    absolute.scheme = Some(Scheme::HTTP);
    absolute.authority = Some(authority);
    absolute.path_and_query = Some(path_and_query);
    Uri::from_parts(absolute).map_err(|_| refuse())
}

/// How long the head would have been in HTTP/1.1.
pub(super) fn head_bytes(parts: &Parts) -> usize {
    let path = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    parts.headers.iter().fold(path, |length, (name, value)| length + name.as_str().len() + value.len() + 4)
}
