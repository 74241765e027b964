//! `batch MODEL --input F --output F`: the calls from this machine.

use super::input::{Input, PlannedLines};
use super::journal::{Identity, Journal};
use super::key::Key;
use super::lines::Line;
use super::outage::Outage;
use super::output_file::file_behind;
use super::result_line;
use super::results::{Results, drop_failures};
use super::tally::Tally;
use super::view::View;
use crate::cli::fallback_args::FallbackArgs;
use crate::cli::interrupt::Interrupt;
use crate::cli::model_args::ModelArgs;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::{Batch, BatchResult};
use crate::protocol::document::Document;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock::ModelInvocationType;
use crate::protocol::operation::bedrock_runtime::{Converse, InvokeModel};
use crate::transport::in_thread;
use crate::{Error, ErrorKind};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// How long one call waits for its turn where no --timeout is given.
const PATIENCE: Duration = Duration::from_hours(1);

#[derive(Args)]
pub(super) struct LocalArgs {
    /// Name, id or ARN of a model or of an inference profile
    // Required, but where `submit` and its like take its place.
    #[arg(required = true)]
    model: Option<String>,

    /// The records, one JSON object a line: {"id": …, "body": {…}}, or Bedrock's {"recordId": …, "modelInput": {…}}
    #[arg(long, value_name = "FILE", required = true)]
    input: Option<PathBuf>,

    /// Where results go, one a line; an interrupted batch goes on from it. --output FILE means the same
    #[arg(long, value_name = "FILE", required = true)]
    results: Option<PathBuf>,

    /// Calls at once
    #[arg(long, value_name = "N", default_value = "16", value_parser = calls_at_once)]
    concurrency: NonZeroUsize,

    /// Put the results into the order of the input when all are there
    #[arg(long)]
    ordered: bool,

    /// Call the records again that failed in an earlier run
    #[arg(long)]
    retry_failed: bool,

    /// What the bodies are [default: told by the first body]
    #[arg(long, value_enum, value_name = "OPERATION")]
    operation: Option<OperationName>,

    #[command(flatten)]
    pub(super) models: ModelArgs,

    #[command(flatten)]
    fallback: FallbackArgs,
}

/// What the bodies are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OperationName {
    /// The shape that all models share
    Converse,
    /// The model's own shape: InvokeModel
    Invoke,
}

impl OperationName {
    pub(super) fn of(given: Option<Self>, told: Option<ModelInvocationType>) -> ModelInvocationType {
        match given {
            Some(Self::Converse) => ModelInvocationType::Converse,
            Some(Self::Invoke) => ModelInvocationType::InvokeModel,
            None => told.unwrap_or(ModelInvocationType::InvokeModel),
        }
    }
}

/// Which line a result is of.
struct Tag {
    id: Option<String>,
    line: u64,
}

pub(super) async fn run(args: LocalArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let (Some(model), Some(input), Some(results_file)) = (args.model, args.input, args.results) else {
        return Err(Error::new(ErrorKind::InvalidInput, "batch takes MODEL, --input FILE and --output FILE"));
    };
    let file = file_behind(&results_file)?;
    let model_id = ModelId::new(model)?;
    let client = args.models.client(session);
    // Nobody sits before each of its calls: without --timeout they wait longer for a quota.
    let client = if session.is_timed() { client } else { client.waiting_at_most(PATIENCE) };
    let routes = args.fallback.over(&client, model_id.clone())?;
    let mut input = Input::open(&input)?;
    let plan = input.plan()?;
    let operation = OperationName::of(args.operation, plan.operation);
    if session.dry_run().is_some() {
        let Some(body) = first_body(input.planned(&plan)?)? else { return Ok(()) };
        return match operation {
            ModelInvocationType::Converse => {
                session.stops_client_before(&client, &Converse::new(model_id, body)?, output).await
            }
            ModelInvocationType::InvokeModel => {
                session.stops_client_before(&client, &InvokeModel::new(model_id, body)?, output).await
            }
        }
        .map(|_| ());
    }
    let identity = Identity { model_id: &model_id, operation, sha256: &plan.sha256 };
    let _journal = Journal::open(&file, &identity)?;
    if args.retry_failed {
        drop_failures(&file)?;
    }
    let (results, done) = Results::open(&file, &plan.places)?;
    let total = plan.places.len() as u64;
    let view = View::new(total, results.tally());
    let (lines, outage) = (input.planned(&plan)?, Outage::new());
    let mut run = Run { lines, done, results, view, outage, is_stopping: false, refused: None };
    let mut interrupt = Interrupt::catch()?;
    let ended = run.through(routes.batch(operation, args.concurrency), &mut interrupt).await;
    let synced = run.results.sync();
    run.view.finish(run.results.tally());
    ended.and(synced)?;
    let results = run.results;
    let count = results.tally().done();
    if run.outage.is_over_limit() {
        return Err(run.outage.into_error(count, total));
    }
    if run.is_stopping && count < total {
        let message = format!("interrupted after {count} of {total} records");
        return Err(
            Error::new(ErrorKind::Interrupted, message).with_hint("the same command goes on from there")
        );
    }
    let tally = if args.ordered {
        in_order(results, plan.places, &mut interrupt).await?
    } else {
        results.into_tally()
    };
    if output.is_json() {
        output.json(&json!({
            "records": total,
            "succeeded": tally.succeeded(),
            "failed": tally.failed(),
            "operation": operation.as_str(),
            "output": results_file.display().to_string(),
        }))?;
    }
    tally.verdict().map_err(|error| {
        error.with_hint(format!("see {}; --retry-failed calls them again", results_file.display()))
    })
}

