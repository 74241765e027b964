//! What is kept of one exchange: enough to see what went over the wire, without secrets, and bounded.

use super::check::{Check, Depth, Standing, check};
use crate::fixture::redaction::{self, KnownSecrets};
use crate::protocol::auth::Auth;
use crate::protocol::diagnosis::Verdict;
use crate::protocol::endpoint::Service;
use crate::protocol::eventstream::Frame;
use crate::protocol::explain::Stages;
use crate::protocol::redact;
use crate::protocol::sigv4::SignedRequest;
use crate::protocol::timestamp::iso_8601;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, response};
use serde_json::{Value, json};
use std::time::SystemTime;
use tokio::time::Instant;

/// How much of a body is shown, in bytes.
const MAX_SHOWN: usize = 64 * 1024;
/// How much of it is redacted, so that no secret begins in what is shown and ends where nobody looks.
const MAX_REDACTED: usize = MAX_SHOWN + 8 * 1024;
/// How many frames of a stream are kept, how much of each payload, and how much of that is redacted.
const MAX_FRAMES: usize = 4096;
const MAX_PAYLOAD: usize = 1024;
const MAX_REDACTED_PAYLOAD: usize = MAX_PAYLOAD + 8 * 1024;

/// One exchange, as far as it has come.
pub(super) struct Exchange {
    pub(super) id: u64,
    /// Equal for the attempts of one call of a client that retries.
    pub(super) call: String,
    started: SystemTime,
    clock: Instant,
    service: String,
    request: Message,
    line: String,
    check: Check,
    signed: Option<Signed>,
    answer: Option<Answer>,
    state: State,
    failure: Option<String>,
    /// What is signed with.
    known: KnownSecrets,
    /// Grows with every change, so that the page knows what to fetch again.
    version: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Streaming,
    Done,
    Cut,
    Failed,
}

/// Headers and the beginning of a body, redacted.
struct Message {
    headers: Vec<(String, String)>,
    left_out: Vec<String>,
    body: String,
    bytes: usize,
}

/// The signature that was made here.
pub(super) struct Signed {
    url: String,
    stages: Option<Stages>,
    check: Standing,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    after_ms: f64,
    ended_ms: Option<f64>,
    bytes: usize,
    /// The beginning of a body that is no event stream, as it came: redacted when it is shown.
    body: Vec<u8>,
    frames: Vec<Seen>,
    frame_count: usize,
    damage: Option<String>,
}

/// One frame of an event stream.
struct Seen {
    at_ms: f64,
    name: String,
    length: usize,
    payload: Bytes,
}

impl Exchange {
    pub(super) fn begin(
        id: u64,
        request: &Request<Bytes>,
        service: &Service,
        check: &Check,
        known: KnownSecrets,
    ) -> Self {
        let kept = request.body().slice(..request.body().len().min(MAX_REDACTED));
        let redacted = redaction::request_without(&request.clone().map(|_| kept), &known);
        let shown = redacted.value;
        let line = format!("{} {}", shown.method(), shown.uri());
        Self {
            id,
            call: call_of(request, &line, &known),
            started: SystemTime::now(),
            clock: Instant::now(),
            service: service.host_prefix().to_owned(),
            request: Message {
                headers: header_pairs(shown.headers()),
                left_out: redacted.what,
                body: beginning(shown.body()),
                bytes: request.body().len(),
            },
            line,
            check: check.clone(),
            signed: None,
            answer: None,
            state: State::Waiting,
            failure: None,
            known,
            version: 0,
        }
    }

    pub(super) fn touch(&mut self) {
        self.version += 1;
    }

    /// It was signed with this, which may be newer than what its own signature was checked with.
    pub(super) fn signed(&mut self, signed: Signed, auth: &Auth) {
        self.known.add_auth(auth);
        self.signed = Some(signed);
    }

    /// The headers of the answer have come.
    pub(super) fn answered(&mut self, parts: &response::Parts) {
        self.answer = Some(Answer {
            status: parts.status,
            headers: parts.headers.clone(),
            after_ms: self.elapsed_ms(),
            ended_ms: None,
            bytes: 0,
            body: Vec::new(),
            frames: Vec::new(),
            frame_count: 0,
            damage: None,
        });
        if self.state == State::Waiting {
            self.state = State::Streaming;
        }
    }

