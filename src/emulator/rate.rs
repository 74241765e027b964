//! A token bucket on the server's side: what is over it is throttled.

use super::options::RateLimit;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

pub(super) struct Bucket {
    limit: RateLimit,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    filled_at: Option<Instant>,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(limit: RateLimit) -> Self {
        Self { limit, state: Mutex::new(State { tokens: f64::from(limit.burst), filled_at: None }) }
    }

    /// Takes a token, where there is one.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = state.filled_at.map_or(0.0, |then| now.duration_since(then).as_secs_f64());
        state.filled_at = Some(now);
        state.tokens = (state.tokens + passed * self.limit.per_second).min(f64::from(self.limit.burst));
        if state.tokens < 1.0 {
            return false;
        }
        state.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_holds_a_burst_and_refills() {
        let bucket = Bucket::new(RateLimit { per_second: 2.0, burst: 3 });
        let start = Instant::now();
        let taken: Vec<bool> = (0..4).map(|_| bucket.take(start)).collect();
        assert_eq!(taken, [true, true, true, false]);
        assert!(!bucket.take(start + Duration::from_millis(400)));
        assert!(bucket.take(start + Duration::from_millis(500)));
        assert!(!bucket.take(start + Duration::from_millis(501)));
    }
}
