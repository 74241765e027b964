//! A profile's `credential_process`: a command that prints credentials.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>

use super::Found;
use super::surroundings::Surroundings;
use crate::client::settings::SharedFiles;
use crate::error::{Error, ErrorKind};
use crate::protocol::credential_document::{SessionTokenMember, read_keys};
use std::io;
use std::time::Duration;

/// A command that takes longer hangs: it waits for input that it does not get.
const LIMIT: Duration = Duration::from_mins(1);
/// How much of a complaint is quoted.
const QUOTED_CHARS: usize = 300;

pub(super) async fn find(
    surroundings: &Surroundings,
    files: &SharedFiles,
    name: &str,
) -> Result<Found, Error> {
    let section = files.profile(name).unwrap_or_default();
    let Some(command) = section.get("credential_process") else {
        return Ok(Found::nothing(format!("profile {name} has no credential_process")));
    };
    // The command itself is not quoted: its arguments may be secrets.
    let refuse = |problem: String| {
        Error::new(ErrorKind::Credentials, format!("the credential_process of profile {name} {problem}"))
    };
    let output = surroundings.environment.run(command, LIMIT).await.map_err(|e| {
        let problem = match e.kind() {
            io::ErrorKind::TimedOut => format!("did not end within {} s, and was stopped", LIMIT.as_secs()),
            io::ErrorKind::NotFound => "cannot run: there is no shell here".to_owned(),
            _ => format!("cannot run: {e}"),
        };
        refuse(problem).because(e)
    })?;
    if let Some(failure) = &output.failure {
        return Err(refuse(format!("failed with {failure}{}", complaint(&output.stderr))));
    }
    let mut credentials = read_keys(&output.stdout, SessionTokenMember::SessionToken, "Process")
        .map_err(|problem| refuse(format!("printed what is of no use: {problem}")))?;
    if let (None, Some(account)) = (credentials.account_id(), section.get("aws_account_id")) {
        let mut builder = aws_credential_types::Credentials::builder()
            .access_key_id(credentials.access_key_id())
            .secret_access_key(credentials.secret_access_key())
            .account_id(account)
            .provider_name("Process");
        builder.set_session_token(credentials.session_token().map(str::to_owned));
        builder.set_expiry(credentials.expiry());
        credentials = builder.build();
    }
    Ok(Found::Credentials(credentials))
}

/// What the command wrote to stderr, on one line.
fn complaint(stderr: &str) -> String {
    let words = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return " and said nothing".to_owned();
    }
    let mut quoted: String = words.chars().filter(|c| !c.is_control()).take(QUOTED_CHARS).collect();
    if words.chars().count() > QUOTED_CHARS {
        quoted.push('…');
    }
    format!(": {quoted}")
}
