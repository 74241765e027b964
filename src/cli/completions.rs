//! `completions SHELL`

use super::output::Output;
use crate::Error;
use clap::Args;
use clap_complete::Shell;

#[derive(Args)]
pub(super) struct CompletionsArgs {
    /// The shell to complete for
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, command: &mut clap::Command, output: &Output) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "bedwire", &mut script);
    output.bytes(&script)
}
