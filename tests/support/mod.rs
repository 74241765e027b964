//! What several tests share: a transport that plays a script, and a client over it.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::client::ClientBuilder;
use bedwire::protocol::eventstream::{HeaderValue, encode};
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const ACCESS_KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////wEaCXVz";

/// A request and when it came.
pub type Seen = (tokio::time::Instant, http::Request<Body>);

/// What a scripted attempt does.
pub enum Step {
    Answer(http::Response<Body>),
    Fail(WireFailure),
    Never,
}

/// Plays its steps in turn; the last one repeats where it can.
#[derive(Clone, Default)]
pub struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Self::default() }
    }

    /// The requests that came, each with its time.
    pub fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }

    /// The time between the first two requests.
    pub fn waited(&self) -> Duration {
        let seen = self.seen();
        seen[1].0 - seen[0].0
    }

    pub fn count(&self) -> usize {
        self.seen().len()
    }
}

impl Transport for Script {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        self.seen.lock().unwrap().push((tokio::time::Instant::now(), request));
        let step = self.steps.lock().unwrap().pop_front().expect("the script has no further step");
        Box::pin(async move {
            match step {
                Step::Answer(response) => Ok(response),
                Step::Fail(failure) => Err(TransportError::new(failure, "scripted")),
                Step::Never => std::future::pending().await,
            }
        })
    }
}

/// An answer with headers and a body.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Step {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Step::Answer(response.body(Body::Whole(body.to_owned().into())).unwrap())
}

pub fn ok() -> Step {
    answer(200, &[("content-type", "application/json")], r#"{"ok":true}"#)
}

pub fn refusal(status: u16, code: &str, message: &str) -> Step {
    let errortype = format!("{code}:http://internal.amazon.com/coral/com.amazon.bedrock/");
    answer(
        status,
        &[("x-amzn-errortype", &errortype)],
        &serde_json::json!({ "message": message }).to_string(),
    )
}

pub fn throttled() -> Step {
    refusal(429, "ThrottlingException", "Too many requests, please wait before trying again.")
}

pub fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY_ID, SECRET, Some(SESSION_TOKEN.into()), None, "test")
}

pub fn builder(script: &Script) -> ClientBuilder {
    Client::builder().region("us-west-2").auth(credentials()).transport(script.clone())
}

pub fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A frame of a stream, as Bedrock writes it: what kind of message it is, and its name.
pub fn framed(message_type: &str, name_header: &str, name: &str, payload: &str) -> Bytes {
    let text = |value| HeaderValue::String(value);
    let headers = [
        (name_header, text(name)),
        (":content-type", text("application/json")),
        (":message-type", text(message_type)),
    ];
    encode(headers, payload.as_bytes()).unwrap()
}
