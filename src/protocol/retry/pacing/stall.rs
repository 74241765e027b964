//! After a refusal: one call asks whether the quota has room again, and everyone else waits for its verdict.

use super::pace::Pace;
use super::saved::{Reader, Writer};

/// The first wait, where no rate is known.
const BLIND_WAIT: (f64, f64) = (0.03, 0.1);
/// The calls that should have room after it, if the burst was what a second gives.
const BLIND_CALLS: f64 = 2.0;
/// How that wait grows with each refusal.
const BLIND_GROWTH: f64 = 3.4;
/// The first wait, in calls at the rate that was refused.
const WAIT: f64 = 0.28;
/// How that wait grows: little at first, since who waits long leaves all the room to others that share the quota; then
/// faster, since a quota that is counted by the minute has none for long.
const GROWTH: f64 = 1.45;
const PATIENT: i32 = 4;
const LATER_GROWTH: f64 = 2.4;
/// The longest wait, unless the stall has lasted four times as long; and the longest of all, since quotas are counted
/// by the minute.
const LONGEST_WAIT: f64 = 20.0;
const MINUTE: f64 = 60.0;
/// From here on, a stall is long: its waits grow with it.
const LONG: f64 = 3.0;
/// The longest wait of a long stall, as a share of it.
const LONG_SHARE: f64 = 0.77;

/// A stall, from the refusal that began it.
#[derive(Debug)]
pub(super) struct Stall {
    /// When the first refused call was sent.
    pub(super) since: f64,
    /// When the last refused call was sent.
    pub(super) last_refusal: f64,
    /// Probes that were refused.
    pub(super) refusals: i32,
    /// When the next probe may go.
    pub(super) next: f64,
    /// The call that asks.
    pub(super) probe: Option<u64>,
    /// The first wait of those that know no rate.
    blind: f64,
}

impl Stall {
    /// Begins with the refusal of a call sent at `since`,
    /// after a burst of so many calls.
    pub(super) fn new(since: f64, now: f64, pace: Option<&Pace>, burst: Option<f64>) -> Self {
        // A quota is often given for a second at once: a large burst means a high rate.
        let blind = (BLIND_CALLS / burst.unwrap_or(1.0).max(1.0)).clamp(BLIND_WAIT.0, BLIND_WAIT.1);
        let wait = pace.map_or(blind, Pace::first_probe_wait);
        Self { since, last_refusal: since, refusals: 0, next: now + wait, probe: None, blind }
    }

    /// The probe was refused: waits longer, and says how much longer.
    pub(super) fn probe_refused(&mut self, sent: f64, now: f64, refused_rate: Option<f64>) -> f64 {
        self.probe = None;
        self.refusals += 1;
        self.last_refusal = sent;
        let refusals = self.refusals.min(60);
        let wait = match refused_rate {
            Some(rate) => {
                let later = (refusals - PATIENT).max(0);
                WAIT / rate * GROWTH.powi(refusals - later) * LATER_GROWTH.powi(later)
            }
            None => self.blind * BLIND_GROWTH.powi(refusals),
        };
        let lasted = now - self.since;
        let wait = wait.min(LONGEST_WAIT.max(lasted / 4.0)).min(MINUTE);
        if lasted > LONG { wait.min(lasted * LONG_SHARE) } else { wait }
    }

    /// How long it lasted, when the probe sent at `sent` got in.
    pub(super) fn lasted(&self, sent: f64) -> f64 {
        (sent - self.since).max(1e-3)
    }

    pub(super) fn save(&self, out: &mut Writer) {
        for number in [self.since, self.last_refusal, self.next, self.blind] {
            out.word(number);
        }
        out.word(self.refusals);
        out.option(self.probe);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            since: saved.word()?,
            last_refusal: saved.word()?,
            next: saved.word()?,
            blind: saved.word()?,
            refusals: saved.word()?,
            probe: saved.option()?,
        })
    }
}
