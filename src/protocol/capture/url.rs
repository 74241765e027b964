//! A URL alone, as a program printed it or a browser's address line has it: all of a request that is signed in its query.

use super::Capture;
use super::request::{CapturedRequest, Exchange};

pub(super) fn read(bytes: &[u8]) -> Capture {
    let mut capture = Capture::default();
    let Ok(text) = std::str::from_utf8(bytes) else { return capture };
    let url = text.trim().trim_matches(['"', '\'', '<', '>']);
    let is_url = url.starts_with("https://") || url.starts_with("http://");
    if !is_url || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return capture;
    }
    let mut request = CapturedRequest { method: "GET".to_owned(), ..CapturedRequest::default() };
    // A page and a log write & as HTML and JSON do.
    request.at(&url.replace("&amp;", "&").replace("\\u0026", "&"));
    capture.notes.push("a URL alone was taken for a GET without headers of its own".to_owned());
    capture.exchanges.push(Exchange { request: Some(request), answer: None });
    capture
}
