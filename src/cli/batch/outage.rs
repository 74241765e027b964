//! Failures that say nothing of their record: the network is out, the service does not answer, or the quota is used up
//! for long. Where they come one after the other, calling on would make failures of all records.

use crate::{Error, ErrorKind};

/// So many in a row are an outage.
const IN_A_ROW: usize = 10;

/// What has failed since the last answer. It is kept back, and not yet a result: a batch that ends here calls it again.
#[derive(Debug)]
pub(super) struct Outage<T> {
    held: Vec<(T, Error)>,
    is_over_limit: bool,
}

impl<T> Outage<T> {
    pub(super) fn new() -> Self {
        Self { held: Vec::new(), is_over_limit: false }
    }

    /// Whether a failure says nothing of its record.
    pub(super) fn is_sign(error: &Error) -> bool {
        matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Throttled)
    }

    /// Keeps a failure back.
    pub(super) fn hold(&mut self, tag: T, error: Error) {
        self.held.push((tag, error));
        self.is_over_limit |= self.held.len() >= IN_A_ROW;
    }

    /// What was kept back, once the service has answered another record: those failures were their records' own.
    pub(super) fn take(&mut self) -> Vec<(T, Error)> {
        if self.is_over_limit { Vec::new() } else { std::mem::take(&mut self.held) }
    }

    /// Whether no more records are to be called.
    pub(super) fn is_over_limit(&self) -> bool {
        self.is_over_limit
    }

    /// Why the batch ends, after so many results.
    pub(super) fn into_error(self, done: u64, total: u64) -> Error {
        let failed = self.held.len();
        let last = self.held.into_iter().next_back().map(|(_, error)| error);
        let kind = last.as_ref().map_or(ErrorKind::Network, Error::kind);
        let why = last.as_ref().map_or_else(String::new, |error| format!(": {}", error.message()));
        let message =
            format!("stopped with {done} of {total} records done: {failed} calls in a row failed{why}");
        Error::new(kind, message).with_hint("none of them is a result; the same command goes on from there")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Error {
        Error::new(ErrorKind::Network, "no way")
    }

    #[test]
    fn failures_between_answers_are_their_records_own() {
        let mut outage = Outage::new();
        for round in 0..5 {
            for tag in 0..IN_A_ROW - 1 {
                outage.hold(tag, failure());
            }
            assert_eq!(outage.take().len(), IN_A_ROW - 1, "{round}");
        }
        assert!(!outage.is_over_limit());
    }

    #[test]
    fn many_in_a_row_are_nobodys() {
        let mut outage = Outage::new();
        for tag in 0..IN_A_ROW {
            assert!(!outage.is_over_limit());
            outage.hold(tag, failure());
        }
        assert!(outage.is_over_limit());
        assert!(outage.take().is_empty());
        let error = outage.into_error(3, 40);
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(error.message(), "stopped with 3 of 40 records done: 10 calls in a row failed: no way");
    }
}
