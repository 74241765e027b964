//! Runs `credential_process`: the machine's own way, or a test's.

use crate::transport::{BoxFuture, in_thread};
use std::io::{self, PipeReader, Read as _};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The most that a command may print: credentials take a few kilobytes.
const MAX_OUTPUT: u64 = 1024 * 1024;
/// How often a running command is looked after.
const LOOK: Duration = Duration::from_millis(10);
/// How long to wait for the rest of what an ended command printed: a grandchild may hold the pipe.
const DRAIN: Duration = Duration::from_secs(1);

/// Runs a command line.
pub trait RunCommand: Send + Sync + 'static {
    /// Runs it to its end, and stops it after `limit`: an error of kind [`io::ErrorKind::TimedOut`].
    fn run(&self, command: &str, limit: Duration) -> BoxFuture<'_, io::Result<CommandOutput>>;
}

/// What a command left.
#[derive(Clone, Default)]
pub struct CommandOutput {
    /// Why it is no success: `exit status: 1`. `None` for a success.
    pub failure: Option<String>,
    /// What it printed: credentials.
    pub stdout: Zeroizing<Vec<u8>>,
    /// What it complained about.
    pub stderr: String,
}

/// Runs it in the system's shell, as the AWS SDKs do, without input.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shell;

impl RunCommand for Shell {
    fn run(&self, command: &str, limit: Duration) -> BoxFuture<'_, io::Result<CommandOutput>> {
        let command = command.to_owned();
        Box::pin(async move { in_thread("credential_process", move || run(&command, limit)).await? })
    }
}

fn run(command: &str, limit: Duration) -> io::Result<CommandOutput> {
    let deadline = Instant::now() + limit;
    let (stdout, printed) = io::pipe()?;
    let (stderr, complained) = io::pipe()?;
    // With the command goes what it holds of the pipes: they end with the child.
    let mut child = shell(command).stdin(Stdio::null()).stdout(printed).stderr(complained).spawn()?;
    let (stdout, stderr) = (read_in_thread(stdout)?, read_in_thread(stderr)?);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(LOOK);
    };
    let drained = Instant::now() + DRAIN;
    let (stdout, stderr) = (read_until(drained, stdout), read_until(drained, stderr));
    Ok(CommandOutput {
        failure: failure(status),
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    })
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = Command::new("cmd.exe");
    // As it stands: cmd.exe has quoting rules of its own.
    shell.arg("/C").raw_arg(command);
    shell
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

fn failure(status: ExitStatus) -> Option<String> {
    (!status.success()).then(|| status.to_string())
}

fn read_in_thread(pipe: PipeReader) -> io::Result<JoinHandle<Zeroizing<Vec<u8>>>> {
    thread::Builder::new().spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        // What came before an error is enough to judge.
        let _ = pipe.take(MAX_OUTPUT).read_to_end(&mut bytes);
        bytes
    })
}

/// What was read, where the pipe has ended by then.
fn read_until(end: Instant, reading: JoinHandle<Zeroizing<Vec<u8>>>) -> Zeroizing<Vec<u8>> {
    while !reading.is_finished() {
        if Instant::now() >= end {
            return Zeroizing::default();
        }
        thread::sleep(LOOK);
    }
    reading.join().unwrap_or_default()
}
