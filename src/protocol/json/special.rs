//! The bytes that end the plain part of a JSON string.

/// Where the first byte is that a JSON string cannot have as it stands: a control character, `"` or `\`. Names are short,
/// so eight bytes are looked at together; prompts are long and have few of them, so after each eight 32 at once are
/// passed over.
pub(crate) fn first_special(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some((word, after)) = bytes.get(at..)?.split_first_chunk::<8>() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return Some(at + special.trailing_zeros() as usize / 8);
        }
        let (chunks, _) = after.as_chunks::<32>();
        at += 8 + 32 * chunks.iter().take_while(|chunk| is_plain(chunk)).count();
    }
    Some(at + bytes.get(at..)?.iter().position(|byte| matches!(byte, ..b' ' | b'"' | b'\\'))?)
}

/// Differences that stop at zero are what vectors have an instruction for: none is left where no byte is special.
fn is_plain(chunk: &[u8; 32]) -> bool {
    let special = |byte: u8| {
        b' '.saturating_sub(byte) | 1u8.saturating_sub(byte ^ b'"') | 1u8.saturating_sub(byte ^ b'\\')
    };
    chunk.iter().fold(0, |found, byte| found | special(*byte)) == 0
}

/// The high bit of the first byte that is special, counted from the low end, and perhaps of some after it.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGH;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, b' ') | equal(b'"') | equal(b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_found_wherever_it_is() {
        for length in 0..150 {
            let mut bytes = vec![b'~'; length];
            bytes.iter_mut().step_by(3).for_each(|byte| *byte = 0xc3);
            assert_eq!(first_special(&bytes), None);
            for at in (0..length).rev() {
                for special in [b'"', b'\\', 0, 0x1f] {
                    bytes[at] = special;
                    assert_eq!(first_special(&bytes), Some(at), "{length}");
                }
            }
        }
    }
}
