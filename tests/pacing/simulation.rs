//! Plays a scenario in simulated time: callers that each make one call after the other, through the pacer and the
//! queue that the client uses, against a service that throttles.

use super::random::Random;
use super::service::{Quota, Service};
use super::{Admission, Pacer, PacingOptions, Queue, Ticket};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// How long a call is on its way, on average.
const ON_THE_WAY: f64 = 0.001;
/// What the client's timers count in, and how late they are.
const TICK: f64 = 0.001;
const TIMER_LATE: f64 = 0.0002;

#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub quota: Quota,
    /// The share of calls that are refused by chance, whatever the quota.
    pub chance: f64,
    pub rate: f64,
    pub burst: f64,
    /// Of one client.
    pub calls: usize,
    /// Of one client.
    pub at_once: usize,
    /// How long an answer takes.
    pub answer: f64,
    /// How long a refusal takes.
    pub refusal: f64,
    pub clients: usize,
    /// How long the callers rest when half of the calls are answered, if they do.
    pub rest: f64,
    pub options: PacingOptions,
}

/// How it went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Played {
    /// Until the last answer.
    pub time: f64,
    pub throttled: f64,
    /// From the moment that a caller wants to make a call until the service lets it in.
    pub longest_wait: f64,
}

pub fn play(scenario: &Scenario, seed: u64) -> Played {
    let clients = (0..scenario.clients)
        .map(|_| Client::new(Some(Pacer::new(scenario.options)), scenario.calls, scenario.at_once))
        .collect();
    Simulation::new(scenario, clients, scenario.chance, seed).run()
}

/// The same calls from one client that knows when the service has room, and is refused nothing by chance.
pub fn ideal(scenario: &Scenario, seed: u64) -> Played {
    let (calls, at_once) = (scenario.calls * scenario.clients, scenario.at_once * scenario.clients);
    Simulation::new(scenario, vec![Client::new(None, calls, at_once)], 0.0, seed).run()
}

struct Client {
    /// `None` for the one that knows.
    pacer: Option<Pacer>,
    queue: Queue,
    to_start: usize,
    /// Those of them that come after the rest.
    to_rest_before: usize,
    idle: usize,
    unfinished: usize,
    arrived: BTreeMap<Ticket, f64>,
    wake: f64,
}

impl Client {
    fn new(pacer: Option<Pacer>, calls: usize, at_once: usize) -> Self {
        Self {
            pacer,
            queue: Queue::default(),
            to_start: calls,
            to_rest_before: 0,
            idle: at_once,
            unfinished: calls,
            arrived: BTreeMap::new(),
            wake: f64::INFINITY,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Event {
    Reaches { client: usize, call: Ticket, sent: f64 },
    Refused { client: usize, call: Ticket, sent: f64 },
    Answered { client: usize, call: Ticket },
    Wake { client: usize },
    Rested { client: usize },
}

#[derive(PartialEq)]
struct At(f64, u64, Event);

impl Eq for At {}
impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for At {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0).then(other.1.cmp(&self.1))
    }
}

struct Simulation {
    service: Service,
    clients: Vec<Client>,
    events: BinaryHeap<At>,
    count: u64,
    random: Random,
    answer: f64,
    refusal: f64,
    rest: f64,
    poll: f64,
    played: Played,
}

impl Simulation {
    fn new(scenario: &Scenario, clients: Vec<Client>, chance: f64, seed: u64) -> Self {
        let calls = (scenario.calls * scenario.clients) as f64;
        Self {
            service: Service::new(scenario.quota, scenario.rate, scenario.burst, calls, chance, seed),
            clients,
            events: BinaryHeap::new(),
            count: 0,
            random: Random::new(seed),
            answer: scenario.answer,
            refusal: scenario.refusal,
            rest: scenario.rest,
            poll: (0.01 / scenario.rate).clamp(0.0005, 0.02),
            played: Played::default(),
        }
    }

