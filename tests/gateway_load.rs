//! Many requests at once over a Bedrock that throttles some and cuts some: each is answered, once, with what is its own.
//! `BEDWIRE_LOAD_REQUESTS` and `BEDWIRE_LOAD_CONCURRENCY` set how many; 8,000 at 256 at once where they are unset.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use futures_util::StreamExt as _;
use gateway::completion::{Completion, read_stream};
use gateway::frames::frame;
use gateway::{NOVA, over, post};
use http::{Request, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Answers with the prompt that it is asked. Of 100 calls, five are throttled and one is cut.
#[derive(Clone, Default)]
struct Echo(Arc<Counts>);

#[derive(Default)]
struct Counts {
    calls: AtomicU64,
    throttled: AtomicU64,
    cut: AtomicU64,
    /// How often each prompt was answered whole.
    answered: Mutex<HashMap<String, usize>>,
}

enum Fate {
    Answered,
    Throttled,
    Cut,
}

impl Echo {
    /// Spread over the calls without a pattern that retries could fall in with.
    fn fate(&self) -> Fate {
        let call = self.0.calls.fetch_add(1, Ordering::Relaxed);
        let mut mixed = call.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        match (mixed ^ (mixed >> 31)) % 100 {
            0..5 => Fate::Throttled,
            5 => Fate::Cut,
            _ => Fate::Answered,
        }
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let is_stream = request.uri().path().ends_with("/converse-stream");
        let body = request.into_body().collect(usize::MAX).await?;
        // The others that are at once are in between.
        tokio::time::sleep(Duration::from_millis(1)).await;
        match self.fate() {
            Fate::Throttled => {
                self.0.throttled.fetch_add(1, Ordering::Relaxed);
                let refusal = Response::builder()
                    .status(429)
                    .header("x-amzn-errortype", "ThrottlingException")
                    .body(Body::Whole(
                        r#"{"message":"Too many requests, please wait before trying again."}"#.into(),
                    ));
                return Ok(refusal.unwrap());
            }
            Fate::Cut => {
                let cut = self.0.cut.fetch_add(1, Ordering::Relaxed);
                if is_stream || cut.is_multiple_of(2) {
                    return Err(TransportError::new(WireFailure::NoResponse, "cut"));
                }
                let half = Ok(Bytes::from_static(b"{\"output\":{\"message\":"));
                let end = Err(TransportError::new(WireFailure::CutBody, "cut"));
                return Ok(Response::new(Body::stream(futures_util::stream::iter([half, end]), None)));
            }
            Fate::Answered => {}
        }
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let prompt = asked["messages"][0]["content"][0]["text"].as_str().unwrap().to_owned();
        let answer = if is_stream { streamed(&prompt) } else { whole(&prompt) };
        *self.0.answered.lock().unwrap().entry(prompt).or_default() += 1;
        Ok(answer)
    }
}

impl Transport for Echo {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.answer(request))
    }
}

const USAGE: &str = r#"{"inputTokens":1,"outputTokens":1,"totalTokens":2}"#;

fn whole(text: &str) -> Response<Body> {
    let usage: Value = serde_json::from_str(USAGE).unwrap();
    let message = json!({ "role": "assistant", "content": [{ "text": text }] });
    let answer = json!({ "output": { "message": message }, "stopReason": "end_turn", "usage": usage });
    Response::new(Body::Whole(answer.to_string().into()))
}

fn streamed(text: &str) -> Response<Body> {
    let usage: Value = serde_json::from_str(USAGE).unwrap();
    let (first, second) = text.split_at(text.len() / 2);
    let delta =
        |text| frame("contentBlockDelta", &json!({ "contentBlockIndex": 0, "delta": { "text": text } }));
    let frames = [
        frame("messageStart", &json!({ "role": "assistant" })),
        delta(first),
        delta(second),
        frame("contentBlockStop", &json!({ "contentBlockIndex": 0 })),
        frame("messageStop", &json!({ "stopReason": "end_turn" })),
        frame("metadata", &json!({ "usage": usage })),
    ];
    let frames = futures_util::stream::iter(frames.map(Ok));
    let spaced = frames.then(async |frame| {
        tokio::task::yield_now().await;
        frame
    });
    Response::new(Body::stream(Box::pin(spaced), None))
}

/// Asks with a text that is nobody else's, every second time for a stream.
async fn ask(gateway: &Gateway, number: usize) -> Duration {
    let nonce = format!("nonce-{number}-{:016x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut body = json!({ "model": NOVA, "messages": [{ "role": "user", "content": nonce }] });
    let is_stream = number.is_multiple_of(2);
    body["stream"] = json!(is_stream);
    let started = Instant::now();
    let answer = post(gateway, "/v1/chat/completions", &body).await;
    assert_eq!(answer.status, 200, "{nonce}: {}", answer.text());
    let completion = if is_stream {
        read_stream(&answer.text(), &nonce)
    } else {
        Completion::read(&answer.json(), &nonce)
    };
    assert_eq!(completion.content.as_deref(), Some(&*nonce));
    started.elapsed()
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// The memory of this process in KiB, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

// Time stands still but where all wait: what is measured is what was waited, and a run is short.
#[tokio::test(start_paused = true)]
async fn none_is_lost_mixed_up_or_answered_twice() {
    let (requests, at_once) =
        (number("BEDWIRE_LOAD_REQUESTS", 8_000), number("BEDWIRE_LOAD_CONCURRENCY", 256));
    let echo = Echo::default();
    let gateway = over(echo.clone(), GatewayOptions::default());
    let (started, clock) = (Instant::now(), std::time::Instant::now());
    let mut took = Vec::with_capacity(requests);
    let mut early = None;
    let mut answers = futures_util::stream::iter((0..requests).map(|number| ask(&gateway, number)))
        .buffer_unordered(at_once);
    while let Some(one) = answers.next().await {
        took.push(one);
        if took.len() == requests / 4 {
            early = memory();
        }
    }
    let (waited, elapsed) = (started.elapsed(), clock.elapsed());
    let late = memory();
    took.sort_unstable();
    let at = |part: usize| took[(took.len() - 1) * part / 1000];
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{requests} requests at {at_once} at once waited {waited:.1?} and took {elapsed:.1?}: {} calls, {} throttled, {} cut; \
         p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}, last {:.1?}; memory {early:?} KiB at a quarter, {late:?} KiB at the end",
        count(&echo.0.calls),
        count(&echo.0.throttled),
        count(&echo.0.cut),
        at(500),
        at(990),
        at(999),
        at(1000),
    );
    let answered = echo.0.answered.lock().unwrap();
    assert_eq!((took.len(), answered.len()), (requests, requests));
    assert!(answered.values().all(|times| *times == 1), "some were asked twice");
    assert!(count(&echo.0.throttled) > 0 && count(&echo.0.cut) > 0);
}
