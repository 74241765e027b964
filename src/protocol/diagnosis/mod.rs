//! What an answer means, and which mistake makes a signature wrong.
//!
//! | file | job |
//! |---|---|
//! | [`Mistake`] (`mistake`) | the mistakes, by name, with what to do |
//! | `claimed` | what a request says of its signature, flaws and all |
//! | `unsigned` | what a request carries that has no such signature |
//! | `host` | what a host must be signed for |
//! | `checks` | what is wrong without computing anything |
//! | `view` | what was signed, in parts that can be exchanged |
//! | `alternatives` | everything that clients are known to sign instead |
//! | `keyed` | what many strings are signed with |
//! | `effort` | how long that may take |
//! | `search` | which of them, or which two, reproduce a signature |
//! | [`verify()`] (`verify`) | a captured request → a verdict |
//! | `judgement` | what was found and how far the search came, as a verdict and in words |
//! | [`Verification`] (`verification`) | the keys, and the verdict |
//! | `quoted` | the canonical request and string to sign that AWS prints |
//! | `differences` | two of them, lined up |
//! | [`diagnose()`] (`diagnose`) | a captured answer → what it means |
//! | `clock` | dates that AWS refuses |
//! | `printed` | an error as a program printed it |
//! | `redact` | what is taken out of every text that is shown |

mod alternatives;
mod checks;
mod claimed;
mod clock;
mod diagnose;
mod differences;
mod effort;
mod host;
mod judgement;
mod keyed;
mod mistake;
mod printed;
mod quoted;
mod redact;
mod search;
mod unsigned;
mod verification;
mod verify;
mod view;

pub use diagnose::{Diagnosis, diagnose};
pub use differences::Difference;
pub use mistake::Mistake;
pub use verification::{Keys, Missing, Verdict, Verification};
pub use verify::verify;