    /// There is no answer of the service.
    pub(super) fn fail(&mut self, message: &str) {
        self.state = State::Failed;
        self.failure = Some(self.shown(message));
    }

    /// A piece of the answer's body has come. Its bytes are kept where no frames are.
    pub(super) fn received(&mut self, chunk: &[u8], keep: bool) {
        if let Some(answer) = &mut self.answer {
            answer.bytes += chunk.len();
            let room = if keep { MAX_REDACTED.saturating_sub(answer.body.len()) } else { 0 };
            answer.body.extend(chunk.iter().take(room));
        }
    }

    /// A frame of the answer is whole.
    pub(super) fn frame(&mut self, frame: &Frame) {
        let at_ms = self.elapsed_ms();
        let Some(answer) = &mut self.answer else { return };
        answer.frame_count += 1;
        if answer.frames.len() >= MAX_FRAMES {
            return;
        }
        let named = |name: &str| frame.string_header(name);
        let name = named(":event-type").or_else(|| named(":exception-type")).or_else(|| named(":error-code"));
        let payload = frame.payload();
        // Of base64 that was cut, nobody could tell what is in it.
        let opened = if payload.len() > MAX_PAYLOAD { opened(payload) } else { None };
        let payload = opened.as_deref().unwrap_or(payload);
        // A copy: a slice would keep the whole chunk in memory.
        let mut kept = Bytes::copy_from_slice(payload.get(..MAX_REDACTED_PAYLOAD).unwrap_or(payload));
        if kept.len() > MAX_PAYLOAD {
            kept = redacted_body(kept, &self.known);
            kept = Bytes::copy_from_slice(kept.get(..MAX_PAYLOAD).unwrap_or(&kept));
        }
        answer.frames.push(Seen {
            at_ms,
            name: name.unwrap_or("?").to_owned(),
            length: frame.bytes().len(),
            payload: kept,
        });
    }

    /// The event stream cannot be read further.
    pub(super) fn damaged(&mut self, what: String) {
        if let Some(answer) = &mut self.answer {
            answer.damage = Some(what);
        }
    }

    /// The body has come to its end, or broke off.
    pub(super) fn ended(&mut self, cut: Option<String>) {
        let now = self.elapsed_ms();
        if let Some(answer) = &mut self.answer {
            answer.ended_ms = Some(now);
        }
        if self.state != State::Failed {
            self.state = if cut.is_some() { State::Cut } else { State::Done };
            self.failure = cut.map(|why| self.shown(&why));
        }
    }

    pub(super) fn is_over(&self) -> bool {
        !matches!(self.state, State::Waiting | State::Streaming)
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let answer = self.answer.as_ref().map_or(0, |answer| {
            answer.body.len() + answer.frames.len() * 96 + answer.frames.len() * MAX_PAYLOAD / 2
        });
        4096 + self.request.body.len() + answer
    }

    /// A line of the list.
    pub(super) fn summary(&self) -> Value {
        let answer = self.answer.as_ref();
        json!({
            "id": self.id,
            "version": self.version,
            "call": self.call,
            "started": iso_8601(self.started),
            "request": self.line,
            "service": self.service,
            "signature": self.check.standing.as_str(),
            "state": self.state.as_str(),
            "status": answer.map(|answer| answer.status.as_u16()),
            "first_byte_ms": answer.map(|answer| answer.after_ms),
            "took_ms": answer.and_then(|answer| answer.ended_ms),
            "bytes": answer.map(|answer| answer.bytes),
            "frames": answer.map(|answer| answer.frame_count),
        })
    }

