//! What the text of the answer must be.
//! <https://platform.openai.com/docs/guides/structured-outputs>

use crate::gateway::chat::Format;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

pub(super) fn read(root: &Object<'_>) -> Result<Format, Refusal> {
    let Some(value) = root.get("response_format") else { return Ok(Format::Text) };
    let format = value.object()?;
    let kind = format.required("type")?;
    of_kind(kind, || format.required("json_schema")?.object())
}

/// A format of a kind; what a schema has beside it stands where `schema_object` says.
pub(in crate::gateway::openai) fn of_kind<'a>(
    kind: Value<'_>,
    schema_object: impl FnOnce() -> Result<Object<'a>, Refusal>,
) -> Result<Format, Refusal> {
    match kind.string()?.as_ref() {
        "text" => Ok(Format::Text),
        "json_object" => Ok(Format::JsonObject),
        "json_schema" => schema(&schema_object()?),
        _ => Err(kind.refuse("is none of text, json_object and json_schema")),
    }
}

/// Every schema is kept strictly here as far as the model can, so that `strict` changes nothing.
fn schema(format: &Object<'_>) -> Result<Format, Refusal> {
    format.get("strict").map(Value::boolean).transpose()?;
    let description = format.get("description").map(Value::string).transpose()?;
    Ok(Format::JsonSchema {
        name: format.required("name")?.name()?.into_owned(),
        description: description.filter(|text| !text.trim().is_empty()).map(std::borrow::Cow::into_owned),
        schema: format.required("schema")?.object_bytes()?,
    })
}
