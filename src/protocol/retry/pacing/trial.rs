//! Tries whether a refusal was chance.
use super::meter::Meter;

const CALLS: u32 = 3;
const WEAK: u32 = 1;
const AT_ONCE: f64 = 0.004;

#[derive(Debug)]
pub(super) struct Trial {
    sent: f64,
    is_first: bool,
    refused_at: f64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Watching { refused: f64, last: f64 },
    Asking(Asking),
}

#[derive(Debug)]
struct Asking {
    since: f64,
    calls: u32,
    sent: u32,
    open: u32,
    refused: u32,
}

impl Asking {
    fn new(calls: u32, now: f64) -> Self {
        Self { since: now, calls, sent: 0, open: 0, refused: 0 }
    }
}

#[derive(Debug)]
pub(super) enum Outcome {
    Quota,
    Chance,
    Unclear,
}

impl Trial {
    pub(super) fn watch(sent: f64, now: f64, is_first: bool) -> Self {
        Self { is_first, sent, refused_at: now, stage: Stage::Watching { refused: 0.0, last: sent } }
    }

    pub(super) fn ask(sent: f64, now: f64, was_seen: bool) -> Self {
        let calls = if was_seen { CALLS } else { 2 };
        Self { is_first: false, sent, refused_at: now, stage: Stage::Asking(Asking::new(calls, now)) }
    }

    pub(super) fn since(&self) -> f64 {
        self.sent
    }
    pub(super) fn refused_at(&self) -> f64 {
        match &self.stage {
            Stage::Asking(asking) => asking.since,
            _ => self.refused_at,
        }
    }
    pub(super) fn refused_first(&self) -> f64 {
        self.refused_at
    }
    pub(super) fn last_refused(&self) -> f64 {
        match &self.stage {
            Stage::Asking(_) => self.sent,
            Stage::Watching { last, .. } => *last,
        }
    }
    pub(super) fn has_asked(&self) -> bool {
        matches!(self.stage, Stage::Asking { .. })
    }

    pub(super) fn asks(&self) -> bool {
        matches!(&self.stage, Stage::Asking(asking) if asking.sent < asking.calls)
    }

    pub(super) fn sent(&mut self, _at: f64) {
        if let Stage::Asking(asking) = &mut self.stage {
            asking.sent += 1;
            asking.open += 1;
        }
    }

    pub(super) fn refused(&mut self, at: f64) {
        match &mut self.stage {
            Stage::Watching { refused, last } => {
                *refused += 1.0;
                *last = last.max(at);
            }
            Stage::Asking(asking) if at >= asking.since => {
                asking.open -= 1;
                asking.refused += 1;
            }
            _ => {}
        }
    }

    pub(super) fn admitted(&mut self, at: f64) {
        if let Stage::Asking(asking) = &mut self.stage
            && at >= asking.since
        {
            asking.open -= 1;
        }
    }

    pub(super) fn lost(&mut self, at: f64) {
        if let Stage::Asking(asking) = &mut self.stage
            && at >= asking.since
        {
            asking.open -= 1;
            asking.sent -= 1;
        }
    }

    pub(super) fn judge(&mut self, open: usize, meter: &Meter, now: f64, rate: f64) -> Option<Outcome> {
        match &self.stage {
            Stage::Watching { refused, .. } => {
                let after = meter.after(self.sent + AT_ONCE);
                let is_sure = after >= (2.0 * refused).max(2.0);
                if !is_sure && !(self.is_first && *refused == 0.0) {
                    return Some(Outcome::Quota);
                }
                if open == 0 {
                    let calls = if is_sure { CALLS + (rate * (now - self.sent)).min(8.0) as u32 } else { WEAK };
                    self.stage = Stage::Asking(Asking::new(calls, now));
                }
                None
            }
            Stage::Asking(asking) if asking.refused * 3 > asking.calls => Some(Outcome::Quota),
            Stage::Asking(asking) if asking.open > 0 || asking.sent == 0 => None,
            Stage::Asking(asking) if asking.sent < asking.calls => Some(Outcome::Unclear),
            Stage::Asking(asking) if asking.calls <= 2 => {
                self.stage = Stage::Asking(Asking::new(CALLS + (rate * (now - asking.since)).min(8.0) as u32, now));
                None
            }
            Stage::Asking(_) => Some(Outcome::Chance),
        }
    }
}
