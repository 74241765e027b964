//! What a model says, as Converse answers it.

use serde_json::{Value, json};

/// The member of a model's own answer that says what its guardrail did.
pub(super) const GUARDRAIL_ACTION: &str = "amazon-bedrock-guardrailAction";

/// How many characters one event of a stream has.
const CHARS_PER_EVENT: usize = 24;

/// What a model says.
pub(super) struct Reply {
    pub(super) blocks: Vec<ReplyBlock>,
    pub(super) stop_reason: &'static str,
    pub(super) input_tokens: usize,
    pub(super) output_tokens: usize,
    /// Whether a prompt was completed, not a chat.
    pub(super) completes: bool,
    /// What the guardrail of an InvokeModel did, where it speaks in place of the model.
    pub(super) guarded: Option<&'static str>,
}

/// One thing that it says.
pub(super) enum ReplyBlock {
    Text(String),
    Thinking { text: String, signature: String },
    ToolUse { id: String, name: String, input: Value },
}

impl Reply {
    /// A text, and a token each way.
    pub(super) fn text(text: String) -> Self {
        Self {
            blocks: vec![ReplyBlock::Text(text)],
            stop_reason: "end_turn",
            input_tokens: 1,
            output_tokens: 1,
            completes: false,
            guarded: None,
        }
    }

    pub(super) fn joined(&self) -> String {
        let texts = self.blocks.iter().filter_map(|block| match block {
            ReplyBlock::Text(text) => Some(text.as_str()),
            ReplyBlock::Thinking { .. } | ReplyBlock::ToolUse { .. } => None,
        });
        texts.collect()
    }

    fn usage(&self) -> Value {
        json!({
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "totalTokens": self.input_tokens + self.output_tokens,
        })
    }

    pub(super) fn converse(&self) -> Value {
        let content: Vec<Value> = self.blocks.iter().map(converse_block).collect();
        json!({
            "output": { "message": { "role": "assistant", "content": content } },
            "stopReason": self.stop_reason,
            "usage": self.usage(),
            "metrics": { "latencyMs": 1 },
        })
    }

    pub(super) fn converse_events(&self) -> Vec<Event> {
        let mut events = vec![("messageStart", json!({ "role": "assistant" }))];
        for (index, block) in self.blocks.iter().enumerate() {
            let mut delta = |delta: Value| {
                events.push(("contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta })));
            };
            match block {
                ReplyBlock::Text(text) => {
                    for text in pieces(text) {
                        delta(json!({ "text": text }));
                    }
                }
                ReplyBlock::Thinking { text, signature } => {
                    for text in pieces(text) {
                        delta(json!({ "reasoningContent": { "text": text } }));
                    }
                    delta(json!({ "reasoningContent": { "signature": signature } }));
                }
                ReplyBlock::ToolUse { id, name, input } => {
                    let start = json!({ "toolUse": { "toolUseId": id, "name": name } });
                    events.push(("contentBlockStart", json!({ "contentBlockIndex": index, "start": start })));
                    for input in input_pieces(input) {
                        let delta = json!({ "toolUse": { "input": input } });
                        events.push((
                            "contentBlockDelta",
                            json!({ "contentBlockIndex": index, "delta": delta }),
                        ));
                    }
                }
            }
            events.push(("contentBlockStop", json!({ "contentBlockIndex": index })));
        }
        events.extend([
            ("messageStop", json!({ "stopReason": self.stop_reason })),
            ("metadata", json!({ "usage": self.usage(), "metrics": { "latencyMs": 1 } })),
        ]);
        events
    }
}

/// Event type and payload.
pub(super) type Event = (&'static str, Value);

fn converse_block(block: &ReplyBlock) -> Value {
    match block {
        ReplyBlock::Text(text) => json!({ "text": text }),
        ReplyBlock::Thinking { text, signature } => {
            json!({ "reasoningContent": { "reasoningText": { "text": text, "signature": signature } } })
        }
        ReplyBlock::ToolUse { id, name, input } => {
            json!({ "toolUse": { "toolUseId": id, "name": name, "input": input } })
        }
    }
}

/// A tool without arguments has no deltas.
pub(super) fn input_pieces(input: &Value) -> Vec<String> {
    if input.as_object().is_some_and(serde_json::Map::is_empty) {
        return Vec::new();
    }
    pieces(&input.to_string())
}

/// A text in pieces of some characters each.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(CHARS_PER_EVENT).map(|piece| piece.iter().collect()).collect()
}
