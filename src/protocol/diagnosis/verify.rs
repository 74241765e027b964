//! A captured request against its signature: a verdict, and the mistakes by name.

use super::alternatives::{self, Origin};
use super::checks::{Checked, Finding, check, decode_signature};
use super::claimed::Claimed;
use super::effort::{Effort, MAX_HASHED};
use super::host::{HostScope, scope_of};
use super::judgement::{Judgement, Reason, Unseen};
use super::redact::redacted;
use super::search::{Alternative, Part, search};
use super::unsigned::unsigned;
use super::verification::{Keys, Verification};
use super::view::{Chain, Change, View, sha256};
use crate::protocol::MAX_HEADERS;
use crate::protocol::capture::{CapturedBody, CapturedRequest};
use crate::protocol::sigv4::SignatureLocation;
use crate::protocol::sigv4::canonical::{canonical_query, canonical_uri, folded};
use crate::protocol::sigv4::hash::sha256_hex;

/// Checks a captured request; without keys, what can be checked without them.
pub fn verify(request: &CapturedRequest, keys: Option<Keys<'_>>) -> Verification {
    verify_within(request, keys, Effort::of(MAX_HASHED))
}

fn verify_within(request: &CapturedRequest, keys: Option<Keys<'_>>, mut effort: Effort) -> Verification {
    let Some(claimed) = Claimed::read(request) else { return unjudged(unsigned(request)) };
    if request.headers.len().max(claimed.signed_headers.len()) > MAX_HEADERS {
        return unjudged(Reason::TooManyHeaders);
    }
    let host = scope_of(request.header("host").unwrap_or_default(), request.path());
    let bodies = readings(&request.body);
    let token = keys
        .filter(|keys| keys.access_key_id.is_some_and(|id| id == claimed.access_key_id))
        .and_then(|keys| keys.session_token);
    let findings =
        |body: Option<&[u8]>| check(&Checked { request, claimed: &claimed, host: &host, body, token });
    let signature = decode_signature(&claimed.signature);
    let (Some(keys), Some(signature)) = (keys, signature) else {
        let body = bodies.first().copied();
        let base = base(request, &claimed, &host, body, "");
        let needs_secret = (signature.is_some() && keys.is_none()).then_some(Reason::NoSecret);
        let judgement = without_secret(findings(body), needs_secret, body.is_none());
        return with_stages_of(&base, body.is_some(), &judgement.of_a_guess(request.is_guessed));
    };
    // A body that can be read in two ways is right if it is right in one.
    let views: Vec<(Option<&[u8]>, View)> = if bodies.is_empty() {
        vec![(None, base(request, &claimed, &host, None, keys.secret))]
    } else {
        bodies
            .iter()
            .map(|body| (Some(*body), base(request, &claimed, &host, Some(body), keys.secret)))
            .collect()
    };
    let mut outcome = None;
    for (body, view) in &views {
        if search(view, &[], &signature, &mut effort).is_some() {
            outcome = Some((*body, view, Vec::new()));
            break;
        }
    }
    let mut all = Vec::new();
    if outcome.is_none() {
        for (body, view) in &views {
            let origin = Origin { request, claimed: &claimed, host: &host, base: view, body: *body, token };
            all.push((*body, view, alternatives::all(&origin)));
        }
        outcome = all.iter().find_map(|(body, view, alternatives)| {
            Some((*body, *view, search(view, alternatives, &signature, &mut effort)?))
        });
    }
    let context = Context {
        claimed: &claimed,
        keys,
        unseen: Unseen::of(&request.body),
        is_guessed: request.is_guessed,
        is_given_up: effort.is_spent(),
    };
    if let Some((body, view, found)) = outcome {
        context.reproduced(findings(body), view, &found)
    } else {
        let (body, view) = views.first().map_or_else(
            || (None, base(request, &claimed, &host, None, keys.secret)),
            |(body, view)| (*body, view.clone()),
        );
        context.not_reproduced(findings(body), &view)
    }
}

