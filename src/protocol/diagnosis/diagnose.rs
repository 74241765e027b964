//! A captured answer → what it means, with the line that differs where AWS printed what it computed.

use super::clock;
use super::differences::{Difference, of_canonical_requests, of_strings_to_sign};
use super::host::scope_of;
use super::mistake::Mistake;
use super::printed;
use super::quoted;
use super::redact::redacted;
use super::verification::{Keys, Missing, Verdict};
use super::verify::verify;
use crate::protocol::capture::{CapturedAnswer, CapturedRequest, Exchange};
use crate::protocol::eventstream::Decoder;
use crate::protocol::operation::refusal_in;
use crate::protocol::refusals::{RefusalKind, denied, known};
use crate::protocol::service_error::ServiceError;
use crate::protocol::sigv4::is_unsignable;
use http::StatusCode;

/// What an answer means. No text in it has the secret or a session token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// Which refusal of the table it is; `None` for one that is not in it, or no refusal.
    pub refusal: Option<RefusalKind>,
    /// The status; 0 where it is not known.
    pub status: u16,
    /// The code, as AWS names it.
    pub code: Option<String>,
    /// What AWS said.
    pub message: String,
    /// What AWS's support asks for.
    pub request_id: Option<String>,
    /// What it means, in one sentence.
    pub verdict: String,
    /// What to do.
    pub fix: Option<String>,
    /// The mistakes that were found.
    pub mistakes: Vec<Mistake>,
    /// What differs between what AWS computed and what the client signed, or sent.
    pub differences: Vec<Difference>,
    /// How far the client's clock is behind AWS's (ahead, where it is negative), in seconds.
    pub clock_offset_seconds: Option<i64>,
    /// The canonical request that AWS printed.
    pub aws_canonical_request: Option<String>,
    /// The string to sign that AWS printed.
    pub aws_string_to_sign: Option<String>,
}

/// What to do where the client made no mistake that can be seen.
const RIGHT_AS_CAPTURED: &str = "check that the access key and the secret are of one pair that is still active, and capture \
    the request behind the last proxy, since something there may have changed it";

/// Explains an answer. Text that is no HTTP answer (an exception as a program printed it) is taken by
/// [`of_text`](Diagnosis::of_text).
pub fn diagnose(exchange: &Exchange, keys: Option<Keys<'_>>) -> Option<Diagnosis> {
    let answer = exchange.answer.as_ref()?;
    let Some(error) = refused(answer) else { return Some(no_refusal(answer)) };
    let body = String::from_utf8_lossy(&answer.body);
    Some(explain(&error, answer.status, &body, exchange.request.as_ref(), keys))
}

impl Diagnosis {
    /// Explains an error as a program printed it: `An error occurred (CODE) when calling the OPERATION operation:
    /// MESSAGE`, a JSON body alone, or a message alone. `None` where nothing in it is known.
    pub fn of_text(text: &str, request: Option<&CapturedRequest>, keys: Option<Keys<'_>>) -> Option<Self> {
        let error = printed::error_in(text);
        known(&error)
            .filter(|refusal| refusal.kind != RefusalKind::InvalidRequest || error.code().is_some())?;
        Some(explain(&error, 0, text, request, keys))
    }
}

/// A refusal by status, or by the first frame of a stream.
fn refused(answer: &CapturedAnswer) -> Option<ServiceError> {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_REQUEST);
    let is_stream = answer
        .headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("eventstream"));
    if is_stream && status.is_success() {
        let mut decoder = Decoder::new();
        decoder.push(answer.body.clone());
        while let Ok(Some(frame)) = decoder.next_frame() {
            if let Some(error) = refusal_in(&frame) {
                return Some(error);
            }
        }
    }
    (!status.is_success()).then(|| ServiceError::decode(status, &answer.headers, &answer.body))
}

fn no_refusal(answer: &CapturedAnswer) -> Diagnosis {
    Diagnosis {
        refusal: None,
        status: answer.status,
        code: None,
        message: String::new(),
        request_id: None,
        verdict: format!("the answer is no refusal: its status is {}", answer.status),
        fix: None,
        mistakes: Vec::new(),
        differences: Vec::new(),
        clock_offset_seconds: None,
        aws_canonical_request: None,
        aws_string_to_sign: None,
    }
}

