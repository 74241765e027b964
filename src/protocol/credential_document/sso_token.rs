//! What `aws sso login` leaves in its cache.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use super::Members;
use crate::protocol::document::{Change, members_in_order, push_string, rewritten};
use crate::protocol::timestamp::iso_8601;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// The token of a signed-in user.
#[derive(Clone)]
#[non_exhaustive]
pub struct SsoTokenFile {
    /// What GetRoleCredentials takes.
    pub access_token: Zeroizing<String>,
    /// When it ends.
    pub expires_at: SystemTime,
    /// What buys a new one, where the file has all of it.
    pub refresh: Option<Refresh>,
}

/// What CreateToken takes.
#[derive(Clone)]
#[non_exhaustive]
pub struct Refresh {
    /// The client that the user signed in with.
    pub client_id: Zeroizing<String>,
    /// The client's secret.
    pub client_secret: Zeroizing<String>,
    /// The user's refresh token.
    pub refresh_token: Zeroizing<String>,
    /// When the client's registration ends, and with it the refreshing.
    pub registration_expires_at: SystemTime,
}

impl SsoTokenFile {
    /// A token that came from the service.
    pub fn new(access_token: Zeroizing<String>, expires_at: SystemTime, refresh: Option<Refresh>) -> Self {
        Self { access_token, expires_at, refresh }
    }

    /// Reads a file of `~/.aws/sso/cache`, or says what is wrong with it.
    pub fn read(document: &[u8]) -> Result<Self, String> {
        let members = Members::read(document)?;
        let expires_at = members.date("expiresAt")?.ok_or("it has no expiresAt")?;
        Ok(Self {
            access_token: members.required("accessToken")?,
            expires_at,
            refresh: Refresh::read(&members)?,
        })
    }

    /// The file that it was refreshed from, with this token in it, and all else as it was. `None` where the file has no
    /// such members.
    pub fn written_over(&self, document: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let members = members_in_order(std::str::from_utf8(document).ok()?)?;
        let refresh = self.refresh.as_ref()?;
        let change = |name: &str, _: &str| match name {
            "accessToken" => Change::Write(quoted(&self.access_token)),
            "expiresAt" => Change::Write(quoted(&iso_8601(whole_seconds(self.expires_at)))),
            "refreshToken" => Change::Write(quoted(&refresh.refresh_token)),
            _ => Change::Keep,
        };
        Some(Zeroizing::new(rewritten(&members, change)?.finish_text().into_bytes()))
    }
}

/// As other programs write it, and none of them must be able to read more.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let fraction = at.duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    at.checked_sub(Duration::from_nanos(fraction.into())).unwrap_or(at)
}

fn quoted(text: &str) -> String {
    let mut json = String::new();
    push_string(&mut json, text);
    json
}

impl Refresh {
    fn read(members: &Members<'_>) -> Result<Option<Self>, String> {
        let parts = (
            members.text("clientId"),
            members.text("clientSecret"),
            members.text("refreshToken"),
            members.date("registrationExpiresAt")?,
        );
        Ok(match parts {
            (Some(client_id), Some(client_secret), Some(refresh_token), Some(registration_expires_at)) => {
                Some(Self { client_id, client_secret, refresh_token, registration_expires_at })
            }
            _ => None,
        })
    }
}

impl fmt::Debug for SsoTokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsoTokenFile").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl fmt::Debug for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refresh(redacted)")
    }
}
