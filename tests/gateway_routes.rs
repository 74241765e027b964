//! A model of two routes that lead to different families: what one is asked, the other cannot always be.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use gateway::frames::frame;
use gateway::{Answer, NOVA, alias, over, post};
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const THROTTLED_FOR: Duration = Duration::from_secs(5);
const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";

/// A Claude that is throttled as long as it is told to be, and a Nova that always answers, but for what is too long for
/// it.
#[derive(Clone, Default)]
struct Models {
    throttles: Arc<AtomicBool>,
    is_too_long: Arc<AtomicBool>,
    of_claude: Arc<AtomicUsize>,
    of_nova: Arc<AtomicUsize>,
}

impl Transport for Models {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let path = request.uri().path().to_owned();
        let is_claude = path.contains("claude");
        if is_claude { &self.of_claude } else { &self.of_nova }.fetch_add(1, Ordering::Relaxed);
        let response = Response::builder();
        let throttled = is_claude && self.throttles.load(Ordering::Relaxed);
        let response = if throttled {
            let body = r#"{"message":"Too many requests, please wait before trying again."}"#;
            response
                .status(429)
                .header("x-amzn-errortype", "ThrottlingException")
                .body(Body::Whole(body.into()))
        } else if !is_claude && self.is_too_long.load(Ordering::Relaxed) {
            let body = r#"{"message":"Input is too long for requested model."}"#;
            response
                .status(400)
                .header("x-amzn-errortype", "ValidationException")
                .body(Body::Whole(body.into()))
        } else if path.ends_with("/count-tokens") {
            response.body(Body::Whole(r#"{"inputTokens":42}"#.into()))
        } else if path.ends_with("/invoke") {
            let message = json!({
                "type": "message", "role": "assistant", "model": "claude", "content": [{ "type": "text", "text": "Claude" }],
                "stop_reason": "end_turn", "usage": { "input_tokens": 1, "output_tokens": 1 },
            });
            response.body(Body::Whole(message.to_string().into()))
        } else if path.ends_with("-stream") {
            let frames = [
                frame("messageStart", r#"{"role":"assistant"}"#),
                frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Nova"}}"#),
                frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
                frame("messageStop", r#"{"stopReason":"end_turn"}"#),
                frame("metadata", r#"{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#),
            ];
            response.body(Body::stream(futures_util::stream::iter(frames.map(Ok)), None))
        } else {
            let name = if is_claude { "Claude" } else { "Nova" };
            let answer = json!({
                "output": { "message": { "role": "assistant", "content": [{ "text": name }] } },
                "stopReason": "end_turn", "usage": { "inputTokens": 1, "outputTokens": 1, "totalTokens": 2 },
            });
            response.body(Body::Whole(answer.to_string().into()))
        };
        Box::pin(async { Ok(response.unwrap()) })
    }
}

/// Both behind one name, the Claude first.
fn mixed(models: &Models) -> Gateway {
    let mut options = GatewayOptions::default();
    options.models = vec![alias("mix", &[CLAUDE, NOVA])];
    options.throttled_for = THROTTLED_FOR;
    over(models.clone(), options)
}

fn throttled() -> Models {
    Models { throttles: Arc::new(AtomicBool::new(true)), ..Models::default() }
}

async fn ask(gateway: &Gateway, path: &str, more: &Value) -> Answer {
    let mut body =
        json!({ "model": "mix", "max_tokens": 4096, "messages": [{ "role": "user", "content": "hi" }] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post(gateway, path, &body).await
}

/// What only the first of the models can be asked.
fn only_for_claude() -> [(&'static str, Value); 4] {
    let thinking = json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } });
    [
        (MESSAGES, thinking.clone()),
        (MESSAGES, json!({ "mood": "good" })),
        (CHAT, thinking),
        (CHAT, json!({ "reasoning_effort": "low" })),
    ]
}

/// The request is right, and its client must ask again: SDKs do after a 429, and not after a 400.
#[tokio::test(start_paused = true)]
async fn throttling_stays_throttling_where_the_next_model_cannot_be_asked() {
    for (path, only) in only_for_claude() {
        for stream in [false, true] {
            let models = throttled();
            let mut more = only.clone();
            more["stream"] = stream.into();
            let came = Instant::now();
            let answer = ask(&mixed(&models), path, &more).await;
            assert_eq!(answer.status, 429, "{path} {more}: {}", answer.text());
            // The time of the one route that could be asked, and no second round.
            assert!(came.elapsed() <= THROTTLED_FOR, "{path} {more}: {:?}", came.elapsed());
            assert_eq!(answer.json()["error"]["type"], "rate_limit_error", "{path} {more}");
            assert!(!answer.header("retry-after").is_empty(), "{path} {more}");
            assert_eq!(models.of_nova.load(Ordering::Relaxed), 0, "{path} {more}");
        }
    }
}

/// What only Bedrock knows that it cannot be asked is no other matter.
#[tokio::test(start_paused = true)]
async fn throttling_stays_throttling_where_bedrock_refuses_the_next_model() {
    for path in [MESSAGES, CHAT] {
        for stream in [false, true] {
            let models = throttled();
            models.is_too_long.store(true, Ordering::Relaxed);
            let answer = ask(&mixed(&models), path, &json!({ "stream": stream })).await;
            assert_eq!(answer.status, 429, "{path}: {}", answer.text());
            assert_eq!(answer.json()["error"]["type"], "rate_limit_error", "{path}");
            assert_eq!(models.of_nova.load(Ordering::Relaxed), 1, "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_bedrock_refuses_the_route_that_answered_last_the_first_is_asked() {
    for path in [MESSAGES, CHAT] {
        let models = throttled();
        let gateway = mixed(&models);
        assert_eq!(ask(&gateway, path, &json!({})).await.status, 200);
        models.throttles.store(false, Ordering::Relaxed);
        models.is_too_long.store(true, Ordering::Relaxed);
        let answer = ask(&gateway, path, &json!({})).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.text().contains("Claude"), "{path}: {}", answer.text());
        // It is the one that works now.
        let before = models.of_nova.load(Ordering::Relaxed);
        assert_eq!(ask(&gateway, path, &json!({})).await.status, 200);
        assert_eq!(models.of_nova.load(Ordering::Relaxed), before, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_both_can_be_asked_the_next_one_answers() {
    for path in [MESSAGES, CHAT] {
        for stream in [false, true] {
            let answer = ask(&mixed(&throttled()), path, &json!({ "stream": stream })).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert!(answer.text().contains("Nova"), "{path}: {}", answer.text());
        }
    }
}

/// Calls stay with the route that answered last. What it cannot be asked goes to the first one again.
#[tokio::test(start_paused = true)]
async fn the_route_that_answered_last_hands_back_what_it_cannot_be_asked() {
    for (path, only) in only_for_claude() {
        let models = throttled();
        let gateway = mixed(&models);
        assert_eq!(ask(&gateway, path, &json!({})).await.status, 200);
        models.throttles.store(false, Ordering::Relaxed);
        let before = models.of_claude.load(Ordering::Relaxed);
        assert!(ask(&gateway, path, &json!({})).await.text().contains("Nova"));
        assert_eq!(models.of_claude.load(Ordering::Relaxed), before, "{path}");
        let answer = ask(&gateway, path, &only).await;
        assert_eq!(answer.status, 200, "{path} {only}: {}", answer.text());
        assert!(answer.text().contains("Claude"), "{path} {only}: {}", answer.text());
    }
}

/// Another model counts other tokens, and cannot read a Claude's own body.
#[tokio::test(start_paused = true)]
async fn tokens_are_counted_by_the_first_model() {
    let models = throttled();
    let gateway = mixed(&models);
    let count = "/v1/messages/count_tokens";
    assert_eq!(ask(&gateway, count, &json!({})).await.status, 429);
    assert_eq!(models.of_nova.load(Ordering::Relaxed), 0);
    assert_eq!(ask(&gateway, CHAT, &json!({})).await.status, 200);
    models.throttles.store(false, Ordering::Relaxed);
    let (of_claude, of_nova) =
        (models.of_claude.load(Ordering::Relaxed), models.of_nova.load(Ordering::Relaxed));
    assert_eq!(ask(&gateway, count, &json!({})).await.json()["input_tokens"], 42);
    assert_eq!(models.of_claude.load(Ordering::Relaxed), of_claude + 1);
    // That it counted is no sign that it answers.
    assert!(ask(&gateway, CHAT, &json!({})).await.text().contains("Nova"));
    assert_eq!(models.of_nova.load(Ordering::Relaxed), of_nova + 1);
}

/// Clients write for the first model. That another one would take it is no reason to leave the first.
#[tokio::test(start_paused = true)]
async fn what_the_first_model_cannot_be_asked_is_refused() {
    let models = Models::default();
    let refused = ask(&mixed(&models), CHAT, &json!({ "temperature": 0.5, "top_p": 0.5 })).await;
    assert!(refused.refusal(400).starts_with("top_p"), "{}", refused.text());
    assert_eq!(models.of_claude.load(Ordering::Relaxed) + models.of_nova.load(Ordering::Relaxed), 0);
}
