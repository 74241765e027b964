//! Measures the service's rate from refusal to refusal: the quota is used up at each, so the calls admitted between
//! two of them, by the time between them, *is* the rate.

use super::saved::{Reader, Writer};
use std::collections::VecDeque;

/// How many refusals are remembered to measure from.
const ANCHORS: usize = 4;
/// A measurement goes back to the newest refusal with as many calls since.
const WANTED: f64 = 13.0;
/// With fewer calls a measurement says nothing.
const NEEDED: f64 = 5.0;
/// How many sends are remembered one by one; enough for those that are on the way when a refusal comes back.
const RECENT: usize = 512;

/// How many of them are saved.
const SAVED: usize = 64;

/// Calls admitted, and the refusals between which they are counted.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Sends that were not refused, from the first on.
    total: f64,
    /// When the last of them went out.
    recent: VecDeque<f64>,
    anchors: VecDeque<Anchor>,
}

/// A moment at which the quota was used up.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    at: f64,
    /// Sends before it that were not refused.
    before: f64,
}

impl Meter {
    pub(super) fn sent(&mut self, at: f64) {
        self.total += 1.0;
        self.recent.push_back(at);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Takes back a send that was refused.
    pub(super) fn refused(&mut self, at: f64) {
        self.total -= 1.0;
        if let Some(index) = self.recent.iter().rposition(|sent| sent.total_cmp(&at).is_eq()) {
            self.recent.remove(index);
        }
        for anchor in self.anchors.iter_mut().filter(|anchor| anchor.at > at) {
            anchor.before -= 1.0;
        }
    }

    /// The quota was used up at this moment.
    pub(super) fn anchor(&mut self, at: f64) {
        self.anchors.push_back(Anchor { at, before: self.before(at) });
        if self.anchors.len() > ANCHORS {
            self.anchors.pop_front();
        }
    }

    /// It was so a little later, too.
    pub(super) fn move_anchor(&mut self, at: f64) {
        let before = self.before(at);
        if let Some(last) = self.anchors.back_mut().filter(|last| last.at < at) {
            *last = Anchor { at, before };
        }
    }

    /// Calls a second between an earlier refusal and this one; `None` where too few went in between.
    pub(super) fn rate_until(&self, refused_at: f64) -> Option<f64> {
        let before = self.before(refused_at);
        let mut measured = None;
        for anchor in self.anchors.iter().rev() {
            let calls = before - anchor.before;
            measured = Some((calls, calls / (refused_at - anchor.at).max(1e-6)));
            if calls >= WANTED {
                break;
            }
        }
        measured.filter(|(calls, _)| *calls >= NEEDED).map(|(_, rate)| rate)
    }

    /// What the service is known to give at least: calls since the last refusal, by the time since.
    pub(super) fn at_least(&self, now: f64) -> Option<f64> {
        let anchor = self.anchors.back()?;
        Some((self.total - anchor.before) / (now - anchor.at).max(1e-3))
    }

    pub(super) fn forget_anchors(&mut self) {
        self.anchors.clear();
    }

    /// Sends after a moment that were not refused.
    pub(super) fn after(&self, at: f64) -> f64 {
        let later = self.recent.iter().rev().take_while(|sent| **sent > at);
        count(later.count())
    }

    /// Sends from one moment to another, both counted, that were not refused.
    pub(super) fn between(&self, from: f64, to: f64) -> f64 {
        let within = self.recent.iter().rev().take_while(|sent| **sent >= from).filter(|sent| **sent <= to);
        count(within.count())
    }

    /// Sends before a moment that were not refused.
    fn before(&self, at: f64) -> f64 {
        let later = self.recent.iter().rev().take_while(|sent| **sent >= at);
        self.total - count(later.count())
    }

    pub(super) fn save(&self, out: &mut Writer) {
        out.word(self.total);
        let skipped = self.recent.len().saturating_sub(SAVED);
        out.word(self.recent.len() - skipped);
        for sent in self.recent.iter().skip(skipped) {
            out.word(sent);
        }
        out.word(self.anchors.len());
        for anchor in &self.anchors {
            out.word(anchor.at);
            out.word(anchor.before);
        }
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        let total = saved.word()?;
        let recent = (0..saved.count(RECENT)?).map(|_| saved.word()).collect::<Option<_>>()?;
        let count = saved.count(ANCHORS)?;
        let mut anchor = || Some(Anchor { at: saved.word()?, before: saved.word()? });
        let anchors = (0..count).map(|_| anchor()).collect::<Option<_>>()?;
        Some(Self { total, recent, anchors })
    }
}

#[allow(clippy::cast_precision_loss)] // at most RECENT
fn count(sends: usize) -> f64 {
    sends as f64
}
