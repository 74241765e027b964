//! Every exchange that other projects recorded with real Bedrock is read, and compared with what the JSON plainly says.
//! The recordings lie in `$BEDWIRE_RECORDINGS`, else in `../shared/recordings`; without them this test says so and passes.

mod recorded;

use bedwire::protocol::content::{ConverseOutput, NativeAnswer, Reasoning, Usage};
use bedwire::protocol::document::Document;
use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::eventstream::{Decoder, Frame, encode};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::{
    ApplyGuardrail, Converse, ConverseStream, CountTokens, InvokeModel, InvokeModelWithResponseStream,
};
use bedwire::protocol::operation::{Operation, StreamOperation, collect};
use bedwire::protocol::outcome::{Outcome, classify};
use bedwire::protocol::service_error::ServiceError;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;

#[test]
fn every_recorded_exchange_is_read() {
    let mut counts = BTreeMap::<&str, usize>::new();
    for exchange in recorded::exchanges() {
        let exchange = Exchange::read(&exchange);
        *counts.entry("exchanges").or_default() += 1;
        for (what, count) in exchange.check() {
            *counts.entry(what).or_default() += count;
        }
    }
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    let _ = writeln!(std::io::stderr(), "read: {}", counts.join(", "));
}

struct Exchange {
    label: String,
    path: String,
    status: u16,
    headers: http::HeaderMap,
    request: Bytes,
    response: Bytes,
}

