//! The pairs of a query, as a server reads them.

use percent_encoding::percent_decode_str;

/// The pairs of a query, decoded; a raw `+` is a space, and what is no UTF-8 is replaced.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    query_bytes(query).iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// The same as bytes, since an escape sequence may stand for any byte.
pub(super) fn query_bytes(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).collect();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}
