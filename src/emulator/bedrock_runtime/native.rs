//! What a model says, in the shape of its own family, whole and in chunks: Claude's, Nova's (which is Converse's),
//! Titan's, Llama's, Mistral's, Cohere's, and that of everyone who took OpenAI's.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html>

use super::function_calls;
use super::reply::{Event, GUARDRAIL_ACTION, Reply, ReplyBlock, input_pieces, pieces};
use crate::protocol::model::ModelId;
use serde_json::{Value, json};

const STOP: &str = "stop";

/// Mistral's first models: those that came later answer as OpenAI's do.
const COMPLETED: [&str; 4] =
    ["mistral.mistral-7b", "mistral.mixtral", "mistral.mistral-large-2402", "mistral.mistral-small-2402"];

/// Whose shape a model answers in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Claude,
    /// Claude 1 and 2, where they complete a prompt.
    Completion,
    Nova,
    Titan,
    Llama,
    Mistral,
    /// Command R.
    CommandR,
    /// Command, before R.
    Command,
    /// `choices` with a message each: Jamba, gpt-oss, DeepSeek, Qwen, Palmyra, Pixtral and all that came later.
    Choices,
    /// `choices` with a text each.
    TextChoices,
}

impl Shape {
    fn of(model: &ModelId, completes: bool) -> Self {
        let family = model.family();
        match family.split('.').next().unwrap_or_default() {
            "anthropic" if completes => Self::Completion,
            "anthropic" => Self::Claude,
            "amazon" if family.starts_with("amazon.titan") => Self::Titan,
            "amazon" => Self::Nova,
            "meta" => Self::Llama,
            "mistral" if COMPLETED.iter().any(|prefix| family.starts_with(prefix)) => Self::Mistral,
            "cohere" if family.starts_with("cohere.command-r") => Self::CommandR,
            "cohere" => Self::Command,
            _ if completes => Self::TextChoices,
            _ => Self::Choices,
        }
    }
}

/// Whether a model asks for tools in a shape of its own that is spoken here.
pub(super) fn uses_tools(model: &ModelId) -> bool {
    matches!(Shape::of(model, false), Shape::Claude | Shape::Nova | Shape::Choices)
}

