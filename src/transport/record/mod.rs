//! Writes every exchange of another transport as a fixture; the exchange itself passes through unchanged.
//!
//! | file | job |
//! |---|---|
//! | `tee` | copies a body while somebody else reads it |
//! | `origin` | who answered, and how much that is worth as evidence |
//! | `naming` | which operation a request is, and what its case is called |

mod naming;
mod origin;
mod tee;

use super::{Body, BoxFuture, Transport, TransportError};
use crate::fixture::redaction::{self, KnownSecrets, Redacted};
use crate::fixture::writer::{self, WrittenCase};
use crate::fixture::{Case, Condition, FixtureError, Store, matching};
use crate::protocol::auth::Auth;
use crate::protocol::timestamp;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tee::{Copied, tee};

/// How many cases are remembered, to put further answers to the same request into their folders.
const MAX_REMEMBERED: usize = 256;
/// How many answers a case has at most: one that is asked for again and again gets a case of its own then.
const MAX_ANSWERS: usize = 100;

/// A recorder around another transport.
///
/// - Signatures, tokens, keys and account ids are never written: see [`redaction`]. A secret access key in a prompt is
///   known only to who knows it: see [`Record::keep_out`].
/// - Answers to the same request, such as a 429 and the 200 after it, become `response.http`, `response-2.http` … of one
///   case, in the order in which they ended.
/// - An answer that was cut, or that its reader dropped, is not recorded: half of it would look like all of it.
/// - Only what AWS's own hosts answered over TLS is called `recorded`; everything else is `synthetic`. A transport that
///   answers for AWS's hosts itself must be announced: [`Record::of_synthetic`].
///
/// A fixture that cannot be written does not fail the exchange; [`Record::failures`] has it.
pub struct Record {
    inner: Arc<dyn Transport>,
    notebook: Arc<Notebook>,
}

impl Record {
    /// Records what comes over the network by way of `inner`, into a folder, which is created now.
    pub fn new(inner: Arc<dyn Transport>, directory: &Path) -> Result<Self, FixtureError> {
        Self::with(inner, directory, None)
    }

    /// Records what `inner` makes up itself, whatever the host that was asked: an emulator in this process, a replay.
    /// `source` says what it is.
    pub fn of_synthetic(
        inner: Arc<dyn Transport>,
        directory: &Path,
        source: impl Into<String>,
    ) -> Result<Self, FixtureError> {
        Self::with(inner, directory, Some(source.into()))
    }

    /// Writes the prompts of requests as hashes: see [`redaction::hash_prompts`].
    #[must_use]
    pub fn with_hashed_prompts(mut self) -> Self {
        if let Some(notebook) = Arc::get_mut(&mut self.notebook) {
            notebook.hashes_prompts = true;
        }
        self
    }

    /// Never writes what this signs with, wherever it stands: a prompt may quote a secret that has no shape to be known
    /// by. What was written before stays.
    pub fn keep_out(&self, auth: &Auth) {
        unpoisoned(&self.notebook.known).add_auth(auth);
    }

    /// Writes an exchange that took place elsewhere, such as in a browser's or another recorder's file. `date` is when
    /// it did, `from` names that file. Returns whether it was written: one that was in the folder before is not.
    pub fn import(
        &self,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        date: Option<&str>,
        from: &str,
    ) -> Result<bool, FixtureError> {
        let date = date.map_or_else(|| timestamp::iso_8601(SystemTime::now()), str::to_owned);
        let mut written = unpoisoned(&self.notebook.written);
        let before = match &mut written.before {
            Some(before) => before,
            none => none.insert(Store::open(&self.notebook.directory)?.into_cases()),
        };
        let asked = self.notebook.redacted(request);
        if matching::take_out(before, &asked.value, &redaction::response(response).value) {
            return Ok(false);
        }
        self.notebook.write(&mut written.cases, request, response, &date, Some(from))?;
        Ok(true)
    }

    /// What could not be written so far.
    pub fn failures(&self) -> Vec<FixtureError> {
        unpoisoned(&self.notebook.written).failures.clone()
    }

    fn with(
        inner: Arc<dyn Transport>,
        directory: &Path,
        synthetic: Option<String>,
    ) -> Result<Self, FixtureError> {
        std::fs::create_dir_all(directory)
            .map_err(|e| FixtureError::new(directory, format!("cannot be created ({e})")))?;
        let notebook = Notebook {
            directory: directory.to_owned(),
            synthetic,
            hashes_prompts: false,
            known: Mutex::default(),
            written: Mutex::default(),
        };
        Ok(Self { inner, notebook: Arc::new(notebook) })
    }
}

