//! A HAR (HTTP Archive), `--dry-run=json`, and requests as other programs write them: an object with a method, a URL
//! or host and path, headers as an object or a list, and a body.
//! <http://www.softwareishard.com/blog/har-12-spec/>

use super::Capture;
use super::message_line::without_pseudo_headers;
use super::request::{CapturedAnswer, CapturedBody, CapturedRequest, Exchange};
use bytes::Bytes;
use serde_json::{Map, Value};

pub(super) fn read(bytes: &[u8]) -> Capture {
    let mut capture = Capture::default();
    let start = bytes.trim_ascii_start();
    if !start.starts_with(b"{") && !start.starts_with(b"[") {
        return capture;
    }
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(error) => {
            // A HAR that was cut off has whole entries all the same.
            let entries = whole_entries(bytes);
            if !entries.is_empty() {
                capture
                    .notes
                    .push(format!("the JSON is broken ({error}); the entries before that were read"));
            }
            Value::Array(entries)
        }
    };
    let listed = document.pointer("/log/entries").or_else(|| document.get("entries")).unwrap_or(&document);
    let entries = match listed {
        Value::Array(entries) => entries.iter().collect(),
        one => vec![one],
    };
    for entry in entries {
        let Some(entry) = entry.as_object() else { continue };
        let request = object(entry, "request").and_then(request);
        let answer = object(entry, "response").and_then(answer);
        let exchange = match (request, answer) {
            (None, None) => Exchange { request: self::request(entry), answer: self::answer(entry) },
            (request, answer) => Exchange { request, answer },
        };
        if exchange.request.as_ref().is_some_and(|request| request.is_guessed) {
            let note = "a body stands there as JSON, not as text or bytes, so that its spaces and the order of its members \
                        are a guess; give the body itself";
            capture.notes.push(note.to_owned());
        }
        if exchange.request.is_some() || exchange.answer.is_some() {
            capture.exchanges.push(exchange);
        }
    }
    capture.notes.dedup();
    capture
}

/// The elements of `"entries": [ … ` that are whole.
fn whole_entries(bytes: &[u8]) -> Vec<Value> {
    let key = b"\"entries\"";
    let Some(at) = bytes.windows(key.len()).position(|window| window == key) else { return Vec::new() };
    let rest = bytes.get(at + key.len()..).unwrap_or_default();
    let Some(open) = rest.iter().position(|byte| *byte == b'[') else { return Vec::new() };
    let mut rest = rest.get(open + 1..).unwrap_or_default();
    let mut entries = Vec::new();
    loop {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let Some(Ok(value)) = values.next() else { return entries };
        let read = values.byte_offset();
        entries.push(value);
        rest = rest.get(read..).unwrap_or_default().trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
    }
}

fn object<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    of.get(name)?.as_object()
}

fn text<'a>(of: &'a Map<String, Value>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| of.get(*name)?.as_str())
}

fn request(of: &Map<String, Value>) -> Option<CapturedRequest> {
    let method = text(of, &["method", "Method", "httpMethod"])?;
    let mut request = CapturedRequest {
        method: method.to_ascii_uppercase(),
        headers: of.get("headers").or_else(|| of.get("Headers")).map(headers).unwrap_or_default(),
        ..CapturedRequest::default()
    };
    if let Some(url) = text(of, &["url", "uri", "URL"]) {
        request.at(url);
    } else {
        let host = text(of, &["hostname", "host"]).unwrap_or_default();
        let port = of.get("port").and_then(Value::as_u64).filter(|port| !matches!(port, 80 | 443));
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let query = object(of, "query").map(query).unwrap_or_default();
        request.at(&format!("https://{host}{port}{}{query}", text(of, &["path", "target"])?));
    }
    (request.body, request.is_guessed) = request_body(of, &request);
    Some(request)
}

/// The AWS SDK for JavaScript keeps the query apart, unencoded: a name with a value, with a list, or alone.
fn query(pairs: &Map<String, Value>) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pair = |name: &str, value: &Value| match value {
        Value::Null => encode(name),
        Value::String(text) => format!("{}={}", encode(name), encode(text)),
        other => format!("{}={}", encode(name), encode(&other.to_string())),
    };
    let mut written = Vec::new();
    for (name, value) in pairs {
        match value {
            Value::Array(values) => written.extend(values.iter().map(|value| pair(name, value))),
            value => written.push(pair(name, value)),
        }
    }
    if written.is_empty() { String::new() } else { format!("?{}", written.join("&")) }
}

