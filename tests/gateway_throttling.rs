//! What becomes of a request that Bedrock has no room for.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use gateway::support::{Script, Step, answer, refusal, throttled};
use gateway::{Answer, json_request, options, over, post, post_with};
use http::{Request, Response};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

fn chat(model: &str) -> String {
    json!({ "model": model, "messages": [{ "role": "user", "content": "Hi" }] }).to_string()
}

/// A refusal with a header of its own.
fn asks(status: u16, code: &str, message: &str, header: (&str, &str)) -> Step {
    let body = json!({ "message": message }).to_string();
    answer(status, &[("x-amzn-errortype", code), header], &body)
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_to_wait_as_long_as_the_service_asked() {
    const THROTTLING: &str = "ThrottlingException";
    const BUSY: &str = "Too many requests, please wait before trying again.";
    const DAY: &str = "Too many tokens per day, please wait before trying again.";
    for (status, code, message, header, retry_after) in [
        (429, THROTTLING, BUSY, ("retry-after", "37"), 37),
        // Waited for in part only, as by the AWS SDKs; it is what was asked for all the same.
        (429, THROTTLING, BUSY, ("x-amz-retry-after", "45000"), 45),
        // More than is ever waited for.
        (429, THROTTLING, BUSY, ("retry-after", "900"), 900),
        (429, THROTTLING, DAY, ("x-amzn-requestid", "r"), 3600),
        (503, "ServiceUnavailableException", "Come again.", ("retry-after", "20"), 20),
    ] {
        let refusals = std::iter::repeat_with(|| asks(status, code, message, header)).take(50);
        let gateway = over(Script::new(refusals), options());
        let said = post_with(&gateway, "/v1/chat/completions", &[], chat("nova")).await;
        assert_eq!(said.status, status, "{}", said.text());
        assert_eq!(said.header("retry-after"), retry_after.to_string(), "{message} {header:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_when_the_pacing_lets_a_call_go_again() {
    let script = Script::new(std::iter::repeat_with(throttled).take(100));
    let gateway = over(script.clone(), options());
    let said = post_with(&gateway, "/v1/chat/completions", &[], chat("nova")).await;
    assert_eq!(said.status, 429, "{}", said.text());
    let retry_after: u64 = said.header("retry-after").parse().unwrap();
    let came = Instant::now();
    let sent = script.count();
    tokio::time::sleep(Duration::from_secs(retry_after)).await;
    // Who comes again then is sent at once.
    post_with(&gateway, "/v1/chat/completions", &[], chat("nova")).await;
    let next = script.seen()[sent].0 - came;
    assert_eq!(next, Duration::from_secs(retry_after));
    assert!(retry_after > 1, "{retry_after}");
}

fn streamed(path: &str) -> Request<Body> {
    let body = json!({ "model": "nova", "max_tokens": 9, "messages": [{ "role": "user", "content": "Hi" }], "stream": true });
    json_request(path, &[], body.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_in_vain_for_its_turn_is_refused_with_429() {
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let script = Script::new(std::iter::repeat_with(throttled).take(100));
        let gateway = over(script.clone(), options());
        let came = Instant::now();
        // The second waits behind the first.
        let (first, second) = tokio::join!(gateway.send(streamed(path)), gateway.send(streamed(path)));
        assert!(came.elapsed() > Duration::from_secs(10), "{:?}", came.elapsed());
        for said in [first.unwrap(), second.unwrap()] {
            let said = Answer::collect(said).await;
            assert_eq!(said.status, 429, "{}", said.text());
            assert!(said.header("retry-after").parse::<u64>().is_ok(), "{:?}", said.headers);
            assert_eq!(said.json()["error"]["type"], "rate_limit_error");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_told_of_when_the_model_has_it_and_thinks() {
    for (path, heartbeat) in [("/v1/chat/completions", ": "), ("/v1/messages", "event: ping")] {
        let script = Script::new([throttled(), throttled(), throttled(), throttled(), Step::Never]);
        let mut options = options();
        options.heartbeat = Duration::from_secs(12);
        let gateway = over(script.clone(), options);
        let mut said = gateway.send(streamed(path)).await.unwrap();
        assert_eq!(said.status(), 200);
        let sent = script.seen().last().unwrap().0;
        assert_eq!((script.count(), sent.elapsed()), (5, Duration::from_secs(10)));
        let first = said.body_mut().chunk().await.unwrap().unwrap();
        assert!(first.starts_with(heartbeat.as_bytes()), "{first:?}");
        assert_eq!(sent.elapsed(), Duration::from_secs(22));
    }
}

/// Thinks about the first call, and then refuses it; has no room for any other.
#[derive(Clone, Default)]
struct ThinksOnce(Arc<AtomicUsize>);

impl Transport for ThinksOnce {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let is_first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            let step = if is_first {
                tokio::time::sleep(Duration::from_secs(12)).await;
                refusal(400, "ValidationException", "Input is too long for requested model.")
            } else {
                throttled()
            };
            let Step::Answer(answer) = step else { panic!("an answer") };
            Ok(answer)
        })
    }
}

/// One of two answers has long been with Bedrock when it fails, and the other one still waits for its turn.
#[tokio::test(start_paused = true)]
async fn an_answer_that_thinks_is_heard_while_another_one_waits_for_its_turn() {
    let gateway = over(ThinksOnce::default(), options());
    let body =
        json!({ "model": "nova", "messages": [{ "role": "user", "content": "Hi" }], "stream": true, "n": 2 });
    let came = Instant::now();
    let said = post(&gateway, "/v1/chat/completions", &body).await;
    assert!(said.refusal(400).contains("too long"), "{}", said.text());
    assert_eq!(came.elapsed().as_secs(), 12);
}
