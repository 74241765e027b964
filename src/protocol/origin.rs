//! The three parts of a base URL, and the `host` header that goes with them.

use super::invalid_input::InvalidInput;
use super::redact;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use std::fmt;
use std::sync::Arc;

/// The three parts of a base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    pub(super) base_path: Arc<str>,
    /// The `host` header of requests there.
    pub(super) host: HeaderValue,
}

impl Origin {
    /// Reads a given URL.
    pub(super) fn parse(url: &str) -> Result<Self, InvalidInput> {
        let refuse = |why: &str| {
            InvalidInput::new(
                "endpoint URL",
                format!("{:?} {why}; give one such as http://127.0.0.1:8080", redact::url(url)),
            )
        };
        let uri: Uri = url.parse().map_err(|e| refuse(&format!("is no URL ({e})")))?;
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS => scheme.clone(),
            Some(_) => return Err(refuse("is neither http nor https")),
            None => return Err(refuse("has no http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| refuse("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(InvalidInput::new(
                "endpoint URL",
                "contains a user name or password; requests are signed instead",
            ));
        }
        if uri.query().is_some() {
            return Err(refuse("has a query"));
        }
        if !has_possible_port(&uri) {
            return Err(refuse("has a port that is none"));
        }
        Self::new(scheme, authority.clone(), uri.path().trim_end_matches('/'))
    }

    pub(super) fn new(scheme: Scheme, authority: Authority, base_path: &str) -> Result<Self, InvalidInput> {
        let refuse = |e: &dyn fmt::Display| InvalidInput::new("URL", format!("{authority} is no host ({e})"));
        let uri = Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/");
        let host = host_header(&uri.build().map_err(|e| refuse(&e))?);
        let host = HeaderValue::try_from(host).map_err(|e| refuse(&e))?;
        Ok(Self { scheme, authority, base_path: base_path.into(), host })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.base_path)
    }
}

/// The authority, without the port where it is the scheme's own: so do HTTP clients write it, and so must it be signed.
pub(crate) fn host_header(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
    }
}

/// Whether the port, where there is one, is a number up to 65535: [`Uri`] has no port where it is not, so that a request
/// would go to the scheme's own.
pub(crate) fn has_possible_port(uri: &Uri) -> bool {
    let authority = uri.authority().map(Authority::as_str).unwrap_or_default();
    let after_host = authority.rsplit(['@', ']']).next().and_then(|rest| rest.split_once(':'));
    after_host.is_none_or(|(_, port)| port.is_empty() || uri.port_u16().is_some())
}

/// Whether a URL's host is this machine: what goes there leaves it not.
pub fn is_loopback(host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