    fn run(mut self) -> Played {
        for client in 0..self.clients.len() {
            if self.rest > 0.0 {
                self.clients[client].to_rest_before = self.clients[client].to_start / 2;
            }
            self.pump(client, 0.0);
        }
        while let Some(At(now, _, event)) = self.events.pop() {
            assert!(now < 1e6, "the calls never end");
            let client = self.step(event, now);
            self.pump(client, now);
        }
        assert!(self.clients.iter().all(|client| client.unfinished == 0), "calls were lost");
        self.played
    }

    fn at(&mut self, time: f64, event: Event) {
        self.count += 1;
        self.events.push(At(time, self.count, event));
    }

    fn step(&mut self, event: Event, now: f64) -> usize {
        match event {
            Event::Reaches { client, call, sent } => {
                if self.service.lets_in(now) {
                    let wait = now - self.clients[client].arrived[&call];
                    self.played.longest_wait = self.played.longest_wait.max(wait);
                    self.at(now + self.answer, Event::Answered { client, call });
                } else {
                    self.played.throttled += 1.0;
                    let back = now + self.refusal * (0.9 + 0.2 * self.random.unit());
                    self.at(back, Event::Refused { client, call, sent });
                }
                client
            }
            Event::Refused { client, call, sent } => {
                let this = &mut self.clients[client];
                this.queue.come_back(call);
                if let Some(pacer) = &mut this.pacer {
                    pacer.on_throttled(call.id(), time(sent), time(now));
                }
                client
            }
            Event::Answered { client, call } => {
                self.service.ended(now);
                let this = &mut self.clients[client];
                this.idle += 1;
                this.unfinished -= 1;
                if this.unfinished == this.to_rest_before && this.unfinished > 0 {
                    self.at(now + self.rest, Event::Rested { client });
                }
                let this = &mut self.clients[client];
                if let Some(pacer) = &mut this.pacer {
                    pacer.on_admitted(call.id(), time(now));
                }
                self.played.time = now;
                client
            }
            Event::Wake { client } => {
                self.clients[client].wake = f64::INFINITY;
                client
            }
            Event::Rested { client } => {
                self.clients[client].to_rest_before = 0;
                client
            }
        }
    }

    /// Sends what may go.
    fn pump(&mut self, client: usize, now: f64) {
        let this = &mut self.clients[client];
        while this.idle > 0 && this.to_start > this.to_rest_before {
            this.idle -= 1;
            this.to_start -= 1;
            let call = this.queue.arrive();
            this.arrived.insert(call, now);
        }
        while let Some(call) = self.clients[client].queue.first() {
            let this = &mut self.clients[client];
            let Some(pacer) = &mut this.pacer else {
                return self.send_knowing(client, call, now);
            };
            match pacer.admit(time(now)) {
                Admission::Now => {
                    pacer.on_sent(call.id(), time(now));
                    this.queue.leave(call);
                    let reaches = now + self.random.exponential(ON_THE_WAY);
                    self.at(reaches, Event::Reaches { client, call, sent: now });
                }
                Admission::At(next) => {
                    let next = (next.as_secs_f64() / TICK).ceil() * TICK + TIMER_LATE;
                    if next < this.wake {
                        this.wake = next;
                        self.at(next, Event::Wake { client });
                    }
                    return;
                }
            }
        }
    }

    /// Sends the first call if the service has room, and looks again soon.
    fn send_knowing(&mut self, client: usize, call: Ticket, now: f64) {
        if self.service.lets_in(now) {
            let wait = now - self.clients[client].arrived[&call];
            self.played.longest_wait = self.played.longest_wait.max(wait);
            self.clients[client].queue.leave(call);
            self.at(now + self.answer, Event::Answered { client, call });
            return self.pump(client, now);
        }
        let next = now + self.poll;
        if next < self.clients[client].wake {
            self.clients[client].wake = next;
            self.at(next, Event::Wake { client });
        }
    }
}

fn time(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}
