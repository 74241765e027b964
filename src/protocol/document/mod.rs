//! A request or response body as the bytes they are, with a JSON view when asked for. Nothing that a caller wrote or
//! a service answered is ever re-serialised: `serde_json::Value` would re-order keys and round numbers.

mod rewritten;
mod writer;

#[cfg(feature = "gateway")]
pub(crate) use rewritten::rewritten_elements;
pub(crate) use rewritten::{Change, rewritten};
pub(crate) use writer::{ArrayWriter, ObjectWriter};

use super::invalid_input::{FieldPath, InvalidInput};
use super::json::{Json, first_special};
use bytes::{Bytes, BytesMut};
use serde_core::de::Error as _;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// A body: its bytes, exactly.
#[derive(Clone, Default)]
pub struct Document {
    bytes: Bytes,
    /// Whether they are known to be a JSON object: somebody looked, or wrote them so.
    is_object: bool,
}

impl Document {
    /// Any bytes, unchecked: an answer is what it is.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), is_object: false }
    }

    /// What must be a JSON object. `field` names it in the refusal, which has the line and column of what is wrong; a
    /// JSON string (an object that was quoted once too often) is called that. A document that passed once is not read
    /// again.
    pub fn object(field: &str, document: impl Into<Self>) -> Result<Self, InvalidInput> {
        let mut document = document.into();
        if !document.is_object {
            document.check_object(field)?;
            document.is_object = true;
        }
        Ok(document)
    }

    fn check_object(&self, field: &str) -> Result<(), InvalidInput> {
        let text = std::str::from_utf8(&self.bytes).map_err(|e| {
            InvalidInput::new(field, format!("is not valid JSON (no text: {e}); give a JSON object"))
        })?;
        let raw: &RawValue = serde_json::from_str(text)
            .map_err(|e| InvalidInput::new(field, format!("is not valid JSON ({e}); give a JSON object")))?;
        let kind = match raw.get().trim_start().as_bytes().first() {
            Some(b'{') => return Ok(()),
            Some(b'"') => "a JSON string; give the object itself, not the object written inside a string",
            Some(b'[') => "a JSON array; give a JSON object",
            Some(b't' | b'f') => "a JSON boolean; give a JSON object",
            Some(b'n') => "JSON null; give a JSON object",
            _ => "a JSON number; give a JSON object",
        };
        Err(InvalidInput::new(field, format!("is {kind}")))
    }

    /// The same, for a field deep in a body.
    pub(crate) fn object_at(path: FieldPath<'_>, document: impl Into<Self>) -> Result<Self, InvalidInput> {
        let document = document.into();
        Self::object("", document.clone()).or_else(|_| Self::object(&path.to_string(), document))
    }

    /// The bytes, as they came or as they will go.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes as text, with replacement characters where they are none.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        // Almost always it is text, and that is found faster than what to replace.
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(&self.bytes),
        }
    }

    /// As a value in a line of JSON. What is no JSON becomes a string.
    #[cfg(feature = "emulator")]
    pub(crate) fn on_one_line(&self) -> String {
        let text = self.text();
        if serde_json::from_str::<&RawValue>(&text).is_err() {
            return serde_json::Value::from(text).to_string();
        }
        on_one_line(text.trim())
    }

    /// A JSON view, parsed now.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        // An answer is almost always text, and serde_json has a reader of its own for each of the two.
        let text = std::str::from_utf8(&self.bytes).map_err(serde_json::Error::custom)?;
        serde_json::from_str(text)
    }

    /// Its values in place, or nothing where it is no JSON.
    pub(crate) fn indexed(&self) -> Option<Json<'_>> {
        Json::read(std::str::from_utf8(&self.bytes).ok()?).ok()
    }

    /// The members of a JSON object, each with its text untouched. `None` when the body is no JSON object.
    pub fn members(&self) -> Option<BTreeMap<String, &RawValue>> {
        members(&self.bytes)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Document {}

impl From<Document> for Bytes {
    fn from(document: Document) -> Self {
        document.bytes
    }
}

/// Whatever bytes are made of.
macro_rules! from_bytes {
    ($($bytes:ty),+) => {
        $(impl From<$bytes> for Document {
            fn from(bytes: $bytes) -> Self {
                Self::new(bytes)
            }
        })+
    };
}

from_bytes!(Bytes, BytesMut, String, Vec<u8>, Box<[u8]>, &'static str, &'static [u8]);

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A body may hold megabytes of base64; its size tells more than its text.
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

/// The members of a JSON object, each with its text untouched.
pub(crate) fn members(json: &[u8]) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(std::str::from_utf8(json).ok()?).ok()
}

