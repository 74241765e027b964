//! The alias table: data, not code. `models.tsv` beside this file says what its columns mean and where its rows come
//! from; a file of the same form adds to it.

use super::geography::{GLOBAL, geographies_of, is_commercial, split_geography};
use super::id::ModelId;
use crate::protocol::by_key::ByName;
use crate::protocol::invalid_input::InvalidInput;
use std::sync::OnceLock;

const EMBEDDED: &str = include_str!("models.tsv");

/// What stands where nothing is known, or nothing is there.
const NOTHING: &str = "-";
/// Every commercial region.
const ANYWHERE: &str = "*";
/// A model that has ended on a day that is not known.
const ENDED: &str = "ended";

/// Which names people have for models, and by which ids those answer where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    rows: Vec<Row>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    base_id: String,
    aliases: Vec<String>,
    direct: Vec<String>,
    profiles: Vec<String>,
    end_of_life: Option<String>,
    successor: Option<String>,
    source: String,
}

impl Table {
    /// What this version of bedwire knows.
    pub fn embedded() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        // The project's tests read every line of it, so there is nothing to fail here.
        TABLE.get_or_init(|| Self::parse(EMBEDDED).unwrap_or_default())
    }

    /// Reads a table: seven columns separated by tabs (base id, aliases, direct, profiles, end of life, successor,
    /// source), `#` before a comment.
    ///
    /// # Errors
    /// The first line that is none, with its number; an alias or a base id that stands there twice.
    pub fn parse(text: &str) -> Result<Self, InvalidInput> {
        let mut rows = Vec::new();
        let mut seen: ByName<usize> = ByName::default();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let refuse = |problem: String| InvalidInput::new(format!("model table, line {number}"), problem);
            let row = Row::parse(line).map_err(refuse)?;
            for name in row.aliases.iter().chain([&row.base_id]) {
                let name_in_any_case = name.to_ascii_lowercase();
                if let Some(first) = seen.get(&name_in_any_case) {
                    return Err(refuse(format!("{name:?} stands in line {first}, too")));
                }
                seen.insert(name_in_any_case, number);
            }
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// This table over another one: its rows come first, and replace those with the same base id.
    #[must_use]
    pub fn over(mut self, other: &Self) -> Self {
        let own: Vec<String> = self.rows.iter().map(|row| row.base_id.clone()).collect();
        self.rows.extend(other.rows.iter().filter(|row| !own.contains(&row.base_id)).cloned());
        self
    }

    /// All rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The model that an alias names, in any case of letters.
    pub fn named(&self, alias: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.aliases.iter().any(|known| known.eq_ignore_ascii_case(alias)))
    }

    /// The model with this base id.
    pub fn row(&self, base_id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.base_id == base_id)
    }

    /// The model that somebody most probably means: by its base id or that of a profile, by an alias, by an id
    /// without its version.
    pub fn meant_by(&self, name: &str) -> Option<&Row> {
        let resource = name.strip_prefix("arn:").and_then(|_| name.rsplit('/').next()).unwrap_or(name);
        let (_, base) = split_geography(resource);
        let family = ModelId::new(base).ok()?;
        let unversioned = |row: &&Row| {
            ModelId::new(row.base_id.as_str()).is_ok_and(|known| known.family() == family.family())
        };
        self.row(base)
            .or_else(|| self.named(base))
            .or_else(|| self.named(base.split_once('.')?.1))
            .or_else(|| self.rows.iter().rev().find(unversioned))
    }
}

impl Row {
    fn parse(line: &str) -> Result<Self, String> {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        let [base_id, aliases, direct, profiles, end_of_life, successor, source] = columns[..] else {
            return Err(format!(
                "has {} columns; give 7, separated by tabs: base id, aliases, direct, profiles, end of life, successor, source",
                columns.len()
            ));
        };
        let words = |text: &str| -> Vec<String> {
            text.split_whitespace().filter(|word| *word != NOTHING).map(str::to_owned).collect()
        };
        let optional = |text: &str| Some(text.to_owned()).filter(|text| text != NOTHING && !text.is_empty());
        let row = Self {
            base_id: base_id.to_owned(),
            aliases: words(aliases),
            direct: words(direct),
            profiles: words(profiles),
            end_of_life: optional(end_of_life),
            successor: optional(successor),
            source: source.to_owned(),
        };
        if !looks_like_id(base_id) || split_geography(base_id).0.is_some() || ModelId::new(base_id).is_err() {
            return Err(format!("{base_id:?} is no base id; give one such as anthropic.claude-sonnet-5"));
        }
        if let Some(alias) = row.aliases.iter().find(|alias| looks_like_id(alias)) {
            return Err(format!("the alias {alias:?} looks like an id, and ids are never looked up"));
        }
        if row.direct.is_empty() && row.profiles.is_empty() {
            return Err(format!("{base_id} answers nowhere; give direct regions, profiles, or both"));
        }
        Ok(row)
    }

    /// The id of the foundation model: `anthropic.claude-sonnet-4-20250514-v1:0`.
    pub fn base_id(&self) -> &str {
        &self.base_id
    }

