//! The names of what is secret: headers, parameters, members.

use http::HeaderName;

const SECRET_HEADERS: [&str; 3] = ["cookie", "set-cookie", "signature"];

/// How the names of other secret headers end: `x-amz-security-token`, `x-goog-api-key`, `x-original-authorization`.
const SECRET_HEADER_ENDINGS: [&str; 10] = [
    "-auth",
    "-key",
    "_key",
    "-signature",
    "apikey",
    "authentication",
    "authorization",
    "password",
    "secret",
    "token",
];

/// Parameters of a query that are secrets there, and innocent words elsewhere: of Google's APIs, of a SAS of Azure.
const SECRET_PARAMETERS: [&str; 3] = ["key", "sig", "token"];

/// Members of JSON, XML and form bodies, in lower case without `-`, `_` and `.`.
const SECRET_MEMBERS: [&str; 25] = [
    "accesskeyid",
    "accesstoken",
    "apikey",
    "authorization",
    "authorizationtoken",
    "awsaccesskeyid",
    "awsbearertokenbedrock",
    "bearertoken",
    "clientsecret",
    "codeverifier",
    "devicecode",
    "idtoken",
    "password",
    "privatekey",
    "refreshtoken",
    "samlassertion",
    "secretaccesskey",
    "secretkey",
    "securitytoken",
    "serviceapikeyvalue",
    "servicecredentialsecret",
    "sessiontoken",
    "signatureprovided",
    "webidentitytoken",
    "xamzsecuritytoken",
];

/// A header that lets who has it act for its owner.
pub fn is_secret_header(name: &HeaderName) -> bool {
    is_secret_header_name(name.as_str())
}

/// The same of a name in lower case.
pub(super) fn is_secret_header_name(name: &str) -> bool {
    SECRET_HEADERS.contains(&name)
        || SECRET_HEADER_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || is_secret_member(name)
}

/// A member of a body that is a secret, in any spelling: `SecretAccessKey`, `session_token`.
pub fn is_secret_member(name: &str) -> bool {
    // `Token` is the session token of the container and instance endpoints; `token` is a word of a model's answer.
    name == "Token" || SECRET_MEMBERS.contains(&plain(name).as_str())
}

/// A parameter of a query that lets who has it act for its owner.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_secret_member(name)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_by_how_their_names_end() {
        for secret in [
            "authorization",
            "x-authorization",
            "x-original-authorization",
            "authentication",
            "apikey",
            "api-key",
            "x-api-key",
            "ocp-apim-subscription-key",
            "token",
            "x-amz-security-token",
            "x-amz-sso_bearer_token",
            "secret",
            "x-amz-meta-secret",
            "x-password",
            "x-auth",
            "access-key-id",
            "cookie",
        ] {
            assert!(is_secret_header(&HeaderName::from_static(secret)), "{secret}");
        }
        for plain in [
            "host",
            "content-type",
            "x-amz-date",
            "x-amzn-bedrock-input-token-count",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "amz-sdk-invocation-id",
            "www-authenticate",
        ] {
            assert!(!is_secret_header(&HeaderName::from_static(plain)), "{plain}");
        }
    }

    #[test]
    fn parameters_are_known_by_their_names() {
        for secret in ["token", "Key", "sig", "api_key", "X-Amz-Security-Token", "client_secret"] {
            assert!(is_secret_parameter(secret), "{secret}");
        }
        for plain in ["max-keys", "continuation-token", "key-marker", "prefix"] {
            assert!(!is_secret_parameter(plain), "{plain}");
        }
    }
}