/// A verdict on what cannot be computed at all.
fn unjudged(reason: Reason<'_>) -> Verification {
    Judgement::new(Vec::new(), vec![reason]).verification()
}

/// What a verdict is made from.
struct Context<'a> {
    claimed: &'a Claimed,
    keys: Keys<'a>,
    /// Why the body is not known, where it is not.
    unseen: Option<Unseen>,
    /// Whether a part of the capture is a guess.
    is_guessed: bool,
    /// Whether the search ended before everything was tried.
    is_given_up: bool,
}

impl Context<'_> {
    fn reproduced(&self, mut findings: Vec<Finding>, view: &View, found: &[&Alternative]) -> Verification {
        if found.is_empty() {
            findings.retain(|finding| !finding.tentative);
        }
        let reason = match (found, self.unseen) {
            ([], None) if !findings.is_empty() => Some(Reason::RightApartFromThat),
            ([], Some(_)) if !findings.is_empty() => None,
            ([], None) => Some(Reason::Right { scope: self.claimed.credential_scope() }),
            ([], Some(unseen)) => Some(Reason::RightForItsHash(unseen)),
            (found, _) => {
                let differences = found.iter().map(|alternative| alternative.what.as_str()).collect();
                Some(Reason::OfAnother { differences })
            }
        };
        let changes: Vec<Change> = found.iter().flat_map(|alternative| alternative.changes.clone()).collect();
        let signed = (!found.is_empty()).then(|| view.clone().with(&changes));
        // A signature of another body may be that of the one that was sent.
        let is_proven = found.iter().any(|alternative| alternative.part != Part::Payload);
        let judgement = Judgement::new(findings, reason.into_iter().collect())
            .with_mistakes(found.iter().flat_map(|alternative| alternative.mistakes.iter().copied()))
            .of_a_guess(self.is_guessed && !is_proven);
        self.finish(&judgement, view, signed.as_ref())
    }

    fn not_reproduced(&self, findings: Vec<Finding>, view: &View) -> Verification {
        let other_key = self.keys.access_key_id.is_some_and(|id| id != self.claimed.access_key_id);
        let reason = match self.unseen {
            Some(unseen) => Reason::Uncomputable(unseen),
            None if other_key => Reason::OtherKey(&self.claimed.access_key_id),
            None if self.is_given_up => Reason::GivenUp,
            None => Reason::NotReproduced,
        };
        let judgement = Judgement::new(findings, vec![reason]).of_a_guess(self.is_guessed);
        self.finish(&judgement, view, None)
    }

    fn finish(&self, judgement: &Judgement<'_>, view: &View, signed: Option<&View>) -> Verification {
        let secret = Some(self.keys.secret);
        let canonical = |view: &View| redacted(&view.canonical_request(), secret);
        let to_sign = |view: &View| view.string_to_sign(sha256(&view.canonical_request()));
        let is_known = self.unseen.is_none() || !view.payload.is_empty();
        let verification = judgement.verification();
        Verification {
            explanation: redacted(&verification.explanation, secret),
            canonical_request: is_known.then(|| canonical(view)),
            string_to_sign: is_known.then(|| to_sign(view)),
            signed_canonical_request: signed.map(canonical),
            signed_string_to_sign: signed.map(to_sign),
            ..verification
        }
    }
}

fn without_secret(
    findings: Vec<Finding>,
    needs_secret: Option<Reason<'_>>,
    is_without_body: bool,
) -> Judgement<'_> {
    let form = findings.is_empty().then_some(Reason::FormIsRight);
    let body = is_without_body.then_some(Reason::NoBody);
    Judgement::new(findings, [form, needs_secret, body].into_iter().flatten().collect())
}

/// What AWS computes from the capture, beside what is known without a secret.
fn with_stages_of(base: &View, body_is_known: bool, judgement: &Judgement<'_>) -> Verification {
    let canonical = base.canonical_request();
    let verification = judgement.verification();
    Verification {
        explanation: redacted(&verification.explanation, None),
        string_to_sign: body_is_known.then(|| base.string_to_sign(sha256(&canonical))),
        canonical_request: body_is_known.then(|| redacted(&canonical, None)),
        ..verification
    }
}

