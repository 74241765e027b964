//! The shared config and credentials files.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>

use super::endpoints::ServiceUrl;
use super::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::profile_file::{FileKind, ProfileFile, Section};
use crate::transport::Sourced;
use std::path::{Path, PathBuf};
use std::{fmt, io};
use zeroize::Zeroizing;

/// A profile: the sections of that name in both files, where the credentials file wins.
pub type Profile = Section;

/// Both files, merged, and where they are.
#[derive(Clone, Debug)]
pub struct SharedFiles {
    config: SharedFile,
    credentials: SharedFile,
    merged: ProfileFile,
}

/// One of the two files.
#[derive(Clone, Debug)]
pub struct SharedFile {
    path: Sourced<PathBuf>,
    profiles: ProfileFile,
    state: FileState,
}

#[derive(Clone, Debug)]
enum FileState {
    Read,
    NotThere,
    /// It may not be looked into; why.
    PassedOver(String),
}

impl SharedFiles {
    /// Reads both. One that is not there has no profiles, and neither has one in its default place that may not be
    /// looked into: a home directory can be another user's. A file that a variable names must be readable.
    pub fn load(environment: &Environment) -> Result<Self, Error> {
        let config = SharedFile::load(environment, FileKind::Config)?;
        let credentials = SharedFile::load(environment, FileKind::Credentials)?;
        let mut merged = config.profiles.clone();
        merged.merge(credentials.profiles.clone());
        Ok(Self { config, credentials, merged })
    }

    /// The one of these two.
    pub fn file(&self, kind: FileKind) -> &SharedFile {
        match kind {
            FileKind::Config => &self.config,
            FileKind::Credentials => &self.credentials,
        }
    }

    /// The profile of that name.
    pub fn profile(&self, name: &str) -> Option<Profile> {
        self.merged.profile(name).cloned()
    }

    /// The URLs in the `services` section that a profile names, each with the service's name there. A section that is
    /// not there is wrong for every service, and a service without an `endpoint_url` below it for that one.
    pub(super) fn service_urls(&self, profile: &str) -> Vec<ServiceUrl> {
        let named = self.merged.profile(profile).and_then(|profile| profile.get("services"));
        let Some(name) = named else { return Vec::new() };
        let Some(section) = self.merged.services(name) else {
            let problem = format!(
                "there is no [services {name}] in {}; {}",
                self.places(),
                there_are(self.merged.services_names())
            );
            let refused = InvalidInput::new(format!("services of profile {profile}"), problem);
            return vec![ServiceUrl { service: None, url: Err(refused) }];
        };
        let of_service = |(service, _)| {
            let place = format!("{service} in services {name}");
            let url = match section.nested(service) {
                Some(below) => Ok(Sourced::new(below.get("endpoint_url")?.to_owned(), place)),
                None => Err(InvalidInput::new(
                    place,
                    "it has nothing indented below it; the URL goes there, as endpoint_url = https://…",
                )),
            };
            Some(ServiceUrl { service: Some(service.to_ascii_uppercase()), url })
        };
        section.properties().filter_map(of_service).collect()
    }

    /// Everything in both files, where the credentials file wins.
    pub fn merged(&self) -> &ProfileFile {
        &self.merged
    }

    /// Both files, for a message.
    pub fn places(&self) -> String {
        format!("{} and {}", self.config, self.credentials)
    }

    /// An error that lists the profiles that are there, where this one is not.
    pub fn require(&self, profile: &Sourced<String>) -> Result<(), Error> {
        if self.merged.profile(&profile.value).is_some() {
            return Ok(());
        }
        let there = there_are(self.merged.names());
        Err(Error::new(
            ErrorKind::Credentials,
            format!(
                "there is no profile {:?} (from {}) in {}; {there}",
                profile.value,
                profile.source,
                self.places()
            ),
        ))
    }
}

/// What there is instead of what is not there.
pub(in crate::client) fn there_are<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "there are none".to_owned() } else { format!("there are: {}", names.join(", ")) }
}

impl SharedFile {
    fn load(environment: &Environment, kind: FileKind) -> Result<Self, Error> {
        let (variable, default) = match kind {
            FileKind::Config => ("AWS_CONFIG_FILE", "~/.aws/config"),
            FileKind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        };
        let given = environment.sourced_path(&[variable]);
        let is_given = given.is_some();
        let named = given.unwrap_or_else(|| Sourced::new(default.into(), "the default place"));
        let path = Sourced::new(environment.expand(&named.value), named.source);
        let (profiles, state) = match environment.read(&path.value).map(Zeroizing::new) {
            Ok(bytes) => (parse(&bytes, &path.value, kind)?, FileState::Read),
            Err(e) => match e.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                    (ProfileFile::default(), FileState::NotThere)
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::IsADirectory if !is_given => {
                    (ProfileFile::default(), FileState::PassedOver(format!("cannot be read: {e}")))
                }
                _ => {
                    let message = format!("{} cannot be read: {e}", path.value.display());
                    return Err(Error::new(ErrorKind::InvalidInput, message)
                        .with_hint(format!("{variable} can name another file")));
                }
            },
        };
        Ok(Self { path, profiles, state })
    }

    /// The profile of that name as this file has it.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.profile(name)
    }

    /// Where it is, and what said so.
    pub fn path(&self) -> &Sourced<PathBuf> {
        &self.path
    }

    /// What came of reading it: `read`, `not there`, `cannot be read: …`.
    pub fn state(&self) -> &str {
        match &self.state {
            FileState::Read => "read",
            FileState::NotThere => "not there",
            FileState::PassedOver(why) => why,
        }
    }
}

impl fmt::Display for SharedFile {
    /// The path, and why it could not be read where it was passed over.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            FileState::PassedOver(why) => write!(f, "{} (which {why})", self.path.value.display()),
            FileState::Read | FileState::NotThere => self.path.value.display().fmt(f),
        }
    }
}

fn parse(bytes: &[u8], path: &Path, kind: FileKind) -> Result<ProfileFile, Error> {
    let refuse =
        |problem: String| Error::new(ErrorKind::InvalidInput, format!("{} {problem}", path.display()));
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("is no UTF-8 text".to_owned()))?;
    ProfileFile::parse(text, kind).map_err(|e| refuse(format!("is malformed: {e}")))
}
