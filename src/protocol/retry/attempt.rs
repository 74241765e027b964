//! One attempt, as it is kept in an error and shown by `-v`.

use crate::protocol::outcome::WireFailure;
use std::fmt;
use std::time::Duration;

/// One attempt: what came of it, how long it took, and the wait after it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// From sending to the end of the answer.
    pub took: Duration,
    /// The wait before the next one; `None` after the last.
    pub wait: Option<Duration>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The service answered with this status.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The code, where it was a refusal that had one.
        code: Option<String>,
        /// What AWS's support asks for.
        request_id: Option<String>,
    },
    /// There was no answer, or no end of it.
    Failed {
        /// How it failed.
        failure: WireFailure,
        /// What failed, in a sentence.
        message: String,
    },
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {}: ", self.number)?;
        match &self.outcome {
            AttemptOutcome::Answered { status, code: Some(code), .. } => write!(f, "{status} {code}")?,
            AttemptOutcome::Answered { status, code: None, .. } => write!(f, "{status}")?,
            AttemptOutcome::Failed { message, .. } => f.write_str(message)?,
        }
        write!(f, " after {} ms", self.took.as_millis())?;
        match self.wait {
            Some(wait) => write!(f, "; next in {} ms", wait.as_millis()),
            None => Ok(()),
        }
    }
}