    /// All of it.
    pub(super) fn detail(&self) -> Value {
        let mut detail = self.summary();
        detail["request_headers"] = pairs(&self.request.headers);
        detail["request_left_out"] = json!(self.request.left_out);
        detail["request_body"] = json!(self.request.body);
        detail["request_bytes"] = json!(self.request.bytes);
        let shown = |text: &String| self.shown(text);
        let of_mismatch = |_: &&String| self.check.standing.verdict() == Verdict::Mismatch;
        detail["check"] = json!({
            "verdict": self.check.standing.verdict().as_str(),
            "mistakes": self.check.mistakes,
            "explanation": shown(&self.check.explanation),
            "fix": self.check.fix.as_ref().map(shown),
            "canonical_request": self.check.canonical_request.as_ref().filter(of_mismatch).map(shown),
        });
        detail["signed"] = self.signed.as_ref().map_or(Value::Null, |signed| signed.shown(&self.known));
        detail["failure"] = json!(self.failure);
        detail["answer"] = self.answer.as_ref().map_or(Value::Null, |answer| answer.shown(&self.known));
        detail
    }

    fn shown(&self, text: &str) -> String {
        redaction::plain_text_without(text, &self.known)
    }

    fn elapsed_ms(&self) -> f64 {
        self.clock.elapsed().as_secs_f64() * 1000.0
    }
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Streaming => "streaming",
            Self::Done => "done",
            Self::Cut => "cut",
            Self::Failed => "failed",
        }
    }
}

impl Signed {
    /// The stages of a signature, and what the server's view says of it.
    pub(super) fn of(signed: &SignedRequest, auth: &Auth) -> Self {
        let service = &signed.scope().service;
        let check = check(signed.request(), auth, service, SystemTime::now(), Depth::InPassing);
        Self { url: signed.request().uri().to_string(), stages: Stages::of(signed), check: check.standing }
    }

    fn shown(&self, known: &KnownSecrets) -> Value {
        // A text with a request in it.
        let stage = |text: &String| redact::redacted(&redaction::plain_text_without(text, known));
        json!({
            "url": stage(&self.url),
            "check": self.check.as_str(),
            "credential_scope": self.stages.as_ref().map(|stages| stage(&stages.credential_scope)),
            "canonical_request": self.stages.as_ref().map(|stages| stage(&stages.canonical_request)),
            "string_to_sign": self.stages.as_ref().map(|stages| stage(&stages.string_to_sign)),
        })
    }
}

impl Answer {
    fn shown(&self, known: &KnownSecrets) -> Value {
        let mut response = Response::new(Bytes::copy_from_slice(&self.body));
        *response.headers_mut() = self.headers.clone();
        let redacted = redaction::response_without(&response, known);
        json!({
            "headers": pairs(&header_pairs(redacted.value.headers())),
            "body": beginning(redacted.value.body()),
            "kept_bytes": self.body.len().min(MAX_SHOWN),
            "damage": self.damage,
            "frames": self.frames.iter().map(|seen| seen.shown(known)).collect::<Vec<_>>(),
        })
    }
}

impl Seen {
    fn shown(&self, known: &KnownSecrets) -> Value {
        let payload = opened(&self.payload).map_or_else(|| self.payload.clone(), Bytes::from);
        json!({
            "at_ms": self.at_ms,
            "name": self.name,
            "length": self.length,
            "payload": String::from_utf8_lossy(&redacted_body(payload, known)),
        })
    }
}

fn redacted_body(body: Bytes, known: &KnownSecrets) -> Bytes {
    redaction::response_without(&Response::new(body), known).value.into_body()
}

/// A model's own chunk, which stands in base64 in the event.
fn opened(payload: &[u8]) -> Option<Vec<u8>> {
    let document: Value = serde_json::from_slice(payload).ok()?;
    base64_simd::STANDARD.decode_to_vec(document.get("bytes")?.as_str()?).ok()
}

/// What is shown of a redacted body.
fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..MAX_SHOWN).unwrap_or(body)).into_owned()
}

/// What the attempts of one call have in common: the AWS SDKs number them, others send the very same again.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
fn call_of(request: &Request<Bytes>, line: &str, known: &KnownSecrets) -> String {
    let id = request.headers().get("amz-sdk-invocation-id").and_then(|value| value.to_str().ok());
    id.map_or_else(
        || {
            use sha2::Digest as _;
            let hash = sha2::Sha256::new().chain_update(line).chain_update(request.body()).finalize();
            hex::encode(hash.get(..8).unwrap_or_default())
        },
        |id| redaction::plain_text_without(id, known),
    )
}

fn header_pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn pairs(headers: &[(String, String)]) -> Value {
    headers.iter().map(|(name, value)| json!([name, value])).collect()
}
