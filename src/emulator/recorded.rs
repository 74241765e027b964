//! What was recorded for the very request: it answers before any check of the body, as AWS answered it then, and in
//! turn, as a replay does.

use super::auth::Caller;
use crate::fixture::redaction::KnownSecrets;
use crate::fixture::{Case, Store, Turns, matching};
use crate::transport::drop_hop_by_hop;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};

/// What is the same in every region: other answers tell of their own.
const EVERYWHERE: [&str; 3] = ["/model/", "/guardrail/", "/guardrail-checks/"];

/// The next answer of the fixtures whose requests are equal, both sides redacted.
pub(super) fn recorded(
    store: &Store,
    turns: &Turns,
    request: &Request<Bytes>,
    caller: &Caller,
) -> Option<Response<Bytes>> {
    let path = request.uri().path();
    // Comparing redacts both sides, which takes its time: other operations are left out by their names.
    let operation = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let asked = operation(path);
    let may_be_equal = |case: &&Case| {
        let known = &case.request;
        let has_its_name = || request.method() != Method::POST || operation(known.uri().path()) == asked;
        known.method() == request.method() && has_its_name()
    };
    let cases = store.cases().iter().filter(may_be_equal);
    let equal = matching::find(cases, request, &KnownSecrets::default()).ok()?;
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        equal.into_iter().partition(|case| case.region == caller.region);
    let is_same_everywhere = EVERYWHERE.iter().any(|beginning| path.starts_with(beginning));
    let cases = if here.is_empty() && is_same_everywhere { elsewhere } else { here };
    let mut answer = turns.next(&cases)?.clone();
    drop_hop_by_hop(answer.headers_mut());
    // Only the answer to a HEAD tells a length that its body does not have.
    if !answer.body().is_empty() {
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    Some(answer)
}
