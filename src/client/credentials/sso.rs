//! IAM Identity Center: the token that `aws sso login` left in its cache buys the credentials of a role. A profile
//! either names an `[sso-session]`, whose token can be refreshed, or has it all itself.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use super::Found;
use super::surroundings::Surroundings;
use crate::client::settings::{Environment, Profile, SharedFiles, there_are};
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::protocol::credential_document::{Refresh, SsoTokenFile};
use crate::protocol::operation::sso::{CreateToken, GetRoleCredentials};
use sha1::{Digest as _, Sha1};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use zeroize::Zeroizing;

/// A token that ends sooner is refreshed, where it can be, as AWS's SDKs do. The credentials that it buys outlive it, and
/// are renewed in time by themselves.
const REFRESH_WINDOW: Duration = Duration::from_mins(5);
/// How long to wait for the answer of another program that has spent the refresh token, and how often to look for it.
const ANSWER_OF_ANOTHER: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(100);

pub(super) async fn find(
    surroundings: &Surroundings,
    files: &SharedFiles,
    name: &str,
) -> Result<Found, Error> {
    let section = files.profile(name).unwrap_or_default();
    let place = match Place::of(files, name, &section)? {
        Ok(place) => place,
        Err(nothing) => return Ok(Found::nothing(nothing)),
    };
    let token = place.token(surroundings, name).await?;
    let operation = GetRoleCredentials::new(&place.role_name, &place.account_id, token.access_token.as_str());
    match surroundings.call(&operation, Auth::Unsigned, &place.region).await {
        Ok(credentials) => Ok(Found::Credentials(credentials)),
        Err(e) => {
            let problem = format!(
                "IAM Identity Center did not give profile {name} the role {} of account {}: {}",
                place.role_name,
                place.account_id,
                e.message()
            );
            let is_signed_out = e.status() == Some(401);
            let error = e.of_search(problem);
            Err(if is_signed_out { error.with_hint(sign_in(name)) } else { error })
        }
    }
}

fn refuse(problem: String) -> Error {
    Error::new(ErrorKind::Credentials, problem)
}

fn sign_in(profile: &str) -> String {
    format!("sign in again: aws sso login --profile {profile}")
}

/// The error of a token that has expired, and why it was not refreshed where that was tried.
fn expired(file: &Path, failure: Option<Error>, profile: &str) -> Error {
    let problem = format!("the SSO token in {} has expired", file.display());
    let Some(failure) = failure else { return refuse(problem).with_hint(sign_in(profile)) };
    let problem = format!("{problem}, and it could not be refreshed: {}", failure.message());
    let error = failure.of_search(problem);
    if error.kind() != ErrorKind::Credentials {
        return error;
    }
    error.with_hint(format!(
        "{}; its refresh token may be spent by a program that could not write the next one into the file",
        sign_in(profile)
    ))
}

/// Whose credentials, and where the token lies.
struct Place {
    role_name: String,
    account_id: String,
    region: String,
    /// The name of the session, or its start URL: its SHA-1 names the file.
    key: String,
    /// Whether the token of a session can be refreshed.
    refreshable: bool,
}

impl Place {
    /// `Ok(Err(…))` says why this is no source for the profile.
    fn of(files: &SharedFiles, name: &str, section: &Profile) -> Result<Result<Self, String>, Error> {
        let session = match section.get("sso_session") {
            None => None,
            Some(session) => Some((
                session,
                files.merged().sso_session(session).ok_or_else(|| {
                    let there = there_are(files.merged().sso_session_names());
                    refuse(format!(
                        "profile {name} has sso_session = {session}, but there is no [sso-session {session}] in {}; {there}",
                        files.places()
                    ))
                })?,
            )),
        };
        let (role_name, account_id) = (section.get("sso_role_name"), section.get("sso_account_id"));
        if role_name.is_none() && account_id.is_none() {
            if section.get("sso_start_url").is_some() && session.is_none() {
                return Err(refuse(format!(
                    "profile {name} has an sso_start_url, but no sso_account_id and no sso_role_name; add both"
                )));
            }
            return Ok(Err(match session {
                Some((session, _)) => format!(
                    "profile {name} has sso_session = {session} but no sso_account_id and no sso_role_name, which gives a token and no credentials"
                ),
                None => format!("profile {name} has no sso_session and no sso_start_url"),
            }));
        }
        // What both have must be the same.
        let of_session = |property: &str| match session {
            None => Ok(section.get(property)),
            Some((session, of_session)) => match (section.get(property), of_session.get(property)) {
                (Some(own), Some(other)) if own != other => Err(refuse(format!(
                    "profile {name} and [sso-session {session}] differ in {property}; drop it from the profile"
                ))),
                (_, other) => Ok(other),
            },
        };
        let (region, start_url) = (of_session("sso_region")?, of_session("sso_start_url")?);
        let required = [
            ("sso_role_name", role_name),
            ("sso_account_id", account_id),
            ("sso_region", region),
            ("sso_start_url", start_url),
        ];
        let missing: Vec<&str> =
            required.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        let (Some(role_name), Some(account_id), Some(region), Some(start_url)) =
            (role_name, account_id, region, start_url)
        else {
            let whose = match session {
                Some((session, _)) => format!("profile {name} with its [sso-session {session}]"),
                None => format!("profile {name}"),
            };
            return Err(refuse(format!(
                "{whose} is set up for SSO, but has no {}; add it",
                missing.join(" and no ")
            )));
        };
        Ok(Ok(Self {
            role_name: role_name.to_owned(),
            account_id: account_id.to_owned(),
            region: region.to_owned(),
            key: session.map_or(start_url, |(session, _)| session).to_owned(),
            refreshable: session.is_some(),
        }))
    }

