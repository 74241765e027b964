//! JSON put together in one text: each byte is written once, however deep it stands.

use super::{Document, push_string};
use crate::protocol::decimals::push_whole;
use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

/// Room for a few short members.
const MEMBERS: usize = 128;

/// Writes a JSON object, member by member. What is begun inside it ends where its own writer does.
#[derive(Debug)]
pub(crate) struct ObjectWriter<'a> {
    json: Json<'a>,
}

/// Writes a JSON array inside an object, element by element. It ends where the writer does.
#[derive(Debug)]
pub(crate) struct ArrayWriter<'a> {
    json: &'a mut Text,
}

#[derive(Debug)]
enum Json<'a> {
    Whole(Text),
    Part(&'a mut Text),
}

#[derive(Debug, Default)]
struct Text {
    text: String,
    /// Whether a part of it was taken for JSON without a look at it.
    is_unproven: bool,
}

impl Default for ObjectWriter<'_> {
    fn default() -> Self {
        Self::with_capacity(MEMBERS)
    }
}

impl ObjectWriter<'_> {
    /// An object of about so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        Self { json: Json::Whole(Text { text, is_unproven: false }) }
    }

    /// A member that is JSON already.
    pub(crate) fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        let member = self.member(name);
        member.is_unproven = true;
        member.text.push_str(json);
        self
    }

    /// Members of another object.
    pub(crate) fn raws(&mut self, members: &[(String, &RawValue)]) -> &mut Self {
        for (name, json) in members {
            self.raw(name, json.get());
        }
        self
    }

    pub(crate) fn document(&mut self, name: &str, document: &Document) -> &mut Self {
        self.member(name).push_document(document);
        self
    }

    pub(crate) fn string(&mut self, name: &str, value: &str) -> &mut Self {
        push_string(&mut self.member(name).text, value);
        self
    }

    pub(crate) fn base64(&mut self, name: &str, bytes: &[u8]) -> &mut Self {
        let text = &mut self.member(name).text;
        text.push('"');
        base64_simd::STANDARD.encode_append(bytes, text);
        text.push('"');
        self
    }

    pub(crate) fn value(&mut self, name: &str, value: &Value) -> &mut Self {
        let text = &mut self.member(name).text;
        match value.as_u64() {
            Some(number) => push_whole(text, number),
            None => text.push_str(&value.to_string()),
        }
        self
    }

    pub(crate) fn object(&mut self, name: &str) -> ObjectWriter<'_> {
        self.member(name).begin_object()
    }

    pub(crate) fn array(&mut self, name: &str) -> ArrayWriter<'_> {
        self.member(name).begin_array()
    }

    pub(crate) fn strings<T: AsRef<str>>(
        &mut self,
        name: &str,
        texts: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        let mut array = self.array(name);
        for text in texts {
            array.string(text.as_ref());
        }
        drop(array);
        self
    }

    /// Begins a member.
    fn member(&mut self, name: &str) -> &mut Text {
        let json = match &mut self.json {
            Json::Whole(json) => json,
            Json::Part(json) => json,
        };
        json.separate('{');
        push_string(&mut json.text, name);
        json.text.push(':');
        json
    }
}

impl ObjectWriter<'static> {
    pub(crate) fn finish(&mut self) -> Bytes {
        Bytes::from(self.finish_text())
    }

    pub(crate) fn finish_text(&mut self) -> String {
        self.end().text
    }

    /// The object as a document, which is known to be one where all of its parts are.
    pub(crate) fn finish_document(&mut self) -> Document {
        let json = self.end();
        Document { bytes: Bytes::from(json.text), is_object: !json.is_unproven }
    }

    fn end(&mut self) -> Text {
        let mut json = match &mut self.json {
            Json::Whole(json) => std::mem::take(json),
            Json::Part(json) => std::mem::take(*json),
        };
        json.text.push('}');
        json
    }
}

impl Drop for ObjectWriter<'_> {
    fn drop(&mut self) {
        if let Json::Part(json) = &mut self.json {
            json.text.push('}');
        }
    }
}

impl ArrayWriter<'_> {
    pub(crate) fn object(&mut self) -> ObjectWriter<'_> {
        self.element().begin_object()
    }

    pub(crate) fn document(&mut self, document: &Document) {
        self.element().push_document(document);
    }

    pub(crate) fn string(&mut self, value: &str) {
        push_string(&mut self.element().text, value);
    }

    fn element(&mut self) -> &mut Text {
        self.json.separate('[');
        self.json
    }
}

impl Drop for ArrayWriter<'_> {
    fn drop(&mut self) {
        self.json.text.push(']');
    }
}

impl Text {
    /// Sets what follows apart from what stands before it; nothing does where its object or array has just begun. No
    /// JSON ends like that, so its last byte tells.
    fn separate(&mut self, begin: char) {
        if !self.text.ends_with(begin) {
            self.text.push(',');
        }
    }

    fn push_document(&mut self, document: &Document) {
        self.is_unproven |= !document.is_object;
        self.text.push_str(&document.text());
    }

    fn begin_object(&mut self) -> ObjectWriter<'_> {
        self.text.push('{');
        ObjectWriter { json: Json::Part(self) }
    }

    fn begin_array(&mut self) -> ArrayWriter<'_> {
        self.text.push('[');
        ArrayWriter { json: self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_put_together_untouched() {
        let mut object = ObjectWriter::default();
        object.string("a\"b", "x\ny").raw("n", "1e2");
        assert_eq!(object.finish(), r#"{"a\"b":"x\ny","n":1e2}"#.as_bytes());
        assert_eq!(ObjectWriter::default().finish(), "{}".as_bytes());
    }

    #[test]
    fn what_nests_ends_where_it_should() {
        let mut body = ObjectWriter::default();
        {
            let mut messages = body.array("messages");
            let mut message = messages.object();
            message.string("role", "{").array("content").object().object("cachePoint");
            message.base64("bytes", b"\xff\xd8\xff").strings("none", [""; 0]);
            drop(message);
            messages.string("[");
            messages.object();
        }
        body.object("choice").object("auto");
        body.strings("stop", ["{", "["]).value("most", &9.into());
        assert_eq!(
            body.finish_text(),
            r#"{"messages":[{"role":"{","content":[{"cachePoint":{}}],"bytes":"/9j/","none":[]},"[",{}],"choice":{"auto":{}},"stop":["{","["],"most":9}"#
        );
    }

    #[test]
    fn only_what_is_proven_to_be_an_object_is_known_as_one() {
        let mut body = ObjectWriter::default();
        body.object("a").document("b", &Document::object("b", r#"{"c":1.0}"#).unwrap());
        let proven = body.finish_document();
        assert!(proven.is_object && proven.bytes() == r#"{"a":{"b":{"c":1.0}}}"#, "{}", proven.text());
        let mut body = ObjectWriter::default();
        body.object("a").document("b", &Document::new("{"));
        assert!(!body.finish_document().is_object);
        let mut body = ObjectWriter::default();
        body.array("a").object().raw("b", "}");
        let unproven = body.finish_document();
        assert!(
            Document::object("body", unproven).unwrap_err().to_string().starts_with("body: is not valid")
        );
    }
}
