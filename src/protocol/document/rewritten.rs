//! Objects and arrays with a change here and there, and everything else in them as it was.

use super::ObjectWriter;
#[cfg(feature = "gateway")]
use super::{array, elements};
use serde_json::value::RawValue;
#[cfg(feature = "gateway")]
use std::borrow::Cow;

/// What becomes of a member.
pub(crate) enum Change {
    Keep,
    /// It has this JSON instead.
    Write(String),
    LeaveOut,
}

/// An object with its members in their order, each as `change` has it, by its name and its JSON. `None` where all are
/// kept.
pub(crate) fn rewritten(
    members: &[(String, &RawValue)],
    mut change: impl FnMut(&str, &str) -> Change,
) -> Option<ObjectWriter<'static>> {
    let mut object: Option<ObjectWriter> = None;
    for (place, (name, json)) in members.iter().enumerate() {
        let change = change(name, json.get());
        if !matches!(change, Change::Keep) {
            object.get_or_insert_with(|| begun(members, place));
        }
        let Some(object) = &mut object else { continue };
        match change {
            Change::Keep => object.raw(name, json.get()),
            Change::Write(changed) => object.raw(name, &changed),
            Change::LeaveOut => object,
        };
    }
    object
}

/// What stands before the first change; most objects have none, and are not copied.
fn begun(members: &[(String, &RawValue)], place: usize) -> ObjectWriter<'static> {
    let size = members.iter().map(|(name, json)| name.len() + json.get().len() + 4).sum();
    let mut object = ObjectWriter::with_capacity(size);
    object.raws(members.get(..place).unwrap_or_default());
    object
}

/// An array of which some elements are changed. `None` where none is, or where it is no array.
#[cfg(feature = "gateway")]
pub(crate) fn rewritten_elements(
    json: &str,
    mut change: impl FnMut(&str) -> Option<String>,
) -> Option<String> {
    let elements = elements(json)?;
    let changed: Vec<Option<String>> = elements.iter().map(|element| change(element.get())).collect();
    if changed.iter().all(Option::is_none) {
        return None;
    }
    let texts = elements.iter().zip(changed).map(|(element, changed)| match changed {
        Some(changed) => Cow::Owned(changed),
        None => Cow::Borrowed(element.get()),
    });
    Some(array(texts))
}

#[cfg(all(test, feature = "gateway"))]
mod tests {
    use super::*;
    use crate::protocol::document::members_in_order;

    #[test]
    fn what_is_kept_is_as_it_was() {
        let text = r#"{ "z" : [ 1.0, 1e400 ], "a\"": "b", "gone":7 }"#;
        let members = members_in_order(text).unwrap();
        let change = |name: &str, json: &str| match name {
            "gone" => Change::LeaveOut,
            "a\"" => Change::Write(format!("[{json}]")),
            _ => Change::Keep,
        };
        let written = rewritten(&members, change).unwrap().finish_text();
        assert_eq!(written, r#"{"z":[ 1.0, 1e400 ],"a\"":["b"]}"#);
        assert!(rewritten(&members, |_, _| Change::Keep).is_none());
    }

    #[test]
    fn elements_keep_their_order() {
        let seven = |json: &str| (json == "7").then(|| "8".to_owned());
        assert_eq!(rewritten_elements("[ 1.0, 7,{}]", seven).unwrap(), "[1.0,8,{}]");
        for json in ["[1]", "[]", "{\"a\":7}", "7"] {
            assert_eq!(rewritten_elements(json, seven), None);
        }
    }
}
