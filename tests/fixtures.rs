//! The project's own fixtures hold together, what is malformed is refused clearly, and what is written is read again.

use bedwire::fixture::redaction::{self, ACCOUNT_ID, is_secret_header};
use bedwire::fixture::{Case, Condition, Expected, Provenance, Store, matching, writer};
use bedwire::protocol::endpoint::Service;
use bedwire::protocol::eventstream::{Decoder, Frame};
use bedwire::protocol::service_error::ServiceError;
use bedwire::{Error, ErrorKind};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn project_fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn project_store() -> Store {
    Store::open(&project_fixtures()).unwrap()
}

#[test]
fn every_fixture_of_the_project_is_read() {
    let store = project_store();
    assert!(store.cases().len() >= 30, "{}", store.cases().len());
    assert!(store.cases().is_sorted_by(|a, b| a.name < b.name));
    for family in
        ["anthropic.claude", "amazon.nova", "amazon.titan-text", "amazon.titan-embed-text", "meta.llama"]
            .into_iter()
            .chain(["mistral.", "cohere.command", "cohere.embed", "ai21.jamba"])
    {
        let answered = store
            .of_operation("bedrock/invoke-model")
            .filter(|case| case.model.as_ref().is_some_and(|model| model.starts_with(family)))
            .any(|case| case.responses.iter().all(|response| response.status().is_success()));
        assert!(answered, "no answer of {family}");
    }
}

#[cfg(feature = "emulator")]
#[test]
fn the_binary_holds_the_same_cases_as_the_folder() {
    let names = |store: &Store| store.cases().iter().map(|case| case.name.clone()).collect::<Vec<_>>();
    let embedded = Store::embedded().unwrap();
    assert_eq!(names(&embedded), names(&project_store()));
    for (a, b) in embedded.cases().iter().zip(project_store().cases()) {
        assert_same(a, b);
    }
}

#[test]
fn provenance_is_honest() {
    for case in project_store().cases() {
        let name = &case.name;
        match case.provenance {
            Provenance::Recorded => {
                let host = case.source.strip_prefix("https://").unwrap_or_else(|| panic!("{name}"));
                assert!(host.contains(".amazonaws."), "{name}: {host}");
            }
            Provenance::Documented => {
                assert!(case.source.starts_with("https://docs.aws.amazon.com/"), "{name}: {}", case.source);
            }
            Provenance::Synthetic => assert!(!case.source.starts_with("http"), "{name}: {}", case.source),
        }
    }
}

#[test]
fn no_fixture_holds_a_secret() {
    for case in project_store().cases() {
        assert!(!case.request.headers().keys().any(is_secret_header), "{}", case.name);
        // What redaction would still find is a secret that should not be there.
        assert_eq!(redaction::request(&case.request).what, tokens_of(case), "{}", case.name);
        for response in &case.responses {
            assert_eq!(redaction::response(response).what, [""; 0], "{}", case.name);
        }
    }
    for file in files_below(&project_fixtures()) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(redaction::plain_text(&text), text, "{}", file.display());
    }
}

/// The one case that insists on its token.
fn tokens_of(case: &Case) -> Vec<String> {
    if case.name == "bedrock/start-async-invoke/conflict" {
        vec!["clientRequestToken".into()]
    } else {
        Vec::new()
    }
}

#[test]
fn an_expected_output_is_the_body_and_an_expected_error_is_the_refusal() {
    for case in project_store().cases() {
        let last = case.responses.last().unwrap();
        match &case.expected {
            Some(Expected::Output(json)) => {
                assert!(last.status().is_success(), "{}", case.name);
                assert_eq!(value(json), made_of(case), "{}", case.name);
            }
            Some(Expected::Error(text)) => {
                let refusal = ServiceError::decode(last.status(), last.headers(), last.body());
                let operation = camel_case(case.operation().rsplit('/').next().unwrap());
                let host = case.request.headers()["host"].to_str().unwrap();
                let service = Service::named(host.split('.').next().unwrap());
                let error = Error::refused(ErrorKind::Service, &operation, &service, refusal);
                assert_eq!(&error.to_string(), text, "{}", case.name);
            }
            // A list of a hundred models need not stand there twice.
            None => assert!(
                case.name.starts_with("s3/") || last.body().len() > 20_000,
                "{} expects nothing",
                case.name
            ),
        }
    }
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(bytes)))
}