/// The body, and whether its bytes are a guess.
fn request_body(of: &Map<String, Value>, request: &CapturedRequest) -> (CapturedBody, bool) {
    let given = match object(of, "postData") {
        Some(data) => data.get("text").map(|text| body(text, data.get("encoding"))),
        None => body_of(of),
    };
    let announced = || request.header("content-length")?.trim().parse::<usize>().ok();
    // A HAR's bodySize is -1 where it is not known.
    let size = of.get("bodySize").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    let announced = announced().or(size);
    let body = match (given, announced) {
        (Some(Given::Json(value)), _) => {
            let written = value.to_string();
            let fits = announced.is_none_or(|length| length == written.len());
            let body = if fits { CapturedBody::Whole(written.into()) } else { CapturedBody::NotShown };
            return (body, true);
        }
        (Some(Given::Bytes(body)), Some(length)) if body.len() < length => {
            CapturedBody::Cut { has: body.len(), announced: length }
        }
        (Some(Given::Bytes(body)), _) if !body.is_empty() => CapturedBody::Whole(body),
        (_, Some(length)) if length > 0 => CapturedBody::NotShown,
        _ => CapturedBody::Empty,
    };
    (body, false)
}

fn answer(of: &Map<String, Value>) -> Option<CapturedAnswer> {
    let status = ["status", "statusCode", "StatusCode"].iter().find_map(|name| of.get(*name)?.as_u64())?;
    let mut answer = CapturedAnswer { status: u16::try_from(status).ok()?, ..CapturedAnswer::default() };
    for (name, value) in of.get("headers").map(headers).unwrap_or_default() {
        answer.push_header(&name, &value);
    }
    let body = match object(of, "content") {
        Some(content) => content.get("text").map(|text| body(text, content.get("encoding"))),
        None => body_of(of),
    };
    answer.body = match body {
        Some(Given::Bytes(bytes)) => bytes,
        Some(Given::Json(value)) => value.to_string().into(),
        None => Bytes::new(),
    };
    Some(answer)
}

/// A body, as a program has written it into JSON.
enum Given<'a> {
    Bytes(Bytes),
    /// JSON as it is, of which the bytes are not known.
    Json(&'a Value),
}

fn body_of(of: &Map<String, Value>) -> Option<Given<'_>> {
    match of.get("body_base64").and_then(Value::as_str) {
        Some(encoded) => base64_simd::STANDARD
            .decode_to_vec(encoded.as_bytes())
            .ok()
            .map(|bytes| Given::Bytes(bytes.into())),
        None => ["body", "Body", "data"].iter().find_map(|name| of.get(*name)).map(|text| body(text, None)),
    }
}

/// Text, base64, bytes as JavaScript writes them, or JSON that some program has put there as it is.
fn body<'a>(given: &'a Value, encoding: Option<&Value>) -> Given<'a> {
    Given::Bytes(match given {
        Value::String(text) if encoding.and_then(Value::as_str) == Some("base64") => base64_simd::STANDARD
            .decode_to_vec(text.as_bytes())
            .map_or_else(|_| Bytes::copy_from_slice(text.as_bytes()), Bytes::from),
        Value::String(text) => Bytes::copy_from_slice(text.as_bytes()),
        Value::Null => Bytes::new(),
        json => match javascript_bytes(json) {
            Some(bytes) => bytes.into(),
            None => return Given::Json(json),
        },
    })
}

/// What `JSON.stringify` makes of a Uint8Array, `{"0":123,"1":125}`, and of a Buffer,
/// `{"type":"Buffer","data":[123,125]}`.
fn javascript_bytes(json: &Value) -> Option<Vec<u8>> {
    let byte = |value: &Value| u8::try_from(value.as_u64()?).ok();
    let object = json.as_object().filter(|object| !object.is_empty())?;
    if object.get("type").and_then(Value::as_str) == Some("Buffer") {
        return object.get("data")?.as_array()?.iter().map(byte).collect();
    }
    (0..object.len()).map(|place| byte(object.get(&place.to_string())?)).collect()
}

/// `[{"name","value"}]`, `[[name, value]]`, `{name: value}` and `{name: [value, …]}`.
fn headers(of: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let mut headers = Vec::new();
    match of {
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::Array(values) => {
                        headers.extend(values.iter().filter_map(text).map(|value| (name.clone(), value)));
                    }
                    value => headers.extend(text(value).map(|value| (name.clone(), value))),
                }
            }
        }
        Value::Array(list) => {
            for pair in list {
                let (name, value) = match pair {
                    Value::Array(pair) => (pair.first(), pair.get(1)),
                    pair => (pair.get("name"), pair.get("value")),
                };
                if let (Some(name), Some(value)) = (name.and_then(Value::as_str), value.and_then(text)) {
                    headers.push((name.to_owned(), value));
                }
            }
        }
        _ => {}
    }
    // HTTP/2 as browsers show it.
    without_pseudo_headers(&mut headers);
    headers
}
