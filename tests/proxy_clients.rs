//! boto3, the OpenAI client for Python and a browser, each against a proxy on a socket. Python's packages come from
//! PyPI, the browser from the system; the tests skip with a word where they are not to be had.
#![cfg(feature = "cli")]

mod python;

use bedwire::Client;
use bedwire::emulator::{Emulator, EmulatorOptions, example_credentials};
use bedwire::protocol::eventstream::{HeaderValue, encode};
use bedwire::proxy::{Proxy, ProxyOptions};
use bedwire::transport::reqwest::Network;
use bedwire::transport::{Body, BoxFuture, NetworkSettings, Transport, TransportError, serve};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The emulator, and beside it the one path that it has not: what Bedrock answers to OpenAI's clients.
struct Upstream(Emulator);

impl Transport for Upstream {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        match request.uri().path() {
            "/openai/v1/chat/completions" => Box::pin(async move { Ok(chat(request).await) }),
            "/model/long/converse-stream" => Box::pin(async { Ok(thousand_events()) }),
            _ => self.0.send(request),
        }
    }
}

async fn chat(request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let authorization = parts.headers["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 ") && authorization.contains("/us-west-2/bedrock/"));
    assert!(!authorization.contains("sk-anything"));
    let body: serde_json::Value = serde_json::from_slice(&body.collect(1 << 20).await.unwrap()).unwrap();
    let answer = |kind: &str, object: &str, choice: serde_json::Value| {
        json!({"id": "c1", "object": object, "created": 1, "model": "m", "choices": [choice], "kind": kind})
            .to_string()
    };
    if body["stream"] != true {
        let message = json!({"role": "assistant", "content": "Hello"});
        let choice = json!({"index": 0, "finish_reason": "stop", "message": message});
        return respond("application/json", answer("whole", "chat.completion", choice));
    }
    let chunk = |text: &str| {
        let choice = json!({"index": 0, "delta": {"content": text}});
        format!("data: {}\n\n", answer("chunk", "chat.completion.chunk", choice))
    };
    respond("text/event-stream", format!("{}{}data: [DONE]\n\n", chunk("Hel"), chunk("lo")))
}

fn thousand_events() -> Response<Body> {
    let headers = [(":event-type", HeaderValue::String("contentBlockDelta"))];
    let event = move |n: usize| {
        encode(headers, json!({"delta": {"text": n.to_string()}}).to_string().as_bytes()).unwrap()
    };
    let stream = futures_util::stream::unfold(0, move |n| async move {
        if n == 500 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        (n < 1000).then(|| (Ok(event(n)), n + 1))
    });
    let response = Response::builder().header("content-type", "application/vnd.amazon.eventstream");
    response.body(Body::stream(stream, None)).unwrap()
}

fn respond(content_type: &str, body: String) -> Response<Body> {
    Response::builder().header("content-type", content_type).body(Body::Whole(body.into())).unwrap()
}

/// The URL of a proxy that listens as long as the runtime lives.
fn start(runtime: &Runtime, options: ProxyOptions) -> String {
    let upstream = Upstream(Emulator::new(EmulatorOptions::default()));
    let client = Client::builder().region("us-west-2").auth(example_credentials()).transport(upstream);
    let proxy = Proxy::new(client.build().unwrap(), options);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(serve(listener, Arc::new(proxy), std::future::pending()));
    url
}

#[test]
fn boto3_and_the_openai_client_work_through_it() {
    let Some(python) = python::with("proxy-clients", &["boto3", "openai"]) else { return };
    let runtime = Runtime::new().unwrap();
    let verify = ProxyOptions { verify: true, ..ProxyOptions::default() };
    let (plain, verifying) = (start(&runtime, ProxyOptions::default()), start(&runtime, verify));
    let run = python::script(&python, "tests/proxy/clients.py")
        .args([&plain, &verifying])
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "not the secret")
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&run.stdout));
    assert!(run.status.success(), "{}", python::said(&run));
}

#[test]
fn a_browser_shows_the_page() {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let runs = |name: &&str| {
        std::process::Command::new(name).arg("--version").output().is_ok_and(|run| run.status.success())
    };
    let Some(browser) = names.into_iter().find(runs) else {
        return println!("SKIPPED: there is no Chromium; apt-get install chromium brings it");
    };
    let runtime = Runtime::new().unwrap();
    let url = start(&runtime, ProxyOptions::default());
    let network = Network::new(&NetworkSettings::default()).unwrap();
    let prompt = r#"{"messages":[{"role":"user","content":[{"text":"<img src=x onerror=alert(1)>"}]}]}"#;
    for path in ["/model/us.amazon.nova-lite-v1%3A0/converse", "/model/long/converse-stream"] {
        let request = Request::post(format!("{url}{path}")).body(Body::Whole(Bytes::from(prompt))).unwrap();
        runtime.block_on(async {
            network.send(request).await.unwrap().into_body().collect(1 << 24).await.unwrap()
        });
    }
    let profile = tempfile::tempdir().unwrap();
    let shown = runtime.block_on(async {
        let mut command = tokio::process::Command::new(browser);
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=4000",
            "--dump-dom",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg(format!("{url}/_bedwire/"));
        let run = command.kill_on_drop(true).output();
        tokio::time::timeout(Duration::from_mins(2), run).await.expect("the browser ends").unwrap()
    });
    let dom = String::from_utf8_lossy(&shown.stdout);
    assert!(dom.contains(r#"data-ready="true""#), "{dom}{}", String::from_utf8_lossy(&shown.stderr));
    assert!(dom.contains("2 exchanges") && dom.contains("Canonical request"), "{dom}");
    assert_eq!(dom.matches(r#"<tr class="frame">"#).count(), 1000);
    assert!(dom.contains("1000 frames") && dom.contains("longest gap 1"), "the gap of 100 ms is shown");
    assert!(dom.contains("&lt;img src=x") && !dom.contains("<img"), "a prompt is text");
    assert!(dom.contains("the server's view computes the same signature"));
}