/// Puts the results in order, in which Ctrl-C is heard, too.
async fn in_order(
    results: Results,
    places: HashMap<Key, u64>,
    interrupt: &mut Interrupt,
) -> Result<Tally, Error> {
    let sorting = in_thread("sorting of the results", move || results.sort(&places));
    match interrupt.unless(sorting).await {
        None => {
            let message = "interrupted while the results were put in order; all of them are there";
            Err(Error::new(ErrorKind::Interrupted, message).with_hint("the same command puts them in order"))
        }
        Some(sorted) => {
            sorted.map_err(|e| Error::new(ErrorKind::File, format!("the results are not in order: {e}")))?
        }
    }
}

fn first_body(mut lines: PlannedLines) -> Result<Option<bytes::Bytes>, Error> {
    while let Some(line) = lines.next()? {
        if let Ok(body) = line.body {
            return Ok(Some(body));
        }
    }
    Ok(None)
}

/// One run over the input.
struct Run<'a> {
    lines: PlannedLines<'a>,
    done: HashSet<Key>,
    results: Results,
    view: View,
    outage: Outage<Tag>,
    /// What is under way is waited for, nothing is sent: after Ctrl-C, where all are refused, or in an outage.
    is_stopping: bool,
    /// The first refusal of all records.
    refused: Option<Error>,
}

impl Run<'_> {
    async fn through(&mut self, mut batch: Batch<'_, Tag>, interrupt: &mut Interrupt) -> Result<(), Error> {
        // What is running is waited for, whatever ends the lines.
        let mut lines_end = None;
        loop {
            while lines_end.is_none() && !self.is_stopping && !self.outage.is_over_limit() && batch.has_room()
            {
                match self.next_line() {
                    Ok(Some(line)) => self.start(line, &mut batch)?,
                    Ok(None) => lines_end = Some(Ok(())),
                    Err(error) => lines_end = Some(Err(error)),
                }
            }
            // Answers may be there at once, and nothing else would be heard between them.
            tokio::task::yield_now().await;
            match interrupt.unless(batch.next()).await {
                Some(Some(result)) => {
                    self.add(result)?;
                    // Calls that wait for their turn, some for an hour, would only fail like the others.
                    let is_in_vain = self.refused.is_some() || self.outage.is_over_limit();
                    if is_in_vain && !self.is_stopping {
                        self.stop(&mut batch, "Ctrl-C");
                    }
                }
                Some(None) => break,
                // The second Ctrl-C does not wait, nor does the first where the batch stops already.
                None if self.is_stopping => break,
                None => self.stop(&mut batch, "Ctrl-C again"),
            }
        }
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        match lines_end {
            // A failure that was held back is its record's own, if the batch came to its end with it.
            Some(Ok(())) if !self.is_stopping => self.release(),
            Some(Err(error)) => Err(error.with_hint(
                "what is done is in the output; with the file as it was at first, the same command goes on",
            )),
            _ => Ok(()),
        }
    }

    fn stop(&mut self, batch: &mut Batch<'_, Tag>, what_ends_it: &str) {
        self.is_stopping = true;
        let under_way = match batch.stop() {
            0 => return,
            1 => "one call that is".to_owned(),
            more => format!("{more} calls that are"),
        };
        self.view.note(&format!("waiting for {under_way} under way; {what_ends_it} stops at once"));
    }

    /// The next line that is not done.
    fn next_line(&mut self) -> Result<Option<Line>, Error> {
        while let Some(line) = self.lines.next()? {
            if !self.done.contains(&line.key()) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    fn start(&mut self, line: Line, batch: &mut Batch<'_, Tag>) -> Result<(), Error> {
        let tag = Tag { id: line.id, line: line.number };
        match line.body {
            Ok(body) => {
                batch.start(tag, body);
                Ok(())
            }
            Err(error) => self.add(BatchResult { tag, answer: Err(error) }),
        }
    }

    /// Keeps a result. After a refusal of all records nothing more is sent. What may be an outage is held back.
    fn add(&mut self, result: BatchResult<Tag>) -> Result<(), Error> {
        let BatchResult { tag, answer } = result;
        match answer {
            Err(error) if is_of_all(&error) => {
                self.refused.get_or_insert(error);
                Ok(())
            }
            Err(error) if Outage::<Tag>::is_sign(&error) => {
                self.outage.hold(tag, error);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::InvalidInput => self.keep(&tag, &Err(error)),
            answer => {
                self.release()?;
                self.keep(&tag, &answer)
            }
        }
    }

    /// Keeps the failures that were held back.
    fn release(&mut self) -> Result<(), Error> {
        for (tag, error) in self.outage.take() {
            self.keep(&tag, &Err(error))?;
        }
        Ok(())
    }

    fn keep(&mut self, tag: &Tag, answer: &Result<Document, Error>) -> Result<(), Error> {
        let failure = answer.as_ref().err().map(|error| error.kind().as_str());
        self.results.add(&result_line::write(tag.id.as_deref(), tag.line, answer), failure)?;
        self.view.show(self.results.tally());
        Ok(())
    }
}

/// Whether a failure is that of all records, and of none by itself: credentials that are refused, or a proxy that wants
/// another password.
fn is_of_all(error: &Error) -> bool {
    error.kind() == ErrorKind::Credentials || (error.kind() == ErrorKind::Network && !error.is_retryable())
}

fn calls_at_once(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it takes a whole number of 1 or more".to_owned())
}
