//! A cassette of VCR as a capture: what a test suite recorded has its requests as they were signed.

use super::captured_exchange::exchange;
use crate::fixture::import::{Imported, from_vcr};
use crate::protocol::capture::Capture;

/// The most exchanges that are read: a short file can repeat a long one many times.
const MOST: usize = 100;

/// `None` for what is no cassette. An exchange that cannot be read is left out, and a note says so.
pub(super) fn read(bytes: &[u8]) -> Option<Capture> {
    if !looks_like_one(bytes) {
        return None;
    }
    let mut capture = Capture::default();
    let mut exchanges = from_vcr(bytes).ok()?;
    for imported in exchanges.by_ref().take(MOST) {
        match imported {
            Ok(Imported { request, response, .. }) => {
                capture.exchanges.push(exchange(&request, Some(&response)));
            }
            Err(error) => capture.notes.push(format!("the cassette's {error}; it was left out")),
        }
    }
    if exchanges.next().is_some() {
        capture
            .notes
            .push(format!("the cassette has more than {MOST} exchanges; the first {MOST} were read"));
    }
    (!capture.exchanges.is_empty()).then_some(capture)
}

/// Whether it has a list of interactions on top. A log may quote anything further in.
fn looks_like_one(bytes: &[u8]) -> bool {
    let starts =
        |line: &[u8]| [&b"interactions:"[..], b"http_interactions:"].iter().any(|key| line.starts_with(key));
    let is_json = bytes.trim_ascii_start().starts_with(b"{")
        && bytes.windows(b"\"interactions\"".len()).any(|part| part == b"\"interactions\"");
    is_json || bytes.split(|byte| *byte == b'\n').any(starts)
}
