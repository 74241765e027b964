//! One signed call to an emulator in process, and its answer.
#![allow(dead_code)] // each test file uses its own part

use aws_credential_types::Credentials;
use bedwire::emulator::{Emulator, EmulatorOptions, example_credentials};
use bedwire::fixture::{Case, Condition, Provenance, Store};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::SigningScope;
use bedwire::protocol::sigv4;
use bedwire::transport::{Body, Transport, TransportError};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

pub(crate) const REGION: &str = "us-west-2";
pub(crate) const HOST: &str = "http://127.0.0.1:8099";

/// The time on every clock: 2026-01-02T03:04:05Z.
pub(crate) fn fixed_clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045)
}

/// The default, at the fixed time, with a video and an answer of Claude.
pub(crate) fn options() -> EmulatorOptions {
    EmulatorOptions {
        clock: fixed_clock,
        seed: Some(1),
        fixtures: Some(Store::new(vec![
            case("s3/get-object/video-output", None, "", VIDEO.as_bytes(), 200),
            case(
                "bedrock/invoke-model/claude",
                Some("anthropic.claude-3-haiku-20240307-v1:0"),
                CLAUDE,
                br#"{"content":[]}"#,
                200,
            ),
            case(
                "bedrock/invoke-model/claude-refusal",
                Some("anthropic.claude-3-haiku-20240307-v1:0"),
                REFUSED,
                br#"{"message":"no"}"#,
                400,
            ),
            case("bedrock/invoke-model/nova", Some("amazon.nova-lite-v1:0"), "{}", br#"{"output":{}}"#, 200),
        ])),
        ..EmulatorOptions::default()
    }
}

pub(crate) const VIDEO: &str = "0123456789";
pub(crate) const CLAUDE: &str = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"x"}]}"#;
/// What the fixture of a refusal was asked.
pub(crate) const REFUSED: &str =
    r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":7,"messages":[{"role":"user","content":"x"}]}"#;

pub(crate) fn emulator() -> Emulator {
    Emulator::new(options())
}

fn case(name: &str, model: Option<&str>, request: &str, body: &'static [u8], status: u16) -> Case {
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-amzn-bedrock-input-token-count", "11")
        .header("x-amzn-requestid", "of-the-recording")
        .body(Bytes::from_static(body))
        .unwrap();
    Case {
        name: name.into(),
        provenance: Provenance::Synthetic,
        source: "this test".into(),
        region: REGION.into(),
        model: model.map(Into::into),
        date: "2026-01-02".into(),
        redacted: Vec::new(),
        when: Condition::default(),
        description: String::new(),
        request: Request::new(Bytes::from(request.to_owned())),
        responses: vec![response],
        expected: None,
    }
}

/// A call, complete but for its signature.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) scope: SigningScope,
    pub(crate) credentials: Credentials,
    pub(crate) signed_at: SystemTime,
}

impl Call {
    pub(crate) fn new(method: Method, path: &str, body: impl Into<Bytes>) -> Self {
        Self {
            method,
            url: format!("{HOST}{path}"),
            headers: Vec::new(),
            body: body.into(),
            scope: SigningScope::new(REGION, "bedrock"),
            credentials: example_credentials(),
            signed_at: fixed_clock(),
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path, "")
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path, body.to_string()).header("content-type", "application/json")
    }

    pub(crate) fn s3(method: Method, path: &str) -> Self {
        let mut call = Self::new(method, path, "");
        call.scope = SigningScope::new(REGION, "s3");
        call
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn signed(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(self.body.clone()).unwrap();
        let auth = Auth::SigV4(self.credentials.clone());
        sigv4::sign(request, &auth, &self.scope, self.signed_at).unwrap().into_request()
    }

    pub(crate) async fn to(&self, emulator: &Emulator) -> Answer {
        send(emulator, self.signed()).await.unwrap()
    }
}

/// An answer, its body collected.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn code(&self) -> &str {
        self.header("x-amzn-errortype").split(':').next().unwrap()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn expect_refusal(&self, status: u16, code: &str, part: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.text());
        assert!(self.message().contains(part), "{part:?} is not in {:?}", self.message());
    }

    #[track_caller]
    pub(crate) fn expect_s3_refusal(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert!(self.text().contains(&format!("<Code>{code}</Code>")), "{}", self.text());
    }
}

pub(crate) async fn send(emulator: &Emulator, request: Request<Bytes>) -> Result<Answer, TransportError> {
    let response = emulator.send(request.map(Body::Whole)).await?;
    let (parts, body) = response.into_parts();
    Ok(Answer { status: parts.status, headers: parts.headers, body: body.collect(1 << 20).await? })
}

/// The body of a StartAsyncInvoke of Luma.
pub(crate) fn luma(token: Option<&str>) -> Value {
    let mut body = json!({
        "modelId": "luma.ray-v2:0",
        "modelInput": { "prompt": "a cat" },
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": "s3://demo/out" } },
    });
    if let Some(token) = token {
        body["clientRequestToken"] = token.into();
    }
    body
}

/// Starts a job and returns its ARN.
pub(crate) async fn start(emulator: &Emulator, body: &Value) -> String {
    let answer = Call::post("/async-invoke", body).to(emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["invocationArn"].as_str().unwrap().to_owned()
}

/// One GetAsyncInvoke.
pub(crate) async fn poll(emulator: &Emulator, arn: &str) -> Answer {
    let segment = bedwire::protocol::model::path_segment("invocationArn", arn).unwrap();
    Call::get(&format!("/async-invoke/{segment}")).to(emulator).await
}
