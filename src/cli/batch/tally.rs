//! How many records failed, and with what: the exit code of a batch.

use crate::{Error, ErrorKind};
use std::collections::BTreeMap;

const KINDS: [ErrorKind; 8] = [
    ErrorKind::InvalidInput,
    ErrorKind::Credentials,
    ErrorKind::Service,
    ErrorKind::Throttled,
    ErrorKind::Network,
    ErrorKind::Timeout,
    ErrorKind::Undecodable,
    ErrorKind::File,
];

/// Results, counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    succeeded: u64,
    failed: BTreeMap<String, u64>,
}

impl Tally {
    /// `failure` is the kind of the error, where it is one.
    pub(super) fn count(&mut self, failure: Option<&str>) {
        match failure {
            None => self.succeeded += 1,
            Some(kind) => *self.failed.entry(kind.to_owned()).or_default() += 1,
        }
    }

    pub(super) fn succeeded(&self) -> u64 {
        self.succeeded
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    pub(super) fn done(&self) -> u64 {
        self.succeeded + self.failed()
    }

    /// A success only where all succeeded; else the error of the kind that all failures share, and the service's where
    /// they share none.
    pub(super) fn verdict(&self) -> Result<(), Error> {
        if self.failed.is_empty() {
            return Ok(());
        }
        let kind = match self.failed.keys().next() {
            Some(only) if self.failed.len() == 1 => KINDS.into_iter().find(|kind| kind.as_str() == only),
            _ => None,
        };
        let kinds: Vec<String> = self.failed.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        Err(Error::new(
            kind.unwrap_or(ErrorKind::Service),
            format!("{} of {} records failed: {}", self.failed(), self.done(), kinds.join(", ")),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_that_of_all_failures() {
        let verdict = |kinds: &[Option<&str>]| {
            let mut tally = Tally::default();
            for kind in kinds {
                tally.count(*kind);
            }
            tally.verdict().err().map(|error| error.kind())
        };
        assert_eq!(verdict(&[None, None]), None);
        assert_eq!(verdict(&[None, Some("invalid_input")]), Some(ErrorKind::InvalidInput));
        assert_eq!(verdict(&[Some("throttled"), Some("throttled")]), Some(ErrorKind::Throttled));
        assert_eq!(verdict(&[Some("throttled"), Some("network")]), Some(ErrorKind::Service));
    }
}