    /// What people call it.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Where the base id itself answers: regions, and `*` for every commercial one. Nowhere, for a model that answers
    /// through inference profiles only.
    pub fn direct(&self) -> &[String] {
        &self.direct
    }

    /// The geographies that have an inference profile of it.
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// The date after which it does not answer any more (`2026-10-14`), or `ended`.
    pub fn end_of_life(&self) -> Option<&str> {
        self.end_of_life.as_deref()
    }

    /// The base id of the next model of its line.
    pub fn successor(&self) -> Option<&str> {
        self.successor.as_deref()
    }

    /// Where the row comes from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the base id itself answers in a region.
    pub fn is_direct_in(&self, region: &str) -> bool {
        let covers = |place: &String| place == region || (place == ANYWHERE && is_commercial(region));
        self.direct.iter().any(covers)
    }

    /// The geography whose profile serves a region, the narrowest there is; the world only where that is allowed.
    pub fn geography_in<'a>(&self, region: &'a str, allow_global: bool) -> Option<&'a str> {
        let global = (allow_global && is_commercial(region)).then_some(GLOBAL);
        let mut candidates = geographies_of(region).into_iter().chain(global);
        candidates.find(|geography| self.profiles.iter().any(|known| known == geography))
    }

    /// Whether it has ended by a day (`2026-11-22`); without one, only what is known to have ended has.
    pub fn has_ended(&self, day: Option<&str>) -> bool {
        match (self.end_of_life(), day) {
            (Some(ENDED), _) => true,
            (Some(end), Some(day)) => end <= day,
            _ => false,
        }
    }
}

/// `provider.model` or `geography.provider.model`: what is sent as it is, and never looked up.
pub(crate) fn looks_like_id(name: &str) -> bool {
    let (geography, rest) = split_geography(name);
    let provider = rest.split_once('.').map_or("", |(provider, _)| provider);
    let is_provider = provider.starts_with(|c: char| c.is_ascii_lowercase())
        && provider.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    name.starts_with("arn:") || geography.is_some() || is_provider
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "a.b-v1:0\tb b-latest\t*\tus eu\t2026-10-14\ta.c\tsomewhere";

    #[test]
    fn the_embedded_table_is_one() {
        let table = Table::parse(EMBEDDED).unwrap();
        assert!(table.rows().len() > 150, "{}", table.rows().len());
        for row in table.rows() {
            assert!(!row.source().is_empty(), "{row:?}");
            assert!(row.successor().is_none_or(|next| table.row(next).is_some()), "{row:?}");
        }
    }

    #[test]
    fn a_row_is_read_and_what_is_none_is_named() {
        let table = Table::parse(&format!("# comment\n\n{ROW}\n")).unwrap();
        let row = table.named("B-LATEST").unwrap();
        assert_eq!((row.base_id(), row.end_of_life()), ("a.b-v1:0", Some("2026-10-14")));
        assert!(
            row.has_ended(Some("2026-11-22")) && !row.has_ended(Some("2026-01-02")) && !row.has_ended(None)
        );
        for (bad, problem) in [
            ("a.b\tb", "line 1: has 2 columns"),
            ("us.a.b\tb\t*\t-\t-\t-\tx", "is no base id"),
            ("b\tb\t*\t-\t-\t-\tx", "is no base id"),
            ("a.b\ta.c\t*\t-\t-\t-\tx", "looks like an id"),
            ("a.b\tb\t-\t-\t-\t-\tx", "answers nowhere"),
            ("a.b\tb\t*\t-\t-\t-\tx\na.c\tB\t*\t-\t-\t-\tx", "line 2: \"B\" stands in line 1, too"),
        ] {
            let refused = Table::parse(bad).unwrap_err().to_string();
            assert!(refused.contains(problem), "{bad}: {refused}");
        }
    }

    #[test]
    fn a_file_comes_before_what_is_embedded() {
        let file = Table::parse("a.b-v1:0\tnew\t-\tus\t-\t-\tx\na.d\tb\t*\t-\t-\t-\tx").unwrap();
        let table = file.over(&Table::parse(ROW).unwrap());
        assert_eq!(table.rows().len(), 2);
        assert!(table.named("b-latest").is_none());
        assert_eq!(table.named("b").unwrap().base_id(), "a.d");
        assert_eq!(table.named("new").unwrap().profiles(), ["us"]);
    }

    #[test]
    fn what_is_meant_is_found_in_several_spellings() {
        let table = Table::embedded();
        for (name, base) in [
            ("us.anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
            ("anthropic.claude-3-haiku-20240307", "anthropic.claude-3-haiku-20240307-v1:0"),
            ("claude-3-haiku", "anthropic.claude-3-haiku-20240307-v1:0"),
            ("anthropic.claude-sonnet-4", "anthropic.claude-sonnet-4-20250514-v1:0"),
            ("arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0", "luma.ray-v2:0"),
        ] {
            assert_eq!(table.meant_by(name).map(Row::base_id), Some(base), "{name}");
        }
        assert_eq!(table.meant_by("nobody.knows"), None);
    }
}
