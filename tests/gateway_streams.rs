//! A stream through the gateway as a client meets it: what is sent when, what keeps it alive, how it breaks, and that
//! nobody is left working when its client goes away.
#![cfg(feature = "gateway")]

mod gateway;

use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::{Body, serve};
use gateway::canned::Canned;
use gateway::completion::{data, read_stream};
use gateway::frames::{exception, frame};
use gateway::tap::{Tap, delta, end};
use gateway::{CHAT, NOVA, ask, hi, over, post, whole};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;

const MODEL: &str = NOVA;

fn tapped() -> (Tap, Gateway) {
    let tap = Tap::default();
    (tap.clone(), over(tap, GatewayOptions::default()))
}

fn streamed() -> Value {
    let mut body = hi(MODEL);
    body["stream"] = json!(true);
    body
}

async fn chunk(body: &mut Body) -> String {
    String::from_utf8(body.chunk().await.unwrap().unwrap().to_vec()).unwrap()
}

fn content(chunk: &str) -> String {
    let pieces = data(chunk).into_iter().filter_map(|event| {
        let chunk: Value = serde_json::from_str(event).ok()?;
        Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned())
    });
    pieces.collect()
}

#[tokio::test]
async fn what_is_there_is_sent_at_once_and_in_one_chunk() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    let mut body = streamed();
    body["stream_options"] = json!({ "include_usage": true });
    let response = ask(&gateway, &body).await;
    assert_eq!(response.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),
        ("x-amzn-requestid", "0123-4567"),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    let mut body = response.into_body();
    let first = chunk(&mut body).await;
    assert_eq!(data(&first).len(), 2, "{first}");
    assert!(data(&first).iter().all(|event| event.ends_with(",\"usage\":null}")), "{first}");
    assert_eq!(content(&first), "one");
    pen.write([delta(" two"), delta(""), delta(" three")].concat());
    assert_eq!(content(&chunk(&mut body).await), " two three");
    pen.end();
    let last = chunk(&mut body).await;
    let [finish, usage, "[DONE]"] = data(&last)[..] else { panic!("{last}") };
    let (finish, usage): (Value, Value) =
        (serde_json::from_str(finish).unwrap(), serde_json::from_str(usage).unwrap());
    assert_eq!(finish["choices"][0]["finish_reason"], "stop");
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["total_tokens"], 5);
    assert!(body.chunk().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_sent_while_the_model_is_silent() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    let mut body = ask(&gateway, &streamed()).await.into_body();
    chunk(&mut body).await;
    let started = Instant::now();
    for beats in 1..=3 {
        assert_eq!(chunk(&mut body).await, ": the model is thinking\n\n");
        assert_eq!(started.elapsed().as_secs(), 15 * beats);
    }
    // Silence is counted from what was sent last.
    tokio::time::advance(Duration::from_secs(5)).await;
    pen.write(delta("two"));
    assert_eq!(content(&chunk(&mut body).await), "two");
    let spoken = Instant::now();
    assert!(chunk(&mut body).await.starts_with(':'));
    assert_eq!(spoken.elapsed().as_secs(), 15);
    pen.end();
    assert!(chunk(&mut body).await.ends_with("data: [DONE]\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_client_is_not_kept_waiting_for_a_model_that_thinks_before_it_begins() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    let started = Instant::now();
    let response = ask(&gateway, &streamed()).await;
    assert_eq!(started.elapsed().as_secs(), 10);
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!response.headers().contains_key("x-amzn-requestid"));
    let mut body = response.into_body();
    for _ in 0..3 {
        assert!(chunk(&mut body).await.starts_with(':'));
    }
    pen.begin("one");
    pen.end();
    let rest = String::from_utf8(body.collect(usize::MAX).await.unwrap().to_vec()).unwrap();
    let completion = read_stream(&rest, "late");
    assert_eq!(completion.content.as_deref(), Some("one"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_that_is_an_event() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    let response = ask(&gateway, &streamed()).await;
    pen.write(exception("validationException", "That is too long."));
    let stream = whole(response).await;
    assert_broken(&stream, "invalid_request_error", "That is too long.");
}

#[tokio::test]
async fn a_refusal_before_it_has_its_own_status() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.write(exception("validationException", "That is too long."));
    let response = ask(&gateway, &streamed()).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()["content-type"], "application/json");
}

/// The last event is an error, and none says that the answer is whole.
fn assert_broken(stream: &str, kind: &str, message: &str) {
    assert!(!stream.contains("[DONE]"), "{stream}");
    assert!(!stream.contains("\"finish_reason\":\""), "{stream}");
    let last: Value = serde_json::from_str(data(stream).last().unwrap()).unwrap();
    assert_eq!(last["error"]["type"], kind, "{stream}");
    assert!(last["error"]["message"].as_str().unwrap().contains(message), "{stream}");
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error_and_without_done() {
    for (name, kind) in [
        ("throttlingException", "rate_limit_error"),
        ("modelStreamErrorException", "server_error"),
        ("internalServerException", "server_error"),
        ("serviceUnavailableException", "server_error"),
        ("validationException", "invalid_request_error"),
    ] {
        let (tap, gateway) = tapped();
        let mut pen = tap.pen();
        pen.begin("one");
        pen.write(exception(name, "It broke."));
        let stream = post(&gateway, CHAT, &streamed()).await.text();
        assert_eq!(content(&stream), "one");
        assert_broken(&stream, kind, "It broke.");
        assert_eq!(tap.held(), 0);
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_with_an_error_and_without_done() {
    let begin = frame("messageStart", &json!({ "role": "assistant" }));
    let all = [begin.clone(), delta("one"), delta("two")].concat();
    for length in begin.len()..=all.len() {
        let (tap, gateway) = tapped();
        let mut pen = tap.pen();
        pen.write(all[..length].to_vec());
        drop(pen);
        assert_broken(&post(&gateway, CHAT, &streamed()).await.text(), "server_error", "");
    }
}

#[tokio::test]
async fn what_breaks_after_the_whole_answer_is_no_matter() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    pen.write(end());
    pen.write(b"half a frame".to_vec());
    drop(pen);
    let stream = post(&gateway, CHAT, &streamed()).await.text();
    assert_eq!(read_stream(&stream, "whole").content.as_deref(), Some("one"));
}

#[tokio::test]
async fn who_goes_away_ends_the_work() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    let mut body = ask(&gateway, &streamed()).await.into_body();
    chunk(&mut body).await;
    assert_eq!(tap.held(), 1);
    drop(body);
    assert_eq!(tap.held(), 0);
    assert!(pen.pieces.is_closed());
}

#[tokio::test]
async fn who_hangs_up_ends_the_work() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server =
        tokio::spawn(serve(listener, Arc::new(gateway), async { stopped.await.unwrap_or_default() }));
    let mut client = TcpStream::connect(address).await.unwrap();
    let body = streamed().to_string();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    client.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains("one") {
        assert!(client.read_buf(&mut read).await.unwrap() > 0);
    }
    drop(client);
    tokio::time::timeout(Duration::from_secs(10), pen.pieces.closed()).await.unwrap();
    drop(stop);
    server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_before_it_has_begun_ends_the_work() {
    let (tap, gateway) = tapped();
    let pen = tap.pen();
    let response = ask(&gateway, &streamed()).await;
    assert_eq!(tap.held(), 1);
    drop(response);
    assert_eq!(tap.held(), 0);

    // The same while the status is still awaited, and for an answer that does not stream.
    for body in [streamed(), hi(MODEL)] {
        let other = tap.pen();
        let waiting = tokio::time::timeout(Duration::from_secs(1), ask(&gateway, &body)).await;
        assert!(waiting.is_err());
        assert_eq!(tap.held(), 0);
        drop(other);
    }
    drop(pen);
}

#[tokio::test]
async fn choices_stream_side_by_side_and_their_tokens_add_up() {
    let (tap, gateway) = tapped();
    let mut body = streamed();
    body["n"] = json!(2);
    body["stream_options"] = json!({ "include_usage": true });
    let (mut one, mut two) = (tap.pen(), tap.pen());
    one.begin("one");
    two.begin("two");
    let mut body = ask(&gateway, &body).await.into_body();
    let first = chunk(&mut body).await;
    two.end();
    let second = chunk(&mut body).await;
    assert!(!second.contains("[DONE]"), "{second}");
    one.end();
    let third = chunk(&mut body).await;
    let all = [first, second, third].concat();
    let mut texts = [String::new(), String::new()];
    let mut finished = Vec::new();
    let events = data(&all);
    let ([events @ .., usage], Some(&"[DONE]")) = (&events[..events.len() - 1], events.last()) else {
        panic!("{all}")
    };
    for event in events {
        let chunk: Value = serde_json::from_str(event).unwrap();
        let choice = &chunk["choices"][0];
        let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
        texts[index].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        finished.extend(choice["finish_reason"].is_string().then_some(index));
    }
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(finished, [1, 0]);
    let usage: Value = serde_json::from_str(usage).unwrap();
    assert_eq!(usage["usage"]["prompt_tokens"], 6);
}

#[tokio::test]
async fn one_choice_that_breaks_ends_all() {
    let (tap, gateway) = tapped();
    let mut body = streamed();
    body["n"] = json!(2);
    let (mut one, mut two) = (tap.pen(), tap.pen());
    one.begin("one");
    two.begin("two");
    let response = ask(&gateway, &body).await;
    two.write(exception("modelStreamErrorException", "It broke."));
    assert_broken(&whole(response).await, "server_error", "It broke.");
    assert_eq!(tap.held(), 0);
}

#[tokio::test]
async fn it_does_not_matter_where_the_stream_is_cut_in_pieces() {
    let tool = json!({ "contentBlockIndex": 1, "start": { "toolUse": { "toolUseId": "t", "name": "f" } } });
    let input = |piece: &str| {
        frame(
            "contentBlockDelta",
            &json!({ "contentBlockIndex": 1, "delta": { "toolUse": { "input": piece } } }),
        )
    };
    let stream = [
        frame("messageStart", &json!({ "role": "assistant" })),
        delta("é\n\"quoted\""),
        frame("contentBlockStart", &tool),
        input("{\"a\": 1"),
        input(".0}"),
        frame("newEvent", &json!({})),
        end(),
    ]
    .concat();
    let mut canned = Canned::new("converse-stream", stream.clone().into());
    let mut completions = Vec::new();
    for piece in (1..40).chain([stream.len()]) {
        canned.piece = piece;
        let gateway = over(canned.clone(), GatewayOptions::default());
        let answer = post(&gateway, CHAT, &streamed()).await.text();
        completions.push(read_stream(&answer, &piece.to_string()));
    }
    completions.dedup();
    let [completion] = completions.as_slice() else { panic!("{completions:?}") };
    assert_eq!(completion.content.as_deref(), Some("é\n\"quoted\""));
    assert_eq!(completion.tool_calls, [("t".to_owned(), "f".to_owned(), "{\"a\": 1.0}".to_owned())]);
}
