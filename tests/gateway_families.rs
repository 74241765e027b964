//! What one family of models refuses and another takes: each is asked what it takes, and answers.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use gateway::canned::Canned;
use gateway::completion::{Completion, read_stream};
use gateway::frames::frame;
use gateway::sent::Sent;
use gateway::tap::{delta, end};
use gateway::{CHAT, hi, over, post};
use serde_json::{Value, json};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "us.amazon.nova-lite-v1:0";
const TITAN: &str = "amazon.titan-text-express-v1";
const DEEPSEEK: &str = "deepseek.v3-v1:0";
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

#[tokio::test]
async fn an_answer_is_cut_where_the_model_takes_no_stop_sequence() {
    let stop = json!({ "stop": ["\nObservation:", "END"] });
    for model in ["openai.gpt-oss-120b-1:0", "qwen.qwen3-235b-a22b-2507-v1:0", "deepseek.v3-v1:0"] {
        let body = sent_to(model, &json!([user("Hi")]), &stop).await;
        assert!(body.get("inferenceConfig").is_none(), "{model}: {body}");
    }
    let body = sent_to(NOVA, &json!([user("Hi")]), &stop).await;
    assert_eq!(body["inferenceConfig"]["stopSequences"], stop["stop"]);

    let tool = json!({ "toolUse": { "toolUseId": "t", "name": "f", "input": {} } });
    for (said, content, reason) in [
        ("Action: f\nObservation: rain\nEND", "Action: f", "stop"),
        ("ENDless", "", "stop"),
        ("Action: f\nObs", "Action: f\nObs", "tool_calls"),
    ] {
        let whole = json!({ "output": { "message": { "role": "assistant", "content": [{ "text": said }, tool] } },
            "stopReason": "tool_use", "usage": { "inputTokens": 3, "outputTokens": 2, "totalTokens": 5 } });
        let start =
            json!({ "contentBlockIndex": 1, "start": { "toolUse": { "toolUseId": "t", "name": "f" } } });
        let chars: Vec<char> = said.chars().collect();
        let pieces = chars.chunks(5).map(|piece| delta(&piece.iter().collect::<String>()));
        let stop_of = |index: u64| frame("contentBlockStop", &json!({ "contentBlockIndex": index }));
        let ended = [
            frame("messageStop", &json!({ "stopReason": "tool_use" })),
            frame("metadata", &json!({ "usage": whole["usage"] })),
        ];
        let tool_frames = [stop_of(0), frame("contentBlockStart", &start), stop_of(1)];
        let stream: Vec<u8> = pieces.chain(tool_frames).chain(ended).flatten().collect();
        let tools = json!([{ "type": "function", "function": { "name": "f" } }]);
        for streams in [false, true] {
            let mut body = hi("openai.gpt-oss-120b-1:0");
            let more = json!({ "stop": stop["stop"], "tools": tools, "stream": streams,
                "stream_options": if streams { json!({ "include_usage": true }) } else { Value::Null } });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let canned = if streams {
                Canned::new("converse-stream", stream.clone().into())
            } else {
                Canned::new("converse", whole.to_string().into())
            };
            let gateway = over(canned, GatewayOptions::default());
            let answer = post(&gateway, CHAT, &body).await.text();
            let completion = if streams {
                read_stream(&answer, said)
            } else {
                Completion::read(&serde_json::from_str(&answer).unwrap(), said)
            };
            assert_eq!(completion.content.as_deref().unwrap_or_default(), content, "{said}");
            assert_eq!(completion.finish_reason, reason, "{said}");
            assert_eq!(completion.usage["total_tokens"], 5, "{said}");
        }
    }
}

#[tokio::test]
async fn a_client_of_anthropic_is_told_which_sequence_it_was() {
    let canned = Canned::new("converse-stream", [delta("one EN"), delta("D two"), end()].concat().into());
    let gateway = over(canned, GatewayOptions::default());
    let body = json!({ "model": "openai.gpt-oss-120b-1:0", "max_tokens": 9, "stream": true,
        "stop_sequences": ["END"], "messages": [user("Hi")] });
    let answer = gateway::post(&gateway, "/v1/messages", &body).await.text();
    assert!(answer.contains(r#""text":"one ""#) && !answer.contains("two"), "{answer}");
    assert!(answer.contains(r#""stop_reason":"stop_sequence","stop_sequence":"END""#), "{answer}");
}

#[tokio::test]
async fn instructions_are_said_first_where_there_is_no_other_place_for_them() {
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "system", "content": "Be kind." },
        user("Hi"),
        { "role": "assistant", "content": "Hello" },
        user("And now?"),
    ]);
    for model in ["mistral.mistral-7b-instruct-v0:2", "mistral.mixtral-8x7b-instruct-v0:1", TITAN] {
        let body = sent_to(model, &messages, &json!({})).await;
        assert!(body.get("system").is_none(), "{body}");
        assert_eq!(shape(&body)[0], "user: Be brief.\n\nBe kind.\n\nHi", "{body}");
        let image =
            json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw0KGgo=" } });
        let shown = json!([messages[0], { "role": "user", "content": [image] }]);
        assert_eq!(shape(&sent_to(model, &shown, &json!({})).await), ["user: Be brief. + image"]);
    }
    assert_eq!(sent_to(LLAMA, &messages, &json!({})).await["system"][1]["text"], "Be kind.");
}

#[tokio::test]
async fn a_model_without_tools_is_told_the_form_and_tools_are_refused_by_name() {
    let schema = json!({ "type": "object", "properties": { "a": { "const": 1 } } });
    let format = json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "out", "schema": schema } } });
    let tools = json!({ "tools": [{ "type": "function", "function": { "name": "f" } }] });
    let call = json!({ "id": "a", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let history = json!([user("Hi"), { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "a", "content": "rain" }]);
    for model in
        ["mistral.mistral-7b-instruct-v0:2", TITAN, "anthropic.claude-instant-v1", "us.deepseek.r1-v1:0"]
    {
        let body = sent_to(model, &json!([user("Hi")]), &format).await;
        assert!(body.get("toolConfig").is_none(), "{body}");
        assert!(body.to_string().contains("It must be valid by this JSON schema"), "{body}");

        let sent = Sent::default();
        let mut asked = json!({ "model": model, "messages": history });
        asked.as_object_mut().unwrap().extend(tools.as_object().unwrap().clone());
        let answer = gateway::post(&sent.gateway(), "/v1/chat/completions", &asked).await;
        assert!(answer.refusal(400).starts_with("tools cannot be used by this model"), "{}", answer.text());
        assert!(sent.take().is_empty());
        let mut options = GatewayOptions::default();
        options.drop_unsupported = true;
        let answer = gateway::post(&sent.gateway_with(options), "/v1/chat/completions", &asked).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("x-bedwire-dropped")),
            (200, "tools"),
            "{}",
            answer.text()
        );
        assert_eq!(shape(&sent.only().1)[2], "user: [The tool f answered: rain]");
    }
}

