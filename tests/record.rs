//! Exchanges pass through a recorder unchanged, and are written without their secrets.

#![cfg(feature = "client-core")]

use aws_credential_types::Credentials;
use bedwire::fixture::{Case, Provenance, Store, redaction};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::SigningScope;
use bedwire::protocol::eventstream::{Decoder, HeaderValue, encode};
use bedwire::protocol::outcome::WireFailure;
use bedwire::protocol::sigv4;
use bedwire::transport::{Body, BoxFuture, Record, Replay, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

const LIMIT: usize = 1_000_000;
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLESESSIONTOKEN";
const BEDROCK: &str = "https://bedrock-runtime.us-west-2.amazonaws.com";

/// Gives prepared answers, in order, and keeps what it was asked.
#[derive(Default)]
struct Double {
    answers: Mutex<VecDeque<Response<Body>>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

impl Transport for Double {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect(LIMIT).await?;
            self.asked.lock().unwrap().push(Request::from_parts(parts, body));
            let answer = self.answers.lock().unwrap().pop_front();
            answer.ok_or_else(|| TransportError::new(WireFailure::Connect, "nobody is there"))
        })
    }
}

fn double(answers: impl IntoIterator<Item = Response<Body>>) -> Arc<Double> {
    Arc::new(Double { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() })
}

fn answer(status: u16, body: &'static str) -> Response<Body> {
    Response::builder().status(status).header("x-amzn-requestid", "r").body(Bytes::from(body).into()).unwrap()
}

/// Chunks, and then the end or an error.
fn chunks(chunks: &[&'static str], length: Option<u64>, fails: bool) -> Body {
    let mut items: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from(*chunk))).collect();
    if fails {
        items.push(Err(TransportError::new(WireFailure::CutBody, "cut")));
    }
    Body::stream(futures_util::stream::iter(items), length)
}

fn signed(method: &str, url: &str, service: &str, body: &'static str) -> Request<Body> {
    let host = url.split('/').nth(2).unwrap();
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("host", host)
        .header("content-type", "application/json")
        .body(Bytes::from(body))
        .unwrap();
    let credentials = Credentials::new("ASIAIOSFODNN7EXAMPLE", SECRET, Some(TOKEN.to_owned()), None, "test");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
    let scope = SigningScope::new("us-west-2", service);
    sigv4::sign(request, &Auth::from(credentials), &scope, now).unwrap().into_request().map(Body::from)
}

async fn pass(record: &Record, request: Request<Body>) -> Response<Bytes> {
    let (parts, body) = record.send(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect(LIMIT).await.unwrap())
}

fn recorded(folder: &Path) -> Vec<Case> {
    Store::open(folder).unwrap().cases().to_vec()
}

/// What a check of the folder finds.
fn problems(folder: &Path) -> Vec<String> {
    bedwire::fixture::check(folder).unwrap().into_iter().flat_map(|checked| checked.problems).collect()
}

fn everything_written(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        text += &path.display().to_string();
        text += &if path.is_dir() {
            everything_written(&path)
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into()
        };
    }
    text
}

