//! `serve`: OpenAI's and Anthropic's APIs on a socket.
//!
//! | file | job |
//! |---|---|
//! | `arguments` | its options |
//! | `source` | where the configuration comes from: the file, and options over it |
//! | `reload` | SIGHUP reads it again |
//! | `access_log` | a line on stderr for each request |
//! | `check` | a file is checked, a key is hashed: nothing is served |

mod access_log;
mod arguments;
mod check;
mod reload;
mod source;

use super::dry_run;
use super::global::GlobalOptions;
use super::listen::Listening;
use super::output::Output;
use super::session::Session;
use super::stderr;
use crate::Error;
use crate::gateway::Gateway;
pub(super) use arguments::ServeArgs;
use arguments::{SERVER, SERVICES};
use check::{check, hash_key};
use reload::Reload;
use source::Source;
use std::sync::Arc;

/// Checks a file, or hashes a key.
pub(super) fn run_offline(mut args: ServeArgs, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    match args.check.take() {
        Some(file) => check(&file, args, global, output),
        None => hash_key(output),
    }
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn run(
    args: ServeArgs,
    session: &Session,
    global: &GlobalOptions,
    output: &Output,
) -> Result<(), Error> {
    let hint = "serve --check FILE says whether a file is right; serve --offline sends nothing to AWS";
    dry_run::refuse_for_server("serve", global, hint)?;
    stderr::write_in_thread()?;
    let client = session.client();
    let source = Source::new(args, session.network(), global);
    let config = source.read(client)?;
    source.warn(&config, output);
    let address = source.address(&config);
    source.refuse_open_door(&config, address)?;
    let gateway = Arc::new(Gateway::new(client, config.options)?);
    let listening = Listening::open(address).await?;
    listening.refuse_as_endpoint(client, &SERVICES, SERVER)?;
    let reload = Reload { source: &source, gateway: &gateway, client, output };
    let changes = reload.at_signal(address, config.server.clone())?;
    listening.serve_changing(&config.server, Arc::<Gateway>::clone(&gateway), output, changes).await
}
