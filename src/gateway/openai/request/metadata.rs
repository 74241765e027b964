//! `metadata` and `user`, for Bedrock's invocation log.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#bedrock-runtime_Converse-request-requestMetadata>

use super::reading::Reading;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

const MAX_PAIRS: usize = 16;
const MAX_CHARS: usize = 256;
const USER: &str = "user";

/// The pairs that Bedrock takes. Others are left out, and named: no answer depends on them.
pub(super) fn read(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut add = |pairs: &mut Vec<(String, String)>, field: &str, key: &str, value: &str| {
        if pairs.len() < MAX_PAIRS && !key.is_empty() && fits(key) && fits(value) {
            pairs.push((key.to_owned(), value.to_owned()));
        } else {
            reading.leave_out(field);
        }
    };
    let metadata = root.get("metadata").map(Value::object).transpose()?;
    for (key, value) in metadata.iter().flat_map(Object::members) {
        if value.is_object() || value.is_array() {
            return Err(value.refuse("must be a string"));
        }
        let text = if value.is_string() { value.string()? } else { value.text().into() };
        add(&mut pairs, "metadata", key, &text);
    }
    if let Some(user) = root.get(USER) {
        let user = user.string()?;
        if !pairs.iter().any(|(key, _)| key == USER) {
            add(&mut pairs, USER, USER, &user);
        }
    }
    Ok(pairs)
}

/// `[a-zA-Z0-9\s:_@$#=/+,-.]`, in which `,-.` is a range of three.
fn fits(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c);
    text.chars().count() <= MAX_CHARS && text.chars().all(allowed)
}
