//! A response that streams, as its client meets it: its events in their order, what keeps it alive, and how it breaks.
#![cfg(feature = "gateway")]

mod gateway;

use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::Body;
use gateway::canned::Canned;
use gateway::frames::{chunk as native, exception, frame};
use gateway::responses::{read_response_stream, response_events};
use gateway::tap::{Tap, delta};
use gateway::{CLAUDE, NOVA, over, respond, whole};
use http::StatusCode;
use serde_json::{Value, json};

fn tapped() -> (Tap, Gateway) {
    let tap = Tap::default();
    (tap.clone(), over(tap, GatewayOptions::default()))
}

fn streamed() -> Value {
    json!({ "model": NOVA, "input": "hi", "stream": true })
}

async fn chunk(body: &mut Body) -> String {
    String::from_utf8(body.chunk().await.unwrap().unwrap().to_vec()).unwrap()
}

/// The types of the events in one piece of a stream.
fn kinds(chunk: &str) -> Vec<&str> {
    let events = chunk.split_terminator("\n\n").filter(|event| !event.starts_with(':'));
    events.map(|event| event.lines().next().unwrap().strip_prefix("event: ").unwrap()).collect()
}

#[tokio::test]
async fn what_is_there_is_sent_at_once() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    let response = respond(&gateway, &streamed()).await;
    assert_eq!(response.status(), StatusCode::OK);
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        ("x-amzn-requestid", "0123-4567"),
    ] {
        assert_eq!(response.headers()[name], value);
    }
    let mut body = response.into_body();
    let first = chunk(&mut body).await;
    let begin = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
    ];
    assert_eq!(kinds(&first), begin);
    pen.write([delta(" two"), delta(""), delta(" three")].concat());
    let second = chunk(&mut body).await;
    assert_eq!(kinds(&second), ["response.output_text.delta"; 2]);
    pen.end();
    let last = chunk(&mut body).await;
    let done = [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(kinds(&last), done);
    assert!(body.chunk().await.is_none());
    let response = read_response_stream(&[first, second, last].concat(), "all");
    assert_eq!(response["output"][0]["content"][0]["text"], "one two three");
    assert_eq!(response["usage"]["total_tokens"], 5);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_comments_and_have_no_number() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    // Before the model begins there is a stream already, and nothing in it.
    let mut body = respond(&gateway, &streamed()).await.into_body();
    let mut all = String::new();
    for _ in 0..2 {
        let beat = chunk(&mut body).await;
        assert_eq!(beat, ": the model is thinking\n\n");
        all.push_str(&beat);
    }
    pen.begin("one");
    all.push_str(&chunk(&mut body).await);
    all.push_str(&chunk(&mut body).await);
    assert!(all.ends_with(": the model is thinking\n\n"), "{all}");
    pen.end();
    let rest = body.collect(usize::MAX).await.unwrap();
    all.push_str(std::str::from_utf8(&rest).unwrap());
    read_response_stream(&all, "with heartbeats");
}

/// The last event says that it failed, and none that the answer is whole.
fn assert_failed(stream: &str, code: &str, message: &str) {
    let events = response_events(stream, message);
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["response"]["status"]),
        (&json!("response.failed"), &json!("failed")),
        "{stream}"
    );
    assert_eq!(last["response"]["error"]["code"], code, "{stream}");
    assert!(last["response"]["error"]["message"].as_str().unwrap().contains(message), "{stream}");
    assert_eq!(
        (&events[0]["type"], &last["response"]["output"]),
        (&json!("response.created"), &json!([])),
        "{stream}"
    );
    let is_done = |event: &&Value| {
        ["response.completed", "response.output_item.done"].iter().any(|kind| event["type"] == *kind)
    };
    assert_eq!(events.iter().find(is_done), None, "{stream}");
}

