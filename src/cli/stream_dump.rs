//! Event-stream bytes in the forms that people have them in: as they are, as hex (plain, `xxd` or `hexdump -C`), as
//! base64, or in a HAR.

use crate::protocol::capture;
use crate::protocol::eventstream::Decoder;
use bytes::Bytes;

/// Whether the start of a file is text. A frame begins with its length, of which the first byte is below 2.
pub(super) fn is_text(start: &[u8]) -> bool {
    !start.is_empty()
        && start.iter().all(|byte| (0x20..0x7f).contains(byte) || b"\t\r\n".contains(byte) || *byte >= 0x80)
        && start.first().is_some_and(u8::is_ascii)
}

/// The bytes that a dump stands for; what is no dump stays as it is.
pub(super) fn bytes_of(dump: Vec<u8>) -> Bytes {
    if !is_text(dump.get(..64).unwrap_or(&dump)) {
        return dump.into();
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
        return streamed.unwrap_or_else(|| dump.into());
    }
    let Ok(text) = std::str::from_utf8(&dump) else { return dump.into() };
    if let Some(bytes) = hex_dump(text) {
        return bytes.into();
    }
    let words: String = text.split_ascii_whitespace().collect();
    match base64_simd::STANDARD.decode_to_vec(words.as_bytes()) {
        Ok(bytes) => bytes.into(),
        Err(_) => dump.into(),
    }
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

/// Hex digits alone, or behind offsets and before the characters that they stand for.
fn hex_dump(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.split_ascii_whitespace().collect();
    if let Ok(bytes) = hex::decode(&digits) {
        return Some(bytes);
    }
    let mut bytes = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // 00000010: 0102 0304  ....   or   00000010  01 02 03 04  |....|
        // The last line of hexdump is an offset alone.
        let Some((offset, rest)) = line.trim().split_once([':', ' ']) else { continue };
        if offset.len() < 4 || !offset.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let rest = rest.split('|').next().unwrap_or_default();
        let rest =
            if line.contains(": ") { rest.trim_start().split("  ").next().unwrap_or_default() } else { rest };
        let digits: String = rest.split_ascii_whitespace().collect();
        bytes.extend(hex::decode(digits).ok()?);
    }
    (!bytes.is_empty()).then_some(bytes)
}
