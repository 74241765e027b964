//! What Bedrock answered to others goes through the gateway and comes out in OpenAI's shape: the same text, tools, reason
//! to end and tokens. The recordings lie in `$BEDWIRE_RECORDINGS`, else in `../shared/recordings`; without them this test
//! says so and passes.
#![cfg(feature = "gateway")]

mod gateway;
mod recorded;

use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::protocol::eventstream::Decoder;
use bedwire::transport::Body;
use bytes::Bytes;
use gateway::canned::Canned;
use gateway::completion::{Completion, append, read_stream};
use gateway::responses::{as_completion, read_response_stream};
use gateway::{CLAUDE, NOVA, ask, hi, over, respond, whole};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;

#[tokio::test]
async fn every_recorded_answer_comes_out_in_openais_shapes() {
    let exchanges = recorded::exchanges();
    if exchanges.is_empty() {
        return;
    }
    let mut counts = BTreeMap::<&str, usize>::new();
    for recorded in exchanges.iter().filter_map(Recorded::read) {
        *counts.entry(recorded.operation).or_default() += 1;
        recorded.check().await;
        recorded.check_response().await;
    }
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    assert_eq!(counts.len(), 4, "{counts:?}");
    let _ = writeln!(std::io::stderr(), "{} went through the gateway", counts.join(", "));
}

struct Recorded {
    label: String,
    operation: &'static str,
    response: Bytes,
}

impl Recorded {
    /// An answer of Converse, or of a Claude.
    fn read(given: &Value) -> Option<Self> {
        let path = given["path"].as_str().unwrap();
        let operation = path.strip_prefix("/model/")?.split_once('/')?.1;
        let response = recorded::body(given, "response_body");
        let operation = match operation {
            "converse" => "converse",
            "converse-stream" => "converse-stream",
            "invoke" => "invoke",
            "invoke-with-response-stream" => "invoke-with-response-stream",
            _ => return None,
        };
        let label = format!("{} {}", given["source"], given["index"]);
        let recorded = Self { label, operation, response };
        let is_claude = match operation {
            "invoke" => recorded.json()["content"].is_array(),
            "invoke-with-response-stream" => {
                given["status"] == 200
                    && recorded.chunks().iter().any(|chunk| chunk["type"] == "message_start")
            }
            _ => true,
        };
        (given["status"] == 200 && is_claude).then_some(recorded)
    }

    async fn check(&self) {
        let mut body = hi(self.model());
        if self.is_of_claude() {
            body["tools"] = json!([{ "type": "function", "function": { "name": "unused" } }]);
        }
        if self.is_stream() {
            body["stream"] = json!(true);
            body["stream_options"] = json!({ "include_usage": true });
        }
        let Some(document) = self.answered(async |gateway| ask(gateway, &body).await).await else { return };
        let completion = if self.is_stream() {
            read_stream(&document, &self.label)
        } else {
            // Byte for byte: the arguments stand in the recording as they come out.
            Completion::read(&serde_json::from_str(&document).unwrap(), &self.label)
        };
        self.compare(&completion);
    }

    /// The same as a response.
    async fn check_response(&self) {
        let mut body = json!({ "model": self.model(), "input": "hi", "stream": self.is_stream() });
        if self.is_of_claude() {
            body["tools"] = json!([{ "type": "function", "name": "unused" }]);
        }
        let Some(document) = self.answered(async |gateway| respond(gateway, &body).await).await else {
            return;
        };
        let response = if self.is_stream() {
            read_response_stream(&document, &self.label)
        } else {
            serde_json::from_str(&document).unwrap()
        };
        self.compare(&as_completion(&response, &self.label));
    }

    fn is_stream(&self) -> bool {
        self.operation.ends_with("stream")
    }

    fn is_of_claude(&self) -> bool {
        !self.operation.starts_with("converse")
    }

