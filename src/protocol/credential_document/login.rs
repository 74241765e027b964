//! What `aws login` leaves in its cache.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html>

use super::Members;
use aws_credential_types::Credentials;

/// The credentials in a file of `~/.aws/login/cache`, or what is wrong with it.
pub fn read_login(document: &[u8]) -> Result<Credentials, String> {
    let members = Members::read(document)?;
    let given = members.object("accessToken")?;
    let within = |problem: String| format!("in its accessToken, {problem}");
    let expiry = given.date("expiresAt").map_err(within)?;
    let mut credentials = Credentials::builder()
        .access_key_id(given.required("accessKeyId").map_err(within)?.as_str())
        .secret_access_key(given.required("secretAccessKey").map_err(within)?.as_str())
        .session_token(given.required("sessionToken").map_err(within)?.as_str())
        .expiry(expiry.ok_or_else(|| within("it has no expiresAt".to_owned()))?)
        .provider_name("Login");
    if let Some(account) = given.text("accountId") {
        credentials = credentials.account_id(account.as_str());
    }
    Ok(credentials.build())
}