impl Transport for Record {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let asked = Request::from_parts(parts.clone(), ());
            let sent = Arc::new(Mutex::new(None));
            let keep_sent = Arc::clone(&sent);
            let length = body.length();
            let body = tee(body, length, move |copied| *unpoisoned(&keep_sent) = Some(copied));
            let response = self.inner.send(Request::from_parts(parts, body)).await?;

            let (parts, body) = response.into_parts();
            let length = if has_body(asked.method(), parts.status) { body.length() } else { None };
            let answered = Response::from_parts(parts.clone(), ());
            let notebook = Arc::clone(&self.notebook);
            let body = tee(body, length, move |received| {
                // A request that was answered before all of it was sent is no whole exchange either.
                if let Some(sent) = unpoisoned(&sent).take() {
                    notebook.take(&asked, sent, &answered, received);
                }
            });
            Ok(Response::from_parts(parts, body))
        })
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("directory", &self.notebook.directory).finish_non_exhaustive()
    }
}

/// Where exchanges are written, and which ones were.
struct Notebook {
    directory: PathBuf,
    synthetic: Option<String>,
    hashes_prompts: bool,
    known: Mutex<KnownSecrets>,
    written: Mutex<Written>,
}

#[derive(Default)]
struct Written {
    cases: Vec<Remembered>,
    /// What was in the folder before an import, less what was imported again.
    before: Option<Vec<Case>>,
    failures: Vec<FixtureError>,
}

/// A case to which further answers to its request are added.
struct Remembered {
    /// Of the redacted request, which may be large.
    fingerprint: [u8; 32],
    case: WrittenCase,
}

impl Notebook {
    fn take(&self, asked: &Request<()>, sent: Copied, answered: &Response<()>, received: Copied) {
        // One at a time: the next answer to the same request belongs into the folder that this one makes.
        let mut written = unpoisoned(&self.written);
        let (Copied::Whole(sent), Copied::Whole(received)) = (sent, received) else {
            let problem = format!("does not take an exchange with a body over {} bytes", tee::MAX_COPIED);
            return written.failures.push(FixtureError::new(&self.directory, problem));
        };
        let request = asked.clone().map(|()| sent);
        let response = answered.clone().map(|()| received);
        let outcome = self.write(
            &mut written.cases,
            &request,
            &response,
            &timestamp::iso_8601(SystemTime::now()),
            None,
        );
        written.failures.extend(outcome.err());
    }

    fn redacted(&self, request: &Request<Bytes>) -> Redacted<Request<Bytes>> {
        let redacted = redaction::request_without(request, &unpoisoned(&self.known));
        if self.hashes_prompts { redaction::hash_prompts(redacted) } else { redacted }
    }

    /// These files are small and on a local disk, so that writing them at once beats handing them to a thread.
    fn write(
        &self,
        cases: &mut Vec<Remembered>,
        request: &Request<Bytes>,
        response: &Response<Bytes>,
        date: &str,
        from: Option<&str>,
    ) -> Result<(), FixtureError> {
        let redacted = self.redacted(request);
        let answer = redaction::response_without(response, &unpoisoned(&self.known));
        let what = [redacted.what, answer.what].concat();
        let fingerprint = matching::fingerprint(&redacted.value);
        if let Some(at) = cases.iter().position(|case| case.fingerprint == fingerprint) {
            if cases[at].case.answers() < MAX_ANSWERS {
                return cases[at].case.add(&answer.value, what);
            }
            cases.remove(at);
        }
        let (provenance, mut source) = origin::of(request, self.synthetic.as_deref());
        if let Some(file) = from {
            source = format!("{source}, imported from {file}");
        }
        let mut case = Case {
            name: naming::name(request, &redacted.value),
            provenance,
            source: redaction::plain_text(&source),
            region: origin::region(request),
            model: naming::model(&redacted.value),
            date: date.to_owned(),
            redacted: Vec::new(),
            when: Condition::default(),
            description: format!("{} {}", redacted.value.method(), redacted.value.uri()),
            request: redacted.value,
            responses: vec![answer.value],
            expected: None,
        };
        writer::add_new(&mut case.redacted, what);
        let case = WrittenCase::write(&self.directory, &case)?;
        // A recorder may run for days: an answer that repeats one of long ago gets a case of its own.
        if cases.len() >= MAX_REMEMBERED {
            cases.remove(0);
        }
        cases.push(Remembered { fingerprint, case });
        Ok(())
    }
}

/// The answer to HEAD, and some statuses, announce the length of a body that does not come.
fn has_body(method: &Method, status: StatusCode) -> bool {
    *method != Method::HEAD && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// What is behind these locks is whole at any time, so a panic elsewhere spoils nothing.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
