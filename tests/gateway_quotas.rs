//! Tokens a minute: what every kind of call takes of them, and what is left to who goes away.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::{AccessEntry, AccessLog, Gateway, Key, KeyHash};
use bedwire::transport::{Body, Transport as _};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};
use gateway::frames::{chunk, frame, streamed, streamed_body};
use gateway::support::{Script, Step, answer, refusal};
use gateway::{CLAUDE, NOVA, json_request, options, over, post_with};
use http::Response;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KEY: &str = "alices-key-which-is-long";
const HEADERS: [(&str, &str); 1] = [("x-api-key", KEY)];

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<Value>>);

impl AccessLog for Lines {
    fn ended(&self, entry: &AccessEntry<'_>) {
        self.0.lock().unwrap().push(serde_json::from_str(&entry.to_json()).unwrap());
    }
}

/// A gateway whose key may have 1000 tokens a minute.
fn gateway(steps: impl IntoIterator<Item = Step>) -> (Gateway, Script, Arc<Lines>) {
    let (script, lines) = (Script::new(steps), Arc::new(Lines::default()));
    let mut options = options();
    let mut key = Key::new("alice", KeyHash::of(KEY.as_bytes()));
    key.tokens_per_minute = Some(1000);
    options.keys = vec![key];
    options.access_log = Some(Arc::<Lines>::clone(&lines) as _);
    (over(script.clone(), options), script, lines)
}

/// What a request for this many tokens is answered: by a shape, or by Bedrock's own path.
async fn asks(gateway: &Gateway, path: &str, max_tokens: u64) -> u16 {
    let message = json!([{ "role": "user", "content": "hi" }]);
    let body = json!({ "model": "nova", "max_tokens": max_tokens, "messages": message });
    post_with(gateway, path, &HEADERS, body.to_string()).await.status.as_u16()
}

const CHAT: &str = "/v1/chat/completions";

/// Frames as they come, and then silence.
fn silent_after(frames: Vec<Bytes>) -> Step {
    let frames = futures_util::stream::iter(frames).map(Ok);
    streamed_body(Body::stream(frames.chain(futures_util::stream::pending()), None))
}

/// Reads what is there of an answer, and goes away.
async fn read_and_leave(gateway: &Gateway, path: &str, body: &Value) -> String {
    let mut answer = gateway.send(json_request(path, &HEADERS, body.to_string())).await.unwrap();
    assert_eq!(answer.status(), 200);
    let mut read = Vec::new();
    while let Some(Some(piece)) = answer.body_mut().chunk().now_or_never() {
        read.extend_from_slice(&piece.unwrap());
    }
    String::from_utf8_lossy(&read).into_owned()
}

fn of_claude() -> Vec<Bytes> {
    [
        r#"{"type":"message_start","message":{"model":"m","content":[],"usage":{"input_tokens":10,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"many words"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":20}}"#,
        r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":20}}"#,
    ]
    .map(chunk)
    .to_vec()
}