fn explain(
    error: &ServiceError,
    status: u16,
    text: &str,
    request: Option<&CapturedRequest>,
    keys: Option<Keys<'_>>,
) -> Diagnosis {
    // The message may be cut or quoted in another form than JSON; S3 has elements of its own.
    let mut quoted = quoted::read(error.message());
    let in_text = quoted::read(text);
    quoted.canonical_request = quoted.canonical_request.or(in_text.canonical_request);
    quoted.string_to_sign = quoted.string_to_sign.or(in_text.string_to_sign);
    let secret = keys.map(|keys| keys.secret);
    let refusal = known(error);
    let mut diagnosis = Diagnosis {
        refusal: refusal.map(|refusal| refusal.kind),
        status,
        code: error.code().map(str::to_owned),
        message: redacted(error.message(), secret),
        request_id: error.request_id().map(str::to_owned),
        verdict: refusal.map_or_else(
            || "this refusal is not a known one; its message is all there is".to_owned(),
            |refusal| refusal.meaning.to_owned(),
        ),
        fix: refusal.map(|refusal| refusal.fix.to_owned()),
        mistakes: Vec::new(),
        differences: Vec::new(),
        clock_offset_seconds: None,
        aws_canonical_request: quoted.canonical_request.as_ref().map(|text| redacted(text, secret)),
        aws_string_to_sign: quoted.string_to_sign.as_ref().map(|text| redacted(text, secret)),
    };
    match diagnosis.refusal {
        Some(
            RefusalKind::SignatureExpired | RefusalKind::SignatureNotYetCurrent | RefusalKind::ClockSkew,
        ) => {
            if let Some(skew) = clock::skew(error, text, request) {
                diagnosis.clock_offset_seconds = Some(skew.seconds);
                diagnosis.verdict = format!("{}: {skew}", diagnosis.verdict);
                if skew.looks_like_local_time() {
                    let fix = "x-amz-date looks like local time: write it in UTC, and set the clock (NTP)";
                    diagnosis.fix = Some(fix.to_owned());
                }
            }
        }
        Some(RefusalKind::PresignedExpired) => {
            if let Some(end) = clock::end_of_url(error, text, request) {
                diagnosis.verdict = format!("{}: {end}", diagnosis.verdict);
            }
        }
        Some(RefusalKind::PolicyDenied) => {
            if let Some((action, resource)) = denied(error) {
                let on = resource.map(|resource| format!(" on {resource}")).unwrap_or_default();
                diagnosis.verdict = format!("no policy allows {action}{on}, or one denies it");
            }
        }
        Some(RefusalKind::SignatureMismatch) => mismatch(&mut diagnosis, request, keys),
        Some(
            RefusalKind::WrongRegion
            | RefusalKind::WrongService
            | RefusalKind::WrongDate
            | RefusalKind::UnsignedHeader
            | RefusalKind::PayloadMismatch,
        ) => {
            if let Some(request) = request {
                let verification = verify(request, keys);
                if verification.verdict == Verdict::Mismatch {
                    diagnosis.mistakes = verification.mistakes;
                    diagnosis.verdict = format!("{}: {}", diagnosis.verdict, verification.explanation);
                }
            }
        }
        _ => {}
    }
    diagnosis
}

