//! `batch`: many calls of one model, from this machine or by Bedrock's own batch inference.
//!
//! | file | job |
//! |---|---|
//! | `local` | the calls from this machine |
//! | `bedrock_job`, `submit`, `fetch` | Bedrock's own batch inference: status, submit and fetch |
//! | `fetched`, `shortfall` | the results of a job in our form; records without one |
//! | `input`, `lines`, `key` | the records, read line by line, and what each is told by |
//! | `journal` | which batch an output belongs to, and its lock |
//! | `results`, `result_line` | the output file, and one line of it |
//! | `output_file` | which file a name means, and whether it may be written |
//! | `outage` | failures that say nothing of their record |
//! | `tally`, `view` | what became of the records, as exit code and as progress |
//! | `output_option` | `--output FILE` beside `--output text|json` |

mod bedrock_job;
mod fetch;
mod fetched;
mod input;
mod journal;
mod key;
mod lines;
mod local;
mod outage;
mod output_file;
mod output_option;
mod result_line;
mod results;
mod shortfall;
mod submit;
mod tally;
mod view;

pub(super) use output_option::with_results_option;

use super::output::Output;
use super::session::Session;
use crate::Error;
use clap::Args;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct BatchArgs {
    #[command(subcommand)]
    job: Option<bedrock_job::JobCommand>,

    #[command(flatten)]
    local: local::LocalArgs,
}

impl BatchArgs {
    /// The file of `--model-table`.
    pub(super) fn model_table(&self) -> Option<&str> {
        match &self.job {
            Some(bedrock_job::JobCommand::Submit(args)) => args.models.table(),
            Some(_) => None,
            None => self.local.models.table(),
        }
    }
}

pub(super) async fn run(args: BatchArgs, session: &Session, output: &Output) -> Result<(), Error> {
    match args.job {
        Some(command) => bedrock_job::run(command, session, output).await,
        None => local::run(args.local, session, output).await,
    }
}
