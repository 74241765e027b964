//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>

use super::Found;
use super::carried::carried;
use crate::client::settings::{Environment, ProfileNamed};
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::ApiKey;
use crate::protocol::timestamp::parse_iso_8601;
use aws_credential_types::Credentials;

pub(super) fn find(environment: &Environment) -> Result<Found, Error> {
    let Some(key) = written(environment, "AWS_ACCESS_KEY_ID")? else {
        return Ok(Found::nothing("AWS_ACCESS_KEY_ID is not set"));
    };
    let refuse = |problem: &str| Err(Error::new(ErrorKind::Credentials, problem));
    let Some(secret) = written(environment, "AWS_SECRET_ACCESS_KEY")? else {
        return refuse(
            "the variable AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not; set both, or neither",
        );
    };
    let mut credentials =
        Credentials::builder().access_key_id(key).secret_access_key(secret).provider_name("Environment");
    // The second is the name that the token had before 2014, which botocore still reads.
    let token = match written(environment, "AWS_SESSION_TOKEN")? {
        Some(token) => Some(token),
        None => written(environment, "AWS_SECURITY_TOKEN")?,
    };
    credentials.set_session_token(token.map(str::to_owned));
    if let Some(account) = environment.variable("AWS_ACCOUNT_ID")? {
        credentials = credentials.account_id(account);
    }
    if let Some(expiration) = environment.variable("AWS_CREDENTIAL_EXPIRATION")? {
        let Some(expiry) = parse_iso_8601(expiration) else {
            return refuse(
                "the variable AWS_CREDENTIAL_EXPIRATION is no date; give one such as 2026-01-02T03:04:05Z, or unset it",
            );
        };
        credentials = credentials.expiry(expiry);
    }
    Ok(Found::Credentials(credentials.build()))
}

/// `AWS_BEARER_TOKEN_BEDROCK`, where variables count beside the profile; white space around it is no part of it, and
/// nothing but white space is no key.
pub(super) fn api_key(environment: &Environment, named: ProfileNamed) -> Result<Option<ApiKey>, Error> {
    if !named.counts_variables() {
        return Ok(None);
    }
    Ok(written(environment, "AWS_BEARER_TOKEN_BEDROCK")?.map(ApiKey::new))
}

/// A variable whose value goes into a header: what none can carry is an error that names it.
fn written<'a>(environment: &'a Environment, variable: &str) -> Result<Option<&'a str>, Error> {
    let value = environment.variable(variable)?;
    value.map(|value| carried(format_args!("the variable {variable}"), value)).transpose()
}
