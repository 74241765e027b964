//! Variables and files, as one value: the process's own, or one made for a test.

use super::sourced::Sourced;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The variables and files that settings are read from.
#[derive(Clone)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    files: Files,
}

#[derive(Clone)]
enum Files {
    Disk,
    Given(BTreeMap<PathBuf, Vec<u8>>),
}

impl Environment {
    /// The process's variables, and the disk.
    pub fn process() -> Self {
        // A variable that is no Unicode can be no setting of ours.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables, files: Files::Disk }
    }

    /// Only what is given: nothing of the machine.
    pub fn given<'a>(
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            files: Files::Given(
                files
                    .into_iter()
                    .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
                    .collect(),
            ),
        }
    }

    /// A variable. One that is empty or blank counts as not set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The first of these variables that is set, with its name.
    pub fn sourced(&self, names: &[&str]) -> Option<Sourced<String>> {
        names.iter().find_map(|name| Some(Sourced::new(self.variable(name)?.to_owned(), *name)))
    }

    /// The variables whose names begin so and that are set, by name.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let names = self.variables.keys().filter(move |name| name.starts_with(prefix));
        names.filter_map(|name| Some((name.as_str(), self.variable(name)?)))
    }

    /// A file's bytes.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match &self.files {
            Files::Disk => std::fs::read(path),
            Files::Given(files) => files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }

    /// `~` at the beginning of a path becomes the home directory.
    pub fn expand(&self, path: &str) -> PathBuf {
        match (path.strip_prefix('~'), self.variable("HOME").or_else(|| self.variable("USERPROFILE"))) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with(['/', '\\']) => {
                PathBuf::from(format!("{home}{rest}"))
            }
            _ => PathBuf::from(path),
        }
    }
}

impl fmt::Debug for Environment {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys().filter(|name| name.starts_with("AWS_"))).finish()
    }
}