/// The members of a JSON object in the order in which they were written, each with its text untouched.
pub(crate) fn members_in_order(json: &str) -> Option<Vec<(String, &RawValue)>> {
    read_in_order(json).ok()
}

/// The same, or why it is none.
pub(crate) fn read_in_order(json: &str) -> serde_json::Result<Vec<(String, &RawValue)>> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
    let mut members: Vec<_> = members.into_iter().collect();
    // Each is a slice of the same text: its address tells its place.
    members.sort_by_key(|(_, raw)| raw.get().as_ptr());
    Ok(members)
}

/// The member of that name.
pub(crate) fn member<'a>(members: &[(String, &'a RawValue)], name: &str) -> Option<&'a RawValue> {
    members.iter().find(|(member, _)| member == name).map(|(_, raw)| *raw)
}

/// JSON without its line ends: they stand between its tokens, where a space means the same, since inside of strings
/// they are escaped. Nothing else changes.
pub(crate) fn on_one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// The elements of a JSON array, each with its text untouched.
pub(crate) fn elements(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

/// A JSON string, unescaped.
pub(crate) fn string(json: &RawValue) -> Option<String> {
    serde_json::from_str(json.get()).ok()
}

/// A JSON array of texts that are JSON already.
pub(crate) fn array<T: AsRef<str>>(elements: impl IntoIterator<Item = T>) -> String {
    let mut text = String::from("[");
    for (place, element) in elements.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(element.as_ref());
    }
    text.push(']');
    text
}

/// About how long a text is as a JSON string: it has line breaks and quotes, which take two bytes.
pub(crate) fn string_length(text: &str) -> usize {
    text.len() + text.len() / 16
}

/// Appends a JSON string. What streams is written once for each event, so there is nothing between text and output.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_special(rest.as_bytes()) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        // It is one byte of ASCII.
        let (special, after) = special.split_at(1);
        match special {
            "\"" => out.push_str("\\\""),
            "\\" => out.push_str("\\\\"),
            "\n" => out.push_str("\\n"),
            "\r" => out.push_str("\\r"),
            "\t" => out.push_str("\\t"),
            "\u{8}" => out.push_str("\\b"),
            "\u{c}" => out.push_str("\\f"),
            control => {
                for byte in control.bytes() {
                    out.push_str(&format!("\\u{byte:04x}"));
                }
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_keeps_every_byte() {
        let text = "{ \"b\":12345678901234567890123, \"a\" : 1.0 }";
        let document = Document::object("body", text).unwrap();
        assert_eq!(document.bytes(), text.as_bytes());
        assert_eq!(document.members().unwrap()["b"].get(), "12345678901234567890123");
    }

    #[test]
    fn a_string_is_written_as_serde_json_writes_it() {
        let every_byte: String = (0..=u8::MAX).map(char::from).collect();
        let mut texts =
            ["", "plain", "a\"b\\c", "é😀\u{2028}\"", "\\", &every_byte].map(str::to_owned).to_vec();
        // Each byte at each place of a chunk.
        for special in every_byte.chars() {
            texts.extend((0..17).map(|before| format!("{}{special}{}", "-".repeat(before), "z".repeat(17))));
            texts.extend((0..9).map(|before| format!("{}{special}{}", "é-".repeat(before), "z".repeat(9))));
        }
        for text in texts {
            let mut json = String::new();
            push_string(&mut json, &text);
            assert_eq!(json, serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn a_quoted_object_is_called_that() {
        let refused = Document::object("modelInput", r#""{\"prompt\":\"x\"}""#).unwrap_err();
        assert!(refused.to_string().starts_with("modelInput: is a JSON string"), "{refused}");
    }

    #[test]
    fn bad_json_has_its_place() {
        let refused = Document::object("--body", "{\n \"a\": }").unwrap_err().to_string();
        assert!(refused.contains("line 2 column 7"), "{refused}");
    }

    #[test]
    fn it_is_the_same_whether_it_is_known_as_an_object_or_not() {
        let known = Document::object("body", "{}").unwrap();
        assert_eq!(known, Document::new("{}"));
        assert_eq!(format!("{known:?}"), "Document(2 bytes)");
    }
}
