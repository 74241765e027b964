//! The `bedwire` command: arguments, output and exit codes; one file or folder per subcommand.
//!
//! | file | commands |
//! |---|---|
//! | `invoke`, `converse`, `count_tokens`, `guardrail` | one call of a model or a guardrail |
//! | `async_invoke`, `video`, `jobs/` | async invocations, and what both commands do with one |
//! | `batch/` | a call for each line of a file |
//! | `models`, `request` | which models there are; any request |
//! | `verify`, `diagnose`, `decode/` | what others sent and got |
//! | `capture_file`, `cassette`, `captured_exchange` | the file that has it |
//! | `config`, `doctor/`, `policy`, `api_key` | settings, connections, permissions, keys |
//! | `emulate/`, `serve/`, `proxy`, `listen` | servers, and how all of them listen and stop |
//! | `fixture`, `completions` | fixtures checked and imported; completion scripts |
//!
//! What they share:
//!
//! | file | job |
//! |---|---|
//! | `arguments`, `global`, `usage` | every command as it is typed, the options of all, what cannot be parsed |
//! | `model_args`, `model_table`, `fallback_args`, `input` | options that name models, and data from the command line |
//! | `session` | global options → a client |
//! | `recorded_auth`, `mfa` | secrets that a recorder is told of; the code of an MFA device |
//! | `dry_run`, `verbose` | `--dry-run`, `-v` |
//! | `output`, `hint`, `exit_code` | stdout, errors and what to do about them, exit codes |
//! | `stderr`, `progress` | everything else, on stderr |
//! | `colour`, `control_characters`, `shell_word` | texts for a terminal |
//! | `runtime`, `interrupt` | the runtime of a command; Ctrl-C |

mod api_key;
mod arguments;
mod async_invoke;
mod batch;
mod capture_file;
mod captured_exchange;
mod cassette;
mod colour;
mod completions;
mod config;
mod control_characters;
mod converse;
mod count_tokens;
mod decode;
mod diagnose;
mod doctor;
mod dry_run;
mod emulate;
mod exit_code;
mod fallback_args;
mod fixture;
mod global;
mod guardrail;
mod hint;
mod input;
mod interrupt;
mod invoke;
mod jobs;
mod listen;
mod mfa;
mod model_args;
mod model_table;
mod models;
mod output;
mod policy;
mod progress;
mod proxy;
mod recorded_auth;
mod request;
mod runtime;
mod serve;
mod session;
mod shell_word;
mod stderr;
mod usage;
mod verbose;
mod verify;
mod video;

use crate::{Error, ErrorKind};
use api_key::ApiKeyCommand;
use arguments::{Arguments, Command};
use clap::{CommandFactory as _, Parser as _};
use global::GlobalOptions;
use output::Output;
use session::Session;
use std::process::ExitCode;

/// Parses the arguments, runs the command, and turns what came of it into an exit code.
pub fn main() -> ExitCode {
    let given = batch::with_results_option(std::env::args_os(), Arguments::command);
    let arguments = match Arguments::try_parse_from(given) {
        Ok(arguments) => arguments,
        Err(error) => return usage::refuse(error),
    };
    let output = Output::new(arguments.global.output);
    let runtime = match arguments.command {
        Command::Serve(_) => runtime::for_server(),
        _ => runtime::for_command(),
    };
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments, &output)),
        Err(e) => Err(Error::new(ErrorKind::File, format!("the runtime cannot start: {e}"))),
    };
    let code = result.unwrap_or_else(|error| output.fail(&error));
    stderr::flush();
    code
}

async fn run(arguments: Arguments, output: &Output) -> Result<ExitCode, Error> {
    let Arguments { global, command } = arguments;
    global.refuse_other_services(match &command {
        Command::Request(args) => args.service.as_deref(),
        Command::Proxy(args) => args.service.as_deref(),
        _ => None,
    })?;
    let mut session = Opening { global: &global, model_table: command.model_table(), opened: None };
    // Every command, each once: one that is forgotten does not compile.
    let result = match command {
        Command::Invoke(args) => invoke::run(args, session.calling()?, output).await,
        Command::Converse(args) => converse::run(*args, session.calling()?, output).await,
        Command::CountTokens(args) => count_tokens::run(*args, session.calling()?, output).await,
        Command::Guardrail(args) => guardrail::run(args, session.calling()?, output).await,
        Command::Async(args) => async_invoke::run(args, session.calling()?, output).await,
        Command::Video(args) => video::run(args, session.calling()?, output).await,
        Command::Batch(args) => batch::run(*args, session.calling()?, output).await,
        Command::Models(command) => models::run(command, session.calling()?, output).await,
        Command::Request(args) => request::run(args, session.calling()?, output).await,
        Command::Verify(args) => return verify::run(&args, &global, output),
        Command::Diagnose(args) => diagnose::run(&args, &global, output),
        Command::Decode(args) => decode::run(&args, output),
        Command::Config => config::run(&global, output).await,
        Command::Doctor(args) => doctor::run(args, &global, output).await,
        Command::ApiKey(ApiKeyCommand::Create(args)) => {
            api_key::create(&args, session.open()?, &global, output).await
        }
        Command::ApiKey(ApiKeyCommand::Inspect(args)) => api_key::inspect(&args, output),
        Command::Policy(args) => policy::run(&args, &global, output),
        Command::Emulate(args) => emulate::run(args, &global).await,
        Command::Fixture(command) => fixture::run(&command, output),
        Command::Proxy(args) => proxy::run(args, session.calling()?, &global, output).await,
        Command::Serve(args) if args.is_offline() => serve::run_offline(*args, &global, output),
        Command::Serve(args) => serve::run(*args, session.calling()?, &global, output).await,
        Command::Completions(args) => completions::run(&args, &mut Arguments::command(), output),
    };
    let recorded = session.opened.as_ref().map_or(Ok(()), Session::all_recorded);
    if let (Err(_), Err(unrecorded)) = (&result, &recorded) {
        // What the command was for has failed: that is its error.
        output.note(&format!("bedwire: {unrecorded}"));
    }
    result.and(recorded).map(|()| ExitCode::SUCCESS)
}

/// The session of a command, opened for the one that wants it.
struct Opening<'a> {
    global: &'a GlobalOptions,
    /// The file of `--model-table`.
    model_table: Option<String>,
    opened: Option<Session>,
}

impl Opening<'_> {
    /// The session of a command that calls AWS.
    fn calling(&mut self) -> Result<&Session, Error> {
        if self.global.signing_date.is_some() && self.global.dry_run.is_none() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "--signing-date goes with --dry-run: a request with a fixed date would be refused",
            ));
        }
        self.open()
    }

    fn open(&mut self) -> Result<&Session, Error> {
        Ok(self.opened.insert(Session::open(self.global, self.model_table.as_deref())?))
    }
}
