//! Where each value of a JSON text begins and ends.

use super::bounds::{Bounds, Unreadable};
use super::special::first_special;

/// One value, or the name of a member. Texts of megabytes have many, so they are small.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its first byte.
    pub(super) start: u32,
    /// The byte after its last one.
    pub(super) end: u32,
    /// The node after it and all that is in it.
    pub(super) after: u32,
    /// Whether it is a string with a backslash in it.
    pub(super) is_escaped: bool,
}

/// The nodes of a text that is valid JSON, in the order in which they begin: after an object come its names and values in
/// turn, after an array its elements.
pub(super) fn index(text: &str, bounds: Bounds) -> Result<Vec<Node>, Unreadable> {
    let bytes = text.as_bytes();
    // No text has more values than bytes.
    u32::try_from(bytes.len()).map_err(|_| Unreadable::TooLong)?;
    let mut nodes: Vec<Node> = Vec::with_capacity((bytes.len() / 8).clamp(16, 64));
    let mut open = Vec::with_capacity(8);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (start, mut is_escaped) = (at, false);
        at += 1;
        match byte {
            b'{' | b'[' => {
                if open.len() == bounds.depth {
                    return Err(Unreadable::TooDeep(bounds.depth));
                }
                open.push(nodes.len());
            }
            b'}' | b']' => {
                let after = small(nodes.len());
                if let Some(node) = open.pop().and_then(|container| nodes.get_mut(container)) {
                    (node.end, node.after) = (small(at), after);
                }
                continue;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'"' => (at, is_escaped) = end_of_string(bytes, at),
            _ => at = end_of_word(bytes, at),
        }
        if nodes.len() == bounds.values {
            return Err(Unreadable::TooManyValues(bounds.values));
        }
        let after = small(nodes.len() + 1);
        nodes.push(Node { start: small(start), end: small(at), after, is_escaped });
    }
    Ok(nodes)
}

/// A place in the text, which is no longer than that.
fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// After the closing quote, and whether there is a backslash before it; `at` is after the opening one.
fn end_of_string(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut is_escaped = false;
    while let Some(special) = bytes.get(at..).and_then(first_special) {
        at += special + 1;
        match bytes.get(at - 1) {
            Some(b'"') => return (at, is_escaped),
            Some(b'\\') => (at, is_escaped) = (at + 1, true),
            _ => {}
        }
    }
    (bytes.len(), is_escaped)
}

/// After a number, `true`, `false` or `null`.
fn end_of_word(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length =
        rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
    at + length.unwrap_or(rest.len())
}