type Counts = Vec<(&'static str, usize)>;

impl Exchange {
    fn read(given: &Value) -> Self {
        let mut headers = http::HeaderMap::new();
        for (name, value) in given["response_headers"].as_object().unwrap() {
            headers
                .insert(http::HeaderName::try_from(name).unwrap(), value.as_str().unwrap().parse().unwrap());
        }
        Self {
            label: format!("{} {}", given["source"], given["index"]),
            path: given["path"].as_str().unwrap().to_owned(),
            status: u16::try_from(given["status"].as_u64().unwrap()).unwrap(),
            headers,
            request: recorded::body(given, "request_body"),
            response: recorded::body(given, "response_body"),
        }
    }

    fn check(&self) -> Counts {
        if self.status >= 400 {
            self.check_error();
            return vec![("errors", 1)];
        }
        let (model, operation) =
            self.path.strip_prefix("/model/").and_then(|path| path.split_once('/')).unzip();
        let model = model
            .map(|id| ModelId::new(percent_encoding::percent_decode_str(id).decode_utf8().unwrap()).unwrap());
        let response = http::Response::new(self.response.clone());
        let label = &self.label;
        match (operation, model) {
            (Some("converse"), Some(model)) => self.check_converse(model),
            (Some("converse-stream"), Some(model)) => self.check_converse_stream(model),
            (Some("invoke"), Some(model)) => self.check_invoke(model),
            (Some("invoke-with-response-stream"), Some(model)) => self.check_invoke_stream(model),
            (Some("count-tokens"), Some(model)) => {
                let output = CountTokens::new(&model, self.body()).unwrap().decode(response).unwrap();
                assert_eq!(json!(output.input_tokens()), self.json()["inputTokens"], "{label}");
                vec![("CountTokens answers", 1)]
            }
            _ if self.path.starts_with("/guardrail/") => self.check_guardrail(response),
            _ if self.is_stream() => vec![("other streams", 1), ("frames", self.frames().len())],
            _ => {
                self.json();
                vec![("other answers", 1)]
            }
        }
    }

    fn check_error(&self) {
        let status = http::StatusCode::from_u16(self.status).unwrap();
        let error = ServiceError::decode(status, &self.headers, &self.response);
        let header = self.headers.get("x-amzn-errortype").map(|value| value.to_str().unwrap());
        // One recorder dropped that header: then the body has no code either, and the status speaks.
        assert_eq!(error.code(), header.map(|code| code.split(':').next().unwrap()), "{}", self.label);
        assert_eq!(json!(error.message()), self.json()["message"], "{}", self.label);
        let outcome = classify(&error);
        match (self.status, error.code()) {
            (503, _) => assert_eq!(outcome, Outcome::Throttled, "{}", self.label),
            (_, Some("InvalidSignatureException")) => {
                assert!(
                    matches!(outcome, Outcome::ClockSkew { .. } | Outcome::BadCredentials),
                    "{}",
                    self.label
                );
            }
            _ => assert_eq!(outcome, Outcome::Refused, "{}", self.label),
        }
    }

    fn check_guardrail(&self, response: http::Response<Bytes>) -> Counts {
        use bedwire::protocol::content::Guardrail;
        let mut parts = self.path.split('/').skip(2);
        let guardrail = Guardrail::new(parts.next().unwrap(), parts.nth(1).unwrap()).unwrap();
        let operation = ApplyGuardrail::new(guardrail, self.body()).unwrap();
        self.check_request(&operation);
        let output = operation.decode(response).unwrap();
        let plain = self.json();
        assert_eq!(output.action().as_str(), plain["action"], "{}", self.label);
        assert_eq!(output.action_reason(), plain["actionReason"].as_str(), "{}", self.label);
        let texts: Vec<&str> =
            plain["outputs"].as_array().unwrap().iter().filter_map(|o| o["text"].as_str()).collect();
        assert_eq!(output.outputs(), texts, "{}", self.label);
        assert_eq!(output.assessments().unwrap().json().unwrap(), plain["assessments"], "{}", self.label);
        vec![("ApplyGuardrail answers", 1)]
    }

    fn check_converse(&self, model: ModelId) -> Counts {
        let operation = Converse::new(model, self.body()).unwrap();
        self.check_request(&operation);
        let mut response = http::Response::new(self.response.clone());
        *response.headers_mut() = self.headers.clone();
        let plain = self.json();
        if plain.get("output").is_none() {
            assert!(operation.decode(response).is_err(), "{}", self.label);
            return vec![("Converse answers without output, refused", 1)];
        }
        let output = operation.decode(response).unwrap();
        assert_eq!(output.document().bytes(), &self.response, "{}", self.label);
        self.compare_converse(&output, &plain);
        vec![("Converse answers", 1), ("tool uses", output.tool_uses().count())]
    }

    /// The views against a plain reading.
    fn compare_converse(&self, output: &ConverseOutput, plain: &Value) {
        let label = &self.label;
        let content = plain["output"]["message"]["content"].as_array().unwrap();
        let text: String = content.iter().filter_map(|block| block["text"].as_str()).collect();
        assert_eq!(output.text(), text, "{label}");
        let tool_uses: Vec<Value> = output
            .tool_uses()
            .map(|t| json!([t.tool_use_id(), t.name(), t.input().json().unwrap(), t.tool_type()]))
            .collect();
        let plain_uses: Vec<Value> = content
            .iter()
            .filter_map(|block| block.get("toolUse"))
            .map(|t| json!([t["toolUseId"], t["name"], t["input"], t["type"]]))
            .collect();
        assert_eq!(tool_uses, plain_uses, "{label}");
        let plain_reasoning: Vec<Value> = content
            .iter()
            .filter_map(|block| block.get("reasoningContent"))
            .filter(|reasoning| !reasoning.as_object().unwrap().is_empty())
            .map(|r| {
                json!([r["reasoningText"]["text"], r["reasoningText"]["signature"], r["redactedContent"]])
            })
            .collect();
        assert_eq!(output.reasoning().map(reasoning).collect::<Vec<_>>(), plain_reasoning, "{label}");
        assert_eq!(
            output.stop_reason().map(|reason| json!(reason.as_str())),
            plain.get("stopReason").cloned(),
            "{label}"
        );
        compare_usage(label, output.usage(), plain.get("usage"));
        assert_eq!(output.latency_ms(), plain["metrics"]["latencyMs"].as_u64(), "{label}");
        assert_eq!(output.trace().map(|trace| trace.json().unwrap()), plain.get("trace").cloned(), "{label}");
        assert_eq!(output.message().json().unwrap(), plain["output"]["message"], "{label}");
    }

    fn check_converse_stream(&self, model: ModelId) -> Counts {
        let label = &self.label;
        let operation = ConverseStream::new(model, self.body()).unwrap();
        self.check_request(&operation);
        let frames = self.frames();
        let mut plain = json!({"output": {"message": {"role": "", "content": []}}});
        let mut blocks = BTreeMap::<u64, Value>::new();
        for frame in &frames {
            let name = frame.string_header(":event-type").unwrap().to_owned();
            let mut payload: Value = serde_json::from_slice(frame.payload()).unwrap();
            let event = operation.event(frame.clone()).unwrap().unwrap();
            assert_eq!(event.event_type(), name, "{label}");
            assert_eq!(&event.payload().bytes()[..], frame.payload(), "{label}");
            assert!(payload.as_object_mut().unwrap().remove("p").is_some(), "{label}");
            let union: Value = serde_json::from_str(&event.union_json()).unwrap();
            assert_eq!(union, json!({ name.as_str(): payload }), "{label}");
            plain_event(&name, &payload, &mut plain, &mut blocks);
        }
        let content = plain["output"]["message"]["content"].as_array_mut().unwrap();
        content.extend(blocks.into_values().map(finished));
        let output = collect(&operation, self.response.clone()).unwrap();
        assert_eq!(output.document().json().unwrap(), plain, "{label}");
        self.compare_converse(&output, &plain);

        // Without its end it is cut, wherever that is, and what arrived is kept.
        let cut = frames.iter().position(|f| f.string_header(":event-type") == Some("messageStop")).unwrap();
        let begin: Vec<u8> = frames[..cut].iter().flat_map(|frame| frame.bytes().to_vec()).collect();
        let incomplete = collect(&operation, begin.into()).unwrap_err();
        assert!(incomplete.error.to_string().contains("messageStop"), "{label}");
        assert_eq!(incomplete.arrived.text(), output.text(), "{label}");
        vec![
            ("ConverseStream answers", 1),
            ("frames", frames.len()),
            ("tool uses", output.tool_uses().count()),
        ]
    }

    fn check_invoke(&self, model: ModelId) -> Counts {
        let operation = InvokeModel::new(model, self.body()).unwrap();
        self.check_request(&operation);
        let mut response = http::Response::new(self.response.clone());
        *response.headers_mut() = self.headers.clone();
        let output = operation.decode(response).unwrap();
        assert_eq!(output.body().bytes(), &self.response, "{}", self.label);
        let header = |name: &str| self.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let count = |number: Option<u64>| number.map(|number| number.to_string());
        assert_eq!(count(output.input_token_count()), header("x-amzn-bedrock-input-token-count"));
        assert_eq!(count(output.output_token_count()), header("x-amzn-bedrock-output-token-count"));
        assert_eq!(count(output.invocation_latency_ms()), header("x-amzn-bedrock-invocation-latency"));
        let plain = self.json();
        let answer = output.answer();
        compare_native(&self.label, &answer, &plain);
        let has_text = usize::from(!answer.text().is_empty());
        let embeddings = usize::from(plain.get("embedding").is_some() || plain.get("embeddings").is_some());
        vec![
            ("InvokeModel answers", 1),
            ("InvokeModel answers with text", has_text),
            ("embeddings", embeddings),
            ("tool uses", answer.tool_uses().count()),
        ]
    }

    fn check_invoke_stream(&self, model: ModelId) -> Counts {
        let label = &self.label;
        let operation = InvokeModelWithResponseStream::new(model, self.body()).unwrap();
        self.check_request(&operation);
        let frames = self.frames();
        let mut plain = Vec::new();
        for frame in &frames {
            let payload: Value = serde_json::from_slice(frame.payload()).unwrap();
            let chunk = base64_simd::STANDARD.decode_to_vec(payload["bytes"].as_str().unwrap()).unwrap();
            let event = operation.event(frame.clone()).unwrap().unwrap();
            assert_eq!(event.chunk().unwrap().bytes(), &chunk, "{label}");
            let chunk: Value = serde_json::from_slice(&chunk).unwrap();
            let metrics = event.metrics().map(|metrics| {
                json!([metrics.input_token_count, metrics.output_token_count, metrics.invocation_latency])
            });
            let plain_metrics = chunk.get("amazon-bedrock-invocationMetrics");
            let plain_metrics = plain_metrics
                .map(|m| json!([m["inputTokenCount"], m["outputTokenCount"], m["invocationLatency"]]));
            assert_eq!(metrics, plain_metrics, "{label}");
            plain.push(chunk);
        }
        let output = collect(&operation, self.response.clone()).unwrap();
        assert_eq!(output.chunks().len(), frames.len(), "{label}");
        let answer = output.answer();
        assert_eq!(answer.text(), plain.iter().map(chunk_text).collect::<String>(), "{label}");
        let inputs: String =
            answer.tool_uses().map(|tool_use| tool_use.input().text().into_owned()).collect();
        let pieces: String =
            plain.iter().filter_map(|c| c.pointer("/delta/partial_json")?.as_str()).collect();
        if !pieces.is_empty() {
            assert_eq!(inputs, pieces, "{label}");
        }
        let claude_stop = plain.iter().find_map(|chunk| chunk.pointer("/delta/stop_reason")?.as_str());
        let nova_stop = plain.iter().find_map(|chunk| chunk.pointer("/messageStop/stopReason")?.as_str());
        if let Some(reason) = claude_stop.or(nova_stop) {
            assert_eq!(answer.stop_reason().unwrap().as_str(), reason, "{label}");
        }
        if let Some(usage) = plain.iter().find_map(|chunk| chunk.pointer("/metadata/usage")) {
            compare_usage(label, answer.usage(), Some(usage));
        }
        if let Some(tokens) =
            plain.iter().rev().find_map(|chunk| chunk.pointer("/usage/output_tokens")?.as_u64())
        {
            assert_eq!(answer.usage().unwrap().output_tokens(), tokens, "{label}");
        }
        let tool_uses = answer.tool_uses().count();
        vec![("InvokeModelWithResponseStream answers", 1), ("frames", frames.len()), ("tool uses", tool_uses)]
    }

    /// The recorded body; one was cut by its recorder, and is no JSON.
    fn body(&self) -> Bytes {
        let is_json = serde_json::from_slice::<Value>(&self.request).is_ok_and(|body| body.is_object());
        if is_json { self.request.clone() } else { Bytes::from_static(b"{}") }
    }

    /// The request that we would make is the recorded one: the same path, the same bytes.
    fn check_request(&self, operation: &impl Operation) {
        let options = EndpointOptions::default();
        let endpoint = Endpoint::resolve(Service::BedrockRuntime, "us-east-1", &options).unwrap();
        let request = operation.request(&endpoint).unwrap();
        assert_eq!(request.body(), &self.body(), "{}", self.label);
        let decoded =
            |path: &str| percent_encoding::percent_decode_str(path).decode_utf8().unwrap().into_owned();
        assert_eq!(decoded(request.uri().path()), decoded(&self.path), "{}", self.label);
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.response).unwrap_or_else(|error| panic!("{}: {error}", self.label))
    }

    fn is_stream(&self) -> bool {
        self.response.starts_with(&[0])
    }

    /// All frames, pushed in odd pieces; each encodes to the bytes that it came from, and together they are the body.
    fn frames(&self) -> Vec<Frame> {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for piece in self.response.chunks(1021) {
            decoder.push(Bytes::copy_from_slice(piece));
            while let Some(frame) = decoder.next_frame().unwrap() {
                frames.push(frame);
            }
        }
        decoder.finish().unwrap();
        let mut encoded = Vec::new();
        for frame in &frames {
            let bytes = encode(frame.headers(), frame.payload()).unwrap();
            assert_eq!(bytes, frame.bytes(), "{}", self.label);
            encoded.extend_from_slice(&bytes);
        }
        assert_eq!(encoded, self.response, "{}", self.label);
        frames
    }
}

