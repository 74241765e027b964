//! What one family of models refuses and another takes: each is asked what it takes, and answers.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;
mod sent;

use sent::Sent;
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-lite-v1:0";
const LLAMA: &str = "us.meta.llama3-3-70b-instruct-v1:0";
const MISTRAL: &str = "mistral.mistral-large-2402-v1:0";

/// The body that left for a model that answered.
async fn sent_to(model: &str, messages: &Value, more: &Value) -> Value {
    let mut body = json!({ "model": model, "messages": messages });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let sent = Sent::default();
    let answer = gateway::post(&sent.gateway(), "/v1/chat/completions", &body).await;
    assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    sent.only().1
}

fn user(text: &str) -> Value {
    json!({ "role": "user", "content": text })
}

/// A name for each block of each message: its role and its member, or its text.
fn shape(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().unwrap();
    let blocks = |message: &Value| {
        let name = |block: &Value| match block["text"].as_str() {
            Some(text) => text.to_owned(),
            None => block.as_object().unwrap().keys().next().unwrap().clone(),
        };
        message["content"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" + ")
    };
    messages
        .iter()
        .map(|message| format!("{}: {}", message["role"].as_str().unwrap(), blocks(message)))
        .collect()
}

#[tokio::test]
async fn words_and_tools_are_parted_where_one_turn_takes_not_both() {
    let call =
        |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let messages = json!([
        user("Is it raining?"),
        { "role": "assistant", "content": "Let me look.", "tool_calls": [call("a"), call("b")] },
        { "role": "tool", "tool_call_id": "a", "content": "1" },
        { "role": "tool", "tool_call_id": "b", "content": "2" },
        user("And now?"),
    ]);
    let tools = json!({ "tools": [{ "type": "function", "function": { "name": "f" } }] });
    for model in [LLAMA, MISTRAL] {
        assert_eq!(
            shape(&sent_to(model, &messages, &tools).await),
            [
                "user: Is it raining?",
                "assistant: Let me look.",
                "user: Continue.",
                "assistant: toolUse + toolUse",
                "user: toolResult + toolResult",
                "assistant: I have the result.",
                "user: And now?"
            ]
        );
    }
    assert_eq!(
        shape(&sent_to(NOVA, &messages, &tools).await),
        [
            "user: Is it raining?",
            "assistant: Let me look. + toolUse + toolUse",
            "user: toolResult + toolResult + And now?"
        ]
    );
}