/// The whole answer of an InvokeModel.
pub(super) fn answer(reply: &Reply, model: &ModelId) -> Value {
    let text = reply.joined();
    match Shape::of(model, reply.completes) {
        Shape::Claude => json!({
            "id": "msg_bdrk_01EXAMPLE",
            "model": model.family(),
            "type": "message",
            "role": "assistant",
            "content": reply.blocks.iter().map(claude_block).collect::<Vec<_>>(),
            "stop_reason": reply.stop_reason,
            "stop_sequence": null,
            "usage": { "input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens },
        }),
        Shape::Completion => completion(&text, true),
        Shape::Nova => reply.converse(),
        Shape::Titan => json!({
            "inputTextTokenCount": reply.input_tokens,
            "results": [{ "outputText": text, "tokenCount": reply.output_tokens, "completionReason": "FINISH" }],
        }),
        Shape::Llama => json!({
            "generation": text,
            "prompt_token_count": reply.input_tokens,
            "generation_token_count": reply.output_tokens,
            "stop_reason": STOP,
        }),
        Shape::Mistral => json!({ "outputs": [{ "text": text, "stop_reason": STOP }] }),
        Shape::CommandR => json!({
            "response_id": "response-example",
            "generation_id": "generation-example",
            "text": text,
            "finish_reason": "COMPLETE",
        }),
        Shape::Command => json!({
            "id": "generation-example",
            "generations": [{ "id": "generation-example", "text": text, "finish_reason": "COMPLETE" }],
        }),
        Shape::Choices => json!({
            "id": "chatcmpl-example",
            "object": "chat.completion",
            "created": 0,
            "model": model.family(),
            "choices": [{
                "index": 0,
                "message": function_calls::message(reply),
                "finish_reason": function_calls::finish_reason(reply),
            }],
            "usage": openai_usage(reply),
        }),
        Shape::TextChoices => json!({
            "choices": [{ "index": 0, "text": text, "stop_reason": STOP, "finish_reason": STOP }],
            "usage": openai_usage(reply),
        }),
    }
}

/// The events of an InvokeModelWithResponseStream.
pub(super) fn chunks(reply: &Reply, model: &ModelId) -> Vec<Event> {
    let mut chunks = plain_chunks(reply, model);
    if let Some(Value::Object(last)) = chunks.last_mut() {
        let metrics = json!({
            "inputTokenCount": reply.input_tokens,
            "outputTokenCount": reply.output_tokens,
            "invocationLatency": 1,
            "firstByteLatency": 1,
        });
        last.insert("amazon-bedrock-invocationMetrics".to_owned(), metrics);
        last.extend(reply.guarded.map(|action| (GUARDRAIL_ACTION.to_owned(), action.into())));
    }
    let in_base64 = |chunk: Value| base64_simd::STANDARD.encode_to_string(chunk.to_string());
    chunks.into_iter().map(|chunk| ("chunk", json!({ "bytes": in_base64(chunk) }))).collect()
}

fn plain_chunks(reply: &Reply, model: &ModelId) -> Vec<Value> {
    let text = reply.joined();
    let shape = Shape::of(model, reply.completes);
    match shape {
        Shape::Claude => return claude_events(reply, model),
        Shape::Nova => {
            let events = reply.converse_events().into_iter();
            return events.map(|(name, payload)| json!({ name: payload })).collect();
        }
        Shape::Choices => return choice_chunks(reply),
        _ => {}
    }
    let mut pieces = pieces(&text);
    // The end has no text of its own.
    pieces.push(String::new());
    let last = pieces.len() - 1;
    let chunk = |(at, piece): (usize, &String)| chunk(shape, reply, at, (at == last, piece));
    pieces.iter().enumerate().map(chunk).collect()
}

/// One piece of a text, or its end.
fn chunk(shape: Shape, reply: &Reply, at: usize, (is_last, text): (bool, &str)) -> Value {
    let stop = is_last.then_some(STOP);
    let input = (at == 0).then_some(reply.input_tokens);
    let output = is_last.then_some(reply.output_tokens);
    match shape {
        Shape::Completion => completion(text, is_last),
        Shape::Titan => json!({
            "outputText": text,
            "index": 0,
            "totalOutputTextTokenCount": output,
            "completionReason": is_last.then_some("FINISH"),
            "inputTextTokenCount": input,
        }),
        Shape::Llama => json!({
            "generation": text,
            "prompt_token_count": input,
            "generation_token_count": output.unwrap_or(at + 1),
            "stop_reason": stop,
        }),
        Shape::Mistral => json!({ "outputs": [{ "text": text, "stop_reason": stop }] }),
        Shape::CommandR if is_last => json!({
            "is_finished": true,
            "event_type": "stream-end",
            "finish_reason": "COMPLETE",
            "response": { "text": reply.joined(), "finish_reason": "COMPLETE" },
        }),
        Shape::CommandR => json!({ "is_finished": false, "event_type": "text-generation", "text": text }),
        Shape::Command => {
            let mut chunk = json!({ "text": text, "is_finished": is_last });
            if is_last {
                chunk["finish_reason"] = json!("COMPLETE");
            }
            chunk
        }
        Shape::TextChoices => {
            json!({ "choices": [{ "index": 0, "text": text, "stop_reason": stop, "finish_reason": stop }] })
        }
        // These have events of their own.
        Shape::Choices | Shape::Claude | Shape::Nova => Value::Null,
    }
}

fn choice_chunks(reply: &Reply) -> Vec<Value> {
    let deltas = function_calls::deltas(reply);
    let last = deltas.len() - 1;
    let chunk = |(at, delta): (usize, Value)| {
        let stop = (at == last).then(|| function_calls::finish_reason(reply));
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": stop });
        let mut chunk =
            json!({ "id": "chatcmpl-example", "object": "chat.completion.chunk", "choices": [choice] });
        if at == last {
            chunk["usage"] = openai_usage(reply);
        }
        chunk
    };
    deltas.into_iter().enumerate().map(chunk).collect()
}

fn completion(text: &str, is_last: bool) -> Value {
    json!({
        "type": "completion",
        "completion": text,
        "stop_reason": is_last.then_some("stop_sequence"),
        "stop": is_last.then_some("\n\nHuman:"),
    })
}

fn openai_usage(reply: &Reply) -> Value {
    json!({
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
    })
}

fn claude_events(reply: &Reply, model: &ModelId) -> Vec<Value> {
    let message = json!({
        "id": "msg_bdrk_01EXAMPLE",
        "model": model.family(),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": { "input_tokens": reply.input_tokens, "output_tokens": 1 },
    });
    let mut events = vec![json!({ "type": "message_start", "message": message })];
    for (index, block) in reply.blocks.iter().enumerate() {
        let (start, deltas) = claude_pieces(block);
        events.push(json!({ "type": "content_block_start", "index": index, "content_block": start }));
        for delta in deltas {
            events.push(json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        }
        events.push(json!({ "type": "content_block_stop", "index": index }));
    }
    events.extend([
        json!({
            "type": "message_delta",
            "delta": { "stop_reason": reply.stop_reason, "stop_sequence": null },
            "usage": { "output_tokens": reply.output_tokens },
        }),
        json!({ "type": "message_stop" }),
    ]);
    events
}

fn claude_block(block: &ReplyBlock) -> Value {
    match block {
        ReplyBlock::Text(text) => json!({ "type": "text", "text": text }),
        ReplyBlock::Thinking { text, signature } => {
            json!({ "type": "thinking", "thinking": text, "signature": signature })
        }
        ReplyBlock::ToolUse { id, name, input } => {
            json!({ "type": "tool_use", "id": id, "name": name, "input": input })
        }
    }
}

/// How Claude begins a block, and its deltas.
fn claude_pieces(block: &ReplyBlock) -> (Value, Vec<Value>) {
    match block {
        ReplyBlock::Text(text) => (
            json!({ "type": "text", "text": "" }),
            pieces(text).iter().map(|text| json!({ "type": "text_delta", "text": text })).collect(),
        ),
        ReplyBlock::Thinking { text, signature } => {
            let deltas = pieces(text).into_iter().map(|t| json!({ "type": "thinking_delta", "thinking": t }));
            let signature = json!({ "type": "signature_delta", "signature": signature });
            (
                json!({ "type": "thinking", "thinking": "", "signature": "" }),
                deltas.chain([signature]).collect(),
            )
        }
        ReplyBlock::ToolUse { id, name, input } => (
            json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
            input_pieces(input)
                .iter()
                .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
                .collect(),
        ),
    }
}