fn reasoning(reasoning: &Reasoning) -> Value {
    match reasoning {
        Reasoning::Text { text, signature } => json!([text, signature, null]),
        Reasoning::Redacted(base64) => json!([null, null, base64]),
        other => panic!("{other:?}"),
    }
}

fn compare_usage(label: &str, usage: Option<&Usage>, plain: Option<&Value>) {
    let Some(plain) = plain.filter(|plain| plain.as_object().is_some_and(|plain| !plain.is_empty())) else {
        return;
    };
    let usage = usage.unwrap_or_else(|| panic!("{label}: no usage of {plain}"));
    let count = |names: &[&str]| names.iter().find_map(|name| plain[*name].as_u64()).unwrap_or_default();
    let input = count(&["inputTokens", "input_tokens", "prompt_tokens"]);
    let output = count(&["outputTokens", "output_tokens", "completion_tokens"]);
    let read = count(&["cacheReadInputTokens", "cache_read_input_tokens", "cacheReadInputTokenCount"]);
    let write = count(&["cacheWriteInputTokens", "cache_creation_input_tokens", "cacheWriteInputTokenCount"]);
    assert_eq!((usage.input_tokens(), usage.output_tokens()), (input, output), "{label}");
    assert_eq!((usage.cache_read_input_tokens(), usage.cache_write_input_tokens()), (read, write), "{label}");
    assert_eq!(usage.total_prompt_tokens(), input + read + write, "{label}");
    if let Some(total) = plain["totalTokens"].as_u64() {
        assert_eq!(usage.total_tokens(), total, "{label}");
    }
}

