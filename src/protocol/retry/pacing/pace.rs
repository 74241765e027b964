//! How fast calls go once the service has refused one. While learning, the rate doubles until the next refusal. After
//! that it follows a saw: it starts a little below what was measured, passes it slowly, and the refusal at the end of
//! the tooth measures it anew.

use super::former::Former;
use super::overdue::Overdue;
use super::saved::{Reader, Writer};

/// How far below the measured rate a tooth starts, and above it ends.
const DIP: f64 = 0.03;
/// Growth with each admitted call while learning.
const LEARNING_GROWTH: f64 = 1.14;
/// The same where calls are seconds apart.
const SLOW_LEARNING_GROWTH: f64 = 1.3;
/// Growth in one round of verdicts while learning, and above what the service is known to give.
const LEARNING_AT_MOST: f64 = 2.0;
/// Calls in the first tooth after learning.
const FIRST_TOOTH: f64 = 8.0;
/// Calls in a tooth, once the measurements agree.
const LONGEST_TOOTH: f64 = 24.0;
/// And at least as many as go in this time: at high rates a refusal costs several calls.
const LONGEST_TOOTH_SECONDS: f64 = 2.0;
/// A tooth that lasts this many times its length means a raised quota.
const OVERDUE: f64 = 1.2;
/// Growth with each call while far below a rate that was reached not long ago.
const RECOVERY: f64 = 1.17;
/// How far below.
const RECOVERY_BELOW: f64 = 0.72;
/// Growth with each call on the way back to the rate before the quota was lowered.
const RETURN: f64 = 1.4;
/// After a rest of so many calls, what was not used may have gathered: more is tried at once.
const REST: f64 = 10.0;
/// A rate that was reached counts up to this many times what was measured: beyond it, it only ran ahead of a refusal.
const BELIEVED: f64 = 1.6;
/// Two measurements in a row that differ by less are believed at once.
const AGREEMENT: f64 = 0.04;
/// The deepest cut where a measurement is not sure.
const CUT: f64 = 0.05;
/// A measurement this many times lower is believed more than the rate: as a rule the quota was lowered.
const FAR: f64 = 1.15;
/// How much of the way to it is gone at once.
const FAR_TRUST: f64 = 0.76;
/// So few calls after a refusal, the next comes soon. So many in a row that do are no chance.
const SOON: f64 = 4.0;
const SOON_IN_A_ROW: u32 = 2;
/// A probe that is refused says that a rate is too high once a stall has lasted as long as so many calls at it.
const ROOM: f64 = 1.3;
/// A measurement below this share of a rate that was given contradicts it.
const DOUBTFUL: f64 = 0.9;
/// So many in a row, and it is no longer kept to.
const DOUBTS: u32 = 2;
/// The first probe after a refusal, in calls at the present rate.
const FIRST_PROBE: f64 = 0.32;
/// Missed sends that may be caught up.
const CREDIT: f64 = 4.0;
/// A call sent this much earlier than the rate asks was one caught up.
const EARLY: f64 = 0.7;

/// The present rate, and where it stands in its tooth.
#[derive(Debug)]
pub(super) struct Pace {
    /// Calls a second.
    rate: f64,
    /// What the tooth is built around.
    base: f64,
    stage: Stage,
    /// Calls admitted since the tooth began.
    tooth: f64,
    /// Calls that a tooth is to have.
    length: f64,
    /// The highest rate not long ago.
    peak: f64,
    former: Former,
    /// What the last refusal measured.
    measured: Option<f64>,
    previous: Option<f64>,
    /// The rate that the last refusal ended, and whether that was while learning.
    refused: f64,
    refused_learning: bool,
    overdue: Overdue,
    /// When the next call may go.
    due: f64,
    credit: f64,
    last_sent: f64,
    caught_up: bool,
    has_rested: bool,
    /// Refusals in a row that came soon after another.
    soon: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Doubling. A round ends with the verdict on a call that was sent in it.
    Learning {
        growth: f64,
        round: f64,
        limit: f64,
    },
    Steady,
    /// The rate was given, and is kept to, until measurements contradict it.
    Given {
        doubts: u32,
    },
}

impl Pace {
    /// The first guess, when the probe that ended the first stall got in: between one call in the whole stall, and one
    /// since the last refusal.
    pub(super) fn guess(first_refusal: f64, last_refusal: f64, sent: f64) -> Self {
        let lasted = (sent - first_refusal).max(1e-3);
        let refused_for = (last_refusal - first_refusal).max(lasted / 4.0);
        let rate = (lasted * refused_for).sqrt().recip().min(1.5 / lasted);
        let growth = if lasted > 1.5 { SLOW_LEARNING_GROWTH } else { LEARNING_GROWTH };
        Self::new(rate, Stage::Learning { growth, round: sent, limit: rate * LEARNING_AT_MOST })
    }

