//! `metadata` and `user`, for Bedrock's invocation log.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#bedrock-runtime_Converse-request-requestMetadata>

use crate::gateway::chat::LogPair;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

const USER: &str = "user";

/// What the log is to have, whether it takes it or not.
pub(in crate::gateway::openai) fn read(root: &Object<'_>) -> Result<Vec<LogPair>, Refusal> {
    let mut pairs: Vec<LogPair> = Vec::new();
    let metadata = root.get("metadata").map(Value::object).transpose()?;
    for (key, value) in metadata.iter().flat_map(Object::members) {
        if value.is_object() || value.is_array() {
            return Err(value.refuse("must be a string"));
        }
        let text = if value.is_string() { value.string()? } else { value.text().into() };
        pairs.push(LogPair { param: "metadata", key: key.to_owned(), value: text.into_owned() });
    }
    if let Some(user) = root.get(USER) {
        let value = user.string()?.into_owned();
        if !pairs.iter().any(|pair| pair.key == USER) {
            pairs.push(LogPair { param: USER, key: USER.to_owned(), value });
        }
    }
    Ok(pairs)
}
