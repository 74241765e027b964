//! A whole answer as a response.
//! <https://platform.openai.com/docs/api-reference/responses/object>

use super::head::{Head, Known, State};
use super::item::{Item, Kind};
use crate::gateway::chat::{Answer, AnswerBlock};

/// The document of an answer.
pub(super) fn whole(head: &Head, answer: &Answer) -> String {
    let state = State::of_end(answer.stop_reason.as_ref());
    let items = items(head, &answer.blocks);
    let mut output = String::new();
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            output.push(',');
        }
        let is_last = place + 1 == items.len();
        item.write(if is_last { state.of_last_item() } else { "completed" }, &mut output);
    }
    let mut out = String::new();
    let known = Known { usage: answer.usage.as_ref(), tier: answer.service_tier.as_deref() };
    head.write(state, &output, known, &mut out);
    out
}

/// Texts that follow each other are one message: clients take the last one for the answer.
fn items(head: &Head, blocks: &[AnswerBlock]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(blocks.len());
    for block in blocks {
        let place = items.len();
        if let AnswerBlock::Text(more) = block
            && let Some(Item { kind: Kind::Message { text }, .. }) = items.last_mut()
        {
            text.push_str(more);
            continue;
        }
        items.push(match block {
            AnswerBlock::Text(text) => Item::new(Kind::Message { text: text.clone() }, place, head),
            AnswerBlock::Thinking { text, signature } => {
                let signature = signature.clone().unwrap_or_default();
                Item::new(Kind::Thoughts { text: text.clone(), signature }, place, head)
            }
            AnswerBlock::RedactedThinking(data) => {
                Item::new(Kind::RedactedThoughts(data.clone()), place, head)
            }
            AnswerBlock::ToolUse { id, name, input } => {
                Item::call(name, id, String::from_utf8_lossy(input).into_owned(), place, head)
            }
        });
    }
    items
}
