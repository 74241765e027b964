//! The quota of the server: a token bucket whose rate may change at given times.

use std::time::Duration;

/// Time counts from the first call.
pub struct Bucket {
    /// Calls a second; `None` lets everything in.
    rate: Option<f64>,
    burst: f64,
    /// What the rate becomes, and when; the earliest first.
    changes: Vec<(Duration, f64)>,
    level: f64,
    filled: Duration,
}

impl Bucket {
    pub fn new(rate: Option<f64>, burst: f64, changes: Vec<(Duration, f64)>) -> Self {
        Self { rate, burst, changes, level: burst, filled: Duration::ZERO }
    }

    /// Takes room for a call, if there is any.
    pub fn take(&mut self, now: Duration) -> bool {
        while let Some(&(at, rate)) = self.changes.first().filter(|(at, _)| *at <= now) {
            self.fill(at);
            self.rate = Some(rate);
            self.changes.remove(0);
        }
        self.fill(now);
        if self.rate.is_none() {
            return true;
        }
        let room = self.level >= 1.0;
        if room {
            self.level -= 1.0;
        }
        room
    }

    fn fill(&mut self, now: Duration) {
        let more = now.saturating_sub(self.filled).as_secs_f64() * self.rate.unwrap_or(0.0);
        self.level = (self.level + more).min(self.burst);
        self.filled = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bucket: &mut Bucket, seconds: u64) -> usize {
        (0..seconds * 1000).filter(|ms| bucket.take(Duration::from_millis(*ms))).count()
    }

    #[test]
    fn lets_in_the_burst_and_then_the_rate() {
        assert_eq!(taken(&mut Bucket::new(Some(20.0), 20.0, Vec::new()), 10), 20 + 199);
    }

    #[test]
    fn changes_its_rate_when_told() {
        let changes = vec![(Duration::from_secs(2), 10.0), (Duration::from_secs(6), 20.0)];
        assert_eq!(taken(&mut Bucket::new(Some(20.0), 20.0, changes), 10), 20 + 40 + 40 + 79);
    }

    #[test]
    fn lets_everything_in_without_a_rate() {
        assert_eq!(taken(&mut Bucket::new(None, 1.0, Vec::new()), 1), 1000);
    }
}
