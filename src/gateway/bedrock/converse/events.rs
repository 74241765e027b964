//! Events of ConverseStream, as a chat's.

use crate::gateway::bedrock::answer::{is_the_clients, malformed, text_member};
use crate::gateway::bedrock::blocks::Blocks;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{BlockDelta, BlockStart, ConverseEvent};

/// Takes one event. Text and reasoning have no start of their own here; an event that is not known is passed over.
pub(in crate::gateway::bedrock) fn read(event: ConverseEvent, blocks: &mut Blocks) -> Result<(), Refusal> {
    if let ConverseEvent::Metadata { usage: Some(usage), .. } = event {
        blocks.usage(usage);
        return Ok(());
    }
    if blocks.is_stopped() {
        return Ok(());
    }
    if !matches!(event, ConverseEvent::ContentBlockDelta { delta: BlockDelta::Text(_), .. }) {
        blocks.end_text();
    }
    match event {
        ConverseEvent::ContentBlockStart { content_block_index: place, start, .. } => match start {
            BlockStart::ToolUse { tool_use_id, name, tool_type } if is_the_clients(tool_type.as_deref()) => {
                blocks.tool_use(place, tool_use_id, &name);
            }
            _ => blocks.pass_over(place),
        },
        ConverseEvent::ContentBlockDelta { content_block_index: place, delta, .. } => match delta {
            BlockDelta::Text(text) => blocks.text(place, text),
            BlockDelta::ToolUseInput(piece) => blocks.tool_input(place, piece),
            BlockDelta::ReasoningText(text) => blocks.thinking(place, text),
            BlockDelta::ReasoningSignature(signature) => blocks.signature(place, signature),
            BlockDelta::ReasoningRedacted(base64) => blocks.redacted(place, base64),
            BlockDelta::Other { .. } => {}
        },
        ConverseEvent::ContentBlockStop { content_block_index: place, .. } => blocks.stop_block(place),
        ConverseEvent::MessageStop { stop_reason, payload } => {
            if let Some(refusal) = malformed(&stop_reason).filter(|_| !blocks.is_answered()) {
                return Err(refusal);
            }
            let stop_sequence = payload.indexed().and_then(|json| {
                text_member(json.root().get("additionalModelResponseFields")?, "stop_sequence")
            });
            blocks.stop(stop_reason, stop_sequence);
        }
        _ => {}
    }
    Ok(())
}
