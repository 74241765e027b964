//! What a client of OpenAI's chat completions makes of an answer, whole or streamed.

use serde_json::{Value, json};

/// What an OpenAI client makes of an answer.
#[derive(Debug, Default, PartialEq)]
pub struct Completion {
    pub model: String,
    pub content: Option<String>,
    /// Id, name, arguments as they came.
    pub tool_calls: Vec<(String, String, String)>,
    pub reasoning: Option<String>,
    pub thinking_blocks: Vec<Value>,
    pub finish_reason: String,
    pub usage: Value,
}

impl Completion {
    /// Reads a `chat.completion` of one choice.
    pub fn read(document: &Value, label: &str) -> Self {
        assert_eq!(document["object"], "chat.completion", "{label}");
        assert!(document["created"].as_u64().unwrap() > 1_700_000_000, "{label}");
        let [choice] = document["choices"].as_array().unwrap().as_slice() else { panic!("{label}") };
        assert_eq!(choice["index"], 0, "{label}");
        let message = &choice["message"];
        assert_eq!(message["role"], "assistant", "{label}");
        let tool_calls = message["tool_calls"].as_array().into_iter().flatten().map(|call| {
            assert_eq!(call["type"], "function", "{label}");
            (text(&call["id"]), text(&call["function"]["name"]), text(&call["function"]["arguments"]))
        });
        let tool_calls: Vec<_> = tool_calls.collect();
        assert!(!tool_calls.is_empty() || message["content"].is_string(), "{label}");
        Self {
            model: text(&document["model"]),
            content: message["content"].as_str().map(str::to_owned),
            tool_calls,
            reasoning: message["reasoning_content"].as_str().map(str::to_owned),
            thinking_blocks: message["thinking_blocks"].as_array().cloned().unwrap_or_default(),
            finish_reason: text(&choice["finish_reason"]),
            usage: document["usage"].clone(),
        }
    }
}

fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}

/// The data of server-sent events, in order; comments are left out.
pub fn data(stream: &str) -> Vec<&str> {
    let events = stream.split_terminator("\n\n").filter(|event| !event.starts_with(':'));
    events.map(|event| event.strip_prefix("data: ").unwrap_or_else(|| panic!("{event}"))).collect()
}

/// Puts a stream of one choice together as OpenAI's clients do, and looks at its order: the role first, then the pieces,
/// the reason to end, the usage, `[DONE]`.
pub fn read_stream(stream: &str, label: &str) -> Completion {
    let mut events = data(stream);
    assert_eq!(events.pop(), Some("[DONE]"), "{label}");
    let mut completion = Completion::default();
    let mut ids = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let chunk: Value = serde_json::from_str(event).unwrap_or_else(|e| panic!("{label}: {event}: {e}"));
        assert_eq!(chunk["object"], "chat.completion.chunk", "{label}");
        ids.push(text(&chunk["id"]));
        completion.model = text(&chunk["model"]);
        let choices = chunk["choices"].as_array().unwrap();
        let [choice] = choices.as_slice() else {
            assert_eq!(place, events.len() - 1, "{label}: the usage comes last");
            completion.usage = chunk["usage"].clone();
            continue;
        };
        assert!(completion.finish_reason.is_empty(), "{label}: {event} comes after the end");
        assert_eq!(choice["delta"]["role"] == "assistant", place == 0, "{label}: {event}");
        completion.add(&choice["delta"], label);
        if let Some(reason) = choice["finish_reason"].as_str() {
            assert_eq!(choice["delta"], json!({}), "{label}");
            reason.clone_into(&mut completion.finish_reason);
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{label}");
    completion
}

impl Completion {
    fn add(&mut self, delta: &Value, label: &str) {
        if let Some(piece) = delta["content"].as_str() {
            self.content.get_or_insert_default().push_str(piece);
        }
        if let Some(piece) = delta["reasoning_content"].as_str() {
            self.reasoning.get_or_insert_default().push_str(piece);
        }
        self.thinking_blocks.extend(delta["thinking_blocks"].as_array().cloned().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            let arguments = text(&call["function"]["arguments"]);
            if index == self.tool_calls.len() {
                assert_eq!((&call["type"], &*arguments), (&json!("function"), ""), "{label}");
                self.tool_calls.push((text(&call["id"]), text(&call["function"]["name"]), arguments));
            } else {
                assert!(call.get("id").is_none() && call["function"].get("name").is_none(), "{label}");
                self.tool_calls[index].2.push_str(&arguments);
            }
        }
    }
}

/// Appends a piece of text at a place in a document.
pub fn append(document: &mut Value, pointer: &str, piece: &Value) {
    let Some(piece) = piece.as_str() else { return };
    let mut place = document;
    for name in pointer.split('/').skip(1) {
        place = &mut place[name];
    }
    *place = json!(place.as_str().unwrap_or_default().to_owned() + piece);
}
