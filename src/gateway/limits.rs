//! How much is left of what a key may: requests and tokens a minute. Both refill evenly, and hold a minute's worth at
//! most.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What is left for one key. It outlives a reload, also one that changes the limits.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    requests: Bucket,
    tokens: Bucket,
}

impl Allowance {
    /// Takes one request, or says when there will be one.
    pub(super) fn take_request(&self, per_minute: u32) -> Result<(), Duration> {
        self.requests.take(1.0, f64::from(per_minute))
    }

    /// Whether any token is left: a call that took more than was reserved leaves a debt.
    pub(super) fn has_tokens(&self, per_minute: u64) -> Result<(), Duration> {
        self.tokens.take(0.0, tokens(per_minute))
    }

    /// Takes tokens before it is known how many it will be. Who asks for more than a minute has waits for all of them.
    pub(super) fn reserve(&self, reserved: u64, per_minute: u64) -> Result<(), Duration> {
        let per_minute = tokens(per_minute);
        self.tokens.take(tokens(reserved).min(per_minute), per_minute)
    }

    /// Puts what it was in the place of what was reserved.
    pub(super) fn settle(&self, reserved: u64, used: u64, per_minute: u64) {
        let per_minute = tokens(per_minute);
        self.tokens.change(tokens(reserved).min(per_minute) - tokens(used), per_minute);
    }
}

/// Counts of tokens are far below 2⁵², where this begins to round.
#[allow(clippy::cast_precision_loss)]
fn tokens(count: u64) -> f64 {
    count as f64
}

#[derive(Debug, Default)]
struct Bucket(Mutex<Option<Level>>);

#[derive(Clone, Copy, Debug)]
struct Level {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn take(&self, amount: f64, per_minute: f64) -> Result<(), Duration> {
        self.with_level(per_minute, |level| {
            // Nothing may be taken out of a debt, not even nothing.
            let missing = if level.left < 0.0 { amount.max(1.0) - level.left } else { amount - level.left };
            if missing > 0.0 {
                let seconds = missing * 60.0 / per_minute;
                return Err(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_mins(1)));
            }
            level.left -= amount;
            Ok(())
        })
    }

    fn change(&self, by: f64, per_minute: f64) {
        self.with_level(per_minute, |level| level.left = (level.left + by).min(per_minute));
    }

    /// The level as it is now.
    fn with_level<R>(&self, per_minute: f64, act: impl FnOnce(&mut Level) -> R) -> R {
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let level = kept.get_or_insert(Level { left: per_minute, at: now });
        let refilled = now.saturating_duration_since(level.at).as_secs_f64() * per_minute / 60.0;
        *level = Level { left: (level.left + refilled).min(per_minute), at: now };
        act(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn requests_refill_evenly() {
        let allowance = Allowance::default();
        for _ in 0..60 {
            assert_eq!(allowance.take_request(60), Ok(()));
        }
        assert_eq!(allowance.take_request(60), Err(Duration::from_secs(1)));
        advance(Duration::from_secs(2)).await;
        assert!(allowance.take_request(60).is_ok() && allowance.take_request(60).is_ok());
        assert!(allowance.take_request(60).is_err());
        // Less is allowed after a reload: what was saved up is cut to it.
        advance(Duration::from_mins(5)).await;
        assert!(allowance.take_request(1).is_ok());
        assert_eq!(allowance.take_request(1), Err(Duration::from_mins(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_are_reserved_and_settled() {
        let allowance = Allowance::default();
        assert_eq!(allowance.reserve(600, 1000), Ok(()));
        assert_eq!(allowance.reserve(600, 1000), Err(Duration::from_secs(12)));
        allowance.settle(600, 100, 1000);
        assert_eq!(allowance.reserve(600, 1000), Ok(()));
        // It took more than that: a debt, which is waited off.
        allowance.settle(600, 2000, 1000);
        assert!(allowance.has_tokens(1000).is_err());
        advance(Duration::from_mins(2)).await;
        assert_eq!(allowance.has_tokens(1000), Ok(()));
        advance(Duration::from_mins(1)).await;
        // More than a minute has is not refused for ever.
        assert_eq!(allowance.reserve(9999, 1000), Ok(()));
    }
}
