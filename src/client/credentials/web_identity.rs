//! A role for the token of an identity provider, which lies in a file: IAM roles for service accounts, on EKS.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>

use super::Found;
use super::surroundings::Surroundings;
use crate::client::settings::{ProfileNamed, SharedFiles};
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::protocol::operation::sts::AssumeRoleWithWebIdentity;
use std::path::Path;
use zeroize::Zeroizing;

/// The file is read anew each time, since another program renews it.
pub(super) async fn find(
    surroundings: &Surroundings,
    files: &SharedFiles,
    name: &str,
    named: ProfileNamed,
) -> Result<Found, Error> {
    let with_variables = named.counts_variables();
    let section = files.profile(name).unwrap_or_default();
    let environment = &surroundings.environment;
    let setting = |variable: &str, property: &str| {
        let of_variable = if with_variables { environment.variable(variable)? } else { None };
        Ok::<_, Error>(of_variable.or_else(|| section.get(property)).map(str::to_owned))
    };
    let file = with_variables.then(|| environment.path("AWS_WEB_IDENTITY_TOKEN_FILE")).flatten();
    let Some(path) = file.or_else(|| section.get("web_identity_token_file").map(Path::new)) else {
        return Ok(Found::nothing(if with_variables {
            format!(
                "AWS_WEB_IDENTITY_TOKEN_FILE is not set, and profile {name} has no web_identity_token_file"
            )
        } else {
            format!("profile {name} has no web_identity_token_file")
        }));
    };
    let refuse = |problem: String| Error::new(ErrorKind::Credentials, problem);
    let role_arn = setting("AWS_ROLE_ARN", "role_arn")?.ok_or_else(|| {
        let places = if with_variables {
            "AWS_ROLE_ARN, or role_arn of the profile"
        } else {
            "role_arn of the profile"
        };
        refuse(format!(
            "profile {name} has a web identity token file but no role to go with it; set {places}"
        ))
    })?;
    let session_name =
        setting("AWS_ROLE_SESSION_NAME", "role_session_name")?.unwrap_or_else(|| surroundings.session_name());
    let path = environment.expand(path);
    let bytes = environment.read(&path).map(Zeroizing::new).map_err(|e| {
        refuse(format!("the web identity token file {} cannot be read: {e}", path.display())).because(e)
    })?;
    let token = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    if token.is_empty() {
        return Err(refuse(format!("the web identity token file {} holds no token", path.display())));
    }
    let region = surroundings.region(&format!("to assume {role_arn} in"))?;
    let operation = AssumeRoleWithWebIdentity::new(&role_arn, session_name, token);
    let credentials = surroundings.call(&operation, Auth::Unsigned, region).await.map_err(|e| {
        let problem =
            format!("the web identity token of {} did not get {role_arn}: {}", path.display(), e.message());
        e.of_search(problem)
    })?;
    Ok(Found::Credentials(credentials))
}
