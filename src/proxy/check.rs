//! Whether the client's own signature is right, as AWS would see it: for the host that the client asked, and now.

use crate::fixture::redaction;
use crate::protocol::auth::Auth;
use crate::protocol::sigv4::Claim;
use crate::protocol::sigv4::verify::{Refusal, Verifier};
use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use std::time::SystemTime;

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// AWS would accept it.
    Match,
    /// AWS would refuse it.
    Mismatch,
    /// It cannot be checked.
    Unknown,
}

impl Verdict {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict and its reason. Nothing in it is secret.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) verdict: Verdict,
    /// In a word or two: `unsigned`, `right`.
    pub(super) word: &'static str,
    pub(super) explanation: String,
    pub(super) fix: Option<&'static str>,
    pub(super) canonical_request: Option<String>,
    pub(super) string_to_sign: Option<String>,
}

impl Check {
    pub(super) fn unknown(explanation: impl Into<String>) -> Self {
        Self::new(Verdict::Unknown, "unknown", explanation, None)
    }

    fn new(
        verdict: Verdict,
        word: &'static str,
        explanation: impl Into<String>,
        fix: Option<&'static str>,
    ) -> Self {
        let explanation = redaction::plain_text(&explanation.into());
        Self { verdict, word, explanation, fix, canonical_request: None, string_to_sign: None }
    }

    fn with_stages(mut self, canonical_request: &str, string_to_sign: &str) -> Self {
        self.canonical_request = Some(redaction::plain_text(canonical_request));
        self.string_to_sign = Some(redaction::plain_text(string_to_sign));
        self
    }
}

/// Checks the signature of a request as it arrived. `signing_name` is the service that it must be for.
pub(super) fn check(request: &Request<Bytes>, auth: &Auth, signing_name: &str, now: SystemTime) -> Check {
    let given = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
    let scheme = given.unwrap_or_default().split(|byte| *byte == b' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        let explanation = "The client sent a bearer key, which no signature protects.";
        return Check::new(Verdict::Unknown, "bearer key", explanation, None);
    }
    let claim = match Claim::read(request) {
        Ok(claim) => claim,
        Err(Refusal::Missing) => {
            let fix = Some("sign the request, or let the proxy do it: leave --verify out");
            return Check::new(Verdict::Mismatch, "unsigned", "The request carries no signature.", fix);
        }
        Err(refusal) => return Check::new(Verdict::Mismatch, "malformed", refusal.to_string(), None),
    };
    let Auth::SigV4(credentials) = auth else {
        return Check::unknown("The proxy itself has a bearer key, and no secret to check a signature with.");
    };
    let known = |key: &str| (key == credentials.access_key_id()).then(|| credentials.clone());
    let verifier = Verifier { now, credentials: &known, region: None, services: &[signing_name] };
    match verifier.verify(request) {
        Ok(verified) => Check::new(
            Verdict::Match,
            "right",
            format!("The signature is the one that AWS computes, for {}.", claim.credential_scope()),
            None,
        )
        .with_stages(&verified.canonical_request, &verified.string_to_sign),
        Err(Refusal::UnknownKey) => Check::new(
            Verdict::Unknown,
            "other key",
            "The request is signed with another access key than the proxy's, so its secret is not known here.",
            Some("start the proxy with the credentials that the client signs with"),
        ),
        Err(Refusal::Mismatch { canonical_request, string_to_sign }) => Check::new(
            Verdict::Mismatch,
            "wrong",
            "The signature is not the one that AWS computes from what arrived.",
            Some("compare the client's canonical request with the one given here, line by line; if they are equal, the secret or the key derivation is wrong"),
        )
        .with_stages(&canonical_request, &string_to_sign),
        Err(refusal) => Check::new(Verdict::Mismatch, "wrong", refusal.to_string(), None),
    }
}
