//! The `bedwire` command: arguments, output and exit codes; one file per subcommand.

mod access_log;
mod api_key;
mod arguments;
mod async_invoke;
mod batch;
mod capture_file;
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
mod emulate_streams;
mod exit_code;
mod fallback_args;
mod fixture;
mod follow_job;
mod global;
mod guardrail;
mod hex_dump;
mod input;
mod interrupt;
mod invoke;
mod list_jobs;
mod listen;
mod mfa;
mod model_args;
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
mod start_job;
mod stderr;
mod stream_dump;
mod usage;
mod verbose;
mod verify;
mod video;

use crate::{Error, ErrorKind};
use api_key::ApiKeyCommand;
use arguments::{Arguments, Command};
use clap::{CommandFactory as _, Parser as _};
use output::Output;
use session::Session;
use std::process::ExitCode;

/// Parses the arguments, runs the command, and turns what came of it into an exit code.
pub fn main() -> ExitCode {
    let given = batch::with_results_option(std::env::args_os(), Arguments::command);
    let arguments = match Arguments::try_parse_from(given) {
        Ok(arguments) => arguments,
        Err(error) => return usage::refuse(&error),
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
    if let Command::Verify(args) = &arguments.command {
        return verify::run(args, &arguments.global, output);
    }
    run_to_success(arguments, output).await.map(|()| ExitCode::SUCCESS)
}

async fn run_to_success(arguments: Arguments, output: &Output) -> Result<(), Error> {
    let Arguments { global, command } = arguments;
    global.refuse_other_services(match &command {
        Command::Request(args) => args.service.as_deref(),
        Command::Proxy(args) => args.service.as_deref(),
        _ => None,
    })?;
    let command = match command {
        Command::Completions(args) => return completions::run(&args, &mut Arguments::command(), output),
        Command::Decode(args) => return decode::run(&args, output),
        Command::Diagnose(args) => return diagnose::run(&args, &global, output),
        Command::Emulate(args) => return emulate::run(args, &global).await,
        Command::Config => return config::run(&global, output).await,
        Command::Doctor(args) => return doctor::run(args, &global, output).await,
        Command::Policy(args) => return policy::run(&args, &global, output),
        Command::ApiKey(ApiKeyCommand::Inspect(args)) => return api_key::inspect(&args, output),
        Command::Fixture(command) => return fixture::run(&command, output),
        Command::Serve(args) if args.is_offline() => return serve::run_offline(*args, &global, output),
        command => command,
    };
    if global.signing_date.is_some() && global.dry_run.is_none() && !matches!(command, Command::ApiKey(_)) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "--signing-date goes with --dry-run: a request with a fixed date would be refused",
        ));
    }
    let session = Session::open(&global)?;
    let result = match command {
        Command::Invoke(args) => invoke::run(args, &session, output).await,
        Command::Converse(args) => converse::run(*args, &session, output).await,
        Command::CountTokens(args) => count_tokens::run(*args, &session, output).await,
        Command::Guardrail(args) => guardrail::run(args, &session, output).await,
        Command::Async(args) => async_invoke::run(args, &session, output).await,
        Command::Video(args) => video::run(args, &session, output).await,
        Command::Batch(args) => batch::run(*args, &session, output).await,
        Command::Models(command) => models::run(command, &session, output).await,
        Command::Proxy(args) => proxy::run(args, &session, &global, output).await,
        Command::Serve(args) => serve::run(*args, &session, &global, output).await,
        Command::Request(args) => request::run(args, &session, output).await,
        Command::ApiKey(ApiKeyCommand::Create(args)) => {
            api_key::create(&args, &session, &global, output).await
        }
        // Done above, without a session.
        Command::Completions(_)
        | Command::Decode(_)
        | Command::Diagnose(_)
        | Command::Verify(_)
        | Command::Emulate(_)
        | Command::Fixture(_)
        | Command::Config
        | Command::Doctor(_)
        | Command::Policy(_)
        | Command::ApiKey(ApiKeyCommand::Inspect(_)) => Ok(()),
    };
    match (result, session.all_recorded()) {
        // What the command was for has failed: that is its error.
        (Err(error), Err(unrecorded)) => {
            output.note(&format!("bedwire: {unrecorded}"));
            Err(error)
        }
        (result, recorded) => result.and(recorded),
    }
}
