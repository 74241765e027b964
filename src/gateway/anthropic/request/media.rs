//! Images and documents.
//! <https://docs.anthropic.com/en/docs/build-with-claude/vision>,
//! <https://docs.anthropic.com/en/docs/build-with-claude/pdf-support>

use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{DocumentBlock, DocumentFormat, Image, ImageFormat};
use std::borrow::Cow;

const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

pub(super) fn image(block: &Object<'_>) -> Result<Image, Refusal> {
    let node = block.required("source")?;
    let source = node.object()?;
    let kind = source.required("type")?;
    match &*kind.string()? {
        "base64" => {}
        // Where it may be, it was fetched before.
        "url" => return Err(node.refuse("is a URL, which is not fetched here; give the image as base64")),
        _ => return Err(kind.no_word(&["base64"])),
    }
    source.required("media_type")?.word(&IMAGE_TYPES)?;
    let data = source.required("data")?;
    let bytes = decoded(data)?;
    if ImageFormat::of_bytes(&bytes).is_none() {
        return Err(data.refuse("is no PNG, JPEG, GIF or WebP image"));
    }
    let image = Image::new(bytes);
    match image.oversize() {
        Some(problem) => Err(data.refuse(&problem)),
        None => Ok(image),
    }
}

pub(super) fn document(block: &Object<'_>) -> Result<DocumentBlock, Refusal> {
    let text = |name: &str| block.get(name).map(Value::string).transpose();
    // Where it is to go it is made one that is taken there.
    let name = text("title")?.map_or_else(|| "document".to_owned(), Cow::into_owned);
    let node = block.required("source")?;
    let source = node.object()?;
    let kind = source.required("type")?;
    let mut document = match &*kind.string()? {
        "base64" => {
            source.required("media_type")?.word(&["application/pdf"])?;
            DocumentBlock::new(DocumentFormat::Pdf, name, decoded(source.required("data")?)?)
        }
        "text" => DocumentBlock::new(DocumentFormat::Txt, name, source.text("data")?.into_bytes()),
        "content" => DocumentBlock::of_content(name, pieces(source.required("content")?)?),
        "url" => return Err(node.refuse("is a URL, which is not fetched here; give the document as base64")),
        _ => return Err(kind.no_word(&["base64", "text", "content"])),
    };
    if let Some(context) = text("context")? {
        document = document.context(context.into_owned());
    }
    if let Some(citations) = block.get("citations") {
        let enabled = citations.object()?.get("enabled");
        document = document.citations(enabled.map_or(Ok(false), Value::boolean)?);
    }
    Ok(document)
}

/// The texts of a document that is given piece by piece.
fn pieces(content: Value<'_>) -> Result<Vec<String>, Refusal> {
    if content.is_string() {
        return Ok(vec![content.string()?.into_owned()]);
    }
    let mut pieces = Vec::new();
    for node in content.elements()? {
        let block = node.object()?;
        block.required("type")?.word(&["text"])?;
        pieces.push(block.text("text")?);
    }
    Ok(pieces)
}

fn decoded(data: Value<'_>) -> Result<Vec<u8>, Refusal> {
    let base64 = data.string()?;
    base64_simd::STANDARD.decode_to_vec(base64.as_bytes()).map_err(|_| data.refuse("is no base64"))
}
