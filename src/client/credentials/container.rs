//! The credentials endpoint of a container: ECS and EKS Pod Identity.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use super::Found;
use super::metadata::{self, Question};
use super::surroundings::Surroundings;
use crate::client::failure::{refusal_kind, wire_kind};
use crate::client::settings::Environment;
use crate::error::{Error, ErrorKind};
use crate::protocol::credential_document::{SessionTokenMember, read_keys};
use crate::protocol::endpoint::{Service, is_loopback};
use crate::protocol::outcome::classify;
use crate::protocol::redact;
use crate::protocol::service_error::ServiceError;
use http::{HeaderMap, Method, StatusCode, Uri};
use std::time::Duration;
use zeroize::Zeroizing;

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// Where ECS answers.
const ECS: &str = "http://169.254.170.2";
/// Who may be asked without TLS beside this machine itself: ECS, and EKS Pod Identity.
const PLAIN_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

const WAIT: Duration = Duration::from_secs(2);
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn find(surroundings: &Surroundings) -> Result<Found, Error> {
    let environment = &surroundings.environment;
    let url = match (environment.variable(RELATIVE)?, environment.variable(FULL)?) {
        (Some(path), _) => metadata::url(RELATIVE, &format!("{ECS}{path}")).and_then(|url| {
            // `@evil.example/` would make the address of ECS a user name.
            if url.host() == Some("169.254.170.2") && path.starts_with('/') {
                return Ok(url);
            }
            Err(refuse(format!("{RELATIVE} is {path:?}; give a path that begins with /")))
        })?,
        (None, Some(url)) => checked(url)?,
        (None, None) => return Ok(Found::nothing(format!("{RELATIVE} and {FULL} are not set"))),
    };
    let shown = redact::url(&url.to_string());
    let token = token(environment)?;
    let mut headers = vec![("accept", "application/json")];
    if let Some(token) = &token {
        headers.push(("authorization", token));
    }
    let mut tries = 1;
    loop {
        let question = Question { method: Method::GET, url: &url, headers: &headers, wait: WAIT };
        let (problem, failed) = match metadata::ask(surroundings, question).await {
            Ok((StatusCode::OK, body)) => {
                return read_keys(&body, SessionTokenMember::Token, "Container")
                    .map(Found::Credentials)
                    .map_err(|problem| {
                        refuse(format!("the container endpoint {shown} answers what is of no use: {problem}"))
                    });
            }
            Ok((status, body)) => (said(status, &body), refused(status)),
            Err(e) => (e.to_string(), Error::new(wire_kind(e.failure()), e.to_string()).because(e)),
        };
        if tries == TRIES || !failed.is_retryable() {
            return Err(
                failed.of_search(format!("the container endpoint {shown} gave no credentials: {problem}"))
            );
        }
        tokio::time::sleep(PAUSE).await;
        tries += 1;
    }
}

/// A refusal says why: {"code":"AccessDeniedException","message":"…"}.
fn said(status: StatusCode, body: &[u8]) -> String {
    let why = read_keys(body, SessionTokenMember::Token, "Container").err();
    why.map_or_else(|| format!("it answers {status}"), |why| format!("it answers {status}: {why}"))
}

/// By its status alone: whatever is in the body may be a secret.
fn refused(status: StatusCode) -> Error {
    let refusal = ServiceError::decode(status, &HeaderMap::new(), b"");
    let kind = refusal_kind(&classify(&refusal));
    Error::refused(kind, "the question for credentials", &Service::named("container"), refusal)
}

fn refuse(problem: String) -> Error {
    Error::new(ErrorKind::Credentials, problem)
}

/// A token goes to this URL, so it must be one that nobody else can have set up.
fn checked(text: &str) -> Result<Uri, Error> {
    let url = metadata::url(FULL, text)?;
    let host = url.host().unwrap_or_default();
    if url.scheme_str() == Some("https") || is_loopback(host) || PLAIN_HOSTS.contains(&host) {
        return Ok(url);
    }
    Err(refuse(format!(
        "{FULL} names the host {host}, which is not allowed: use https, this machine itself, or one of {}",
        PLAIN_HOSTS.join(", ")
    )))
}

/// The file is read anew each time, since EKS renews it.
fn token(environment: &Environment) -> Result<Option<Zeroizing<String>>, Error> {
    let (token, place) = match environment.path(TOKEN_FILE) {
        Some(file) => {
            let path = environment.expand(file);
            let bytes = environment.read(&path).map(Zeroizing::new).map_err(|e| {
                refuse(format!("the file {} of {TOKEN_FILE} cannot be read: {e}", path.display())).because(e)
            })?;
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            (Zeroizing::new(text.trim().to_owned()), format!("the file {} of {TOKEN_FILE}", path.display()))
        }
        None => match environment.variable(TOKEN)? {
            Some(token) => (Zeroizing::new(token.to_owned()), format!("the variable {TOKEN}")),
            None => return Ok(None),
        },
    };
    if token.is_empty() {
        return Err(refuse(format!("{place} holds no token")));
    }
    if token.contains(['\r', '\n']) {
        return Err(refuse(format!("{place} holds more than one line, which no header can carry")));
    }
    Ok(Some(token))
}
