//! Fixtures answer requests, in turn, and a request that they do not know is told what the nearest one has.

#![cfg(feature = "client-core")]

use bedwire::fixture::Store;
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, Replay, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use std::fs;
use std::path::Path;

const LIMIT: usize = 1_000_000;

fn project_replay() -> Replay {
    Replay::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap()
}

async fn ask(replay: &Replay, request: Request<&'static str>) -> Result<Response<Bytes>, TransportError> {
    let response = replay.send(request.map(|body| Body::from(Bytes::from(body)))).await?;
    let (parts, body) = response.into_parts();
    Ok(Response::from_parts(parts, body.collect(LIMIT).await?))
}

/// A folder of cases: name, request, and the status of each answer, whose body is its number.
fn cases(cases: &[(&str, &str, &[u16])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, request, statuses) in cases {
        let folder = root.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let manifest =
            r#"{"description":"d","provenance":"synthetic","source":"s","region":"r","date":"2026-01-02"}"#;
        fs::write(folder.join("case.json"), manifest).unwrap();
        fs::write(folder.join("request.http"), request).unwrap();
        for (index, status) in statuses.iter().enumerate() {
            let stem = if index == 0 { "response".to_owned() } else { format!("response-{}", index + 1) };
            fs::write(folder.join(format!("{stem}.http")), format!("HTTP/1.1 {status} -\n")).unwrap();
            fs::write(folder.join(format!("{stem}.json")), format!("{}\n", index + 1)).unwrap();
        }
    }
    root
}

fn post(path: &str, body: &'static str) -> Request<&'static str> {
    Request::post(format!("https://bedrock-runtime.us-west-2.amazonaws.com{path}")).body(body).unwrap()
}

fn get(uri: &str) -> Request<&'static str> {
    Request::get(uri).body("").unwrap()
}

#[tokio::test]
async fn several_answers_come_in_turn_and_the_last_one_stays() {
    let replay = project_replay();
    let path = "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke";
    let body = r#"{"messages":[{"content":"throttling-then-success","role":"user"}],
                   "max_tokens":16.0,"anthropic_version":"bedrock-2023-05-31"}"#;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&replay, post(path, body)).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [429, 200, 200, 200]);
    // Another request has its own turn.
    let other = body.replace("throttling-then-success", "unavailable-then-success");
    let first = ask(&replay, post(path, String::leak(other))).await.unwrap();
    assert_eq!(first.status(), 503);
    assert_eq!(
        first.headers()["x-amzn-errortype"].to_str().unwrap().split(':').next(),
        Some("ServiceUnavailableException")
    );
}

#[tokio::test]
async fn cases_that_hold_the_same_request_answer_one_after_the_other() {
    let request = "GET /async-invoke HTTP/1.1\n";
    let folder = cases(&[("b/op/one", request, &[200, 201]), ("b/op/two", request, &[202])]);
    let replay = Replay::open(folder.path()).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&replay, get("/async-invoke")).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 201, 202, 202]);
}

