//! Clients that ask a Claude to think and keep only what it said: they are answered, without thoughts where those are
//! missing.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use gateway::sent::Sent;
use gateway::{Answer, post};
use serde_json::{Value, json};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const ADAPTIVE: &str = "us.anthropic.claude-opus-4-7";

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

fn said(text: &str) -> Value {
    json!({ "role": "assistant", "content": text })
}

fn asks(id: &str) -> Value {
    let function = json!({ "name": "weather", "arguments": "{}" });
    let call = json!({ "id": id, "type": "function", "function": function });
    json!({ "role": "assistant", "content": null, "tool_calls": [call] })
}

fn thinking(mut message: Value) -> Value {
    message["thinking_blocks"] = json!([{ "type": "thinking", "thinking": "hm", "signature": "c2ln" }]);
    message
}

fn answers(id: &str) -> Value {
    json!({ "role": "tool", "tool_call_id": id, "content": "raining" })
}

async fn ask(model: &str, messages: &[Value], more: &Value) -> (Answer, Value) {
    let function = json!({ "name": "weather", "parameters": { "type": "object" } });
    let mut body = json!({ "model": model, "messages": messages, "max_tokens": 4000,
        "tools": [{ "type": "function", "function": function }] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let sent = Sent::default();
    let answer = post(&sent.gateway(), "/v1/chat/completions", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer, sent.only().1)
}

#[tokio::test]
async fn a_turn_that_began_without_thoughts_goes_on_without_them() {
    for (more, param) in [
        (json!({ "reasoning_effort": "low" }), "reasoning_effort"),
        (json!({ "thinking": { "type": "enabled", "budget_tokens": 2000 } }), "thinking"),
    ] {
        for messages in [
            vec![user("Is it raining?"), asks("t"), answers("t")],
            vec![user("Is it raining?"), asks("t"), answers("t"), asks("u"), answers("u")],
            // What it said is begun for it.
            vec![user("Is it raining?"), said("It is")],
        ] {
            let (answer, body) = ask(CLAUDE, &messages, &more).await;
            assert!(body.get("thinking").is_none(), "{body}");
            assert_eq!(answer.header("x-bedwire-dropped"), param);
        }
    }
}

#[tokio::test]
async fn where_it_can_think_it_does() {
    let effort = json!({ "reasoning_effort": "low" });
    for messages in [
        vec![user("Is it raining?")],
        vec![user("Is it raining?"), asks("t"), answers("t"), said("Yes."), user("And now?")],
        vec![user("Is it raining?"), thinking(asks("t")), answers("t")],
        // Between two tools it need not think.
        vec![user("Is it raining?"), thinking(asks("t")), answers("t"), asks("u"), answers("u")],
    ] {
        let (answer, body) = ask(CLAUDE, &messages, &effort).await;
        assert_eq!(body["thinking"]["type"], "enabled", "{body}");
        assert_eq!(answer.headers.get("x-bedwire-dropped"), None);
    }
    // Whoever thinks as much as it likes goes on from anything.
    let (_, body) = ask(ADAPTIVE, &[user("Is it raining?"), asks("t"), answers("t")], &effort).await;
    assert_eq!(body["thinking"]["type"], "adaptive", "{body}");
}
