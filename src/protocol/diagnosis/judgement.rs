//! What a verification comes to: what was found, how far the search for the rest came, and so the verdict and its words.

use super::checks::Finding;
use super::mistake::Mistake;
use super::verification::{Missing, Verdict, Verification};
use crate::protocol::MAX_HEADERS;
use crate::protocol::capture::CapturedBody;

/// What a verification comes to.
pub(super) struct Judgement<'a> {
    /// What is wrong.
    findings: Vec<Finding>,
    /// How it stands with the signature itself.
    reasons: Vec<Reason<'a>>,
    mistakes: Vec<Mistake>,
    /// Whether a part of the request is a guess that may be what is wrong.
    is_guess: bool,
}

/// How it stands with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason<'a> {
    /// There is none: the request has a bearer key.
    BearerKey,
    /// There is none.
    Unsigned,
    /// It is one of Signature Version 4A.
    Asymmetric,
    /// It is one of Signature Version 2.
    Version2,
    /// There is an authorization of another kind; named where its name is no secret.
    OtherScheme(Option<&'static str>),
    /// There are more headers than are looked into.
    TooManyHeaders,
    /// It is that of the request, for this scope.
    Right { scope: String },
    /// It is that of the request, which has something else that AWS refuses.
    RightApartFromThat,
    /// It is that of the hash that the request names for a body that is not known.
    RightForItsHash(Unseen),
    /// It is that of another request: what is different there.
    OfAnother { differences: Vec<&'a str> },
    /// It cannot be computed without the body.
    Uncomputable(Unseen),
    /// It was made with this access key, and the secret is that of another one.
    OtherKey(&'a str),
    /// It is not that of the request, and not everything was tried.
    GivenUp,
    /// It is not that of the request, and no known mistake makes it.
    NotReproduced,
    /// There is no secret.
    NoSecret,
    /// There is no secret or no signature to compare with, and nothing is wrong with the rest.
    FormIsRight,
    /// What can be said of the body is not said.
    NoBody,
}

/// Why a body is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unseen {
    /// So many of so many bytes are there.
    Cut { has: usize, announced: usize },
    /// The capture does not show it.
    NotShown,
}

impl Unseen {
    /// Of a body, where it is not known.
    pub(super) fn of(body: &CapturedBody) -> Option<Self> {
        match body {
            CapturedBody::Cut { has, announced } => Some(Self::Cut { has: *has, announced: *announced }),
            CapturedBody::NotShown => Some(Self::NotShown),
            CapturedBody::Empty | CapturedBody::Whole(_) | CapturedBody::PerhapsOneNewlineLess(_) => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Cut { has, announced } => {
                format!("the capture has {has} of the {announced} bytes of the body")
            }
            Self::NotShown => "the capture does not show the body".to_owned(),
        }
    }
}

impl Reason<'_> {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Right { .. } => Verdict::Match,
            Self::RightApartFromThat | Self::OfAnother { .. } | Self::GivenUp | Self::NotReproduced => {
                Verdict::Mismatch
            }
            Self::BearerKey
            | Self::Unsigned
            | Self::Asymmetric
            | Self::Version2
            | Self::OtherScheme(_)
            | Self::TooManyHeaders
            | Self::RightForItsHash(_)
            | Self::Uncomputable(_)
            | Self::OtherKey(_)
            | Self::NoSecret
            | Self::FormIsRight
            | Self::NoBody => Verdict::Unknown,
        }
    }

    /// What would tell more.
    fn missing(&self) -> Option<Missing> {
        match self {
            Self::RightForItsHash(_) | Self::Uncomputable(_) | Self::NoBody => Some(Missing::Body),
            Self::OtherKey(_) | Self::NoSecret => Some(Missing::Secret),
            _ => None,
        }
    }

    /// What to do, where no mistake says it.
    fn fix(&self) -> Option<&'static str> {
        match self {
            Self::Asymmetric => Some(
                "sign with AWS4-HMAC-SHA256 for one region: Bedrock asks for that, and only S3's access points of several \
                 regions and few other services for the other",
            ),
            Self::Version2 => Some(
                "sign with AWS4-HMAC-SHA256; boto3 does so for S3's URLs with Config(signature_version=\"s3v4\")",
            ),
            _ => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::BearerKey => "the request carries a bearer key: nothing in it is signed".to_owned(),
            Self::Unsigned => "the request is not signed: it has neither an AWS4-HMAC-SHA256 authorization nor a \
                               signature in its query"
                .to_owned(),
            Self::Asymmetric => "the request is signed with AWS4-ECDSA-P256-SHA256 (Signature Version 4A), which is not \
                                 checked here"
                .to_owned(),
            Self::Version2 => "the request is signed with Signature Version 2, which Bedrock never took and S3 takes in \
                               its oldest regions only"
                .to_owned(),
            Self::OtherScheme(Some(scheme)) => format!(
                "the request is not signed: its authorization is of the kind {scheme}, not AWS4-HMAC-SHA256"
            ),
            Self::OtherScheme(None) => "the request is not signed: its authorization begins with neither \
                                        AWS4-HMAC-SHA256 nor Bearer"
                .to_owned(),
            Self::TooManyHeaders => format!(
                "the request has, or signs, more than {MAX_HEADERS} headers: no service takes it, and it was not looked into"
            ),
            Self::Right { scope } => format!("the signature is right for {scope}; its age was not judged"),
            Self::RightApartFromThat => {
                "apart from that the signature is right, and so is the secret".to_owned()
            }
            Self::RightForItsHash(unseen) => format!(
                "the signature is right for the hash of the body that the request names, but {}",
                unseen.words()
            ),
            Self::OfAnother { differences } => {
                format!("the signature is that of a request {}", differences.join(", and "))
            }
            Self::Uncomputable(unseen) => {
                format!("the signature cannot be computed, since {}", unseen.words())
            }
            Self::OtherKey(access_key_id) => {
                format!("the secret at hand is that of another access key than {access_key_id}; give its own")
            }
            Self::GivenUp => "the signature is not that of this request, and the search for the reason was given up: its \
                              headers are so many or so long that not every mistake could be tried; leave some out and \
                              try again"
                .to_owned(),
            Self::NotReproduced => "no known mistake, and no two of them, reproduce the signature: the secret is another \
                                    one, or the body or a signed header is another than it was"
                .to_owned(),
            Self::NoSecret => "without the secret it cannot be known whether the signature is that of this path, query, \
                               headers and body"
                .to_owned(),
            Self::FormIsRight => "form, scope, dates and signed headers are as AWS asks for".to_owned(),
            Self::NoBody => "the capture does not show the whole body".to_owned(),
        }
    }
}

