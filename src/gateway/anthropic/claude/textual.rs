//! Answers changed as text, so that all else in them stays as it came.

use crate::protocol::document::{Change, elements, member, members_in_order, rewritten, string};
use serde_json::value::RawValue;

/// The type of a block that asks for a tool; those that run on servers have another one.
const TOOL_USE: &str = "tool_use";

/// Members that Bedrock adds to Claude's events, each for Bedrock's own clients.
const OF_BEDROCK: &str = "amazon-bedrock-";

/// A text with others in the place of parts of it, which stand in their order; what is no part of it stays away.
pub(super) fn replaced(text: &str, parts: &[(&RawValue, &str)]) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = 0;
    for (part, with) in parts {
        let start = part.get().as_ptr().addr().checked_sub(text.as_ptr().addr());
        if let Some((start, before)) = start.and_then(|start| Some((start, text.get(rest..start)?))) {
            written.push_str(before);
            written.push_str(with);
            rest = start + part.get().len();
        }
    }
    written.push_str(text.get(rest..).unwrap_or_default());
    written
}

/// An event without what Bedrock adds to it.
pub(super) fn without_bedrocks(text: &str) -> Option<String> {
    if !text.contains(OF_BEDROCK) {
        return None;
    }
    let of_bedrock = |name: &str, _: &str| match name {
        name if name.starts_with(OF_BEDROCK) => Change::LeaveOut,
        _ => Change::Keep,
    };
    Some(rewritten(&members_in_order(text)?, of_bedrock)?.finish_text())
}

/// Whether a list of blocks asks for a tool of the client's.
pub(super) fn asks_for_tools(content: &str) -> bool {
    // To look costs less than to read.
    content.contains(TOOL_USE)
        && elements(content).into_iter().flatten().any(|block| is_tool_use(block.get()))
}

/// Whether a block asks for a tool of the client's.
pub(super) fn is_tool_use(block: &str) -> bool {
    member_of(block, "type").and_then(string).is_some_and(|kind| kind == TOOL_USE)
}

/// The member of an object, as a part of its text.
pub(super) fn member_of<'a>(json: &'a str, name: &str) -> Option<&'a RawValue> {
    member(&members_in_order(json)?, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_changes() {
        let text = r#"{ "a" : 1.0, "m" : {"model":"x" }, "model": "y"}"#;
        let inner = member_of(member_of(text, "m").unwrap().get(), "model").unwrap();
        assert_eq!(
            replaced(text, &[(inner, "\"é\"")]),
            r#"{ "a" : 1.0, "m" : {"model":"é" }, "model": "y"}"#
        );
        let elsewhere: &RawValue = serde_json::from_str("7").unwrap();
        assert_eq!(replaced(text, &[(elsewhere, "")]), text);
        let outer = member_of(text, "model").unwrap();
        let both = [(inner, "1"), (elsewhere, "2"), (outer, "3")];
        assert_eq!(replaced(text, &both), r#"{ "a" : 1.0, "m" : {"model":1 }, "model": 3}"#);
    }

    #[test]
    fn bedrocks_members_go() {
        let text = r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"#;
        assert_eq!(without_bedrocks(text).unwrap(), r#"{"type":"message_stop"}"#);
        assert_eq!(without_bedrocks(r#"{"text":"amazon-bedrock-x"}"#), None);
    }
}
