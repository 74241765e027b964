//! One value of a JSON text.

use super::Json;
use crate::gateway::refusal::Refusal;
use crate::protocol::json;
use bytes::Bytes;
use serde_json::Number;
use std::borrow::Cow;
use std::collections::HashSet;

/// Room for most objects.
const FEW_MEMBERS: usize = 8;
/// From how many members on two of the same name are looked for with a set.
const MANY_MEMBERS: usize = 24;
/// The longest value that a refusal shows.
const MAX_SHOWN: usize = 40;
/// How much of a name is repeated in a path.
const MAX_NAME_IN_PATH: usize = 64;

/// One value, in place.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct Value<'a> {
    json: &'a Json<'a>,
    value: json::Value<'a>,
}

/// The members of an object, no name twice.
#[derive(Debug)]
pub(in crate::gateway) struct Object<'a> {
    object: Value<'a>,
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Value<'a> {
    pub(super) fn new(json: &'a Json<'a>, value: json::Value<'a>) -> Self {
        Self { json, value }
    }

    /// The JSON, as the client wrote it.
    pub(in crate::gateway) fn text(self) -> &'a str {
        self.value.text()
    }

    /// The JSON, as the client wrote it: a part of the body, which is not copied.
    pub(in crate::gateway) fn bytes(self) -> Bytes {
        self.json.body.slice_ref(self.text().as_bytes())
    }

    pub(in crate::gateway) fn is_object(self) -> bool {
        self.value.is_object()
    }

    pub(in crate::gateway) fn is_array(self) -> bool {
        self.value.is_array()
    }

    pub(in crate::gateway) fn is_string(self) -> bool {
        self.value.is_string()
    }

    pub(in crate::gateway) fn is_null(self) -> bool {
        self.value.is_null()
    }

    /// A string, which must be one.
    pub(in crate::gateway) fn string(self) -> Result<Cow<'a, str>, Refusal> {
        let text = self.value.string().ok_or_else(|| self.wrong_type("a string"))?;
        text.map_err(|e| self.refuse(&format!("cannot be decoded: {e}")))
    }

    /// The string where it is not blank.
    pub(in crate::gateway) fn name(self) -> Result<Cow<'a, str>, Refusal> {
        let name = self.string()?;
        if name.trim().is_empty() { Err(self.refuse("is blank")) } else { Ok(name) }
    }

    pub(in crate::gateway) fn boolean(self) -> Result<bool, Refusal> {
        match self.text() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// A whole number that is not negative.
    pub(in crate::gateway) fn unsigned(self) -> Result<u64, Refusal> {
        self.value.unsigned().ok_or_else(|| self.refuse("must be a whole number, and not a negative one"))
    }

    /// A whole number of at least `least`.
    pub(in crate::gateway) fn at_least(self, least: u64) -> Result<u64, Refusal> {
        let number = self.value.unsigned().filter(|number| *number >= least);
        number.ok_or_else(|| self.refuse(&format!("is {}; give a whole number from {least}", self.shown())))
    }

    /// One of these words.
    pub(in crate::gateway) fn word(self, words: &[&'static str]) -> Result<&'static str, Refusal> {
        let given = self.string()?;
        let found = words.iter().find(|word| **word == given);
        found.copied().ok_or_else(|| self.no_word(words))
    }

    /// The refusal of a value that is none of these words.
    pub(in crate::gateway) fn no_word(self, words: &[&str]) -> Refusal {
        self.refuse(&format!("is {}; give one of {}", self.shown(), words.join(", ")))
    }

    /// The value as a refusal shows it: what is long may be a prompt, which is in no log.
    fn shown(self) -> &'a str {
        if self.text().len() <= MAX_SHOWN { self.text() } else { "a long value" }
    }

    /// A number within bounds.
    pub(in crate::gateway) fn number(self, least: f64, most: f64) -> Result<Number, Refusal> {
        let is_number = matches!(self.value.first_byte(), Some(b'-' | b'0'..=b'9'));
        let number = serde_json::from_str::<Number>(self.text()).ok().filter(|_| is_number);
        number
            .filter(|number| number.as_f64().is_some_and(|value| (least..=most).contains(&value)))
            .ok_or_else(|| self.refuse(&format!("must be a number from {least} to {most}")))
    }

    /// The elements of an array, which it must be.
    pub(in crate::gateway) fn elements(self) -> Result<impl Iterator<Item = Value<'a>>, Refusal> {
        let elements = self.value.elements().ok_or_else(|| self.wrong_type("an array"))?;
        Ok(elements.map(move |value| Self::new(self.json, value)))
    }

    /// The members of an object, which it must be.
    pub(in crate::gateway) fn object(self) -> Result<Object<'a>, Refusal> {
        if !self.is_object() {
            return Err(self.wrong_type("an object"));
        }
        let mut members: Vec<(Cow<'a, str>, Self)> = Vec::with_capacity(FEW_MEMBERS);
        let mut seen = HashSet::new();
        for (name, value) in self.value.members() {
            let (name, value) = (Self::new(self.json, name).string()?, Self::new(self.json, value));
            if members.len() == MANY_MEMBERS {
                seen.extend(members.iter().map(|(name, _)| name.clone()));
            }
            let is_twice = if members.len() < MANY_MEMBERS {
                members.iter().any(|(other, _)| *other == name)
            } else {
                !seen.insert(name.clone())
            };
            if is_twice {
                return Err(value.refuse("stands there twice"));
            }
            members.push((name, value));
        }
        Ok(Object { object: self, members })
    }

    /// The same JSON, which must be an object: for what passes through.
    pub(in crate::gateway) fn object_bytes(self) -> Result<Bytes, Refusal> {
        if self.is_object() { Ok(self.bytes()) } else { Err(self.wrong_type("an object")) }
    }

    /// Whether there is nothing in it.
    pub(in crate::gateway) fn is_empty(self) -> bool {
        self.value.children().next().is_none()
    }

    /// Whether it asks for nothing, whatever it is of: null, or a list or an object with nothing in it.
    pub(in crate::gateway) fn asks_nothing(self) -> bool {
        self.is_null() || (self.is_array() || self.is_object()) && self.is_empty()
    }

    /// A refusal that names this field; `problem` is the rest of the sentence.
    pub(in crate::gateway) fn refuse(self, problem: &str) -> Refusal {
        if self.value.is_root() {
            Refusal::invalid(format!("the body {problem}"))
        } else {
            Refusal::field(self.path(), problem)
        }
    }

    fn wrong_type(self, wanted: &str) -> Refusal {
        let is = match self.value.first_byte() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        };
        self.refuse(&format!("must be {wanted}, not {is}")).code("invalid_type")
    }

    /// Where it stands: `messages[2].content[0].image_url`, or [dotted](Json::dotted).
    pub(in crate::gateway) fn path(self) -> String {
        let mut path = String::new();
        let mut at = self.json.root().value;
        while at.contains(self.value) {
            let member = at.members().find(|(_, value)| value.contains(self.value));
            let element = || at.elements()?.enumerate().find(|(_, value)| value.contains(self.value));
            at = if let Some((name, value)) = member {
                if !path.is_empty() {
                    path.push('.');
                }
                let name = name.str().unwrap_or_default();
                path.extend(name.chars().filter(|c| !c.is_control()).take(MAX_NAME_IN_PATH));
                value
            } else if let Some((place, value)) = element() {
                let step = if self.json.is_dotted { format!(".{place}") } else { format!("[{place}]") };
                path.push_str(&step);
                value
            } else {
                break;
            };
        }
        path
    }
}