fn mismatch(diagnosis: &mut Diagnosis, request: Option<&CapturedRequest>, keys: Option<Keys<'_>>) {
    let secret = keys.map(|keys| keys.secret);
    let verification = request.map(|request| verify(request, keys));
    let logged = request.and_then(|request| request.stages.as_ref());
    // What the client signed: as its log says, as the search found, or as it follows from the capture.
    let ours = [
        logged.map(|stages| (redacted(&stages.canonical_request, secret), stages.string_to_sign.clone())),
        verification.as_ref().and_then(|found| {
            Some((found.signed_canonical_request.clone()?, found.signed_string_to_sign.clone()))
        }),
        verification
            .as_ref()
            .and_then(|found| Some((found.canonical_request.clone()?, found.string_to_sign.clone()))),
    ];
    for (canonical, to_sign) in ours.into_iter().flatten() {
        if let Some(aws) = &diagnosis.aws_canonical_request {
            diagnosis.differences = of_canonical_requests(aws, &canonical);
        }
        if let (Some(aws), Some(ours)) = (&diagnosis.aws_string_to_sign, to_sign) {
            diagnosis.differences.extend(of_strings_to_sign(aws, &ours));
        }
        if !diagnosis.differences.is_empty() {
            break;
        }
    }
    let mut mistakes: Vec<Mistake> =
        diagnosis.differences.iter().filter_map(|difference| difference.mistake).collect();
    let mut sentences: Vec<String> = Vec::new();
    if !diagnosis.differences.is_empty() {
        let parts: Vec<&str> =
            diagnosis.differences.iter().map(|difference| difference.part.as_str()).collect();
        sentences.push(format!("AWS computed another {} than the client", parts.join(", ")));
    }
    if let Some(found) = verification.as_ref().filter(|found| found.verdict == Verdict::Mismatch) {
        // The search knows what one line does not tell.
        if !found.mistakes.is_empty() {
            mistakes.clone_from(&found.mistakes);
        }
        sentences.push(found.explanation.clone());
    }
    if let Some(aws) = &diagnosis.aws_canonical_request {
        let (also, what) = suspects(aws, diagnosis.aws_string_to_sign.as_deref());
        if diagnosis.differences.is_empty() && mistakes.is_empty() {
            mistakes = also;
            sentences.extend(what);
        }
    }
    mistakes.sort();
    mistakes.dedup();
    if sentences.is_empty() {
        sentences.push(match (&diagnosis.aws_canonical_request, &verification) {
            (None, None) => {
                "AWS computed another signature, and does not say from what: give the request as well, and the secret".to_owned()
            }
            (Some(_), None) => {
                "AWS computed another signature from the canonical request that it prints: compare it line by line with the client's, or give the request as well".to_owned()
            }
            (_, Some(found)) if found.verdict == Verdict::Match => {
                diagnosis.fix = Some(RIGHT_AS_CAPTURED.to_owned());
                "the signature is right for the request that the capture shows and the secret at hand: AWS read another request, or knows another secret of that access key".to_owned()
            }
            (Some(_), Some(found)) => format!(
                "what AWS read is what the capture shows, so the signature was made from something else, or with another secret; {}",
                found.explanation
            ),
            (None, Some(found)) => {
                diagnosis.fix = found.missing.map(|missing| what_to_give(missing).to_owned()).or(diagnosis.fix.take());
                format!("AWS computed another signature; {}", found.explanation)
            }
        });
    }
    diagnosis.verdict = sentences.join("; ");
    let fixes: Vec<&str> = mistakes.iter().map(|mistake| mistake.fix()).collect();
    if !fixes.is_empty() {
        diagnosis.fix = Some(fixes.join("; "));
    }
    diagnosis.mistakes = mistakes;
}

fn what_to_give(missing: Missing) -> &'static str {
    match missing {
        Missing::Body => "capture the request with its body, which curl -v leaves out and curl --trace has",
        Missing::Secret => {
            "give the secret of the access key as well: then it can be computed which mistake it is"
        }
    }
}

/// What looks wrong in AWS's canonical request alone.
fn suspects(canonical: &str, to_sign: Option<&str>) -> (Vec<Mistake>, Vec<String>) {
    let (mut mistakes, mut what) = (Vec::new(), Vec::new());
    let mut lines = canonical.lines();
    let path = lines.nth(1).unwrap_or_default();
    if path.contains("%2525") {
        mistakes.push(Mistake::PathEncodedThrice);
        what.push("the path that arrived was encoded twice (AWS's canonical path has %2525)".to_owned());
    }
    let headers: Vec<&str> = lines.skip(1).take_while(|line| !line.is_empty()).collect();
    for name in headers.iter().filter_map(|line| line.split_once(':').map(|(name, _)| name)) {
        if is_unsignable(name) {
            mistakes.push(Mistake::UnsignableHeader);
            what.push(format!("{name} is signed, which clients and proxies change"));
        }
    }
    let host = headers.iter().find_map(|line| line.strip_prefix("host:")).unwrap_or_default();
    let scope = to_sign.and_then(|text| text.lines().nth(2)).unwrap_or_default();
    let scope: Vec<&str> = scope.split('/').collect();
    if let [_, region, service, _] = scope[..] {
        let expected = scope_of(host, path);
        if expected.region.as_deref().is_some_and(|expected| expected != region) {
            mistakes.push(Mistake::WrongRegion);
            what.push(format!("it is signed for the region {region}, and the host is {host}"));
        }
        if expected.refuses(service) {
            mistakes.push(Mistake::WrongService);
            what.push(format!("it is signed for the service {service}, and the host is {host}"));
        }
    }
    (mistakes, what)
}
