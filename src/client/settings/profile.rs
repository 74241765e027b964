//! The shared config and credentials files.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>

use super::environment::Environment;
use super::sourced::Sourced;
use crate::error::{Error, ErrorKind};
use crate::protocol::profile_file::{FileKind, ProfileFile, Section};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A profile: the sections of that name in both files, where the credentials file wins.
pub type Profile = Section;

/// Both files, merged, and where they are.
#[derive(Clone, Debug)]
pub struct SharedFiles {
    config: PathBuf,
    credentials: PathBuf,
    in_config: ProfileFile,
    in_credentials: ProfileFile,
    merged: ProfileFile,
}

impl SharedFiles {
    /// Reads both; one that is not there has no profiles, one that cannot be read is an error.
    pub fn load(environment: &Environment) -> Result<Self, Error> {
        let place = |variable: &str, default: &str| {
            environment.expand(environment.path(variable).unwrap_or(Path::new(default)))
        };
        let config = place("AWS_CONFIG_FILE", "~/.aws/config");
        let credentials = place("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        let in_config = read(environment, &config, FileKind::Config)?;
        let in_credentials = read(environment, &credentials, FileKind::Credentials)?;
        let mut merged = in_config.clone();
        merged.merge(in_credentials.clone());
        Ok(Self { config, credentials, in_config, in_credentials, merged })
    }

    /// The profile of that name.
    pub fn profile(&self, name: &str) -> Option<Profile> {
        self.merged.profile(name).cloned()
    }

    /// The URLs in the `services` section that a profile names, each with the service's name there.
    pub fn service_urls(&self, profile: Option<&Profile>) -> Vec<(String, Sourced<String>)> {
        let Some(name) = profile.and_then(|profile| profile.get("services")) else { return Vec::new() };
        let Some(section) = self.merged.services(name) else { return Vec::new() };
        section
            .properties()
            .filter_map(|(service, _)| {
                let url = section.nested(service)?.get("endpoint_url")?.to_owned();
                Some((service.to_owned(), Sourced::new(url, format!("{service} in services {name}"))))
            })
            .collect()
    }

    /// The profile of that name as one of the files has it, and that file.
    pub fn profile_in(&self, kind: FileKind, name: &str) -> (Option<&Profile>, &Path) {
        match kind {
            FileKind::Config => (self.in_config.profile(name), &self.config),
            FileKind::Credentials => (self.in_credentials.profile(name), &self.credentials),
        }
    }

    /// Everything in both files, where the credentials file wins.
    pub fn merged(&self) -> &ProfileFile {
        &self.merged
    }

    /// Both paths, for a message.
    pub fn places(&self) -> String {
        format!("{} and {}", self.config.display(), self.credentials.display())
    }

    /// An error that lists the profiles that are there, where this one is not.
    pub fn require(&self, profile: &Sourced<String>) -> Result<(), Error> {
        if self.merged.profile(&profile.value).is_some() {
            return Ok(());
        }
        let names: Vec<&str> = self.merged.names().collect();
        let there = if names.is_empty() {
            "there are none".to_owned()
        } else {
            format!("there are: {}", names.join(", "))
        };
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

fn read(environment: &Environment, path: &Path, kind: FileKind) -> Result<ProfileFile, Error> {
    let bytes = match environment.read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(ProfileFile::default());
        }
        Err(e) => {
            let variable = match kind {
                FileKind::Config => "AWS_CONFIG_FILE",
                FileKind::Credentials => "AWS_SHARED_CREDENTIALS_FILE",
            };
            let message = format!("{} cannot be read: {e}", path.display());
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_hint(format!("{variable} can name another file")));
        }
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, format!("{} is no UTF-8 text", path.display())))?;
    ProfileFile::parse(text, kind)
        .map_err(|e| Error::new(ErrorKind::InvalidInput, format!("{} is malformed: {e}", path.display())))
}
