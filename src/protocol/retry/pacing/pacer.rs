//! The state machine: which phase the calls are in, and what each verdict makes of it.

use super::chance::Chance;
use super::meter::Meter;
use super::mirror::Mirror;
use super::options::PacingOptions;
use super::pace::Pace;
use super::ramp::Ramp;
use super::saved::{END, Reader, VERSION, Writer};
use super::stall::Stall;
use super::trial::{Outcome, Trial};
use super::verdicts::{Sent, Verdicts};
use super::window::Window;
use std::time::Duration;

/// When the next call may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Now.
    Now,
    /// Not before this time: ask again then, or when a verdict has come.
    At(Duration),
}

/// Decides when the next of many calls that share one quota may go. Time is what the caller says it is, counted from
/// any one moment; it must not run backwards.
///
/// The caller asks [`Pacer::admit`] before each call, tells [`Pacer::on_sent`] when it goes, and then, once: that it was
/// admitted (the headers of a success have come), throttled, or ended without saying either.
#[derive(Debug)]
pub struct Pacer {
    phase: Phase,
    verdicts: Verdicts,
    meter: Meter,
    window: Window,
    chance: Chance,
    /// Whether the last refusal was chance is being tried.
    trial: Option<Trial>,
    /// `None` until a rate is known.
    pace: Option<Pace>,
    /// A rate that was given and not yet tried.
    given: Option<f64>,
    /// Refusals of calls sent before this moment are of a volley that was reacted to.
    reacted: f64,
}

#[derive(Debug)]
enum Phase {
    /// Nothing in the way: as many as the ramp allows.
    Open(Ramp),
    /// A call was refused: one probe at a time.
    Stalled(Stall),
    /// At the pace.
    Paced,
    /// By a copy of the service's bucket.
    Mirrored(Mirror),
}

impl Pacer {
    /// A pacer that has seen nothing yet.
    pub fn new(options: PacingOptions) -> Self {
        let usable = |rate: f64| rate.is_finite() && rate > 0.0;
        let (phase, given) = match options {
            PacingOptions::RateAndBurst { per_second, burst } if usable(per_second) && usable(burst) => {
                (Phase::Mirrored(Mirror::new(per_second, burst)), None)
            }
            PacingOptions::Rate { per_second } if usable(per_second) => {
                (Phase::Open(Ramp::to_known_rate()), Some(per_second))
            }
            _ => (Phase::Open(Ramp::first()), None),
        };
        Self {
            phase,
            verdicts: Verdicts::new(),
            meter: Meter::default(),
            window: Window::default(),
            chance: Chance::new(),
            trial: None,
            pace: None,
            given,
            reacted: f64::NEG_INFINITY,
        }
    }

    /// Whether the next call may go now, or when to ask again.
    pub fn admit(&mut self, now: Duration) -> Admission {
        let now = now.as_secs_f64();
        while let Some(call) = self.verdicts.take_overdue(now) {
            self.admitted(call, now);
        }
        let next_verdict = self.verdicts.next_overdue();
        let next = match &mut self.phase {
            _ if let Some(trial) = &self.trial => {
                if trial.asks() { now } else { next_verdict.unwrap_or(now) }
            }
            Phase::Open(ramp) if ramp.allows(count(self.verdicts.open())) => now,
            Phase::Open(_) => next_verdict.unwrap_or(now),
            Phase::Stalled(stall) => next_verdict.unwrap_or(stall.next),
            Phase::Paced => self.pace.as_ref().map_or(now, Pace::due),
            Phase::Mirrored(mirror) => mirror.next(now),
        };
        if next <= now { Admission::Now } else { Admission::At(seconds(next)) }
    }

    /// A call goes now.
    pub fn on_sent(&mut self, id: u64, now: Duration) {
        let at = now.as_secs_f64();
        self.verdicts.sent(Sent { id, at });
        self.meter.sent(at);
        if let Some(trial) = &mut self.trial {
            trial.sent(at);
        }
        match &mut self.phase {
            Phase::Open(_) => {}
            Phase::Stalled(stall) => stall.probe = Some(id),
            Phase::Paced => {
                if let Some(pace) = &mut self.pace {
                    pace.sent(at);
                }
            }
            Phase::Mirrored(mirror) => mirror.sent(at),
        }
    }

    /// The service lets a call through: it has begun to answer with a success, or with any refusal but throttling.
    pub fn on_admitted(&mut self, id: u64, now: Duration) {
        if let Some(call) = self.verdicts.close(id) {
            self.admitted(call, now.as_secs_f64());
        }
    }

