//! The bytes that end the plain part of a JSON string.

/// Where the first byte is that a JSON string cannot have as it stands: a control character, `"` or `\`. Prompts are
/// long and have few of them, so eight bytes are looked at together.
pub(crate) fn first_special(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return Some(8 * place + special.trailing_zeros() as usize / 8);
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, ..b' ' | b'"' | b'\\'))?;
    Some(8 * words.len() + in_rest)
}

/// The high bit of the first byte that is special, counted from the low end, and perhaps of some after it.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGH;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, b' ') | equal(b'"') | equal(b'\\')
}
