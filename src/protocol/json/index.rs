//! Where each value of a JSON text begins and ends.

/// `serde_json`'s own bound.
const MAX_DEPTH: usize = 128;
/// An index takes a multiple of the text where that is `[0,0,0,…`.
const MAX_VALUES: usize = 1_000_000;

/// One value, or the name of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after its last one.
    pub(crate) end: usize,
    /// The node after it and all that is in it.
    pub(crate) after: usize,
}

/// The nodes of a text that is valid JSON, in the order in which they begin: after an object come its names and values in
/// turn, after an array its elements.
pub(crate) fn index(text: &str) -> Result<Vec<Node>, String> {
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
            b'"' => at = end_of_string(text, at),
            _ => at = end_of_word(bytes, at),
        }
        if nodes.len() == MAX_VALUES {
            return Err(format!("has more than {MAX_VALUES} values"));
        }
        nodes.push(Node { start, end: at, after: nodes.len() + 1 });
    }
    Ok(nodes)
}

/// After the closing quote; `at` is after the opening one. A string without escapes, such as an image of megabytes, is
/// searched by words; one with an escape byte by byte, or a string of escapes would be searched to its end for each.
fn end_of_string(text: &str, mut at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let up_to_quote = rest.split('"').next().unwrap_or_default();
    if !up_to_quote.contains('\\') {
        return at + up_to_quote.len() + 1;
    }
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
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
