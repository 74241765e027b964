//! How retries are bounded, and what said so.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>

use super::environment::Environment;
use super::overrides::Overrides;
use crate::error::{Error, ErrorKind};
use crate::protocol::retry::{RetryMode, RetryPolicy};
use crate::transport::Sourced;

/// A policy, and where it came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Retry {
    pub(super) policy: RetryPolicy,
    /// What named the mode, where something did.
    pub(super) mode_source: Option<String>,
    /// What named the most attempts, where something did.
    pub(super) attempts_source: Option<String>,
}

impl Retry {
    /// What was given by hand, `AWS_MAX_ATTEMPTS` and `AWS_RETRY_MODE`, or the profile's `max_attempts` and
    /// `retry_mode`.
    pub(super) fn load(
        environment: &Environment,
        overrides: &Overrides,
        in_profile: &dyn Fn(&str) -> Option<Sourced<String>>,
    ) -> Result<Self, Error> {
        let mut retry = Self::default();
        let found = environment.sourced(&["AWS_RETRY_MODE"])?.or_else(|| in_profile("retry_mode"));
        if let Some(found) = found {
            retry.policy.mode = mode(&found)?;
            retry.mode_source = Some(found.source);
        }
        if overrides.fail_fast {
            retry.policy.mode = RetryMode::FailFast;
            retry.mode_source = Some(overrides.named.of("fail_fast"));
        }
        let found = environment.sourced(&["AWS_MAX_ATTEMPTS"])?.or_else(|| in_profile("max_attempts"));
        if let Some(given) = overrides.max_attempts {
            retry.policy.max_attempts = Some(given);
            retry.attempts_source = Some(overrides.named.of("max_attempts"));
        } else if let Some(found) = found {
            retry.policy.max_attempts = Some(attempts(&found)?);
            retry.attempts_source = Some(found.source);
        }
        Ok(retry)
    }
}

fn mode(found: &Sourced<String>) -> Result<RetryMode, Error> {
    match found.value.to_ascii_lowercase().as_str() {
        "standard" => Ok(RetryMode::Standard),
        "adaptive" | "legacy" => Ok(RetryMode::Patient),
        other => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{} is {other:?}; it takes standard, adaptive or legacy", found.source),
        )),
    }
}

fn attempts(found: &Sourced<String>) -> Result<u32, Error> {
    found.value.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
        let problem = format!("{} is {:?}; it takes a number from 1", found.source, found.value);
        Error::new(ErrorKind::InvalidInput, problem)
    })
}
