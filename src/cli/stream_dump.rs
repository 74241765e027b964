//! Event-stream bytes in the forms that people have them in: as they are, as a hex dump, as base64, or in a HAR.

use super::hex_dump;
use crate::protocol::capture;
use crate::protocol::eventstream::Decoder;
use bytes::Bytes;

/// Whether the start of a file is text. A frame begins with its length, of which the first byte is below 2.
pub(super) fn is_text(start: &[u8]) -> bool {
    !start.is_empty()
        && start.iter().all(|byte| (0x20..0x7f).contains(byte) || b"\t\r\n".contains(byte) || *byte >= 0x80)
        && start.first().is_some_and(u8::is_ascii)
}

/// The bytes that a dump stands for, up to so many; what is no dump stays as it is, and a dump with a gap is refused
/// with a sentence.
pub(super) fn bytes_of(dump: Vec<u8>, most: usize) -> Result<Bytes, String> {
    if !is_text(dump.get(..64).unwrap_or(&dump)) {
        return Ok(dump.into());
    }
    let start = dump.trim_ascii_start();
    if start.starts_with(b"{") || start.starts_with(b"[") {
        let streamed = capture::read(&dump).ok().and_then(|capture| {
            let mut bodies = capture
                .exchanges
                .into_iter()
                .filter_map(|exchange| exchange.answer)
                .map(|answer| answer.body);
            bodies.find(|body| next_frame(body, 0) == Some(0))
        });
        return Ok(streamed.unwrap_or_else(|| dump.into()));
    }
    let Ok(text) = std::str::from_utf8(&dump) else { return Ok(dump.into()) };
    if let Some(bytes) = hex_dump::read(text, most)? {
        return Ok(bytes.into());
    }
    let words: String = text.split_ascii_whitespace().collect();
    Ok(match base64_simd::STANDARD.decode_to_vec(words.as_bytes()) {
        Ok(bytes) => bytes.into(),
        Err(_) => dump.into(),
    })
}

/// Where the next sound frame begins, from a place on.
pub(super) fn next_frame(bytes: &Bytes, from: usize) -> Option<usize> {
    (from..bytes.len().saturating_sub(15)).find(|at| {
        let is_prelude = bytes.get(*at..at + 12).is_some_and(|prelude| {
            let (lengths, checksum) = prelude.split_at(8);
            crc32fast::hash(lengths).to_be_bytes() == checksum
        });
        if !is_prelude {
            return false;
        }
        let mut decoder = Decoder::new();
        decoder.push(bytes.slice(*at..));
        matches!(decoder.next_frame(), Ok(Some(_)))
    })
}
