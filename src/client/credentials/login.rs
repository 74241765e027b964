//! The cache of `aws login`. The file is read, and never refreshed: a refresh token works once, so that whoever uses
//! it must write the next one into the file, which is the AWS CLI's.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html>

use super::Found;
use super::surroundings::Surroundings;
use crate::client::settings::SharedFiles;
use crate::error::{Error, ErrorKind};
use crate::protocol::credential_document::read_login;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use zeroize::Zeroizing;

pub(super) fn find(surroundings: &Surroundings, files: &SharedFiles, name: &str) -> Result<Found, Error> {
    let section = files.profile(name).unwrap_or_default();
    let Some(session) = section.get("login_session") else {
        return Ok(Found::nothing(format!("profile {name} has no login_session")));
    };
    let environment = &surroundings.environment;
    let folder = environment.path("AWS_LOGIN_CACHE_DIRECTORY").unwrap_or(Path::new("~/.aws/login/cache"));
    let file = format!("{}.json", hex::encode(Sha256::digest(session.as_bytes())));
    let path = environment.expand(folder).join(file);
    let refuse = |problem: String| {
        Error::new(ErrorKind::Credentials, problem)
            .with_hint(format!("sign in again: aws login --profile {name}"))
    };
    let bytes = environment
        .read(&path)
        .map(Zeroizing::new)
        .map_err(|e| refuse(format!("the login file {} cannot be read: {e}", path.display())).because(e))?;
    let credentials = read_login(&bytes)
        .map_err(|problem| refuse(format!("the login file {} is of no use: {problem}", path.display())))?;
    if credentials.expiry().is_some_and(|expiry| expiry <= surroundings.now()) {
        return Err(refuse(format!(
            "the credentials in the login file {} have expired, and bedwire does not write new ones into it",
            path.display()
        )));
    }
    Ok(Found::Credentials(credentials))
}