    /// The service throttled a call that was sent at `sent`.
    pub fn on_throttled(&mut self, id: u64, sent: Duration, now: Duration) {
        let (sent, now) = (sent.as_secs_f64(), now.as_secs_f64());
        self.verdicts.close(id);
        self.verdicts.refusal_took(now - sent);
        self.meter.refused(sent);
        self.chance.refused(sent, &self.meter);
        if let Some(trial) = &mut self.trial {
            trial.refused(sent);
            return self.judge(now);
        }
        match &self.phase {
            Phase::Stalled(stall) if stall.probe == Some(id) => self.probe_refused(sent, now),
            // The same volley: it is reacted to once.
            _ if sent <= self.reacted => {
                if !matches!(self.phase, Phase::Paced) {
                    self.meter.move_anchor(sent);
                }
            }
            Phase::Open(_) if self.chance.is_certain() => {
                if self.chance.is_dense(&self.meter) {
                    self.trial = Some(Trial::ask(sent, now, self.chance.was_seen()));
                }
            }
            Phase::Open(_) if self.given.is_none() => {
                self.trial = Some(Trial::watch(sent, now, self.pace.is_none() && !self.window.has_refilled()));
                self.judge(now);
            }
            Phase::Paced if self.pace.as_ref().is_some_and(|pace| !pace.is_given()) && self.chance.wants_trial() => {
                self.trial = Some(Trial::ask(sent, now, self.chance.was_seen()));
            }
            _ => self.refused(sent, now),
        }
    }

    /// A call ended on the way: nobody knows whether it was let through.
    pub fn on_lost(&mut self, id: u64) {
        if let Some(call) = self.verdicts.close(id)
            && let Some(trial) = &mut self.trial
        {
            trial.lost(call.at);
        }
        if let Phase::Stalled(stall) = &mut self.phase
            && stall.probe == Some(id)
        {
            stall.probe = None;
        }
    }

    /// All of it as text, for processes that share one pacer.
    pub fn save(&self) -> String {
        let mut out = Writer::default();
        out.word(VERSION);
        match &self.phase {
            Phase::Open(ramp) => {
                out.word("open");
                ramp.save(&mut out);
            }
            Phase::Stalled(stall) => {
                out.word("stalled");
                stall.save(&mut out);
            }
            Phase::Paced => out.word("paced"),
            Phase::Mirrored(mirror) => {
                out.word("mirrored");
                mirror.save(&mut out);
            }
        }
        out.word(self.reacted);
        out.option(self.given);
        self.verdicts.save(&mut out);
        self.meter.save(&mut out);
        self.window.save(&mut out);
        out.word(self.pace.is_some());
        if let Some(pace) = &self.pace {
            pace.save(&mut out);
        }
        out.word(END);
        out.into_text()
    }

    /// The pacer that was saved; `None` where the text is not a whole one.
    pub fn load(text: &str) -> Option<Self> {
        let mut saved = Reader::new(text);
        saved.text().filter(|version| *version == VERSION)?;
        let phase = match saved.text()? {
            "open" => Phase::Open(Ramp::load(&mut saved)?),
            "stalled" => Phase::Stalled(Stall::load(&mut saved)?),
            "paced" => Phase::Paced,
            "mirrored" => Phase::Mirrored(Mirror::load(&mut saved)?),
            _ => return None,
        };
        let pacer = Self {
            phase,
            reacted: saved.word()?,
            chance: Chance::new(),
            trial: None,
            given: saved.option()?,
            verdicts: Verdicts::load(&mut saved)?,
            meter: Meter::load(&mut saved)?,
            window: Window::load(&mut saved)?,
            pace: if saved.word()? { Some(Pace::load(&mut saved)?) } else { None },
        };
        saved.text().filter(|end| *end == END)?;
        Some(pacer)
    }

    /// Calls a second that the service is believed to give; `None` before anything was throttled.
    pub fn learned_rate(&self) -> Option<f64> {
        match &self.phase {
            Phase::Mirrored(mirror) => Some(mirror.rate()),
            _ => self.pace.as_ref().map(Pace::rate),
        }
    }

    /// Whether a call was refused, so that calls wait for the quota and not only for each other's verdicts.
    pub fn is_throttled(&self) -> bool {
        !matches!(self.phase, Phase::Open(_))
    }