/// What the last answer of a case says: the body, the chunks of a stream, or the answer that its events tell.
fn made_of(case: &Case) -> Value {
    let body = case.responses.last().unwrap().body();
    match case.operation() {
        "bedrock/invoke-model-with-response-stream" => frames(body)
            .iter()
            .map(|frame| {
                let bytes = value(frame.payload())["bytes"].as_str().unwrap().to_owned();
                value(&base64_simd::STANDARD.decode_to_vec(bytes).unwrap())
            })
            .collect(),
        "bedrock/converse-stream" => collected(&frames(body)),
        _ => value(body),
    }
}

fn frames(stream: &Bytes) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    decoder.push(stream.clone());
    let frames = std::iter::from_fn(|| decoder.next_frame().unwrap()).collect();
    decoder.finish().unwrap();
    frames
}

/// The answer of Converse, put together from events in a few lines that share nothing with the library's own.
fn collected(frames: &[Frame]) -> Value {
    let (mut blocks, mut inputs) = (Vec::<Value>::new(), Vec::<String>::new());
    let mut answer = json!({});
    for frame in frames {
        let event = value(frame.payload());
        let index = usize::try_from(event["contentBlockIndex"].as_u64().unwrap_or_default()).unwrap();
        let is_block = event.get("contentBlockIndex").is_some();
        if is_block && blocks.len() <= index {
            blocks.push(json!({}));
            inputs.push(String::new());
        }
        match frame.string_header(":event-type").unwrap() {
            "contentBlockStart" => blocks[index] = event["start"].clone(),
            "contentBlockDelta" => {
                let delta = &event["delta"];
                inputs[index] += delta["toolUse"]["input"].as_str().unwrap_or_default();
                append(&mut blocks[index]["text"], &delta["text"]);
                for name in ["text", "signature"] {
                    let reasoning = &delta["reasoningContent"][name];
                    append(&mut blocks[index]["reasoningContent"]["reasoningText"][name], reasoning);
                }
            }
            "messageStop" => answer["stopReason"] = event["stopReason"].clone(),
            "metadata" => {
                answer["usage"] = event["usage"].clone();
                answer["metrics"] = event["metrics"].clone();
            }
            _ => {}
        }
    }
    for (block, input) in blocks.iter_mut().zip(inputs).filter(|(block, _)| block["toolUse"].is_object()) {
        block["toolUse"]["input"] = value(input.as_bytes());
    }
    answer["output"] = json!({ "message": { "role": "assistant", "content": blocks } });
    without_nulls(answer)
}

fn append(text: &mut Value, more: &Value) {
    if let Some(more) = more.as_str() {
        *text = json!(text.as_str().unwrap_or_default().to_owned() + more);
    }
}

