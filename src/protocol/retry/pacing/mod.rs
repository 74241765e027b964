//! Which call may go when, for all calls that share one quota: what one of them finds out, the others need not. Pure:
//! time is an argument.
//!
//! Five ideas carry it.
//! 1. **Early verdict** (`verdicts`): a refusal comes at once, an answer takes seconds; not refused is admitted.
//! 2. **Measured from refusal to refusal** (`meter`): there the quota was used up, so what was admitted between them is
//!    the rate.
//! 3. **A bounded ramp** (`ramp`): what is limited at the start is the calls without a verdict, not those in flight.
//! 4. **One probe after a refusal** (`stall`): everyone else waits for its verdict.
//! 5. **What follows a refusal tells whose it was** (`chance`): a quota refuses the next calls, too; where they get in,
//!    it was chance, and slows nobody down. Where nothing else tells, a few calls ask (`trial`).
//!
//! ```text
//!  Open ──refused──▶ Stalled ──the probe got in──▶ Paced ──refused──▶ Stalled …
//!   ▲                   │
//!   └── a long stall: perhaps a window of a minute was refilled (`window`); refusals were chance; the first answers
//!       came, and with them the tokens that they did not use
//! ```
//! While paced, the rate follows a saw (`pace`): it starts a little below what was measured and passes it slowly, so
//! that a raised quota is found (`overdue`; one that was lowered before, sooner: `former`) and the refusal at the end of
//! each tooth measures it anew. Where rate and burst are
//! given, a copy of the service's bucket decides (`mirror`), until it proves wrong. Where the quota of tokens is given,
//! a [`Ledger`] holds a call back until there is room for what it may use.
//!
//! | file | job |
//! |---|---|
//! | `pacer`, `phase` | the machine, and its states |
//! | `queue` | who waits, in which order |
//! | `verdicts`, `meter` | who was refused and who was not; the rate, measured |
//! | `ramp`, `stall`, `pace` | before a refusal, right after one, and from then on |
//! | `overdue`, `former`, `window` | a quota that was raised, that was lowered before, that is refilled at once |
//! | `chance`, `trial` | refusals with no quota behind them |
//! | `options`, `mirror` | what is known beforehand; the service's bucket, copied |
//! | `tokens`, `ledger` | what a call costs in tokens; those of the last minute |
//! | `saved` | a pacer as text, for processes that share one |

mod chance;
mod former;
mod ledger;
mod meter;
mod mirror;
mod options;
mod overdue;
mod pace;
mod pacer;
mod phase;
mod queue;
mod ramp;
mod saved;
mod stall;
mod tokens;
mod trial;
mod verdicts;
mod window;

pub use ledger::Ledger;
pub use options::PacingOptions;
pub use pacer::{Admission, Pacer};
pub use queue::{Queue, Ticket};
pub use tokens::{Reservation, burndown, charged_tokens, used_tokens};