    fn model(&self) -> &'static str {
        if self.is_of_claude() { CLAUDE } else { NOVA }
    }

    /// What a gateway makes of the recording; nothing where that is no answer at all.
    async fn answered(&self, ask: impl AsyncFnOnce(&Gateway) -> http::Response<Body>) -> Option<String> {
        let canned = Canned::new(self.operation, self.response.clone());
        let response = ask(&over(canned.clone(), GatewayOptions::default())).await;
        assert_eq!(canned.operations(), [self.operation], "{}", self.label);
        let is_answer = !self.plain().is_nothing();
        let status = if is_answer { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
        assert_eq!(response.status(), status, "{}", self.label);
        if is_answer { Some(whole(response).await) } else { None }
    }

    fn compare(&self, completion: &Completion) {
        for (_, _, arguments) in &completion.tool_calls {
            let text = String::from_utf8_lossy(&self.response);
            let is_there = self.is_stream() || text.contains(arguments) || arguments == "{}";
            assert!(is_there, "{}: {arguments}", self.label);
        }
        self.plain().compare(completion, self.model(), &self.label);
    }

    fn plain(&self) -> Plain {
        match self.operation {
            "converse" => Plain::of_converse(&self.json()),
            "converse-stream" => Plain::of_converse_events(&self.frames()),
            "invoke" => Plain::of_claude(&self.json()),
            _ => Plain::of_claude_events(&self.chunks()),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.response).unwrap_or_default()
    }

    fn frames(&self) -> Vec<(String, Value)> {
        let mut decoder = Decoder::new();
        decoder.push(self.response.clone());
        let mut frames = Vec::new();
        while let Some(frame) = decoder.next_frame().unwrap() {
            let name = frame.string_header(":event-type").unwrap().to_owned();
            frames.push((name, serde_json::from_slice(frame.payload()).unwrap()));
        }
        frames
    }

    fn chunks(&self) -> Vec<Value> {
        let decoded = |payload: &Value| {
            base64_simd::STANDARD.decode_to_vec(payload["bytes"].as_str().unwrap()).unwrap()
        };
        self.frames().iter().map(|(_, payload)| serde_json::from_slice(&decoded(payload)).unwrap()).collect()
    }
}

/// What a recording plainly says.
#[derive(Debug, Default)]
struct Plain {
    text: String,
    /// Id, name, arguments.
    tools: Vec<(String, String, Value)>,
    thoughts: String,
    /// What can be sent back of them.
    signed: Vec<Value>,
    stop_reason: Option<String>,
    usage: Value,
}

impl Plain {
    fn of_converse(answer: &Value) -> Self {
        let mut plain = Self { usage: answer["usage"].clone(), ..Self::default() };
        plain.stop_reason = answer["stopReason"].as_str().map(str::to_owned);
        for block in answer["output"]["message"]["content"].as_array().into_iter().flatten() {
            plain.text.push_str(block["text"].as_str().unwrap_or_default());
            for piece in block["citationsContent"]["content"].as_array().into_iter().flatten() {
                plain.text.push_str(piece["text"].as_str().unwrap_or_default());
            }
            let tool = &block["toolUse"];
            if tool.is_object() && tool["type"] != "server_tool_use" {
                plain.tool(&tool["toolUseId"], &tool["name"], tool["input"].clone());
            }
            let reasoning = &block["reasoningContent"];
            plain.think(&reasoning["reasoningText"]["text"], &reasoning["reasoningText"]["signature"]);
            plain.redact(&reasoning["redactedContent"]);
        }
        plain
    }

    fn of_converse_events(events: &[(String, Value)]) -> Self {
        let mut answer = json!({ "usage": null });
        let mut blocks = BTreeMap::<u64, Value>::new();
        for (name, payload) in events {
            let block = blocks.entry(payload["contentBlockIndex"].as_u64().unwrap_or(u64::MAX)).or_default();
            match name.as_str() {
                "contentBlockStart" => *block = payload["start"].clone(),
                "contentBlockDelta" => {
                    let delta = &payload["delta"];
                    append(block, "/text", &delta["text"]);
                    append(block, "/toolUse/input", &delta["toolUse"]["input"]);
                    append(block, "/reasoningContent/reasoningText/text", &delta["reasoningContent"]["text"]);
                    append(
                        block,
                        "/reasoningContent/reasoningText/signature",
                        &delta["reasoningContent"]["signature"],
                    );
                    append(
                        block,
                        "/reasoningContent/redactedContent",
                        &delta["reasoningContent"]["redactedContent"],
                    );
                }
                "messageStop" => answer["stopReason"] = payload["stopReason"].clone(),
                "metadata" => answer["usage"] = payload["usage"].clone(),
                _ => {}
            }
        }
        for block in blocks.values_mut() {
            if block["toolUse"].is_object() {
                let input = block["toolUse"]["input"].as_str().unwrap_or("{}");
                block["toolUse"]["input"] = serde_json::from_str(input).unwrap();
            }
        }
        answer["output"]["message"]["content"] = blocks.into_values().collect();
        Self::of_converse(&answer)
    }

    fn of_claude(answer: &Value) -> Self {
        let mut plain = Self { usage: answer["usage"].clone(), ..Self::default() };
        plain.stop_reason = answer["stop_reason"].as_str().map(str::to_owned);
        for block in answer["content"].as_array().into_iter().flatten() {
            match block["type"].as_str().unwrap() {
                "text" => plain.text.push_str(block["text"].as_str().unwrap()),
                "tool_use" => plain.tool(&block["id"], &block["name"], block["input"].clone()),
                "thinking" => plain.think(&block["thinking"], &block["signature"]),
                "redacted_thinking" => plain.redact(&block["data"]),
                other => panic!("a block {other}"),
            }
        }
        plain
    }

