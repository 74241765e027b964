//! A request or response body as the bytes they are, with a JSON view when asked for. Nothing that a caller wrote or
//! a service answered is ever re-serialised: `serde_json::Value` would re-order keys and round numbers.

use super::invalid_input::{FieldPath, InvalidInput};
use bytes::Bytes;
use serde_core::de::Error as _;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// A body: its bytes, exactly.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Document {
    bytes: Bytes,
}

impl Document {
    /// Any bytes, unchecked: an answer is what it is.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// Bytes that must be a JSON object. `field` names it in the refusal, which has the line and column of what is
    /// wrong; a JSON string (an object that was quoted once too often) is called that.
    pub fn object(field: &str, bytes: impl Into<Bytes>) -> Result<Self, InvalidInput> {
        let document = Self::new(bytes);
        document.check_object(field)?;
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
    pub(crate) fn object_at(path: FieldPath<'_>, bytes: Bytes) -> Result<Self, InvalidInput> {
        Self::object("", bytes.clone()).or_else(|_| Self::object(&path.to_string(), bytes))
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

    /// A JSON view, parsed now.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        // An answer is almost always text, and serde_json has a reader of its own for each of the two.
        let text = std::str::from_utf8(&self.bytes).map_err(serde_json::Error::custom)?;
        serde_json::from_str(text)
    }

    /// The members of a JSON object, each with its text untouched. `None` when the body is no JSON object.
    pub fn members(&self) -> Option<BTreeMap<String, &RawValue>> {
        members(&self.bytes)
    }
}

impl From<Document> for Bytes {
    fn from(document: Document) -> Self {
        document.bytes
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A body may hold megabytes of base64; its size tells more than its text.
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

/// Room for a few short members.
const MEMBERS: usize = 128;

/// Puts a JSON object together from members whose text stays as it is.
#[derive(Debug, Default)]
pub(crate) struct ObjectWriter {
    text: String,
}

impl ObjectWriter {
    pub(crate) fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        self.name(name).push_str(json);
        self
    }

    pub(crate) fn string(&mut self, name: &str, value: &str) -> &mut Self {
        push_string(self.name(name), value);
        self
    }

    pub(crate) fn value(&mut self, name: &str, value: &serde_json::Value) -> &mut Self {
        self.raw(name, &value.to_string())
    }

    pub(crate) fn finish(&mut self) -> Bytes {
        Bytes::from(self.finish_text())
    }

    pub(crate) fn finish_text(&mut self) -> String {
        if self.text.is_empty() {
            self.text.push('{');
        }
        self.text.push('}');
        std::mem::take(&mut self.text)
    }

    /// Begins a member.
    fn name(&mut self, name: &str) -> &mut String {
        if self.text.is_empty() {
            self.text.reserve(MEMBERS);
        }
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        push_string(&mut self.text, name);
        self.text.push(':');
        &mut self.text
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

/// Where the first byte is that a JSON string cannot have as it stands: a control character, `"` or `\`. Prompts are
/// long and have few of them, so eight bytes are looked at together.
fn first_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte that is zero, and perhaps of some after it.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, _) = bytes.as_chunks::<8>();
    let is_plain = |word: &&[u8; 8]| {
        let word = u64::from_ne_bytes(**word);
        let controls = word.wrapping_sub(ONES * u64::from(b' ')) & !word & HIGH;
        controls | zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\'))) == 0
    };
    let plain = 8 * words.iter().take_while(is_plain).count();
    let rest = bytes.get(plain..)?;
    Some(plain + rest.iter().position(|byte| matches!(byte, ..b' ' | b'"' | b'\\'))?)
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
        // Each byte at each place of a word.
        for special in every_byte.chars() {
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
    fn members_are_put_together_untouched() {
        let mut object = ObjectWriter::default();
        object.string("a\"b", "x\ny").raw("n", "1e2");
        assert_eq!(object.finish(), r#"{"a\"b":"x\ny","n":1e2}"#.as_bytes());
        assert_eq!(ObjectWriter::default().finish(), "{}".as_bytes());
    }
}
