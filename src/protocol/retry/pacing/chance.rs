//! Whether what the service refuses is chance.
use super::meter::Meter;
use std::collections::VecDeque;

const NEEDED: u32 = 1;
const MOST_NEEDED: u32 = 64;
const DENSE_REFUSALS: usize = 6;
const DENSE_BETWEEN: f64 = 10.0;
const MOST_PAUSE: u32 = 64;
const MOST_CREDIT: u32 = 6;

#[derive(Debug)]
pub(super) struct Chance {
    passed: u32,
    needed: u32,
    /// Refusals until the next trial.
    left: u32,
    pause: u32,
    credit: u32,
    refused: VecDeque<f64>,
}

impl Chance {
    pub(super) fn new() -> Self {
        Self { passed: 0, needed: NEEDED, left: 2, pause: 2, credit: 0, refused: VecDeque::new() }
    }

    pub(super) fn is_certain(&self) -> bool {
        self.passed >= self.needed
    }

    pub(super) fn refused(&mut self, sent: f64, _meter: &Meter) {
        self.refused.push_back(sent);
        if self.refused.len() > DENSE_REFUSALS {
            self.refused.pop_front();
        }
    }

    pub(super) fn is_dense(&self, meter: &Meter) -> bool {
        let first = self.refused.iter().copied().fold(f64::INFINITY, f64::min);
        let last = self.refused.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.refused.len() >= DENSE_REFUSALS && meter.between(first, last) < DENSE_BETWEEN
    }

    pub(super) fn wants_trial(&mut self) -> bool {
        if self.left == 0 {
            return true;
        }
        self.left -= 1;
        false
    }

    /// Whether chance was seen not long ago.
    pub(super) fn was_seen(&self) -> bool {
        self.credit > 0
    }

    pub(super) fn proved(&mut self) {
        self.passed = (self.passed + 1).min(self.needed);
        self.credit = (self.credit + 2).min(MOST_CREDIT);
        (self.left, self.pause) = (0, 0);
    }

    pub(super) fn disproved(&mut self) {
        if self.is_certain() {
            self.needed = (self.needed * 2).min(MOST_NEEDED);
            self.passed = 0;
        } else {
            self.passed /= 2;
        }
        if self.credit > 0 {
            self.credit -= 1;
            return;
        }
        self.pause = (self.pause * 4 + 3).min(MOST_PAUSE);
        self.left = self.pause;
    }
}