/// Indexing leaves nulls where nothing was.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().map(|(name, value)| (name, without_nulls(value)));
            let is_something = |value: &Value| !value.is_null() && *value != json!({ "reasoningText": {} });
            Value::Object(kept.filter(|(_, value)| is_something(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[test]
fn the_video_is_an_mp4() {
    let store = project_store();
    let video = store.cases().iter().find(|case| case.name == "s3/get-object/video-output").unwrap();
    assert_eq!(video.responses[0].body().get(4..8), Some(&b"ftyp"[..]));
    let head = store.cases().iter().find(|case| case.name == "s3/head-object/video-output").unwrap();
    let length = head.responses[0].headers()["content-length"].to_str().unwrap();
    assert_eq!(length, video.responses[0].body().len().to_string());
}

#[test]
fn every_fixture_answers_its_own_request() {
    let store = project_store();
    for case in store.cases() {
        let found = matching::find(store.cases(), &case.request, &redaction::KnownSecrets::default())
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let names: BTreeSet<_> = found.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, BTreeSet::from([case.name.as_str()]), "two cases answer one request");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = project_store();
    for case in store.cases() {
        writer::write(folder.path(), case).unwrap();
    }
    let again = Store::open(folder.path()).unwrap();
    assert_eq!(again.cases().len(), store.cases().len());
    for (a, b) in store.cases().iter().zip(again.cases()) {
        assert_same(a, b);
    }
}

#[test]
fn odd_bodies_survive_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    for (number, body) in
        ["", "\n", "\n\n", "{}", "{}\n", "text", "text\r\n", " \t", "\u{0}"].iter().enumerate()
    {
        let case = Case {
            request: Request::post("/x?a=%2F&b").header("host", "h").body(Bytes::from(*body)).unwrap(),
            responses: vec![Response::new(Bytes::from(*body)), Response::new(Bytes::from_static(b"\xff\n"))],
            ..a_case(&format!("bedrock/op/case-{number}"))
        };
        let written = writer::write(folder.path(), &case).unwrap();
        let store = Store::open(&written).unwrap();
        let read = Case { name: case.name.clone(), ..store.cases()[0].clone() };
        assert_same(&case, &read);
    }
}

#[test]
fn a_case_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let case = a_case("bedrock/op/case");
    let names: Vec<_> = (0..3).map(|_| writer::write(folder.path(), &case).unwrap()).collect();
    let ends: Vec<_> = names.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(ends, ["case", "case-002", "case-003"]);
    assert_eq!(Store::open(folder.path()).unwrap().cases().len(), 3);
    for bad in ["bedrock/../case", "bedrock/op/", "bedrock/op/a b", "/etc/x/y", "bedrock/op/.hidden"] {
        assert!(writer::write(folder.path(), &a_case(bad)).is_err(), "{bad}");
    }
}

/// What is redacted in an answer is told of as soon as the answer is there, however often it could not be written.
#[test]
fn an_answer_that_could_not_be_written_leaves_nothing_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = writer::WrittenCase::write(folder.path(), &a_case("bedrock/op/case")).unwrap();
    let in_the_way = folder.path().join("bedrock/op/case/response-2.http");
    fs::create_dir(&in_the_way).unwrap();
    let mut add = || written.add(&Response::new(Bytes::from_static(b"{}")), vec!["account".to_owned()]);
    add().unwrap_err();
    fs::remove_dir(&in_the_way).unwrap();
    add().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.cases()[0].responses.len(), 2);
    assert_eq!(store.cases()[0].redacted, ["authorization", "account"]);
}

/// In each container a process has the same id as in the others, and one that was killed leaves its draft behind.
#[test]
fn what_another_process_of_the_same_id_has_left_is_no_part_of_a_case() {
    let folder = tempfile::tempdir().unwrap();
    for count in 0..100 {
        let draft = format!("bedrock/op/.case.{}-{count}", std::process::id());
        std::fs::create_dir_all(folder.path().join(&draft)).unwrap();
        std::fs::write(folder.path().join(&draft).join("output.json"), "{}").unwrap();
    }
    let written = writer::write(folder.path(), &a_case("bedrock/op/case")).unwrap();
    assert!(!written.join("output.json").exists());
}