/// A native answer against a plain reading of the places where the recorded models write.
fn compare_native(label: &str, answer: &NativeAnswer, plain: &Value) {
    let blocks = plain.pointer("/output/message/content").or_else(|| plain.get("content"));
    let blocks = blocks.and_then(Value::as_array);
    let text: String = match blocks {
        Some(blocks) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        None => first(
            plain,
            &[
                "/generation",
                "/results/0/outputText",
                "/outputs/0/text",
                "/generations/0/text",
                "/completions/0/data/text",
                "/choices/0/message/content",
                "/choices/0/text",
                "/completion",
                "/text",
            ],
        ),
    };
    assert_eq!(answer.text(), text, "{label}");
    // An embedding has no text, and one model was recorded that had nothing to say.
    let is_silent = plain.get("embedding").is_some()
        || plain.get("embeddings").is_some()
        || blocks.is_some_and(Vec::is_empty);
    assert!(is_silent || !text.is_empty() || answer.tool_uses().count() > 0, "{label}: nothing was read");
    let plain_uses: Vec<Value> = blocks
        .into_iter()
        .flatten()
        .filter_map(|block| match block["type"].as_str() {
            Some("tool_use" | "server_tool_use") => Some(json!([block["id"], block["name"], block["input"]])),
            _ => block.get("toolUse").map(|t| json!([t["toolUseId"], t["name"], t["input"]])),
        })
        .collect();
    let tool_uses: Vec<Value> =
        answer.tool_uses().map(|t| json!([t.tool_use_id(), t.name(), t.input().json().unwrap()])).collect();
    assert_eq!(tool_uses, plain_uses, "{label}");
    let stop_reason =
        ["stop_reason", "stopReason", "finish_reason"].iter().find_map(|name| plain[*name].as_str());
    if stop_reason.is_some() {
        assert_eq!(
            answer.stop_reason().map(bedwire::protocol::content::StopReason::as_str),
            stop_reason,
            "{label}"
        );
    }
    compare_usage(label, answer.usage(), plain.get("usage"));
    if let Some(tokens) = plain["generation_token_count"].as_u64() {
        assert_eq!(answer.usage().unwrap().output_tokens(), tokens, "{label}");
    }
}

