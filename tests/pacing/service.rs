//! Services that throttle, each by its own kind of quota, in simulated seconds.

use super::random::Random;
use std::collections::VecDeque;

/// What a token call reserves at its start, in units of what it uses in the end.
const RESERVED: f64 = 2.5;

/// When a sudden quota begins.
const SUDDENLY: f64 = 5.0;

/// How calls are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quota {
    /// Nothing is refused.
    None,
    /// A token bucket.
    Bucket,
    /// A token bucket whose rate halves after a third of the ideal time, and doubles after three quarters.
    Moving,
    /// A count per minute, refilled at once at a moment that the client cannot know.
    Minute,
    /// The same count in every span of a minute.
    SlidingMinute,
    /// A bucket of tokens: 2.5 are taken at the start of a call, and 1.5 given back at its end.
    Tokens,
    /// Nothing is refused for five seconds. From then on it is a token bucket, and empty.
    Sudden,
}

pub struct Service {
    quota: Quota,
    /// The share of calls that are refused whatever the quota.
    chance: f64,
    dice: Random,
    rate: f64,
    burst: f64,
    level: f64,
    at: f64,
    /// When the minute began, before time 0.
    phase: f64,
    minute: f64,
    in_minute: f64,
    log: VecDeque<f64>,
    halves_at: f64,
    doubles_at: f64,
}

impl Service {
    pub fn new(quota: Quota, rate: f64, burst: f64, calls: f64, chance: f64, seed: u64) -> Self {
        let span = (calls - burst).max(calls * 0.3) / rate;
        let burst = if quota == Quota::Tokens { burst * RESERVED } else { burst };
        Self {
            quota,
            chance,
            dice: Random::new(seed + 2000),
            rate,
            burst,
            level: burst,
            at: 0.0,
            phase: Random::new(seed + 1000).unit() * 60.0,
            minute: -1.0,
            in_minute: 0.0,
            log: VecDeque::new(),
            halves_at: span * 0.33,
            doubles_at: span * 0.75,
        }
    }

    /// Whether a call that arrives now is let in.
    pub fn lets_in(&mut self, now: f64) -> bool {
        if self.chance > 0.0 && self.dice.unit() < self.chance {
            return false;
        }
        match self.quota {
            Quota::None => true,
            Quota::Bucket | Quota::Moving => self.take(now, 1.0),
            Quota::Tokens => self.take(now, RESERVED),
            Quota::Sudden if now < SUDDENLY => true,
            Quota::Sudden => {
                self.level = if self.at < SUDDENLY { 0.0 } else { self.level };
                self.at = self.at.max(SUDDENLY);
                self.take(now, 1.0)
            }
            Quota::Minute => {
                let minute = ((now + self.phase) / 60.0).floor();
                if minute > self.minute {
                    (self.minute, self.in_minute) = (minute, 0.0);
                }
                self.in_minute += 1.0;
                self.in_minute <= (self.rate * 60.0).round()
            }
            Quota::SlidingMinute => {
                while self.log.front().is_some_and(|at| *at <= now - 60.0) {
                    self.log.pop_front();
                }
                let room = self.log.len() < (self.rate * 60.0).round() as usize;
                if room {
                    self.log.push_back(now);
                }
                room
            }
        }
    }

    /// A call that was let in has ended.
    pub fn ended(&mut self, now: f64) {
        if self.quota == Quota::Tokens {
            self.fill(now);
            self.level = (self.level + RESERVED - 1.0).min(self.burst);
        }
    }

    fn take(&mut self, now: f64, cost: f64) -> bool {
        self.fill(now);
        let room = self.level >= cost - 1e-9;
        if room {
            self.level -= cost;
        }
        room
    }

    fn fill(&mut self, now: f64) {
        let middle = f64::midpoint(now, self.at);
        let halved = self.quota == Quota::Moving && middle >= self.halves_at && middle < self.doubles_at;
        let rate = if halved { self.rate / 2.0 } else { self.rate };
        self.level = (self.level + (now - self.at).max(0.0) * rate).min(self.burst);
        self.at = self.at.max(now);
    }
}
