//! What the emulator makes of tools, of schemas and of texts to embed.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::protocol::eventstream::Decoder;
use emulator_call::{Answer, Call, options};
use serde_json::{Value, json};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";

async fn ask(operation: &str, model: &str, body: &Value) -> Answer {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    Call::post(&format!("/model/{segment}/{operation}"), body).to(&emulator).await
}

fn schema(kind: &str) -> Value {
    json!({ "type": "object", "properties": { "city": { "type": kind } }, "required": ["city"] })
}

fn user(text: &str) -> Value {
    json!([{ "role": "user", "content": [{ "text": text }] }])
}

#[tokio::test]
async fn a_tool_is_asked_for_with_arguments_of_its_schema() {
    let spec =
        |name: &str| json!({ "toolSpec": { "name": name, "inputSchema": { "json": schema("string") } } });
    let names = |text: &str, choice: Value| {
        let mut config = json!({ "tools": [spec("weather"), spec("time")] });
        if !choice.is_null() {
            config["toolChoice"] = choice;
        }
        let body = json!({ "messages": user(text), "toolConfig": config });
        async move {
            let answer = ask("converse", CLAUDE, &body).await.json();
            assert_eq!(answer["stopReason"], "tool_use", "{answer}");
            let content = answer["output"]["message"]["content"].as_array().unwrap().clone();
            let uses = content.iter().map(|block| {
                assert_eq!(block["toolUse"]["input"], json!({ "city": "example" }));
                block["toolUse"]["name"].as_str().unwrap().to_owned()
            });
            uses.collect::<Vec<_>>().join(" ")
        }
    };
    assert_eq!(names("Is it raining?", Value::Null).await, "weather");
    assert_eq!(names("Ask time and weather.", Value::Null).await, "weather time");
    assert_eq!(names("Hello", json!({ "tool": { "name": "time" } })).await, "time");
}

#[tokio::test]
async fn some_models_use_tools_but_not_in_a_stream() {
    let spec = json!({ "toolSpec": { "name": "weather", "inputSchema": { "json": schema("string") } } });
    let body = json!({ "messages": user("Is it raining?"), "toolConfig": { "tools": [spec] } });
    for model in ["us.meta.llama4-scout-17b-instruct-v1:0", "mistral.mistral-large-2402-v1:0"] {
        let answer = ask("converse", model, &body).await.json();
        assert_eq!(answer["stopReason"], "tool_use", "{answer}");
        let refused = ask("converse-stream", model, &body).await;
        refused.expect_refusal(400, "ValidationException", "doesn't support tool use in streaming mode");
        let spoken = ask("converse-stream", model, &json!({ "messages": user("Hi") })).await;
        assert_eq!(spoken.status, 200, "{model}: {}", spoken.text());
    }
    assert_eq!(ask("converse-stream", CLAUDE, &body).await.status, 200);
}

#[tokio::test]
async fn claude_asks_in_its_own_shape_and_reads_results() {
    let tools = json!([{ "name": "weather", "input_schema": schema("string") }]);
    let mut body = json!({
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "tools": tools,
        "messages": [{ "role": "user", "content": "Is it raining?" }],
    });
    let asked = ask("invoke", CLAUDE, &body).await.json();
    let tool_use = &asked["content"][0];
    assert_eq!(
        (&tool_use["type"], &asked["stop_reason"]),
        (&json!("tool_use"), &json!("tool_use")),
        "{asked}"
    );
    let result = json!({ "type": "tool_result", "tool_use_id": tool_use["id"], "content": "raining" });
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(json!({ "role": "assistant", "content": asked["content"] }));
    messages.push(json!({ "role": "user", "content": [result] }));
    let answer = ask("invoke", CLAUDE, &body).await.json();
    assert_eq!(answer["stop_reason"], "end_turn", "{answer}");
    assert!(answer["content"][0]["text"].as_str().unwrap().contains("raining"), "{answer}");
}

