//! What a scenario may come to, and whether it does.

use super::service::Quota;
use super::simulation::{Played, Scenario, ideal, play};

pub const SEEDS: u64 = 20;
/// Where two clients meet, who is refused first waits longer, and the medians of few runs tell little.
const SEEDS_OF_TWO: u64 = 100;

/// How long a refusal takes on the loopback, where the benchmark confirms these figures.
const LOOPBACK_REFUSAL: f64 = 0.0012;

/// What a scenario may come to: medians over the seeds, and the worst time.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub time: f64,
    pub worst_time: f64,
    pub throttled: f64,
    /// Against first come, first served at the ideal rate.
    pub wait: f64,
}

/// Near, as in the benchmark, and as far as a service is.
pub fn check_near_and_far(name: &str, scenario: Scenario, bounds: Bounds) {
    check(name, scenario, bounds);
    check(&format!("{name}, near"), Scenario { refusal: LOOPBACK_REFUSAL, ..scenario }, bounds);
}

pub fn check(name: &str, scenario: Scenario, bounds: Bounds) {
    let seeds = if scenario.clients > 1 { SEEDS_OF_TWO } else { SEEDS };
    // Only where the minute begins is by the dice for those who know when there is room.
    let same = (scenario.quota != Quota::Minute).then(|| ideal(&scenario, 1));
    let ideal = |seed| same.unwrap_or_else(|| ideal(&scenario, seed));
    let runs: Vec<_> = (1..=seeds).map(|seed| (play(&scenario, seed), ideal(seed))).collect();
    let sorted = |figure: &dyn Fn(&(Played, Played)) -> f64| {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        // The worst of each twenty.
        (figures[figures.len() / 2], figures[figures.len() - figures.len() / 20])
    };
    let (time, worst_time) = sorted(&|(played, ideal)| played.time / ideal.time);
    let (throttled, most_throttled) = sorted(&|(played, _)| played.throttled);
    let (wait, longest) = sorted(&|(played, ideal)| played.longest_wait / ideal.longest_wait.max(0.05));
    println!(
        "{name:<28} time ÷ ideal {time:.3} (worst {worst_time:.3}) · 429s {throttled:>3} (worst {most_throttled}) · \
         longest wait ÷ ideal {wait:.2} (worst {longest:.2})"
    );
    assert!(time <= bounds.time, "{name}: time ÷ ideal {time}");
    assert!(worst_time <= bounds.worst_time, "{name}: worst time ÷ ideal {worst_time}");
    assert!(throttled <= bounds.throttled, "{name}: {throttled} calls throttled");
    assert!(wait <= bounds.wait, "{name}: longest wait ÷ ideal {wait}");
}
