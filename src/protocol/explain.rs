//! Every stage of one signed request, as text and as JSON. The canonical request is the server's view, rebuilt from
//! the signed request, so each explanation shows by an equal hash what was signed.

use super::redact::{REDACTED, redacted};
use super::secret_names::is_secret_header;
use super::sigv4::SignedRequest;
use super::sigv4::canonical::{canonical_request, payload_hash};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The longest argument that is given to a command: Linux takes 128 KiB.
const MAX_ARGUMENT: usize = 128 * 1024 - 1;

/// The stages of a signature, as the server computes them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stages {
    /// Method, path, query, headers and payload hash, each in its canonical form.
    pub canonical_request: String,
    /// Algorithm, date, scope and the hash of the canonical request.
    pub string_to_sign: String,
    /// `20260102/us-west-2/bedrock/aws4_request`
    pub credential_scope: String,
    /// The signature, in hex.
    pub signature: String,
    /// The hash of the body.
    pub payload_hash: String,
}

impl Stages {
    /// The stages of a signed request; `None` for one that carries a bearer key.
    pub fn of(signed: &SignedRequest) -> Option<Self> {
        let claim = signed.claim()?;
        let canonical_request = canonical_request(signed.request(), &claim);
        Some(Self {
            string_to_sign: claim.string_to_sign(&canonical_request),
            canonical_request,
            credential_scope: claim.credential_scope(),
            signature: claim.signature.clone(),
            payload_hash: payload_hash(signed.request(), &claim),
        })
    }
}

/// The request as HTTP/1.1 text, exactly as it will be on the wire: a working request, so its token and its
/// signature are in it.
pub fn as_http(signed: &SignedRequest) -> Vec<u8> {
    let request = signed.request();
    let target = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut text = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    if !request.body().is_empty() {
        text.extend_from_slice(format!("content-length: {}\r\n", request.body().len()).as_bytes());
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(request.body());
    text
}

/// The request as a `curl` command for a POSIX shell; it works as long as the signature does.
pub fn as_curl(signed: &SignedRequest) -> String {
    let request = signed.request();
    // --path-as-is: what was signed must be what is sent.
    let mut command =
        format!("curl --path-as-is --globoff {} {}", method(request), quoted(&request.uri().to_string()));
    for (name, value) in request.headers() {
        let line = format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()));
        // A header that curl would add on its own must go out as it was signed: `name;` sends it empty.
        let line = if value.is_empty() { format!("{name};") } else { line };
        let _ = write!(command, " \\\n  -H {}", quoted(&line));
    }
    // And one that nobody gave must not go out: `name:` leaves it to nobody. `accept: */*` goes with every request.
    let with_body: &[&str] = if request.body().is_empty() { &[] } else { &["content-type", "expect"] };
    for name in ["user-agent"].iter().chain(with_body) {
        if !request.headers().contains_key(*name) {
            let _ = write!(command, " \\\n  -H '{name}:'");
        }
    }
    if request.body().is_empty() {
        return command;
    }
    match std::str::from_utf8(request.body()) {
        // curl reads a file where the data begins with @, and nobody can copy what a terminal would obey.
        Ok(text)
            if text.len() <= MAX_ARGUMENT
                && !text.starts_with('@')
                && !text.contains(|c| is_obeyed_by_terminals(c) && !matches!(c, '\n' | '\t')) =>
        {
            let _ = write!(command, " \\\n  --data-binary {}", quoted(text));
        }
        _ => {
            // Bytes that no command line can carry go through a pipe.
            let encoded = base64_simd::STANDARD.encode_to_string(request.body());
            command =
                format!("printf %s {} | base64 -d | {command} \\\n  --data-binary @-", quoted(&encoded));
        }
    }
    command
}

