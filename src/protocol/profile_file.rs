//! The AWS ini files, parsed.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use std::collections::BTreeMap;
use std::fmt;

/// Which of the two files: they name their sections differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[default]`, `[profile NAME]`.
    Config,
    /// `~/.aws/credentials`: `[NAME]`.
    Credentials,
}

/// Properties of a section. Names are in lower case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Section {
    properties: BTreeMap<String, String>,
}

/// The profiles of one file, or of both merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileFile {
    profiles: BTreeMap<String, Section>,
}

/// A line that is no part of an ini file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedLine {
    /// 1 for the first.
    pub line: usize,
    problem: &'static str,
}

impl fmt::Display for MalformedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for MalformedLine {}

impl ProfileFile {
    /// Reads one file. Sections that are no profile (`[sso-session x]`, `[services x]`) are passed over.
    pub fn parse(text: &str, kind: FileKind) -> Result<Self, MalformedLine> {
        let mut parser = Parser { kind, file: Self::default(), section: Place::BeforeAny, property: None };
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            parser.line(line).map_err(|problem| MalformedLine { line: index + 1, problem })?;
        }
        Ok(parser.file)
    }

    /// The profile of that name.
    pub fn profile(&self, name: &str) -> Option<&Section> {
        self.profiles.get(name)
    }

    /// The names of all profiles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Adds another file's profiles; where both have a property, `other` wins.
    pub fn merge(&mut self, other: Self) {
        for (name, section) in other.profiles {
            self.profiles.entry(name).or_default().properties.extend(section.properties);
        }
    }
}

impl Section {
    /// The value of a property, where it is there and not empty.
    pub fn get(&self, property: &str) -> Option<&str> {
        self.properties.get(property).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Section {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.properties.keys()).finish()
    }
}

enum Place {
    BeforeAny,
    Profile(String),
    /// A section that is no profile.
    Other,
}

struct Parser {
    kind: FileKind,
    file: ProfileFile,
    section: Place,
    property: Option<String>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let text = line.trim();
        if text.is_empty() || line.starts_with(['#', ';']) {
            return Ok(());
        }
        if line.starts_with('[') {
            return self.open_section(text);
        }
        if line.starts_with([' ', '\t']) {
            return self.continue_property(text);
        }
        self.set_property(text)
    }

    fn open_section(&mut self, text: &str) -> Result<(), &'static str> {
        let (inside, after) = text[1..].split_once(']').ok_or("a section without its closing ']'")?;
        if !after.trim().is_empty() && !after.trim_start().starts_with(['#', ';']) {
            return Err("text after the ']' of a section");
        }
        self.property = None;
        let name = inside.trim();
        let words = name.split_once(char::is_whitespace).map(|(first, rest)| (first, rest.trim()));
        self.section = match (self.kind, words) {
            (FileKind::Config, Some(("profile", name))) if !name.is_empty() => {
                Place::Profile(name.to_owned())
            }
            (FileKind::Config, None) if name == "default" => Place::Profile(name.to_owned()),
            (FileKind::Credentials, None) if !name.is_empty() => Place::Profile(name.to_owned()),
            _ => Place::Other,
        };
        if let Place::Profile(name) = &self.section {
            self.file.profiles.entry(name.clone()).or_default();
        }
        Ok(())
    }

    fn set_property(&mut self, text: &str) -> Result<(), &'static str> {
        let (name, value) = text.split_once('=').ok_or("neither a section nor 'name = value'")?;
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err("a value without a name");
        }
        match &self.section {
            Place::BeforeAny => Err("a property before the first section"),
            Place::Other => Ok(()),
            Place::Profile(section) => {
                let section = self.file.profiles.entry(section.clone()).or_default();
                section.properties.insert(name.clone(), without_comment(value).to_owned());
                self.property = Some(name);
                Ok(())
            }
        }
    }

    /// An indented line goes on with the property above it: `s3 =` and, below, `  addressing_style = path`.
    fn continue_property(&mut self, text: &str) -> Result<(), &'static str> {
        match (&self.section, &self.property) {
            (Place::Other, _) => Ok(()),
            (Place::Profile(section), Some(property)) => {
                let section = self.file.profiles.entry(section.clone()).or_default();
                let value = section.properties.entry(property.clone()).or_default();
                value.push('\n');
                value.push_str(text);
                Ok(())
            }
            _ => Err("an indented line that goes on with nothing"),
        }
    }
}

/// A comment inside a line begins with white space and `#` or `;`.
fn without_comment(value: &str) -> &str {
    let end =
        [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min().unwrap_or(value.len());
    value[..end].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_named_differently_in_the_two_files() {
        let config =
            "[default]\nregion = us-west-2\n[profile dev]\nREGION=eu-west-1 # here\n[sso-session x]\na=b\n";
        let file = ProfileFile::parse(config, FileKind::Config).unwrap();
        assert_eq!(file.names().collect::<Vec<_>>(), ["default", "dev"]);
        assert_eq!(file.profile("dev").unwrap().get("region"), Some("eu-west-1"));
        let file = ProfileFile::parse("[dev]\naws_access_key_id = A\n", FileKind::Credentials).unwrap();
        assert_eq!(file.profile("dev").unwrap().get("aws_access_key_id"), Some("A"));
    }

    #[test]
    fn the_other_file_wins() {
        let mut file = ProfileFile::parse("[default]\na=1\nb=1\n", FileKind::Config).unwrap();
        file.merge(ProfileFile::parse("[default]\nb=2\n", FileKind::Credentials).unwrap());
        let profile = file.profile("default").unwrap();
        assert_eq!((profile.get("a"), profile.get("b")), (Some("1"), Some("2")));
    }

    #[test]
    fn a_malformed_line_has_its_number() {
        for (text, line) in
            [("[default", 1), ("[default]\nregion\n", 2), ("a=b", 1), ("[x]\n\n = 1", 3), ("[a] b", 1)]
        {
            let error = ProfileFile::parse(text, FileKind::Credentials).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
        }
    }

    #[test]
    fn debug_shows_names_only() {
        let file = ProfileFile::parse("[a]\naws_secret_access_key=HIDDEN\n", FileKind::Credentials).unwrap();
        assert!(!format!("{file:?}").contains("HIDDEN"));
    }
}
