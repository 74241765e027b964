//! The retry quota: what the calls of one client may spend on retries together, so that an outage is not answered
//! with a storm. <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>

/// Tokens at the start, and at most.
const CAPACITY: u32 = 500;
/// What a retry after throttling costs.
const THROTTLING_COST: u32 = 5;
/// What any other retry costs.
const OTHER_COST: u32 = 14;
/// What a call that succeeded without a retry gives back.
const SUCCESS_REFUND: u32 = 1;

/// A bucket of retry tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryQuota {
    available: u32,
}

impl Default for RetryQuota {
    fn default() -> Self {
        Self { available: CAPACITY }
    }
}

impl RetryQuota {
    /// Takes what a retry costs; `None` where there is not enough left.
    pub fn acquire(&mut self, throttled: bool) -> Option<u32> {
        let cost = if throttled { THROTTLING_COST } else { OTHER_COST };
        self.available = self.available.checked_sub(cost)?;
        Some(cost)
    }

    /// Gives back what the last retry of a successful call had cost, or a little where it needed none.
    pub fn succeeded(&mut self, last_cost: Option<u32>) {
        self.available = (self.available + last_cost.unwrap_or(SUCCESS_REFUND)).min(CAPACITY);
    }

    /// What is left.
    pub fn available(&self) -> u32 {
        self.available
    }
}
