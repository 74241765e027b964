//! What is given to a verification, and what comes of it.

use super::mistake::Mistake;

/// The keys that a request may have been signed with.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// The secret access key.
    pub secret: &'a str,
    /// The access key id that it belongs to, where that is known.
    pub access_key_id: Option<&'a str>,
    /// The session token that belongs to it, where there is one.
    pub session_token: Option<&'a str>,
}

/// Whether AWS would accept a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It would, its age aside.
    Match,
    /// It would not.
    Mismatch,
    /// The capture, or the lack of the secret, does not tell.
    Unknown,
}

impl Verdict {
    /// `match`, `mismatch` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Unknown => "unknown",
        }
    }
}

/// What a verification lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The body, of which the capture has nothing, or not all.
    Body,
    /// The secret of the access key that the request was signed with.
    Secret,
}

/// What came of it. No text in it has the secret or a session token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verification {
    /// Whether AWS would accept it.
    pub verdict: Verdict,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
    /// The verdict in words.
    pub explanation: String,
    /// What to do.
    pub fix: Option<String>,
    /// What was not given that would tell more, of a verdict that is [`Verdict::Unknown`].
    pub missing: Option<Missing>,
    /// The canonical request that AWS computes.
    pub canonical_request: Option<String>,
    /// The string to sign that AWS computes.
    pub string_to_sign: Option<String>,
    /// The canonical request that was signed, where it was found and is another.
    pub signed_canonical_request: Option<String>,
    /// The string to sign that was signed, where it was found and is another.
    pub signed_string_to_sign: Option<String>,
}
