//! What `verify` and `diagnose` read: a file or standard input, up to a bound; a folder is a fixture.

use super::captured_exchange::exchange;
use super::{cassette, input};
use crate::fixture::Store;
use crate::protocol::capture::{self, Capture, Exchange, MAX_CAPTURE, Unreadable};
use crate::protocol::diagnosis::Keys;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use clap::Args;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How far below the folder of a recording its cases are: `SERVICE/OPERATION/CASE`.
const RECORDED_DEPTH: usize = 3;
/// How many entries of folders are read in search of them.
const MAX_ENTRIES: usize = 10_000;

/// The secret, and what the capture does not show.
#[derive(Args)]
pub(super) struct KeyArgs {
    /// The secret access key: better from a file than on the command line
    /// [default: AWS_SECRET_ACCESS_KEY, else the profile's]
    #[arg(long, value_name = "SECRET|@FILE|-")]
    secret_key: Option<String>,

    /// The session token that belongs to it [default: AWS_SESSION_TOKEN, else the profile's]
    #[arg(long, value_name = "TOKEN|@FILE")]
    session_token: Option<String>,
}

/// Keys that were found.
#[derive(Default)]
pub(super) struct FoundKeys {
    secret: Option<String>,
    session_token: Option<String>,
    access_key_id: Option<String>,
}

impl FoundKeys {
    pub(super) fn keys(&self) -> Option<Keys<'_>> {
        Some(Keys {
            secret: self.secret.as_deref()?,
            access_key_id: self.access_key_id.as_deref(),
            session_token: self.session_token.as_deref(),
        })
    }
}

impl KeyArgs {
    /// What was given, each with the name of its option.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let options = [("--secret-key", &self.secret_key), ("--session-token", &self.session_token)];
        options.into_iter().filter_map(|(option, value)| Some((option, value.as_deref()?)))
    }

    /// The option, the environment, or the profile. A missing secret is no error: much can be said without.
    pub(super) fn find(&self, profile: Option<&str>) -> Result<FoundKeys, Error> {
        let text = |option: &str, given: &Option<String>| match given {
            Some(given) => input::read_text(option, given).map(|text| Some(text.trim().to_owned())),
            None => Ok(None),
        };
        let given = FoundKeys {
            secret: text("--secret-key", &self.secret_key)?,
            session_token: text("--session-token", &self.session_token)?,
            access_key_id: None,
        };
        if given.secret.as_ref().is_some_and(String::is_empty) {
            return Err(Error::new(ErrorKind::InvalidInput, "--secret-key: it is empty"));
        }
        if given.secret.is_some() {
            return Ok(given);
        }
        let found = in_environment(profile)?;
        Ok(FoundKeys { session_token: given.session_token.or(found.session_token), ..found })
    }
}

/// The environment's key pair, else the static keys of a profile: sources that would ask the network are not asked for
/// the secret of a request that was sent before.
fn in_environment(profile: Option<&str>) -> Result<FoundKeys, Error> {
    use crate::client::settings::{Environment, SharedFiles, Sourced};
    let environment = Environment::process();
    if let (None, Some(secret)) = (profile, environment.owned("AWS_SECRET_ACCESS_KEY")?) {
        return Ok(FoundKeys {
            secret: Some(secret),
            session_token: environment.owned("AWS_SESSION_TOKEN")?,
            access_key_id: environment.owned("AWS_ACCESS_KEY_ID")?,
        });
    }
    let files = SharedFiles::load(&environment)?;
    let named = match profile {
        Some(name) => Some(Sourced::new(name.to_owned(), "--profile")),
        None => environment.named_profile()?,
    };
    if let Some(named) = &named {
        files.require(named)?;
    }
    let Some(section) = files.profile(named.as_ref().map_or("default", |named| &named.value)) else {
        return Ok(FoundKeys::default());
    };
    let owned = |property: &str| section.get(property).map(str::to_owned);
    Ok(FoundKeys {
        secret: owned("aws_secret_access_key"),
        session_token: owned("aws_session_token"),
        access_key_id: owned("aws_access_key_id"),
    })
}

