//! Event-stream bytes in the forms that people have them in: as they are, as a hex dump, as base64, or in a HAR.

use super::hex_dump;
use crate::protocol::capture;
use crate::protocol::eventstream::Decoder;
use bytes::Bytes;

/// The shortest frame, in bytes.
const MINIMUM: usize = 16;

/// How many times its length may be hashed to find what is sound in a stream.
const MOST_TIMES: usize = 8;

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
            bodies.find(|body| is_frame(body, 0))
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

/// The search for what can be read behind damage. A prelude is easily forged, and each may claim all that follows: so
/// there is a bound to what is hashed for them, many times what damage by accident takes.
pub(super) struct Resync<'a> {
    bytes: &'a Bytes,
    left: usize,
}

impl<'a> Resync<'a> {
    pub(super) fn of(bytes: &'a Bytes) -> Self {
        Self { bytes, left: bytes.len().saturating_mul(MOST_TIMES) }
    }

    /// Where the next sound frame begins, behind damage at a place.
    pub(super) fn next_frame(&mut self, damage: usize) -> Option<usize> {
        // What was hashed, or copied, to find the damage.
        self.spend(announced(self.bytes, damage).unwrap_or_default())?;
        for at in damage + 1..self.bytes.len().saturating_sub(MINIMUM - 1) {
            let Some(length) = announced(self.bytes, at) else { continue };
            self.spend(length)?;
            if is_frame(self.bytes, at) {
                return Some(at);
            }
        }
        None
    }

    fn spend(&mut self, length: usize) -> Option<()> {
        self.left = self.left.checked_sub(length.max(MINIMUM))?;
        Some(())
    }
}

/// How long the frame at a place is, by its prelude, and no longer than what is there; `None` where no frame begins.
fn announced(bytes: &Bytes, at: usize) -> Option<usize> {
    let (lengths, checksum) = bytes.get(at..at + 12)?.split_at(8);
    let total = lengths.first_chunk().map(|total| u32::from_be_bytes(*total))?;
    let is_prelude = crc32fast::hash(lengths).to_be_bytes() == checksum;
    is_prelude.then(|| usize::try_from(total).unwrap_or(usize::MAX).min(bytes.len() - at))
}

/// Whether a sound frame begins at a place.
fn is_frame(bytes: &Bytes, at: usize) -> bool {
    let mut decoder = Decoder::new();
    decoder.push(bytes.slice(at.min(bytes.len())..));
    matches!(decoder.next_frame(), Ok(Some(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::eventstream::encode;

    /// A prelude that is right, of a frame that is not.
    fn forged(length: usize) -> Vec<u8> {
        let mut prelude = [u32::try_from(length).unwrap().to_be_bytes(), [0; 4]].concat();
        prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
        prelude
    }

    #[test]
    fn preludes_that_claim_all_that_follows_are_given_up() {
        const LENGTH: usize = 6_000_000;
        let sound = encode([], b"x").unwrap();
        let mut bytes: Vec<u8> = (0..LENGTH / 12).flat_map(|at| forged(LENGTH - 12 * at)).collect();
        bytes.extend(&sound);
        assert_eq!(Resync::of(&bytes.into()).next_frame(0), None);
        // The same damage after each sound frame.
        let bytes: Bytes = (0..LENGTH / 40).flat_map(|_| [forged(LENGTH), sound.to_vec()].concat()).collect();
        let mut resync = Resync::of(&bytes);
        let first = resync.next_frame(0);
        let found = std::iter::successors(first, |at| resync.next_frame(at + sound.len())).count();
        assert!(found < 4 * MOST_TIMES, "{found}");
        // By accident.
        let bytes: Bytes = [forged(100), vec![7; 100], sound.to_vec()].concat().into();
        assert_eq!(Resync::of(&bytes).next_frame(0), Some(112));
    }
}