    fn admitted(&mut self, call: Sent, now: f64) {
        match &mut self.phase {
            Phase::Open(ramp) => ramp.admitted(),
            Phase::Stalled(stall) if stall.probe == Some(call.id) => self.probe_got_in(call.at, now),
            Phase::Stalled(_) | Phase::Mirrored(_) => {}
            Phase::Paced => {
                if let Some(pace) = &mut self.pace {
                    pace.admitted(call.at, now, self.meter.at_least(now));
                }
            }
        }
        if let Some(trial) = &mut self.trial {
            trial.admitted(call.at);
            self.judge(now);
        }
    }

    /// Ends a trial when it has said what it can.
    fn judge(&mut self, now: f64) {
        let Some(trial) = &mut self.trial else { return };
        let calls = match &self.phase {
            Phase::Open(ramp) => ramp.calls(0.0),
            _ => self.pace.as_ref().map_or(0.0, Pace::rate),
        };
        match trial.judge(self.verdicts.open(), &self.meter, now, calls) {
            None => {}
            Some(Outcome::Quota) => {
                let sent = trial.since();
                if trial.has_asked() { self.chance.disproved(); }
                let at = trial.refused_first();
                let last = trial.last_refused();
                self.trial = None;
                self.refused(sent, at);
                self.reacted = now;
                if last > sent { self.meter.move_anchor(last); }
            }
            Some(Outcome::Unclear) => { self.reacted = trial.refused_at(); self.trial = None }
            Some(Outcome::Chance) => {
                self.reacted = trial.refused_at();
                self.trial = None;
                self.chance.proved();
                if self.chance.is_certain() && !matches!(self.phase, Phase::Open(_)) {
                    self.pace = None;
                    self.meter.forget_anchors();
                    self.phase = Phase::Open(Ramp::first());
                }
            }
        }
    }

    /// The first refusal of a volley.
    fn refused(&mut self, sent: f64, now: f64) {
        self.reacted = now;
        let measured = self.meter.rate_until(sent);
        let (mut burst, mut knock_at) = (None, None);
        match &self.phase {
            Phase::Open(ramp) => {
                if let Some(rate) = self.given.take() {
                    self.pace = Some(Pace::given(rate));
                } else if let (Some(pace), Some(rate)) = (&mut self.pace, measured) {
                    pace.remeasured(rate);
                }
                if let Some(pace) = &mut self.pace
                    && ramp.found_nothing()
                    && self.window.has_refilled()
                {
                    // The look for a refilled window found none: on with the pace.
                    pace.resume(self.window.burst_began(), now);
                    self.meter.anchor(sent);
                    self.phase = Phase::Paced;
                    return;
                }
                let calls = ramp.calls(count(self.verdicts.open_before(sent)));
                burst = Some(calls);
                knock_at = self.window.burst_ended(calls, now);
            }
            Phase::Paced | Phase::Stalled(_) => {
                self.window.forget_waiting();
                if let Some(pace) = &mut self.pace {
                    pace.refused(measured);
                }
            }
            Phase::Mirrored(mirror) => self.pace = Some(Pace::given(mirror.rate())),
        }
        self.meter.anchor(sent);
        let mut stall = Stall::new(sent, now, self.pace.as_ref(), burst);
        stall.next = knock_at.unwrap_or(stall.next);
        self.phase = Phase::Stalled(stall);
    }

    fn probe_refused(&mut self, sent: f64, now: f64) {
        let Phase::Stalled(stall) = &mut self.phase else { return };
        let wait = stall.probe_refused(sent, now, self.pace.as_ref().map(Pace::refused_rate));
        if let Some(pace) = &mut self.pace {
            pace.probe_refused(stall.refusals);
        }
        stall.next = self.window.next_knock(now, wait, stall.since);
    }

    fn probe_got_in(&mut self, sent: f64, now: f64) {
        let Phase::Stalled(stall) = &self.phase else { return };
        let pace = self.pace.get_or_insert_with(|| Pace::guess(stall.since, stall.last_refusal, sent));
        let lasted = stall.lasted(sent);
        if self.window.may_have_refilled(lasted, stall.refusals) {
            self.window.refilled(lasted, stall.last_refusal, sent);
            self.phase = Phase::Open(Ramp::into_window(self.window.expected));
        } else {
            pace.resume(sent, now);
            self.phase = Phase::Paced;
        }
    }
}

#[allow(clippy::cast_precision_loss)] // never near 2^52 calls
fn count(calls: usize) -> f64 {
    calls as f64
}

/// Rounded up, so that who asks again then is not a nanosecond early.
fn seconds(at: f64) -> Duration {
    Duration::try_from_secs_f64(at + 1e-9).unwrap_or(Duration::MAX)
}
