//! What a refusal means, and what to do about it: one table. The client's errors take their hints from it, too.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>

mod kind;
mod table;

pub use kind::RefusalKind;
pub use table::REFUSALS;

use crate::protocol::outcome::{Outcome, classify};
use crate::protocol::service_error::ServiceError;

/// One kind of refusal.
#[derive(Debug)]
pub struct Refusal {
    /// Which one it is. Two rows are of one kind where it means something else by another sign.
    pub kind: RefusalKind,
    /// What it is known by: any one of these.
    signs: &'static [Sign],
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// What a refusal is known by: codes, and parts of its text, in lower case with straight apostrophes.
#[derive(Debug)]
enum Sign {
    /// One of these codes.
    Codes(&'static [&'static str]),
    /// One of these texts, whatever its code.
    Texts(&'static [&'static str]),
    /// One of these texts, with one of these codes or none.
    Both(&'static [&'static str], &'static [&'static str]),
}

impl Sign {
    fn fits(&self, code: &str, text: &str) -> bool {
        let says = |texts: &[&str]| texts.iter().any(|part| text.contains(part));
        match self {
            Self::Codes(codes) => codes.contains(&code),
            Self::Texts(texts) => says(texts),
            Self::Both(codes, texts) => (code.is_empty() || codes.contains(&code)) && says(texts),
        }
    }
}

/// What a refusal is; `None` for one that the table does not know. Whether it is throttling, and whether a status without
/// a known code is the service's failure, is for [`classify`] to say, as it says to the client what to retry.
pub fn known(error: &ServiceError) -> Option<&'static Refusal> {
    let named = |kind| REFUSALS.iter().find(|refusal| refusal.kind == kind);
    match classify(error) {
        Outcome::Throttled => named(RefusalKind::Throttled),
        Outcome::DayLimit => named(RefusalKind::QuotaPerDay),
        Outcome::Transient if error.status().is_server_error() => {
            in_table(error).or_else(|| named(RefusalKind::ServiceFailure))
        }
        _ => in_table(error),
    }
}

fn in_table(error: &ServiceError) -> Option<&'static Refusal> {
    let text = error.message().replace('\u{2019}', "'").to_ascii_lowercase();
    let code = error.code().unwrap_or_default();
    REFUSALS.iter().find(|refusal| refusal.signs.iter().any(|sign| sign.fits(code, &text)))
}

/// A sentence for an error message: what to do about a refusal of which the message does not say it itself.
pub fn hint(error: &ServiceError) -> Option<String> {
    let refusal = known(error)?;
    // The message of a plain validation error is all that there is to say.
    (refusal.kind != RefusalKind::InvalidRequest).then(|| format!("{}: {}", refusal.meaning, refusal.fix))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_in_the_table() {
        for kind in RefusalKind::ALL {
            assert!(REFUSALS.iter().any(|refusal| refusal.kind == *kind), "{kind}");
        }
    }
}
