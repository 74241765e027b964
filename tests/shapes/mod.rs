//! Checks bodies against the shapes in botocore's model of the service: members, types, unions, words, lengths, ranges
//! and patterns. The model lies in `BEDWIRE_VECTORS`, else in `../shared/vectors`; without it there is nothing to check.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::pedantic)] // each test file uses its own part

mod claude;
mod pattern;

pub use claude::claude_problems;

use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// The model of one service.
pub struct Model {
    document: Value,
}

impl Model {
    /// The model of bedrock-runtime, where it is at hand.
    pub fn bedrock_runtime() -> Option<Self> {
        let root = std::env::var_os("BEDWIRE_VECTORS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
        let file = root.join("models/bedrock-runtime/2023-09-30/service-2.json");
        let Ok(text) = std::fs::read_to_string(&file) else {
            eprintln!("SKIPPED: no {}", file.display());
            return None;
        };
        Some(Self { document: serde_json::from_str(&text).expect("a service model is JSON") })
    }

    /// What is wrong with the body of an operation, each with its path. Members that travel in path and headers are none
    /// of the body's. A body that is the model's own is only checked to be an object.
    pub fn problems(&self, operation: &str, body: &[u8]) -> Vec<String> {
        let mut problems = Vec::new();
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return vec!["the body is no JSON".to_owned()];
        };
        let name = self.document["operations"][operation]["input"]["shape"].as_str();
        let shape = name.and_then(|name| self.document["shapes"].get(name));
        let Some(mut shape) = shape.cloned() else {
            return vec![format!("there is no operation {operation}")];
        };
        if shape.get("payload").is_some() {
            return if body.is_object() { problems } else { vec!["the body is no object".to_owned()] };
        }
        let members = shape["members"].as_object_mut().expect("an input has members");
        members.retain(|_, member| member.get("location").is_none());
        let names: Vec<String> = members.keys().cloned().collect();
        if let Some(required) = shape.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| names.iter().any(|known| name == known));
        }
        self.structure(&shape, &body, "$", &mut problems);
        problems
    }

    fn check(&self, name: &str, value: &Value, path: &str, problems: &mut Vec<String>) {
        let Some(shape) = self.document["shapes"].get(name) else {
            return problems.push(format!("{path}: there is no shape {name}"));
        };
        let mut wrong = |what: String| problems.push(format!("{path}: {what} ({name})"));
        match shape["type"].as_str().unwrap_or_default() {
            "structure" if shape["document"] == true => {}
            "structure" => self.structure(shape, value, path, problems),
            "list" => {
                let Some(elements) = value.as_array() else { return wrong(format!("{value} is no list")) };
                if let Some(problem) = outside(shape, elements.len() as f64) {
                    wrong(format!("{problem} elements"));
                }
                let element = shape["member"]["shape"].as_str().unwrap_or_default();
                for (place, one) in elements.iter().enumerate() {
                    self.check(element, one, &format!("{path}[{place}]"), problems);
                }
            }
            "map" => {
                let Some(members) = value.as_object() else { return wrong(format!("{value} is no map")) };
                if let Some(problem) = outside(shape, members.len() as f64) {
                    wrong(format!("{problem} pairs"));
                }
                for (key, one) in members {
                    let shape_of = |part: &str| shape[part]["shape"].as_str().unwrap_or_default();
                    self.check(shape_of("key"), &Value::from(key.as_str()), path, problems);
                    self.check(shape_of("value"), one, &format!("{path}.{key}"), problems);
                }
            }
            "string" => match value.as_str() {
                Some(text) => string(shape, text, &mut wrong),
                None => wrong(format!("{value} is no string")),
            },
            "blob" => match value.as_str().map(decoded_length) {
                Some(Some(length)) => {
                    if let Some(problem) = outside(shape, length as f64) {
                        wrong(format!("{problem} bytes"));
                    }
                }
                _ => wrong("is no base64".to_owned()),
            },
            "boolean" if !value.is_boolean() => wrong(format!("{value} is no boolean")),
            "integer" | "long" if value.as_i64().is_none() => wrong(format!("{value} is no integer")),
            "integer" | "long" | "float" | "double" => match value.as_f64() {
                Some(number) => {
                    if let Some(problem) = outside(shape, number) {
                        wrong(format!("is {problem}"));
                    }
                }
                None => wrong(format!("{value} is no number")),
            },
            _ => {}
        }
    }

    fn structure(&self, shape: &Value, value: &Value, path: &str, problems: &mut Vec<String>) {
        let Some(given) = value.as_object() else {
            return problems.push(format!("{path}: {value} is no structure"));
        };
        let empty = Map::new();
        let members = shape["members"].as_object().unwrap_or(&empty);
        for name in shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !given.contains_key(name) {
                problems.push(format!("{path}: {name} is missing"));
            }
        }
        if shape["union"] == true && given.len() != 1 {
            problems.push(format!("{path}: a union has {} members", given.len()));
        }
        for (name, one) in given {
            let path = format!("{path}.{name}");
            match members.get(name).and_then(|member| member["shape"].as_str()) {
                Some(shape) => self.check(shape, one, &path, problems),
                None => problems.push(format!("{path}: there is no such member")),
            }
        }
    }
}

fn string(shape: &Value, text: &str, wrong: &mut impl FnMut(String)) {
    if let Some(problem) = outside(shape, text.chars().count() as f64) {
        wrong(format!("{problem} characters"));
    }
    if let Some(words) = shape["enum"].as_array()
        && !words.iter().any(|word| word == text)
    {
        wrong(format!("{text:?} is none of its words"));
    }
    if let Some(pattern) = shape["pattern"].as_str()
        && pattern::matches(pattern, text) == Some(false)
    {
        wrong(format!("{text:?} is not of the form {pattern}"));
    }
}

fn outside(shape: &Value, number: f64) -> Option<String> {
    let is_low = shape["min"].as_f64().is_some_and(|min| number < min);
    let is_high = shape["max"].as_f64().is_some_and(|max| number > max);
    (is_low || is_high).then(|| number.to_string())
}

fn decoded_length(text: &str) -> Option<usize> {
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let digits = text.trim_end_matches('=');
    let fits = text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(is_digit);
    fits.then(|| digits.len() * 3 / 4)
}
