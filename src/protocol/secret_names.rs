//! The names of what is secret: headers, parameters, members.

use http::HeaderName;

const SECRET_HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key"];

/// How the names of other secret headers end: `x-amz-security-token`, `x-goog-api-key`.
const SECRET_HEADER_ENDINGS: [&str; 5] = ["-token", "_token", "-key", "-secret", "-signature"];

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
    SECRET_HEADERS.contains(&name) || SECRET_HEADER_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A member of a body that is a secret, in any spelling: `SecretAccessKey`, `session_token`.
pub fn is_secret_member(name: &str) -> bool {
    // `Token` is the session token of the container and instance endpoints; `token` is a word of a model's answer.
    name == "Token" || SECRET_MEMBERS.contains(&plain(name).as_str())
}

/// A parameter of a query that lets who has it act for its owner.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    name.eq_ignore_ascii_case("token") || is_secret_member(name)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).map(|c| c.to_ascii_lowercase()).collect()
}
