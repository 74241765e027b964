//! Counts and times, as Prometheus reads them.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
//!
//! Names of models come from clients, so there is a bound to how many are told apart.

mod histogram;
mod text;
mod upstream;

use super::access_log::{AccessEntry, Tokens};
use histogram::Histogram;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;
use text::Text;
pub(super) use upstream::Upstream;

/// How many models are told apart.
const MAX_MODELS: usize = 256;
/// All others.
const OTHER: &str = "other";

/// All that is counted. It outlives a reload.
#[derive(Debug)]
pub(super) struct Metrics {
    started: SystemTime,
    in_flight: AtomicU64,
    models: RwLock<BTreeMap<Box<str>, Arc<OfModel>>>,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    upstream: Arc<Upstream>,
}

#[derive(Debug, Default)]
struct OfModel {
    times: Mutex<BTreeMap<&'static str, Times>>,
    keys: RwLock<BTreeMap<Box<str>, Arc<OfKey>>>,
}

#[derive(Debug, Default)]
struct Times {
    first_token: Histogram,
    took: Histogram,
}

#[derive(Debug, Default)]
struct OfKey {
    /// By endpoint and status.
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    tokens: Mutex<Tokens>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            started: SystemTime::now(),
            in_flight: AtomicU64::new(0),
            models: RwLock::default(),
            refused: Mutex::default(),
            upstream: Arc::default(),
        }
    }

    /// Hears what the client does upstream.
    pub(super) fn upstream(&self) -> Arc<Upstream> {
        Arc::clone(&self.upstream)
    }

    pub(super) fn began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has ended.
    pub(super) fn ended(&self, entry: &AccessEntry<'_>) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let of_model = self.of_model(entry.model.unwrap_or_default(), entry.status < 400);
        {
            let mut times = lock(&of_model.times);
            let times = times.entry(entry.endpoint).or_default();
            times.took.observe(entry.took);
            if let Some(first_token) = entry.first_token {
                times.first_token.observe(first_token);
            }
        }
        let of_key = found_or_made(&of_model.keys, entry.key.unwrap_or_default());
        *lock(&of_key.requests).entry((entry.endpoint, entry.status)).or_default() += 1;
        if let Some(tokens) = entry.tokens {
            lock(&of_key.tokens).add(tokens);
        }
        if let Some(error) = entry.error {
            *lock(&self.refused).entry(error).or_default() += 1;
        }
    }

    /// A name that never answered is not told apart: whoever guesses names would fill the memory with them.
    fn of_model(&self, name: &str, answered: bool) -> Arc<OfModel> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = models.get(name) {
            return Arc::clone(known);
        }
        let is_told_apart = name.is_empty() || (answered && models.len() < MAX_MODELS);
        drop(models);
        found_or_made(&self.models, if is_told_apart { name } else { OTHER })
    }

    /// All of it, as text.
    pub(super) fn text(&self) -> String {
        let mut text = Text::default();
        text.begin("bedwire_build_info", "gauge", "The version of bedwire.");
        text.sample("", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        let started = self.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        text.begin("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.");
        text.sample("", &[], started.as_secs());
        text.begin("bedwire_requests_in_flight", "gauge", "Requests whose answer has not ended.");
        text.sample("", &[], self.in_flight.load(Ordering::Relaxed));

        let models = sorted(&self.models);
        text.begin("bedwire_requests_total", "counter", "Requests whose answer has ended.");
        for (model, of_model) in &models {
            for (key, of_key) in sorted(&of_model.keys) {
                for ((endpoint, status), count) in &*lock(&of_key.requests) {
                    let labels = [
                        ("endpoint", *endpoint),
                        ("model", model),
                        ("key", &key),
                        ("status", &status.to_string()),
                    ];
                    text.sample("", &labels, *count);
                }
            }
        }
        text.begin("bedwire_tokens_total", "counter", "Tokens as Bedrock counted them.");
        for (model, of_model) in models.iter().filter(|(model, _)| !model.is_empty()) {
            for (key, of_key) in sorted(&of_model.keys) {
                let tokens = *lock(&of_key.tokens);
                for (kind, count) in [
                    ("input", tokens.input),
                    ("output", tokens.output),
                    ("cache_read", tokens.cache_read),
                    ("cache_write", tokens.cache_write),
                ] {
                    text.sample("", &[("model", model), ("key", &key), ("kind", kind)], count);
                }
            }
        }
        text.begin(
            "bedwire_time_to_first_token_seconds",
            "histogram",
            "From a request to the first piece of its streamed answer.",
        );
        for (model, of_model) in &models {
            for (endpoint, times) in &*lock(&of_model.times) {
                if !times.first_token.is_empty() {
                    times.first_token.write(&mut text, &[("endpoint", endpoint), ("model", model)]);
                }
            }
        }
        text.begin(
            "bedwire_request_duration_seconds",
            "histogram",
            "From a request to the end of its answer.",
        );
        for (model, of_model) in &models {
            for (endpoint, times) in &*lock(&of_model.times) {
                times.took.write(&mut text, &[("endpoint", endpoint), ("model", model)]);
            }
        }
        text.begin("bedwire_failures_total", "counter", "Requests that were refused or broke, by why.");
        for (kind, count) in &*lock(&self.refused) {
            text.sample("", &[("kind", kind)], *count);
        }
        self.upstream.write(&mut text);
        text.finish()
    }
}