#[tokio::test]
async fn a_stream_that_breaks_ends_as_failed() {
    for (name, message, code) in [
        ("throttlingException", "Too many.", "rate_limit_exceeded"),
        ("modelStreamErrorException", "It broke.", "server_error"),
        ("internalServerException", "It broke.", "server_error"),
        ("validationException", "It is wrong.", "invalid_prompt"),
        ("validationException", "Input is too long for requested model.", "context_length_exceeded"),
    ] {
        let (tap, gateway) = tapped();
        let mut pen = tap.pen();
        pen.begin("one");
        pen.write(exception(name, message));
        assert_failed(&whole(respond(&gateway, &streamed()).await).await, code, message);
        assert_eq!(tap.held(), 0);
    }
    // Cut in the middle.
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    drop(pen);
    assert_failed(&whole(respond(&gateway, &streamed()).await).await, "server_error", "");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_its_own_status_until_the_stream_has_begun() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.write(exception("validationException", "That is wrong."));
    assert_eq!(respond(&gateway, &streamed()).await.status(), StatusCode::BAD_REQUEST);

    let mut pen = tap.pen();
    let response = respond(&gateway, &streamed()).await;
    assert_eq!(response.status(), StatusCode::OK);
    pen.write(exception("validationException", "That is wrong."));
    assert_failed(&whole(response).await, "invalid_prompt", "That is wrong.");
}

#[tokio::test]
async fn who_goes_away_ends_the_work() {
    let (tap, gateway) = tapped();
    let mut pen = tap.pen();
    pen.begin("one");
    let mut body = respond(&gateway, &streamed()).await.into_body();
    chunk(&mut body).await;
    assert_eq!(tap.held(), 1);
    drop(body);
    assert_eq!(tap.held(), 0);
}

fn block_delta(index: u64, delta: &Value) -> Value {
    json!({ "type": "content_block_delta", "index": index, "delta": delta })
}

fn block(index: u64, start: &Value, deltas: &[Value]) -> Vec<Value> {
    let begin = json!({ "type": "content_block_start", "index": index, "content_block": start });
    let deltas = deltas.iter().map(|delta| block_delta(index, delta));
    let end = json!({ "type": "content_block_stop", "index": index });
    [begin].into_iter().chain(deltas).chain([end]).collect()
}

fn uses(index: u64, name: &str, pieces: &[&str]) -> Vec<Value> {
    let start = json!({ "type": "tool_use", "id": format!("toolu_{index}"), "name": name, "input": {} });
    let deltas: Vec<Value> =
        pieces.iter().map(|piece| json!({ "type": "input_json_delta", "partial_json": piece })).collect();
    block(index, &start, &deltas)
}

