//! What is said in a chat, as blocks of Claude's own shape.
//! <https://docs.anthropic.com/en/api/messages>

use crate::gateway::bedrock::document_names::DocumentNames;
use crate::gateway::bedrock::family::{Caching, Family};
use crate::gateway::bedrock::history::{GO_ON, NO_OUTPUT, turns};
use crate::gateway::bedrock::tool_names::ToolNames;
use crate::gateway::bedrock::tool_use_ids::ToolUseIds;
use crate::gateway::chat::{Block, Chat, ResultBlock, Role};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{
    CachePoint, CacheTtl, DocumentBlock, DocumentFormat, DocumentSource, Image, MediaSource,
};
use crate::protocol::document::{ObjectWriter, array};

const IN_S3: &str = "lies in S3, from where a Claude that is given tools does not read; send its bytes";

/// The instructions, with one more where a format needs it.
pub(super) fn system(chat: &Chat, family: &Family, instruction: Option<&str>) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::with_capacity(chat.system.len() + 1);
    for block in &chat.system {
        match block {
            Block::Text(one) => blocks.push(text(one)),
            Block::CachePoint(point) if family.caching > Caching::No => {
                if let Some(before) = blocks.last_mut() {
                    with_cache_control(before, *point, family);
                }
            }
            _ => {}
        }
    }
    blocks.extend(instruction.map(text));
    blocks
}

/// The messages.
pub(super) fn messages(chat: &Chat, family: &Family, names: &ToolNames) -> Result<Vec<String>, Refusal> {
    let turns = turns(chat, family);
    let mut ids = ToolUseIds::new(family.tool_use_ids);
    let mut documents = DocumentNames::default();
    let mut messages = Vec::with_capacity(turns.len() + 1);
    for (place, turn) in turns.iter().enumerate() {
        let is_last = place + 1 == turns.len();
        let mut blocks: Vec<String> = Vec::with_capacity(turn.blocks.len());
        let mut can_cache = false;
        for (index, block) in turn.blocks.iter().enumerate() {
            let path = || format!("messages[{place}].content[{index}]");
            let may_end = is_last && turn.role == Role::Assistant && index + 1 == turn.blocks.len();
            let json = match block {
                // Refused at the end of what the model is to go on with.
                Block::Text(one) if may_end => text(one.trim_end()),
                Block::Text(one) => text(one),
                Block::Image(_) | Block::Document(_) if turn.role == Role::Assistant => {
                    return Err(Refusal::field(path(), "is a file; only a user's message may have one"));
                }
                Block::Image(image) => image_json(image, &path())?,
                Block::Document(document) => document_json(&documents.named(document), &path())?,
                Block::Video(_) | Block::Audio(_) => {
                    return Err(Refusal::field(path(), "is of a kind that Claude does not take"));
                }
                Block::ToolUse { id, name, input } => {
                    let input = std::str::from_utf8(input)
                        .map_err(|_| Refusal::field(format!("{}.input", path()), "is no UTF-8"))?;
                    let mut json = ObjectWriter::default();
                    json.string("type", "tool_use").string("id", &ids.of_use(id));
                    json.string("name", names.fit(name)).raw("input", input).finish_text()
                }
                Block::ToolResult { tool_use_id, content, is_error } => {
                    let content = result(content, &mut documents, &path())?;
                    let mut json = ObjectWriter::default();
                    json.string("type", "tool_result").string("tool_use_id", &ids.of_result(tool_use_id));
                    json.raw("content", &array(content));
                    if *is_error {
                        json.raw("is_error", "true");
                    }
                    json.finish_text()
                }
                Block::Thinking { text, signature } => {
                    let mut json = ObjectWriter::default();
                    json.string("type", "thinking").string("thinking", text);
                    json.string("signature", signature).finish_text()
                }
                Block::RedactedThinking(data) => {
                    let mut json = ObjectWriter::default();
                    json.string("type", "redacted_thinking").string("data", data).finish_text()
                }
                Block::CachePoint(point) => {
                    if let Some(before) = blocks.last_mut().filter(|_| can_cache) {
                        with_cache_control(before, *point, family);
                    }
                    can_cache = false;
                    continue;
                }
            };
            // Thoughts take no cache point, and no block takes two.
            can_cache = !matches!(block, Block::Thinking { .. } | Block::RedactedThinking(_));
            blocks.push(json);
        }
        messages.push(message(turn.role, &blocks));
    }
    if turns.last().is_some_and(|turn| turn.role == Role::Assistant) && !family.prefill {
        messages.push(message(Role::User, &[text(GO_ON)]));
    }
    Ok(messages)
}

