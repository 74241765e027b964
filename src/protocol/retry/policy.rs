//! decide(history, outcome) → Decision.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>

use super::quota::RetryQuota;
use crate::protocol::outcome::Outcome;
use crate::protocol::service_error::RetryAfter;
use std::time::{Duration, SystemTime};

/// The first delay after throttling.
const THROTTLING_BASE: Duration = Duration::from_secs(1);
/// The first delay after anything else.
const OTHER_BASE: Duration = Duration::from_millis(50);
/// The longest delay.
const CAP: Duration = Duration::from_secs(20);
/// How much longer than our own delay `x-amz-retry-after` may make it.
const SERVER_MARGIN: Duration = Duration::from_secs(5);
/// The longest `Retry-After` that is waited for; a longer one ends the call.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);
/// Attempts of one call that are not throttled, where no number was given.
const OTHER_ATTEMPTS: u32 = 5;
/// Attempts in AWS's standard mode.
const STANDARD_ATTEMPTS: u32 = 3;

/// How retries are bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryMode {
    /// Throttling is bounded by the call's time; everything else by the quota and 5 attempts. AWS's own quota is what
    /// makes its SDK give up on most calls of a burst.
    #[default]
    Patient,
    /// For people who wait at a screen: as `Patient`, but throttling ends a call at once, and a call that would have to
    /// wait for a quota that others have used up is not sent.
    FailFast,
    /// As `AWS_RETRY_MODE=standard`: 3 attempts, and the quota bounds throttling too. Calls are not paced, unless the
    /// client was given a quota of the model, or a folder to share it.
    Standard,
}

/// How often and how long to retry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How retries are bounded.
    pub mode: RetryMode,
    /// The most attempts of one call, throttled or not; at least 1.
    pub max_attempts: Option<u32>,
}

/// What has happened to one call so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Attempts that were throttled.
    throttled: u32,
    /// Attempts that failed otherwise.
    failed: u32,
    timed_out: bool,
    clock_corrected: bool,
    credentials_refreshed: bool,
    /// What the last retry took from the quota.
    pub last_cost: Option<u32>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Wait, then send again.
    Retry(Delay),
    /// Send again at once, with the server's clock.
    CorrectClock(SystemTime),
    /// Send again at once, with fresh credentials.
    RefreshCredentials,
    /// The call has failed.
    Stop(StopReason),
}

/// Why a call is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Trying again would not change the answer.
    NotRetryable,
    /// As many attempts as were allowed.
    AttemptsUsed,
    /// The calls of this client have used up their retries.
    QuotaUsed,
    /// The next delay would end after the time of the call.
    TimeUsed,
    /// The call would have to wait for its turn, and was told not to.
    WouldWait,
    /// The server asks for a wait of more than five minutes.
    WaitTooLong,
}

/// An exponential delay, before its jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The first delay.
    pub base: Duration,
    /// How often it has doubled.
    pub doublings: u32,
    /// The longest delay.
    pub cap: Duration,
    server: Option<RetryAfter>,
}

impl RetryPolicy {
    /// Decides what to do after an attempt that did not succeed, and remembers it. `repeatable` says whether running
    /// the request twice does no more than running it once; `server` is what the answer asked to wait.
    pub fn decide(
        &self,
        history: &mut History,
        outcome: &Outcome,
        repeatable: bool,
        server: Option<RetryAfter>,
        quota: &mut RetryQuota,
    ) -> Decision {
        let attempts = history.attempts() + 1;
        let throttled = matches!(outcome, Outcome::Throttled);
        let used_up = self.limit(history, throttled).is_some_and(|limit| attempts >= limit);
        match outcome {
            Outcome::ClockSkew { .. } if history.clock_corrected => {
                return Decision::Stop(StopReason::NotRetryable);
            }
            Outcome::ExpiredCredentials if history.credentials_refreshed => {
                return Decision::Stop(StopReason::NotRetryable);
            }
            Outcome::ClockSkew { .. } | Outcome::ExpiredCredentials if used_up => {
                return Decision::Stop(StopReason::AttemptsUsed);
            }
            Outcome::ClockSkew { server_time } => {
                history.clock_corrected = true;
                return Decision::CorrectClock(*server_time);
            }
            Outcome::ExpiredCredentials => {
                history.credentials_refreshed = true;
                return Decision::RefreshCredentials;
            }
            // However many attempts are allowed.
            Outcome::ModelTimeout if history.timed_out => return Decision::Stop(StopReason::NotRetryable),
            Outcome::ModelTimeout => history.timed_out = true,
            Outcome::Wire(failure) if !failure.allows_retry(repeatable) => {
                return Decision::Stop(StopReason::NotRetryable);
            }
            Outcome::Throttled | Outcome::NotReady | Outcome::Transient | Outcome::Wire(_) => {}
            _ => return Decision::Stop(StopReason::NotRetryable),
        }
        if matches!(server, Some(RetryAfter::Http(wait)) if wait > LONGEST_RETRY_AFTER) {
            return Decision::Stop(StopReason::WaitTooLong);
        }
        if throttled && self.mode == RetryMode::FailFast {
            return Decision::Stop(StopReason::WouldWait);
        }
        if used_up {
            return Decision::Stop(StopReason::AttemptsUsed);
        }
        let is_free = throttled && self.mode == RetryMode::Patient;
        if !is_free {
            let Some(cost) = quota.acquire(throttled) else {
                return Decision::Stop(StopReason::QuotaUsed);
            };
            history.last_cost = Some(cost);
        }
        let (base, count) = if throttled {
            (THROTTLING_BASE, &mut history.throttled)
        } else {
            (OTHER_BASE, &mut history.failed)
        };
        let doublings = *count;
        *count += 1;
        Decision::Retry(Delay { base, doublings, cap: CAP, server })
    }

    /// The most attempts that this call may make. Throttling and corrections do not use up the five of a patient call.
    fn limit(&self, history: &History, throttled: bool) -> Option<u32> {
        match (self.max_attempts, self.mode) {
            (Some(limit), _) => Some(limit.max(1)),
            (None, RetryMode::Standard) => Some(STANDARD_ATTEMPTS),
            (None, RetryMode::Patient) if throttled => None,
            (None, RetryMode::Patient | RetryMode::FailFast) => {
                Some(OTHER_ATTEMPTS + history.throttled + history.corrections())
            }
        }
    }
}

impl History {
    /// Attempts that were followed by another.
    fn attempts(&self) -> u32 {
        self.throttled + self.failed + self.corrections()
    }

    /// Attempts that were followed by another at once.
    fn corrections(&self) -> u32 {
        u32::from(self.clock_corrected) + u32::from(self.credentials_refreshed)
    }
}

impl Delay {
    /// The longest that the jitter may make it: base · 2^doublings, at most the cap.
    pub fn ceiling(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.doublings).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// The wait, after the jitter gave `own`: `x-amz-retry-after` makes it longer, but by no more than 5 s;
    /// `Retry-After` is waited whole.
    pub fn at_least(&self, own: Duration) -> Duration {
        match self.server {
            None => own,
            Some(RetryAfter::Amz(asked)) => own.max(asked.min(own + SERVER_MARGIN)),
            Some(RetryAfter::Http(asked)) => own.max(asked),
        }
    }
}
