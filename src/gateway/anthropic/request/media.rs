//! Images and documents.
//! <https://docs.anthropic.com/en/docs/build-with-claude/vision>,
//! <https://docs.anthropic.com/en/docs/build-with-claude/pdf-support>

use crate::gateway::anthropic::node::{Node, Object};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{DocumentBlock, DocumentFormat, Image, ImageFormat};
use std::collections::BTreeSet;

const IMAGE_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];
/// The longest name that Bedrock takes has 200 characters; room for a number stays.
const LONGEST_NAME: usize = 190;

/// The names of the documents of one request. Bedrock wants them of few characters, and each once.
#[derive(Debug, Default)]
pub(super) struct DocumentNames(BTreeSet<String>);

impl DocumentNames {
    fn name(&mut self, title: &str) -> String {
        let allowed = |c: char| if c.is_ascii_alphanumeric() || "-()[]".contains(c) { c } else { ' ' };
        let cleaned: String = title.chars().map(allowed).take(LONGEST_NAME).collect();
        let cleaned = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
        let cleaned = if cleaned.is_empty() { "document".to_owned() } else { cleaned };
        let mut name = cleaned.clone();
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{cleaned} {number}");
        }
        name
    }
}

pub(super) fn image(block: &Object<'_>) -> Result<Image, Refusal> {
    let node = block.required("source")?;
    let source = node.object()?;
    let kind = source.required("type")?;
    match kind.string()?.as_str() {
        "base64" => {}
        // To be hooked up with the gateway's image_fetch, where it is allowed.
        "url" => return Err(node.refuse("is a URL, which is not fetched here; give the image as base64")),
        _ => return Err(kind.no_word(&["base64"])),
    }
    source.required("media_type")?.word(&IMAGE_TYPES)?;
    let data = source.required("data")?;
    let bytes = decoded(&data)?;
    if ImageFormat::of_bytes(&bytes).is_none() {
        return Err(data.refuse("is no PNG, JPEG, GIF or WebP image"));
    }
    Ok(Image::new(bytes))
}

pub(super) fn document(block: &Object<'_>, names: &mut DocumentNames) -> Result<DocumentBlock, Refusal> {
    let text = |name: &str| block.optional(name).map(|node| node.string()).transpose();
    let name = names.name(&text("title")?.unwrap_or_default());
    let node = block.required("source")?;
    let source = node.object()?;
    let kind = source.required("type")?;
    let mut document = match kind.string()?.as_str() {
        "base64" => {
            source.required("media_type")?.word(&["application/pdf"])?;
            DocumentBlock::new(DocumentFormat::Pdf, name, decoded(&source.required("data")?)?)
        }
        "text" => DocumentBlock::new(DocumentFormat::Txt, name, source.text("data")?.into_bytes()),
        "content" => DocumentBlock::of_content(name, pieces(&source.required("content")?)?),
        "url" => return Err(node.refuse("is a URL, which is not fetched here; give the document as base64")),
        _ => return Err(kind.no_word(&["base64", "text", "content"])),
    };
    if let Some(context) = text("context")? {
        document = document.context(context);
    }
    if let Some(citations) = block.optional("citations") {
        let enabled = citations.object()?.optional("enabled");
        document = document.citations(enabled.map_or(Ok(false), |enabled| enabled.boolean())?);
    }
    Ok(document)
}

/// The texts of a document that is given piece by piece.
fn pieces(content: &Node<'_>) -> Result<Vec<String>, Refusal> {
    if content.is_string() {
        return Ok(vec![content.string()?]);
    }
    let mut pieces = Vec::new();
    for node in content.array()? {
        let block = node.object()?;
        block.required("type")?.word(&["text"])?;
        pieces.push(block.text("text")?);
    }
    Ok(pieces)
}

fn decoded(data: &Node<'_>) -> Result<Vec<u8>, Refusal> {
    let base64 = data.string()?;
    base64_simd::STANDARD.decode_to_vec(base64).map_err(|_| data.refuse("is no base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_clean_and_each_once() {
        let mut names = DocumentNames::default();
        assert_eq!(names.name("report: Q1/2.pdf"), "report Q1 2 pdf");
        assert_eq!(names.name(""), "document");
        assert_eq!(names.name("  é "), "document 2");
        assert_eq!(names.name("document 2"), "document 2 2");
        assert_eq!(names.name(&"x".repeat(500)).len(), LONGEST_NAME);
    }
}
