//! Where each value of a JSON text begins and ends.

/// `serde_json`'s own bound.
const MAX_DEPTH: usize = 128;
/// An index takes a multiple of the text where that is `[0,0,0,…`.
const MAX_VALUES: usize = 1_000_000;

/// One value, or the name of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its last one.
    pub(super) end: usize,
    /// The node after it and all that is in it.
    pub(super) after: usize,
}

/// The nodes of a text that is valid JSON, in the order in which they begin: after an object come its names and values in
/// turn, after an array its elements.
pub(super) fn index(text: &str) -> Result<Vec<Node>, String> {
    let bytes = text.as_bytes();
    let mut nodes: Vec<Node> = Vec::with_capacity((bytes.len() / 16).min(256));
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => {
                if open.len() == MAX_DEPTH {
                    return Err(format!("is nested more than {MAX_DEPTH} deep"));
                }
                open.push(nodes.len());
            }
            b'}' | b']' => {
                let after = nodes.len();
                if let Some(node) = open.pop().and_then(|container| nodes.get_mut(container)) {
                    *node = Node { start: node.start, end: at, after };
                }
                continue;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'"' => at = end_of_string(bytes, at),
            _ => at = end_of_word(bytes, at),
        }
        if nodes.len() == MAX_VALUES {
            return Err(format!("has more than {MAX_VALUES} values"));
        }
        nodes.push(Node { start, end: at, after: nodes.len() + 1 });
    }
    Ok(nodes)
}

/// After the closing quote; `at` is after the opening one.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) =
        bytes.get(at..).and_then(|rest| rest.iter().position(|byte| matches!(byte, b'"' | b'\\')))
    {
        if bytes.get(at + found) == Some(&b'"') {
            return at + found + 1;
        }
        at += found + 2;
    }
    bytes.len()
}

/// After a number, `true`, `false` or `null`.
fn end_of_word(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length =
        rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
    at + length.unwrap_or(rest.len())
}
