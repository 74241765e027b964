//! A profile's `role_arn`, with the credentials of `source_profile` or `credential_source`. Roles may follow each
//! other, but not in a circle.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>

use super::cache::MayAsk;
use super::of_profile::IN_ORDER;
use super::surroundings::Surroundings;
use super::{Found, container, environment, imds, static_keys};
use crate::client::settings::{Profile, ProfileNamed, SharedFiles};
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::protocol::operation::sts::AssumeRole;
use crate::transport::BoxFuture;
use aws_credential_types::Credentials;
use std::time::Duration;

/// Where nobody may be asked, a role that needs a code is none yet.
pub(super) async fn find(
    surroundings: &Surroundings,
    files: &SharedFiles,
    name: &str,
    may_ask: MayAsk,
) -> Result<Found, Error> {
    match files.profile(name) {
        Some(section) if has_role(&section) => {
            let walk = Walk { surroundings, files, may_ask };
            Ok(Found::Credentials(walk.assume(name.to_owned(), section, vec![name.to_owned()]).await?))
        }
        Some(_) => Ok(Found::nothing(format!("profile {name} has no role_arn of its own"))),
        None => Ok(Found::nothing(format!("profile {name} is not in {}", files.places()))),
    }
}

/// A role with a web identity token is another source's.
fn has_role(section: &Profile) -> bool {
    section.get("role_arn").is_some() && section.get("web_identity_token_file").is_none()
}

fn refuse(problem: String) -> Error {
    Error::new(ErrorKind::Credentials, problem)
}

/// From a profile to the one that has keys.
#[derive(Clone, Copy)]
struct Walk<'a> {
    surroundings: &'a Surroundings,
    files: &'a SharedFiles,
    may_ask: MayAsk,
}

impl<'a> Walk<'a> {
    /// The credentials of a profile's role. `visited` are the profiles up to this one.
    fn assume(
        self,
        name: String,
        section: Profile,
        visited: Vec<String>,
    ) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async move {
            let role_arn = section.get("role_arn").unwrap_or_default();
            let source = match (section.get("source_profile"), section.get("credential_source")) {
                (Some(_), Some(_)) => {
                    return Err(refuse(format!(
                        "profile {name} has both source_profile and credential_source beside its role_arn; drop one"
                    )));
                }
                (None, None) => {
                    return Err(refuse(format!(
                        "profile {name} has a role_arn, but neither source_profile nor credential_source to assume it with; add one"
                    )));
                }
                (Some(source), None) => self.of_source_profile(&name, source, visited).await?,
                (None, Some(source)) => self.of_credential_source(&name, source).await?,
            };
            let operation = self.operation(&name, role_arn, &section).await?;
            let region = self.surroundings.region(&format!("to assume the role of profile {name} in"))?;
            self.surroundings.call(&operation, Auth::SigV4(source), region).await.map_err(|e| {
                let problem = format!("profile {name} did not get its role {role_arn}: {}", e.message());
                e.of_search(problem)
            })
        })
    }

    async fn of_source_profile(
        self,
        name: &str,
        source: &str,
        mut visited: Vec<String>,
    ) -> Result<Credentials, Error> {
        let section = self.files.profile(source).ok_or_else(|| {
            refuse(format!(
                "profile {name} has source_profile = {source}, but there is no such profile in {}",
                self.files.places()
            ))
        })?;
        let keys = static_keys::are_in(&section);
        // A profile may name itself: its keys then assume its role.
        let own_keys = source == name && keys;
        if visited.iter().any(|seen| seen == source) && !own_keys {
            visited.push(source.to_owned());
            return Err(refuse(format!(
                "the roles of the profiles go in a circle: {}; let one of them have keys of its own",
                visited.join(" → ")
            )));
        }
        if has_role(&section) && !keys {
            visited.push(source.to_owned());
            return self.assume(source.to_owned(), section, visited).await;
        }
        let mut looked_at = Vec::new();
        for kind in IN_ORDER {
            // What is in the environment belongs to the process, and not to a profile that another one names.
            match kind.find(self.surroundings, self.files, source, ProfileNamed::ByProfile).await? {
                Found::Credentials(credentials) => return Ok(credentials),
                Found::Nothing(place) => looked_at.push(place),
            }
        }
        Err(refuse(format!(
            "profile {source}, which profile {name} names as its source_profile, has no credentials: {}",
            looked_at.join("; ")
        )))
    }

    async fn of_credential_source(self, name: &str, source: &str) -> Result<Credentials, Error> {
        let found = match source {
            "Environment" => environment::find(&self.surroundings.environment)?,
            "Ec2InstanceMetadata" => imds::find(self.surroundings, self.files.profile(name).as_ref()).await?,
            "EcsContainer" => container::find(self.surroundings).await?,
            other => {
                return Err(refuse(format!(
                    "profile {name} has credential_source = {other}; it takes Environment, Ec2InstanceMetadata or EcsContainer"
                )));
            }
        };
        match found {
            Found::Credentials(credentials) => Ok(credentials),
            Found::Nothing(place) => Err(refuse(format!(
                "profile {name} has credential_source = {source}, which has no credentials: {place}"
            ))),
        }
    }

    async fn operation(self, name: &str, role_arn: &str, section: &Profile) -> Result<AssumeRole, Error> {
        let session_name =
            section.get("role_session_name").map_or_else(|| self.surroundings.session_name(), str::to_owned);
        let mut operation = AssumeRole::new(role_arn, session_name);
        if let Some(external_id) = section.get("external_id") {
            operation = operation.external_id(external_id);
        }
        if let Some(duration) = section.get("duration_seconds") {
            let seconds = duration.parse().ok().filter(|seconds| (900..=43_200).contains(seconds));
            let seconds = seconds.ok_or_else(|| {
                refuse(format!(
                    "profile {name} has duration_seconds = {duration}; it takes a number from 900 to 43200"
                ))
            })?;
            operation = operation.duration(Duration::from_secs(seconds));
        }
        if let Some(serial) = section.get("mfa_serial") {
            operation = operation.mfa(serial, self.mfa_code(name, serial).await?);
        }
        Ok(operation)
    }

    async fn mfa_code(self, name: &str, serial: &str) -> Result<String, Error> {
        if self.may_ask == MayAsk::Nobody {
            return Err(refuse(format!("the role of profile {name} needs a code of {serial}, but not yet")));
        }
        match &self.surroundings.ask_mfa {
            Some(ask) => ask.code(serial).await,
            None => Err(refuse(format!(
                "the role of profile {name} needs a code of the MFA device {serial}, and there is nobody to ask for it here"
            ))),
        }
    }
}
