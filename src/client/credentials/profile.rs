//! The static keys of a profile in the shared credentials and config files.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>

use super::Found;
use crate::client::settings::{Environment, SharedFiles};
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use aws_credential_types::Credentials;

/// Reads the files anew, since another program may have written new keys into them.
pub(super) fn find(environment: &Environment, name: &str) -> Result<Found, Error> {
    let files = SharedFiles::load(environment)?;
    let nothing = |what: &str| Ok(Found::Nothing(format!("profile {name} {what} {}", files.places())));
    let Some(profile) = files.profile(name) else {
        return nothing("is not in");
    };
    let Some(key) = profile.get("aws_access_key_id") else {
        return nothing("has no aws_access_key_id in");
    };
    let Some(secret) = profile.get("aws_secret_access_key") else {
        return Err(Error::new(
            ErrorKind::Credentials,
            format!(
                "profile {name} has an aws_access_key_id but no aws_secret_access_key in {}; it needs both",
                files.places()
            ),
        ));
    };
    let token = profile.get("aws_session_token").map(str::to_owned);
    Ok(Found::Credentials(Auth::SigV4(Credentials::new(key, secret, token, None, "Profile"))))
}