#[tokio::test]
async fn a_text_stands_between_a_document_and_a_cache_point() {
    let file = |kind: &str| {
        let data = format!("data:{kind};base64,YSxi");
        json!({ "type": "file", "file": { "filename": "a", "file_data": data }, "cache_control": { "type": "ephemeral" } })
    };
    let asked = |kind: &str| json!([{ "role": "user", "content": [{ "type": "text", "text": "Read:" }, file(kind)] }]);
    for (kind, expected) in [
        ("text/csv", "user: Read: + document + See the attached document. + cachePoint"),
        ("application/pdf", "user: Read: + document + cachePoint"),
    ] {
        assert_eq!(shape(&sent_to(CLAUDE, &asked(kind), &json!({})).await), [expected]);
    }
    let alone = json!([{ "role": "user", "content": [file("text/markdown")] }]);
    assert_eq!(
        shape(&sent_to(CLAUDE, &alone, &json!({})).await),
        ["user: document + See the attached document. + cachePoint"]
    );
}

#[tokio::test]
async fn a_llama_is_asked_to_go_on_with_its_own_words() {
    let begun = json!([user("Hi"), { "role": "assistant", "content": "Well" }]);
    assert_eq!(
        shape(&sent_to(LLAMA, &begun, &json!({})).await),
        ["user: Hi", "assistant: Well", "user: Continue."]
    );
    assert_eq!(shape(&sent_to(NOVA, &begun, &json!({})).await), ["user: Hi", "assistant: Well"]);
}

/// What it is forced to it does by `any` only, and not while it thinks.
#[tokio::test]
async fn a_deepseek_is_given_the_one_tool_that_it_must_use() {
    let messages = json!([user("Hi")]);
    let tool = |name: &str| json!({ "type": "function", "function": { "name": name } });
    let forced = json!({ "tools": [tool("f"), tool("g")], "tool_choice": { "type": "function", "function": { "name": "g" } } });
    let config = sent_to(DEEPSEEK, &messages, &forced).await["toolConfig"].take();
    assert_eq!(config["toolChoice"], json!({ "any": {} }));
    assert_eq!(
        (&config["tools"][0]["toolSpec"]["name"], config["tools"].as_array().unwrap().len()),
        (&json!("g"), 1)
    );

    let schema = json!({ "type": "object", "properties": { "a": { "type": "integer", "minimum": 3 } } });
    let mut format = json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "out", "schema": schema } } });
    let body = sent_to(DEEPSEEK, &messages, &format).await;
    assert_eq!(body["toolConfig"]["toolChoice"], json!({ "any": {} }));
    format["reasoning_effort"] = json!("low");
    let body = sent_to(DEEPSEEK, &messages, &format).await;
    assert!(body.get("toolConfig").is_none(), "{body}");
    assert!(body["system"][0]["text"].as_str().unwrap().contains("JSON schema"), "{body}");

    let mut body = json!({ "model": DEEPSEEK, "messages": messages, "reasoning_effort": "low" });
    body.as_object_mut().unwrap().extend(forced.as_object().unwrap().clone());
    let answer = gateway::post(&Sent::default().gateway(), "/v1/chat/completions", &body).await;
    assert!(answer.refusal(400).starts_with("reasoning_effort cannot be given where a tool is forced"));
}

#[tokio::test]
async fn what_is_drawn_stays_within_what_a_family_takes() {
    let messages = json!([user("Hi")]);
    for (top_p, expected) in [(json!(1), 0.99), (json!(0.5), 0.5)] {
        let body = sent_to("cohere.command-r-v1:0", &messages, &json!({ "top_p": top_p })).await;
        assert_eq!(body["inferenceConfig"]["topP"], expected);
    }
    assert_eq!(sent_to(NOVA, &messages, &json!({ "top_p": 1 })).await["inferenceConfig"]["topP"], 1.0);
    let body = sent_to(NOVA, &messages, &json!({ "top_k": 128 })).await;
    assert_eq!(body["additionalModelRequestFields"]["inferenceConfig"]["topK"], 128);
    let body = json!({ "model": NOVA, "messages": messages, "top_k": 200 });
    let answer = gateway::post(&Sent::default().gateway(), "/v1/chat/completions", &body).await;
    assert_eq!(answer.refusal(400), "top_k is 200; this model takes at most 128");
}