/// Adds `cache_control` to a block or a tool: everything up to there is cached.
pub(super) fn with_cache_control(block: &mut String, point: CachePoint, family: &Family) {
    if block.pop() != Some('}') {
        return;
    }
    let is_hour = point.lifetime() == Some(CacheTtl::Hour1) && family.caching == Caching::OneHour;
    let ttl = if is_hour { r#","ttl":"1h""# } else { "" };
    block.push_str(r#","cache_control":{"type":"ephemeral""#);
    block.push_str(ttl);
    block.push_str("}}");
}

fn message(role: Role, blocks: &[String]) -> String {
    let role = match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    ObjectWriter::default().string("role", role).raw("content", &array(blocks)).finish_text()
}

fn text(text: &str) -> String {
    ObjectWriter::default().string("type", "text").string("text", text).finish_text()
}

fn result(
    content: &[ResultBlock],
    documents: &mut DocumentNames,
    path: &str,
) -> Result<Vec<String>, Refusal> {
    let mut blocks = Vec::with_capacity(content.len());
    for (index, one) in content.iter().enumerate() {
        let path = format!("{path}.content[{index}]");
        blocks.push(match one {
            ResultBlock::Text(one) if one.trim().is_empty() => continue,
            ResultBlock::Text(one) => text(one),
            ResultBlock::Json(json) => text(&String::from_utf8_lossy(json)),
            ResultBlock::Image(image) => image_json(image, &path)?,
            ResultBlock::Document(document) => document_json(&documents.named(document), &path)?,
        });
    }
    if blocks.is_empty() {
        blocks.push(text(NO_OUTPUT));
    }
    Ok(blocks)
}

fn image_json(image: &Image, path: &str) -> Result<String, Refusal> {
    let MediaSource::Bytes(bytes) = image.source() else { return Err(Refusal::field(path, IN_S3)) };
    let Some(format) = image.format() else {
        let problem = "is no image of a format that is taken here; give one of png, jpeg, gif, webp";
        return Err(Refusal::field(path, problem));
    };
    let source = base64(&format!("image/{format}"), bytes);
    Ok(ObjectWriter::default().string("type", "image").raw("source", &source).finish_text())
}

fn document_json(document: &DocumentBlock, path: &str) -> Result<String, Refusal> {
    let mut source = ObjectWriter::default();
    let source = match document.source() {
        DocumentSource::Media(MediaSource::Bytes(bytes)) => match document.format() {
            DocumentFormat::Pdf => base64("application/pdf", bytes),
            DocumentFormat::Txt | DocumentFormat::Md | DocumentFormat::Csv | DocumentFormat::Html => {
                let Ok(data) = std::str::from_utf8(bytes) else {
                    return Err(Refusal::field(path, "is a document of text that is no UTF-8"));
                };
                plain(data)
            }
            other => {
                let problem = format!(
                    "is a document of format {other}, which a Claude that is given tools does not take; give one of pdf, txt, md, csv, html"
                );
                return Err(Refusal::field(path, &problem));
            }
        },
        DocumentSource::Media(MediaSource::S3 { .. }) => return Err(Refusal::field(path, IN_S3)),
        DocumentSource::Text(data) => plain(data),
        DocumentSource::Content(pieces) => {
            let pieces = array(pieces.iter().map(|piece| text(piece)));
            source.string("type", "content").raw("content", &pieces).finish_text()
        }
    };
    let mut json = ObjectWriter::default();
    json.string("type", "document").raw("source", &source).string("title", document.name());
    if let Some(context) = document.told() {
        json.string("context", context);
    }
    if document.is_citable() {
        json.raw("citations", r#"{"enabled":true}"#);
    }
    Ok(json.finish_text())
}

fn base64(media_type: &str, bytes: &[u8]) -> String {
    let mut source = ObjectWriter::default();
    source.string("type", "base64").string("media_type", media_type);
    source.string("data", &base64_simd::STANDARD.encode_to_string(bytes)).finish_text()
}

fn plain(data: &str) -> String {
    let mut source = ObjectWriter::default();
    source.string("type", "text").string("media_type", "text/plain").string("data", data).finish_text()
}