    /// A rate that was given.
    pub(super) fn given(rate: f64) -> Self {
        Self::new(rate, Stage::Given { doubts: 0 })
    }

    fn new(rate: f64, stage: Stage) -> Self {
        Self {
            rate,
            base: rate,
            stage,
            tooth: 0.0,
            length: FIRST_TOOTH,
            peak: 0.0,
            former: Former::unknown(),
            measured: None,
            previous: None,
            refused: rate,
            refused_learning: true,
            overdue: Overdue::new(),
            due: 0.0,
            credit: CREDIT,
            last_sent: f64::NEG_INFINITY,
            caught_up: false,
            has_rested: false,
            soon: 0,
        }
    }

    /// Calls a second.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate that the last refusal ended.
    pub(super) fn refused_rate(&self) -> f64 {
        self.refused
    }

    /// When the next call may go.
    pub(super) fn due(&self) -> f64 {
        self.due
    }

    pub(super) fn first_probe_wait(&self) -> f64 {
        if self.is_given() { self.rate.recip() } else { FIRST_PROBE / self.rate }
    }

    /// A call goes now. One that could have gone earlier makes room for others to follow at once, but for few.
    pub(super) fn sent(&mut self, now: f64) {
        let gap = self.rate.recip();
        self.caught_up = now - self.last_sent < EARLY * gap;
        self.has_rested |= now - self.last_sent > REST * gap;
        self.last_sent = now;
        self.due = self.due.max(now - self.credit * gap) + gap;
    }

    /// A call was admitted: a little faster. `at_least` is what the service is known to give.
    pub(super) fn admitted(&mut self, sent: f64, now: f64, at_least: Option<f64>) {
        self.tooth += 1.0;
        match &mut self.stage {
            Stage::Given { .. } => {}
            Stage::Learning { growth, round, limit } => {
                if sent >= *round {
                    *round = now;
                    *limit = self.rate * LEARNING_AT_MOST;
                }
                let known = match at_least {
                    Some(rate) if *growth < SLOW_LEARNING_GROWTH => rate * LEARNING_AT_MOST,
                    _ => f64::INFINITY,
                };
                self.rate = (self.rate * *growth).min(*limit).min(known).max(self.rate);
                self.base = self.rate;
            }
            Stage::Steady if self.rate < RECOVERY_BELOW * self.peak => {
                self.rate *= RECOVERY;
                self.base = self.rate;
                self.tooth = 0.0;
            }
            Stage::Steady
                if let Some(former) = self.former.worth_trying(self.tooth)
                    && self.rate < former =>
            {
                self.rate = (self.rate * RETURN).min(former);
                self.base = self.rate;
            }
            Stage::Steady if self.tooth <= OVERDUE * self.length && !self.has_rested => {
                let rise = 2.0 * DIP * self.tooth / self.length;
                self.rate = self.rate.max(self.base * (1.0 - DIP + rise));
            }
            Stage::Steady => {
                self.rate = self.overdue.next_rate(self.rate, now, self.has_rested);
                self.base = self.rate;
            }
        }
    }

    /// Whether a refusal now is one of several that come so soon after each other that they are no chance.
    pub(super) fn is_pressed(&self) -> bool {
        self.tooth <= SOON && self.soon + 1 >= SOON_IN_A_ROW
    }

