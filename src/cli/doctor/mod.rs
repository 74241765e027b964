//! `doctor`: whether names, connections, TLS, clock, credentials and access work, in this order; each line says what to
//! do. Nothing is written but the probe object, and that only when it is asked for.

mod access;
mod connection;

use super::dry_run;
use super::global::GlobalOptions;
use super::hint::hint;
use super::output::Output;
use super::session::{Session, overrides};
use crate::client::settings::{Environment, Settings};
use crate::protocol::endpoint::Service;
use crate::transport::reqwest::Network;
use crate::{Error, ErrorKind};
use clap::Args;
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct DoctorArgs {
    /// Check access to this model, and its inference profile
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,

    /// Check the bucket of this URI
    #[arg(long, value_name = "S3_URI")]
    s3_uri: Option<String>,

    /// Write and delete a small object at --s3-uri
    #[arg(long, requires = "s3_uri")]
    write_probe: bool,
}

/// What one check came to.
enum State {
    Ok(String),
    /// What failed, what to do, and of which kind the failure is.
    Failed {
        problem: String,
        advice: Option<String>,
        kind: ErrorKind,
    },
    Skipped(String),
}

impl State {
    /// A failure that an error describes.
    fn of(error: &Error) -> Self {
        Self::Failed { problem: error.message().to_owned(), advice: hint(error), kind: error.kind() }
    }

    fn failed(kind: ErrorKind, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Failed { problem: problem.into(), advice: Some(advice.into()), kind }
    }
}

/// The checks that were made, each shown as soon as it is.
struct Report<'a> {
    output: &'a Output,
    shown: Vec<Value>,
    failed: Vec<(&'static str, ErrorKind)>,
}

impl Report<'_> {
    fn add(&mut self, name: &'static str, state: State) -> Result<(), Error> {
        let (word, detail, advice) = match state {
            State::Ok(detail) => ("ok", detail, None),
            State::Skipped(why) => ("skipped", why, None),
            State::Failed { problem, advice, kind } => {
                self.failed.push((name, kind));
                ("failed", problem, advice)
            }
        };
        if self.output.is_json() {
            self.shown.push(json!({"check": name, "state": word, "detail": detail, "advice": advice}));
            return Ok(());
        }
        self.output.row(&format!("{word:8}{name:12}  {detail}"))?;
        advice.map_or(Ok(()), |advice| self.output.row(&format!("{:22}→ {advice}", "")))
    }

    fn end(self) -> Result<(), Error> {
        if self.output.is_json() {
            self.output.json(&json!({"ok": self.failed.is_empty(), "checks": self.shown}))?;
        }
        let Some((_, kind)) = self.failed.first() else { return Ok(()) };
        let names: Vec<&str> = self.failed.iter().map(|(name, _)| *name).collect();
        Err(Error::new(*kind, format!("not everything works: {}", names.join(", "))))
    }
}

pub(super) async fn run(args: DoctorArgs, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    let hint = "config shows what would be used, and sends nothing; count-tokens --dry-run shows a request";
    dry_run::refuse("doctor, which finds out by sending", global, hint)?;
    let settings = Settings::load(Environment::process(), overrides(global))?;
    let session = Session::open(global, None)?;
    let mut report = Report { output, shown: Vec::new(), failed: Vec::new() };
    if global.is_local() {
        for name in connection::NAMES {
            report.add(name, State::Skipped("nothing leaves this machine".to_owned()))?;
        }
    } else {
        let endpoint = session.client().endpoint(Service::BedrockRuntime, None)?;
        let network = Network::new(settings.network())?;
        connection::check(&endpoint, &network, settings.network().connect_timeout, &mut report).await?;
    }
    let found = match session.chain() {
        Some(chain) => access::sources(chain, global.timeout, &mut report).await?,
        None => session.client().signs_with(&Service::BedrockRuntime).await,
    };
    access::check(&args, found, session.client(), &mut report).await?;
    report.end()
}
