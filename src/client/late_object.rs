//! The questions for one object on S3: of a bucket in another region it is asked there, and one that is not there yet is
//! asked for again and again.

use super::timeouts::after;
use crate::error::Error;
use crate::protocol::service_error::ServiceError;
use std::time::Duration;
use tokio::time::Instant;

/// Between two questions for an object that is not there yet, doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest of them.
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// The questions for one object.
pub(crate) struct Questions {
    /// The region that S3 named.
    region: Option<String>,
    pause: Duration,
    /// How long it may be late.
    until: Instant,
}

/// What to do after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// In the region that S3 named.
    InItsRegion,
    /// Then, since the object may have appeared by then.
    At(Instant),
    /// Not again for these reasons.
    NoMore,
}

impl Questions {
    /// They begin now. The output of a job may appear so long after the job is `Completed`.
    pub(crate) fn for_as_long_as(patience: Duration) -> Self {
        Self { region: None, pause: FIRST_PAUSE, until: after(Instant::now(), patience) }
    }

    /// The region that S3 named, where it did.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// What to do after this refusal.
    pub(crate) fn after(&mut self, error: &Error) -> Ask {
        let Some(refusal) = error.service_error() else { return Ask::NoMore };
        if let (Some(region), None) = (refusal.region_to_ask(), &self.region) {
            self.region = Some(region.to_owned());
            return Ask::InItsRegion;
        }
        let now = Instant::now();
        if !refusal.is_absent_object() || now >= self.until {
            return Ask::NoMore;
        }
        let next = after(now, self.pause).min(self.until);
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        Ask::At(next)
    }
}

/// Whether an error says that the object is not there.
pub(crate) fn is_absent(error: &Error) -> bool {
    error.service_error().is_some_and(ServiceError::is_absent_object)
}
