//! Stands in until the reader is merged.

use crate::gateway::asked::Asked;
use crate::gateway::chat::{Block, Chat, Message, Role, Tool};
use crate::gateway::refusal::Refusal;
use serde_json::Value;

pub(super) struct ChatCompletion {
    pub(super) chat: Chat,
    pub(super) model: String,
    pub(super) n: usize,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) legacy_functions: bool,
    pub(super) dropped: Vec<String>,
}

impl ChatCompletion {
    #[allow(clippy::unused_async)]
    pub(super) async fn read(asked: &Asked) -> Result<Self, Refusal> {
        let json: Value = serde_json::from_slice(&asked.body).map_err(|e| Refusal::invalid(e.to_string()))?;
        let texts = json["messages"].as_array().into_iter().flatten();
        let blocks =
            texts.map(|m| Block::Text(m["content"].as_str().unwrap_or_default().to_owned())).collect();
        let tools = json["tools"].as_array().into_iter().flatten().map(|tool| Tool {
            name: tool["function"]["name"].as_str().unwrap_or_default().to_owned(),
            description: None,
            input_schema: None,
            strict: None,
            cache_point: None,
        });
        Ok(Self {
            chat: Chat {
                messages: vec![Message { role: Role::User, blocks }],
                tools: tools.collect(),
                ..Chat::default()
            },
            model: json["model"].as_str().unwrap_or_default().to_owned(),
            n: json["n"].as_u64().map_or(1, |n| usize::try_from(n).unwrap_or(1)),
            stream: json["stream"] == true,
            include_usage: json["stream_options"]["include_usage"] == true,
            legacy_functions: json["functions"].is_array(),
            dropped: if json["seed"].is_null() { Vec::new() } else { vec!["seed".to_owned()] },
        })
    }
}
