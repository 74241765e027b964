//! The document in a refusal's body, in any of its spellings: JSON, or S3's and STS's XML.

use super::json::{Json, Value};
use std::borrow::Cow;

#[derive(Default)]
pub(super) struct ErrorBody {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) original_status: Option<u16>,
    pub(super) region: Option<String>,
}

impl ErrorBody {
    pub(super) fn read(body: &[u8]) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default();
        if let Some(json) = Json::read(text).ok().filter(|json| json.root().is_object()) {
            let object = json.root();
            // An OpenAI- or Anthropic-shaped gateway nests it: {"error":{"code":…,"message":…}}.
            let nested = object.get("error");
            let text = |names: &[&str]| {
                names
                    .iter()
                    .find_map(|name| object.get(name).or_else(|| nested?.get(name))?.str())
                    .filter(|text| !text.is_empty())
                    .map(Cow::into_owned)
            };
            return Self {
                code: text(&["__type", "code", "Code", "type"]).as_deref().and_then(bare_code),
                message: text(&["message", "Message", "errorMessage", "error_description"]),
                original_status: object
                    .get("originalStatusCode")
                    .and_then(Value::unsigned)
                    .and_then(|n| u16::try_from(n).ok()),
                region: None,
            };
        }
        // S3 and STS answer in XML: <Error><Code>…</Code><Message>…</Message>.
        let text = String::from_utf8_lossy(body);
        if text.contains("<Error>") || text.contains("<Error ") {
            return Self {
                code: element(&text, "Code").and_then(|code| bare_code(&code)),
                message: element(&text, "Message"),
                original_status: None,
                region: element(&text, "Region"),
            };
        }
        Self::default()
    }
}

/// `ValidationException:http://…` and `com.amazon.coral#ValidationException` are both `ValidationException`.
pub(super) fn bare_code(text: &str) -> Option<String> {
    let code = text.split(':').next()?;
    let code = code.rsplit('#').next()?.trim();
    (!code.is_empty()).then(|| code.to_owned())
}

/// The text of the first such element, with the five entities of XML resolved.
fn element(xml: &str, name: &str) -> Option<String> {
    let inner = xml.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0;
    let text =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#xA;", "\n"), ("&amp;", "&")]
            .into_iter()
            .fold(inner.to_owned(), |text, (entity, char)| text.replace(entity, char));
    (!text.is_empty()).then_some(text)
}