/// The bodies that a capture may mean; none where it is not whole.
fn readings(body: &CapturedBody) -> Vec<&[u8]> {
    match body {
        CapturedBody::Empty => vec![&[]],
        CapturedBody::Whole(body) => vec![body],
        CapturedBody::PerhapsOneNewlineLess(body) => {
            vec![body.strip_suffix(b"\n").unwrap_or(body), body]
        }
        CapturedBody::Cut { .. } | CapturedBody::NotShown => Vec::new(),
    }
}

/// What a server computes from what arrived. A body that is not known has the hash that the request or the client's
/// log names, or none.
pub(super) fn base(
    request: &CapturedRequest,
    claimed: &Claimed,
    host: &HostScope,
    body: Option<&[u8]>,
    secret: &str,
) -> View {
    let is_s3 = claimed.service == "s3" || host.services.first() == Some(&"s3");
    let location = if claimed.presigned {
        SignatureLocation::Query { expires_seconds: 0 }
    } else {
        SignatureLocation::Header
    };
    let mut listed = claimed.signed_headers.clone();
    listed.sort();
    listed.dedup();
    let value = |name: &String| {
        let values: Vec<String> = request.signed_values(name).map(folded).collect();
        (name.clone(), values.join(","))
    };
    let named = || request.header("x-amz-content-sha256").map(|value| value.trim().to_owned());
    let logged = || {
        let stages = request.stages.as_ref()?;
        stages.canonical_request.lines().last().map(str::to_owned)
    };
    let payload = match (is_s3, body) {
        (true, _) if named().is_some() => named().unwrap_or_default(),
        (true, _) if claimed.presigned => "UNSIGNED-PAYLOAD".to_owned(),
        (_, Some(body)) => sha256_hex(body),
        (_, None) => named().or_else(logged).unwrap_or_default(),
    };
    View {
        method: request.method.clone(),
        path: canonical_uri(request.path(), is_s3),
        query: canonical_query(request.query(), location),
        lines: listed.iter().map(value).collect(),
        listed,
        payload,
        amz_date: claimed.amz_date.clone(),
        date: claimed.date.clone(),
        region: claimed.region.clone(),
        service: claimed.service.clone(),
        secret: secret.as_bytes().to_vec(),
        chain: Chain::Right,
    }
}

#[cfg(test)]
mod tests {
    use super::super::verification::Verdict;
    use super::*;

    fn signing(names: usize) -> CapturedRequest {
        let names: Vec<String> = (0..names).map(|n| format!("x-{n}")).collect();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/bedrock/aws4_request, SignedHeaders={}, \
             Signature={}",
            names.join(";"),
            "0".repeat(64)
        );
        CapturedRequest {
            method: "GET".to_owned(),
            target: "/foundation-models".to_owned(),
            headers: vec![("authorization".to_owned(), authorization)],
            body: CapturedBody::Empty,
            stages: None,
            is_guessed: false,
        }
    }

    #[test]
    fn a_search_ends_however_much_there_is_to_try() {
        let keys = Some(Keys { secret: "secret", access_key_id: None, session_token: None });
        for (names, bytes, is_given_up) in [(100, 1 << 20, true), (5, MAX_HASHED, false)] {
            let verification = verify_within(&signing(names), keys, Effort::of(bytes));
            assert_eq!(verification.verdict, Verdict::Mismatch);
            assert_eq!(
                verification.explanation.contains("the search for the reason was given up"),
                is_given_up
            );
        }
        let too_many = verify(&signing(1 + MAX_HEADERS), keys);
        assert_eq!(too_many.verdict, Verdict::Unknown);
        assert!(too_many.explanation.contains("more than 1000 headers"), "{}", too_many.explanation);
    }
}
