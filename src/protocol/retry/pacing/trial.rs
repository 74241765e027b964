//! Tries whether a refusal was chance: a few calls ask, at once, so that a quota which is used up must refuse some of
//! them. Nobody else goes until they are judged.

use super::meter::Meter;
use super::saved::{Reader, Writer};

/// How many ask. One of them may be refused, as that can be chance again.
const SURE: f64 = 3.0;
/// How many ask first, where nothing speaks for chance yet, and where hardly anything does: none may be refused. Most
/// quotas show themselves here, which costs less.
const FIRST: f64 = 2.0;
const FIRST_OF_ALL: f64 = 1.0;
/// The share of those that ask which may be refused.
const MAY_BE_REFUSED: f64 = 1.0 / 3.0;
/// More ask where a quota has had time to let some in, but no more than this.
const MORE_AT_MOST: f64 = 8.0;
/// Calls sent this close to each other may have reached the service in any order.
const TOGETHER: f64 = 0.004;
/// So many calls after the refused one that were let in speak for chance.
const LET_IN_AFTER: f64 = 2.0;
/// And so many for each other one that was refused.
const LET_IN_FOR_EACH: f64 = 2.0;
/// Where nothing is known yet and verdicts came this soon, one other refusal may be chance, too.
const SOON: f64 = 0.05;

/// A trial, from the refusal that it is about.
#[derive(Debug)]
pub(super) struct Trial {
    /// When the refused call was sent.
    pub(super) sent: f64,
    pub(super) refused_at: f64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Waits for the verdicts on the calls that were on the way: how many of them were refused, and when the last of
    /// those was sent.
    Watching { refused: f64, last: f64 },
    /// So many calls ask since a moment.
    Asking(Asking),
}

#[derive(Debug)]
struct Asking {
    since: f64,
    calls: f64,
    sent: f64,
    open: f64,
    refused: f64,
    /// Whether more are to ask if these get in.
    is_first: bool,
}

/// What a trial is judged by.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) now: f64,
    /// Calls without a verdict.
    pub(super) open: usize,
    pub(super) meter: &'a Meter,
    /// Calls a second that the quota gives, if it is one; 0 where no call was let in yet.
    pub(super) rate: f64,
    /// Whether it is the first refusal of all.
    pub(super) is_first: bool,
}

/// What a trial says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Quota,
    Chance,
    /// Too few calls waited to ask.
    Unclear,
}

impl Trial {
    pub(super) fn watch(sent: f64, now: f64) -> Self {
        Self { sent, refused_at: now, stage: Stage::Watching { refused: 0.0, last: sent } }
    }

    pub(super) fn ask(sent: f64, now: f64, is_suspected: bool) -> Self {
        let calls = if is_suspected { SURE } else { FIRST };
        Self { sent, refused_at: now, stage: Stage::Asking(Asking::new(now, calls, !is_suspected)) }
    }

    /// Whether one more call may ask now.
    pub(super) fn asks(&self) -> bool {
        matches!(&self.stage, Stage::Asking(asking) if asking.sent < asking.calls)
    }

    /// Whether calls were sent to find out.
    pub(super) fn has_asked(&self) -> bool {
        matches!(self.stage, Stage::Asking(_))
    }

    /// Since when calls asked.
    pub(super) fn asked_at(&self) -> f64 {
        match &self.stage {
            Stage::Asking(asking) => asking.since,
            Stage::Watching { .. } => self.refused_at,
        }
    }

    /// When the last call was sent that was refused, of those that were on the way.
    pub(super) fn last_refused(&self) -> f64 {
        match &self.stage {
            Stage::Asking(_) => self.sent,
            Stage::Watching { last, .. } => *last,
        }
    }

    pub(super) fn sent(&mut self) {
        if let Stage::Asking(asking) = &mut self.stage {
            asking.sent += 1.0;
            asking.open += 1.0;
        }
    }

