//! What is taken out of every text that is shown.

const REDACTED: &str = "<redacted>";
/// Header lines of a canonical request that carry a secret.
const SECRET_LINES: [&str; 5] =
    ["x-amz-security-token:", "authorization:", "proxy-authorization:", "cookie:", "x-api-key:"];
const TOKEN_PARAMETER: &str = "X-Amz-Security-Token=";

/// A canonical request, or a sentence, without tokens and without the secret.
pub(super) fn redacted(text: &str, secret: Option<&str>) -> String {
    let lines: Vec<String> = text.split('\n').map(line).collect();
    let text = lines.join("\n");
    // A short one would be found in innocent words.
    match secret.map(str::trim).filter(|secret| secret.len() >= 8) {
        Some(secret) => text.replace(secret, REDACTED),
        None => text,
    }
}

fn line(line: &str) -> String {
    if let Some(name) = SECRET_LINES.iter().find(|name| line.starts_with(**name)) {
        return format!("{name}{REDACTED}");
    }
    match line.split_once(TOKEN_PARAMETER) {
        Some((before, after)) => {
            let rest = after.find('&').and_then(|at| after.get(at..)).unwrap_or_default();
            format!("{before}{TOKEN_PARAMETER}{REDACTED}{rest}")
        }
        None => line.to_owned(),
    }
}