/// Control characters, and those that change the direction in which what follows is written.
/// <https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings>
pub(crate) fn is_obeyed_by_terminals(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How curl is told the method. After a HEAD it must be told that no body comes, which it takes beside no body of its own.
fn method(request: &http::Request<Bytes>) -> String {
    match request.method() {
        &http::Method::HEAD if request.body().is_empty() => "--head".to_owned(),
        method => format!("-X {method}"),
    }
}

/// The request and the stages of its signature as one JSON document.
pub fn as_json(signed: &SignedRequest) -> Value {
    let request = signed.request();
    let headers: Vec<Value> = request
        .headers()
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let stages = Stages::of(signed);
    let stage = |pick: fn(&Stages) -> &String| stages.as_ref().map(|stages| pick(stages).clone());
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body_base64": base64_simd::STANDARD.encode_to_string(request.body()),
        "canonical_request": stage(|s| &s.canonical_request),
        "string_to_sign": stage(|s| &s.string_to_sign),
        "signature": stage(|s| &s.signature),
        "credential_scope": stage(|s| &s.credential_scope),
    })
}

/// Every stage in words. Tokens and keys in headers and parameters are left out; the signature is shown, since it is what is
/// being explained.
pub fn as_text(signed: &SignedRequest) -> String {
    let request = signed.request();
    let mut text = String::new();
    let mut section = |title: &str, body: &str| {
        let _ = writeln!(text, "== {title}\n{}\n", body.trim_end());
    };
    section("1. Request", &redacted(&format!("{} {}", request.method(), request.uri())));
    section("2. Headers", &redacted_headers(request));
    let body = request.body();
    let Some(stages) = Stages::of(signed) else {
        let how = if request.headers().contains_key(http::header::AUTHORIZATION) {
            "a bearer key: nothing is signed"
        } else {
            "none: nothing is signed"
        };
        section("3. Authorization", how);
        return text;
    };
    section("3. Body", &format!("{} bytes, SHA-256 {}", body.len(), stages.payload_hash));
    let canonical = redacted(&stages.canonical_request);
    section(
        "4. Canonical request (as the server rebuilds it)",
        &format!("{}{}", visible(&canonical), escapes(&canonical)),
    );
    section("5. String to sign", &stages.string_to_sign);
    section("6. Signing key", &key_steps(&stages.credential_scope));
    let checked = match signed.is_servers_view() {
        Some(true) => {
            "checked: a server that rebuilds stages 3 to 6 from the request below computes this very signature"
        }
        Some(false) => {
            "WRONG: a server computes another signature from the request below, and would refuse it"
        }
        None => "not checked: the secret is not at hand",
    };
    section("7. Signature", &format!("{}\n{checked}", stages.signature));
    let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    section(
        "8. Request as it is sent",
        &format!(
            "{} {} HTTP/1.1\n{}\n({} bytes of body)",
            request.method(),
            redacted(target),
            redacted_headers(request),
            body.len()
        ),
    );
    text
}

/// Line ends, which are hashed too, as `\n`; other control characters by their escapes, and a space at the end of a
/// line as `\x20`.
fn visible(canonical: &str) -> String {
    let lines: Vec<String> = canonical
        .split('\n')
        .map(|line| {
            let kept = line.trim_end_matches(' ');
            let spaces = "\\x20".repeat(line.len() - kept.len());
            let shown = kept.chars().fold(String::new(), |mut shown, c| {
                if c.is_control() {
                    shown.extend(c.escape_default());
                } else {
                    shown.push(c);
                }
                shown
            });
            shown + &spaces
        })
        .collect();
    lines.join("\\n\n")
}

/// What the twofold escapes of the path stand for, since they are what most signers get wrong.
fn escapes(canonical: &str) -> String {
    let path = canonical.lines().nth(1).unwrap_or_default();
    let mut seen: Vec<&str> = Vec::new();
    for (at, _) in path.match_indices("%25") {
        if let Some(escape) = path.get(at..at + 5).filter(|escape| !seen.contains(escape)) {
            seen.push(escape);
        }
    }
    let words: Vec<String> = seen
        .iter()
        .map(|escape| {
            format!("{escape} is %{} on the wire, encoded once more", escape.get(3..).unwrap_or_default())
        })
        .collect();
    if words.is_empty() { String::new() } else { format!("\n({})", words.join("; ")) }
}