impl<'a> Judgement<'a> {
    pub(super) fn new(findings: Vec<Finding>, reasons: Vec<Reason<'a>>) -> Self {
        let mistakes = findings.iter().filter_map(|finding| finding.mistake).collect();
        Self { findings, reasons, mistakes, is_guess: false }
    }

    /// And these mistakes, which were found by trying them.
    pub(super) fn with_mistakes(mut self, mistakes: impl IntoIterator<Item = Mistake>) -> Self {
        self.mistakes.extend(mistakes);
        self
    }

    /// What is wrong may be wrong with a part of the request that is a guess.
    pub(super) fn of_a_guess(mut self, is_guess: bool) -> Self {
        self.is_guess = is_guess;
        self
    }

    /// As callers have it, without the stages of the signature.
    pub(super) fn verification(&self) -> Verification {
        Verification {
            verdict: self.verdict(),
            mistakes: self.mistakes(),
            explanation: self.explanation(),
            fix: self.fix(),
            missing: self.missing(),
            canonical_request: None,
            string_to_sign: None,
            signed_canonical_request: None,
            signed_string_to_sign: None,
        }
    }

    fn verdict(&self) -> Verdict {
        if self.is_doubted() { Verdict::Unknown } else { self.as_read() }
    }

    /// The mistakes, each once.
    fn mistakes(&self) -> Vec<Mistake> {
        if self.is_doubted() {
            return Vec::new();
        }
        let mut mistakes = self.mistakes.clone();
        mistakes.sort();
        mistakes.dedup();
        mistakes
    }

