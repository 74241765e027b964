//! The state machine: which phase the calls are in, and what each verdict makes of it.

use super::chance::Chance;
use super::meter::Meter;
use super::mirror::Mirror;
use super::options::PacingOptions;
use super::pace::Pace;
use super::phase::Phase;
use super::ramp::Ramp;
use super::saved::{END, Reader, VERSION, Writer};
use super::stall::Stall;
use super::trial::{Known, Outcome};
use super::verdicts::{Sent, Verdicts};
use super::window::Window;
use std::time::Duration;

/// Below this share of the calls of the first burst, a rate is much less than what there was room for then.
const MUCH_LESS: f64 = 0.65;

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
    options: PacingOptions,
    phase: Phase,
    verdicts: Verdicts,
    meter: Meter,
    window: Window,
    chance: Chance,
    /// How many calls the first burst had, until the first of them is answered.
    burst: Option<f64>,
    /// `None` until a rate is known.
    pace: Option<Pace>,
    /// A rate that was given and not yet tried.
    given: Option<f64>,
    /// Refusals of calls sent before this moment are of a volley that was reacted to.
    reacted: f64,
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
            options,
            phase,
            verdicts: Verdicts::new(),
            meter: Meter::default(),
            window: Window::default(),
            chance: Chance::new(),
            burst: None,
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
        self.judge(now);
        let next_verdict = self.verdicts.next_overdue();
        let next = match &mut self.phase {
            _ if let Some(trial) = self.chance.trial() => {
                if trial.asks() {
                    now
                } else {
                    next_verdict.unwrap_or(now)
                }
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
        self.chance.sent();
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
        } else {
            self.answered(now.as_secs_f64());
        }
    }

    /// The service throttled a call that was sent at `sent`.
    pub fn on_throttled(&mut self, id: u64, sent: Duration, now: Duration) {
        let (sent, now) = (sent.as_secs_f64(), now.as_secs_f64());
        self.verdicts.close(id);
        self.verdicts.refusal_took(now - sent);
        self.meter.refused(sent);
        self.chance.refused(sent);
        if self.chance.trial().is_some() {
            return;
        }
        match &self.phase {
            Phase::Stalled(stall) if stall.probe == Some(id) => self.probe_refused(sent, now),
            // The same volley: it is reacted to once.
            _ if sent <= self.reacted => {
                if !matches!(self.phase, Phase::Paced) {
                    self.meter.move_anchor(sent);
                }
            }
            Phase::Open(_) if self.chance.is_known() => {
                if self.chance.is_doubtful(&self.meter) {
                    self.chance.ask(sent, now);
                }
            }
            Phase::Open(_) if self.given.is_none() => self.chance.watch(sent, now),
            Phase::Paced if self.may_be_chance() && self.chance.is_worth_asking() => {
                self.chance.ask(sent, now);
            }
            _ => self.refused(sent, now),
        }
    }

    /// A call ended on the way: nobody knows whether it was let through.
    pub fn on_lost(&mut self, id: u64) {
        if let Some(call) = self.verdicts.close(id) {
            self.chance.lost(call.at);
        }
        if let Phase::Stalled(stall) = &mut self.phase
            && stall.probe == Some(id)
        {
            stall.probe = None;
        }
    }

    /// A call that was to go did not: nothing of it was sent.
    pub fn on_unsent(&mut self, id: u64) {
        self.on_lost(id);
        if let Phase::Mirrored(mirror) = &mut self.phase {
            mirror.unsent();
        }
    }

    /// All of it as text, for processes that share one pacer.
    pub fn save(&self) -> String {
        let mut out = Writer::default();
        out.word(VERSION);
        self.options.save(&mut out);
        self.phase.save(&mut out);
        out.word(self.reacted);
        out.option(self.given);
        out.option(self.burst);
        self.chance.save(&mut out);
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
        let pacer = Self {
            options: PacingOptions::load(&mut saved)?,
            phase: Phase::load(&mut saved)?,
            reacted: saved.word()?,
            given: saved.option()?,
            burst: saved.option()?,
            chance: Chance::load(&mut saved)?,
            verdicts: Verdicts::load(&mut saved)?,
            meter: Meter::load(&mut saved)?,
            window: Window::load(&mut saved)?,
            pace: if saved.word()? { Some(Pace::load(&mut saved)?) } else { None },
        };
        saved.text().filter(|end| *end == END)?;
        Some(pacer)
    }

    /// What it was told of the quota.
    pub fn options(&self) -> PacingOptions {
        self.options
    }

    /// Calls a second that the service is believed to give; `None` before anything was throttled.
    pub fn learned_rate(&self) -> Option<f64> {
        match &self.phase {
            Phase::Mirrored(mirror) => Some(mirror.rate()),
            _ => self.pace.as_ref().map(Pace::rate),
        }
    }

    /// Whether a refusal at the present pace may be chance, as far as the pace knows.
    fn may_be_chance(&self) -> bool {
        self.pace.as_ref().is_some_and(|pace| !pace.is_given() && !pace.is_pressed())
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
        self.chance.admitted(call.at);
    }

    /// An answer came of a call that was judged before. What tokens the first call reserved and did not use is given
    /// back now: where so far there was much less room than at first, there may be more.
    fn answered(&mut self, now: f64) {
        let (None, Phase::Paced) = (self.chance.trial(), &self.phase) else { return };
        let (Some(burst), Some(pace)) = (self.burst.take(), &self.pace) else { return };
        if pace.rate() < MUCH_LESS * burst {
            self.reacted = now;
            self.phase = Phase::Open(Ramp::to_known_rate());
        }
    }

    /// Acts on what the trial says, when it does.
    fn judge(&mut self, now: f64) {
        let rate = match &self.phase {
            // A quota is often given for a second at once.
            Phase::Open(ramp) => ramp.calls(0.0),
            _ => self.pace.as_ref().map_or(0.0, Pace::rate),
        };
        let known = Known {
            now,
            open: self.verdicts.open(),
            meter: &self.meter,
            rate,
            is_first: self.pace.is_none() && !self.window.has_refilled(),
        };
        let Some((trial, outcome)) = self.chance.judge(&known) else { return };
        if outcome == Outcome::Quota {
            self.refused(trial.sent, trial.refused_at);
            self.meter.move_anchor(trial.last_refused());
            self.reacted = now;
            return;
        }
        self.reacted = trial.asked_at();
        if self.chance.is_known() && matches!(self.phase, Phase::Paced) {
            // What was learned was chance, too.
            self.pace = None;
            self.meter.forget_anchors();
            self.phase = Phase::Open(Ramp::first());
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
                self.burst = burst.filter(|_| self.pace.is_none());
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
            pace.probe_refused(stall.refusals, stall.lasted(sent));
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
