//! Schemas without references, and with nothing at the top but what an object has: the tools of Nova take no other.
//!
//! - <https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>
//! - <https://github.com/pydantic/pydantic-ai/issues/1623>
//! - <https://github.com/zed-industries/zed/issues/28521>

use super::schema::DEFINITIONS;
use crate::protocol::document::{ObjectWriter, array, elements, member, members, members_in_order, string};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// What is taken at the top.
const AT_THE_TOP: [&str; 3] = ["type", "properties", "required"];
/// What has schemas by names of the client's own.
const MAPS: [&str; 2] = ["properties", "patternProperties"];
/// What has values, and no schemas.
const VALUES: [&str; 4] = ["enum", "const", "default", "examples"];
/// The longest schema that is written out, in bytes, and the longest that it may become.
const MAX_LENGTH: usize = 256 * 1024;
/// The most references that are followed.
const MAX_REFERENCES: usize = 500;
/// How deep it is written out: each level takes room on the stack.
const MAX_DEPTH: usize = 100;

/// A schema that was written out.
#[derive(Debug)]
pub(super) struct Inlined {
    pub(super) schema: Bytes,
    /// Whether every reference was: not one that leads back to where it stands, or nowhere.
    pub(super) is_whole: bool,
}

/// The schema of an object, written out. What has no reference in it stays as the client wrote it.
pub(super) fn inlined(schema: &Bytes) -> Inlined {
    let text = std::str::from_utf8(schema).ok().filter(|text| text.len() <= MAX_LENGTH);
    let mut inliner = Inliner {
        root: text.unwrap_or("{}"),
        parsed: BTreeMap::new(),
        open: vec!["#".to_owned()],
        depth: 0,
        followed: 0,
        room: MAX_LENGTH,
        is_whole: text.is_some(),
    };
    let Some(members) = inliner.members(inliner.root) else {
        // What is no object is refused when the body is put together.
        return Inlined { schema: schema.clone(), is_whole: true };
    };
    let is_taken = |(name, _): &&(String, &RawValue)| AT_THE_TOP.contains(&name.as_str());
    let has_all = AT_THE_TOP[..2].iter().all(|name| member(&members, name).is_some());
    if has_all && members.iter().all(|one| is_taken(&one)) && text.is_some_and(is_plain) {
        return Inlined { schema: schema.clone(), is_whole: true };
    }
    let mut object = ObjectWriter::with_capacity(schema.len());
    for name in &AT_THE_TOP[..2] {
        if member(&members, name).is_none() {
            object.raw(name, if *name == "type" { "\"object\"" } else { "{}" });
        }
    }
    for (name, json) in members.iter().filter(is_taken) {
        object.raw(name, &inliner.value(json.get(), MAPS.contains(&name.as_str())));
    }
    Inlined { schema: object.finish(), is_whole: inliner.is_whole }
}

fn is_plain(json: &str) -> bool {
    !json.contains("$ref") && !json.contains("$defs")
}

/// What a reference can lead through.
enum Container<'a> {
    Object(BTreeMap<String, &'a RawValue>),
    Array(Vec<&'a RawValue>),
    Neither,
}

struct Inliner<'a> {
    root: &'a str,
    /// What references led through, by where it stands: thousands of them may lead to the same place, most of them to
    /// be followed no more.
    parsed: BTreeMap<usize, Container<'a>>,
    /// References that lead here: one of them again would have no end.
    open: Vec<String>,
    depth: usize,
    followed: usize,
    /// How many bytes more may be put in.
    room: usize,
    is_whole: bool,
}

