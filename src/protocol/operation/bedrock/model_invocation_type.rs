//! Which operation the records of a batch are bodies of.

use crate::protocol::document::{elements, member, members_in_order};
use crate::protocol::words::words;
use serde_json::value::RawValue;

words! {
    /// What each record of a batch is sent to.
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html>
    ModelInvocationType, "modelInvocationType" {
        /// Bodies in the model's own shape.
        InvokeModel = "InvokeModel",
        /// Bodies in the shape that all models share.
        Converse = "Converse",
    }
}

impl ModelInvocationType {
    /// The type of a body, told by its shape: Converse where `messages` is an array whose every `content` is an array
    /// of blocks without a `type`, and no `anthropic_version` or `schemaVersion` says that the body is a model's own.
    pub fn of_body(json: &str) -> Self {
        if is_converse(json).unwrap_or(false) { Self::Converse } else { Self::InvokeModel }
    }
}

fn is_converse(json: &str) -> Option<bool> {
    let members = members_in_order(json)?;
    if has(&members, "anthropic_version") || has(&members, "schemaVersion") {
        return Some(false);
    }
    let messages = elements(member(&members, "messages")?.get())?;
    let is_message = |message: &&RawValue| {
        let members = members_in_order(message.get())?;
        let blocks = elements(member(&members, "content")?.get())?;
        let is_block =
            |block: &&RawValue| members_in_order(block.get()).is_some_and(|block| !has(&block, "type"));
        Some(!blocks.is_empty() && blocks.iter().all(is_block))
    };
    Some(!messages.is_empty() && messages.iter().all(|message| is_message(message).unwrap_or(false)))
}

fn has(members: &[(String, &RawValue)], name: &str) -> bool {
    member(members, name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_body_tells_its_operation() {
        for (body, expected) in [
            (r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#, ModelInvocationType::Converse),
            (r#"{"inputText":"hi"}"#, ModelInvocationType::InvokeModel),
            (
                r#"{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"hi"}]}"#,
                ModelInvocationType::InvokeModel,
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}"#,
                ModelInvocationType::InvokeModel,
            ),
            (
                r#"{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"hi"}]}]}"#,
                ModelInvocationType::InvokeModel,
            ),
            (r#"{"messages":[{"role":"user","content":"hi"}]}"#, ModelInvocationType::InvokeModel),
            (r#"{"messages":[]}"#, ModelInvocationType::InvokeModel),
        ] {
            assert_eq!(ModelInvocationType::of_body(body), expected, "{body}");
        }
    }
}