    fn of_claude_events(events: &[Value]) -> Self {
        let mut blocks = BTreeMap::<u64, Value>::new();
        let mut answer = json!({ "usage": {} });
        for event in events {
            let usage = event.pointer("/message/usage").or_else(|| event.get("usage"));
            for (name, count) in usage.and_then(Value::as_object).into_iter().flatten() {
                answer["usage"][name] = count.clone();
            }
            let Some(kind) = event["type"].as_str() else { continue };
            if kind == "message_delta" {
                answer["stop_reason"] = event["delta"]["stop_reason"].clone();
            }
            let Some(index) = event["index"].as_u64() else { continue };
            let block = blocks.entry(index).or_default();
            if kind == "content_block_start" {
                *block = event["content_block"].clone();
            }
            append(block, "/text", &event["delta"]["text"]);
            append(block, "/thinking", &event["delta"]["thinking"]);
            append(block, "/signature", &event["delta"]["signature"]);
            append(block, "/pieces", &event["delta"]["partial_json"]);
        }
        for block in blocks.values_mut().filter(|block| block["type"] == "tool_use") {
            let pieces = block["pieces"].as_str().filter(|pieces| !pieces.is_empty()).unwrap_or("{}");
            block["input"] = serde_json::from_str(pieces).unwrap();
        }
        answer["content"] = blocks.into_values().collect();
        Self::of_claude(&answer)
    }

    fn tool(&mut self, id: &Value, name: &Value, input: Value) {
        self.tools.push((id.as_str().unwrap().to_owned(), name.as_str().unwrap().to_owned(), input));
    }

    fn think(&mut self, text: &Value, signature: &Value) {
        self.thoughts.push_str(text.as_str().unwrap_or_default());
        if let Some(signature) = signature.as_str() {
            self.signed.push(json!({ "type": "thinking", "thinking": text.as_str().unwrap_or_default(), "signature": signature }));
        }
    }

    fn redact(&mut self, data: &Value) {
        if let Some(data) = data.as_str() {
            self.signed.push(json!({ "type": "redacted_thinking", "data": data }));
        }
    }

    /// No answer at all.
    fn is_nothing(&self) -> bool {
        self.text.is_empty() && self.tools.is_empty() && self.stop_reason.is_none()
    }

    fn compare(&self, completion: &Completion, model: &str, label: &str) {
        assert_eq!(completion.model, model, "{label}");
        assert_eq!(completion.content.as_deref().unwrap_or_default(), self.text, "{label}");
        let tools: Vec<(String, String, Value)> = completion
            .tool_calls
            .iter()
            .map(|(id, name, arguments)| (id.clone(), name.clone(), serde_json::from_str(arguments).unwrap()))
            .collect();
        assert_eq!(tools, self.tools, "{label}");
        assert_eq!(completion.reasoning.as_deref().unwrap_or_default(), self.thoughts, "{label}");
        assert_eq!(completion.thinking_blocks, self.signed, "{label}");
        let finish_reason = match self.stop_reason.as_deref() {
            Some("end_turn" | "stop_sequence") | None => "stop",
            Some("max_tokens") => "length",
            Some("tool_use") => "tool_calls",
            Some("guardrail_intervened" | "content_filtered") => "content_filter",
            Some(other) => panic!("{label}: {other}"),
        };
        assert_eq!(completion.finish_reason, finish_reason, "{label}");
        let count = |names: &[&str]| names.iter().find_map(|name| self.usage[*name].as_u64());
        let input = count(&["inputTokens", "input_tokens"]);
        let output = count(&["outputTokens", "output_tokens"]);
        if input.is_none() && output.is_none() {
            assert_eq!(completion.usage, Value::Null, "{label}");
            return;
        }
        let (input, output) = (input.unwrap_or_default(), output.unwrap_or_default());
        let read = count(&["cacheReadInputTokens", "cache_read_input_tokens"]).unwrap_or_default();
        let write = count(&["cacheWriteInputTokens", "cache_creation_input_tokens"]).unwrap_or_default();
        let usage = json!({
            "prompt_tokens": input + read + write,
            "completion_tokens": output,
            "total_tokens": input + read + write + output,
            "prompt_tokens_details": { "cached_tokens": read, "cache_creation_tokens": write },
        });
        assert_eq!(completion.usage, usage, "{label}");
    }
}