    /// A call was refused. `measured` is the rate since earlier refusals.
    pub(super) fn refused(&mut self, measured: Option<f64>) {
        let learning = matches!(self.stage, Stage::Learning { .. });
        self.refused = self.rate;
        self.refused_learning = learning;
        self.measured = measured;
        let calls = std::mem::take(&mut self.tooth);
        self.soon = if calls <= SOON { self.soon.saturating_add(1) } else { 0 };
        self.has_rested = false;
        if let Stage::Given { doubts } = &mut self.stage {
            // With too few calls between refusals to measure anything, it is far too high.
            *doubts =
                if measured.is_none_or(|measured| measured < DOUBTFUL * self.rate) { *doubts + 1 } else { 0 };
            if *doubts < DOUBTS {
                return;
            }
        }
        self.peak = match self.rate >= self.peak {
            _ if learning => 0.0,
            true => measured.map_or(self.rate, |measured| (measured * BELIEVED).min(self.rate)),
            false => self.rate.max(RECOVERY_BELOW * self.peak),
        };
        let change = match (measured, self.previous) {
            (Some(measured), Some(previous)) => measured / previous,
            _ => f64::INFINITY,
        };
        let longest = LONGEST_TOOTH.max(self.rate * LONGEST_TOOTH_SECONDS);
        if let Some(measured) = measured.filter(|_| !learning) {
            self.former.measured(measured, calls);
        }
        self.length = match change {
            _ if learning || self.former.is_lowered() => FIRST_TOOTH,
            change if (0.85..1.18).contains(&change) => (self.length * 2.0).min(longest),
            _ => (self.length / 2.0).max(FIRST_TOOTH),
        };
        self.previous = measured.or(self.previous);
        self.base = match measured {
            Some(measured) if (change - 1.0).abs() < AGREEMENT && !learning => measured.min(self.rate),
            // It only ran ahead to see whether the former rate is back.
            Some(measured) if self.former.worth_trying(calls).is_some() => measured,
            Some(measured) if measured < self.rate / FAR => {
                measured.powf(FAR_TRUST) * self.rate.powf(1.0 - FAR_TRUST)
            }
            _ if learning => self.rate / 1.1,
            Some(measured) => measured.max(self.rate * (1.0 - CUT)).min(self.rate),
            None => self.rate * (1.0 - CUT),
        };
        self.stage = Stage::Steady;
        if self.caught_up {
            self.credit = if self.credit < 0.8 { 0.0 } else { self.credit / 2.0 };
        }
        self.start_tooth();
    }

    /// A burst after a refill measured the rate anew.
    pub(super) fn remeasured(&mut self, measured: f64) {
        if !self.is_given() {
            self.base = measured;
            self.start_tooth();
            self.refused = self.rate;
            self.peak = self.rate;
        }
    }

    /// The probe was refused, for the nth time in a stall that has lasted so long: the measurement was right, and once
    /// there should have been room for a call, even it was too high.
    pub(super) fn probe_refused(&mut self, nth: i32, lasted: f64) {
        if self.is_given() || (nth > 1 && lasted * self.base < ROOM) {
            return;
        }
        let floor = |otherwise: f64| self.refused * if self.refused_learning { 0.1 } else { otherwise };
        self.base = if nth == 1 {
            let measured = self.measured.unwrap_or(0.8 * self.refused);
            measured.max(floor(0.7)).min(0.95 * self.refused)
        } else {
            (0.8 * self.base).max(floor(0.3))
        };
        self.start_tooth();
    }

    /// The probe got in: calls go on from `from`, what was missed since may be caught up within the credit.
    pub(super) fn resume(&mut self, from: f64, now: f64) {
        self.tooth = 0.0;
        (self.due, self.last_sent) = (from + self.rate.recip(), from);
        if let Stage::Learning { round, limit, .. } = &mut self.stage {
            *round = now;
            *limit = self.rate * LEARNING_AT_MOST;
        }
    }

    pub(super) fn is_given(&self) -> bool {
        matches!(self.stage, Stage::Given { .. })
    }

    fn start_tooth(&mut self) {
        self.rate = self.base * (1.0 - DIP);
        self.overdue = Overdue::new();
    }

    pub(super) fn save(&self, out: &mut Writer) {
        match self.stage {
            Stage::Learning { growth, round, limit } => {
                out.word("learning");
                for number in [growth, round, limit] {
                    out.word(number);
                }
            }
            Stage::Steady => out.word("steady"),
            Stage::Given { doubts } => {
                out.word("given");
                out.word(doubts);
            }
        }
        for number in [self.rate, self.base, self.tooth, self.length, self.peak, self.refused] {
            out.word(number);
        }
        out.option(self.measured);
        out.option(self.previous);
        for number in [self.due, self.credit, self.last_sent] {
            out.word(number);
        }
        out.word(self.refused_learning);
        out.word(self.caught_up);
        out.word(self.has_rested);
        out.word(self.soon);
        self.former.save(out);
        self.overdue.save(out);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        let stage = match saved.text()? {
            "learning" => {
                Stage::Learning { growth: saved.word()?, round: saved.word()?, limit: saved.word()? }
            }
            "steady" => Stage::Steady,
            "given" => Stage::Given { doubts: saved.word()? },
            _ => return None,
        };
        Some(Self {
            stage,
            rate: saved.word().filter(|rate| *rate > 0.0)?,
            base: saved.word()?,
            tooth: saved.word()?,
            length: saved.word()?,
            peak: saved.word()?,
            refused: saved.word()?,
            measured: saved.option()?,
            previous: saved.option()?,
            due: saved.word()?,
            credit: saved.word()?,
            last_sent: saved.word()?,
            refused_learning: saved.word()?,
            caught_up: saved.word()?,
            has_rested: saved.word()?,
            soon: saved.word()?,
            former: Former::load(saved)?,
            overdue: Overdue::load(saved)?,
        })
    }
}
