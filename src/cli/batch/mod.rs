//! `batch`: many calls of one model, from this machine or by Bedrock's own batch inference.
//!
//! | file | job |
//! |---|---|
//! | `local` | the calls from this machine |
//! | `input` | the records, read line by line |
//! | `journal` | which batch an output belongs to, and its lock |
//! | `results`, `result_line` | the output file, and one line of it |
//! | `tally`, `view` | what became of the records, as exit code and as progress |
//! | `output_option` | `--output FILE` beside `--output text|json` |

mod input;
mod journal;
mod key;
mod local;
mod output_option;
mod result_line;
mod results;
mod tally;
mod view;

pub(super) use output_option::with_results_option;

use super::output::Output;
use super::session::Session;
use crate::Error;
use clap::{Args, Subcommand};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct BatchArgs {
    #[command(flatten)]
    local: Option<local::LocalArgs>,
}

pub(super) async fn run(args: BatchArgs, session: &Session, output: &Output) -> Result<(), Error> {
    match args.local {
        Some(args) => local::run(args, session, output).await,
        None => Ok(()),
    }
}
