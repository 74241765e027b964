//! The `bedwire` binary, run with an environment of its own.
#![allow(dead_code)] // each test file uses its own part

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;

/// How long anything may take that is done at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// The binary with nothing of this machine's settings.
pub(crate) fn bedwire() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedwire"));
    command.env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
    // A test asks nobody outside of this machine.
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ran {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// The same where whoever reads stdout has gone away.
pub(crate) fn run_unread(command: &mut Command) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    Ran { code: status.code().unwrap_or(-1), stdout: String::new(), stderr }
}

/// Runs `bedwire` with arguments and no environment.
pub(crate) fn run_with(arguments: &[&str]) -> Ran {
    run(bedwire().args(arguments))
}

/// The key pair that the emulator accepts by default, and a region.
pub(crate) fn with_keys(command: &mut Command) -> &mut Command {
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .env("AWS_REGION", "us-west-2")
}

/// A running server, ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// `bedwire` with a command that serves, on a port that it chooses.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = bedwire();
        command.args(arguments).args(["--listen", "127.0.0.1:0"]);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("it said {line:?}"))
            .to_owned();
        Self { child, url }
    }

    /// What it says on stderr.
    pub(crate) fn stderr(&mut self) -> ChildStderr {
        self.child.stderr.take().unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a server so often that a pipe, which nobody reads, does not hold what it says on stderr.
pub(crate) fn ask_a_lot(address: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let ask = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let asks = format!("{}{}", ask.repeat(2000), ask.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"));
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(asks.as_bytes()));
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).unwrap();
    writing.join().unwrap().unwrap();
}

/// How a process that was told to end does so: `None` where it must be killed.
pub(crate) fn code_of(child: &mut Child) -> Option<i32> {
    let (ended, has_ended) = std::sync::mpsc::channel::<()>();
    let id = child.id().to_string();
    let watchdog = std::thread::spawn(move || {
        if has_ended.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
        }
    });
    let code = child.wait().unwrap().code();
    drop(ended);
    watchdog.join().unwrap();
    code
}

/// A running `bedwire emulate`.
pub(crate) struct Emulate {
    server: Server,
    pub(crate) url: String,
}

impl Emulate {
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let server = Server::start(&[&["emulate", "--quiet"], arguments].concat(), environment);
        Self { url: server.url.clone(), server }
    }

    /// What it says on stderr.
    pub(crate) fn stderr(&mut self) -> ChildStderr {
        self.server.stderr()
    }

    /// `bedwire` with the key pair that the emulator accepts by default, sent to it.
    pub(crate) fn client(&self) -> Command {
        let mut command = bedwire();
        with_keys(&mut command).env("AWS_ENDPOINT_URL", &self.url);
        command
    }
}
