//! Ids that no model has and that look like one: another version or date of a model that is known, or a word of it
//! with a slip. What is new altogether is no slip: nobody's table knows the models of tomorrow.

use super::models::told_resource;
use crate::protocol::model::{ModelId, Table, split_geography};

/// The digits of a date in an id.
const DATE: usize = 8;

/// Whether an id is most probably meant to be that of a known model.
pub(super) fn is_misspelt(model: &ModelId, table: &Table) -> bool {
    let Some(resource) = told_resource(model) else { return false };
    let (_, base) = split_geography(resource);
    let Some((provider, name)) = base.split_once('.').filter(|_| table.row(base).is_none()) else {
        return false;
    };
    let known: Vec<&str> = table
        .rows()
        .iter()
        .filter_map(|row| row.base_id().split_once('.').filter(|(known, _)| *known == provider))
        .map(|(_, name)| name)
        .collect();
    if known.iter().any(|known| undated(known) == undated(name)) {
        return true;
    }
    let is_known = |word: &str| known.iter().any(|name| words(name).any(|known| known == word));
    let is_slip = |word: &str| {
        known.iter().any(|name| words(name).any(|known| known.len() > 3 && are_one_edit_apart(known, word)))
    };
    words(name).any(|word| !is_known(word) && is_slip(word))
}

/// The name without its version and its date: `claude-sonnet-4-20250514-v1:0` → `claude-sonnet-4`.
fn undated(name: &str) -> &str {
    let name = name.split(':').next().unwrap_or(name);
    let is_of = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let name = match name.rsplit_once("-v") {
        Some((name, version)) if is_of(version, version.len()) => name,
        _ => name,
    };
    match name.rsplit_once('-') {
        Some((name, date)) if is_of(date, DATE) => name,
        _ => name,
    }
}

/// The words of a name that are no numbers.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['-', '.', ':']).filter(|word| !word.bytes().any(|b| b.is_ascii_digit()))
}

/// Whether a letter is missing, too much or another, or two have changed places.
fn are_one_edit_apart(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    match (a.get(..a.len() - same).unwrap_or_default(), b.get(..b.len() - same).unwrap_or_default()) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_what_is_new_is_none() {
        for (id, expected) in [
            ("us.amazon.nova-micro-v1:O", true),
            ("us.anthropic.claude-sonet-4-20250514-v1:0", true),
            ("us.anthropic.claude-sonnet-4-20250541-v1:0", true),
            ("anthropic.claude-3-haiku", true),
            ("anthropic.claude-3-haiku-20240307-v9:7", true),
            ("arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-mirco-v1:0", true),
            ("us.anthropic.claude-sonnet-4-20250514-v1:0", false),
            ("anthropic.claude-v2:1", false),
            ("anthropic.claude-sonnet-99", false),
            ("anthropic.claude-sonata-1", false),
            ("acme.claude-sonet-4", false),
            ("arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc", false),
        ] {
            assert_eq!(is_misspelt(&ModelId::new(id).unwrap(), Table::embedded()), expected, "{id}");
        }
        for row in Table::embedded().rows() {
            assert!(!is_misspelt(&ModelId::new(row.base_id()).unwrap(), Table::embedded()), "{row:?}");
        }
    }
}
