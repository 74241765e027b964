//! The pairs of a query, as a server reads them, and those that are a signature.

use percent_encoding::percent_decode_str;

/// The parameters of a presigned URL, of version 4 and, from `awsaccesskeyid` on, of version 2.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const SIGNATURE_PARAMETERS: [&str; 10] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "awsaccesskeyid",
    "expires",
    "signature",
];

/// Whether a name, decoded, is that of a presigned URL's parameter: without its signature it says nothing.
pub(crate) fn is_signature_parameter(name: &str) -> bool {
    SIGNATURE_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

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
