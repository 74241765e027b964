//! The debug log of botocore, of boto3 (`set_stream_logger`) and of the AWS CLI (`--debug`): the request with its
//! headers, its body as a Python literal, and the stages that botocore signed.

use super::Capture;
use super::python_literal::{dictionary, string};
use super::request::{CapturedAnswer, CapturedBody, CapturedRequest, ClientStages, Exchange};
use bytes::Bytes;

const SENT: &str = "<AWSPreparedRequest ";
const BODY: &str = "Response body:";

pub(super) fn read(bytes: &[u8]) -> Capture {
    let text = String::from_utf8_lossy(bytes);
    let mut capture = Capture::default();
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(SENT)) {
        let at = from + found;
        let before = text.get(from..at).unwrap_or_default();
        let rest = text.get(at + SENT.len()..).unwrap_or_default();
        let after = rest.get(..rest.find(SENT).unwrap_or(rest.len())).unwrap_or_default();
        from = at + SENT.len();
        let previous = capture.exchanges.last().and_then(|exchange| Some(&exchange.request.as_ref()?.body));
        let Some(request) = request(before, after, previous) else { continue };
        capture.exchanges.push(Exchange { request: Some(request), answer: answer(after) });
    }
    capture
}

fn request(before: &str, after: &str, previous: Option<&CapturedBody>) -> Option<CapturedRequest> {
    let mut request = CapturedRequest {
        method: field(after, "method=")?.to_owned(),
        headers: dictionary(after.split_once("headers=")?.1),
        stages: stages(before),
        ..CapturedRequest::default()
    };
    let url = field(after, "url=")?;
    request.at(url);
    let announced = request.header("content-length").and_then(|value| value.trim().parse::<usize>().ok());
    request.body = match (body(before), announced) {
        (Some(body), None) => CapturedBody::Whole(body),
        (Some(body), Some(length)) if body.len() == length => CapturedBody::Whole(body),
        (_, Some(0)) => CapturedBody::Empty,
        // A second attempt sends the body that the first one showed.
        _ => match previous {
            Some(CapturedBody::Whole(body)) if announced.is_none_or(|length| length == body.len()) => {
                CapturedBody::Whole(body.clone())
            }
            _ if announced.is_none() && matches!(request.method.as_str(), "GET" | "HEAD" | "DELETE") => {
                CapturedBody::Empty
            }
            _ => CapturedBody::NotShown,
        },
    };
    Some(request)
}

/// `name=value, `
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = text.split_once(name)?.1;
    Some(value.split_once(", ").map_or(value, |(value, _)| value).trim_end_matches('>'))
}

/// The last body before the request was sent.
fn body(before: &str) -> Option<Bytes> {
    let at = before.rfind("'body': ")?;
    let (bytes, _) = string(before.get(at + "'body': ".len()..)?)?;
    Some(bytes.into())
}

fn stages(before: &str) -> Option<ClientStages> {
    let block = |title: &str| {
        let at = before.rfind(title)?;
        let rest = before.get(at + title.len()..)?.trim_start_matches(['\r', '\n']);
        // It ends where the next record begins, with its date.
        let lines: Vec<&str> = rest.lines().take_while(|line| !is_record(line)).collect();
        Some(lines.join("\n").trim_end().to_owned())
    };
    Some(ClientStages {
        canonical_request: block("CanonicalRequest:")?,
        string_to_sign: block("StringToSign:"),
    })
}

/// `2026-01-02 03:04:05,678 botocore.auth [DEBUG] …`
fn is_record(line: &str) -> bool {
    let bytes = line.as_bytes();
    (bytes.len() > 19
        && bytes.get(4) == Some(&b'-')
        && bytes.get(10) == Some(&b' ')
        && bytes.get(13) == Some(&b':'))
        || line.contains("DEBUG")
}

fn answer(after: &str) -> Option<CapturedAnswer> {
    // urllib3 says "POST /path HTTP/1.1" 403 192.
    let status = after
        .split_once(" HTTP/1.1\" ")
        .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    let mut answer = CapturedAnswer { status, ..CapturedAnswer::default() };
    let (headers, rest) = match after.split_once("Response headers: ") {
        Some((_, rest)) => (dictionary(rest), rest),
        None => (Vec::new(), after),
    };
    for (name, value) in &headers {
        answer.push_header(name, value);
    }
    if let Some((_, body)) = rest.split_once(BODY) {
        answer.body = string(body.trim_start()).map(|(bytes, _)| bytes.into()).unwrap_or_default();
    }
    (answer.status != 0 || !headers.is_empty()).then_some(answer)
}