/// The steps of the key by what they are made of: none of their values is shown.
fn key_steps(scope: &str) -> String {
    let parts: Vec<&str> = scope.split('/').collect();
    let mut lines = vec![format!("kSecret  = \"AWS4\" + {REDACTED}")];
    let names = ["kSecret", "kDate", "kRegion", "kService", "kSigning"];
    for (step, part) in parts.iter().enumerate().take(4) {
        if let (Some(from), Some(to)) = (names.get(step), names.get(step + 1)) {
            lines.push(format!("{to:<8} = HMAC-SHA256({from}, {part:?})"));
        }
    }
    lines.push("signature = hex(HMAC-SHA256(kSigning, string to sign))".to_owned());
    lines.join("\n")
}

/// The headers a line each, with the values of secret ones left out.
pub fn redacted_headers<B>(request: &http::Request<B>) -> String {
    header_lines(request.headers())
}

/// The same of any header map: a response's, too.
pub fn header_lines(headers: &http::HeaderMap) -> String {
    headers.iter().fold(String::new(), |mut lines, (name, value)| {
        let _ = writeln!(lines, "{name}: {}", shown(name, value));
        lines
    })
}

fn shown(name: &HeaderName, value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    match name.as_str() {
        "authorization" => match text.split_once("Signature=") {
            Some((claim, _)) if text.starts_with("AWS4-HMAC-SHA256 ") => {
                format!("{claim}Signature={REDACTED}")
            }
            _ => REDACTED.to_owned(),
        },
        _ if is_secret_header(name) => REDACTED.to_owned(),
        _ => text.into_owned(),
    }
}

/// In single quotes for a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::auth::Auth;
    use crate::protocol::endpoint::SigningScope;
    use crate::protocol::sigv4::sign;
    use crate::protocol::timestamp::parse_amz_date;
    use aws_credential_types::Credentials;
    use bytes::Bytes;

    fn signed() -> SignedRequest {
        signed_with("{\"it's\":1}")
    }

    fn signed_with(body: &'static str) -> SignedRequest {
        let request = http::Request::post(
            "https://bedrock-runtime.us-west-2.amazonaws.com/model/luma.ray-v2%3A0/invoke",
        )
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap();
        let keys = Credentials::new("AKIDEXAMPLE", "SECRET-KEY", Some("SESSION-TOKEN".into()), None, "test");
        let scope = SigningScope::new("us-west-2", "bedrock");
        sign(request, &Auth::SigV4(keys), &scope, parse_amz_date("20260102T030405Z").unwrap()).unwrap()
    }

    #[test]
    fn the_explanation_shows_every_stage_and_no_secret() {
        let text = as_text(&signed());
        for stage in [
            "/model/luma.ray-v2%253A0/invoke",
            "AWS4-HMAC-SHA256\n20260102T030405Z",
            "20260102/us-west-2/bedrock/aws4_request",
        ] {
            assert!(text.contains(stage), "{stage} is missing in {text}");
        }
        assert!(!text.contains("SECRET-KEY") && !text.contains("SESSION-TOKEN"), "{text}");
    }

    #[test]
    fn curl_is_quoted_for_a_shell() {
        let command = as_curl(&signed());
        assert!(command.contains(r#"--data-binary '{"it'\''s":1}'"#), "{command}");
        assert!(command.starts_with("curl --path-as-is --globoff -X POST 'https://"), "{command}");
    }

    /// It would be shown in other characters, of which the signature is not.
    #[test]
    fn curl_is_given_nothing_in_words_that_a_terminal_would_obey() {
        for body in ["{\"a\":\"\u{2067}\u{5e9}\u{2069}\"}", "{}\r\n", "{\"a\":\"\u{9b}\"}"] {
            let command = as_curl(&signed_with(body));
            let encoded = base64_simd::STANDARD.encode_to_string(body);
            assert!(command.starts_with(&format!("printf %s '{encoded}' | base64 -d | curl ")), "{command}");
        }
        assert!(as_curl(&signed_with("{\n\t\"a\":\"\u{5e9}\"}")).contains("--data-binary '{\n\t"));
    }

    #[test]
    fn http_text_is_what_goes_on_the_wire() {
        let text = String::from_utf8(as_http(&signed())).unwrap();
        assert!(text.starts_with("POST /model/luma.ray-v2%3A0/invoke HTTP/1.1\r\n"), "{text}");
        assert!(text.ends_with("content-length: 10\r\n\r\n{\"it's\":1}"), "{text}");
    }
}