/// All that a Claude can say.
fn of_claude(stop_reason: &str) -> Vec<u8> {
    let text = json!({ "type": "text", "text": "" });
    let says = |text: &str| json!({ "type": "text_delta", "text": text });
    let begin = json!({ "type": "message_start", "message": { "role": "assistant", "content": [],
        "usage": { "input_tokens": 5, "output_tokens": 1 } } });
    let end = [
        json!({ "type": "message_delta", "delta": { "stop_reason": stop_reason }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ];
    let thinks = [
        json!({ "type": "thinking_delta", "thinking": "Hm" }),
        json!({ "type": "thinking_delta", "thinking": ".\n" }),
        json!({ "type": "signature_delta", "signature": "c2ln" }),
    ];
    let blocks = [
        block(0, &json!({ "type": "thinking", "thinking": "", "signature": "" }), &thinks),
        block(1, &json!({ "type": "redacted_thinking", "data": "AAEC" }), &[]),
        block(2, &text, &[says("One"), says(" \"two\"")]),
        block(3, &text, &[says(", three.")]),
        uses(4, "f", &[]),
        uses(5, "apply_patch", &["{\"inp", "ut\": \"+a\\n\\", "u00e9\"}"]),
        uses(6, "f", &["{\"n\":", " 1.0}"]),
    ];
    [begin].iter().chain(blocks.iter().flatten()).chain(&end).flat_map(native).collect()
}

async fn said_by_claude(stop_reason: &str, piece: usize) -> String {
    let mut canned = Canned::new("invoke-with-response-stream", of_claude(stop_reason).into());
    canned.piece = piece;
    let tools = json!([{ "type": "function", "name": "f" }, { "type": "custom", "name": "apply_patch" }]);
    let asked = json!({ "model": CLAUDE, "input": "hi", "stream": true, "tools": tools });
    whole(respond(&over(canned, GatewayOptions::default()), &asked).await).await
}

#[tokio::test]
async fn each_block_is_an_item_and_texts_side_by_side_are_one() {
    for piece in [7, 100, 100_000] {
        let response = read_response_stream(&said_by_claude("tool_use", piece).await, &piece.to_string());
        let items = response["output"].as_array().unwrap();
        let shown: Vec<[&str; 3]> = items
            .iter()
            .map(|item| ["type", "status", "call_id"].map(|name| item[name].as_str().unwrap_or("-")))
            .collect();
        assert_eq!(
            shown,
            [
                ["reasoning", "-", "-"],
                ["reasoning", "-", "-"],
                ["message", "completed", "-"],
                ["function_call", "completed", "toolu_4"],
                ["custom_tool_call", "completed", "toolu_5"],
                ["function_call", "completed", "toolu_6"],
            ]
        );
        assert_eq!(items[0]["summary"], json!([{ "type": "summary_text", "text": "Hm.\n" }]));
        assert_eq!((&items[1]["summary"], items[1]["encrypted_content"].is_string()), (&json!([]), true));
        assert_eq!(items[2]["content"][0]["text"], "One \"two\", three.");
        let inputs =
            ["arguments", "input", "arguments"].iter().zip(&items[3..]).map(|(name, item)| &item[name]);
        assert_eq!(inputs.collect::<Vec<_>>(), ["{}", "+a\n\u{e9}", "{\"n\": 1.0}"]);
        let mut ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 6);
        assert_eq!(
            (&response["usage"]["input_tokens"], &response["usage"]["output_tokens"]),
            (&json!(5), &json!(9))
        );
    }
}

#[tokio::test]
async fn only_the_last_item_of_an_answer_that_is_cut_is_incomplete() {
    let stream = said_by_claude("max_tokens", 1000).await;
    let response = read_response_stream(&stream, "cut");
    assert_eq!(
        (&response["status"], &response["incomplete_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    let statuses: Vec<&Value> =
        response["output"].as_array().unwrap()[2..].iter().map(|item| &item["status"]).collect();
    assert_eq!(statuses, ["completed", "completed", "completed", "incomplete"]);
    assert_eq!(kinds(&stream).last(), Some(&"response.incomplete"));
}

/// A model may write the arguments of two tools at once.
#[tokio::test]
async fn items_end_in_the_order_in_which_they_began() {
    let start = |index: u64| {
        let tool = json!({ "toolUse": { "toolUseId": format!("t{index}"), "name": "f" } });
        frame("contentBlockStart", &json!({ "contentBlockIndex": index, "start": tool }))
    };
    let input = |index: u64, piece: &str| {
        let delta = json!({ "toolUse": { "input": piece } });
        frame("contentBlockDelta", &json!({ "contentBlockIndex": index, "delta": delta }))
    };
    let stop = |index: u64| frame("contentBlockStop", &json!({ "contentBlockIndex": index }));
    let stream = [
        frame("messageStart", &json!({ "role": "assistant" })),
        start(0),
        start(1),
        input(1, "{\"b\":"),
        input(0, "{\"a\":1}"),
        input(1, "2}"),
        stop(1),
        start(2),
        stop(0),
        stop(2),
        frame("messageStop", &json!({ "stopReason": "tool_use" })),
    ]
    .concat();
    let canned = Canned::new("converse-stream", stream.into());
    let asked = json!({ "model": NOVA, "input": "hi", "stream": true, "tools": [{ "type": "function", "name": "f" }] });
    let answer = whole(respond(&over(canned, GatewayOptions::default()), &asked).await).await;
    let response = read_response_stream(&answer, "interleaved");
    let calls: Vec<_> = response["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (&item["call_id"], &item["arguments"]))
        .collect();
    assert_eq!(
        calls,
        [
            (&json!("t0"), &json!("{\"a\":1}")),
            (&json!("t1"), &json!("{\"b\":2}")),
            (&json!("t2"), &json!("{}"))
        ]
    );
}