fn of_converse() -> Vec<Bytes> {
    vec![
        frame("messageStart", r#"{"role":"assistant"}"#),
        frame("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"many words"}}"#),
        frame("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        frame("messageStop", r#"{"stopReason":"end_turn"}"#),
        frame("metadata", r#"{"usage":{"inputTokens":10,"outputTokens":20},"metrics":{"latencyMs":1}}"#),
    ]
}

/// A path and a body that stream an answer, and what Bedrock answers to it.
fn streams() -> [(&'static str, Value, Vec<Bytes>); 7] {
    let said = json!([{ "role": "user", "content": "hi" }]);
    let ask = |model: &str| json!({ "model": model, "max_tokens": 1000, "stream": true, "messages": said });
    let mut with_tools = ask("claude");
    with_tools["tools"] = json!([{ "type": "function", "function": { "name": "f" } }]);
    let items = json!({ "model": "nova", "max_output_tokens": 1000, "stream": true, "input": said });
    let native = json!({ "max_tokens": 1000, "messages": said });
    let converse = json!({ "inferenceConfig": { "maxTokens": 1000 }, "messages": [] });
    [
        ("/v1/messages", ask("claude"), of_claude()),
        (CHAT, with_tools, of_claude()),
        (CHAT, ask("nova"), of_converse()),
        ("/v1/messages", ask("nova"), of_converse()),
        ("/v1/responses", items, of_converse()),
        ("/model/claude/invoke-with-response-stream", native, of_claude()),
        ("/model/nova/converse-stream", converse, of_converse()),
    ]
}

#[tokio::test(start_paused = true)]
async fn who_leaves_a_stream_before_its_count_has_taken_what_was_reserved() {
    for (path, body, frames) in streams() {
        // With the words, but without why they end.
        let begun = frames[..frames.len() - 2].to_vec();
        let (gateway, script, lines) = gateway([silent_after(begun)]);
        let read = read_and_leave(&gateway, path, &body).await;
        assert!(read.contains("many words") || path.starts_with("/model/"), "{path}: {read}");
        assert_eq!(asks(&gateway, CHAT, 900).await, 429, "{path} {body}");
        assert_eq!(asks(&gateway, "/model/nova/converse", 900).await, 429, "{path} {body}");
        assert_eq!(script.count(), 1);
        assert_eq!(lines.0.lock().unwrap()[0]["error"], "client_gone", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_after_the_count_has_taken_that() {
    for (path, body, frames) in streams() {
        let (gateway, _, lines) = gateway([silent_after(frames), whole_converse(1)]);
        read_and_leave(&gateway, path, &body).await;
        let line = lines.0.lock().unwrap()[0].clone();
        assert_eq!(
            (&line["input_tokens"], &line["output_tokens"]),
            (&10.into(), &20.into()),
            "{path} {line}"
        );
        assert_eq!(asks(&gateway, CHAT, 960).await, 200, "{path} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_leaves_before_there_is_an_answer_has_taken_what_was_reserved() {
    let said = json!([{ "role": "user", "content": "hi" }]);
    let ask = |model: &str| json!({ "model": model, "max_tokens": 1000, "messages": said });
    for (path, body) in [
        (CHAT, ask("nova")),
        ("/v1/messages", ask("claude")),
        ("/v1/messages", ask("nova")),
        ("/model/claude/invoke", json!({ "max_tokens": 1000, "messages": said })),
        ("/model/nova/converse", json!({ "inferenceConfig": { "maxTokens": 1000 }, "messages": [] })),
    ] {
        let (gateway, script, lines) = gateway([Step::Never]);
        let mut answering = gateway.send(json_request(path, &HEADERS, body.to_string()));
        while script.count() == 0 {
            assert!((&mut answering).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        drop(answering);
        assert_eq!(lines.0.lock().unwrap()[0]["status"], 499, "{path}");
        assert_eq!(asks(&gateway, CHAT, 900).await, 429, "{path}");
        assert_eq!(script.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_where_the_request_that_it_was_one_of_is_refused() {
    let refused = refusal(400, "ValidationException", "no");
    for steps in
        [[whole_converse(900), refused], [refusal(400, "ValidationException", "no"), whole_converse(900)]]
    {
        let (gateway, script, lines) = gateway(steps);
        let said = json!([{ "role": "user", "content": "hi" }]);
        let body = json!({ "model": "nova", "max_tokens": 100, "n": 2, "messages": said });
        assert_eq!(post_with(&gateway, CHAT, &HEADERS, body.to_string()).await.status, 400);
        let line = lines.0.lock().unwrap()[0].clone();
        assert_eq!((&line["status"], &line["output_tokens"]), (&json!(400), &json!(900)), "{line}");
        assert_eq!((asks(&gateway, CHAT, 200).await, script.count()), (429, 2));
    }
}

/// Of a stream nobody hears the others to their end: they have taken what was reserved, where Bedrock had them.
#[tokio::test(start_paused = true)]
async fn so_does_one_of_a_stream_that_is_refused() {
    let refused = || refusal(400, "ValidationException", "no");
    let answer = || streamed(of_converse().into_iter().map(Ok));
    for (steps, next) in [
        (vec![answer(), refused()], 429),
        (vec![Step::Never, refused()], 429),
        (vec![refused(), whole_converse(1)], 200),
    ] {
        let calls = steps.len();
        let (gateway, script, _) = gateway(steps);
        let said = json!([{ "role": "user", "content": "hi" }]);
        let n = if next == 200 { 1 } else { 2 };
        let body = json!({ "model": "nova", "max_tokens": 400, "n": n, "stream": true, "messages": said });
        assert_eq!(post_with(&gateway, CHAT, &HEADERS, body.to_string()).await.status, 400);
        assert_eq!((asks(&gateway, CHAT, 300).await, script.count()), (next, calls));
    }
}

#[tokio::test(start_paused = true)]
async fn several_choices_reserve_and_take_the_sum_of_them() {
    let asks_for = async |gateway: &Gateway, choices: u64, streams: bool| {
        let said = json!([{ "role": "user", "content": "hi" }]);
        let body =
            json!({ "model": "nova", "max_tokens": 400, "n": choices, "stream": streams, "messages": said });
        post_with(gateway, CHAT, &HEADERS, body.to_string()).await.status.as_u16()
    };
    // More than a minute has waits for all of it, and not for ever.
    for streams in [false, true] {
        let answer = || if streams { streamed(of_converse().into_iter().map(Ok)) } else { whole_converse(1) };
        let (gateway, script, _) = gateway([whole_converse(500), answer(), answer(), answer()]);
        assert_eq!(asks(&gateway, CHAT, 100).await, 200);
        assert_eq!((asks_for(&gateway, 3, streams).await, script.count()), (429, 1));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!((asks_for(&gateway, 3, streams).await, script.count()), (200, 4));
    }

    let (gateway, _, lines) = gateway([whole_converse(50), whole_converse(50), whole_converse(1)]);
    assert_eq!(asks_for(&gateway, 2, false).await, 200);
    assert_eq!(lines.0.lock().unwrap()[0]["output_tokens"], 100);
    // 900 are left: what was reserved and not taken is back, and no more.
    assert_eq!(asks(&gateway, CHAT, 920).await, 429);
    assert_eq!(asks(&gateway, CHAT, 880).await, 200);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_between_the_calls_for_vectors_has_taken_what_they_took_or_may_take() {
    let vector = || answer(200, &[], r#"{"embedding":[0.5],"inputTextTokenCount":700}"#);
    let text = "many words ".repeat(200);
    for (texts, answers, next) in [
        // What was counted; and what is estimated, where nothing was.
        (json!(["a", "b"]), vec![vector(), Step::Never], 400),
        (json!([text]), vec![Step::Never], 600),
    ] {
        let calls = answers.len();
        let (gateway, script, lines) = gateway(answers);
        let body = json!({ "model": "amazon.titan-embed-text-v2:0", "input": texts });
        let mut answering = gateway.send(json_request("/v1/embeddings", &HEADERS, body.to_string()));
        while script.count() < calls {
            assert!((&mut answering).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        drop(answering);
        let line = lines.0.lock().unwrap()[0].clone();
        assert_eq!(line["status"], 499);
        assert_eq!(line["input_tokens"], if calls == 2 { json!(700) } else { Value::Null }, "{line}");
        assert_eq!(asks(&gateway, CHAT, next).await, 429, "{line}");
    }
}

/// An answer of Converse, which took so many tokens.
fn whole_converse(tokens: u64) -> Step {
    let usage = json!({ "inputTokens": 0, "outputTokens": tokens, "totalTokens": tokens });
    let content = json!([{ "text": "\"usage\":{\"outputTokens\":1}" }]);
    let output = json!({ "message": { "role": "assistant", "content": content } });
    answer(200, &[], &json!({ "output": output, "stopReason": "end_turn", "usage": usage }).to_string())
}

/// The same as it arrives, in pieces.
fn in_pieces(step: Step) -> (Step, Bytes) {
    let Step::Answer(answer) = step else { panic!() };
    let (parts, body) = answer.into_parts();
    let Body::Whole(bytes) = body else { panic!() };
    let pieces: Vec<_> = bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let stream = Body::stream(futures_util::stream::iter(pieces), Some(bytes.len() as u64));
    (Step::Answer(Response::from_parts(parts, stream)), bytes)
}

#[tokio::test(start_paused = true)]
async fn bedrocks_own_paths_take_of_the_tokens_of_a_minute_and_go_through_as_they_are() {
    let (converse, converse_bytes) = in_pieces(whole_converse(10_000));
    let headers =
        [("x-amzn-bedrock-input-token-count", "4000"), ("x-amzn-bedrock-output-token-count", "6000")];
    let invoked = answer(200, &headers, r#"{ "content":[] }"#);
    let big = |name: &str, json: &str| frame(name, &json.replace("20", "9990"));
    let mut of_nova = of_converse();
    of_nova[4] =
        big("metadata", r#"{"usage":{"inputTokens":10,"outputTokens":20},"metrics":{"latencyMs":1}}"#);
    let mut of_claude = of_claude();
    of_claude[5] = chunk(
        r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":9990}}"#,
    );
    let cut = |frames: &[Bytes]| {
        let bytes = frames.concat();
        streamed(bytes.chunks(5).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect::<Vec<_>>())
    };
    for (path, step, bytes) in [
        ("/model/nova/converse".to_owned(), converse, converse_bytes),
        (format!("/model/{CLAUDE}/invoke"), invoked, Bytes::from_static(br#"{ "content":[] }"#)),
        ("/model/nova/converse-stream".to_owned(), cut(&of_nova), of_nova.concat().into()),
        ("/model/claude/invoke-with-response-stream".to_owned(), cut(&of_claude), of_claude.concat().into()),
    ] {
        let (gateway, script, lines) = gateway([step]);
        let path = path.replace(':', "%3A");
        let body = r#"{"messages":[],"inferenceConfig":{"maxTokens":5}}"#;
        let answer = post_with(&gateway, &path, &HEADERS, body).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &bytes), "{path}");
        let line = lines.0.lock().unwrap()[0].clone();
        let tokens = line["input_tokens"].as_u64().unwrap() + line["output_tokens"].as_u64().unwrap();
        assert_eq!(tokens, 10_000, "{path}: {line}");
        assert_eq!(line.get("first_token_ms").is_some(), path.ends_with("stream"), "{line}");
        assert_eq!(asks(&gateway, "/model/nova/converse", 5).await, 429, "{path}");
        assert_eq!(asks(&gateway, CHAT, 5).await, 429, "{path}");
        assert_eq!(script.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_bedrocks_own_paths_may_take_is_reserved_while_they_are_answered() {
    let (gateway, script, _) = gateway([silent_after(of_converse()[..2].to_vec())]);
    let body = r#"{"messages":[],"inferenceConfig":{"maxTokens":900}}"#;
    let open = gateway.send(json_request("/model/nova/converse-stream", &HEADERS, body)).await.unwrap();
    let refused =
        post_with(&gateway, &format!("/model/{}/converse", NOVA.replace(':', "%3A")), &HEADERS, body).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-amzn-errortype"), "ThrottlingException");
    assert_eq!((refused.header("retry-after"), script.count()), ("48", 1), "{}", refused.text());
    drop(open);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_of_a_model_takes_nothing() {
    let counted = answer(200, &[], r#"{"inputTokens":3}"#);
    let refused = refusal(400, "ValidationException", "no");
    let vectors = answer(200, &[("x-amzn-bedrock-input-token-count", "3")], r#"{"embedding":[1]}"#);
    let image = answer(200, &[], r#"{"images":["aGk="]}"#);
    let (gateway, _, lines) = gateway([counted, refused, vectors, image, whole_converse(1)]);
    for (path, status, tokens) in [
        ("/model/claude/count-tokens", 200, Value::Null),
        ("/model/nova/converse", 400, Value::Null),
        ("/model/amazon.titan-embed-text-v2%3A0/invoke", 200, 3.into()),
        ("/model/amazon.nova-canvas-v1%3A0/invoke", 200, Value::Null),
    ] {
        assert_eq!(
            post_with(&gateway, path, &HEADERS, r#"{"inputText":"a"}"#).await.status,
            status,
            "{path}"
        );
        let line = lines.0.lock().unwrap().pop().unwrap();
        assert_eq!(line["input_tokens"], tokens, "{path}: {line}");
    }
    assert_eq!(asks(&gateway, CHAT, 990).await, 200);
}
