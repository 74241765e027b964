//! How a command treats the name of its model.

use super::session::Session;
use crate::Error;
use crate::client::{Client, ModelOptions};
use crate::protocol::model::{ModelId, Row};
use clap::Args;

#[derive(Args)]
pub(super) struct ModelNameArgs {
    /// Take a global. profile where the region's own geography has none: any commercial region may answer then
    #[arg(long)]
    allow_global: bool,

    /// Names of models, before those that are built in [env: BEDWIRE_MODELS]
    #[arg(long, value_name = "FILE")]
    model_table: Option<String>,
}

#[derive(Args)]
pub(super) struct ModelArgs {
    #[command(flatten)]
    names: ModelNameArgs,

    /// Where the model's id is refused, send once more with the id that would work
    #[arg(long)]
    repair: bool,
}

impl ModelNameArgs {
    /// The session's client, which treats names as these options say.
    pub(super) fn client(&self, session: &Session) -> Client {
        let client = session.client();
        client.with_model_options(self.options(client))
    }

    /// The file of `--model-table`, which the session reads: the emulator of `--offline` has its models, too.
    pub(super) fn table(&self) -> Option<&str> {
        self.model_table.as_deref()
    }

    fn options(&self, client: &Client) -> ModelOptions {
        client.model_options().clone().resolve(true).allow_global(self.allow_global)
    }
}

/// The model of a job, which takes no profile: the id behind a name; anything else is an id, and stays as it is.
pub(super) fn of_job(name: &str, session: &Session) -> Result<ModelId, Error> {
    let names = session.client().model_options().names();
    Ok(ModelId::new(names.named(name).map_or(name, Row::base_id))?)
}

impl ModelArgs {
    /// The session's client, which treats names and refusals as these options say.
    pub(super) fn client(&self, session: &Session) -> Client {
        let client = session.client();
        client.with_model_options(self.names.options(client).repair(self.repair))
    }

    /// The file of `--model-table`.
    pub(super) fn table(&self) -> Option<&str> {
        self.names.table()
    }
}
