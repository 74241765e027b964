//! The static keys of a profile, in one of the two files.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>

use super::Found;
use super::carried::carried;
use crate::client::settings::{Profile, SharedFiles};
use crate::error::{Error, ErrorKind};
use crate::protocol::profile_file::FileKind;
use aws_credential_types::Credentials;

const KEY: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";

pub(super) fn find(files: &SharedFiles, kind: FileKind, name: &str) -> Result<Found, Error> {
    let file = files.file(kind);
    let Some(section) = file.profile(name) else {
        return Ok(Found::nothing(format!("profile {name} is not in {file}")));
    };
    let member = |property| {
        let value = section.get(property);
        value.map(|value| carried(format_args!("{property} of profile {name} in {file}"), value)).transpose()
    };
    let (key, secret) = match (member(KEY)?, member(SECRET)?) {
        (Some(key), Some(secret)) => (key, secret),
        (None, None) => {
            return Ok(Found::nothing(format!("profile {name} has no {KEY} in {file}")));
        }
        (key, _) => {
            let (there, missing) = if key.is_some() { (KEY, SECRET) } else { (SECRET, KEY) };
            return Err(Error::new(
                ErrorKind::Credentials,
                format!("profile {name} has an {there} but no {missing} in {file}; it needs both"),
            ));
        }
    };
    let mut credentials =
        Credentials::builder().access_key_id(key).secret_access_key(secret).provider_name("Profile");
    // The second is the name that the token had before 2014, which botocore still reads.
    let token = match member("aws_session_token")? {
        Some(token) => Some(token),
        None => member("aws_security_token")?,
    };
    credentials.set_session_token(token.map(str::to_owned));
    if let Some(account) = section.get("aws_account_id") {
        credentials = credentials.account_id(account);
    }
    Ok(Found::Credentials(credentials.build()))
}

/// Whether a profile has keys of its own, or half of them.
pub(super) fn are_in(section: &Profile) -> bool {
    section.get(KEY).is_some() || section.get(SECRET).is_some()
}
