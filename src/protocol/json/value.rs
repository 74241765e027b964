//! One value of a JSON text.

use super::Json;
use super::index::Node;
use std::borrow::Cow;

/// One value, in place. What it is asked for and is not, it does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    json: &'a Json<'a>,
    node: u32,
}

impl<'a> Value<'a> {
    pub(super) fn new(json: &'a Json<'a>, node: u32) -> Self {
        Self { json, node }
    }

    fn place(self) -> Node {
        let nothing = Node { start: 0, end: 0, after: u32::MAX, is_escaped: false };
        self.json.nodes.get(self.node as usize).copied().unwrap_or(nothing)
    }

    /// The JSON, as it was written.
    pub(crate) fn text(self) -> &'a str {
        let Node { start, end, .. } = self.place();
        self.json.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The first byte, which tells what it is.
    pub(crate) fn first_byte(self) -> Option<u8> {
        self.json.text.as_bytes().get(self.place().start as usize).copied()
    }

    pub(crate) fn is_object(self) -> bool {
        self.first_byte() == Some(b'{')
    }

    pub(crate) fn is_array(self) -> bool {
        self.first_byte() == Some(b'[')
    }

    /// A string. Half of a surrogate pair is valid JSON, but no text: what `serde_json` says of it.
    pub(crate) fn string(self) -> Option<Result<Cow<'a, str>, serde_json::Error>> {
        let text = self.text();
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        if self.place().is_escaped {
            return Some(serde_json::from_str(text).map(Cow::Owned));
        }
        Some(Ok(Cow::Borrowed(inner)))
    }

    /// A string that is text.
    pub(crate) fn str(self) -> Option<Cow<'a, str>> {
        self.string()?.ok()
    }

    /// A whole number that is not negative.
    pub(crate) fn unsigned(self) -> Option<u64> {
        self.text().parse().ok()
    }

    /// The elements of an array.
    pub(crate) fn elements(self) -> Option<impl Iterator<Item = Self>> {
        self.is_array().then(|| self.children())
    }

    /// The names and values of an object, in the order in which they were written.
    pub(crate) fn members(self) -> impl Iterator<Item = (Self, Self)> {
        let mut children = self.is_object().then(|| self.children()).into_iter().flatten();
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The member of that name; of several the last, as JSON's readers have it.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        let [value] = self.named([name]);
        value
    }

    /// The members of these names.
    pub(crate) fn named<const N: usize>(self, names: [&str; N]) -> [Option<Self>; N] {
        let mut found = [None; N];
        for (name, value) in self.members() {
            let Some(name) = name.str() else { continue };
            if let Some(place) = names.iter().position(|wanted| *wanted == name) {
                found[place] = Some(value);
            }
        }
        found
    }

    /// What stands in an object or an array, names included.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let end = self.place().after;
        let mut next = self.node + 1;
        std::iter::from_fn(move || {
            let child = Self { json: self.json, node: next };
            if next >= end {
                return None;
            }
            next = child.place().after;
            Some(child)
        })
    }
}

/// What the refusal of a request asks of a value.
#[cfg(feature = "gateway")]
impl Value<'_> {
    pub(crate) fn is_string(self) -> bool {
        self.first_byte() == Some(b'"')
    }

    pub(crate) fn is_null(self) -> bool {
        self.first_byte() == Some(b'n')
    }

    /// Whether it is the whole text.
    pub(crate) fn is_root(self) -> bool {
        self.node == 0
    }

    /// Whether another value of the same text is this one, or stands in it.
    pub(crate) fn contains(self, other: Self) -> bool {
        self.node <= other.node && other.node < self.place().after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::json::bounds::Unreadable;

    #[test]
    fn a_value_is_what_serde_json_reads() {
        let text = r#" { "a" : [ 1 , -2.5e3 , "x\"\\\u00e9y" , null , true , {} , [] ] , "b\n" : "é 😀 long enough for words" ,
            "a" : { "deep" : [ [ [ "\\" ] ] ] } , "" : 18446744073709551615 } "#;
        let json = Json::read(text).unwrap();
        let whole: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_same(json.root(), &whole);
        assert_eq!(json.root().get("").and_then(Value::unsigned), Some(u64::MAX));
        assert!(json.root().get("b").is_none() && json.root().get("b\n").is_some());
        let texts: Vec<&str> = json.root().members().map(|(name, _)| name.text()).collect();
        assert_eq!(texts, [r#""a""#, r#""b\n""#, r#""a""#, r#""""#]);
    }

    fn assert_same(value: Value<'_>, expected: &serde_json::Value) {
        let again: serde_json::Value = serde_json::from_str(value.text()).unwrap();
        assert_eq!(&again, expected);
        match expected {
            serde_json::Value::Object(members) => {
                for (name, member) in members {
                    assert_same(value.get(name).unwrap(), member);
                }
            }
            serde_json::Value::Array(elements) => {
                let found: Vec<_> = value.elements().unwrap().collect();
                assert_eq!(found.len(), elements.len());
                found.into_iter().zip(elements).for_each(|(value, expected)| assert_same(value, expected));
            }
            serde_json::Value::String(text) => assert_eq!(value.str().unwrap(), text.as_str()),
            serde_json::Value::Number(number) => assert_eq!(value.unsigned(), number.as_u64()),
            _ => assert!(value.str().is_none() && value.unsigned().is_none() && value.elements().is_none()),
        }
    }

    #[test]
    fn what_is_no_text_is_none() {
        let json = Json::read(r#"{"s":"\ud800","t":"\ud83d\ude00"}"#).unwrap();
        assert!(json.root().get("s").unwrap().string().unwrap().is_err());
        assert_eq!(json.root().get("t").unwrap().str().unwrap(), "😀");
        assert!(Json::read("{").is_err() && Json::read("").is_err());
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert!(Json::read(&deep).unwrap().root().is_array());
        assert!(matches!(Json::read_bounded(&deep), Err(Unreadable::TooDeep(128))));
    }
}