fn sorted<T>(map: &RwLock<BTreeMap<Box<str>, Arc<T>>>) -> BTreeMap<Box<str>, Arc<T>> {
    let map = map.read().unwrap_or_else(PoisonError::into_inner);
    map.iter().map(|(name, value)| (name.clone(), Arc::clone(value))).collect()
}

fn found_or_made<T: Default>(map: &RwLock<BTreeMap<Box<str>, Arc<T>>>, name: &str) -> Arc<T> {
    if let Some(found) = map.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Arc::clone(found);
    }
    Arc::clone(map.write().unwrap_or_else(PoisonError::into_inner).entry(name.into()).or_default())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn entry(model: &str, status: u16) -> AccessEntry<'_> {
        AccessEntry {
            time: SystemTime::UNIX_EPOCH,
            request_id: "r",
            endpoint: "messages",
            status,
            key: Some("team \"a\""),
            model: Some(model),
            operation: None,
            region: None,
            upstream_model: None,
            tokens: Some(Tokens { input: 2, output: 3, ..Tokens::default() }),
            first_token: Some(Duration::from_millis(30)),
            took: Duration::from_millis(300),
            stop_reason: None,
            error: (status >= 400).then_some("invalid"),
        }
    }

    #[test]
    fn what_ended_is_counted_by_its_labels() {
        let metrics = Metrics::new();
        for _ in 0..2 {
            metrics.began();
            metrics.ended(&entry("m", 200));
        }
        metrics.began();
        let text = metrics.text();
        for line in [
            "bedwire_requests_in_flight 1",
            r#"bedwire_requests_total{endpoint="messages",model="m",key="team \"a\"",status="200"} 2"#,
            r#"bedwire_tokens_total{model="m",key="team \"a\"",kind="output"} 6"#,
            r#"bedwire_request_duration_seconds_bucket{endpoint="messages",model="m",le="0.25"} 0"#,
            r#"bedwire_request_duration_seconds_bucket{endpoint="messages",model="m",le="0.5"} 2"#,
            r#"bedwire_request_duration_seconds_sum{endpoint="messages",model="m"} 0.6"#,
            r#"bedwire_time_to_first_token_seconds_count{endpoint="messages",model="m"} 2"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn guessed_names_are_not_told_apart() {
        let metrics = Metrics::new();
        for number in 0..2 * MAX_MODELS {
            metrics.ended(&entry(&format!("guessed-{number}"), 404));
            metrics.ended(&entry(&format!("answered-{number}"), 200));
        }
        let text = metrics.text();
        assert!(!text.contains("guessed-0") && text.contains("answered-0"));
        assert!(sorted(&metrics.models).len() <= MAX_MODELS + 1);
        assert!(text.contains(&format!(
            r#"bedwire_requests_total{{endpoint="messages",model="other",key="team \"a\"",status="404"}} {}"#,
            2 * MAX_MODELS
        )));
    }
}
