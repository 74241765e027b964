//! Answers changed as text, so that all else in them stays as it came.

use crate::protocol::document::{Change, member, members_in_order, rewritten};
use serde_json::value::RawValue;

/// Members that Bedrock adds to Claude's events, each for Bedrock's own clients.
const OF_BEDROCK: &str = "amazon-bedrock-";

/// A text with another one in the place of a part of it; unchanged where that is no part of it.
pub(super) fn replaced(text: &str, part: &RawValue, with: &str) -> String {
    let part = part.get();
    let split = part
        .as_ptr()
        .addr()
        .checked_sub(text.as_ptr().addr())
        .and_then(|start| Some((text.get(..start)?, text.get(start + part.len()..)?)));
    match split {
        Some((before, after)) => [before, with, after].concat(),
        None => text.to_owned(),
    }
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
        assert_eq!(replaced(text, inner, "\"é\""), r#"{ "a" : 1.0, "m" : {"model":"é" }, "model": "y"}"#);
        let elsewhere: &RawValue = serde_json::from_str("7").unwrap();
        assert_eq!(replaced(text, elsewhere, ""), text);
    }

    #[test]
    fn bedrocks_members_go() {
        let text = r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}"#;
        assert_eq!(without_bedrocks(text).unwrap(), r#"{"type":"message_stop"}"#);
        assert_eq!(without_bedrocks(r#"{"text":"amazon-bedrock-x"}"#), None);
    }
}
