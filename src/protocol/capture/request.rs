//! What a captured request and answer hold.

use crate::protocol::MAX_HEADERS;
use crate::protocol::sigv4::canonical::AUTHORITY;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// A request and what came back, as far as they were captured.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Exchange {
    /// The request.
    pub request: Option<CapturedRequest>,
    /// The answer; the last one where a request has several.
    pub answer: Option<CapturedAnswer>,
}

/// A request as it was captured: nothing is normalised, since the mistake may be in what normalising would hide.
#[derive(Clone, Default)]
pub struct CapturedRequest {
    /// `POST`
    pub method: String,
    /// Path and query, as they stood on the wire.
    pub target: String,
    /// Names as they were written; values as they stood behind the colon and one space.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it is known.
    pub body: CapturedBody,
    /// What the client said that it signed, where its log has it.
    pub stages: Option<ClientStages>,
    /// Whether a part of it is a guess, of which a note says more: then only a right signature tells something.
    pub is_guessed: bool,
}

/// The body of a request.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum CapturedBody {
    /// All of it.
    #[default]
    Empty,
    /// All of it.
    Whole(Bytes),
    /// A text file's body, of which nobody knows whether its last newline belongs to it.
    PerhapsOneNewlineLess(Bytes),
    /// Fewer bytes than its headers announce.
    Cut {
        /// What is there.
        has: usize,
        /// What the headers announce.
        announced: usize,
    },
    /// The capture does not show it: `curl -v`, `--data @FILE`, a log without bodies.
    NotShown,
}

/// The stages that a client wrote into its log.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientStages {
    /// Its canonical request.
    pub canonical_request: String,
    /// Its string to sign, where it was logged, too.
    pub string_to_sign: Option<String>,
}

/// An answer as it was captured.
#[derive(Clone, Default)]
pub struct CapturedAnswer {
    /// The status; 0 where the capture has none.
    pub status: u16,
    /// The headers that can be headers, the first 1,000 of them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl CapturedRequest {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).next()
    }

    /// All values of a header.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The values that a server takes for a name of SignedHeaders: `:authority`, as HTTP/2 calls it, is the host.
    pub(crate) fn signed_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.header_values(if name == AUTHORITY { "host" } else { name })
    }

    /// The path, as it stood on the wire.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The query, without its question mark.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Whether it carries a signature.
    pub fn is_signed(&self) -> bool {
        self.header("authorization").is_some_and(|value| value.contains("AWS4"))
            || self.query().contains("X-Amz-Signature")
    }

    /// Sets the host from a URL, where no header named it, and takes path and query from it.
    pub(super) fn at(&mut self, url: &str) {
        let (authority, target) = split_url(url);
        self.target = target;
        if self.header("host").is_none()
            && let Some(host) = authority
        {
            self.headers.push(("Host".to_owned(), host));
        }
    }
}

/// `https://host:443/path?query#fragment` → the host without a default port, and the path with its query.
pub(super) fn split_url(url: &str) -> (Option<String>, String) {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.starts_with('/') {
            (None, url.to_owned())
        } else {
            // curl takes a URL without its scheme.
            split_url(&format!("https://{url}"))
        };
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let default_port = if scheme.eq_ignore_ascii_case("http") { ":80" } else { ":443" };
    let host = authority.strip_suffix(default_port).unwrap_or(authority).to_ascii_lowercase();
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    ((!host.is_empty()).then_some(host), target)
}

impl CapturedAnswer {
    pub(super) fn push_header(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.trim().as_bytes()), HeaderValue::from_str(value.trim()))
        {
            // A map has no room for as many as a file may hold.
            if self.headers.len() < MAX_HEADERS {
                self.headers.append(name, value);
            }
        }
    }
}

// Captures hold tokens and signatures, and a body may hold anything: none of them is shown.

impl fmt::Debug for CapturedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("CapturedRequest")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("headers", &names)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CapturedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Whole(body) | Self::PerhapsOneNewlineLess(body) => write!(f, "{} bytes", body.len()),
            Self::Cut { has, announced } => write!(f, "{has} of {announced} bytes"),
            Self::NotShown => f.write_str("NotShown"),
        }
    }
}

impl fmt::Debug for ClientStages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientStages").finish_non_exhaustive()
    }
}

impl fmt::Debug for CapturedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapturedAnswer")
            .field("status", &self.status)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
