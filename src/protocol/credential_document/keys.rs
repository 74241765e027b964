//! `{"AccessKeyId": …, "SecretAccessKey": …}`: what a process prints, and what a container or an instance answers.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use super::Members;
use aws_credential_types::Credentials;

/// How much of a refusal is quoted.
const QUOTED_CHARS: usize = 300;

/// What the session token is called: the two kinds of document differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionTokenMember {
    /// `SessionToken`, of a process. Without one, the keys are permanent.
    SessionToken,
    /// `Token`, of a container or an instance, where it must be there, and `Expiration` too.
    Token,
}

/// The credentials in a document, or what is wrong with it.
pub fn read_keys(
    document: &[u8],
    token: SessionTokenMember,
    provider: &'static str,
) -> Result<Credentials, String> {
    let members = Members::read(document)?;
    if let Some(refusal) = refusal(&members) {
        return Err(refusal);
    }
    let expiry = members.date("Expiration")?;
    let session_token = match token {
        SessionTokenMember::SessionToken => {
            match members.number("Version") {
                Some(1) => {}
                Some(other) => return Err(format!("its Version is {other}, and only 1 is known")),
                None => return Err("it has no Version, which must be the number 1".to_owned()),
            }
            members.text_if_any("SessionToken")?
        }
        SessionTokenMember::Token => {
            if expiry.is_none() {
                return Err("it has no Expiration".to_owned());
            }
            Some(members.required("Token")?)
        }
    };
    let mut credentials = Credentials::builder()
        .access_key_id(members.required("AccessKeyId")?.as_str())
        .secret_access_key(members.required("SecretAccessKey")?.as_str())
        .provider_name(provider);
    credentials.set_session_token(session_token.map(|token| token.as_str().to_owned()));
    credentials.set_expiry(expiry);
    if let Some(account) = members.text("AccountId") {
        credentials = credentials.account_id(account.as_str());
    }
    Ok(credentials.build())
}

/// An instance answers 200 and a `Code` that is not `Success` where its role may not be used.
fn refusal(members: &Members<'_>) -> Option<String> {
    let code = members.text("Code").or_else(|| members.text("code"))?;
    if code.as_str() == "Success" {
        return None;
    }
    let message = members.text("Message").or_else(|| members.text("message"));
    let said = match message {
        Some(message) => format!("it says {}: {}", code.as_str(), message.as_str()),
        None => format!("it says {}", code.as_str()),
    };
    Some(said.chars().filter(|c| !c.is_control()).take(QUOTED_CHARS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_and_nothing_quoted() {
        for (document, token, expected) in [
            ("", SessionTokenMember::Token, "empty"),
            ("<html>SECRET</html>", SessionTokenMember::Token, "HTML"),
            ("[\"SECRET\"]", SessionTokenMember::Token, "no JSON object (line 1"),
            ("{\"Code\":\"Denied\",\"Message\":\"no\"}", SessionTokenMember::Token, "says Denied: no"),
            ("{\"AccessKeyId\":\"SECRET\"}", SessionTokenMember::Token, "no Expiration"),
            ("{\"AccessKeyId\":\"SECRET\"}", SessionTokenMember::SessionToken, "no Version"),
            ("{\"Version\":2}", SessionTokenMember::SessionToken, "Version is 2"),
            ("{\"Version\":1,\"AccessKeyId\":\"\"}", SessionTokenMember::SessionToken, "no AccessKeyId"),
            (
                "{\"Version\":1,\"AccessKeyId\":7}",
                SessionTokenMember::SessionToken,
                "its AccessKeyId is no string",
            ),
            (
                "{\"Version\":1,\"SessionToken\":[\"SECRET\"]}",
                SessionTokenMember::SessionToken,
                "its SessionToken is no string",
            ),
            ("{\"Version\":1,\"Expiration\":\"SECRET\"}", SessionTokenMember::SessionToken, "is no date"),
        ] {
            let problem = read_keys(document.as_bytes(), token, "test").unwrap_err();
            assert!(problem.contains(expected) && !problem.contains("SECRET"), "{document}: {problem}");
        }
    }
}
