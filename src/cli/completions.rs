//! `completions SHELL`

use super::arguments::Arguments;
use crate::Error;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell to complete for
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "bedwire", &mut script);
    super::output::Output::new(super::global::OutputForm::Text).bytes(&script)
}