#[tokio::test]
async fn attempts_of_one_request_become_one_case_that_replays() {
    let folder = tempfile::tempdir().unwrap();
    let inner = double([
        answer(429, r#"{"message":"slow down"}"#),
        answer(
            200,
            r#"{"invocationArn":"arn:aws:bedrock:us-west-2:999988887777:async-invoke/abcdefghijkl"}"#,
        ),
    ]);
    let record = Record::new(inner.clone(), folder.path()).unwrap();
    // The same call, attempted twice; its token is the same, its signature is not what is compared.
    let body =
        r#"{"clientRequestToken":"fresh-one", "modelId":"luma.ray-v2:0","modelInput":{"prompt":"a \"b\""}}"#;
    let url = format!("{BEDROCK}/async-invoke");
    assert_eq!(pass(&record, signed("POST", &url, "bedrock", body)).await.status(), 429);
    let second = pass(&record, signed("POST", &url, "bedrock", body)).await;
    assert!(second.body().ends_with(b"999988887777:async-invoke/abcdefghijkl\"}"), "passes unchanged");
    assert_eq!(inner.asked.lock().unwrap()[0].body(), body.as_bytes());
    assert!(inner.asked.lock().unwrap()[0].headers().contains_key("authorization"));
    assert_eq!(record.failures(), []);

    let cases = recorded(folder.path());
    assert_eq!(cases.len(), 1);
    let case = &cases[0];
    assert_eq!(case.name, "bedrock/start-async-invoke/luma-ray");
    assert_eq!((case.provenance, case.source.as_str()), (Provenance::Recorded, BEDROCK));
    assert_eq!((case.region.as_str(), case.model.as_deref()), ("us-west-2", Some("luma.ray-v2:0")));
    assert_eq!(
        case.redacted,
        ["authorization", "clientRequestToken", "x-amz-date", "x-amz-security-token", "account id"]
    );
    assert_eq!(case.request.body(), body.replace("fresh-one", "REDACTED").as_bytes());
    let statuses: Vec<_> = case.responses.iter().map(|response| response.status().as_u16()).collect();
    assert_eq!(statuses, [429, 200]);

    let replay = Replay::open(folder.path()).unwrap();
    let fresh =
        r#"{"clientRequestToken":"another", "modelId":"luma.ray-v2:0","modelInput":{"prompt":"a \"b\""}}"#;
    for status in [429, 200, 200] {
        let replayed = replay.send(signed("POST", &url, "bedrock", fresh)).await.unwrap();
        assert_eq!(replayed.status(), status);
    }
}

fn frame(event: &str, payload: &str) -> Vec<u8> {
    let headers = [(":event-type", event.into()), (":message-type", "event".into())];
    encode(headers, payload.as_bytes()).unwrap().to_vec()
}

fn stream_answer(bytes: Vec<u8>) -> Response<Body> {
    let response = Response::builder().header("content-type", "application/vnd.amazon.eventstream");
    response.body(Bytes::from(bytes).into()).unwrap()
}

#[tokio::test]
async fn a_stream_is_written_as_lines_and_replayed_as_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let chunk = base64_simd::STANDARD.encode_to_string(r#"{"owner":"arn:aws:iam::999988887777:role/x"}"#);
    let whole = [
        frame("messageStart", r#"{"p":"abc", "role":"assistant"}"#),
        frame("metadata", r#"{"trace":{"arn":"arn:aws:bedrock:us-west-2:999988887777:guardrail/x"}}"#),
        frame("chunk", &format!(r#"{{"bytes":"{chunk}","p":"ab"}}"#)),
    ]
    .concat();
    let cut = [&whole[..first_length(&whole)], b"\xff\0\0"].concat();
    let odd = encode([("x", HeaderValue::Int16(1))], b"").unwrap().to_vec();
    let inner = double([whole.clone(), cut.clone(), odd.clone()].map(stream_answer));
    let record = Record::new(inner, folder.path()).unwrap();
    let url = format!("{BEDROCK}/model/amazon.nova-lite-v1%3A0/converse-stream");
    for expected in [&whole, &cut, &odd] {
        let passed = pass(&record, signed("POST", &url, "bedrock", "{}")).await;
        assert_eq!(passed.body(), expected, "passes unchanged");
    }
    assert_eq!(record.failures(), []);
    let case = folder.path().join("bedrock/converse-stream/amazon-nova-lite");
    let lines = fs::read_to_string(case.join("events.jsonl")).unwrap();
    let first = r#"{"headers":{":event-type":"messageStart",":message-type":"event"},"payload":{"p":"abc", "role":"assistant"}}"#;
    assert_eq!(lines.lines().next(), Some(first));
    assert!(lines.contains("us-west-2:123456789012:guardrail"), "{lines}");
    assert!(
        !everything_written(folder.path()).contains(&chunk) && !lines.contains("999988887777"),
        "{lines}"
    );
    // What is no stream of frames, and what lines cannot say, stays bytes.
    assert_eq!(fs::read(case.join("response-2.bin")).unwrap(), cut);
    assert_eq!(fs::read(case.join("response-3.bin")).unwrap(), odd);

    let replay = Replay::open(folder.path()).unwrap();
    let replayed = replay.send(signed("POST", &url, "bedrock", "{}")).await.unwrap();
    let replayed = replayed.into_body().collect(LIMIT).await.unwrap();
    assert_eq!(replayed, recorded(folder.path())[0].responses[0].body());
    let mut decoder = Decoder::new();
    decoder.push(replayed);
    assert_eq!(decoder.next_frame().unwrap().unwrap().bytes(), &whole[..first_length(&whole)]);
}

/// The length of the first frame.
fn first_length(stream: &[u8]) -> usize {
    usize::try_from(u32::from_be_bytes(stream[..4].try_into().unwrap())).unwrap()
}

#[tokio::test]
async fn no_secret_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = format!(
        r#"{{"message":"The Canonical String should have been 'GET\n/\n\nhost:h\nx-amz-security-token:{TOKEN}\n' by arn:aws:iam::999988887777:user/u","credentials":{{"SecretAccessKey":"{SECRET}","sessionToken" : "{TOKEN}","AccessKeyId":"ASIAIOSFODNN7EXAMPLE"}}}}"#
    );
    let xml = format!(
        "<R><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken><Account>999988887777</Account></R>"
    );
    let link = format!(
        r#"{{"url":"https://b.s3.amazonaws.com/k?X-Amz-Security-Token={TOKEN}&X-Amz-Signature=0f0f0f","text":"{{\"accessToken\":\"{TOKEN}\"}}"}}"#
    );
    let api_key = "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb249";
    let inner = double([
        answer(403, String::leak(quoted)),
        answer(200, String::leak(xml)),
        Response::builder().header("set-cookie", TOKEN).body(Bytes::from(link).into()).unwrap(),
        answer(200, "{}"),
        answer(200, "{}"),
    ]);
    let lines = format!("data: {{\"secretAccessKey\": \"{SECRET}\"}}\n\ndata: {{\"sessionToken\":\"{TOKEN}");
    inner.answers.lock().unwrap().push_back(answer(200, String::leak(lines)));
    let record = Record::new(inner, folder.path()).unwrap();
    let arn = "arn%3Aaws%3Abedrock%3Aus-west-2%3A999988887777%3Aasync-invoke%2Fabcdefghijkl";
    pass(&record, signed("GET", &format!("{BEDROCK}/async-invoke/{arn}"), "bedrock", "")).await;
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&WebIdentityToken={TOKEN}&RoleArn=arn%3Aaws%3Aiam%3A%3A999988887777%3Arole%2Fr"
    );
    let request = Request::post("https://sts.us-west-2.amazonaws.com/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(Bytes::from(form)));
    pass(&record, request.unwrap()).await;
    let presigned = format!(
        "https://videos-999988887777-x.s3.us-west-2.amazonaws.com/a%20999988887777/o.mp4?X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260102&X-Amz-Security-Token={TOKEN}&X-Amz-Signature=0f0f0f&versionId=1"
    );
    pass(&record, Request::get(presigned).body(Body::empty()).unwrap()).await;
    let bearer = Request::post(format!("{BEDROCK}/model/m/invoke"))
        .header("authorization", format!("Bearer {api_key}"));
    pass(&record, bearer.body(Body::from(Bytes::from(format!("{{\"k\":\"{api_key}\"}}")))).unwrap()).await;
    let mut key_header = Request::post("https://example.com/x").header("x-api-key", TOKEN);
    key_header = key_header.header("x-vault-token", TOKEN);
    pass(&record, key_header.body(Body::empty()).unwrap()).await;
    pass(&record, signed("POST", &format!("{BEDROCK}/model/m/other"), "bedrock", "{}")).await;

    assert_eq!(record.failures(), []);
    let written = everything_written(folder.path());
    for secret in [SECRET, TOKEN, "ASIAIOSFODNN7EXAMPLE", "999988887777", "0f0f0f", api_key, "AWS4-HMAC"] {
        let at = written.find(secret).map(|at| &written[at.saturating_sub(80)..at + 20]);
        assert_eq!(at, None, "{secret}");
    }
    assert!(!written.to_ascii_lowercase().contains("\nauthorization:"), "{written}");
    let cases = recorded(folder.path());
    let s3 = cases.iter().find(|case| case.name.starts_with("s3/")).unwrap();
    assert_eq!(s3.request.uri(), "/a%20123456789012/o.mp4?versionId=1");
    assert_eq!(s3.request.headers()["host"], "videos-123456789012-x.s3.us-west-2.amazonaws.com");
    // What is no secret stays, to the byte.
    let refused = cases.iter().find(|case| case.name.contains("get-async")).unwrap();
    let body = String::from_utf8_lossy(refused.responses[0].body());
    assert!(body.contains(r#""sessionToken" : "REDACTED","AccessKeyId":"REDACTED"}}"#), "{body}");
    assert!(body.contains(r"x-amz-security-token:REDACTED\n' by arn:aws:iam::123456789012:user/u"), "{body}");
}

#[tokio::test]
async fn secrets_are_found_however_their_names_and_quotes_are_written() {
    let folder = tempfile::tempdir().unwrap();
    // As .NET and PHP write quotes, with JSON in JSON in a prompt; in the middle of a stream of documents; cut.
    let quoted = format!(r#"{{"SecretAccessKey":"{SECRET}","kept":1}}"#).replace('"', r"\u0022");
    let twice = quoted.replace('\\', r"\u005c");
    let prompts = [
        format!(r#"{{"text":"{quoted}"}}"#),
        format!(r#"{{"text":"{{\u0022inner\u0022:\u0022{twice}\u0022}}"}}"#),
        format!("{{\"n\":1}}\n{{\"text\":\"\\u00e9 {quoted}\"}}\n"),
        format!(r#"{{"text":"{}"#, quoted.trim_end_matches('}')),
        // XML in a prompt: as it is, as .NET and Go write it, in JSON in JSON, cut in its CDATA.
        format!(r#"{{"text":"this is <SecretAccessKey>{SECRET}</SecretAccessKey>, is it?"}}"#),
        format!(r#"{{"text":"a\n\u003cSessionToken\u003e{TOKEN}\u003c/SessionToken\u003e"}}"#),
        format!(r#"{{"text":"{{\"inner\":\"<a b='c'><Password><![CDATA[{SECRET}]]></Password>\"}}"}}"#),
        format!(r#"{{"text":"<SecretKey><![CDATA[{SECRET}"}}"#),
        format!(
            "<R><SecretAccessKey >{SECRET}</SecretAccessKey ><x:SessionToken a=\"b\">{TOKEN}</x:SessionToken></R>"
        ),
    ];
    let inner = double(prompts.iter().map(|_| answer(200, "{}")));
    let record = Record::new(inner, folder.path()).unwrap();
    for (number, prompt) in prompts.iter().enumerate() {
        let request = Request::post(format!("{BEDROCK}/model/m{number}/invoke"));
        pass(&record, request.body(Body::from(Bytes::from(prompt.clone()))).unwrap()).await;
    }
    assert_eq!(record.failures(), []);
    assert_eq!(recorded(folder.path()).len(), prompts.len());
    for case in recorded(folder.path()) {
        let body = String::from_utf8_lossy(case.request.body());
        assert!(!body.contains(SECRET) && !body.contains(TOKEN) && body.contains("REDACTED"), "{body}");
    }
    assert_eq!(problems(folder.path()), [""; 0]);

    // Text with escapes in which nothing is secret stays to the byte, and a tag that is empty has no value behind it.
    let innocent = r#"{"text":"a\u0022b\u0022\n\/ <SessionToken/>x<b/>","system":"Answer in <password> tags, not in <b>"}"#;
    let asked = Request::new(Bytes::from_static(innocent.as_bytes()));
    assert_eq!(redaction::request(&asked).value.body(), innocent);
    // Strings in strings, of which each is short in this spelling, are no way to use up the stack.
    let mut deep = "x".to_owned();
    for _ in 0..400 {
        deep = format!("\"{}\"", deep.replace('\\', r"\u005c").replace('"', r"\u0022"));
    }
    let kept = redaction::request(&Request::new(Bytes::from(deep))).value;
    assert_eq!(redaction::request(&kept).value.body(), kept.body());
}

#[tokio::test]
async fn no_long_term_key_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let key = "ABSKQmVkcm9ja0FQSUtleS1hYmNkLWF0LTEyMzQ6c2VjcmV0";
    let refused = format!(r#"{{"message":"the key {key} may not"}}"#);
    let inner = double([answer(403, String::leak(refused)), answer(200, "{}")]);
    let record = Record::new(inner, folder.path()).unwrap();
    let prompt = format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"use {key}, please"}}]}}]}}"#);
    let url = format!("{BEDROCK}/model/m/converse");
    pass(&record, signed("POST", &url, "bedrock", String::leak(prompt))).await;
    let url = format!("{BEDROCK}/foundation-models?named={key}");
    pass(&record, Request::get(url).body(Body::empty()).unwrap()).await;

    assert_eq!(record.failures(), []);
    assert_eq!(recorded(folder.path()).len(), 2);
    let written = everything_written(folder.path());
    assert!(!written.contains(&key[13..]), "{written}");
    assert!(written.contains("please"), "{written}");
}

#[tokio::test]
async fn no_secret_behind_the_damage_of_a_stream_reaches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let payload = format!(
        r#"{{"text":"AKIAIOSFODNN7EXAMPLE of arn:aws:iam::999988887777:user/u","sessionToken":"{TOKEN}"}}"#
    );
    let mut stream = frame("contentBlockDelta", r#"{"n":1}"#);
    stream.extend_from_slice(&frame("contentBlockDelta", &payload));
    let last = stream.len() - 1;
    stream[last] ^= 1;
    let record = Record::new(double([stream_answer(stream)]), folder.path()).unwrap();
    let request = Request::post(format!("{BEDROCK}/model/m/converse-stream")).body(Body::empty()).unwrap();
    pass(&record, request).await;

    assert_eq!(record.failures(), []);
    let cases = recorded(folder.path());
    let kept = String::from_utf8_lossy(cases[0].responses[0].body()).into_owned();
    assert!(kept.contains("arn:aws:iam::123456789012:user/u"), "{kept:?}");
    let written = everything_written(folder.path());
    // Nor in the form in which bytes are written that are no text.
    for secret in ["AKIAIOSFODNN7EXAMPLE", "999988887777", TOKEN] {
        assert!(!kept.contains(secret) && !written.contains(secret), "{secret}: {kept:?}");
    }
}

#[tokio::test]
async fn a_secret_in_a_prompt_is_known_to_who_is_told_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let slashed = SECRET.replace('/', "\\/");
    let encoded = SECRET.replace('/', "%2F");
    // As .NET writes JSON, as Gson does, as JSON in JSON has it, and as many a URL.
    let other_forms = [
        SECRET.replace('/', r"\u002F"),
        SECRET.replace('/', r"\u002f"),
        SECRET.replace('/', r"\\/"),
        SECRET.replace('/', "%2f"),
        SECRET.replace('/', "%252F"),
        SECRET.replacen('/', r"\u002f", 1),
    ];
    let others = other_forms.join(" ");
    let body = format!(
        r#"{{"inputText":"mine is {SECRET}, or {slashed}","token":"say {TOKEN}","{SECRET}":1,"{slashed}_id":"x","o":"{others}"}}"#
    );
    let echo = format!(r#"{{"outputText":"yours is {SECRET}"}}"#);
    let events = frame("contentBlockDelta", &echo);
    let whole = Response::new(Body::from(Bytes::from(echo)));
    let record = Record::new(double([whole, stream_answer(events)]), folder.path()).unwrap();
    let credentials = Credentials::new("ASIAIOSFODNN7EXAMPLE", SECRET, Some(TOKEN.to_owned()), None, "test");
    record.keep_out(&Auth::from(credentials));
    for path in ["/model/m/invoke", "/model/m/converse-stream"] {
        let url = format!("{BEDROCK}{path}?note={encoded}");
        let request = Request::post(url).header("x-note", SECRET).body(Body::from(Bytes::from(body.clone())));
        pass(&record, request.unwrap()).await;
    }
    assert_eq!(recorded(folder.path()).len(), 2, "{:?}", record.failures());
    let written = everything_written(folder.path());
    let forms = other_forms.iter().map(String::as_str);
    for secret in [SECRET, slashed.as_str(), encoded.as_str(), TOKEN].into_iter().chain(forms) {
        assert!(!written.contains(secret), "{secret} is in {written}");
    }
    assert!(written.contains(r#""mine is REDACTED, or REDACTED""#), "{written}");
    let six = vec!["REDACTED"; other_forms.len()].join(" ");
    assert!(written.contains(&format!(r#""REDACTED":1,"REDACTED_id":"x","o":"{six}""#)), "{written}");
    assert!(written.contains("yours is REDACTED") && written.contains("credentials in use"), "{written}");
}

#[tokio::test]
async fn an_account_id_may_be_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"accountId": 999988887777, "ids":[999988887777],"n":-1.5e3}"#;
    let record = Record::new(double([answer(200, body)]), folder.path()).unwrap();
    pass(&record, signed("POST", &format!("{BEDROCK}/model/m/invoke"), "bedrock", body)).await;
    let case = &recorded(folder.path())[0];
    for kept in [case.request.body(), case.responses[0].body()] {
        assert_eq!(kept, r#"{"accountId": 123456789012, "ids":[123456789012],"n":-1.5e3}"#);
    }
    assert_eq!(problems(folder.path()), [""; 0]);
}

#[tokio::test]
async fn secrets_are_found_in_bytes_that_are_no_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    // Latin-1: each character is a byte.
    let text = |secret: &str, token: &str, key: &str, account: &str| {
        let json = format!(
            r#"{{"text":"café {secret} {key} arn:aws:iam::{account}:user","sessionToken":"{token}"}}"#
        );
        json.chars().map(|character| u8::try_from(character).unwrap()).collect::<Vec<u8>>()
    };
    let given = text(SECRET, TOKEN, "ASIAIOSFODNN7EXAMPLE", "999988887777");
    let kept = text("REDACTED", "REDACTED", "REDACTED", "123456789012");
    let in_media = |text: &[u8]| [b"\x89PNG\r\n\0\0\xff\0", text, b"\0\xe9\0\x80"].concat();
    let mut damaged = frame("contentBlockDelta", r#"{"n":1}"#);
    damaged.extend_from_slice(&frame("contentBlockDelta", &format!(r#"{{"sessionToken":"{TOKEN}"}}"#))[..90]);
    let event = |payload: &[u8]| encode([(":event-type", HeaderValue::String("x"))], payload).unwrap();
    let media = Response::new(Body::from(Bytes::from(in_media(&given))));
    let inner = double([stream_answer(event(&given).to_vec()), media, stream_answer(damaged)]);
    let record = Record::new(inner, folder.path()).unwrap();
    let credentials = Credentials::new("ASIAIOSFODNN7EXAMPLE", SECRET, Some(TOKEN.to_owned()), None, "test");
    let auth = Auth::from(credentials);
    record.keep_out(&auth);
    for path in ["a", "b", "c"] {
        let request = Request::post(format!("{BEDROCK}/model/{path}/invoke"));
        pass(&record, request.body(Body::from(Bytes::from(given.clone()))).unwrap()).await;
    }
    let cases = recorded(folder.path());
    assert_eq!(cases.len(), 3, "{:?}", record.failures());
    for case in &cases {
        assert_eq!(case.request.body().escape_ascii().to_string(), kept.escape_ascii().to_string());
    }
    let answers: Vec<_> = cases.iter().map(|case| case.responses[0].body()).collect();
    assert!(answers.iter().any(|body| **body == event(&kept)), "{answers:?}");
    assert!(answers.iter().any(|body| **body == in_media(&kept)), "{answers:?}");
    assert!(!everything_written(folder.path()).contains(&TOKEN[..20]), "what follows a stream's damage");
    assert_eq!(problems(folder.path()), [""; 0]);
    let replay = Replay::open(folder.path()).unwrap();
    replay.keep_out(&auth);
    let again = Request::post(format!("{BEDROCK}/model/b/invoke")).body(Body::from(Bytes::from(given)));
    assert_eq!(replay.send(again.unwrap()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn numbers_and_media_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"seed":99998888777,"x":[0.999988887777,-1.5e3],"token":"Hi","b":"AAAA999988887777BBBB","total_tokens": 3, "é":"\u00e9"}"#;
    let inner = double([answer(200, body)]);
    let record = Record::new(inner, folder.path()).unwrap();
    pass(&record, signed("POST", &format!("{BEDROCK}/model/m/invoke"), "bedrock", "{}")).await;
    assert_eq!(recorded(folder.path())[0].responses[0].body(), body.as_bytes());
}

#[tokio::test]
async fn only_hosts_of_aws_give_recorded_fixtures() {
    for (url, provenance, source) in [
        (
            "https://bedrock-runtime.us-west-2.amazonaws.com/",
            Provenance::Recorded,
            "https://bedrock-runtime.us-west-2.amazonaws.com",
        ),
        (
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/",
            Provenance::Recorded,
            "https://bedrock-runtime.cn-north-1",
        ),
        (
            "https://bedrock-runtime.eusc-de-east-1.api.amazonwebservices.eu/",
            Provenance::Recorded,
            "https://bedrock-runtime.eusc-de-east-1.api.amazonwebservices.eu",
        ),
        // A customer's own function answers there.
        ("https://abc.lambda-url.us-west-2.on.aws/", Provenance::Synthetic, "a server at https://abc"),
        (
            "http://127.0.0.1:4566/",
            Provenance::Synthetic,
            "a server at http://127.0.0.1:4566, which is no AWS host",
        ),
        ("http://localhost:4566/", Provenance::Synthetic, "a server at http://localhost"),
        (
            "http://bedrock-runtime.us-west-2.amazonaws.com/",
            Provenance::Synthetic,
            "a server at http://bedrock",
        ),
        (
            "https://amazonaws.com.example.com/",
            Provenance::Synthetic,
            "a server at https://amazonaws.com.example.com",
        ),
        ("https://notamazonaws.com/", Provenance::Synthetic, "a server at https://notamazonaws.com"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::new(double([answer(200, "{}")]), folder.path()).unwrap();
        pass(&record, signed("POST", url, "bedrock", "{}")).await;
        let case = &recorded(folder.path())[0];
        assert_eq!(case.provenance, provenance, "{url}");
        assert!(case.source.starts_with(source), "{}", case.source);
    }
    let folder = tempfile::tempdir().unwrap();
    let record =
        Record::of_synthetic(double([answer(200, "{}")]), folder.path(), "bedwire's emulator").unwrap();
    pass(&record, signed("POST", BEDROCK, "bedrock", "{}")).await;
    let case = &recorded(folder.path())[0];
    assert_eq!((case.provenance, case.source.as_str()), (Provenance::Synthetic, "bedwire's emulator"));
}

#[tokio::test]
async fn what_no_signature_says_is_read_in_the_hosts_name() {
    for (url, service, region) in [
        ("https://bedrock-runtime.eusc-de-east-1.api.amazonwebservices.eu/x", "bedrock", "eusc-de-east-1"),
        ("https://us-east-1.s3.dualstack.us-west-2.amazonaws.com/x", "s3", "us-west-2"),
        ("https://lambda.us-west-2.api.aws/x", "lambda", "us-west-2"),
        ("http://bedrock.us-west-2.corp.example/x", "bedrock", "us-west-2"),
        ("http://127.0.0.1:4566/model/m/invoke", "bedrock", "unknown"),
        ("http://s3-is-mine.example/x", "other", "unknown"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::new(double([answer(200, "{}")]), folder.path()).unwrap();
        pass(&record, Request::get(url).body(Body::empty()).unwrap()).await;
        let case = &recorded(folder.path())[0];
        assert_eq!((case.name.split('/').next(), &*case.region), (Some(service), region), "{url}");
    }
}

#[tokio::test]
async fn a_case_is_named_after_its_operation() {
    let of_s3 = [
        ("s3/create-multipart-upload", "POST", "in/a.jsonl?uploads="),
        ("s3/upload-part", "PUT", "in/a.jsonl?partNumber=1&uploadId=b"),
        ("s3/complete-multipart-upload", "POST", "in/a.jsonl?uploadId=b"),
        ("s3/abort-multipart-upload", "DELETE", "in/a.jsonl?uploadId=b"),
        ("s3/put-object", "PUT", "in/a.jsonl"),
        ("s3/delete-object", "DELETE", "in/a.jsonl"),
        ("s3/head-bucket", "HEAD", ""),
        ("s3/post-object", "POST", "in/a.jsonl?restore"),
    ];
    let mut requests: Vec<(String, Request<Bytes>)> = Vec::new();
    for (operation, method, target) in of_s3 {
        let url = format!("https://demo.s3.us-west-2.amazonaws.com/{target}");
        let request = Request::builder().method(method).uri(url).body(Bytes::new()).unwrap();
        requests.push((operation.to_owned(), request));
    }
    // Every fixture lies where a recorder would have put it.
    for case in recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")) {
        let (operation, _) = case.name.rsplit_once('/').unwrap();
        requests.push((operation.to_owned(), case.request));
    }
    assert!(requests.len() > of_s3.len());
    for (operation, request) in requests {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::new(double([answer(200, "{}")]), folder.path()).unwrap();
        let asked = format!("{} {}", request.method(), request.uri());
        pass(&record, request.map(Body::from)).await;
        let name = &recorded(folder.path())[0].name;
        assert_eq!(name.rsplit_once('/').unwrap().0, operation, "{asked}");
    }
}

#[tokio::test]
async fn streams_are_copied_while_they_pass_and_cut_ones_are_not_kept() {
    // Chunks, announced length, whether it fails, whether it is recorded.
    for (parts, length, fails, kept) in [
        (&["ab", "cd"][..], None, false, true),
        (&["ab", "cd"], Some(4), false, true),
        (&[], Some(0), false, true),
        (&["ab"], Some(4), false, false),
        (&["ab", "cd"], None, true, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let inner = double([Response::new(chunks(parts, length, fails))]);
        let record = Record::new(inner, folder.path()).unwrap();
        let request = signed("GET", "https://demo.s3.us-west-2.amazonaws.com/o.mp4", "s3", "");
        let mut body = record.send(request).await.unwrap().into_body();
        assert_eq!(body.length(), length);
        let is_over = length == Some(0);
        assert_eq!(recorded(folder.path()).len(), usize::from(is_over), "nothing else is whole yet");
        let mut passed = Vec::new();
        while let Some(chunk) = body.chunk().await {
            passed
                .push(chunk.map_or("error".to_owned(), |chunk| String::from_utf8_lossy(&chunk).into_owned()));
        }
        let expected: Vec<_> = parts.iter().copied().chain(fails.then_some("error")).collect();
        assert_eq!(passed, expected, "the chunks pass as they are");
        assert_eq!(recorded(folder.path()).len(), usize::from(kept), "{parts:?} {length:?} {fails}");
    }
}

#[tokio::test]
async fn a_reader_that_knows_the_length_need_not_ask_for_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let record =
        Record::new(double([Response::new(chunks(&["ab", "cd"], Some(4), false))]), folder.path()).unwrap();
    let request = signed("GET", "https://demo.s3.us-west-2.amazonaws.com/o.mp4", "s3", "");
    let mut body = record.send(request).await.unwrap().into_body();
    body.chunk().await.unwrap().unwrap();
    body.chunk().await.unwrap().unwrap();
    drop(body);
    assert_eq!(recorded(folder.path())[0].name, "s3/get-object/exchange");
    // One that is dropped half-way leaves nothing.
    let record =
        Record::new(double([Response::new(chunks(&["ab", "cd"], Some(4), false))]), folder.path()).unwrap();
    let request = signed("GET", "https://demo.s3.us-west-2.amazonaws.com/p.mp4", "s3", "");
    record.send(request).await.unwrap().into_body().chunk().await.unwrap().unwrap();
    assert_eq!(recorded(folder.path()).len(), 1);
}

#[tokio::test]
async fn head_keeps_the_length_that_it_announces() {
    let folder = tempfile::tempdir().unwrap();
    let head =
        Response::builder().header("content-length", "2795").body(chunks(&[], Some(2795), false)).unwrap();
    let record = Record::new(double([head]), folder.path()).unwrap();
    let mut body = record
        .send(signed("HEAD", "https://demo.s3.us-west-2.amazonaws.com/o.mp4", "s3", ""))
        .await
        .unwrap()
        .into_body();
    assert!(body.chunk().await.is_none());
    let case = &recorded(folder.path())[0];
    assert_eq!(case.name, "s3/head-object/exchange");
    assert_eq!(case.responses[0].headers()["content-length"], "2795");
}

#[tokio::test]
async fn failures_pass_and_leave_nothing_and_a_second_run_adds() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::new(double([]), folder.path()).unwrap();
    let url = format!("{BEDROCK}/async-invoke");
    let error = record.send(signed("GET", &url, "bedrock", "")).await.unwrap_err();
    assert_eq!(error.failure(), WireFailure::Connect);
    assert_eq!(recorded(folder.path()).len(), 0);
    for _ in 0..2 {
        let record = Record::new(double([answer(200, "{}")]), folder.path()).unwrap();
        pass(&record, signed("GET", &url, "bedrock", "")).await;
    }
    let names: Vec<_> = recorded(folder.path()).into_iter().map(|case| case.name).collect();
    assert_eq!(names, ["bedrock/list-async-invokes/exchange", "bedrock/list-async-invokes/exchange-002"]);
}

#[tokio::test]
async fn what_cannot_be_written_does_not_fail_the_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::new(double([answer(200, "{}")]), folder.path()).unwrap();
    fs::write(folder.path().join("bedrock"), "a file in the way").unwrap();
    assert_eq!(
        pass(&record, signed("GET", &format!("{BEDROCK}/async-invoke"), "bedrock", "")).await.status(),
        200
    );
    assert_eq!(record.failures().len(), 1, "{:?}", record.failures());
    let in_the_way = Record::new(double([]), &folder.path().join("bedrock")).unwrap_err();
    assert!(in_the_way.to_string().contains("cannot be created"), "{in_the_way}");
}

#[tokio::test]
async fn an_answer_that_repeats_for_long_fills_several_cases_and_replays_in_its_order() {
    const COUNT: usize = 230;
    let folder = tempfile::tempdir().unwrap();
    let bodies: Vec<String> = (0..COUNT).map(|n| format!(r#"{{"turn":{n}}}"#)).collect();
    let answers =
        bodies.iter().map(|body| Response::new(Body::Whole(Bytes::copy_from_slice(body.as_bytes()))));
    let record = Record::new(double(answers), folder.path()).unwrap();
    // Members in another order and numbers in another spelling ask for the same.
    let asked = [r#"{"a":1,"b":[2.5e1]}"#, r#"{"b":[25],"a":1.0}"#];
    let url = format!("{BEDROCK}/model/amazon.titan-text-express-v1/invoke");
    for n in 0..COUNT {
        pass(&record, signed("POST", &url, "bedrock", asked[n % 2])).await;
    }
    assert_eq!(record.failures(), []);
    let counts: Vec<_> = recorded(folder.path()).iter().map(|case| case.responses.len()).collect();
    assert_eq!(counts, [100, 100, 30]);
    assert_eq!(problems(folder.path()), [""; 0]);
    let replay = Replay::open(folder.path()).unwrap();
    for body in bodies {
        let answer = replay.send(signed("POST", &url, "bedrock", asked[0])).await.unwrap();
        assert_eq!(answer.into_body().collect(LIMIT).await.unwrap(), body.as_bytes());
    }
}
