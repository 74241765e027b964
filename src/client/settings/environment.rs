//! Variables, files and commands, as one value: the process's own, or one made for a test.

use super::command::{CommandOutput, RunCommand, Shell};
use crate::client::regular_file;
use crate::error::{Error, ErrorKind};
use crate::protocol::by_key::ByName;
use crate::protocol::invalid_input::InvalidInput;
use crate::transport::Sourced;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// The longest file that is read, in bytes.
const MOST: u64 = 64 << 20;

/// The home directory, as a path begins with it.
const HOME: &str = "~";
const NO_HOME: &str = "there is no home directory here: HOME is not set, and the user database has none";

/// The variables, files and commands that settings and credentials are read from. One kind of file is written, too: an
/// SSO token that was refreshed, for the next one who needs it.
#[derive(Clone)]
pub struct Environment {
    variables: ByName<Variable>,
    files: Files,
    commands: Commands,
    /// The home directory where no variable says it.
    home: Option<PathBuf>,
}

#[derive(Clone)]
enum Variable {
    /// Zeroed on drop, since some are secrets.
    Text(Zeroizing<String>),
    /// A path may be no Unicode; whatever else it is can be used by nobody, and is refused by its name.
    Other(OsString),
}

#[derive(Clone)]
enum Files {
    Disk,
    /// Shared by all copies.
    Given(Arc<Mutex<GivenFiles>>),
}

type GivenFiles = Vec<(PathBuf, Vec<u8>)>;

#[derive(Clone)]
enum Commands {
    None,
    Run(Arc<dyn RunCommand>),
}

impl Environment {
    /// The process's variables, the disk, and the system's shell.
    pub fn process() -> Self {
        // The names of ours are ASCII.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, Variable::new(value))))
            .collect();
        Self {
            variables,
            files: Files::Disk,
            commands: Commands::Run(Arc::new(Shell)),
            // Without HOME, the user database knows it.
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
        }
    }

    /// Only what is given: nothing of the machine, and no command runs.
    pub fn given<'a>(
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), Variable::new(value.into())))
                .collect(),
            files: Files::Given(Arc::new(Mutex::new(
                files
                    .into_iter()
                    .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
                    .collect(),
            ))),
            commands: Commands::None,
            home: None,
        }
    }

    /// The same, with something that runs commands.
    #[must_use]
    pub fn with_commands(mut self, commands: impl RunCommand) -> Self {
        self.commands = Commands::Run(Arc::new(commands));
        self
    }

    /// The same, with the system's shell.
    #[must_use]
    pub fn with_shell(self) -> Self {
        self.with_commands(Shell)
    }

    /// Runs a command line to its end, or stops it after `limit`.
    pub async fn run(&self, command: &str, limit: Duration) -> io::Result<CommandOutput> {
        match &self.commands {
            Commands::None => Err(io::ErrorKind::Unsupported.into()),
            Commands::Run(commands) => commands.run(command, limit).await,
        }
    }

    /// A copy of a variable.
    pub(crate) fn owned(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.variable(name)?.map(str::to_owned))
    }

    /// A variable. One that is empty or blank counts as not set; one that is no UTF-8 is an error that names it, since
    /// what stands in its place would be another profile's credentials, another region's endpoint.
    pub fn variable(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.variables.get(name) {
            None => Ok(None),
            Some(Variable::Text(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(Variable::Other(_)) => {
                let message = format!("the variable {name} is no UTF-8 text");
                Err(Error::new(ErrorKind::InvalidInput, message).with_hint("set it anew, or unset it"))
            }
        }
    }

    /// A variable that names a file or a folder: it may be whatever the system takes as a path. One that is empty or
    /// blank counts as not set.
    pub fn path(&self, name: &str) -> Option<&Path> {
        match self.variables.get(name)? {
            Variable::Text(text) => Some(Path::new(text.trim())).filter(|path| !path.as_os_str().is_empty()),
            Variable::Other(path) => Some(Path::new(path)),
        }
    }

    /// The first of these variables that is set, with its name.
    pub fn sourced(&self, names: &[&str]) -> Result<Option<Sourced<String>>, Error> {
        let found = names.iter().find_map(|name| Some((name, self.variable(name).transpose()?)));
        found.map(|(name, value)| Ok(Sourced::new(value?.to_owned(), *name))).transpose()
    }

    /// The first of these variables that names a path, with its name.
    pub fn sourced_path(&self, names: &[&str]) -> Option<Sourced<PathBuf>> {
        names.iter().find_map(|name| Some(Sourced::new(self.path(name)?.to_owned(), *name)))
    }

    /// The profile that a variable names. botocore asks for the older name first.
    pub fn named_profile(&self) -> Result<Option<Sourced<String>>, Error> {
        self.sourced(&["AWS_DEFAULT_PROFILE", "AWS_PROFILE"])
    }

    /// The names of the variables that begin so.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.variables.names().filter(move |name| name.starts_with(prefix))
    }

    /// A file's bytes; one that has no end is not read to it. There is no file at a `~` that [`Environment::expand`]
    /// found no home for.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if is_in_home(path) {
            return Err(io::Error::new(io::ErrorKind::NotFound, NO_HOME));
        }
        match &self.files {
            Files::Disk => {
                let mut bytes = Vec::new();
                File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
                if bytes.len() as u64 > MOST {
                    return Err(io::Error::other("it is longer than 64 MiB"));
                }
                Ok(bytes)
            }
            Files::Given(files) => {
                let files = unpoisoned(files);
                let file = files.iter().rev().find(|(given, _)| given == path);
                file.map(|(_, bytes)| bytes.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }

    /// Puts other bytes into a file that is there, in one step: nobody reads half of it.
    pub(crate) fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match &self.files {
            Files::Disk => regular_file::replace(path, bytes),
            Files::Given(files) => {
                let mut files = unpoisoned(files);
                let file = files.iter_mut().rev().find(|(given, _)| given == path);
                file.map(|(_, old)| *old = bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }

    /// `~` at the beginning of a path becomes the home directory. Without one it stays, and is no folder of the current
    /// one's that happens to have that name.
    pub fn expand(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        match (path.strip_prefix(HOME), self.home()) {
            // Joining nothing would put a separator at the end.
            (Ok(rest), Some(home)) if rest.as_os_str().is_empty() => home.to_owned(),
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path.to_owned(),
        }
    }

    /// The same for a place that is written to, which must be known.
    pub(super) fn expand_to_write(&self, named: Sourced<PathBuf>) -> Result<Sourced<PathBuf>, InvalidInput> {
        let path = self.expand(&named.value);
        if is_in_home(&path) {
            return Err(InvalidInput::new(
                named.source,
                format!("{} cannot be found; {NO_HOME}", named.value.display()),
            ));
        }
        Ok(Sourced::new(path, named.source))
    }

    fn home(&self) -> Option<&Path> {
        self.path("HOME").or_else(|| self.path("USERPROFILE")).or(self.home.as_deref())
    }
}

impl Variable {
    fn new(value: OsString) -> Self {
        value.into_string().map_or_else(Self::Other, |text| Self::Text(Zeroizing::new(text)))
    }
}

fn unpoisoned(files: &Mutex<GivenFiles>) -> MutexGuard<'_, GivenFiles> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the path is below a home directory that nobody knows.
fn is_in_home(path: &Path) -> bool {
    path.starts_with(HOME)
}

impl fmt::Debug for Environment {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.names().filter(|name| name.starts_with("AWS_"))).finish()
    }
}
