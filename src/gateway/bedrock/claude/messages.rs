//! What is said in a chat, as blocks of Claude's own shape.
//! <https://docs.anthropic.com/en/api/messages>

use crate::gateway::bedrock::family::{Caching, Family};
use crate::gateway::bedrock::history::{GO_ON, NO_OUTPUT, turns};
use crate::gateway::bedrock::plan::Plan;
use crate::gateway::bedrock::tool_names::ToolNames;
use crate::gateway::bedrock::tool_use_ids::ToolUseIds;
use crate::gateway::chat::{Block, Chat, ResultBlock, Role};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{
    CachePoint, CacheTtl, DocumentBlock, DocumentFormat, DocumentNames, DocumentSource, Image, MediaSource,
};
use crate::protocol::document::{ArrayWriter, ObjectWriter, string_length};
use crate::protocol::invalid_input::FieldPath;

const IN_S3: &str = "lies in S3, from where a Claude that is given tools does not read; send its bytes";

/// Writes the instructions, with one more where a format needs it.
pub(super) fn write_system(plan: &Plan<'_>, body: &mut ObjectWriter<'_>) {
    let (chat, family, instruction) = (plan.chat, plan.family, plan.instruction.as_deref());
    let is_text = |block: &Block| matches!(block, Block::Text(_));
    if instruction.is_none() && !chat.system.iter().any(is_text) {
        return;
    }
    let mut blocks = body.array("system");
    for (index, block) in chat.system.iter().enumerate() {
        let Block::Text(one) = block else { continue };
        let mut written = blocks.object();
        write_text(one, &mut written);
        if let Some(Block::CachePoint(point)) =
            chat.system.get(index + 1).filter(|_| family.caching > Caching::No)
        {
            write_cache_control(*point, family, &mut written);
        }
    }
    if let Some(instruction) = instruction {
        write_text(instruction, &mut blocks.object());
    }
}

/// Writes the messages.
pub(super) fn write_messages(plan: &Plan<'_>, mut messages: ArrayWriter<'_>) -> Result<(), Refusal> {
    let family = plan.family;
    let turns = turns(plan.chat, family);
    let mut writer = Writer {
        names: &plan.names,
        ids: ToolUseIds::new(family.tool_use_ids),
        documents: DocumentNames::default(),
    };
    for (place, turn) in turns.iter().enumerate() {
        let is_last = place + 1 == turns.len();
        let mut message = messages.object();
        let mut blocks = message.string("role", word(turn.role)).array("content");
        for (index, block) in turn.blocks.iter().enumerate() {
            let path = format_args!("messages[{place}].content[{index}]");
            let may_end = is_last && turn.role == Role::Assistant && index + 1 == turn.blocks.len();
            let mut written = match block {
                Block::CachePoint(_) => continue,
                _ => blocks.object(),
            };
            match block {
                // Refused at the end of what the model is to go on with.
                Block::Text(text) if may_end => write_text(text.trim_end(), &mut written),
                Block::Image(_) | Block::Document(_) if turn.role == Role::Assistant => {
                    let problem = "is a file; only a user's message may have one";
                    return Err(Refusal::field(path.to_string(), problem));
                }
                block => writer.write(block, path, &mut written)?,
            }
            // Thoughts take no cache point, and no block takes two.
            let can_cache = !matches!(block, Block::Thinking { .. } | Block::RedactedThinking(_));
            if let (true, Some(Block::CachePoint(point))) = (can_cache, turn.blocks.get(index + 1)) {
                write_cache_control(*point, family, &mut written);
            }
        }
    }
    if turns.last().is_some_and(|turn| turn.role == Role::Assistant) && !family.prefill {
        let mut message = messages.object();
        let mut blocks = message.string("role", word(Role::User)).array("content");
        write_text(GO_ON, &mut blocks.object());
    }
    Ok(())
}

/// About how long the messages and instructions are as JSON.
pub(super) fn length(chat: &Chat) -> usize {
    const NAMES: usize = 64;
    let of_result = |block: &ResultBlock| match block {
        ResultBlock::Text(text) => string_length(text),
        ResultBlock::Json(json) => json.len() + json.len() / 4,
        ResultBlock::Image(image) => image.length(),
        ResultBlock::Document(document) => document.length(),
    };
    let of_block = |block: &Block| match block {
        Block::Text(text) => string_length(text),
        Block::Image(image) => image.length(),
        Block::Document(document) => document.length(),
        Block::ToolUse { input, .. } => NAMES + input.len(),
        Block::ToolResult { content, .. } => content.iter().map(|block| NAMES + of_result(block)).sum(),
        Block::Thinking { text, signature } => string_length(text) + signature.len(),
        Block::RedactedThinking(data) => data.len(),
        Block::Video(_) | Block::Audio(_) | Block::CachePoint(_) => 0,
    };
    let said = chat.messages.iter().flat_map(|message| &message.blocks);
    chat.system.iter().chain(said).map(|block| NAMES + of_block(block)).sum()
}

/// Adds `cache_control` to a block or a tool: everything up to there is cached.
pub(super) fn write_cache_control(point: CachePoint, family: &Family, block: &mut ObjectWriter<'_>) {
    let mut control = block.object("cache_control");
    control.string("type", "ephemeral");
    if point.lifetime() == Some(CacheTtl::Hour1) && family.caching == Caching::OneHour {
        control.string("ttl", "1h");
    }
}

