//! The AWS ini files, parsed.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use super::by_key::ByName;
use std::fmt;
use zeroize::Zeroizing;

/// Which of the two files: they name their sections differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[default]`, `[profile NAME]`, `[sso-session NAME]`, `[services NAME]`.
    Config,
    /// `~/.aws/credentials`: `[NAME]`.
    Credentials,
}

/// Properties of a section. Names are in lower case; values are zeroed on drop, since some are secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Section {
    properties: ByName<Zeroizing<String>>,
}

/// The sections of one file, or of both merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileFile {
    profiles: ByName<Section>,
    sso_sessions: ByName<Section>,
    services: ByName<Section>,
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
    /// Reads one file. Sections of other kinds or with names that AWS's tools do not take are passed over, with all
    /// that is in them.
    pub fn parse(text: &str, kind: FileKind) -> Result<Self, MalformedLine> {
        let mut parser = Parser {
            kind,
            file: Self::default(),
            prefixed_default: false,
            place: Place::BeforeAny,
            property: Property::None,
        };
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
        self.profiles.names()
    }

    /// `[sso-session NAME]`, which a profile's `sso_session` names.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>
    pub fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sso_sessions.get(name)
    }

    /// The names of all `[sso-session NAME]`.
    pub fn sso_session_names(&self) -> impl Iterator<Item = &str> {
        self.sso_sessions.names()
    }

    /// `[services NAME]`, which a profile's `services` names; the settings of one service are [`Section::nested`].
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    pub fn services(&self, name: &str) -> Option<&Section> {
        self.services.get(name)
    }

    /// The names of all `[services NAME]`.
    pub fn services_names(&self) -> impl Iterator<Item = &str> {
        self.services.names()
    }

    /// Adds another file's sections; where both have a property, `other` wins.
    pub fn merge(&mut self, other: Self) {
        let merge = |into: &mut ByName<Section>, from: ByName<Section>| {
            for (name, section) in from {
                into.or_default(&name).properties.extend(section.properties);
            }
        };
        merge(&mut self.profiles, other.profiles);
        merge(&mut self.sso_sessions, other.sso_sessions);
        merge(&mut self.services, other.services);
    }
}

impl Section {
    /// The value of a property, where it is there and not empty.
    pub fn get(&self, property: &str) -> Option<&str> {
        self.properties.get(property).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every property, empty ones too, in the order of their names.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.properties.iter().map(|(name, value)| (name, value.as_str()))
    }

    /// The properties below a property that has no value of its own: `s3 =` and, indented below,
    /// `endpoint_url = …`. `None` where there is no such property, or where it is a plain value.
    pub fn nested(&self, property: &str) -> Option<Self> {
        let below = self.properties.get(property)?.strip_prefix('\n')?;
        let pairs = below.lines().filter_map(|line| line.split_once('='));
        let properties = pairs
            .map(|(name, value)| {
                (name.trim().to_ascii_lowercase(), Zeroizing::new(without_comment(value).to_owned()))
            })
            .collect();
        Some(Self { properties })
    }
}

impl fmt::Debug for Section {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.properties.names()).finish()
    }
}

/// A kind of section.
#[derive(Clone, Copy)]
enum Kind {
    Profile,
    SsoSession,
    Services,
}

/// The section that the parser stands in.
enum Place {
    BeforeAny,
    Inside(Kind, String),
    /// A section that is passed over.
    Ignored,
}

/// The property that an indented line would go on with.
enum Property {
    None,
    Named(String),
    /// One whose name is none that AWS's tools take: passed over with its indented lines.
    Ignored,
}

