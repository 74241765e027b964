//! The canonical request and the string to sign that AWS prints when it refuses a signature.

/// What AWS computed.
#[derive(Clone, Default)]
pub(super) struct Quoted {
    pub(super) canonical_request: Option<String>,
    pub(super) string_to_sign: Option<String>,
}

/// Reads them from a message (`… should have been\n'…'`) or from S3's document.
pub(super) fn read(text: &str) -> Quoted {
    // A message that was copied out of JSON has its line ends escaped.
    let unescaped;
    let text = if text.contains("\\n'") {
        unescaped =
            text.replace("\\r", "").replace("\\n", "\n").replace("\\\"", "\"").replace("\\u0027", "'");
        &unescaped
    } else {
        text
    };
    Quoted {
        canonical_request: after(
            text,
            "The Canonical String for this request should have been",
            "\n\nThe String-to-Sign",
        )
        .or_else(|| element(text, "CanonicalRequest")),
        string_to_sign: after(text, "The String-to-Sign should have been", "")
            .or_else(|| element(text, "StringToSign")),
    }
}

/// What stands in quotes behind a title. A truncated message has no end quote.
fn after(text: &str, title: &str, next: &str) -> Option<String> {
    let rest = text.split_once(title)?.1.trim_start_matches([':', ' ', '\r', '\n']);
    let rest = rest.strip_prefix('\'').unwrap_or(rest);
    let end = match next {
        "" => rest.rfind('\'').unwrap_or(rest.len()),
        next => rest.find(next).unwrap_or(rest.len()),
    };
    let quoted = rest.get(..end)?.trim_end_matches(['\n', '\r']);
    let quoted = quoted.strip_suffix('\'').unwrap_or(quoted);
    (!quoted.is_empty()).then(|| quoted.replace('\r', ""))
}

/// The text of the first such element of S3's document.
pub(super) fn element(text: &str, name: &str) -> Option<String> {
    let inner = text.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    Some(inner.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\""))
}