impl<'a> Inliner<'a> {
    /// A value written out; a map has schemas by name.
    fn value(&mut self, json: &'a str, is_map: bool) -> String {
        if is_plain(json) {
            return json.to_owned();
        }
        if self.depth == MAX_DEPTH {
            self.is_whole = false;
            return "{}".to_owned();
        }
        self.depth += 1;
        let opened = self.open.len();
        let written = if let Some(elements) = elements(json) {
            array(elements.into_iter().map(|element| self.value(element.get(), false)))
        } else if is_map {
            self.object(members_in_order(json).unwrap_or_default(), |_| false)
        } else if let Some(members) = self.members(json) {
            let members = members.into_iter().filter(|(name, _)| !DEFINITIONS.contains(&name.as_str()));
            self.object(members.collect(), |name| MAPS.contains(&name))
        } else {
            json.to_owned()
        };
        self.open.truncate(opened);
        self.depth -= 1;
        written
    }

    fn object(&mut self, members: Vec<(String, &'a RawValue)>, is_map: impl Fn(&str) -> bool) -> String {
        let mut object = ObjectWriter::default();
        for (name, json) in members {
            if VALUES.contains(&name.as_str()) {
                object.raw(&name, json.get());
            } else {
                object.raw(&name, &self.value(json.get(), is_map(&name)));
            }
        }
        object.finish_text()
    }

    /// The members of a schema; where it is a reference, those of what it leads to, with its own in place of theirs. Of what
    /// cannot be put in, its type is left.
    fn members(&mut self, json: &'a str) -> Option<Vec<(String, &'a RawValue)>> {
        let mut members = members_in_order(json)?;
        while let Some(at) = members.iter().position(|(name, json)| name == "$ref" && string(json).is_some())
        {
            let (_, pointer) = members.remove(at);
            let pointer = string(pointer)?;
            let target = self.target(&pointer);
            let followed = target.filter(|target| self.may_follow(&pointer, target.len()));
            let mut of_target = if let Some(target) = followed {
                self.open.push(pointer);
                members_in_order(target).unwrap_or_default()
            } else {
                self.is_whole = false;
                let kind = target.and_then(|target| self.inside(target, "type"));
                kind.map(|kind| ("type".to_owned(), kind)).into_iter().collect()
            };
            let own: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            of_target.retain(|(name, _)| !own.contains(name.as_str()));
            of_target.append(&mut members);
            members = of_target;
        }
        Some(members)
    }

    fn may_follow(&mut self, pointer: &str, length: usize) -> bool {
        let room = self.room.checked_sub(length);
        if self.open.iter().any(|open| open == pointer) || self.followed == MAX_REFERENCES || room.is_none() {
            return false;
        }
        self.followed += 1;
        self.room = room.unwrap_or_default();
        true
    }

    /// Where a reference leads to.
    fn target(&mut self, pointer: &str) -> Option<&'a str> {
        let mut places = pointer.strip_prefix('#')?.split('/');
        places.next().filter(|before| before.is_empty())?;
        places.try_fold(self.root, |json, place| {
            let place = place.replace("~1", "/").replace("~0", "~");
            self.inside(json, &place).map(RawValue::get)
        })
    }