impl<'a> Object<'a> {
    /// The member of that name; `null` counts as none.
    pub(in crate::gateway) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(member, _)| *member == name).map(|(_, value)| value)
    }

    /// The member of that name, which must be there.
    pub(in crate::gateway) fn required(&self, name: &str) -> Result<Value<'a>, Refusal> {
        self.get(name).ok_or_else(|| {
            let path = self.object.path();
            let dot = if path.is_empty() { "" } else { "." };
            Refusal::field(format!("{path}{dot}{name}"), "is missing").code("missing_required_parameter")
        })
    }

    /// A member that must be there and a string.
    pub(in crate::gateway) fn text(&self, name: &str) -> Result<String, Refusal> {
        Ok(self.required(name)?.string()?.into_owned())
    }

    /// All members that are not `null`.
    pub(in crate::gateway) fn members(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        self.all_members().filter(|(_, value)| !value.is_null())
    }

    /// All members as they were written, for what passes through.
    pub(in crate::gateway) fn all_members(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        self.members.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// A refusal of the object itself.
    pub(in crate::gateway) fn refuse(&self, problem: &str) -> Refusal {
        self.object.refuse(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::shape::Shape;

    fn refused(refusal: &Refusal) -> (String, serde_json::Value) {
        let param = refusal.document(Shape::OpenAi)["error"]["param"].clone();
        (refusal.message().to_owned(), param)
    }

    #[test]
    fn what_passes_through_keeps_every_byte() {
        let body = Bytes::from_static(
            b" {\"a\": [ {\"z\":1.0,\"y\":1e2, \"n\":12345678901234567890123} , null, \"x\\\"]\"]}\n",
        );
        let json = Json::object(&body).unwrap();
        let object = json.root().object().unwrap();
        let elements: Vec<_> = object.get("a").unwrap().elements().unwrap().collect();
        assert_eq!(elements[0].bytes(), "{\"z\":1.0,\"y\":1e2, \"n\":12345678901234567890123}");
        assert!(elements[1].is_null());
        assert_eq!(elements[2].string().unwrap(), "x\"]");
        assert_eq!(elements[2].path(), "a[2]");
        assert_eq!(elements[0].object().unwrap().get("y").unwrap().path(), "a[0].y");
    }

    #[test]
    fn bad_bodies_are_refused_and_nothing_overflows() {
        let deep = |open: &str, close: &str, count: usize| {
            format!("{{\"a\":{}{}}}", open.repeat(count), close.repeat(count))
        };
        for (body, message) in [
            (String::new(), "the body is empty; send a JSON object"),
            ("{".to_owned(), "the body is not valid JSON: EOF while parsing an object at line 1 column 1"),
            ("[]".to_owned(), "the body must be a JSON object"),
            ("null".to_owned(), "the body must be a JSON object"),
            ("{} x".to_owned(), "the body is not valid JSON: trailing characters at line 1 column 4"),
            ("\u{feff}{}".to_owned(), "the body is not valid JSON: expected value at line 1 column 1"),
            (deep("[", "]", 1_000_000), "the body is nested more than 128 deep"),
            (deep("{\"a\":", "}", 1000).replace(":}", ":1}"), "the body is nested more than 128 deep"),
            (format!("{{\"a\":[0{}]}}", ",0".repeat(1_000_000)), "the body has more than 1000000 values"),
        ] {
            let refusal = Json::object(&Bytes::from(body)).unwrap_err();
            assert_eq!(refusal.message(), message);
        }
        let refusal = Json::object(&Bytes::from_static(b"{\"a\":\"\xff\"}")).unwrap_err();
        assert_eq!(refusal.message(), "the body is no UTF-8 at byte 6; send JSON");
        assert!(Json::object(&Bytes::from(deep("[", "]", 127))).is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let body = Bytes::from_static(br#"{"a":{"b":[1,"x"],"b":2},"s":"\ud800","n":-1,"f":1e999,"t":true}"#);
        let json = Json::object(&body).unwrap();
        let root = json.root().object().unwrap();
        let a = root.get("a").unwrap();
        let name = |refusal: Refusal| refused(&refusal);
        assert_eq!(name(a.object().unwrap_err()), ("a.b stands there twice".into(), "a.b".into()));
        assert_eq!(name(a.string().unwrap_err()), ("a must be a string, not an object".into(), "a".into()));
        let (message, param) = name(root.get("s").unwrap().string().unwrap_err());
        assert!(message.starts_with("s cannot be decoded: "), "{message}");
        assert_eq!(param, "s");
        assert!(root.get("n").unwrap().unsigned().is_err());
        assert!(root.get("f").unwrap().number(0.0, 2.0).is_err());
        assert!(root.get("t").unwrap().number(0.0, 2.0).is_err());
        assert_eq!(name(root.required("model").unwrap_err()), ("model is missing".into(), "model".into()));
    }

    #[test]
    fn a_name_that_stands_twice_is_found_among_many() {
        let members: Vec<String> = (0..5000).map(|place| format!("\"m{place}\":0")).collect();
        for twice in ["m3", "m30", "m4999"] {
            let body = Bytes::from(format!("{{{},\"{twice}\":1}}", members.join(",")));
            let json = Json::object(&body).unwrap();
            let refusal = json.root().object().unwrap_err();
            // The first of that name is what the path leads to.
            assert_eq!(refusal.message(), format!("{twice} stands there twice"));
        }
        let body = Bytes::from(format!("{{{}}}", members.join(",")));
        assert!(Json::object(&body).unwrap().root().object().is_ok());
    }
}