struct Parser {
    kind: FileKind,
    file: ProfileFile,
    /// Whether `[profile default]` was there: it takes the place of `[default]`.
    prefixed_default: bool,
    place: Place,
    property: Property,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        if line.starts_with('[') {
            return self.open_section(text);
        }
        if line.starts_with(char::is_whitespace) {
            return self.continue_property(text);
        }
        self.set_property(text)
    }

    fn open_section(&mut self, text: &str) -> Result<(), &'static str> {
        let (inside, after) = text[1..].split_once(']').ok_or("a section without its closing ']'")?;
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with(['#', ';']) {
            return Err("text after the ']' of a section");
        }
        self.property = Property::None;
        self.place = self.section(inside.trim());
        // A section without properties is there, too.
        self.current();
        Ok(())
    }

    fn section(&mut self, name: &str) -> Place {
        let (prefix, name) = match name.split_once(char::is_whitespace) {
            Some((prefix, name)) => (Some(prefix), name.trim()),
            None => (None, name),
        };
        let kind = match (self.kind, prefix) {
            (FileKind::Credentials, None) | (FileKind::Config, Some("profile")) => Kind::Profile,
            (FileKind::Config, None) if name == "default" && self.prefixed_default => return Place::Ignored,
            (FileKind::Config, None) if name == "default" => Kind::Profile,
            (FileKind::Config, Some("sso-session")) => Kind::SsoSession,
            (FileKind::Config, Some("services")) => Kind::Services,
            _ => return Place::Ignored,
        };
        let Some(name) = section_name(name) else { return Place::Ignored };
        if prefix == Some("profile") && name == "default" && !self.prefixed_default {
            self.prefixed_default = true;
            self.file.profiles.remove("default");
        }
        Place::Inside(kind, name.to_owned())
    }

    /// The properties of the section that the parser stands in.
    fn current(&mut self) -> Option<&mut Section> {
        let Place::Inside(kind, name) = &self.place else { return None };
        let sections = match kind {
            Kind::Profile => &mut self.file.profiles,
            Kind::SsoSession => &mut self.file.sso_sessions,
            Kind::Services => &mut self.file.services,
        };
        Some(sections.or_default(name))
    }

    fn set_property(&mut self, text: &str) -> Result<(), &'static str> {
        if matches!(self.place, Place::BeforeAny) {
            return Err("a property before the first section");
        }
        let (name, value) = text.split_once('=').ok_or("neither a section nor 'name = value'")?;
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err("a value without a name");
        }
        if !is_identifier(&name) {
            self.property = Property::Ignored;
            return Ok(());
        }
        if let Some(section) = self.current() {
            section.properties.insert(name.clone(), Zeroizing::new(without_comment(value).to_owned()));
        }
        self.property = Property::Named(name);
        Ok(())
    }

    /// An indented line goes on with the property above it: `s3 =` and, below, `  addressing_style = path`.
    fn continue_property(&mut self, text: &str) -> Result<(), &'static str> {
        if matches!(self.place, Place::BeforeAny) {
            return Err("an indented line before the first section");
        }
        let name = match &self.property {
            Property::None => return Err("an indented line that goes on with nothing"),
            Property::Ignored => return Ok(()),
            Property::Named(name) => name.clone(),
        };
        let Some(section) = self.current() else { return Ok(()) };
        let value = section.properties.or_default(&name);
        if value.is_empty() || value.starts_with('\n') {
            match text.split_once('=') {
                None => return Err("an indented line below an empty property that is not 'name = value'"),
                Some((name, _)) if name.trim().is_empty() => return Err("an indented value without a name"),
                Some(_) => {}
            }
        }
        value.push('\n');
        value.push_str(text);
        Ok(())
    }
}

/// A name as it stands, or in quotes, inside which spaces may be: `[profile "my profile"]`.
fn section_name(name: &str) -> Option<&str> {
    let quoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| name.strip_prefix(quote)?.strip_suffix(quote))
        .map(str::trim);
    match quoted {
        Some(name)
            if !name.is_empty() && name.split(' ').all(|word| word.is_empty() || is_identifier(word)) =>
        {
            Some(name)
        }
        None if is_identifier(name) => Some(name),
        _ => None,
    }
}

/// What the names of sections and properties are made of.
fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/.%@:+".contains(&b))
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
        assert_eq!(file.sso_session("x").unwrap().get("a"), Some("b"));
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
    fn services_have_properties_below_them() {
        let text =
            "[services mine]\ns3 =\n  # here\n  endpoint_url = http://a:1 # x\n\n  other=\nsts=plain\n";
        let file = ProfileFile::parse(text, FileKind::Config).unwrap();
        let services = file.services("mine").unwrap();
        assert_eq!(services.nested("s3").unwrap().get("endpoint_url"), Some("http://a:1"));
        assert_eq!((services.nested("sts"), services.nested("none")), (None, None));
    }

    #[test]
    fn a_name_in_quotes_may_have_spaces() {
        let text = "[profile \"my profile\"]\na=1\n[profile 'b']\na=2\n[profile \"broken]\na=3\n";
        let file = ProfileFile::parse(text, FileKind::Config).unwrap();
        assert_eq!(file.names().collect::<Vec<_>>(), ["b", "my profile"]);
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