    fn file(&self, surroundings: &Surroundings) -> PathBuf {
        let digest = Sha1::digest(self.key.as_bytes());
        surroundings.environment.expand(format!("~/.aws/sso/cache/{}.json", hex::encode(digest)))
    }

    /// The token of the cache, or the one that we refreshed it to, whichever lives longer; refreshed where it is time.
    async fn token(&self, surroundings: &Surroundings, profile: &str) -> Result<SsoTokenFile, Error> {
        let path = self.file(surroundings);
        let ours = {
            let tokens = surroundings.sso_tokens.lock().unwrap_or_else(PoisonError::into_inner);
            tokens.get(&self.key).cloned()
        };
        let token = match (read(surroundings, &path, profile), ours) {
            (Ok(theirs), Some(ours)) if ours.expires_at > theirs.expires_at => ours,
            (Err(_), Some(ours)) => ours,
            (of_file, _) => of_file?,
        };
        let now = surroundings.now();
        let remaining = token.expires_at.duration_since(now).unwrap_or_default();
        if remaining >= REFRESH_WINDOW || (!self.refreshable && !remaining.is_zero()) {
            return Ok(token);
        }
        let failure = match &token.refresh {
            Some(refresh) if self.refreshable && refresh.registration_expires_at > now => {
                match self.refresh(surroundings, refresh, &path, now).await {
                    Ok(fresh) => return Ok(fresh),
                    Err(e) => match refreshed_by_another(surroundings, &path, &token, &e).await {
                        Some(theirs) => return Ok(theirs),
                        None => Some(e),
                    },
                }
            }
            _ => None,
        };
        if remaining.is_zero() {
            return Err(expired(&path, failure, profile));
        }
        Ok(token)
    }

    /// The new token goes into the file, as from AWS's SDKs: other programs need it, and the old refresh token may be
    /// spent. It is kept here, too, for a file that cannot be written.
    async fn refresh(
        &self,
        surroundings: &Surroundings,
        refresh: &Refresh,
        file: &Path,
        now: SystemTime,
    ) -> Result<SsoTokenFile, Error> {
        let operation = CreateToken::new(
            refresh.client_id.as_str(),
            refresh.client_secret.as_str(),
            refresh.refresh_token.as_str(),
        );
        let fresh = surroundings.call(&operation, Auth::Unsigned, &self.region).await?;
        let mut next = refresh.clone();
        if let Some(refresh_token) = fresh.refresh_token {
            next.refresh_token = refresh_token;
        }
        let token = SsoTokenFile::new(
            fresh.access_token,
            now.checked_add(fresh.expires_in).unwrap_or(now),
            Some(next),
        );
        write_back(&surroundings.environment, file, refresh, &token);
        let mut tokens = surroundings.sso_tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(self.key.clone(), token.clone());
        Ok(token)
    }
}

fn read(surroundings: &Surroundings, path: &Path, profile: &str) -> Result<SsoTokenFile, Error> {
    let bytes = surroundings.environment.read(path).map(Zeroizing::new).map_err(|e| {
        let problem = format!("the SSO token file {} cannot be read: {e}", path.display());
        refuse(problem).with_hint(sign_in(profile)).because(e)
    })?;
    SsoTokenFile::read(&bytes).map_err(|problem| {
        refuse(format!("the SSO token file {} is of no use: {problem}", path.display()))
            .with_hint(sign_in(profile))
    })
}

/// Another program may have refreshed it meanwhile, and spent the refresh token: programs that are started together find
/// the same one. What it got is in the file as soon as it has its answer. Nobody waits for that where the token is still
/// valid, or the service did not refuse.
async fn refreshed_by_another(
    surroundings: &Surroundings,
    path: &Path,
    token: &SsoTokenFile,
    error: &Error,
) -> Option<SsoTokenFile> {
    let now = surroundings.now();
    let is_refused = error.service_error().is_some() && !error.is_retryable();
    let patience = if is_refused && token.expires_at <= now { ANSWER_OF_ANOTHER } else { Duration::ZERO };
    let until = Instant::now() + patience;
    loop {
        let theirs = surroundings.environment.read(path).map(Zeroizing::new).ok();
        let theirs = theirs.and_then(|bytes| SsoTokenFile::read(&bytes).ok());
        if let Some(theirs) = theirs.filter(|theirs| theirs.expires_at > token.expires_at.max(now)) {
            return Some(theirs);
        }
        if Instant::now() >= until {
            return None;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Only over the token that was refreshed: another program may have been faster, and its token is in use. A file that
/// cannot be written is no reason to fail.
fn write_back(environment: &Environment, file: &Path, spent: &Refresh, token: &SsoTokenFile) {
    let Ok(there) = environment.read(file).map(Zeroizing::new) else { return };
    let of_spent =
        |there: SsoTokenFile| there.refresh.is_some_and(|r| r.refresh_token == spent.refresh_token);
    if SsoTokenFile::read(&there).is_ok_and(of_spent)
        && let Some(written) = token.written_over(&there)
    {
        let _ = environment.replace(file, &written);
    }
}
