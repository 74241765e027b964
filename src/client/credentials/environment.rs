//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>

use super::Found;
use crate::client::settings::Environment;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use aws_credential_types::Credentials;

pub(super) fn find(environment: &Environment) -> Result<Found, Error> {
    let Some(key) = environment.variable("AWS_ACCESS_KEY_ID") else {
        return Ok(Found::Nothing("the variable AWS_ACCESS_KEY_ID is not set".to_owned()));
    };
    let Some(secret) = environment.variable("AWS_SECRET_ACCESS_KEY") else {
        return Err(Error::new(
            ErrorKind::Credentials,
            "the variable AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not; set both, or neither",
        ));
    };
    // The second is the name that the token had before 2014, which botocore still reads.
    let token = environment.sourced(&["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]).map(|token| token.value);
    Ok(Found::Credentials(Auth::SigV4(Credentials::new(key, secret, token, None, "Environment"))))
}