/// The bytes of a file, or of standard input for `-`.
pub(super) fn read_bytes(file: &str) -> Result<Bytes, Error> {
    let (name, reader): (&str, Box<dyn Read>) = match file {
        "-" => ("standard input", Box::new(io::stdin().lock())),
        path => (path, Box::new(File::open(path).map_err(|e| unreadable(path, &e))?)),
    };
    let bytes = input::read_up_to(MAX_CAPTURE, Vec::new(), reader).map_err(|e| unreadable(name, &e))?;
    bytes.map(Bytes::from).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("{name} has more than {} MiB, which is all that is read", MAX_CAPTURE / 1024 / 1024),
        )
        .with_hint("cut it down to one exchange")
    })
}

/// The exchange of a fixture's folder; `None` for what is no folder.
pub(super) fn read_fixture(file: &str) -> Result<Option<Capture>, Error> {
    let path = Path::new(file);
    let folder = match path.file_name().and_then(|name| name.to_str()) {
        Some("request.http" | "response.http" | "case.json")
            if path.with_file_name("case.json").is_file() =>
        {
            path.parent()
        }
        _ => Some(path),
    };
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else { return Ok(None) };
    let mut exchanges: Vec<Exchange> = Vec::new();
    for folder in fixtures_in(folder)? {
        let store = Store::open(&folder).map_err(|e| Error::new(ErrorKind::InvalidInput, e.to_string()))?;
        exchanges.extend(store.cases().iter().map(|case| exchange(&case.request, case.responses.last())));
    }
    if exchanges.is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, format!("{file}: the folder has no fixture in it")));
    }
    Ok(Some(Capture { exchanges, notes: Vec::new() }))
}

/// What is read of a folder: it is a case, or what `--record` has filled, or a part of that. Nothing else is looked
/// through: it may be a whole disk.
fn fixtures_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let refuse = |problem: String| {
        Error::new(ErrorKind::InvalidInput, format!("{}: {problem}", folder.display()))
            .with_hint("give a file, or the folder of one case")
    };
    let mut found = Vec::new();
    let mut entries = 0;
    let mut level = vec![folder.to_owned()];
    for depth in 0..=RECORDED_DEPTH {
        let mut below = Vec::new();
        for folder in level {
            if folder.join("case.json").is_file() {
                found.push(folder);
            } else if depth < RECORDED_DEPTH {
                entries += folders_of(&folder, MAX_ENTRIES - entries, &mut below);
            }
            if entries >= MAX_ENTRIES {
                return Err(refuse(format!(
                    "the folder has {MAX_ENTRIES} entries and more, too many to look through"
                )));
            }
        }
        below.sort();
        level = below;
    }
    if found.is_empty() {
        return Err(refuse(format!(
            "the folder is no fixture: there is no case.json in it, nor {RECORDED_DEPTH} folders down"
        )));
    }
    Ok(found)
}

/// Adds the folders in one; a link is none. Returns how many entries were read, `most` at most. One that may not be
/// read holds nothing that was recorded by who asks.
fn folders_of(folder: &Path, most: usize, folders: &mut Vec<PathBuf>) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let mut read = 0;
    for entry in entries.take(most) {
        read += 1;
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    read
}

/// A capture of any form.
pub(super) fn read(file: &str) -> Result<Capture, Error> {
    if let Some(capture) = read_fixture(file)? {
        return Ok(capture);
    }
    let name = if file == "-" { "standard input" } else { file };
    of_bytes(&read_bytes(file)?).map_err(|e| Error::new(ErrorKind::InvalidInput, format!("{name}: {e}")))
}

/// What a file held.
pub(super) fn of_bytes(bytes: &[u8]) -> Result<Capture, Unreadable> {
    cassette::read(bytes).map_or_else(|| capture::read(bytes), Ok)
}

fn unreadable(name: &str, e: &io::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{name} cannot be read: {e}"))
}
