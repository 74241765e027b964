//! A gateway over an emulator or a script, asked in process.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

#[path = "../answer/mod.rs"]
mod answer;

pub(crate) use answer::Answer;

use bedwire::Client;
use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration, example_credentials};
use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::{Body, Transport};
use bytes::Bytes;
use http::{Method, Request};
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

pub(crate) async fn get(gateway: &Gateway, path: &str) -> Answer {
    send(gateway, Method::GET, path, &[], Bytes::new()).await
}

pub(crate) async fn post(gateway: &Gateway, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    send(gateway, Method::POST, path, &headers, Bytes::from(body.to_string())).await
}

pub(crate) async fn send(
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
    Answer::collect(gateway.send(request.body(Body::Whole(body.into())).unwrap()).await.unwrap()).await
}
