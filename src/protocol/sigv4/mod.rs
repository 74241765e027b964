//! Two independent views of a signature: `aws-sigv4` signs, as a client does; [`canonical`] and [`verify`] rebuild the
//! canonical request from the *signed* request and recompute the signature, as a server does.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! | file | job |
//! |---|---|
//! | `sign`, `signed_request` | the client's view, and what it gives |
//! | `plain`, `signing_keys` | most requests, signed in one go; the keys of a day |
//! | `unsignable` | headers that no signature may count |
//! | [`canonical`], `query` | the server's view of a request, and of its query |
//! | `claim` | what a request says of its signature |
//! | [`verify`], `refusal` | the server's verdict, and its words |
//! | `hash` | SHA-256, HMAC and the chain of keys |

pub mod canonical;
mod claim;
pub(crate) mod hash;
mod plain;
mod query;
mod refusal;
mod sign;
mod signed_request;
mod signing_keys;
mod unsignable;
pub mod verify;

#[cfg(feature = "diagnosis")]
pub(crate) use claim::signing_date;
pub use claim::{Claim, SignatureLocation};
pub(crate) use query::is_signature_parameter;
pub use query::query_pairs;
#[cfg(feature = "emulator")]
pub(crate) use refusal::tolerance;
pub use sign::{Signer, presign, sign};
pub use signed_request::{SignError, SignedRequest};
#[cfg(feature = "diagnosis")]
pub(in crate::protocol) use unsignable::is_unsignable;
