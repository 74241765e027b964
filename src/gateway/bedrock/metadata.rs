//! What the invocation log has beside a call, as far as it takes it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax>

use crate::gateway::chat::Chat;
use crate::gateway::left_out::LeftOut;
use crate::gateway::refusal::Refusal;

const MAX_PAIRS: usize = 16;
const MAX_CHARS: usize = 256;
const PROBLEM: &str = "is not taken by Bedrock; give a key of 1 to 256 and a value of at most 256 letters, digits, \
                       spaces and the characters : _ @ $ # = / + , - .";

/// The pairs that are sent.
pub(super) fn pairs<'a>(chat: &'a Chat, left_out: &mut LeftOut) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
    let mut pairs = Vec::with_capacity(chat.metadata.len());
    for (key, value) in &chat.metadata {
        if !key.is_empty() && is_taken(key) && is_taken(value) {
            pairs.push((key.as_str(), value.as_str()));
        } else {
            left_out.param(&format!("metadata.{key}"), PROBLEM)?;
        }
    }
    if pairs.len() > MAX_PAIRS {
        left_out
            .param("metadata", &format!("has more than {MAX_PAIRS} pairs, the most that Bedrock takes"))?;
        pairs.truncate(MAX_PAIRS);
    }
    Ok(pairs)
}

fn is_taken(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c);
    text.chars().count() <= MAX_CHARS && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_does_not_take_is_refused_or_left_out() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let chat = Chat { metadata: vec![pair("team", "a/b c"), pair("é", "x")], ..Chat::default() };
        let refused = pairs(&chat, &mut LeftOut::new(false)).unwrap_err();
        assert!(refused.message().starts_with("metadata.é is not taken"), "{}", refused.message());
        let mut left_out = LeftOut::new(true);
        assert_eq!(pairs(&chat, &mut left_out).unwrap(), [("team", "a/b c")]);
        assert_eq!(left_out.params(), ["metadata._"]);
    }
}
