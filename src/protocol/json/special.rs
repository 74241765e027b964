//! The bytes that end the plain part of a JSON string.

/// Where the first byte is that a JSON string cannot have as it stands: a control character, `"` or `\`. Prompts are
/// long and have few of them, so sixteen bytes are looked at together, and names are short, so eight are.
pub(crate) fn first_special(bytes: &[u8]) -> Option<usize> {
    let (chunks, _) = bytes.as_chunks::<16>();
    let mut at = 16 * chunks.iter().take_while(|chunk| is_plain(chunk)).count();
    let (words, rest) = bytes.get(at..)?.as_chunks::<8>();
    for word in words {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return Some(at + special.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    Some(at + rest.iter().position(|byte| matches!(byte, ..b' ' | b'"' | b'\\'))?)
}

/// Without a jump between them, the compiler makes one comparison of all sixteen.
fn is_plain(chunk: &[u8; 16]) -> bool {
    let special = |byte: u8| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
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
