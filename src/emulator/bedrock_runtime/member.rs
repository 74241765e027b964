//! One member of a JSON document, with the path that a refusal names.

use crate::emulator::refused::Refused;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// Which document a member is of: the service and the model refuse in different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Service,
    Model,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    value: &'a Value,
    path: String,
    reader: Reader,
}

impl<'a> Member<'a> {
    /// The body of a request.
    pub(super) fn request(value: &'a Value) -> Self {
        Self { value, path: String::new(), reader: Reader::Service }
    }

    /// The same value, as the model sees it: its own document, with paths of its own.
    pub(super) fn as_model_input(&self) -> Self {
        Self { value: self.value, path: String::new(), reader: Reader::Model }
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn object(&self) -> Result<&'a Map<String, Value>, Refused> {
        self.value.as_object().ok_or_else(|| self.wrong_type("JSONObject"))
    }

    /// Refuses what is not in this list.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Refused> {
        match self.object()?.keys().find(|key| !names.contains(&key.as_str())) {
            Some(key) => Err(self.refuse(&format!("extraneous key [{key}] is not permitted"))),
            None => Ok(()),
        }
    }

    /// Refuses what is in this list.
    pub(super) fn none_of(&self, names: &[&str]) -> Result<(), Refused> {
        match self.object()?.keys().find(|key| names.contains(&key.as_str())) {
            Some(key) => Err(self.refuse(&format!("extraneous key [{key}] is not permitted"))),
            None => Ok(()),
        }
    }

    /// A member that may be missing; `null` is as good as that.
    pub(super) fn optional(&self, name: &str) -> Result<Option<Self>, Refused> {
        let value = self.object()?.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Self { value, path: self.path_to(name), reader: self.reader }))
    }

    pub(super) fn required(&self, name: &str) -> Result<Self, Refused> {
        match (self.optional(name)?, self.reader) {
            (Some(member), _) => Ok(member),
            (None, Reader::Model) => Err(self.refuse(&format!("required key [{name}] not found"))),
            (None, Reader::Service) => Err(constraint(&self.path_to(name), "Member must not be null")),
        }
    }

    pub(super) fn items(&self, count: RangeInclusive<usize>) -> Result<Vec<Self>, Refused> {
        let items = self.value.as_array().ok_or_else(|| self.wrong_type("JSONArray"))?;
        if !count.contains(&items.len()) {
            return Err(self.refuse(&format!(
                "expected {} to {} items, actual: {}",
                count.start(),
                count.end(),
                items.len()
            )));
        }
        let item = |(at, value): (usize, &'a Value)| Self {
            value,
            path: match self.reader {
                Reader::Model => self.path_to(&at.to_string()),
                // The service counts from one, and says that what it counts is a member.
                Reader::Service => self.path_to(&format!("{}.member", at + 1)),
            },
            reader: self.reader,
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// A string of so many characters.
    pub(super) fn text(&self, chars: RangeInclusive<usize>) -> Result<&'a str, Refused> {
        let text = self.value.as_str().ok_or_else(|| self.wrong_type("String"))?;
        let actual = text.chars().count();
        if self.reader == Reader::Service && !chars.contains(&actual) {
            let (bound, limit) =
                if actual < *chars.start() { ("greater", chars.start()) } else { ("less", chars.end()) };
            return Err(self.refuse(&format!("Member must have length {bound} than or equal to {limit}")));
        }
        if actual < *chars.start() {
            return Err(self.refuse(&format!("expected minLength: {}, actual: {actual}", chars.start())));
        }
        if actual > *chars.end() {
            return Err(self.refuse(&format!("expected maxLength: {}, actual: {actual}", chars.end())));
        }
        Ok(text)
    }

    pub(super) fn one_of(&self, values: &[&str]) -> Result<&'a str, Refused> {
        let text = self.value.as_str().ok_or_else(|| self.wrong_type("String"))?;
        if values.contains(&text) {
            return Ok(text);
        }
        let values = values.join(", ");
        Err(self.refuse(&match self.reader {
            Reader::Service => format!("Member must satisfy enum value set: [{values}]"),
            Reader::Model => format!("{text} is not a valid enum value, expected one of [{values}]"),
        }))
    }

    pub(super) fn boolean(&self) -> Result<bool, Refused> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("Boolean"))
    }

    pub(super) fn integer(&self, range: RangeInclusive<i64>) -> Result<i64, Refused> {
        let number = self.value.as_i64().ok_or_else(|| self.wrong_type("Integer"))?;
        if range.contains(&number) {
            return Ok(number);
        }
        if self.reader == Reader::Service {
            let (bound, limit) =
                if number < *range.start() { ("greater", range.start()) } else { ("less", range.end()) };
            return Err(self.refuse(&format!("Member must have value {bound} than or equal to {limit}")));
        }
        Err(self.refuse(&format!("{number} is not between {} and {}", range.start(), range.end())))
    }

    /// A number from 0 to 1.
    pub(super) fn share(&self) -> Result<f64, Refused> {
        let number = self.value.as_f64().ok_or_else(|| self.wrong_type("Double"))?;
        if number < 0.0 {
            return Err(self.refuse("Member must have value greater than or equal to 0"));
        }
        if number > 1.0 {
            return Err(self.refuse("Member must have value less than or equal to 1"));
        }
        Ok(number)
    }

    /// Base64 of an image whose first bytes are those of this format: `png` or `jpeg`.
    pub(super) fn image(&self, format: &str) -> Result<(), Refused> {
        let text = self.text(1..=usize::MAX)?;
        let Ok(bytes) = base64_simd::STANDARD.decode_to_vec(text) else {
            return Err(self.refuse("the image is not valid base64"));
        };
        let begins: &[u8] = if format == "png" { b"\x89PNG\r\n\x1a\n" } else { b"\xff\xd8\xff" };
        if bytes.starts_with(begins) {
            return Ok(());
        }
        Err(self.refuse(&format!("the image is no {format}")))
    }

    /// A ValidationException that names this member.
    pub(super) fn refuse(&self, what: &str) -> Refused {
        match self.reader {
            Reader::Service => constraint(&self.path, what),
            Reader::Model => malformed(&format!("#{}: {what}", self.path)),
        }
    }

    fn wrong_type(&self, expected: &str) -> Refused {
        let found = match self.value {
            Value::Null => "Null",
            Value::Bool(_) => "Boolean",
            Value::Number(number) if number.is_f64() => "Double",
            Value::Number(_) => "Integer",
            Value::String(_) => "String",
            Value::Array(_) => "JSONArray",
            Value::Object(_) => "JSONObject",
        };
        self.refuse(&format!("expected type: {expected}, found: {found}"))
    }

    fn path_to(&self, name: &str) -> String {
        match (self.reader, self.path.as_str()) {
            (Reader::Model, path) => format!("{path}/{name}"),
            (Reader::Service, "") => name.to_owned(),
            (Reader::Service, path) => format!("{path}.{name}"),
        }
    }
}

/// A refusal in the words of a model.
pub(super) fn malformed(what: &str) -> Refused {
    Refused::validation(format!("Malformed input request: {what}, please reformat your input and try again."))
}

/// A refusal in the words of a model behind Converse, which the service passes on.
pub(super) fn returned(what: &str) -> Refused {
    Refused::validation(format!("The model returned the following errors: {what}"))
}

fn constraint(path: &str, what: &str) -> Refused {
    Refused::validation(format!(
        "1 validation error detected: Value at '{path}' failed to satisfy constraint: {what}"
    ))
}
