//! What credentials are called in `config` and `doctor`: where they come from, never what they are.

use crate::protocol::auth::Auth;

/// The source that gave them: `Environment`, `Profile`, `AWS_BEARER_TOKEN_BEDROCK`.
pub(super) fn source_of(auth: &Auth) -> String {
    match auth {
        // Credentials carry the name of their source, but show it only in their Debug form, which shows no secret.
        Auth::SigV4(credentials) => {
            let shown = format!("{credentials:?}");
            let name = shown.split_once("provider_name: \"").and_then(|(_, rest)| rest.split('"').next());
            name.unwrap_or("given").to_owned()
        }
        Auth::Bearer(_) => "AWS_BEARER_TOKEN_BEDROCK".to_owned(),
        _ => "none".to_owned(),
    }
}

/// The last four characters of an access key id, as in the AWS CLI.
pub(super) fn masked(key: &str) -> String {
    let start = key.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("****{}", key.get(start..).unwrap_or_default())
}
