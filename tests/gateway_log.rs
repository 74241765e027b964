//! What is told of requests: the access log, and spans.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::client::Route;
use bedwire::gateway::{AccessEntry, AccessLog, Gateway, GatewayOptions, Key, KeyHash, ModelAlias};
use bedwire::protocol::model::ModelId;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use gateway::frames::{chunk, frame, streamed};
use gateway::support::{Script, answer};
use gateway::{over, post_with};
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const KEY: &str = "alices-key-which-is-long";
const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const NOVA: &str = "us.amazon.nova-lite-v1:0";

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<(String, Value)>>);

impl AccessLog for Lines {
    fn ended(&self, entry: &AccessEntry<'_>) {
        let json = serde_json::from_str(&entry.to_json()).unwrap();
        self.0.lock().unwrap().push((entry.to_string(), json));
    }
}

/// How deep in spans this thread is.
type Depth = Arc<AtomicUsize>;

/// Answers every operation but in us-east-1, where nothing is available; and notes whether a span was entered then.
#[derive(Clone, Default)]
struct Bedrock {
    depth: Depth,
    in_span: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Bedrock {
    fn note(&self, what: &str) {
        self.in_span.lock().unwrap().push((what.to_owned(), self.depth.load(Ordering::SeqCst) > 0));
    }

    fn streamed(&self, frames: Vec<Bytes>) -> Body {
        let bedrock = self.clone();
        let frames = futures_util::stream::iter(frames);
        let noted = futures_util::StreamExt::map(frames, move |frame| {
            bedrock.note("frame");
            Ok(frame)
        });
        Body::stream(noted, None)
    }
}

impl Transport for Bedrock {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let operation = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let is_east = request.uri().host().unwrap().contains("us-east-1");
        let converse = json!({
            "output": { "message": { "role": "assistant", "content": [{ "text": "Hi" }] } },
            "stopReason": "end_turn",
            "usage": { "inputTokens": 7, "outputTokens": 5, "totalTokens": 12 },
        });
        let message = json!({
            "type": "message", "role": "assistant", "model": "claude", "content": [],
            "stop_reason": "end_turn", "usage": { "input_tokens": 7, "output_tokens": 5 },
        });
        let body = match operation.as_str() {
            "converse" => Body::Whole(converse.to_string().into()),
            "invoke" => Body::Whole(message.to_string().into()),
            "count-tokens" => Body::Whole(Bytes::from_static(br#"{"inputTokens":3}"#)),
            "converse-stream" => self.streamed(vec![
                frame("messageStart", r#"{"role":"assistant"}"#),
                frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#),
                frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
                frame("messageStop", r#"{"stopReason":"end_turn"}"#),
                frame("metadata", r#"{"usage":{"inputTokens":7,"outputTokens":5},"metrics":{"latencyMs":1}}"#),
            ]),
            "invoke-with-response-stream" => self.streamed(vec![
                chunk(r#"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":7}}}"#),
                chunk(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}"#),
                chunk(r#"{"type":"message_stop"}"#),
            ]),
            _ => Body::empty(),
        };
        let response = match (is_east, body) {
            (true, _) => Response::builder().status(503).body(Body::empty()),
            (false, Body::Whole(bytes)) if bytes.is_empty() => {
                Response::builder().status(403).body(Body::empty())
            }
            (false, body) => Response::builder().status(200).body(body),
        };
        Box::pin(async move {
            self.note(&operation);
            Ok(response.unwrap())
        })
    }
}

/// A name that means these ids, each in its region.
fn alias(name: &str, routes: &[(&str, &str)]) -> ModelAlias {
    let route = |(region, id): &(&str, &str)| Route {
        region: (*region).to_owned(),
        model_id: ModelId::new(*id).unwrap(),
    };
    ModelAlias { name: name.to_owned(), routes: routes.iter().map(route).collect(), max_tokens: None }
}

fn logging(lines: &Arc<Lines>, models: Vec<ModelAlias>) -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.access_log = Some(Arc::<Lines>::clone(lines) as _);
    options.models = models;
    options
}

fn gateway(bedrock: &Bedrock, options: GatewayOptions) -> Gateway {
    over(bedrock.clone(), options)
}

fn request(model: &str, stream: bool) -> String {
    let messages = json!([{ "role": "user", "content": "hi" }]);
    json!({ "model": model, "max_tokens": 600, "stream": stream, "messages": messages }).to_string()
}

/// Upstream and region of each call that one request made last.
async fn called(models: Vec<ModelAlias>, path: &str, body: String) -> (String, Value) {
    let body = if path == "/v1/responses" {
        body.replace("\"messages\"", "\"input\"").replace("\"max_tokens\"", "\"max_output_tokens\"")
    } else {
        body
    };
    let lines = Arc::new(Lines::default());
    let gateway = gateway(&Bedrock::default(), logging(&lines, models));
    let answer = post_with(&gateway, path, &[], body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

#[tokio::test(start_paused = true)]
async fn the_log_tells_which_id_was_called_and_where() {
    // A name of the table becomes a profile, and what is an ARN goes to its own region.
    let profile =
        "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0";
    for (model, upstream, region) in [
        ("claude-sonnet-4", CLAUDE, "us-west-2"),
        (CLAUDE, CLAUDE, "us-west-2"),
        ("eu-west-1/claude-sonnet-4", "eu.anthropic.claude-sonnet-4-20250514-v1:0", "eu-west-1"),
        (profile, profile, "eu-west-1"),
    ] {
        for (path, stream) in [
            ("/v1/chat/completions", false),
            ("/v1/chat/completions", true),
            ("/v1/responses", false),
            ("/v1/responses", true),
            ("/v1/messages", false),
            ("/v1/messages", true),
        ] {
            let (text, json) = called(Vec::new(), path, request(model, stream)).await;
            assert!(text.contains(&format!(" upstream={upstream} region={region} ")), "{text}");
            assert_eq!((&json["upstream_model"], &json["region"]), (&upstream.into(), &region.into()));
        }
    }
    // Where profiles are not taken, it is the base id.
    let (text, _) = called(
        vec![alias("short", &[("us-west-2", "claude-sonnet-4")])],
        "/model/short/count-tokens",
        r#"{"input":{}}"#.to_owned(),
    )
    .await;
    assert!(text.contains(" upstream=anthropic.claude-sonnet-4-20250514-v1:0 region=us-west-2 "), "{text}");
}

#[tokio::test(start_paused = true)]
async fn after_a_fallback_it_tells_the_route_that_answered() {
    let mixed = vec![alias("mixed", &[("us-east-1", CLAUDE), ("us-west-2", "nova-lite")])];
    for (path, stream, operation) in [
        ("/v1/chat/completions", false, "Converse"),
        ("/v1/chat/completions", true, "ConverseStream"),
        ("/v1/responses", false, "Converse"),
        ("/v1/responses", true, "ConverseStream"),
        ("/v1/messages", false, "Converse"),
        ("/v1/messages", true, "ConverseStream"),
    ] {
        let (text, json) = called(mixed.clone(), path, request("mixed", stream)).await;
        assert!(text.contains(&format!(" upstream={NOVA} region=us-west-2 ")), "{text}");
        assert_eq!((&json["operation"], &json["stop_reason"]), (&operation.into(), &"end_turn".into()));
        assert_eq!((&json["input_tokens"], &json["output_tokens"]), (&7.into(), &5.into()), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_reserved_once_where_a_route_leaves_claude() {
    for stream in [false, true] {
        let lines = Arc::new(Lines::default());
        let mixed = vec![alias("mixed", &[("us-east-1", CLAUDE), ("us-west-2", NOVA)])];
        let mut options = logging(&lines, mixed);
        let mut key = Key::new("alice", KeyHash::of(KEY.as_bytes()));
        // Room for 600 once.
        key.tokens_per_minute = Some(1000);
        options.keys = vec![key];
        let gateway = gateway(&Bedrock::default(), options);
        let headers = [("x-api-key", KEY)];
        let answer = post_with(&gateway, "/v1/messages", &headers, request("mixed", stream)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains("end_turn"), "{}", answer.text());
        // It took 12 of them, so that there is room for another; not for two.
        let (next, after) = (request("mixed", stream), request("mixed", stream));
        assert_eq!(post_with(&gateway, "/v1/messages", &headers, next).await.status, 200);
        let more = after.replace("600", "990");
        assert_eq!(post_with(&gateway, "/v1/messages", &headers, more).await.status, 429);
    }
}

#[tokio::test]
async fn what_ends_is_logged_and_counted_without_keys_and_prompts() {
    let lines = Arc::new(Lines::default());
    let mut options = logging(&lines, Vec::new());
    options.keys = vec![Key::new("alice", KeyHash::of(KEY.as_bytes()))];
    let gateway = gateway(&Bedrock::default(), options);
    let prompt = "{\"messages\":\"secret-prompt";
    post_with(&gateway, "/v1/chat/completions?secret-query", &[("x-api-key", KEY)], prompt).await;
    let wrong = [("authorization", "Bearer secret-wrong-key")];
    post_with(&gateway, "/v1/chat/completions", &wrong, "").await;
    post_with(&gateway, "/secret-path", &[], "").await;
    let metrics = Request::get("http://127.0.0.1/metrics").body(Body::empty()).unwrap();
    let metrics = gateway.send(metrics).await.unwrap().into_body().collect(1 << 20).await.unwrap();
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    let logged = std::mem::take(&mut *lines.0.lock().unwrap());
    let [first, second, third, _] = &logged[..] else { panic!("{logged:?}") };
    assert!(first.0.contains(" chat_completions key=alice "), "{first:?}");
    assert_eq!((&second.1["status"], &second.1["error"]), (&401.into(), &"unauthenticated".into()));
    assert!(second.1.get("key").is_none());
    assert!(third.0.contains(" 401 none "), "{third:?}");
    assert!(metrics.contains(r#"bedwire_failures_total{kind="unauthenticated"} 2"#), "{metrics}");
    let all = format!("{logged:?}{metrics}");
    for secret in [KEY, "secret-"] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
}

#[tokio::test]
async fn counts_of_an_upstream_that_no_sum_can_hold_are_the_highest_number() {
    let most = u64::MAX;
    let converse = json!({
        "output": { "message": { "role": "assistant", "content": [{ "text": "Hi" }] } }, "stopReason": "end_turn",
        "usage": { "inputTokens": most, "outputTokens": most, "totalTokens": most,
            "cacheReadInputTokens": most, "cacheWriteInputTokens": most },
    });
    let message = json!({
        "type": "message", "role": "assistant", "model": "claude", "content": [], "stop_reason": "end_turn",
        "usage": { "input_tokens": most, "output_tokens": most,
            "cache_read_input_tokens": most, "cache_creation_input_tokens": most },
    });
    for (path, model, said) in [("/v1/chat/completions", NOVA, converse), ("/v1/messages", CLAUDE, message)] {
        let lines = Arc::new(Lines::default());
        let mut options = logging(&lines, Vec::new());
        let mut key = Key::new("alice", KeyHash::of(KEY.as_bytes()));
        key.tokens_per_minute = Some(most);
        options.keys = vec![key];
        let answers = [answer(200, &[], &said.to_string()), answer(200, &[], &said.to_string())];
        let gateway = over(Script::new(answers), options);
        for _ in 0..2 {
            let answer = post_with(&gateway, path, &[("x-api-key", KEY)], request(model, false)).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let logged = std::mem::take(&mut *lines.0.lock().unwrap());
        assert_eq!(logged.len(), 2);
        assert!(logged.iter().all(|(line, _)| line.contains(&format!(" cached={most} "))), "{logged:?}");
        let metrics =
            Request::get("http://127.0.0.1/metrics").header("x-api-key", KEY).body(Body::empty()).unwrap();
        let metrics = gateway.send(metrics).await.unwrap().into_body().collect(1 << 20).await.unwrap();
        let metrics = String::from_utf8(metrics.to_vec()).unwrap();
        assert_eq!(metrics.matches(&format!("}} {most}\n")).count(), 4, "{metrics}");
    }
}

/// Claude leaves what a compaction took out of its own counts, and it is billed.
#[tokio::test]
async fn what_a_compaction_took_is_counted() {
    let iterations = r#"[{"type":"compaction","input_tokens":1000,"output_tokens":300},{"type":"message","input_tokens":7,"output_tokens":5}]"#;
    let usage = format!(r#""usage":{{"input_tokens":7,"output_tokens":5,"iterations":{iterations}}}"#);
    let whole = format!(r#"{{"type":"message","content":[],"stop_reason":"end_turn",{usage}}}"#);
    let start = r#"{"type":"message_start","message":{"model":"m","usage":{"input_tokens":7}}}"#;
    let delta = format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"end_turn"}},{usage}}}"#);
    let chunks = [start, &delta, r#"{"type":"message_stop"}"#].map(|json| Ok(chunk(json)));
    for (streams, step) in [(false, answer(200, &[], &whole)), (true, streamed(chunks))] {
        let lines = Arc::new(Lines::default());
        let gateway = over(Script::new([step]), logging(&lines, Vec::new()));
        let answer = post_with(&gateway, "/v1/messages", &[], request(CLAUDE, streams)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let logged = std::mem::take(&mut *lines.0.lock().unwrap());
        assert!(logged[0].0.contains(" in=1007 out=305 "), "{logged:?}");
    }
}

/// A subscriber that keeps what is recorded, and knows whether a span is entered.
#[derive(Clone, Default)]
struct Recorded {
    fields: Arc<Mutex<Vec<(String, String)>>>,
    depth: Depth,
}

impl tracing::field::Visit for Recorded {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.fields.lock().unwrap().push((field.name().to_owned(), format!("{value:?}")));
    }
}

impl tracing::Subscriber for Recorded {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "bedwire::gateway"
    }

    fn new_span(&self, attributes: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        attributes.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &tracing::span::Id) {
        self.depth.fetch_add(1, Ordering::SeqCst);
    }

    fn exit(&self, _: &tracing::span::Id) {
        self.depth.fetch_sub(1, Ordering::SeqCst);
    }

    fn try_close(&self, _: tracing::span::Id) -> bool {
        self.fields.lock().unwrap().push(("closed".to_owned(), String::new()));
        true
    }
}

fn assert_recorded(recorded: &Recorded, wanted: &[(&str, &str)]) {
    let fields = recorded.fields.lock().unwrap();
    for (name, value) in wanted {
        let wanted = ((*name).to_owned(), (*value).to_owned());
        assert_eq!(fields.iter().filter(|found| **found == wanted).count(), 1, "{wanted:?} in {fields:?}");
    }
}

#[tokio::test]
async fn a_refused_request_is_a_span_with_the_names_of_genai() {
    let recorded = Recorded::default();
    let mut options = GatewayOptions::default();
    options.keys = vec![Key::new("alice", KeyHash::of(KEY.as_bytes()))];
    let gateway = gateway(&Bedrock::default(), options);
    let _guard = tracing::subscriber::set_default(recorded.clone());
    post_with(&gateway, "/v1/chat/completions", &[("x-api-key", "wrong")], "").await;
    post_with(&gateway, "/healthz", &[], "").await;
    let wanted = [
        ("gen_ai.operation.name", "\"chat\""),
        ("gen_ai.provider.name", "\"aws.bedrock\""),
        ("http.response.status_code", "401"),
        ("error.type", "\"unauthenticated\""),
        ("closed", ""),
    ];
    assert_recorded(&recorded, &wanted);
}

#[tokio::test]
async fn a_span_is_entered_while_its_request_is_worked_on_and_ends_with_its_tokens() {
    for (path, stream) in [
        ("/v1/chat/completions", false),
        ("/v1/chat/completions", true),
        ("/v1/messages", false),
        ("/v1/messages", true),
    ] {
        let recorded = Recorded::default();
        let bedrock = Bedrock { depth: Arc::clone(&recorded.depth), ..Bedrock::default() };
        let gateway = gateway(&bedrock, GatewayOptions::default());
        let guard = tracing::subscriber::set_default(recorded.clone());
        let answer = post_with(&gateway, path, &[], request(CLAUDE, stream)).await;
        drop(guard);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let in_span = bedrock.in_span.lock().unwrap();
        assert!(in_span.len() > usize::from(stream), "{in_span:?}");
        assert!(in_span.iter().all(|(_, is_in)| *is_in), "{path} {stream}: {in_span:?}");
        assert_eq!(recorded.depth.load(Ordering::SeqCst), 0, "what is entered is left");
        let name = format!("\"chat {CLAUDE}\"");
        let model = format!("{CLAUDE:?}");
        let wanted = [
            ("otel.name", name.as_str()),
            ("gen_ai.request.model", &model),
            ("gen_ai.response.model", &model),
            ("cloud.region", "\"us-west-2\""),
            ("gen_ai.usage.input_tokens", "7"),
            ("gen_ai.usage.output_tokens", "5"),
            ("gen_ai.response.finish_reasons", "[\"end_turn\"]"),
            ("http.response.status_code", "200"),
            ("closed", ""),
        ];
        assert_recorded(&recorded, &wanted);
    }
}
