//! What was recorded for the very request: it answers before any check of the body, as Bedrock answered it then.

use super::bedrock_runtime::answer_of;
use super::route::Route;
use crate::fixture::redaction::KnownSecrets;
use crate::fixture::{Case, Store, matching};
use bytes::Bytes;
use http::{Request, Response};

/// The answer of a fixture whose request is equal, both redacted, where a model or a guardrail is asked. Of several,
/// one that succeeded.
pub(super) fn recorded(store: &Store, route: &Route, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let is_replayed = matches!(
        route,
        Route::Infer { .. }
            | Route::CountTokens { .. }
            | Route::ApplyGuardrail { .. }
            | Route::InvokeGuardrailChecks
    );
    if !is_replayed {
        return None;
    }
    // Comparing redacts both sides, which takes its time: other operations are left out by their names.
    let operation = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let asked = operation(request.uri().path());
    let cases = store.cases().iter().filter(|case| operation(case.request.uri().path()) == asked);
    let equal = matching::find(cases, request, &KnownSecrets::default()).ok()?;
    let succeeds =
        |case: &&&Case| case.responses.last().is_some_and(|response| response.status().is_success());
    equal.iter().find(succeeds).or(equal.first()).copied().and_then(answer_of)
}