fn word(role: Role) -> &'static str {
    match role {
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

struct Writer<'a> {
    names: &'a ToolNames,
    ids: ToolUseIds,
    documents: DocumentNames,
}

impl Writer<'_> {
    fn write(
        &mut self,
        block: &Block,
        path: FieldPath<'_>,
        json: &mut ObjectWriter<'_>,
    ) -> Result<(), Refusal> {
        match block {
            Block::Text(text) => write_text(text, json),
            Block::Image(image) => write_image(image, path, json)?,
            Block::Document(document) => write_document(&self.documents.named(document), path, json)?,
            Block::Video(_) | Block::Audio(_) => {
                return Err(Refusal::field(path.to_string(), "is of a kind that Claude does not take"));
            }
            Block::ToolUse { id, name, input } => {
                let input = std::str::from_utf8(input)
                    .map_err(|_| Refusal::field(format!("{path}.input"), "is no UTF-8"))?;
                json.string("type", "tool_use").string("id", &self.ids.of_use(id));
                json.string("name", self.names.fit(name)).raw("input", input);
            }
            Block::ToolResult { tool_use_id, content, is_error } => {
                json.string("type", "tool_result").string("tool_use_id", &self.ids.of_result(tool_use_id));
                self.write_result(content, path, json.array("content"))?;
                if *is_error {
                    json.value("is_error", &true.into());
                }
            }
            Block::Thinking { text, signature } => {
                json.string("type", "thinking").string("thinking", text).string("signature", signature);
            }
            Block::RedactedThinking(data) => {
                json.string("type", "redacted_thinking").string("data", data);
            }
            Block::CachePoint(_) => {}
        }
        Ok(())
    }

    fn write_result(
        &mut self,
        content: &[ResultBlock],
        path: FieldPath<'_>,
        mut blocks: ArrayWriter<'_>,
    ) -> Result<(), Refusal> {
        let is_blank =
            |block: &ResultBlock| matches!(block, ResultBlock::Text(text) if text.trim().is_empty());
        if content.iter().all(is_blank) {
            write_text(NO_OUTPUT, &mut blocks.object());
        }
        for (index, one) in content.iter().enumerate().filter(|(_, one)| !is_blank(one)) {
            let path = format_args!("{path}.content[{index}]");
            let mut block = blocks.object();
            match one {
                ResultBlock::Text(text) => write_text(text, &mut block),
                ResultBlock::Json(json) => write_text(&String::from_utf8_lossy(json), &mut block),
                ResultBlock::Image(image) => write_image(image, path, &mut block)?,
                ResultBlock::Document(document) => {
                    write_document(&self.documents.named(document), path, &mut block)?;
                }
            }
        }
        Ok(())
    }
}

fn write_text(text: &str, block: &mut ObjectWriter<'_>) {
    block.string("type", "text").string("text", text);
}

fn write_image(image: &Image, path: FieldPath<'_>, block: &mut ObjectWriter<'_>) -> Result<(), Refusal> {
    let MediaSource::Bytes(bytes) = image.source() else {
        return Err(Refusal::field(path.to_string(), IN_S3));
    };
    let Some(format) = image.format() else {
        let problem = "is no image of a format that is taken here; give one of png, jpeg, gif, webp";
        return Err(Refusal::field(path.to_string(), problem));
    };
    let source = block.string("type", "image").object("source");
    write_base64(&format!("image/{format}"), bytes, source);
    Ok(())
}

fn write_document(
    document: &DocumentBlock,
    path: FieldPath<'_>,
    block: &mut ObjectWriter<'_>,
) -> Result<(), Refusal> {
    write_document_source(document, path, block.string("type", "document").object("source"))?;
    block.string("title", document.name());
    if let Some(context) = document.told() {
        block.string("context", context);
    }
    if document.is_citable() {
        block.object("citations").value("enabled", &true.into());
    }
    Ok(())
}

fn write_document_source(
    document: &DocumentBlock,
    path: FieldPath<'_>,
    mut source: ObjectWriter<'_>,
) -> Result<(), Refusal> {
    match document.source() {
        DocumentSource::Media(MediaSource::Bytes(bytes)) => match document.format() {
            DocumentFormat::Pdf => write_base64("application/pdf", bytes, source),
            DocumentFormat::Txt | DocumentFormat::Md | DocumentFormat::Csv | DocumentFormat::Html => {
                let Ok(data) = std::str::from_utf8(bytes) else {
                    let problem = "is a document of text that is no UTF-8";
                    return Err(Refusal::field(path.to_string(), problem));
                };
                write_plain(data, source);
            }
            other => {
                let problem = format!(
                    "is a document of format {other}, which a Claude that is given tools does not take; give one of pdf, txt, md, csv, html"
                );
                return Err(Refusal::field(path.to_string(), &problem));
            }
        },
        DocumentSource::Media(MediaSource::S3 { .. }) => {
            return Err(Refusal::field(path.to_string(), IN_S3));
        }
        DocumentSource::Text(data) => write_plain(data, source),
        DocumentSource::Content(pieces) => {
            let mut content = source.string("type", "content").array("content");
            for piece in pieces {
                write_text(piece, &mut content.object());
            }
        }
    }
    Ok(())
}

fn write_base64(media_type: &str, bytes: &[u8], mut source: ObjectWriter<'_>) {
    source.string("type", "base64").string("media_type", media_type).base64("data", bytes);
}

fn write_plain(data: &str, mut source: ObjectWriter<'_>) {
    source.string("type", "text").string("media_type", "text/plain").string("data", data);
}
