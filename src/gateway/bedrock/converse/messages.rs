//! What is said in a chat, as blocks of Converse.

use super::instructions::begin_with;
use super::parted::push_parted;
use super::tools::cache_point;
use crate::gateway::bedrock::family::Family;
use crate::gateway::bedrock::history::{GO_ON, NO_OUTPUT, tool_uses, turns};
use crate::gateway::bedrock::plan::Plan;
use crate::gateway::bedrock::tool_names::ToolNames;
use crate::gateway::bedrock::tool_use_ids::ToolUseIds;
use crate::gateway::chat::{Block, ResultBlock, Role};
use crate::protocol::content::{
    self, ContentBlock, DocumentFormat, DocumentNames, Message, Reasoning, ToolResult, ToolResultStatus,
};
use crate::protocol::document::Document;
use std::collections::HashMap;

/// What stands beside documents that come without a word, and between one and a cache point.
const SEE_DOCUMENT: &str = "See the attached document.";
/// What stands for files that stand further down.
const SEE_BELOW: &str = "(see below)";
/// What a failure begins with where there is no other way to say it.
const FAILED: &str = "The tool failed:";

/// The messages. `before` is what is said before all else.
pub(super) fn messages(plan: &Plan<'_>, before: &[ContentBlock]) -> Vec<Message> {
    let (chat, family) = (plan.chat, plan.family);
    let turns = turns(chat, family);
    let mut writer = Writer {
        family,
        names: &plan.names,
        ids: ToolUseIds::new(family.tool_use_ids),
        documents: DocumentNames::default(),
        called: plan.tools.as_text.then(|| tool_uses(chat).collect()),
        beside: Vec::new(),
    };
    let last = turns.len().saturating_sub(1);
    let mut messages = Vec::with_capacity(turns.len() + 1);
    for (place, turn) in turns.iter().enumerate() {
        let mut blocks = Vec::with_capacity(turn.blocks.len());
        for block in &turn.blocks {
            if matches!((block, blocks.last()), (Block::CachePoint(_), Some(last)) if !takes_cache_point(last))
            {
                blocks.push(ContentBlock::Text(SEE_DOCUMENT.to_owned()));
            }
            writer.write(block, &mut blocks);
        }
        blocks.append(&mut writer.beside);
        if place == 0 {
            begin_with(before, &mut blocks);
        }
        if let (true, Role::Assistant, Some(ContentBlock::Text(text))) =
            (place == last, turn.role, blocks.last_mut())
            && family.is_claude()
        {
            // Refused at the end of what the model is to go on with.
            text.truncate(text.trim_end().len());
        }
        let is_document = |block: &ContentBlock| matches!(block, ContentBlock::Document(_));
        let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text(_));
        if blocks.iter().any(is_document) && !blocks.iter().any(is_text) {
            blocks.push(ContentBlock::Text(SEE_DOCUMENT.to_owned()));
        }
        if family.mixes_tools {
            messages.push(Message::of(role(turn.role), blocks));
        } else {
            push_parted(role(turn.role), blocks, &mut messages);
        }
    }
    if turns.last().is_some_and(|turn| turn.role == Role::Assistant) && !family.prefill {
        messages.push(Message::user().text(GO_ON));
    }
    messages
}

/// Whether a cache point may follow directly. Of a document that the service reads itself it may not: "content.2.type:
/// Field required". With a text between, the document is cached as well.
/// <https://github.com/aws/aws-sdk-java-v2/issues/6277>
fn takes_cache_point(block: &ContentBlock) -> bool {
    !matches!(block, ContentBlock::Document(document) if document.format() != DocumentFormat::Pdf)
}

fn role(role: Role) -> content::Role {
    match role {
        Role::User => content::Role::User,
        Role::Assistant => content::Role::Assistant,
    }
}

struct Writer<'a> {
    family: &'a Family,
    names: &'a ToolNames,
    ids: ToolUseIds,
    documents: DocumentNames,
    /// Ids and names of the tools that were used, where that is told as text.
    called: Option<HashMap<&'a str, &'a str>>,
    /// Images of results that stand after them, where none may stand in them.
    beside: Vec<ContentBlock>,
}

