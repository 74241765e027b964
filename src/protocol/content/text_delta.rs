//! A piece of text, read in one pass: an answer has thousands of these events, and few others.

use serde_core::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// What an event `contentBlockDelta` says where its delta is text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TextDelta {
    pub(super) content_block_index: u64,
    pub(super) text: String,
}

impl TextDelta {
    /// `None` for every other event, and for what is no JSON.
    pub(super) fn read(json: &str) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let delta = Event.deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        delta
    }
}

/// `{"contentBlockIndex":0,"delta":{…}}`
struct Event;

impl<'a> DeserializeSeed<'a> for Event {
    type Value = Option<TextDelta>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Event {
    type Value = Option<TextDelta>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let (mut index, mut text) = (None, None);
        while let Some(name) = members.next_key_seed(Name)? {
            match name {
                Some(Known::ContentBlockIndex) => index = Some(members.next_value()?),
                Some(Known::Delta) => text = Some(members.next_value_seed(Delta)?),
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(index.zip(text).map(|(content_block_index, text)| TextDelta { content_block_index, text }))
    }
}

/// `{"text":"Hi"}`
struct Delta;

impl<'a> DeserializeSeed<'a> for Delta {
    type Value = String;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Delta {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a delta of text alone")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut members: M) -> Result<String, M::Error> {
        let Some(Some(Known::Text)) = members.next_key_seed(Name)? else {
            return Err(M::Error::custom("another delta"));
        };
        let text = members.next_value()?;
        match members.next_key_seed(Name)? {
            None => Ok(text),
            Some(_) => Err(M::Error::custom("another delta")),
        }
    }
}

enum Known {
    ContentBlockIndex,
    Delta,
    Text,
}

/// The name of a member, where it is one of these.
struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Option<Known>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<Known>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(match name {
            "contentBlockIndex" => Some(Known::ContentBlockIndex),
            "delta" => Some(Known::Delta),
            "text" => Some(Known::Text),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_text_is_read() {
        let read =
            TextDelta::read(r#" {"p":[{}], "delta": {"text":"a\n\u00e9"} ,"contentBlockIndex":12}"#).unwrap();
        assert_eq!((read.content_block_index, read.text.as_str()), (12, "a\né"));
    }

    #[test]
    fn whatever_else_is_left_to_others() {
        for json in [
            r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{"}}}"#,
            r#"{"contentBlockIndex":0,"delta":{"text":"a","new":1}}"#,
            r#"{"contentBlockIndex":0,"delta":{"text":1}}"#,
            r#"{"contentBlockIndex":0,"delta":{}}"#,
            r#"{"delta":{"text":"a"}}"#,
            r#"{"contentBlockIndex":0}"#,
            r#"{"contentBlockIndex":0,"delta":{"text":"a"}"#,
            "[]",
            "",
        ] {
            assert_eq!(TextDelta::read(json), None, "{json}");
        }
    }
}