/// Every beginning of texts full of secrets, whatever it is said to be: nothing panics, and twice is once.
#[test]
fn redacting_twice_is_redacting_once() {
    let texts = [
        r#"{"SecretAccessKey": "a\"b","é":[{"sessionToken":null,"apiKey":12},"{\"Token\":\"x\"}"],"clientRequestToken":"t"}"#,
        "<A><SessionToken>é</SessionToken><Account>111122223333</Account></A> bearer abcdefghijklmnopqrstuvwxyz",
        "a=1&WebIdentityToken=x&r=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole&b=%20111122223333%253A444455556666%253A",
        "AKIAIOSFODNN7EXAMPLE ABSKQmVkcm9jaAAAAAAAAAAAAAAAAAA é111122223333 1.111122223333 x-amz-signature=é",
        r#"a 5" one: {"SecretAccessKey":"SEKRIT","x":"{\"Token\":\"SEKRIT\",\"n\":111122223333}"} or "password" : "SEKRIT" "#,
        r#"{"text":"my \"5\" one: {\"SecretAccessKey\": \"SEKRIT\\u00e9 \ud83d\ude00\", \"n\":[111122223333]}"}"#,
    ];
    for text in texts {
        for (end, _) in text.char_indices().chain([(text.len(), ' ')]) {
            for content_type in ["application/json", "application/x-www-form-urlencoded", "text/xml"] {
                let request = Request::post("/111122223333?token=x")
                    .header("content-type", content_type)
                    .body(Bytes::from_static(&text.as_bytes()[..end]))
                    .unwrap();
                let once = redaction::request(&request).value;
                let twice = redaction::request(&once);
                assert_eq!(
                    (twice.value.uri(), twice.value.body()),
                    (once.uri(), once.body()),
                    "{content_type}"
                );
                assert_eq!(twice.what, [""; 0], "{:?}", once.body());
                assert_eq!(once.uri(), "/123456789012");
                assert!(!once.body().windows(6).any(|word| word == b"SEKRIT"), "{:?}", once.body());
            }
        }
    }
    let written: Vec<_> = texts.map(redaction::plain_text).into();
    assert!(!written.concat().contains("444455556666"), "{written:?}");
}

#[test]
fn a_case_of_which_less_was_hashed_once_still_answers() {
    let body = json!({"message": "the plan", "preamble": "a style"}).to_string();
    let request = |body: &str| Request::post("/model/m/invoke").body(Bytes::from(body.to_owned())).unwrap();
    let hashed = redaction::hash_prompts(redaction::request(&request(&body))).value;
    let hashed: Value = serde_json::from_slice(hashed.body()).unwrap();
    let older = json!({"message": hashed["message"], "preamble": "a style"}).to_string();
    let redacted = vec![redaction::HASHED_PROMPTS.to_owned()];
    let case = Case { request: request(&older), redacted, ..a_case("bedrock/invoke-model/m") };
    let find =
        |body: &str| matching::find([&case], &request(body), &redaction::KnownSecrets::default()).is_ok();
    assert!(find(&body));
    assert!(!find(&body.replace("style", "tone")));
}

const GOOD_MANIFEST: &str =
    r#"{"description":"d","provenance":"synthetic","source":"s","region":"r","date":"2026-01-02"}"#;

