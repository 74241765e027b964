//! How long things took, in buckets.

use super::text::Text;
use std::time::Duration;

/// Upper bounds in milliseconds, with their label: from an answer of the gateway itself to a model that thinks.
const BOUNDS: [(u64, &str); 15] = [
    (5, "0.005"),
    (10, "0.01"),
    (25, "0.025"),
    (50, "0.05"),
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1_000, "1"),
    (2_500, "2.5"),
    (5_000, "5"),
    (10_000, "10"),
    (20_000, "20"),
    (40_000, "40"),
    (80_000, "80"),
    (160_000, "160"),
];

#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// Each counts what is in it only; the text sums them up.
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: Duration,
}

impl Histogram {
    pub(super) fn observe(&mut self, took: Duration) {
        let bound = BOUNDS.partition_point(|(bound, _)| Duration::from_millis(*bound) < took);
        if let Some(bucket) = self.buckets.get_mut(bound) {
            *bucket += 1;
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(took);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn write(&self, text: &mut Text, labels: &[(&str, &str)]) {
        let mut below = 0;
        let mut with_bound: Vec<(&str, &str)> = labels.to_vec();
        for ((_, bound), bucket) in BOUNDS.iter().zip(self.buckets) {
            below += bucket;
            with_bound.push(("le", bound));
            text.sample("_bucket", &with_bound, below);
            with_bound.pop();
        }
        with_bound.push(("le", "+Inf"));
        text.sample("_bucket", &with_bound, self.count);
        text.sample("_sum", labels, self.sum.as_secs_f64());
        text.sample("_count", labels, self.count);
    }
}