#[tokio::test]
async fn a_claude_thinks_within_a_turn_only_where_it_began_with_a_thought() {
    let call = json!({ "type": "tool_use", "id": "t", "name": "weather", "input": {} });
    let result = json!({ "type": "tool_result", "tool_use_id": "t", "content": "raining" });
    let thought = json!({ "type": "thinking", "thinking": "hm", "signature": "sig" });
    let body = |said: Value, last: Option<Value>| {
        let mut messages = vec![
            json!({ "role": "user", "content": "Is it raining?" }),
            json!({ "role": "assistant", "content": said }),
        ];
        messages.extend(last.map(|content| json!({ "role": "user", "content": content })));
        json!({ "anthropic_version": "bedrock-2023-05-31", "max_tokens": 2000, "messages": messages,
            "tools": [{ "name": "weather", "input_schema": schema("string") }],
            "thinking": { "type": "enabled", "budget_tokens": 1024 } })
    };
    let result = || Some(json!([result]));
    for (said, last, found) in
        [(json!([call]), result(), "tool_use"), (json!([{ "type": "text", "text": "So" }]), None, "text")]
    {
        let refused = ask("invoke", CLAUDE, &body(said, last)).await;
        let problem = format!(
            "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`"
        );
        refused.expect_refusal(400, "ValidationException", &problem);
        assert!(
            refused.message().starts_with("messages."),
            "only Converse names the model: {}",
            refused.text()
        );
    }
    for (said, last) in [
        (json!([thought, call]), result()),
        (json!([{ "type": "text", "text": "Yes." }]), Some(json!("And now?"))),
    ] {
        let answer = ask("invoke", CLAUDE, &body(said, last)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn a_schema_is_filled_in() {
    let asked = |schema: Value| {
        let schema = json!({ "schema": schema.to_string() });
        let format = json!({ "type": "json_schema", "structure": { "jsonSchema": schema } });
        json!({ "messages": user("Where?"), "outputConfig": { "textFormat": format } })
    };
    let mut schema = schema("integer");
    let refused = ask("converse", CLAUDE, &asked(schema.clone())).await;
    refused.expect_refusal(
        400,
        "ValidationException",
        "'additionalProperties' must be explicitly set to false",
    );
    schema["additionalProperties"] = json!(false);
    let answer = ask("converse", CLAUDE, &asked(schema.clone())).await.json();
    let text = answer["output"]["message"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), json!({ "city": 1 }));

    // The model's own field for it, as the AI SDK fills it in.
    let format = json!({ "type": "json_schema", "schema": schema });
    let fields = json!({ "output_config": { "format": format } });
    let own = json!({ "messages": user("Where?"), "additionalModelRequestFields": fields });
    let answer = ask("converse", CLAUDE, &own).await.json();
    assert_eq!(answer["output"]["message"]["content"][0]["text"], r#"{"city":1}"#, "{answer}");

    // What no grammar has is refused, and only where the model is held to it.
    schema["properties"]["city"]["minimum"] = json!(0);
    schema["properties"]["city"]["maximum"] = json!(9);
    let problem = "For 'integer' type, properties maximum, minimum are not supported";
    let refused = ask("converse", CLAUDE, &asked(schema.clone())).await;
    refused.expect_refusal(400, "ValidationException", problem);
    let mut body = json!({
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 100,
        "tools": [{ "name": "weather", "input_schema": schema, "strict": true }],
        "messages": [{ "role": "user", "content": "Is it raining?" }],
    });
    let refused = ask("invoke", CLAUDE, &body).await;
    refused.expect_refusal(400, "ValidationException", &format!("tools.0.custom: {problem}"));
    body["tools"][0].as_object_mut().unwrap().remove("strict");
    assert_eq!(ask("invoke", CLAUDE, &body).await.json()["stop_reason"], "tool_use");
}

#[tokio::test]
async fn who_is_told_to_answer_json_does() {
    let told = |operation: &'static str, system: &str| {
        let body = match operation {
            "converse" => json!({ "messages": user("Where?"), "system": [{ "text": system }] }),
            _ => json!({ "messages": [{ "role": "user", "content": "Where?" }], "system": system,
                "anthropic_version": "bedrock-2023-05-31", "max_tokens": 100 }),
        };
        async move { ask(operation, CLAUDE, &body).await.json() }
    };
    let system = "Answer with one JSON object and nothing else.";
    let by_schema =
        format!("{system} It must be valid by this JSON schema: {}. Be brief.", schema("integer"));
    // The sentences of pydantic-ai and of Instructor.
    let compatible = format!(
        "\nAlways respond with a JSON object that's compatible with this schema:\n\n{}\n\nDon't include any text.",
        schema("integer")
    );
    let genius = format!(
        "As a genius expert, provide the parsed objects in json that match the following json_schema:\n\n  {:#}\n\n\
         Make sure to return an instance of the JSON, not the schema itself",
        schema("integer")
    );
    let elsewhere = format!("{system} It has no schema. {} {{}}", "x".repeat(300));
    for (system, expected) in [
        (system, json!({ "answer": "The emulator has read: Where?" })),
        (elsewhere.as_str(), json!({ "answer": "The emulator has read: Where?" })),
        (by_schema.as_str(), json!({ "city": 1 })),
        (compatible.as_str(), json!({ "city": 1 })),
        (genius.as_str(), json!({ "city": 1 })),
    ] {
        let converse = told("converse", system).await["output"]["message"]["content"][0]["text"].clone();
        let native = told("invoke", system).await["content"][0]["text"].clone();
        for text in [converse, native] {
            assert_eq!(serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn arguments_that_are_no_object_are_refused() {
    let array = json!({ "type": "array", "items": { "type": "string" } });
    let spec = json!({ "toolSpec": { "name": "f", "inputSchema": { "json": array } } });
    let body = json!({ "messages": user("Hi"), "toolConfig": { "tools": [spec] } });
    let problem = "toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.";
    ask("converse", CLAUDE, &body).await.expect_refusal(400, "ValidationException", problem);
    let body = json!({ "messages": [{ "role": "user", "content": "Hi" }], "max_tokens": 100,
        "anthropic_version": "bedrock-2023-05-31", "tools": [{ "name": "f", "input_schema": array }] });
    ask("invoke", CLAUDE, &body).await.expect_refusal(400, "ValidationException", "Input should be 'object'");
}

#[tokio::test]
async fn a_text_has_one_vector_of_length_one() {
    let cases = [
        ("amazon.titan-embed-text-v1", json!({ "inputText": "a" }), "/embedding", 1536),
        ("amazon.titan-embed-text-v2:0", json!({ "inputText": "a", "dimensions": 256 }), "/embedding", 256),
        (
            "cohere.embed-english-v3",
            json!({ "texts": ["a"], "input_type": "clustering" }),
            "/embeddings/0",
            1024,
        ),
        (
            "us.cohere.embed-v4:0",
            json!({ "texts": ["a"], "input_type": "search_query", "output_dimension": 512 }),
            "/embeddings/float/0",
            512,
        ),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            json!({ "taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {
                "embeddingPurpose": "GENERIC_INDEX",
                "embeddingDimension": 384,
                "text": { "truncationMode": "END", "value": "a" },
            } }),
            "/embeddings/0/embedding",
            384,
        ),
    ];
    for (model, body, pointer, dimensions) in cases {
        let answer = ask("invoke", model, &body).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        assert!(answer.header("x-amzn-bedrock-input-token-count").parse::<u64>().unwrap() > 0);
        let again = ask("invoke", model, &body).await.json();
        let answer = answer.json();
        let vector = answer.pointer(pointer).unwrap().as_array().unwrap();
        let length: f64 = vector.iter().map(|number| number.as_f64().unwrap().powi(2)).sum();
        assert_eq!(vector.len(), dimensions, "{model}");
        assert!((length - 1.0).abs() < 1e-4, "{model}: {length}");
        assert_eq!(again.pointer(pointer), answer.pointer(pointer));
    }
    let bits = json!({ "inputText": "a", "dimensions": 256, "embeddingTypes": ["binary"] });
    let bits = ask("invoke", "amazon.titan-embed-text-v2:0", &bits).await.json();
    assert_eq!(bits["embeddingsByType"]["binary"].as_array().map(Vec::len), Some(256));
    assert!(bits.get("embedding").is_none() && bits["embeddingsByType"].get("float").is_none());
    let small = json!({ "texts": ["a"], "input_type": "clustering", "embedding_types": ["int8", "ubinary"] });
    let small = ask("invoke", "cohere.embed-english-v3", &small).await.json();
    assert_eq!(small["embeddings"]["int8"][0].as_array().map(Vec::len), Some(1024));
    assert_eq!(small["embeddings"]["ubinary"][0].as_array().map(Vec::len), Some(128));
    let refused = ask("invoke", "cohere.embed-english-v3", &json!({ "texts": ["a"] })).await;
    refused.expect_refusal(400, "ValidationException", "input_type");
}

#[tokio::test]
async fn what_is_asked_in_one_turn_is_answered_in_the_next() {
    let uses = |ids: &[&str]| -> Value {
        let block = |id| json!({ "toolUse": { "toolUseId": id, "name": "f", "input": {} } });
        ids.iter().map(block).collect()
    };
    let results = |ids: &[&str]| -> Value {
        let block = |id| json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "18" }] } });
        ids.iter().map(block).collect()
    };
    let text = || json!([{ "text": "x" }]);
    let input = json!([{ "toolUse": { "toolUseId": "a", "name": "f", "input": "{}" } }]);
    let answer = |content: Value, status: &str| json!([{ "toolResult": { "toolUseId": "a", "content": content, "status": status } }]);
    // What the model said, what was answered, and the refusal.
    for (said, answered, problem) in [
        (uses(&["a", "b"]), results(&["a", "b"]), ""),
        (uses(&["a", "b"]), results(&["b", "a"]), ""),
        (uses(&["a"]), text(), "Expected toolResult blocks at messages.2.content for the following Ids: a"),
        (uses(&["a", "b", "c"]), results(&["b"]), "messages.2.content for the following Ids: a, c"),
        (uses(&["a"]), results(&["z"]), "messages.2.content for the following Ids: a"),
        (
            uses(&["a"]),
            results(&["a", "z"]),
            "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.",
        ),
        (
            text(),
            results(&["a"]),
            "messages.2.content exceeds the number of toolUse blocks of previous turn.",
        ),
        (
            uses(&["a", "a"]),
            results(&["a"]),
            "The toolUse blocks at messages.1.content contain duplicate Ids: a",
        ),
        (
            uses(&["a", "b"]),
            results(&["b", "b"]),
            "The toolResult blocks at messages.2.content contain duplicate Ids: b",
        ),
        (results(&["a"]), text(), "messages.1: `tool_result` blocks can only be in `user` messages"),
        (uses(&["a"]), uses(&["a"]), "messages.2: `tool_use` blocks can only be in `assistant` messages"),
        (
            input,
            results(&["a"]),
            "The format of the value at messages.1.content.0.toolUse.input is invalid. Provide a json object for the field and try again.",
        ),
        (
            uses(&["a"]),
            answer(json!([{ "text": "x" }, { "json": [1] }]), "success"),
            "The format of the value at messages.2.content.0.toolResult.content.1.json is invalid.",
        ),
        (
            uses(&["a"]),
            answer(json!([]), "error"),
            "The content field at messages.2.content.0.toolResult cannot be empty when status value is error.",
        ),
        (uses(&["a"]), answer(json!([]), "success"), ""),
    ] {
        let messages = json!([
            user("x")[0], { "role": "assistant", "content": said }, { "role": "user", "content": answered },
        ]);
        let spec = json!({ "toolSpec": { "name": "f", "inputSchema": { "json": { "type": "object" } } } });
        let request = json!({ "messages": messages, "toolConfig": { "tools": [spec] } });
        let counted = "anthropic.claude-sonnet-4-20250514-v1:0";
        for (operation, model, body) in [
            ("converse", CLAUDE, request.clone()),
            ("converse-stream", "us.amazon.nova-lite-v1:0", request.clone()),
            ("count-tokens", counted, json!({ "input": { "converse": request } })),
        ] {
            let answer = ask(operation, model, &body).await;
            if problem.is_empty() {
                assert_eq!(answer.status, 200, "{operation} {messages}: {}", answer.text());
            } else {
                answer.expect_refusal(400, "ValidationException", problem);
            }
        }
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_cannot_be_chosen() {
    let body = |schema: Value, choice: &str| {
        let spec = json!({ "toolSpec": { "name": "weather", "inputSchema": { "json": schema } } });
        let config = json!({ "tools": [spec], "toolChoice": { "tool": { "name": choice } } });
        json!({ "messages": user("Is it raining?"), "toolConfig": config })
    };
    let refused = ask("converse", CLAUDE, &body(schema("string"), "wether")).await;
    refused.expect_refusal(400, "ValidationException", "Tool 'wether' not found in provided tools");
    let untyped = ask("converse", CLAUDE, &body(json!({ "properties": {} }), "weather")).await;
    let problem = "toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.";
    untyped.expect_refusal(400, "ValidationException", problem);
    let mut body = body(schema("string"), "weather");
    assert_eq!(ask("converse", CLAUDE, &body).await.status, 200);
    let tool = body["toolConfig"]["tools"][0].clone();
    body["toolConfig"]["tools"].as_array_mut().unwrap().push(tool);
    let refused = ask("converse", CLAUDE, &body).await;
    refused.expect_refusal(400, "ValidationException", "tools: Tool names must be unique.");
}

/// Claude Code gives an empty list where it has no tools.
#[tokio::test]
async fn who_gives_no_tools_is_asked_for_none() {
    let body = json!({ "messages": [{ "role": "user", "content": "Hi" }], "tools": [],
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 100 });
    let answer = ask("invoke", CLAUDE, &body).await.json();
    assert_eq!((&answer["stop_reason"], &answer["content"][0]["type"]), (&json!("end_turn"), &json!("text")));
    let stream = ask("invoke-with-response-stream", CLAUDE, &body).await;
    let mut decoder = Decoder::new();
    decoder.push(stream.body);
    let mut said = String::new();
    while let Some(frame) = decoder.next_frame().unwrap() {
        let chunk: Value = serde_json::from_slice(frame.payload()).unwrap();
        let bytes = base64_simd::STANDARD.decode_to_vec(chunk["bytes"].as_str().unwrap()).unwrap();
        said.push_str(&String::from_utf8(bytes).unwrap());
    }
    assert!(said.contains("end_turn") && !said.contains("tool_use"), "{said}");
}

/// pydantic-ai and LangChain give an agent's answer a tool of its own, and force one in every turn.
#[tokio::test]
async fn an_agent_that_must_use_a_tool_comes_to_an_end() {
    let tool = |name: &str| json!({ "name": name, "input_schema": schema("string") });
    let spec =
        |name: &str| json!({ "toolSpec": { "name": name, "inputSchema": { "json": schema("string") } } });
    let (mut native, mut converse) =
        (vec![json!({ "role": "user", "content": "Rain?" })], vec![user("Rain?")[0].clone()]);
    let mut used = Vec::new();
    for _ in 0..3 {
        let body = json!({ "messages": native, "tools": [tool("weather"), tool("final_result")],
            "tool_choice": { "type": "any" }, "anthropic_version": "bedrock-2023-05-31", "max_tokens": 100 });
        let content = ask("invoke", CLAUDE, &body).await.json()["content"].clone();
        let result = json!({ "type": "tool_result", "tool_use_id": content[0]["id"], "content": "yes" });
        native.push(json!({ "role": "assistant", "content": content }));
        native.push(json!({ "role": "user", "content": [result] }));

        let config = json!({ "tools": [spec("weather"), spec("final_result")], "toolChoice": { "any": {} } });
        let body = json!({ "messages": converse, "toolConfig": config });
        let message = ask("converse", CLAUDE, &body).await.json()["output"]["message"].clone();
        let asked = message["content"][0]["toolUse"].clone();
        let result = json!({ "toolUseId": asked["toolUseId"], "content": [{ "text": "yes" }] });
        converse.push(message);
        converse.push(json!({ "role": "user", "content": [{ "toolResult": result }] }));
        assert_eq!(asked["name"], content[0]["name"]);
        used.push(content[0]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(used, ["weather", "final_result", "weather"]);
}
