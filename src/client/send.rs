//! THE LOOP: sign · send · classify · decide · wait. One for every call; each attempt is signed afresh.

use super::call::{Answer, Begun, Call};
use super::credentials::Wanted;
use super::delay::jittered;
use super::failure::{Failure, never_sent, never_signed, waited_in_vain};
use super::first_event::after_first_event;
use super::pacing::Place;
use super::state::Client;
use super::timeouts::{CallTime, NO_WHOLE_ANSWER, after, collect_within, in_time, send_within};
use crate::error::Error;
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::Service;
use crate::protocol::outcome::Outcome;
use crate::protocol::raw_answer::RawAnswer;
use crate::protocol::request_id::request_id_text;
use crate::protocol::retry::{Attempt, AttemptOutcome, Decision, History, RetryMode, StopReason};
use crate::protocol::service_error::ServiceError;
use crate::protocol::sigv4::SignedRequest;
use crate::transport::Body;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// The longest answer that is kept in memory: what InvokeModel answers at most, and room for its JSON.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// The longest error document.
const MAX_ERROR: usize = 1024 * 1024;

/// What the search for credentials has not done that is late.
const NO_CREDENTIALS: &str = "the search for credentials did not end";

impl Client {
    /// Runs one call to its end.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<http::Response<Body>, Error> {
        let mut time = self.time();
        let mut history = History::default();
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut refused: Option<Auth> = None;
        let mut place = self.place(&call);
        self.warn(&call, &place, false);
        let mut next = match self.turn(&call, &mut place, None, &mut time).await {
            Ok(next) => next,
            Err(NoTurn::Unsigned(error)) => return Err(error),
            Err(NoTurn::Stopped(reason)) => {
                let error = never_sent(&call, reason, &time, place.learned_rate());
                return Err(error.with_next_turn(place.room_in()));
            }
        };
        loop {
            let (auth, signed) = next;
            self.observer().on_request(call.operation, &signed);
            let sent = Instant::now();
            let result = self.attempt_in_time(&call, signed, time).await;
            let took = sent.elapsed();
            time.not_waited(took);
            let number = u32::try_from(attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
            let failure = match result {
                Ok(mut response) => {
                    place.admitted(|| call.used(&response));
                    self.quota().succeeded(history.last_cost);
                    let attempt = Attempt { number, outcome: answered(&response), took, wait: None };
                    self.observer().on_attempt(call.operation, &attempt);
                    if call.answer == Answer::Events {
                        attempts.push(attempt);
                        let charge = place.charge();
                        response.extensions_mut().insert(Begun { attempts, charge });
                    }
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            let outcome = failure.outcome();
            let room_in = verdict(&mut place, &outcome);
            if room_in.is_some() {
                self.warn(&call, &place, true);
            }
            let server = failure.retry_after();
            let decision =
                self.policy().decide(&mut history, &outcome, call.repeatable, server, &mut self.quota());
            let mut pause = Duration::ZERO;
            let mut attempt = Attempt { number, outcome: failure.summary(), took, wait: None };
            let stop = match decision {
                Decision::Retry(delay) => {
                    pause = match room_in {
                        Some(_) => delay.at_least(Duration::ZERO), // what the server asked for; the turn comes after it
                        None => jittered(&delay),
                    };
                    let wait = pause.max(room_in.unwrap_or_default());
                    if after(Instant::now(), wait) < time.last_turn() {
                        attempt.wait = Some(wait);
                        None
                    } else {
                        Some(StopReason::TimeUsed)
                    }
                }
                Decision::CorrectClock(server_time) => {
                    self.correct_clock(server_time);
                    attempt.wait = Some(Duration::ZERO);
                    None
                }
                Decision::RefreshCredentials => {
                    refused = Some(auth.clone());
                    attempt.wait = Some(Duration::ZERO);
                    None
                }
                Decision::Stop(reason) => Some(reason),
            };
            self.observer().on_attempt(call.operation, &attempt);
            attempts.push(attempt);
            if stop.is_none() {
                tokio::time::sleep(pause).await;
            }
            let reason = match stop {
                Some(reason) => reason,
                None => match self.turn(&call, &mut place, refused.as_ref(), &mut time).await {
                    Ok(found) => {
                        next = found;
                        continue;
                    }
                    Err(NoTurn::Unsigned(error)) => return Err(error.after(attempts)),
                    Err(NoTurn::Stopped(reason)) => reason,
                },
            };
            let error = failure.into_error(&call, &outcome, reason, &auth, attempts);
            return Err(match reason {
                StopReason::TimeUsed | StopReason::WouldWait => {
                    let hint = waited_in_vain(reason, error.attempts().len(), &time, place.learned_rate());
                    error.with_hint(hint).with_next_turn(place.room_in())
                }
                _ => error,
            });
        }
    }

    /// Waits for a call's turn, and takes it: what it is signed with is there by then, and the call goes now. A turn that
    /// is taken and not used would count as a call that the service let through. It is signed last, so that its date is
    /// not stale.
    async fn turn(
        &self,
        call: &Call<'_>,
        place: &mut Place,
        refused: Option<&Auth>,
        time: &mut CallTime,
    ) -> Result<(Auth, SignedRequest), NoTurn> {
        let may_wait = self.policy().mode != RetryMode::FailFast;
        loop {
            self.unless_halted().await;
            let begun = Instant::now();
            let wanted = Wanted::new(&call.service).instead_of(refused);
            let auth = self.auth(wanted, time).await.map_err(NoTurn::Unsigned)?;
            time.not_waited(begun.elapsed());
            let end = auth.expiry().filter(|end| *end > self.now());
            place.admit(time.last_turn(), may_wait).await.map_err(NoTurn::Stopped)?;
            let now = self.now();
            if end.is_none_or(|end| now < end) {
                return match self.signer().sign(call.request.clone(), &auth, &call.scope, now) {
                    Ok(signed) => Ok((auth, signed)),
                    Err(e) => {
                        place.give_back();
                        Err(NoTurn::Unsigned(e.into()))
                    }
                };
            }
            // It has waited for so long that they have expired: others may go while new ones are looked for.
            place.give_back();
        }
    }

    /// A place among the calls to the same endpoint and model. Only the runtime's calls are paced, and in AWS's standard
    /// mode only where that was asked for: by a quota that was given, or by a folder to share it.
    fn place(&self, call: &Call<'_>) -> Place {
        let paces = self.policy().mode != RetryMode::Standard || self.pacing().is_asked_for();
        if paces && call.service == Service::BedrockRuntime {
            self.pacing().arrive(call.lane(), call.request.body())
        } else {
            Place::free()
        }
    }

    /// Signs a call as its first attempt would.
    pub(super) async fn sign(&self, call: &Call<'_>) -> Result<SignedRequest, Error> {
        let auth = self.auth(Wanted::new(&call.service), &self.time()).await?;
        Ok(self.signer().sign(call.request.clone(), &auth, &call.scope, self.now())?)
    }

    fn warn(&self, call: &Call<'_>, place: &Place, is_throttled: bool) {
        for warning in place.warnings(call.request.body(), is_throttled) {
            self.observer().on_warning(call.operation, &warning);
        }
    }

    /// The time of a call that begins now.
    pub(super) fn time(&self) -> CallTime {
        CallTime::begin(self.waiting(), self.whole_call())
    }

    /// What to sign with, which may take a command or a service to find.
    pub(super) async fn auth(&self, wanted: Wanted<'_>, time: &CallTime) -> Result<Auth, Error> {
        let search = time.within(NO_CREDENTIALS, pin!(self.credentials().auth(wanted))).await;
        search.unwrap_or_else(|late| Err(never_signed(late)))
    }

    /// One attempt, to the end of the call.
    async fn attempt_in_time(
        &self,
        call: &Call<'_>,
        signed: SignedRequest,
        time: CallTime,
    ) -> Result<http::Response<Body>, Failure> {
        match time.within(NO_WHOLE_ANSWER, pin!(self.attempt(call, signed, time))).await {
            Ok(result) => result,
            Err(late) => Err(Failure::Wire(late)),
        }
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        signed: SignedRequest,
        time: CallTime,
    ) -> Result<http::Response<Body>, Failure> {
        let request = signed.into_request().map(Body::from);
        let timeouts = self.timeouts();
        let response = send_within(self.transport(), request, timeouts).await.map_err(Failure::Wire)?;
        self.observer().on_response(call.operation, response.status(), response.headers());
        let (parts, body) = response.into_parts();
        if !parts.status.is_success() {
            // A refusal whose body is cut is a refusal all the same.
            let body = collect_within(body, MAX_ERROR, timeouts).await.ok();
            let known = body.as_deref().unwrap_or_default();
            let refusal = ServiceError::decode(parts.status, &parts.headers, known);
            let raw = body.and_then(|body| RawAnswer::new(parts.headers, body));
            return Err(Failure::Refused(refusal.with_raw(raw)));
        }
        let body = match call.answer {
            Answer::Whole => {
                Body::Whole(collect_within(body, MAX_ANSWER, timeouts).await.map_err(Failure::Wire)?)
            }
            Answer::Headers => in_time(body, timeouts, time),
            Answer::Events => {
                let begun = after_first_event(in_time(body, timeouts, time)).await;
                begun.map_err(|failure| failure.answered_as(request_id_text(&parts.headers)))?
            }
        };
        Ok(http::Response::from_parts(parts, body))
    }
}

/// Why a call does not go.
enum NoTurn {
    /// Nothing was found to sign it with, or it cannot be signed.
    Unsigned(Error),
    /// Its turn does not come in time.
    Stopped(StopReason),
}

/// Tells the pacing what came of an attempt. Returns how long it takes at least until a call may go, where the pacing
/// decides that.
fn verdict(place: &mut Place, outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Throttled => {
            let room_in = place.throttled();
            return place.is_paced().then_some(room_in);
        }
        Outcome::Wire(_) => place.lost(),
        _ => place.admitted(|| Some(0)),
    }
    None
}

fn answered(response: &http::Response<Body>) -> AttemptOutcome {
    let request_id = request_id_text(response.headers());
    AttemptOutcome::Answered { status: response.status().as_u16(), code: None, request_id }
}
