//! What InvokeModel makes of tools in the shapes of Nova and of OpenAI, and of the guardrail that its headers name.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::protocol::eventstream::Decoder;
use emulator_call::{Answer, Call, options};
use serde_json::{Value, json};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const NOVA: &str = "us.amazon.nova-lite-v1:0";
const GPT: &str = "openai.gpt-oss-120b-1:0";

async fn ask(operation: &str, model: &str, body: &Value, headers: &[(&'static str, &str)]) -> Answer {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    let call = Call::post(&format!("/model/{segment}/{operation}"), body);
    let call = headers.iter().fold(call, |call, (name, value)| call.header(name, *value));
    call.to(&emulator).await
}

async fn invoke(model: &str, body: &Value) -> Value {
    let answer = ask("invoke", model, body, &[]).await;
    assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    answer.json()
}

async fn streamed(model: &str, body: &Value, headers: &[(&'static str, &str)]) -> Vec<Value> {
    let answer = ask("invoke-with-response-stream", model, body, headers).await;
    assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    let mut decoder = Decoder::new();
    decoder.push(answer.body);
    let mut chunks = Vec::new();
    while let Some(frame) = decoder.next_frame().unwrap() {
        let payload: Value = serde_json::from_slice(frame.payload()).unwrap();
        let chunk = base64_simd::STANDARD.decode_to_vec(payload["bytes"].as_str().unwrap()).unwrap();
        chunks.push(serde_json::from_slice(&chunk).unwrap());
    }
    chunks
}

fn schema() -> Value {
    json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] })
}

#[tokio::test]
async fn a_nova_asks_for_tools_in_its_own_shape_and_reads_results() {
    let tool = json!({ "toolSpec": { "name": "weather", "inputSchema": { "json": schema() } } });
    let mut body = json!({
        "schemaVersion": "messages-v1",
        "messages": [{ "role": "user", "content": [{ "text": "Is it raining?" }] }],
        "toolConfig": { "tools": [tool] },
    });
    let answer = invoke(NOVA, &body).await;
    assert_eq!(answer["stopReason"], "tool_use", "{answer}");
    let asked = answer["output"]["message"].clone();
    let tool_use = &asked["content"][0]["toolUse"];
    assert_eq!((&tool_use["name"], &tool_use["input"]), (&json!("weather"), &json!({ "city": "example" })));
    let inputs: String = streamed(NOVA, &body, &[])
        .await
        .iter()
        .filter_map(|chunk| chunk["contentBlockDelta"]["delta"]["toolUse"]["input"].as_str())
        .collect();
    assert_eq!(serde_json::from_str::<Value>(&inputs).unwrap(), json!({ "city": "example" }));
    let result = json!({ "toolUseId": tool_use["toolUseId"], "content": [{ "text": "It is." }] });
    let messages = body["messages"].as_array_mut().unwrap();
    messages.extend([asked, json!({ "role": "user", "content": [{ "toolResult": result }] })]);
    let answer = invoke(NOVA, &body).await;
    assert_eq!(answer["stopReason"], "end_turn", "{answer}");
    assert_eq!(answer["output"]["message"]["content"][0]["text"], "The tools have answered: It is.");
}

#[tokio::test]
async fn functions_are_called_as_openai_has_them() {
    let function =
        |name: &str| json!({ "type": "function", "function": { "name": name, "parameters": schema() } });
    let mut body = json!({
        "messages": [{ "role": "user", "content": "Ask weather and time." }],
        "tools": [function("weather"), function("time")],
    });
    let names = |answer: &Value| {
        let calls = answer["choices"][0]["message"]["tool_calls"].as_array().cloned().unwrap_or_default();
        calls.iter().map(|call| call["function"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for model in [GPT, "mistral.mistral-large-2407-v1:0"] {
        let answer = invoke(model, &body).await;
        let choice = &answer["choices"][0];
        assert_eq!(names(&answer), ["weather", "time"], "{model}: {answer}");
        assert_eq!(
            (&choice["finish_reason"], &choice["message"]["content"]),
            (&json!("tool_calls"), &Value::Null)
        );
        let call = &choice["message"]["tool_calls"][0];
        assert_eq!(
            (&call["type"], &call["function"]["arguments"]),
            (&json!("function"), &json!(r#"{"city":"example"}"#))
        );
        let chunks = streamed(model, &body, &[]).await;
        assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
        assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "tool_calls");
        let calls: Vec<&Value> =
            chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].get(0)).collect();
        for (index, name) in [(0, "weather"), (1, "time")] {
            let of_it: Vec<_> = calls.iter().filter(|call| call["index"] == index).collect();
            assert_eq!(of_it[0]["function"]["name"], name);
            let arguments = of_it.iter().map(|call| call["function"]["arguments"].as_str().unwrap());
            assert_eq!(arguments.collect::<String>(), r#"{"city":"example"}"#);
        }
    }
    for (name, value, expected) in [
        ("tool_choice", json!("required"), vec!["weather", "time"]),
        ("tool_choice", json!({ "type": "function", "function": { "name": "time" } }), vec!["time"]),
        ("tool_choice", json!("none"), vec![]),
        ("parallel_tool_calls", json!(false), vec!["weather"]),
    ] {
        let mut body = body.clone();
        body[name] = value;
        assert_eq!(names(&invoke(GPT, &body).await), expected, "{name}");
    }
    let asked = invoke(GPT, &body).await["choices"][0]["message"].clone();
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(asked.clone());
    for (call, said) in asked["tool_calls"].as_array().unwrap().iter().zip(["It rains.", "It is noon."]) {
        messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": said }));
    }
    let answer = invoke(GPT, &body).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "The tools have answered: It rains.; It is noon.");
    // A later turn goes on with ids of its own.
    body["messages"].as_array_mut().unwrap().push(json!({ "role": "user", "content": "Again: weather" }));
    let again = invoke(GPT, &body).await;
    let calls = &again["choices"][0]["message"]["tool_calls"];
    assert!(calls[0]["id"].is_string() && calls[0]["id"] != asked["tool_calls"][0]["id"], "{again}");
    // A family whose own shape of tools is not spoken here answers in words.
    let told =
        invoke("meta.llama3-70b-instruct-v1:0", &json!({ "prompt": "hi", "tools": [function("f")] })).await;
    assert!(told["generation"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
}

#[tokio::test]
async fn a_guardrail_in_the_headers_blocks_what_the_model_is_asked() {
    let guard =
        [("x-amzn-bedrock-guardrailidentifier", "abc123"), ("x-amzn-bedrock-guardrailversion", "DRAFT")];
    let traced = [&guard[..], &[("x-amzn-bedrock-trace", "ENABLED")]].concat();
    let action = "amazon-bedrock-guardrailAction";
    let blocked = "Sorry, the model cannot answer this question.";
    let claude = |text: &str| {
        let messages = json!([{ "role": "user", "content": text }]);
        json!({ "anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": messages })
    };
    let answer = ask("invoke", CLAUDE, &claude("This is blocked."), &guard).await.json();
    assert_eq!((&answer["content"][0]["text"], &answer[action]), (&json!(blocked), &json!("INTERVENED")));
    assert!(answer.get("amazon-bedrock-trace").is_none(), "{answer}");
    let nova = json!({ "messages": [{ "role": "user", "content": [{ "text": "blocked" }] }] });
    let answer = ask("invoke", NOVA, &nova, &traced).await.json();
    assert_eq!(
        (&answer["output"]["message"]["content"][0]["text"], &answer[action]),
        (&json!(blocked), &json!("INTERVENED"))
    );
    let found = &answer["amazon-bedrock-trace"]["guardrail"]["input"]["abc123"]["wordPolicy"];
    assert_eq!(found["customWords"][0]["match"], "blocked", "{answer}");
    let chunks = streamed(CLAUDE, &claude("blocked"), &guard).await;
    assert_eq!(chunks.last().unwrap()[action], "INTERVENED");
    let passed = ask("invoke", CLAUDE, &claude("Hello"), &guard).await.json();
    assert_eq!(passed[action], "NONE");
    assert_ne!(passed["content"][0]["text"], blocked);
    let plain = ask("invoke", CLAUDE, &claude("This is blocked."), &[]).await.json();
    assert!(plain.get(action).is_none() && plain["content"][0]["text"] != blocked, "{plain}");
    for (headers, part) in [
        (&guard[..1], "guardrail version"),
        (&guard[1..], "guardrail identifier"),
        (&[("x-amzn-bedrock-guardrailidentifier", "NO"), guard[1]], "guardrail identifier"),
    ] {
        let refused = ask("invoke", CLAUDE, &claude("Hello"), headers).await;
        refused.expect_refusal(400, "ValidationException", part);
    }
}
