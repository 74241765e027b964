//! A whole answer as the events of one that streams.

use super::Blocks;
use crate::gateway::bedrock::restore::Restore;
use crate::gateway::chat::{Answer, AnswerBlock, Delta, Event, Start};
use crate::protocol::content::StopReason;

impl Blocks {
    /// The events of an answer in which everything was changed back already.
    pub(in crate::gateway::bedrock) fn of_answer(answer: Answer) -> Self {
        let mut blocks = Self::new(Restore::default());
        for (index, block) in answer.blocks.into_iter().enumerate() {
            let (start, deltas) = pieces(block);
            blocks.asks_for_tools |= matches!(start, Start::ToolUse { .. });
            blocks.events.push_back(Event::BlockStart { index, start });
            for delta in deltas.into_iter().flatten() {
                blocks.delta(index, delta);
            }
            blocks.events.push_back(Event::BlockStop { index });
        }
        blocks.stop(answer.stop_reason.unwrap_or(StopReason::EndTurn), answer.stop_sequence);
        if let Some(usage) = answer.usage {
            blocks.usage(usage);
        }
        blocks
    }
}

/// How a block begins, and what follows, none of which is empty.
fn pieces(block: AnswerBlock) -> (Start, [Option<Delta>; 2]) {
    let filled = |text: &String| !text.is_empty();
    match block {
        AnswerBlock::Text(text) => (Start::Text, [Some(text).filter(filled).map(Delta::Text), None]),
        AnswerBlock::Thinking { text, signature } => {
            let text = Some(text).filter(filled).map(Delta::Thinking);
            (Start::Thinking, [text, signature.filter(filled).map(Delta::Signature)])
        }
        AnswerBlock::RedactedThinking(base64) => (Start::RedactedThinking(base64), [None, None]),
        AnswerBlock::ToolUse { id, name, input } => {
            let input = String::from_utf8_lossy(&input).into_owned();
            (Start::ToolUse { id, name }, [Some(input).filter(filled).map(Delta::ToolInput), None])
        }
    }
}
