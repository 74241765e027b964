//! Requests that clients of OpenAI's API were recorded to send: every family of models answers each, or it is refused by
//! the name of its parameter; and what leaves for Bedrock has the shape that Bedrock's own model says.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;
mod shapes;
mod vectors;

use bedwire::client::Route;
use bedwire::gateway::{GatewayOptions, ModelAlias};
use bedwire::protocol::model::ModelId;
use gateway::completion::{Completion, data, read_stream};
use gateway::sent::Sent;
use gateway::{Answer, REGION, post};
use serde_json::{Value, json};
use shapes::{Model, claude_problems};

/// What is wrong with a body that left.
fn problems(model: Option<&Model>, operation: &str, body: &[u8]) -> Vec<String> {
    let by_model = |name| model.map_or_else(Vec::new, |model| model.problems(name, body));
    match operation {
        "converse" => by_model("Converse"),
        "converse-stream" => by_model("ConverseStream"),
        "invoke" | "invoke-with-response-stream" => claude_problems(body),
        other => vec![format!("nobody asked for {other}")],
    }
}

/// Checks an answer of any number of choices, whole or streamed.
fn check_answer(asked: &Value, answer: &Answer, label: &str) {
    let count = asked["n"].as_u64().unwrap_or(1);
    if asked["stream"] != true {
        let mut document = answer.json();
        let choices = document["choices"].as_array().cloned().unwrap_or_default();
        assert_eq!(choices.len() as u64, count, "{label}");
        for (place, mut choice) in choices.into_iter().enumerate() {
            assert_eq!(choice["index"], place, "{label}");
            choice["index"] = json!(0);
            if asked.get("functions").is_some() {
                from_function_call(&mut choice);
            }
            document["choices"] = json!([choice]);
            check_completion(asked, &Completion::read(&document, label), label);
        }
        return;
    }
    assert_eq!(answer.header("content-type"), "text/event-stream", "{label}");
    let text = answer.text();
    if count == 1 {
        let completion = read_stream(&text, label);
        let wants_usage = asked["stream_options"]["include_usage"] == true;
        assert_eq!(completion.usage.is_object(), wants_usage, "{label}");
        return check_completion(asked, &completion, label);
    }
    let events = data(&text);
    assert_eq!(events.last(), Some(&"[DONE]"), "{label}: {text}");
    for index in 0..count {
        let of_choice = |event: &&str| {
            let chunk: Value = serde_json::from_str(event).unwrap();
            chunk["choices"][0]["index"] == index && chunk["choices"][0]["finish_reason"].is_string()
        };
        assert_eq!(events[..events.len() - 1].iter().filter(|e| of_choice(e)).count(), 1, "{label}: {text}");
    }
}

/// A function call as it was before there were tools, as a call of a tool.
fn from_function_call(choice: &mut Value) {
    let message = &mut choice["message"];
    let Some(call) = message.get("function_call").cloned() else { return };
    message["tool_calls"] = json!([{ "id": "call", "type": "function", "function": call }]);
    assert_eq!(choice["finish_reason"], "function_call");
    choice["finish_reason"] = json!("tool_calls");
}

fn check_completion(asked: &Value, completion: &Completion, label: &str) {
    assert_eq!(completion.model, asked["model"], "{label}");
    assert!(
        ["stop", "length", "tool_calls"].contains(&&*completion.finish_reason),
        "{label}: {completion:?}"
    );
    assert_eq!(completion.finish_reason == "tool_calls", !completion.tool_calls.is_empty(), "{label}");
    for (_, name, arguments) in &completion.tool_calls {
        let tools = asked["tools"].as_array().into_iter().flatten().map(|tool| &tool["function"]["name"]);
        let functions = asked["functions"].as_array().into_iter().flatten().map(|function| &function["name"]);
        assert!(tools.chain(functions).any(|known| known == name), "{label}: no tool is called {name}");
        assert!(serde_json::from_str::<Value>(arguments).unwrap().is_object(), "{label}: {arguments}");
    }
}

fn requests() -> Option<Vec<(String, Value)>> {
    let file = vectors::find("openai/chat-completions.jsonl")?;
    let lines = std::fs::read_to_string(file).unwrap();
    let read = |line: &str| {
        let vector: Value = serde_json::from_str(line).unwrap();
        (format!("{}#{}", vector["source"], vector["index"]), vector["request"].clone())
    };
    Some(lines.lines().map(read).collect())
}

#[tokio::test]
async fn every_request_is_answered_or_refused_by_name_and_bedrock_gets_what_it_takes() {
    let Some(requests) = requests() else { return };
    let shapes = Model::bedrock_runtime();
    assert!(requests.len() >= 55, "{}", requests.len());
    for (family, id) in [
        ("claude", "claude-sonnet-4"),
        ("nova", "us.amazon.nova-pro-v1:0"),
        ("llama", "us.meta.llama3-3-70b-instruct-v1:0"),
        ("mistral", "mistral.mistral-large-2407-v1:0"),
        ("deepseek", "deepseek.v3-v1:0"),
    ] {
        for drop_unsupported in [false, true] {
            let sent = Sent::default();
            let mut options = GatewayOptions::default();
            let route = Route { region: REGION.to_owned(), model_id: ModelId::new(id).unwrap() };
            options.models = vec![ModelAlias { name: "*".to_owned(), routes: vec![route], max_tokens: None }];
            options.any_model = false;
            options.drop_unsupported = drop_unsupported;
            let gateway = sent.gateway_with(options);
            let (mut answered, mut refused, mut bodies) = (0, 0, 0);
            for (source, asked) in &requests {
                let label = format!("{family} {source}");
                let answer = post(&gateway, "/v1/chat/completions", asked).await;
                if answer.status == 200 {
                    answered += 1;
                    check_answer(asked, &answer, &label);
                } else {
                    refused += 1;
                    let message = answer.refusal(400);
                    let param = answer.json()["error"]["param"].as_str().unwrap_or_default().to_owned();
                    println!("{label}: {message}");
                    assert!(!param.is_empty() && message.contains(&param), "{label}: {}", answer.text());
                    let top = param.split(['.', '[']).next().unwrap_or_default();
                    assert!(asked.get(top).is_some(), "{label}: the request has no {param}");
                }
                let left = sent.take();
                assert_eq!(left.is_empty(), answer.status != 200, "{label}");
                for (operation, body) in left {
                    bodies += 1;
                    let problems = problems(shapes.as_ref(), &operation, &body);
                    let body = String::from_utf8_lossy(&body);
                    assert!(problems.is_empty(), "{label}: {operation}: {problems:#?} in {body}");
                }
            }
            let how = if drop_unsupported { ", dropping what is not supported" } else { "" };
            println!("{family}{how}: {answered} answered, {refused} refused, {bodies} bodies valid");
            assert_eq!(answered + refused, requests.len());
        }
    }
}
