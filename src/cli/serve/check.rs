//! `serve --check` and `serve --hash-key`: nothing is served.

use super::arguments::ServeArgs;
use super::source::{Source, counted};
use crate::cli::global::GlobalOptions;
use crate::cli::output::Output;
use crate::cli::session::{self, OFFLINE_REGION};
use crate::client::Client;
use crate::client::settings::{Environment, Settings};
use crate::emulator::{Emulator, EmulatorOptions, example_credentials};
use crate::gateway::{Gateway, KeyHash};
use crate::{Error, ErrorKind};
use std::io::Read as _;
use std::path::Path;

/// The longest key that is hashed.
const LONGEST_KEY: u64 = 64 * 1024;

/// Does all that `serve` does with a file and options before it listens.
pub(super) fn check(
    file: &Path,
    args: ServeArgs,
    global: &GlobalOptions,
    output: &Output,
) -> Result<(), Error> {
    let settings = Settings::load(Environment::process(), session::overrides(global))?;
    // A file can be checked where there is no account: its routes are the same in any region.
    let region = settings.region().unwrap_or_else(|_| OFFLINE_REGION.to_owned());
    let model_options = settings.model_options()?;
    let nobody = Client::builder()
        .region(region)
        .auth(example_credentials())
        .transport(Emulator::new(EmulatorOptions::default()))
        .model_options(model_options)
        .build()?;
    let args = ServeArgs { config: Some(file.to_owned()), ..args };
    let source = Source::new(args, settings.network(), global);
    let config = source.read(&nobody)?;
    source.refuse_open_door(&config, source.address(&config))?;
    let (models, keys) = (config.options.models.len(), config.options.keys.len());
    let counted = counted(&config);
    Gateway::new(&nobody, config.options)?;
    if output.is_json() {
        return output.json(&serde_json::json!({
            "file": file.display().to_string(),
            "models": models,
            "keys": keys,
        }));
    }
    output.line(&format!("{} is right: {counted}", file.display()))
}

pub(super) fn hash_key(output: &Output) -> Result<(), Error> {
    let mut key = Vec::new();
    std::io::stdin()
        .take(LONGEST_KEY)
        .read_to_end(&mut key)
        .map_err(|e| Error::new(ErrorKind::File, format!("stdin cannot be read: {e}")))?;
    output.line(&KeyHash::of_written("stdin", &key)?.to_hex())
}
