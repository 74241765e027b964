//! Requests and answers as people have them at hand: copied from a terminal, exported from a browser, found in a log.
//!
//! | file | reads |
//! |---|---|
//! | `request` | nothing: what a captured request and answer hold |
//! | `http_text` | HTTP/1.1 text, CRLF or LF, bare or behind the marks of `curl -v` and of wire logs |
//! | `message_line` | one line of those, and what stands before it |
//! | `chunked` | a body as it stands on the wire with `transfer-encoding: chunked` |
//! | `curl_command` | a `curl` command line |
//! | `curl_options` | the options of curl, and which of them have a value |
//! | `shell_words` | the words of a command as a shell reads them |
//! | `json` | a HAR, `--dry-run=json`, and requests that other programs write as JSON |
//! | `botocore_log` | the debug log of botocore and boto3 |
//! | `url` | a URL alone |
//! | `python_literal` | strings as Python writes them, which such logs are full of |
//!
//! Readers take what they can and say what they could not: a capture is seldom whole.

mod botocore_log;
mod chunked;
mod curl_command;
mod curl_options;
mod http_text;
mod json;
mod message_line;
mod python_literal;
mod request;
mod shell_words;
mod url;

pub use request::{CapturedAnswer, CapturedBody, CapturedRequest, ClientStages, Exchange};

use std::fmt;

/// The longest capture that is read: 64 MiB, twice what the longest request of Bedrock has in base64.
pub const MAX_CAPTURE: usize = 64 * 1024 * 1024;

/// What a file held.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Capture {
    /// In the order in which they stand there; at least one.
    pub exchanges: Vec<Exchange>,
    /// What could not be read, or was guessed, a sentence each.
    pub notes: Vec<String>,
}

impl Capture {
    /// The first request that is signed, else the first one at all.
    pub fn request(&self) -> Option<&CapturedRequest> {
        let requests = || self.exchanges.iter().filter_map(|exchange| exchange.request.as_ref());
        requests().find(|request| request.is_signed()).or_else(|| requests().next())
    }

    /// How many requests there are.
    pub fn requests(&self) -> usize {
        self.exchanges.iter().filter(|exchange| exchange.request.is_some()).count()
    }

    /// The first exchange that ended in a refusal, else the first that has an answer.
    pub fn refused(&self) -> Option<&Exchange> {
        let answered = || self.exchanges.iter().filter(|exchange| exchange.answer.is_some());
        answered()
            .find(|exchange| exchange.answer.as_ref().is_some_and(|answer| answer.status >= 300))
            .or_else(|| answered().next())
    }
}

/// Why nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// Reads a capture of any of the forms.
pub fn read(bytes: &[u8]) -> Result<Capture, Unreadable> {
    if bytes.len() > MAX_CAPTURE {
        return Err(Unreadable(format!(
            "the capture has {} bytes, and up to {MAX_CAPTURE} are read; cut it down to one exchange",
            bytes.len()
        )));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable("the capture is empty".to_owned()));
    }
    let readers = [json::read, botocore_log::read, terminal, http_text::read, url::read];
    readers.into_iter().map(|read| read(bytes)).find(|capture| !capture.exchanges.is_empty()).ok_or_else(|| {
        Unreadable(
            "no request or answer was found in it; it may be HTTP/1.1 text (POST /path HTTP/1.1, headers, a blank \
             line, the body), a curl command, what curl -v or -i prints, a HAR, the debug log of botocore or of an AWS \
             SDK, or a presigned URL"
                .to_owned(),
        )
    })
}

/// A `curl` command, alone or with what `curl -v` printed below it: there is the request as it was sent, and the
/// command has the body that curl does not print.
fn terminal(bytes: &[u8]) -> Capture {
    let command = curl_command::read(bytes);
    if command.exchanges.is_empty() {
        return command;
    }
    let mut printed = http_text::read(bytes);
    let body = command.request().map(|request| request.body.clone());
    if let (Some(CapturedBody::Whole(body)), Some(Exchange { request: Some(request), .. })) =
        (body, printed.exchanges.first_mut())
        && request.body == CapturedBody::NotShown
        && request.header("content-length").is_some_and(|length| length.trim() == body.len().to_string())
    {
        request.body = CapturedBody::Whole(body);
    }
    if printed.requests() > 0 { printed } else { command }
}
