//! Whether the client's own signature is right, as AWS would see it: for the host that the client asked, and now.

use crate::fixture::redaction;
use crate::protocol::auth::Auth;
use crate::protocol::capture::{CapturedBody, CapturedRequest};
use crate::protocol::diagnosis::{Keys, Mistake, Verdict, Verification, verify};
use crate::protocol::sigv4::Claim;
use crate::protocol::sigv4::verify::{Refusal, Verifier};
use bytes::Bytes;
use http::Request;
use http::header::AUTHORIZATION;
use std::time::SystemTime;

/// The longest body with which the mistake in a wrong signature is searched while the request waits to go on: the
/// search hashes it in many spellings.
const MAX_SEARCHED: usize = 64 * 1024;

/// How far a wrong signature is looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// As far as takes no time that a client would notice.
    InPassing,
    /// Until the mistake is found.
    Whole,
}

/// What the client sent for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Right,
    Wrong,
    /// It cannot be read.
    Malformed,
    Unsigned,
    BearerKey,
    /// Signed with a key whose secret is not known here.
    OtherKey,
    Unknown,
}

impl Standing {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Match => Self::Right,
            Verdict::Mismatch => Self::Wrong,
            Verdict::Unknown => Self::Unknown,
        }
    }

    /// Whether AWS would accept it.
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self::Right => Verdict::Match,
            Self::Wrong | Self::Malformed | Self::Unsigned => Verdict::Mismatch,
            Self::BearerKey | Self::OtherKey | Self::Unknown => Verdict::Unknown,
        }
    }

    /// In a word or two, for people and for the page.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Malformed => "malformed",
            Self::Unsigned => "unsigned",
            Self::BearerKey => "bearer key",
            Self::OtherKey => "other key",
            Self::Unknown => "unknown",
        }
    }
}

/// How it stands with a signature, and why. Nothing in it is secret.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) standing: Standing,
    pub(super) mistakes: Vec<&'static str>,
    pub(super) explanation: String,
    pub(super) fix: Option<String>,
    pub(super) canonical_request: Option<String>,
    pub(super) string_to_sign: Option<String>,
}

impl Check {
    pub(super) fn unknown(explanation: impl Into<String>) -> Self {
        Self::new(Standing::Unknown, explanation)
    }

    fn new(standing: Standing, explanation: impl Into<String>) -> Self {
        Self {
            standing,
            mistakes: Vec::new(),
            explanation: redaction::plain_text(&explanation.into()),
            fix: None,
            canonical_request: None,
            string_to_sign: None,
        }
    }

    fn with_fix(mut self, fix: &str) -> Self {
        self.fix = Some(fix.to_owned());
        self
    }

    fn with_stages(mut self, canonical_request: &str, string_to_sign: &str) -> Self {
        self.canonical_request = Some(redaction::plain_text(canonical_request));
        self.string_to_sign = Some(redaction::plain_text(string_to_sign));
        self
    }

    /// What a diagnosis says.
    fn diagnosed(standing: Standing, diagnosis: Verification) -> Self {
        let shown = |text: String| redaction::plain_text(&text);
        Self {
            mistakes: diagnosis.mistakes.iter().copied().map(Mistake::id).collect(),
            fix: diagnosis.fix.map(shown),
            canonical_request: diagnosis.canonical_request.map(shown),
            string_to_sign: diagnosis.string_to_sign.map(shown),
            ..Self::new(standing, diagnosis.explanation)
        }
    }
}

/// Checks the signature of a request as it arrived. `signing_name` is the service that it must be for.
pub(super) fn check(
    request: &Request<Bytes>,
    auth: &Auth,
    signing_name: &str,
    now: SystemTime,
    depth: Depth,
) -> Check {
    let given = request.headers().get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
    let scheme = given.unwrap_or_default().split(|byte| *byte == b' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Check::new(
            Standing::BearerKey,
            "The client sent a bearer key: nothing in the request is signed.",
        );
    }
    if matches!(Claim::read(request), Err(Refusal::Missing)) {
        return Check::new(Standing::Unsigned, "The request carries no signature.")
            .with_fix("sign the request, or let the proxy do it: leave --verify out");
    }
    let Auth::SigV4(credentials) = auth else {
        return Check::unknown("The proxy itself has a bearer key, and no secret to check a signature with.");
    };
    let known = |key: &str| (key == credentials.access_key_id()).then(|| credentials.clone());
    let verifier = Verifier { now, credentials: &known, region: None, services: &[signing_name] };
    let keys = Keys {
        secret: credentials.secret_access_key(),
        access_key_id: Some(credentials.access_key_id()),
        session_token: credentials.session_token(),
    };
    let is_searched = depth == Depth::Whole || request.body().len() <= MAX_SEARCHED;
    match verifier.verify(request) {
        // Right, and yet signed in a way that something on its way to AWS may break.
        Ok(_) if depth == Depth::Whole => {
            let diagnosis = verify(&captured(request), Some(keys));
            Check::diagnosed(Standing::of(diagnosis.verdict), diagnosis)
        }
        Ok(verified) => {
            let scope = verified.claim.credential_scope();
            let explanation = format!("The signature is the one that AWS computes, for {scope}.");
            Check::new(Standing::Right, explanation)
                .with_stages(&verified.canonical_request, &verified.string_to_sign)
        }
        Err(Refusal::UnknownKey) => {
            let diagnosis = verify(&captured(request), None);
            let standing = match diagnosis.verdict {
                Verdict::Mismatch => Standing::Wrong,
                Verdict::Match | Verdict::Unknown => Standing::OtherKey,
            };
            let fix = "start the proxy with the credentials that the client signs with";
            match diagnosis.fix {
                Some(_) => Check::diagnosed(standing, diagnosis),
                None => Check::diagnosed(standing, diagnosis).with_fix(fix),
            }
        }
        Err(refusal) if is_searched => {
            let diagnosis = verify(&captured(request), Some(keys));
            let standing = match refusal {
                Refusal::Incomplete(_) => Standing::Malformed,
                _ => Standing::Wrong,
            };
            match diagnosis.verdict {
                Verdict::Mismatch => Check::diagnosed(standing, diagnosis),
                // The age of a signature is the one thing that a diagnosis never judges.
                Verdict::Match | Verdict::Unknown => Check::new(standing, refusal.to_string()),
            }
        }
        Err(Refusal::Mismatch { canonical_request, string_to_sign }) => {
            Check::new(Standing::Wrong, "The signature is not the one that AWS computes from what arrived.")
                .with_fix("ask for the reason with --verify")
                .with_stages(&canonical_request, &string_to_sign)
        }
        Err(refusal) => Check::new(Standing::Wrong, refusal.to_string()),
    }
}

fn captured(request: &Request<Bytes>) -> CapturedRequest {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    CapturedRequest {
        method: request.method().to_string(),
        target: target.to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: match request.body() {
            body if body.is_empty() => CapturedBody::Empty,
            body => CapturedBody::Whole(body.clone()),
        },
        ..CapturedRequest::default()
    }
}
