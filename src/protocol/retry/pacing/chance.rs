//! Whether the service refuses calls by chance, a few in a hundred, with no quota behind it. Slowing down for those would
//! never end: they come at every rate.
//!
//! What tells is what follows a refusal. A quota that is used up refuses the next calls too; chance lets nearly all of
//! them in. Calls that are on the way show it for nothing, and where they do not, a [`Trial`] asks. As a trial costs
//! refusals where there is a quota, those that found one make the next rarer.

use super::meter::Meter;
use super::saved::{Reader, Writer};
use super::trial::{Known, Outcome, Trial};
use std::collections::VecDeque;

/// Trials in a row that must speak for chance before refusals are ignored; doubled each time that this proves wrong.
const ENOUGH: u32 = 1;
const ENOUGH_AT_MOST: u32 = 64;
/// How many times more trials may speak for a quota than for chance before trials become rare.
const CREDIT: u32 = 2;
const CREDIT_AT_MOST: u32 = 6;
/// Refusals without a trial, at first. Three times as many and two, each time that a trial finds a quota.
const PAUSE: u32 = 2;
const PAUSE_AT_MOST: u32 = 242;
/// So many refusals, with so few calls let in between the first and the last, are no chance.
const DENSE: usize = 6;
const DENSE_ADMITTED: f64 = 10.0;

/// What the refusals so far say of chance.
#[derive(Debug)]
pub(super) struct Chance {
    trial: Option<Trial>,
    /// Trials in a row that spoke for chance, and how many are enough.
    for_chance: u32,
    enough: u32,
    credit: u32,
    /// Refusals until the next trial, and how many there were after the last.
    left: u32,
    pause: u32,
    /// When the last refused calls were sent.
    refused: VecDeque<f64>,
}

impl Chance {
    pub(super) fn new() -> Self {
        Self {
            trial: None,
            for_chance: 0,
            enough: ENOUGH,
            credit: 0,
            left: PAUSE,
            pause: PAUSE,
            refused: VecDeque::new(),
        }
    }

    /// Whether refusals are known to be chance.
    pub(super) fn is_known(&self) -> bool {
        self.for_chance >= self.enough
    }

    /// Whether so many of the last calls were refused that it is a quota after all.
    pub(super) fn is_doubtful(&self, meter: &Meter) -> bool {
        let first = self.refused.iter().copied().fold(f64::INFINITY, f64::min);
        let last = self.refused.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.refused.len() >= DENSE && meter.between(first, last) < DENSE_ADMITTED
    }

    /// The trial that is on.
    pub(super) fn trial(&self) -> Option<&Trial> {
        self.trial.as_ref()
    }

    /// Looks at the calls on the way before it asks.
    pub(super) fn watch(&mut self, sent: f64, now: f64) {
        self.trial = Some(Trial::watch(sent, now));
    }

    /// Asks at once.
    pub(super) fn ask(&mut self, sent: f64, now: f64) {
        self.trial = Some(Trial::ask(sent, now, self.credit > 0));
    }

    /// Whether a refusal that nothing else explains is worth a trial.
    pub(super) fn is_worth_asking(&mut self) -> bool {
        let is_worth = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_worth
    }

    pub(super) fn sent(&mut self) {
        if let Some(trial) = &mut self.trial {
            trial.sent();
        }
    }

    pub(super) fn refused(&mut self, sent: f64) {
        self.refused.push_back(sent);
        if self.refused.len() > DENSE {
            self.refused.pop_front();
        }
        if let Some(trial) = &mut self.trial {
            trial.refused(sent);
        }
    }

    pub(super) fn admitted(&mut self, sent: f64) {
        if let Some(trial) = &mut self.trial {
            trial.admitted(sent);
        }
    }

    pub(super) fn lost(&mut self, sent: f64) {
        if let Some(trial) = &mut self.trial {
            trial.lost(sent);
        }
    }

    /// Ends the trial when it has said what it can.
    pub(super) fn judge(&mut self, known: &Known<'_>) -> Option<(Trial, Outcome)> {
        let outcome = self.trial.as_mut()?.judge(known)?;
        let trial = self.trial.take()?;
        match outcome {
            Outcome::Chance => self.speaks_for_chance(),
            Outcome::Quota if trial.has_asked() => self.speaks_for_a_quota(),
            Outcome::Quota | Outcome::Unclear => {}
        }
        Some((trial, outcome))
    }

    fn speaks_for_chance(&mut self) {
        self.for_chance = (self.for_chance + 1).min(self.enough);
        self.credit = (self.credit + CREDIT).min(CREDIT_AT_MOST);
        (self.left, self.pause) = (0, 0);
    }

    fn speaks_for_a_quota(&mut self) {
        if self.is_known() {
            self.enough = (self.enough * 2).min(ENOUGH_AT_MOST);
            self.for_chance = 0;
        } else {
            self.for_chance /= 2;
        }
        if self.credit > 0 {
            self.credit -= 1;
        } else {
            self.pause = (self.pause * 3 + 2).min(PAUSE_AT_MOST);
            self.left = self.pause;
        }
    }

    pub(super) fn save(&self, out: &mut Writer) {
        for number in [self.for_chance, self.enough, self.credit, self.left, self.pause] {
            out.word(number);
        }
        out.word(self.refused.len());
        for sent in &self.refused {
            out.word(sent);
        }
        out.word(self.trial.is_some());
        if let Some(trial) = &self.trial {
            trial.save(out);
        }
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            for_chance: saved.word()?,
            enough: saved.word().filter(|enough| (ENOUGH..=ENOUGH_AT_MOST).contains(enough))?,
            credit: saved.word()?,
            left: saved.word()?,
            pause: saved.word().filter(|pause| *pause <= PAUSE_AT_MOST)?,
            refused: (0..saved.count(DENSE)?).map(|_| saved.word()).collect::<Option<_>>()?,
            trial: if saved.word()? { Some(Trial::load(saved)?) } else { None },
        })
    }
}