    /// The member of that name, or the element at that place.
    fn inside(&mut self, json: &'a str, place: &str) -> Option<&'a RawValue> {
        let container = self.parsed.entry(json.as_ptr().addr()).or_insert_with(|| {
            let array = || elements(json).map_or(Container::Neither, Container::Array);
            members(json.as_bytes()).map_or_else(array, Container::Object)
        });
        match container {
            Container::Object(members) => members.get(place).copied(),
            Container::Array(elements) => elements.get(place.parse::<usize>().ok()?).copied(),
            Container::Neither => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(schema: &str) -> (String, bool) {
        let made = inlined(&Bytes::from(schema.to_owned()));
        (String::from_utf8(made.schema.to_vec()).unwrap(), made.is_whole)
    }

    #[test]
    fn what_is_referred_to_stands_where_it_is_referred_to() {
        let (made, is_whole) = of(r##"{"$schema":"s","title":"T","$defs":{
            "b":{"$ref":"#/$defs/c","description":"mine"},
            "c":{"z":1.0,"description":"yours","enum":[{"$ref":"#"}]}},
            "type":"object","required":["b"],"additionalProperties":false,
            "properties":{"b": {"$ref":"#/$defs/b"},"$ref":{"type" : "string"},
            "list":{"items":{"anyOf":[{"$ref":"#/properties/$ref"},{"$ref":"#/$defs/c"}]},"$defs":{"d":{}}}}}"##);
        assert_eq!(
            made,
            concat!(
                r#"{"type":"object","required":["b"],"properties":{"#,
                r##""b":{"z":1.0,"enum":[{"$ref":"#"}],"description":"mine"},"$ref":{"type" : "string"},"##,
                r#""list":{"items":{"anyOf":[{"type":"string"},"#,
                r##"{"z":1.0,"description":"yours","enum":[{"$ref":"#"}]}]}}}}"##
            )
        );
        assert!(is_whole);
        let (made, _) = of(
            r##"{"type":"object","$ref":"#/definitions/a","definitions":{"a":{"properties":{"b":{}},"title":"A"}}}"##,
        );
        assert_eq!(made, r#"{"properties":{"b":{}},"type":"object"}"#);
        for (schema, expected) in [
            (r#"{ "required":[], "properties":{"a":{"title":"A"}},"type":"object" }"#, None),
            (r#"{"additionalProperties":{"type":"string"}}"#, Some(r#"{"type":"object","properties":{}}"#)),
        ] {
            assert_eq!(of(schema), (expected.unwrap_or(schema).to_owned(), true));
        }
    }

    #[test]
    fn what_has_no_end_or_leads_nowhere_is_cut() {
        let (made, is_whole) = of(r##"{"type":"object","properties":{"next":{"$ref":"#/$defs/a"}},
            "$defs":{"a":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"},"b":{"$ref":"#/$defs/none","title":"B"}}}}}"##);
        assert!(!is_whole);
        assert_eq!(
            made,
            r#"{"type":"object","properties":{"next":{"type":"object","properties":{"a":{"type":"object"},"b":{"title":"B"}}}}}"#
        );
        assert_eq!(of(r##"{"$ref":"#"}"##), (r#"{"type":"object","properties":{}}"#.to_owned(), false));
        // Each is twice the one before.
        let links: Vec<String> = (0..64)
            .map(|n| {
                format!(r##""{n}":{{"anyOf":[{{"$ref":"#/$defs/{0}"}},{{"$ref":"#/$defs/{0}"}}]}}"##, n + 1)
            })
            .collect();
        let (made, is_whole) = of(&format!(
            r##"{{"properties":{{"a":{{"$ref":"#/$defs/0"}}}},"$defs":{{{}}}}}"##,
            links.join(",")
        ));
        assert!(!is_whole && made.len() < 2 * MAX_LENGTH);
        let deep = format!(r##"{{"properties":{}{{"$ref":"#/a"}}{}}}"##, "[".repeat(5000), "]".repeat(5000));
        assert!(!of(&deep).1);
    }

    #[test]
    fn thousands_of_references_are_looked_up_without_reading_the_schema_for_each() {
        let refs: Vec<String> =
            (0..7_000).map(|n| format!(r##"{{"$ref":"#/$defs/{}"}}"##, n % 2_000)).collect();
        let definitions: Vec<String> =
            (0..2_000).map(|n| format!(r#""{n}":{{"type":"string","title":"T"}}"#)).collect();
        let schema = format!(
            r#"{{"properties":{{"a":{{"anyOf":[{}]}}}},"$defs":{{{}}}}}"#,
            refs.join(","),
            definitions.join(",")
        );
        assert!(schema.len() < MAX_LENGTH);
        let (made, is_whole) = of(&schema);
        assert!(!is_whole);
        assert_eq!(made.matches(r#""title":"T""#).count(), MAX_REFERENCES);
        assert_eq!(made.matches(r#"{"type":"string"}"#).count(), 7_000 - MAX_REFERENCES);
    }
}