    pub(super) fn refused(&mut self, sent: f64) {
        match &mut self.stage {
            Stage::Watching { refused, last } => {
                *refused += 1.0;
                *last = last.max(sent);
            }
            Stage::Asking(asking) if sent >= asking.since => {
                asking.open -= 1.0;
                asking.refused += 1.0;
            }
            Stage::Asking(_) => {}
        }
    }

    pub(super) fn admitted(&mut self, sent: f64) {
        if let Stage::Asking(asking) = &mut self.stage
            && sent >= asking.since
        {
            asking.open -= 1.0;
        }
    }

    /// A call that said nothing: another may ask in its place.
    pub(super) fn lost(&mut self, sent: f64) {
        if let Stage::Asking(asking) = &mut self.stage
            && sent >= asking.since
        {
            asking.open -= 1.0;
            asking.sent -= 1.0;
        }
    }

    /// What the trial says; `None` while it does not know.
    pub(super) fn judge(&mut self, known: &Known<'_>) -> Option<Outcome> {
        let (calls, since) = match &self.stage {
            Stage::Watching { refused, .. } => {
                let Some(calls) = self.worth_asking(*refused, known) else { return Some(Outcome::Quota) };
                if known.open > 0 {
                    return None;
                }
                (calls, self.sent)
            }
            Stage::Asking(asking) => match asking.judge()? {
                Outcome::Chance if asking.is_first => (SURE, asking.since),
                outcome => return Some(outcome),
            },
        };
        let is_first = calls < SURE;
        let more = if is_first { 0.0 } else { (known.rate * (known.now - since)).min(MORE_AT_MOST).floor() };
        self.stage = Stage::Asking(Asking::new(known.now, calls + more, is_first));
        None
    }

    /// How many calls are to ask, as far as those on the way are judged; `None` where they look like a quota's.
    fn worth_asking(&self, refused: f64, known: &Known<'_>) -> Option<f64> {
        let let_in = known.meter.after(self.sent + TOGETHER);
        let is_soon = known.now - self.sent < SOON;
        match refused {
            refused if let_in >= (LET_IN_FOR_EACH * refused).max(LET_IN_AFTER) => Some(SURE),
            ..=1.0 if known.is_first && is_soon && known.rate > 0.0 => Some(FIRST_OF_ALL),
            _ => None,
        }
    }

    pub(super) fn save(&self, out: &mut Writer) {
        out.word(self.sent);
        out.word(self.refused_at);
        match &self.stage {
            Stage::Watching { refused, last } => {
                out.word("watching");
                out.word(refused);
                out.word(last);
            }
            Stage::Asking(asking) => {
                out.word("asking");
                asking.save(out);
            }
        }
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        let (sent, refused_at) = (saved.word()?, saved.word()?);
        let stage = match saved.text()? {
            "watching" => Stage::Watching { refused: saved.word()?, last: saved.word()? },
            "asking" => Stage::Asking(Asking::load(saved)?),
            _ => return None,
        };
        Some(Self { sent, refused_at, stage })
    }
}

impl Asking {
    fn new(since: f64, calls: f64, is_first: bool) -> Self {
        Self { since, calls, sent: 0.0, open: 0.0, refused: 0.0, is_first }
    }

    fn judge(&self) -> Option<Outcome> {
        match self {
            asking if asking.refused > MAY_BE_REFUSED * asking.calls => Some(Outcome::Quota),
            asking if asking.open > 0.0 || asking.sent < 1.0 => None,
            asking if asking.sent < asking.calls => Some(Outcome::Unclear),
            _ => Some(Outcome::Chance),
        }
    }

    fn save(&self, out: &mut Writer) {
        for number in [self.since, self.calls, self.sent, self.open, self.refused] {
            out.word(number);
        }
        out.word(self.is_first);
    }

    fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            since: saved.word()?,
            calls: saved.word()?,
            sent: saved.word()?,
            open: saved.word()?,
            refused: saved.word()?,
            is_first: saved.word()?,
        })
    }
}
