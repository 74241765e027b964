//! What to do after an attempt. Pure: the loop in `client/send.rs` keeps the clock and does the waiting.

mod attempt;
pub mod pacing;
mod policy;
mod quota;

pub use attempt::{Attempt, AttemptOutcome};
pub use policy::{Decision, Delay, History, RetryMode, RetryPolicy, StopReason};
pub use quota::RetryQuota;
