//! Two independent views of a signature: `aws-sigv4` signs, as a client does; [`canonical`] and [`verify`] rebuild the
//! canonical request from the *signed* request and recompute the signature, as a server does.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

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