/// The piece of text in one native chunk.
fn chunk_text(chunk: &Value) -> String {
    first(
        chunk,
        &[
            "/delta/text",
            "/contentBlockDelta/delta/text",
            "/generation",
            "/outputText",
            "/outputs/0/text",
            "/generations/0/text",
            "/choices/0/delta/content",
            "/completion",
            "/text",
        ],
    )
}

fn first(json: &Value, pointers: &[&str]) -> String {
    pointers.iter().find_map(|pointer| json.pointer(pointer)?.as_str()).unwrap_or_default().to_owned()
}

/// Puts an event into an answer, the plain way.
fn plain_event(name: &str, payload: &Value, answer: &mut Value, blocks: &mut BTreeMap<u64, Value>) {
    let index = payload["contentBlockIndex"].as_u64().unwrap_or_default();
    match name {
        "messageStart" => answer["output"]["message"]["role"] = payload["role"].clone(),
        "contentBlockStart" => {
            blocks.insert(index, payload["start"].clone());
        }
        "contentBlockDelta" => {
            let block = blocks.entry(index).or_insert_with(|| json!({}));
            let (kind, delta) = payload["delta"].as_object().unwrap().iter().next().unwrap();
            let append = |place: &mut Value, text: &Value| {
                *place = json!(place.as_str().unwrap_or_default().to_owned() + text.as_str().unwrap());
            };
            match kind.as_str() {
                "text" => append(&mut block["text"], delta),
                "toolUse" => append(&mut block["toolUse"]["input"], &delta["input"]),
                "toolResult" => {
                    let content = &mut block["toolResult"]["content"];
                    if content.is_null() {
                        *content = json!([]);
                    }
                    content.as_array_mut().unwrap().extend(delta.as_array().unwrap().clone());
                }
                "reasoningContent" => {
                    let (kind, delta) = delta.as_object().unwrap().iter().next().unwrap();
                    let reasoning = &mut block["reasoningContent"];
                    match kind.as_str() {
                        "redactedContent" => append(&mut reasoning["redactedContent"], delta),
                        kind => append(&mut reasoning["reasoningText"][kind], delta),
                    }
                }
                other => panic!("a delta of {other}"),
            }
        }
        "contentBlockStop" => {}
        "messageStop" | "metadata" => {
            for (name, value) in payload.as_object().unwrap() {
                answer[name] = value.clone();
            }
        }
        other => panic!("an event {other}"),
    }
}

/// The arguments of a tool are JSON at last.
fn finished(mut block: Value) -> Value {
    if let Some(tool_use) = block.get_mut("toolUse") {
        let input = tool_use["input"].as_str().filter(|input| !input.is_empty()).unwrap_or("{}");
        tool_use["input"] = serde_json::from_str(input).unwrap();
    }
    block
}

#[test]
fn a_document_of_the_wrong_form_is_refused_with_what_is_missing() {
    for (body, missing) in [
        ("", "no JSON object"),
        ("{}", "no output"),
        (r#"{"output":{}}"#, "no output.message"),
        (r#"{"output":{"message":{}}}"#, "no output.message.content"),
        (
            r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#,
            "no output",
        ),
    ] {
        let refused = ConverseOutput::read(Document::new(body)).unwrap_err();
        assert!(refused.contains(missing), "{refused}");
    }
}
