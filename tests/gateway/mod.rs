//! A gateway over an emulator or a script, asked in process.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

use bedwire::Client;
use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration, example_credentials};
use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::{Body, Transport};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use std::time::Duration;

pub const REGION: &str = "us-west-2";

/// A gateway over an emulator whose jobs end at once.
pub fn offline(options: GatewayOptions) -> Gateway {
    let emulator =
        EmulatorOptions { job_duration: JobDuration::Time(Duration::ZERO), ..EmulatorOptions::default() };
    over(Emulator::new(emulator), options)
}

/// A gateway over anything that answers.
pub fn over(upstream: impl Transport, options: GatewayOptions) -> Gateway {
    let client = Client::builder().region(REGION).auth(example_credentials()).transport(upstream);
    Gateway::new(&client.build().unwrap(), options).unwrap()
}

/// An answer, its body collected.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A refusal in OpenAI's shape, its message.
    #[track_caller]
    pub fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let error = self.json()["error"].clone();
        assert!(error["type"].is_string() && error.get("param").is_some(), "{error}");
        error["message"].as_str().unwrap().to_owned()
    }
}

pub async fn get(gateway: &Gateway, path: &str) -> Answer {
    send(gateway, Method::GET, path, &[], Bytes::new()).await
}

pub async fn post(gateway: &Gateway, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    send(gateway, Method::POST, path, &headers, Bytes::from(body.to_string())).await
}

pub async fn send(
    gateway: &Gateway,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("http://127.0.0.1:8097{path}"));
    request = request.header("host", "127.0.0.1:8097");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = gateway.send(request.body(Body::Whole(body.into())).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect(usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}
