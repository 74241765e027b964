//! Files that are only named: Bedrock takes their bytes.

use crate::gateway::anthropic::node::Node;
use crate::gateway::refusal::Refusal;

/// Refuses the first file that is given by its URL, or by its id at Anthropic.
pub(super) fn check(messages: &Node<'_>) -> Result<(), Refusal> {
    // To look costs less than to read, and most requests have neither.
    if !["\"url\"", "\"file\""].iter().any(|kind| messages.json().contains(kind)) {
        return Ok(());
    }
    for message in messages.array()? {
        let Some(content) = message.object()?.optional("content").filter(|content| !content.is_string())
        else {
            continue;
        };
        for block in content.array()? {
            check_block(&block)?;
            // What a tool answered has blocks of its own; those have none.
            let Some(inner) = block.object()?.optional("content") else { continue };
            for block in inner.array().unwrap_or_default() {
                check_block(&block)?;
            }
        }
    }
    Ok(())
}

fn check_block(block: &Node<'_>) -> Result<(), Refusal> {
    let Some(source) = block.object().ok().and_then(|block| block.optional("source")) else { return Ok(()) };
    let kind = source.object().ok().and_then(|source| source.text("type").ok());
    match kind.as_deref() {
        Some("url") => Err(source.refuse("is a URL, which Bedrock does not fetch; give the file as base64")),
        Some("file") => {
            Err(source.refuse("is a file at Anthropic, where Bedrock cannot read it; give it as base64"))
        }
        _ => Ok(()),
    }
}
