//! What outlives a reload: metrics, what is left of each key's limits, how much is served at once, whether credentials
//! were there, and whether the gateway stops.

use super::keys::{Holder, Key};
use super::limits::Allowance;
use super::metrics::Metrics;
use super::refusal::Refusal;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long it counts as known whether there are credentials.
const READINESS_KEPT: Duration = Duration::from_secs(5);

/// What outlives a reload.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) metrics: Metrics,
    serving: Arc<AtomicUsize>,
    allowances: Mutex<HashMap<String, Arc<Allowance>>>,
    readiness: Mutex<Option<(Instant, Result<(), Refusal>)>>,
    /// What tells this process' request ids from those of others.
    process: u64,
    last_request: AtomicU64,
    is_cut: AtomicBool,
}

/// A place among the requests that are served at once; it is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Ledger {
    pub(super) fn new() -> Self {
        let mut random = [0; 8];
        // Ids that are not random are still ids.
        let _ = getrandom::getrandom(&mut random);
        Self {
            metrics: Metrics::new(),
            serving: Arc::default(),
            allowances: Mutex::default(),
            readiness: Mutex::default(),
            process: u64::from_ne_bytes(random),
            last_request: AtomicU64::new(0),
            is_cut: AtomicBool::new(false),
        }
    }

    /// An id that no other request has.
    pub(super) fn request_id(&self) -> String {
        let number = self.last_request.fetch_add(1, Ordering::Relaxed);
        let mut id = String::with_capacity("req_".len() + 16 + 8);
        id.push_str("req_");
        push_hex(&mut id, self.process, 16);
        push_hex(&mut id, number, 8);
        id
    }

    /// What is under way ends now, since the gateway stops.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
    }

    /// A place, where there is one.
    pub(super) fn place(&self, at_most: NonZeroUsize) -> Option<Place> {
        let place = Place(Arc::clone(&self.serving));
        // Counted before it is looked at: of two who come at once, one sees the other.
        (place.0.fetch_add(1, Ordering::Relaxed) < at_most.get()).then_some(place)
    }

    /// The holder of a key, with what was left for it before.
    pub(super) fn holder(&self, key: &Key) -> Holder {
        let mut allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        let allowance = Arc::clone(allowances.entry(key.name.clone()).or_default());
        Holder { key: key.clone(), allowance }
    }

    /// What was found of the credentials, if that was not long ago.
    pub(super) fn readiness(&self) -> Option<Result<(), Refusal>> {
        let known = self.readiness.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|(at, _)| at.elapsed() < READINESS_KEPT).map(|(_, result)| result)
    }

    /// Keeps what was found. Whether it is why there are none, and not what was found before.
    pub(super) fn keep_readiness(&self, result: &Result<(), Refusal>) -> bool {
        let reason = |result: &Result<(), Refusal>| result.as_ref().err().map(|e| e.message().to_owned());
        let mut known = self.readiness.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.replace((Instant::now(), result.clone()));
        result.is_err() && before.is_none_or(|(_, before)| reason(&before) != reason(result))
    }
}

/// At least so many digits of the sixteen.
fn push_hex(text: &mut String, number: u64, digits: u32) {
    let mut all = [0; 16];
    let _ = hex::encode_to_slice(number.to_be_bytes(), &mut all); // it has that length
    let zeros = (number.leading_zeros() / 4).min(16 - digits);
    let counting = usize::try_from(zeros).ok().and_then(|zeros| all.get(zeros..)).unwrap_or_default();
    text.push_str(std::str::from_utf8(counting).unwrap_or_default());
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_in_their_last_digits() {
        let ledger = Ledger::new();
        let process = ledger.process;
        assert_eq!(ledger.request_id(), format!("req_{process:016x}00000000"));
        assert_eq!(ledger.request_id(), format!("req_{process:016x}00000001"));
        ledger.last_request.store(0x1_2345_6789, Ordering::Relaxed);
        assert_eq!(ledger.request_id(), format!("req_{process:016x}123456789"));
    }
}