    /// All of it in words.
    fn explanation(&self) -> String {
        let found = self.findings.iter().map(|finding| finding.what.clone());
        let sentences: Vec<String> = found.chain(self.reasons.iter().map(Reason::words)).collect();
        let explanation = sentences.join("; ");
        if self.is_doubted() {
            return format!("a part of the request is a guess, and as it was read: {explanation}");
        }
        explanation
    }

    /// What to do.
    fn fix(&self) -> Option<String> {
        if self.is_doubted() {
            return Some("capture the request byte for byte, where it leaves the client".to_owned());
        }
        let fixes: Vec<&str> = self.mistakes().into_iter().map(Mistake::fix).collect();
        if !fixes.is_empty() {
            return Some(fixes.join("; "));
        }
        if let Some(fix) = self.reasons.iter().find_map(Reason::fix) {
            return Some(fix.to_owned());
        }
        let is_of_the_secret = |reason: &Reason<'_>| {
            matches!(
                reason,
                Reason::NotReproduced | Reason::GivenUp | Reason::OtherKey(_) | Reason::Uncomputable(_)
            )
        };
        let is_wrong = self.verdict() == Verdict::Mismatch && self.reasons.iter().any(is_of_the_secret);
        is_wrong.then(|| {
            "check that the secret belongs to the access key, and capture the request where it leaves the client"
                .to_owned()
        })
    }

    /// What would tell more, where it is not known.
    fn missing(&self) -> Option<Missing> {
        let is_open = self.as_read() == Verdict::Unknown;
        self.reasons.iter().find_map(Reason::missing).filter(|_| is_open)
    }

    /// The verdict, guess or not.
    fn as_read(&self) -> Verdict {
        let certain = self.findings.iter().any(|finding| !finding.tentative);
        let mut verdicts = self.reasons.iter().map(Reason::verdict);
        if certain || verdicts.clone().any(|verdict| verdict == Verdict::Mismatch) {
            return Verdict::Mismatch;
        }
        verdicts.next().unwrap_or(Verdict::Unknown)
    }

    fn is_doubted(&self) -> bool {
        self.is_guess && self.as_read() == Verdict::Mismatch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(mistake: Option<Mistake>, tentative: bool) -> Finding {
        Finding { mistake, what: "it is odd".to_owned(), tentative }
    }

    #[test]
    fn what_is_certain_decides_and_what_is_not_known_leaves_it_open() {
        let right = || Reason::Right { scope: "s".to_owned() };
        let (odd, flawed) = (|| finding(None, true), || finding(Some(Mistake::WrongDate), false));
        for (findings, reasons, verdict) in [
            (vec![], vec![right()], Verdict::Match),
            (vec![flawed()], vec![], Verdict::Mismatch),
            (vec![flawed()], vec![Reason::NoSecret, Reason::NoBody], Verdict::Mismatch),
            (vec![odd()], vec![Reason::NotReproduced], Verdict::Mismatch),
            (vec![odd()], vec![Reason::Uncomputable(Unseen::NotShown)], Verdict::Unknown),
            (vec![], vec![Reason::OtherKey("AKID")], Verdict::Unknown),
            (vec![], vec![Reason::FormIsRight, Reason::NoSecret], Verdict::Unknown),
        ] {
            let judgement = Judgement::new(findings, reasons);
            assert_eq!(judgement.verdict(), verdict, "{}", judgement.explanation());
            assert_eq!(judgement.missing().is_some(), verdict == Verdict::Unknown);
        }
    }

    #[test]
    fn what_is_wrong_with_a_guess_is_not_said_of_the_request() {
        let findings = || vec![finding(Some(Mistake::WrongDate), false)];
        let read = Judgement::new(findings(), vec![Reason::NotReproduced]);
        assert_eq!((read.verdict(), read.mistakes()), (Verdict::Mismatch, vec![Mistake::WrongDate]));
        let guessed = Judgement::new(findings(), vec![Reason::NotReproduced]).of_a_guess(true);
        assert_eq!((guessed.verdict(), guessed.mistakes()), (Verdict::Unknown, vec![]));
        assert!(guessed.explanation().starts_with("a part of the request is a guess"));
        assert!(guessed.fix().unwrap().contains("byte for byte"));
        let right = Judgement::new(vec![], vec![Reason::Right { scope: "s".to_owned() }]).of_a_guess(true);
        assert_eq!(right.verdict(), Verdict::Match);
    }
}
