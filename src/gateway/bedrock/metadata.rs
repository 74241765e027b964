//! What the invocation log has beside a call, as far as it takes it.

use crate::gateway::chat::Chat;
use crate::gateway::dropped::Dropped;
use crate::protocol::content::request_metadata::{MAX_PAIRS, is_taken};

/// The pairs that are sent. Others are left out in any case, and named: no answer depends on them, and clients that know
/// nothing of Bedrock send what it does not take (Claude Code a `user_id` that is JSON).
pub(super) fn pairs<'a>(chat: &'a Chat, dropped: &mut Dropped) -> Vec<(&'a str, &'a str)> {
    let mut pairs = Vec::with_capacity(chat.metadata.len().min(MAX_PAIRS));
    for pair in &chat.metadata {
        if pairs.len() < MAX_PAIRS && !pair.key.is_empty() && is_taken(&pair.key) && is_taken(&pair.value) {
            pairs.push((pair.key.as_str(), pair.value.as_str()));
        } else {
            dropped.in_any_case(pair.param);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::chat::LogPair;

    fn pair(param: &'static str, key: &str, value: &str) -> LogPair {
        LogPair { param, key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn what_the_log_does_not_take_is_left_out_and_named() {
        let metadata = vec![
            pair("metadata", "team", "a/b c"),
            pair("metadata", "é", "x"),
            pair("metadata", "", "x"),
            pair("user", "user", r#"{"id":1}"#),
            pair("user", "long", &"x".repeat(257)),
        ];
        let mut dropped = Dropped::new(false);
        assert_eq!(pairs(&Chat { metadata, ..Chat::default() }, &mut dropped), [("team", "a/b c")]);
        assert_eq!(dropped.params(), ["metadata", "user"]);
    }

    #[test]
    fn there_are_sixteen_at_most() {
        let metadata = (0..17).map(|number| pair("metadata", &format!("k{number}"), "")).collect();
        let mut dropped = Dropped::new(false);
        let chat = Chat { metadata, ..Chat::default() };
        assert_eq!(pairs(&chat, &mut dropped).last(), Some(&("k15", "")));
        assert_eq!(dropped.params(), ["metadata"]);
    }
}
