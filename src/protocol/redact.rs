//! What is taken out of every text that shows a request: the values of secret headers and parameters.

use super::secret_names::{is_secret_header_name, is_secret_parameter};
use percent_encoding::percent_decode_str;

/// What stands in the place of a secret.
pub(super) const REDACTED: &str = "<redacted>";

const ESCAPED_AMPERSAND: &str = "\\u0026";

/// A canonical request, a URL, or a sentence with either in it, without secrets.
pub(crate) fn redacted(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    lines.join("\n")
}

/// A text that was given for a URL, whatever it is, without user name, password and query.
pub(crate) fn url(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (format!("{scheme}://"), rest)
        }
        _ => (String::new(), text),
    };
    // A password may have been written as it is, with any character in it.
    let (secret, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => (format!("{REDACTED}@"), rest),
        None => (String::new(), rest),
    };
    match rest.split_once('?') {
        Some((path, _)) => format!("{scheme}{secret}{path}?{REDACTED}"),
        None => format!("{scheme}{secret}{rest}"),
    }
}

fn line(line: &str) -> String {
    match line.split_once(':') {
        Some((name, _)) if is_word(name) && is_secret_header_name(name) => format!("{name}:{REDACTED}"),
        // In a log that is JSON, `&` is escaped.
        _ => line
            .split(ESCAPED_AMPERSAND)
            .map(|part| part.split_inclusive(ends_parameter).map(parameter).collect())
            .collect::<Vec<String>>()
            .join(ESCAPED_AMPERSAND),
    }
}

/// A header's name, and not a sentence or a path.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A piece that may be a parameter, with the byte after it.
fn parameter(piece: &str) -> String {
    let (text, end) = match piece.char_indices().next_back() {
        Some((at, last)) if ends_parameter(last) => piece.split_at(at),
        _ => (piece, ""),
    };
    match text.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret_name(name) => format!("{name}={REDACTED}{end}"),
        _ => piece.to_owned(),
    }
}

/// Of the name as it is written in a query: percent-encoded, perhaps, and after an `&` that is HTML.
fn is_secret_name(written: &str) -> bool {
    let written = written.strip_prefix("amp;").unwrap_or(written);
    is_secret_parameter(&percent_decode_str(written).decode_utf8_lossy())
}

fn ends_parameter(c: char) -> bool {
    matches!(c, '?' | '&' | '\'' | '"') || c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_the_user_and_the_query_are_left_out() {
        for (text, shown) in [
            ("ftp://bob:S@h/a", "ftp://<redacted>@h/a"),
            ("http://bob:S/?S@S@h/a?b=S", "http://<redacted>@h/a?<redacted>"),
            ("bob:S://S@h", "<redacted>@h"),
            ("https://h:99999/k?X-Amz-Signature=S", "https://h:99999/k?<redacted>"),
            ("http://127.0.0.1:80/a", "http://127.0.0.1:80/a"),
            ("no url", "no url"),
        ] {
            assert_eq!(url(text), shown);
        }
    }

    #[test]
    fn values_of_secret_headers_and_parameters_are_left_out() {
        for (text, shown) in [
            (
                "GET\n/a\nb=1&X-Amz-Security-Token=S%2BT&c=\nx-api-key:S\nhost:h\n",
                "GET\n/a\nb=1&X-Amz-Security-Token=<redacted>&c=\nx-api-key:<redacted>\nhost:h\n",
            ),
            ("POST https://h/a?api_key=S&b=1 HTTP/1.1", "POST https://h/a?api_key=<redacted>&b=1 HTTP/1.1"),
            ("'/a?%74oken=S' was sent", "'/a?%74oken=<redacted>' was sent"),
            ("cookie:S", "cookie:<redacted>"),
            (
                r"a=b\u0026X-Amz-Security-Token=S\/T\u0026c=d",
                r"a=b\u0026X-Amz-Security-Token=<redacted>\u0026c=d",
            ),
            ("/x?a=b&amp;X-Amz-Security-Token=S&amp;c", "/x?a=b&amp;X-Amz-Security-Token=<redacted>&amp;c"),
            ("GET /b/my-key:1/x HTTP/1.1", "GET /b/my-key:1/x HTTP/1.1"),
            ("continuation-token=next&max-keys=2&token=", "continuation-token=next&max-keys=2&token="),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }
}