#[test]
fn malformed_fixtures_name_the_file_and_the_problem() {
    let no_provenance = GOOD_MANIFEST.replace(r#""provenance":"synthetic","#, "");
    let guessed = GOOD_MANIFEST.replace("synthetic", "probably");
    let typo = GOOD_MANIFEST.replace("description", "descriptoin");
    let bad_when = GOOD_MANIFEST.replace(r#""source""#, r#""when":"/a","source""#);
    let no_date = GOOD_MANIFEST.replace("2026-01-02", "yesterday");
    let headers: String = (0..30_000).map(|n| format!("x-{n}: v\n")).collect();
    let many_headers = format!("HTTP/1.1 200 OK\n{headers}");
    // What is changed or added in a good case, and what the message says.
    let cases: &[(&str, Option<&str>, &str)] = &[
        ("case.json", None, "is a fixture without case.json"),
        ("request.http", None, "is a fixture without request.http"),
        ("response.http", None, "is a fixture without response.http"),
        ("case.json", Some("{"), "case.json: is no JSON object (EOF"),
        (
            "case.json",
            Some(&no_provenance),
            "case.json: has no provenance; say recorded, documented or synthetic",
        ),
        ("case.json", Some(&guessed), "case.json: has the provenance \"probably\"; say recorded"),
        ("case.json", Some(&typo), "case.json: has an unknown member \"descriptoin\""),
        ("case.json", Some(&no_date), "case.json: has the date \"yesterday\"; write it as 2026-01-02"),
        ("request.http", Some(""), "request.http: is empty"),
        ("request.http", Some("POST /x\n"), "request.http: line 1: \"POST /x\" is no request line"),
        ("request.http", Some("P@ST /x HTTP/1.1\n"), "request.http: line 1: \"P@ST\" is no method"),
        ("request.http", Some("GET x HTTP/1.1\n"), "a path begins with a slash"),
        ("request.http", Some("GET /x HTTP/1.1\nhost h\n"), "request.http: line 2: \"host h\" is no header"),
        (
            "request.http",
            Some("GET /x HTTP/1.1\nAuthorization: x\n"),
            "has the header authorization; a fixture is",
        ),
        ("response.http", Some(&many_headers), "response.http: line 1002: is one header too many"),
        ("response.http", Some("200 OK\n"), "response.http: line 1: \"200 OK\" is no status line"),
        ("response.http", Some("HTTP/1.1 20 OK\n"), "is no status line"),
        ("response.http", Some("HTTP/1.1 200 OK\n\nbody\n"), "response.http: has a body after its headers"),
        (
            "response.http",
            Some("HTTP/1.1 200 OK\ncontent-length: 9\n"),
            "says content-length \"9\", the body has 2 bytes",
        ),
        ("response.json", Some("{\"a\":"), "response.json: is not valid JSON (EOF while parsing"),
        ("response.txt", Some("x"), "response.txt: stands beside response.json; an answer has one body"),
        ("response-3.http", Some("HTTP/1.1 200 OK\n"), "response-3.http: has no place"),
        ("events-2.jsonl", Some("{}"), "events-2.jsonl: has no place"),
        ("events.jsonl", Some(""), "events.jsonl: stands beside response.json"),
        ("case.json", Some(&bad_when), "case.json: has \"/a\" as when, where"),
        ("reponse.json", Some("{}"), "reponse.json: is no file of a fixture"),
        ("output.json", Some("{"), "output.json: is not valid JSON"),
        ("error.txt", Some("x"), "error.txt: stands beside output.json"),
    ];
    for (file, content, expected) in cases {
        let folder = good_case();
        let path = folder.path().join("bedrock/op/case").join(file);
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let refused = Store::open(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(expected), "{file} {content:?}: {refused}");
        assert!(refused.contains("bedrock/op/case"), "{refused}");
    }
    assert_eq!(Store::open(good_case().path()).unwrap().cases()[0].name, "bedrock/op/case");
}

#[test]
fn malformed_events_name_the_line_and_the_problem() {
    let good = r#"{"headers":{"a":"b"},"payload":{}}"#;
    for (lines, expected) in [
        ("{", "line 1: is no JSON object (EOF"),
        ("[]", "line 1: is no JSON object"),
        (&format!("{good}\n\n{{\"payload\":1}}"), "line 3: has no headers"),
        (r#"{"headers":[],"payload":1}"#, "line 1: has headers that are no object"),
        (r#"{"headers":{"x":null},"payload":1}"#, "line 1: has null in the header x"),
        (r#"{"headers":{"x":1.5},"payload":1}"#, "line 1: has 1.5 in the header x"),
        (r#"{"headers":{"x":{"bytes":"?"}},"payload":1}"#, "in the header x"),
        (r#"{"headers":{}}"#, "line 1: has no payload"),
        (r#"{"headers":{},"payload":1,"payload_base64":""}"#, "line 1: has payload and payload_base64"),
        (r#"{"headers":{},"payload_base64":"?"}"#, "line 1: has a payload_base64 that is no base64"),
        (r#"{"headers":{},"paylaod":1}"#, "line 1: has an unknown member \"paylaod\""),
    ] {
        let refused = Store::open(case_of_events(lines).path()).unwrap_err().to_string();
        assert!(refused.contains("events.jsonl: ") && refused.contains(expected), "{lines}: {refused}");
    }
    let folder = case_of_events(good);
    assert_eq!(Store::open(folder.path()).unwrap().cases()[0].responses[0].body().len(), 16 + 6 + 2);
    fs::write(folder.path().join("bedrock/op/case/response.http"), "HTTP/1.1 200 OK\n").unwrap();
    let refused = Store::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("response.http: has events beside it and another content type"), "{refused}");
}

fn case_of_events(lines: &str) -> tempfile::TempDir {
    let folder = good_case();
    let case = folder.path().join("bedrock/op/case");
    fs::remove_file(case.join("response.json")).unwrap();
    fs::remove_file(case.join("output.json")).unwrap();
    fs::write(case.join("events.jsonl"), lines).unwrap();
    let head = "HTTP/1.1 200 OK\ncontent-type: application/vnd.amazon.eventstream\n";
    fs::write(case.join("response.http"), head).unwrap();
    folder
}

#[test]
fn folders_that_are_no_fixtures() {
    let folder = good_case();
    let nowhere = Store::open(&folder.path().join("nowhere")).unwrap_err().to_string();
    assert!(nowhere.ends_with("nowhere: is not there; give a folder of fixtures"), "{nowhere}");
    let file = Store::open(&folder.path().join("bedrock/op/case/case.json")).unwrap_err().to_string();
    assert!(file.contains("is no folder"), "{file}");
    // Notes beside folders and hidden files are nobody's business; a case one level too high is.
    fs::write(folder.path().join("README.md"), "notes").unwrap();
    fs::write(folder.path().join("bedrock/op/case/.response.json.swp"), "x").unwrap();
    assert_eq!(Store::open(folder.path()).unwrap().cases().len(), 1);
    fs::write(folder.path().join("bedrock/request.http"), "GET / HTTP/1.1").unwrap();
    let lost = Store::open(folder.path()).unwrap_err().to_string();
    assert!(lost.contains("lies beside folders; a case is a folder of its own"), "{lost}");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_circle_is_refused() {
    let folder = good_case();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("bedrock/circle")).unwrap();
    let refused = Store::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("is it a link to a folder above?"), "{refused}");
}

fn good_case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("bedrock/op/case");
    fs::create_dir_all(&case).unwrap();
    for (file, content) in [
        ("case.json", GOOD_MANIFEST),
        ("request.http", "POST /x HTTP/1.1\r\nhost: h\r\n\r\n{}\n"),
        ("response.http", "HTTP/1.1 200 OK\ncontent-type: application/json\n"),
        ("response.json", "{}\n"),
        ("output.json", "{}\n"),
    ] {
        fs::write(case.join(file), content).unwrap();
    }
    folder
}

fn a_case(name: &str) -> Case {
    Case {
        name: name.to_owned(),
        provenance: Provenance::Synthetic,
        source: "this test".to_owned(),
        region: "us-west-2".to_owned(),
        model: None,
        date: "2026-01-02T03:04:05Z".to_owned(),
        redacted: vec!["authorization".to_owned()],
        when: Condition::default(),
        description: format!("says \"{ACCOUNT_ID}\""),
        request: Request::post("/x").body(Bytes::from_static(b"{}")).unwrap(),
        responses: vec![Response::new(Bytes::from_static(b"{}"))],
        expected: None,
    }
}

fn assert_same(a: &Case, b: &Case) {
    assert_eq!(a.name, b.name);
    assert_eq!(
        (a.provenance, &a.source, &a.region, &a.model, &a.date, &a.redacted, &a.description, &a.expected),
        (b.provenance, &b.source, &b.region, &b.model, &b.date, &b.redacted, &b.description, &b.expected),
        "{}",
        a.name
    );
    assert_eq!((a.request.method(), a.request.uri()), (b.request.method(), b.request.uri()));
    assert_eq!(
        (a.request.headers(), a.request.body()),
        (b.request.headers(), b.request.body()),
        "{}",
        a.name
    );
    assert_eq!(a.responses.len(), b.responses.len(), "{}", a.name);
    for (a_response, b_response) in a.responses.iter().zip(&b.responses) {
        assert_eq!(a_response.status(), b_response.status(), "{}", a.name);
        assert_eq!(a_response.headers(), b_response.headers(), "{}", a.name);
        assert_eq!(a_response.body(), b_response.body(), "{}", a.name);
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (folders, mut files): (Vec<_>, Vec<_>) =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| files_below(folder)));
    files
}

fn camel_case(kebab: &str) -> String {
    kebab.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}
