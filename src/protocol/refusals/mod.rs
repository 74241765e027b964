//! What a refusal means, and what to do about it: one table. The client's errors take their hints from it, too.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>

mod table;

pub use table::REFUSALS;

use crate::protocol::outcome::{Outcome, classify};
use crate::protocol::service_error::ServiceError;

/// One kind of refusal.
#[derive(Debug)]
pub struct Refusal {
    /// Its name in machine-readable output.
    pub id: &'static str,
    /// The codes that it comes with; any where there are none.
    codes: &'static [&'static str],
    /// Parts of its text, in lower case with straight apostrophes, of which one must be there; none asks for none.
    texts: &'static [&'static str],
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// What a refusal is; `None` for one that the table does not know. Whether it is throttling, and whether a status without
/// a known code is the service's failure, is for [`classify`] to say, as it says to the client what to retry.
pub fn known(error: &ServiceError) -> Option<&'static Refusal> {
    let named = |id: &str| REFUSALS.iter().find(|refusal| refusal.id == id);
    match classify(error) {
        Outcome::Throttled => named("throttled"),
        Outcome::DayLimit => named("quota-per-day"),
        Outcome::Transient if error.status().is_server_error() => {
            in_table(error).or_else(|| named("service-failure"))
        }
        _ => in_table(error),
    }
}

fn in_table(error: &ServiceError) -> Option<&'static Refusal> {
    let text = error.message().replace('\u{2019}', "'").to_ascii_lowercase();
    let code = error.code().unwrap_or_default();
    REFUSALS.iter().find(|refusal| {
        (refusal.codes.is_empty()
            || refusal.codes.contains(&code)
            || (code.is_empty() && !refusal.texts.is_empty()))
            && (refusal.texts.is_empty() || refusal.texts.iter().any(|part| text.contains(part)))
    })
}

/// A sentence for an error message: what to do about a refusal of which the message does not say it itself.
pub fn hint(error: &ServiceError) -> Option<String> {
    let refusal = known(error)?;
    // The message of a plain validation error is all that there is to say.
    (refusal.id != "invalid-request").then(|| format!("{}: {}", refusal.meaning, refusal.fix))
}

/// The action and the resource of a denied access: `… is not authorized to perform: ACTION on resource: ARN because …`.
pub fn denied(error: &ServiceError) -> Option<(String, Option<String>)> {
    let (_, rest) = error.message().split_once("not authorized to perform")?;
    let word = |text: &str| {
        let text = text.trim_start_matches([':', ' ']);
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        text.get(..end)
            .map(|word| word.trim_end_matches(['.', ',']).to_owned())
            .filter(|word| !word.is_empty())
    };
    let action = word(rest)?;
    Some((action, rest.split_once("on resource").and_then(|(_, rest)| word(rest))))
}