#[tokio::test]
async fn the_nearest_fixture_and_the_first_difference_are_named() {
    let folder = cases(&[
        (
            "b/start/a",
            "POST /async-invoke HTTP/1.1\n\n{\"modelId\":\"m\",\"modelInput\":{\"prompt\":\"a\",\"n\":1}}",
            &[200],
        ),
        ("b/invoke/c", "POST /model/m%3A0/invoke HTTP/1.1\n\n{\"x\":[1,2]}", &[200]),
        ("b/list/d", "GET /async-invoke?maxResults=2&sortBy=SubmissionTime HTTP/1.1\n", &[200]),
        ("b/text/e", "PUT /text HTTP/1.1\n\nabcdef", &[200]),
    ]);
    let replay = Replay::open(folder.path()).unwrap();
    let put = |body| Request::put("/text").body(body).unwrap();
    for (request, nearest, difference) in [
        (
            post("/async-invoke", r#"{"modelId":"m","modelInput":{"prompt":"b","n":1}}"#),
            "b/start/a",
            r#"body: /modelInput/prompt is "b", the fixture has "a""#,
        ),
        (
            post("/async-invoke", r#"{"modelId":"m","modelInput":{"prompt":"a"}}"#),
            "b/start/a",
            "body: /modelInput/n is missing, the fixture has 1",
        ),
        (
            post("/async-invoke", r#"{"modelId":"m","modelInput":{"prompt":"a","n":1,"a/b":null}}"#),
            "b/start/a",
            "body: /modelInput/a~1b is null, the fixture has none",
        ),
        (
            post("/model/m:0/invoke", r#"{"x":[1,2,3]}"#),
            "b/invoke/c",
            "body: /x/2 is 3, the fixture has none",
        ),
        (post("/model/m:0/invoke", "no json"), "b/invoke/c", "body: is no JSON, the fixture's is"),
        (
            post("/model/n%3A0/invoke", r#"{"x":[1,2]}"#),
            "b/invoke/c",
            "path: is /model/n:0/invoke, the fixture has /model/m:0/invoke",
        ),
        (
            get("/async-invoke?maxResults=3&sortBy=SubmissionTime"),
            "b/list/d",
            r#"query: maxResults is "3", the fixture has "2""#,
        ),
        (get("/async-invoke"), "b/list/d", r#"query: maxResults is missing, the fixture has "2""#),
        (get("/text"), "b/text/e", "method: is GET, the fixture has PUT"),
        (put("abcxef"), "b/text/e", "body: differs at byte 3 (it has 6 bytes, the fixture's 6)"),
    ] {
        let error = ask(&replay, request).await.unwrap_err();
        assert_eq!(error.failure(), WireFailure::NoFixture);
        let expected = format!("the nearest is {nearest}: {difference}");
        assert!(error.to_string().ends_with(&expected), "{error}\n{expected}");
        assert!(error.to_string().starts_with("no fixture answers "), "{error}");
    }
}

#[tokio::test]
async fn spelling_does_not_count() {
    let folder = cases(&[
        ("b/list/d", "GET /async-invoke?b=%2F&a=1 HTTP/1.1\n", &[200]),
        (
            "b/get/e",
            "GET /async-invoke/arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aasync-invoke%2Fx HTTP/1.1\n",
            &[200],
        ),
        ("s3/get/f", "GET /out/1.mp4 HTTP/1.1\nhost: demo.s3.us-west-2.amazonaws.com\n", &[200]),
    ]);
    let replay = Replay::open(folder.path()).unwrap();
    for same in [
        "/async-invoke?a=1&b=/",
        "https://h/async-invoke?a=1&b=%2f",
        // An account id is compared as it is recorded, and a presigned URL without its signature.
        "/async-invoke/arn:aws:bedrock:us-west-2:999988887777:async-invoke%2Fx",
        "https://demo.s3.us-west-2.amazonaws.com/out/1.mp4",
        "https://demo.s3.us-west-2.amazonaws.com/out/1.mp4?X-Amz-Signature=00&X-Amz-Credential=c&X-Amz-Date=d",
        "http://127.0.0.1:9/demo/out/1.mp4",
    ] {
        assert!(ask(&replay, get(same)).await.is_ok(), "{same}");
    }
    for other in [
        "/async-invoke?a=1&b=/&b=/",
        "/async-invoke/arn:aws:bedrock:us-west-2:999988887777:async-invoke/x",
        "/out/1.mp4",
    ] {
        assert!(ask(&replay, get(other)).await.is_err(), "{other}");
    }
}

#[tokio::test]
async fn a_token_and_a_range_only_count_where_the_fixture_insists() {
    let folder = cases(&[
        ("b/start/any", "POST /async-invoke HTTP/1.1\n\n{\"modelId\":\"m\"}", &[200]),
        (
            "b/start/recorded",
            "POST /async-invoke HTTP/1.1\n\n{\"modelId\":\"r\",\"clientRequestToken\":\"REDACTED\"}",
            &[202],
        ),
        (
            "b/start/zinsists",
            "POST /async-invoke HTTP/1.1\n\n{\"modelId\":\"m\",\"clientRequestToken\":\"t\"}",
            &[400],
        ),
        ("s3/get/part", "GET /v.mp4 HTTP/1.1\nrange: bytes=5-\n", &[206]),
        ("s3/get/whole", "GET /v.mp4 HTTP/1.1\n", &[200]),
        ("s3/get/zpart-only", "GET /w.mp4 HTTP/1.1\nrange: bytes=5-\n", &[206]),
    ]);
    let replay = Replay::open(folder.path()).unwrap();
    let start = |body| post("/async-invoke", body);
    let range = |path: &str, range| Request::get(path).header("range", range).body("").unwrap();
    for (request, status) in [
        (start(r#"{"modelId":"m"}"#), 200),
        (start(r#"{"modelId":"m","clientRequestToken":"fresh"}"#), 200),
        (start(r#"{"modelId":"m","clientRequestToken":"t"}"#), 400),
        (start(r#"{"modelId":"r","clientRequestToken":"fresh"}"#), 202),
        (start(r#"{"modelId":"r"}"#), 202),
        (range("/v.mp4", "bytes=5-"), 206),
        (range("/v.mp4", "bytes=9-"), 200),
        (get("/v.mp4"), 200),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(ask(&replay, request).await.unwrap().status(), status, "{shown}");
    }
    let part = ask(&replay, get("/w.mp4")).await.unwrap_err();
    assert!(part.to_string().ends_with("range: is missing, the fixture has bytes=5-"), "{part}");
}

#[tokio::test]
async fn a_secret_of_the_request_is_not_in_the_message() {
    let replay = project_replay();
    let request = Request::get(
        "https://sts.amazonaws.com/?Action=x&X-Amz-Security-Token=SECRETSECRET&X-Amz-Signature=00ff",
    )
    .header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=00ff")
    .body("")
    .unwrap();
    let error = ask(&replay, request).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("SECRETSECRET"), "{error:?}");
}

#[test]
fn a_folder_without_fixtures_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Replay::open(folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("holds no fixtures; record some into it first"), "{error}");
    assert_eq!(Store::open(folder.path()).unwrap().cases().len(), 0);
}
