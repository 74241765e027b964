//! Images, documents and videos in a conversation, from the service's side, and where prompts are cached.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>

use super::families::is_claude_4;
use super::member::{Member, returned};
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::Value;
use std::collections::BTreeSet;

const IMAGES: [&str; 4] = ["png", "jpeg", "gif", "webp"];
const DOCUMENTS: [&str; 9] = ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"];

/// What the bytes of an image begin with. Of WebP, the length of the file stands between.
const BEGINNINGS: [(&str, &[u8]); 4] =
    [("png", b"\x89PNG\r\n\x1a\n"), ("jpeg", b"\xff\xd8\xff"), ("gif", b"GIF8"), ("webp", b"RIFF")];

/// <https://github.com/aws-samples/generative-ai-use-cases/issues/1685>
const MAX_DOCUMENTS: usize = 5;
const MAX_CACHE_POINTS: usize = 4;

const CLAUDE: &str = "anthropic.claude";
const NOVA: &str = "amazon.nova";

/// Checks every message's media, and all cache points of the request.
pub(super) fn check(model: &ModelId, request: &Member) -> Result<(), Refused> {
    let mut documents = Vec::new();
    for (at, message) in list(request, "messages")?.iter().enumerate() {
        let blocks = message.required("content")?.items(0..=usize::MAX)?;
        let is_assistant = message.value()["role"] == "assistant";
        let mut has_text = false;
        for (index, block) in blocks.iter().enumerate() {
            let place = format!("messages.{at}.content.{index}");
            has_text |= block.optional("text")?.is_some();
            check_block(model, block, &place)?;
            // What a tool has answered with is taken from there.
            let is_far = block.value().pointer("/document/source/s3Location").is_some();
            if is_far && model.family().starts_with(CLAUDE) {
                return Err(returned(&format!("{place}.document.source.type: Field required")));
            }
            if let Some(result) = block.optional("toolResult")? {
                check_result(model, &result, &place)?;
            }
            for kind in ["image", "document"] {
                if is_assistant && block.optional(kind)?.is_some() {
                    return Err(returned(&format!(
                        "messages.{at}.content: '{kind}' blocks are not permitted within assistant turns."
                    )));
                }
            }
        }
        let of_message: Vec<&Value> =
            blocks.iter().filter_map(|block| block.value().get("document")).collect();
        if !of_message.is_empty() && !has_text {
            return Err(Refused::validation(
                "A text block must be included when using documents. Add a text block and retry your request.",
            ));
        }
        documents.extend(of_message);
    }
    check_documents(&documents)?;
    check_cache_points(request)
}

fn check_block(model: &ModelId, block: &Member, place: &str) -> Result<(), Refused> {
    let is_claude = model.family().starts_with(CLAUDE);
    if let Some(image) = block.optional("image")? {
        check_image(model, &image, place)?;
    }
    if let Some(document) = block.optional("document")? {
        if let Some(format) = document.optional("format")? {
            format.one_of(&DOCUMENTS)?;
        }
        check_name(&document.required("name")?)?;
        document.required("source")?.object()?;
    }
    // A format that is none was seen to be taken: nothing is checked of a video.
    if is_claude && block.optional("video")?.is_some() {
        return Err(Refused::validation(
            "This model doesn't support the video content block that you provided. Update the content block and try again.",
        ));
    }
    Ok(())
}

/// What a tool has answered with: a Nova reads no video there, and no document that it would have to fetch.
fn check_result(model: &ModelId, result: &Member, place: &str) -> Result<(), Refused> {
    for (part, told) in result.required("content")?.items(0..=usize::MAX)?.iter().enumerate() {
        check_block(model, told, &format!("{place}.toolResult.content.{part}"))?;
        let told = told.value();
        let is_unread = told.get("video").is_some() || told.pointer("/document/source/s3Location").is_some();
        if is_unread && model.family().starts_with(NOVA) {
            let place = place.replace('.', "/");
            return Err(returned(&format!(
                "Malformed input request: #/{place}: extraneous key [toolResult] is not permitted, please reformat your input and try again."
            )));
        }
    }
    Ok(())
}

fn check_image(model: &ModelId, image: &Member, place: &str) -> Result<(), Refused> {
    let is_claude = model.family().starts_with(CLAUDE);
    let format = image.required("format")?.one_of(&IMAGES)?;
    let source = image.required("source")?;
    if is_claude && source.optional("s3Location")?.is_some() {
        return Err(Refused::validation(
            "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
        ));
    }
    let Some(bytes) = source.optional("bytes")? else { return Ok(()) };
    let Ok(decoded) = base64_simd::STANDARD.decode_to_vec(bytes.text(1..=usize::MAX)?) else {
        return Err(bytes.refuse("the image is not valid base64"));
    };
    let found = BEGINNINGS.iter().find(|(_, begins)| decoded.starts_with(begins)).map(|(name, _)| *name);
    match found {
        Some(found) if found == format => Ok(()),
        // A Claude 3 was seen to look at the bytes alone.
        Some(_) if is_claude && !is_claude_4(model) => Ok(()),
        Some(found) if is_claude => Err(returned(&format!(
            "{place}.image.source.bytes: The image was specified using the image/{format} media type, but the image appears to be a image/{found} image"
        ))),
        None if is_claude => Err(returned("Could not process image")),
        _ => Err(returned("The provided image does not match the specified image format.")),
    }
}

/// An underscore is taken, though the documentation does not say so: <https://github.com/vercel/ai/pull/20366>.
fn check_name(name: &Member) -> Result<(), Refused> {
    let text = name.text(1..=200)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "-_()[]".contains(c);
    let is_spaced = |pair: &[u8]| pair.iter().all(u8::is_ascii_whitespace);
    if text.chars().all(is_plain) && !text.as_bytes().windows(2).any(is_spaced) {
        return Ok(());
    }
    Err(Refused::validation(
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
    ))
}

/// Whoever sent it, no two documents of a conversation have one name.
fn check_documents(documents: &[&Value]) -> Result<(), Refused> {
    let mut names = BTreeSet::new();
    if documents.iter().filter_map(|document| document["name"].as_str()).any(|name| !names.insert(name)) {
        return Err(Refused::validation(
            "Messages can't contain duplicate document names. Rename the document and retry your request.",
        ));
    }
    if documents.len() > MAX_DOCUMENTS {
        return Err(Refused::validation(format!(
            "You can't include more than {MAX_DOCUMENTS} documents in a request."
        )));
    }
    Ok(())
}

/// The items of a list that may be missing.
fn list<'a>(of: &Member<'a>, name: &str) -> Result<Vec<Member<'a>>, Refused> {
    of.optional(name)?.map_or(Ok(Vec::new()), |items| items.items(0..=usize::MAX))
}

fn check_cache_points(request: &Member) -> Result<(), Refused> {
    let mut found = 0;
    let mut blocks = list(request, "system")?;
    if let Some(config) = request.optional("toolConfig")? {
        blocks.extend(list(&config, "tools")?);
    }
    for message in list(request, "messages")? {
        blocks.extend(list(&message, "content")?);
    }
    for block in blocks {
        let Some(point) = block.optional("cachePoint")? else { continue };
        point.required("type")?.one_of(&["default"])?;
        if let Some(ttl) = point.optional("ttl")? {
            ttl.one_of(&["5m", "1h"])?;
        }
        found += 1;
    }
    if found > MAX_CACHE_POINTS {
        return Err(returned(&format!(
            "A maximum of {MAX_CACHE_POINTS} blocks with cache_control may be provided. Found {found}."
        )));
    }
    Ok(())
}
