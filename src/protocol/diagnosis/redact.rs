//! What is taken out of every text that is shown.

use crate::protocol::redact;

/// A canonical request, or a sentence, without tokens and without the secret.
pub(super) fn redacted(text: &str, secret: Option<&str>) -> String {
    let text = redact::redacted(text);
    // A short one would be found in innocent words.
    match secret.map(str::trim).filter(|secret| secret.len() >= 8) {
        Some(secret) => text.replace(secret, redact::REDACTED),
        None => text,
    }
}
