//! THE LOOP: sign · send · classify · decide · wait. One for every call; each attempt is signed afresh.

use super::call::{Answer, Begun, Call};
use super::credentials::Wanted;
use super::delay::jittered;
use super::failure::{Failed, Failure, given_up, never_signed};
use super::first_event::after_first_event;
use super::pacing::Place;
use super::state::Client;
use super::timeouts::{CallTime, NO_WHOLE_ANSWER, after, answer_within, collect_within, in_time};
use crate::error::Error;
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::Service;
use crate::protocol::outcome::Outcome;
use crate::protocol::raw_answer::RawAnswer;
use crate::protocol::request_id::request_id_text;
use crate::protocol::retry::{Attempt, AttemptOutcome, Decision, History, RetryMode, StopReason};
use crate::protocol::service_error::ServiceError;
use crate::protocol::sigv4::SignedRequest;
use crate::transport::{Body, BoxFuture, TransportError};
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
    /// Runs one call to its end. Each call has this as its state for as long as it waits, so little is kept in it: what
    /// a failed attempt leaves is in a box, and a request that is on its way is the transport's.
    pub(super) async fn run(&self, call: &Call<'_>) -> Result<http::Response<Body>, Error> {
        let mut time = self.time();
        let mut history = History::default();
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut refused: Option<Box<Auth>> = None;
        let mut failed: Option<Box<Failed>> = None;
        let mut place = self.place(call);
        self.warn(call, &place, false);
        loop {
            let (auth, signed) = match self.turn(call, &mut place, refused.as_deref(), &mut time).await {
                Ok(next) => next,
                // Where no attempt was made, the error may have those of the search.
                Err(NoTurn::Unsigned(error)) if attempts.is_empty() => return Err(error),
                Err(NoTurn::Unsigned(error)) => return Err(error.after(attempts)),
                Err(NoTurn::Stopped(reason)) => {
                    return Err(given_up(failed, call, reason, attempts, &time, &place));
                }
            };
            let sending = self.send_off(call, signed);
            let number = u32::try_from(attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
            let sent = Instant::now();
            let failure = match self.attempt_in_time(call, sending, &time).await {
                Ok(response) => {
                    place.admitted(|burndown| call.used(burndown, &response));
                    self.quota().succeeded(history.last_cost);
                    let outcome = answered(&response);
                    let attempt = Attempt { number, outcome, took: sent.elapsed(), wait: None };
                    self.observer().on_attempt(call.operation, &attempt);
                    return Ok(match call.answer {
                        Answer::Events => begun(response, attempts, attempt, &place, &auth),
                        Answer::Whole | Answer::Headers => response,
                    });
                }
                Err(failure) => failure,
            };
            let took = sent.elapsed();
            time.not_waited(took);
            let ended = Box::new(Failed::new(failure, auth));
            let next = self.follows(&ended, call, &mut place, &mut history, &time);
            if next == Ok(Next::WithOtherCredentials) {
                refused = Some(Box::new(ended.auth().clone()));
            }
            let wait = next.map(Next::wait).ok();
            let attempt = Attempt { number, outcome: ended.summary(), took, wait };
            self.observer().on_attempt(call.operation, &attempt);
            attempts.push(attempt);
            match next {
                Ok(next) => tokio::time::sleep(next.pause()).await,
                Err(reason) => return Err(given_up(Some(ended), call, reason, attempts, &time, &place)),
            }
            failed = Some(ended);
        }
    }

    /// What follows an attempt that failed, or why nothing does.
    fn follows(
        &self,
        failed: &Failed,
        call: &Call<'_>,
        place: &mut Place,
        history: &mut History,
        time: &CallTime,
    ) -> Result<Next, StopReason> {
        let room_in = verdict(place, failed.outcome());
        if room_in.is_some() {
            self.warn(call, place, true);
        }
        let server = failed.retry_after();
        let quota = &mut self.quota();
        match self.policy().decide(history, failed.outcome(), call.repeatable, server, quota) {
            Decision::Retry(delay) => {
                let pause = match room_in {
                    Some(_) => delay.at_least(Duration::ZERO), // what the server asked for; the turn comes after it
                    None => jittered(&delay),
                };
                let wait = pause.max(room_in.unwrap_or_default());
                let in_time = after(Instant::now(), wait) < time.last_turn();
                if in_time { Ok(Next::After { pause, wait }) } else { Err(StopReason::TimeUsed) }
            }
            Decision::CorrectClock(server_time) => {
                self.correct_clock(server_time);
                Ok(Next::AtOnce)
            }
            Decision::RefreshCredentials => Ok(Next::WithOtherCredentials),
            Decision::Stop(reason) => Err(reason),
        }
    }

    /// Waits for a call's turn, and takes it: what it is signed with is there by then, and the call goes now. A turn
    /// that is taken and not used would count as a call that the service let through. It is signed last, so that its
    /// date is not stale.
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

    /// A place among the calls to the same endpoint and model. Only the runtime's calls are paced, and in AWS's
    /// standard mode only where that was asked for: by a quota that was given, or by a folder to share it.
    fn place(&self, call: &Call<'_>) -> Place {
        let paces = self.policy().mode != RetryMode::Standard || self.pacing().is_asked_for();
        if paces && call.service == Service::BedrockRuntime {
            let place = self.pacing().arrive(call.lane(), call.request.body());
            self.ask_what_is_behind(call, &place);
            place
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

    /// A signed request, on its way.
    fn send_off(
        &self,
        call: &Call<'_>,
        signed: SignedRequest,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        self.observer().on_request(call.operation, &signed);
        self.transport().send(signed.into_request().map(Body::from))
    }

    /// One attempt, to the end of the call.
    async fn attempt_in_time(
        &self,
        call: &Call<'_>,
        sending: BoxFuture<'_, Result<http::Response<Body>, TransportError>>,
        time: &CallTime,
    ) -> Result<http::Response<Body>, Failure> {
        match time.within(NO_WHOLE_ANSWER, pin!(self.attempt(call, sending, time))).await {
            Ok(result) => result,
            Err(late) => Err(Failure::Wire(late)),
        }
    }

    async fn attempt(
        &self,
        call: &Call<'_>,
        sending: BoxFuture<'_, Result<http::Response<Body>, TransportError>>,
        time: &CallTime,
    ) -> Result<http::Response<Body>, Failure> {
        let timeouts = self.timeouts();
        let (parts, mut body) = answer_within(sending, timeouts).await.map_err(Failure::Wire)?.into_parts();
        self.observer().on_response(call.operation, parts.status, &parts.headers);
        if !parts.status.is_success() {
            // A refusal whose body is cut is a refusal all the same.
            let body = collect_within(&mut body, MAX_ERROR, timeouts).await.ok();
            let known = body.as_deref().unwrap_or_default();
            let refusal = ServiceError::decode(parts.status, &parts.headers, known);
            let raw = body.and_then(|body| RawAnswer::new(parts.headers, body));
            return Err(Failure::Refused(refusal.with_raw(raw)));
        }
        let body = match call.answer {
            Answer::Whole => {
                Body::Whole(collect_within(&mut body, MAX_ANSWER, timeouts).await.map_err(Failure::Wire)?)
            }
            Answer::Headers => in_time(body, timeouts, *time),
            Answer::Events => {
                // In a box: what is no stream needs no room for it.
                let begun = Box::pin(after_first_event(in_time(body, timeouts, *time))).await;
                begun.map_err(|failure| failure.answered_as(request_id_text(&parts.headers)))?
            }
        };
        Ok(http::Response::from_parts(parts, body))
    }
}

/// What follows an attempt that failed.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    AtOnce,
    WithOtherCredentials,
    /// After this pause the call stands in line again; it takes so long at least until it goes.
    After {
        pause: Duration,
        wait: Duration,
    },
}

impl Next {
    fn pause(self) -> Duration {
        if let Self::After { pause, .. } = self { pause } else { Duration::ZERO }
    }

    fn wait(self) -> Duration {
        if let Self::After { wait, .. } = self { wait } else { Duration::ZERO }
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
        _ => place.admitted(|_| Some(0)),
    }
    None
}

/// A stream that begins takes along what came before it.
fn begun(
    mut response: http::Response<Body>,
    mut attempts: Vec<Attempt>,
    last: Attempt,
    place: &Place,
    auth: &Auth,
) -> http::Response<Body> {
    attempts.push(last);
    let carried_api_key = auth.is_api_key();
    response.extensions_mut().insert(Begun { attempts, charge: place.charge(), carried_api_key });
    response
}

fn answered(response: &http::Response<Body>) -> AttemptOutcome {
    let request_id = request_id_text(response.headers());
    AttemptOutcome::Answered { status: response.status().as_u16(), code: None, request_id }
}