impl Writer<'_> {
    fn write(&mut self, block: &Block, blocks: &mut Vec<ContentBlock>) {
        blocks.push(match block {
            Block::Text(text) => ContentBlock::Text(text.clone()),
            Block::Image(image) => ContentBlock::Image(image.clone()),
            Block::Document(document) => ContentBlock::Document(self.documents.named(document)),
            Block::Video(video) => ContentBlock::Video(video.clone()),
            Block::Audio(audio) => ContentBlock::Audio(audio.clone()),
            Block::Thinking { text, signature } => ContentBlock::Reasoning(Reasoning::Text {
                text: text.clone(),
                signature: Some(signature.clone()),
            }),
            Block::RedactedThinking(base64) => ContentBlock::Reasoning(Reasoning::Redacted(base64.clone())),
            Block::CachePoint(point) => ContentBlock::CachePoint(cache_point(*point, self.family)),
            Block::ToolUse { name, input, .. } if self.called.is_some() => {
                let input = String::from_utf8_lossy(input);
                ContentBlock::Text(format!("[The tool {name} was called with {input}]"))
            }
            Block::ToolUse { id, name, input } => ContentBlock::ToolUse {
                tool_use_id: self.ids.of_use(id),
                name: self.names.fit(name).to_owned(),
                input: Document::new(input.clone()),
            },
            Block::ToolResult { tool_use_id, content, is_error } => match &self.called {
                Some(called) => {
                    let name = called.get(tool_use_id.as_str()).copied().unwrap_or(tool_use_id);
                    self.result_as_text(name, content, *is_error, blocks);
                    return;
                }
                None => self.result(tool_use_id, content, *is_error),
            },
        });
    }

    fn result(&mut self, id: &str, content: &[ResultBlock], is_error: bool) -> ContentBlock {
        let mut result = ToolResult::new(self.ids.of_result(id));
        let mut is_empty = true;
        if is_error && !self.family.result_status {
            result = result.text(FAILED);
        }
        for one in content {
            result = match one {
                ResultBlock::Text(text) if text.trim().is_empty() => continue,
                ResultBlock::Text(text) => result.text(text),
                ResultBlock::Json(json) if is_object(json) => result.json(json.clone()),
                ResultBlock::Json(json) => result.text(String::from_utf8_lossy(json)),
                ResultBlock::Image(image) if self.family.result_images => result.image(image.clone()),
                ResultBlock::Image(image) => {
                    self.beside.push(ContentBlock::Image(image.clone()));
                    result.text(SEE_BELOW)
                }
                ResultBlock::Document(document) => result.document(self.documents.named(document)),
            };
            is_empty = false;
        }
        if is_empty {
            result = result.text(NO_OUTPUT);
        }
        if self.family.result_status && is_error {
            result = result.status(ToolResultStatus::Error);
        }
        ContentBlock::ToolResult(result)
    }

    fn result_as_text(
        &mut self,
        name: &str,
        content: &[ResultBlock],
        is_error: bool,
        blocks: &mut Vec<ContentBlock>,
    ) {
        let mut text = format!("[The tool {name} {}:", if is_error { "failed" } else { "answered" });
        let before = text.len();
        let mut files = Vec::new();
        for one in content {
            match one {
                ResultBlock::Text(one) => {
                    text.push(' ');
                    text.push_str(one);
                }
                ResultBlock::Json(json) => {
                    text.push(' ');
                    text.push_str(&String::from_utf8_lossy(json));
                }
                ResultBlock::Image(image) => files.push(ContentBlock::Image(image.clone())),
                ResultBlock::Document(document) => {
                    files.push(ContentBlock::Document(self.documents.named(document)));
                }
            }
        }
        if text.len() == before {
            text.push(' ');
            text.push_str(if files.is_empty() { NO_OUTPUT } else { SEE_BELOW });
        }
        text.push(']');
        blocks.push(ContentBlock::Text(text));
        blocks.append(&mut files);
    }
}

fn is_object(json: &[u8]) -> bool {
    json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bedrock::chats::{asked, chat, user};
    use crate::gateway::bedrock::prepared::Form;
    use crate::gateway::chat::Chat;
    use crate::protocol::content::{ConverseBody, Image};
    use crate::protocol::model::ModelId;
    use bytes::Bytes;

    fn written(chat: &Chat, family: &str) -> String {
        let family = Family::of(family);
        let messages = messages(&Plan::of(chat, family, Form::Converse).unwrap(), &[]);
        ConverseBody::of(Vec::new(), messages)
            .document(&ModelId::new("x").unwrap())
            .unwrap()
            .text()
            .into_owned()
    }

    #[test]
    fn results_are_what_a_family_takes() {
        let mut chat = chat("Hi");
        let content = vec![
            ResultBlock::Json(Bytes::from_static(br#"{"b":1.0}"#)),
            ResultBlock::Json(Bytes::from_static(b"[1]")),
            ResultBlock::Image(Image::new(&b"\xff\xd8\xff"[..])),
        ];
        let result = Block::ToolResult { tool_use_id: "c".to_owned(), content, is_error: true };
        chat.messages.extend([asked("c", "f", "{}"), user(vec![result])]);
        let image = r#"{"image":{"format":"jpeg","source":{"bytes":"/9j/"}}}"#;
        let nova = written(&chat, "amazon.nova-lite");
        let expected = format!(
            r#""content":[{{"json":{{"b":1.0}}}},{{"text":"[1]"}},{image}],"status":"error"}}}}]}}]}}"#
        );
        assert!(nova.ends_with(&expected), "{nova}");
        let gpt = written(&chat, "openai.gpt-6-sol");
        let expected = format!(
            r#""content":[{{"text":"The tool failed:"}},{{"json":{{"b":1.0}}}},{{"text":"[1]"}},{{"text":"(see below)"}}]}}}},{image}]}}]}}"#
        );
        assert!(gpt.ends_with(&expected), "{gpt}");
    }
}
