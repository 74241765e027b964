//! What a model thought, as the `encrypted_content` of an item: it goes to the client, which keeps it, and comes back
//! with the chat, since a Claude goes on thinking from its own signed thoughts only. It is no secret, nor encrypted.

use super::super::completion::{redacted_thoughts, signed_thoughts};
use super::super::request::assistant::thought;
use crate::gateway::chat::Block;
use crate::gateway::json::{Json, Value};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// What all of them begin with: those of other services do not, and no model here could read them.
const OURS: &str = "bedwire-1:";

const NOT_AS_GIVEN: &str = "is not as the gateway gave it; send it back unchanged, or leave the item out";

/// Thoughts with their signature.
pub(super) fn of_signed(text: &str, signature: &str) -> String {
    packed(|json| signed_thoughts(text, signature, json))
}

/// Thoughts that nobody reads but the model, as base64.
pub(super) fn of_redacted(data: &str) -> String {
    packed(|json| redacted_thoughts(data, json))
}

fn packed(write: impl FnOnce(&mut String)) -> String {
    let mut json = String::new();
    write(&mut json);
    let mut packed = String::from(OURS);
    base64_simd::STANDARD.encode_append(json, &mut packed);
    packed
}

/// The thoughts that come back; `None` where they are of another service.
pub(super) fn unpacked(value: Value<'_>) -> Result<Option<Block>, Refusal> {
    let text = value.string()?;
    let Some(packed) = text.strip_prefix(OURS) else { return Ok(None) };
    let not_as_given = |_| value.refuse(NOT_AS_GIVEN);
    let json = base64_simd::STANDARD.decode_to_vec(packed);
    let json = Bytes::from(json.map_err(|_| value.refuse(NOT_AS_GIVEN))?);
    let json = Json::object(&json).map_err(not_as_given)?;
    let object = json.root().object().map_err(not_as_given)?;
    thought(&object).map_err(not_as_given)
}
