//! The sources that a profile may have beside a role: for the selected profile, and for the one that a role names.

use super::surroundings::Surroundings;
use super::{Found, login, process, sso, static_keys, web_identity};
use crate::client::settings::{ProfileNamed, SharedFiles};
use crate::error::Error;
use crate::protocol::profile_file::FileKind;
use crate::transport::BoxFuture;

/// One source of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProfileSource {
    WebIdentity,
    Sso,
    CredentialsFile,
    Login,
    Process,
    ConfigFile,
}

/// In botocore's order.
pub(super) const IN_ORDER: [ProfileSource; 6] = [
    ProfileSource::WebIdentity,
    ProfileSource::Sso,
    ProfileSource::CredentialsFile,
    ProfileSource::Login,
    ProfileSource::Process,
    ProfileSource::ConfigFile,
];

impl ProfileSource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::WebIdentity => "web identity",
            Self::Sso => "SSO",
            Self::CredentialsFile => "credentials file",
            Self::Login => "login",
            Self::Process => "process",
            Self::ConfigFile => "config file",
        }
    }

    pub(super) fn find<'a>(
        self,
        surroundings: &'a Surroundings,
        files: &'a SharedFiles,
        profile: &'a str,
        named: ProfileNamed,
    ) -> BoxFuture<'a, Result<Found, Error>> {
        Box::pin(async move {
            match self {
                Self::WebIdentity => web_identity::find(surroundings, files, profile, named).await,
                Self::Sso => sso::find(surroundings, files, profile).await,
                Self::CredentialsFile => static_keys::find(files, FileKind::Credentials, profile),
                Self::Login => login::find(surroundings, files, profile),
                Self::Process => process::find(surroundings, files, profile).await,
                Self::ConfigFile => static_keys::find(files, FileKind::Config, profile),
            }
        })
    }
}
