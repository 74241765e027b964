//! The metadata service of an EC2 instance, in its second version.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>

use super::Found;
use super::imds_options::{EndpointMode, ImdsOptions};
use super::metadata::{self, Question};
use super::surroundings::Surroundings;
use crate::client::settings::{Environment, Profile};
use crate::error::{Error, ErrorKind};
use crate::protocol::credential_document::{SessionTokenMember, read_keys};
use crate::protocol::redact;
use aws_credential_types::Credentials;
use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use std::time::Duration;
use zeroize::Zeroizing;

const TOKEN_PATH: &str = "/latest/api/token";
const ROLE_PATH: &str = "/latest/meta-data/iam/security-credentials/";
/// How long a session token lives: 6 hours, the most that there is.
const TOKEN_SECONDS: &str = "21600";

/// Off EC2, nobody answers there: botocore waits a second, once.
const WAIT: Duration = Duration::from_secs(1);
/// How much longer credentials are taken to live where the service itself could get no new ones.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html>
const EXTENSION: Duration = Duration::from_mins(20);

pub(super) async fn find(surroundings: &Surroundings, profile: Option<&Profile>) -> Result<Found, Error> {
    let environment = &surroundings.environment;
    if environment
        .variable("AWS_EC2_METADATA_DISABLED")?
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return Ok(Found::nothing("AWS_EC2_METADATA_DISABLED is true"));
    }
    let base = base(environment, &surroundings.imds, profile)?;
    let service = Service {
        surroundings,
        shown: redact::url(&base),
        base,
        wait: wait(environment)?,
        tries: tries(environment)?,
    };
    service.find().await
}

fn refuse(problem: String) -> Error {
    Error::new(ErrorKind::Credentials, problem)
}

/// By hand, then variable, then profile; an endpoint comes before a mode.
fn base(
    environment: &Environment,
    options: &ImdsOptions,
    profile: Option<&Profile>,
) -> Result<String, Error> {
    let setting = |variable: &str, property: &str| {
        let of_variable =
            environment.variable(variable)?.map(|value| (variable.to_owned(), value.to_owned()));
        let of_profile = || Some((property.to_owned(), profile?.get(property)?.to_owned()));
        Ok::<_, Error>(of_variable.or_else(of_profile))
    };
    let endpoint = match &options.endpoint {
        Some(url) => Some(("the IMDS endpoint".to_owned(), url.clone())),
        None => setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")?,
    };
    if let Some((what, url)) = endpoint {
        metadata::url(&what, &url)?;
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let mode = match options.mode {
        Some(mode) => mode,
        None => {
            match setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")? {
                None => EndpointMode::IPv4,
                Some((_, mode)) if mode.eq_ignore_ascii_case("ipv4") => EndpointMode::IPv4,
                Some((_, mode)) if mode.eq_ignore_ascii_case("ipv6") => EndpointMode::IPv6,
                Some((what, mode)) => {
                    return Err(refuse(format!(
                        "{what} is {mode:?}, which is no endpoint mode; it takes IPv4 or IPv6"
                    )));
                }
            }
        }
    };
    Ok(match mode {
        EndpointMode::IPv4 => "http://169.254.169.254".to_owned(),
        EndpointMode::IPv6 => "http://[fd00:ec2::254]".to_owned(),
    })
}

fn wait(environment: &Environment) -> Result<Duration, Error> {
    const NAME: &str = "AWS_METADATA_SERVICE_TIMEOUT";
    let Some(text) = environment.variable(NAME)? else { return Ok(WAIT) };
    seconds(text)
        .filter(|wait| !wait.is_zero())
        .ok_or_else(|| refuse(format!("{NAME} is {text:?}; it takes a number of seconds above 0")))
}

/// `1`, `0.25`
fn seconds(text: &str) -> Option<Duration> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = whole.bytes().chain(behind.bytes()).all(|b| b.is_ascii_digit());
    let (whole, nanoseconds) = (format!("0{whole}").parse().ok()?, format!("{behind:0<9.9}").parse().ok()?);
    are_digits.then(|| Duration::new(whole, nanoseconds))
}

fn tries(environment: &Environment) -> Result<u32, Error> {
    const NAME: &str = "AWS_METADATA_SERVICE_NUM_ATTEMPTS";
    let Some(text) = environment.variable(NAME)? else { return Ok(1) };
    let tries = text.parse().ok().filter(|tries| (1..=100).contains(tries));
    tries.ok_or_else(|| refuse(format!("{NAME} is {text:?}; it takes a number from 1 to 100")))
}

struct Service<'a> {
    surroundings: &'a Surroundings,
    base: String,
    /// The same for a message.
    shown: String,
    wait: Duration,
    tries: u32,
}

impl Service<'_> {
    async fn find(&self) -> Result<Found, Error> {
        let token = match self
            .ask(Method::PUT, TOKEN_PATH, &[("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS)])
            .await?
        {
            Err(silence) => return Ok(Found::nothing(silence)),
            Ok((StatusCode::OK, body)) => Zeroizing::new(self.line("a session token", b"/", &body)?),
            Ok((
                status @ (StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED),
                _,
            )) => {
                return Ok(Found::nothing(format!("{} gives no session token ({status})", self.shown)));
            }
            Ok((status, _)) => {
                return Err(self.useless(&format!("it answers {status} to the question for a session token")));
            }
        };
        let headers = [("x-aws-ec2-metadata-token", token.as_str())];
        let role = match self.ask(Method::GET, ROLE_PATH, &headers).await? {
            Err(silence) => return Err(self.useless(&silence)),
            Ok((StatusCode::OK, body)) => self.line("the name of a role", b"", &body)?,
            Ok((StatusCode::NOT_FOUND, _)) => {
                return Ok(Found::nothing(format!("{} says that the instance has no role", self.shown)));
            }
            Ok((status, _)) => {
                return Err(self.useless(&format!("it answers {status} to the question for its role")));
            }
        };
        match self.ask(Method::GET, &format!("{ROLE_PATH}{role}"), &headers).await? {
            Ok((StatusCode::OK, body)) => read_keys(&body, SessionTokenMember::Token, "IMDS")
                .map(|credentials| Found::Credentials(self.extended(credentials)))
                .map_err(|problem| self.useless(&format!("for the role {role}, {problem}"))),
            Ok((status, _)) => {
                Err(self.useless(&format!("it answers {status} to the question for the role {role}")))
            }
            Err(silence) => Err(self.useless(&silence)),
        }
    }

    /// `Ok(Err(…))` where nobody answers, which off EC2 is no fault.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Result<(StatusCode, Bytes), String>, Error> {
        let url: Uri = metadata::url("the IMDS endpoint", &format!("{}{path}", self.base))?;
        let mut silence = String::new();
        for attempt in 1..=self.tries {
            let question = Question { method: method.clone(), url: &url, headers, wait: self.wait };
            match metadata::ask(self.surroundings, question).await {
                Ok((status, _)) if status.is_server_error() && attempt < self.tries => {}
                Ok(answer) => return Ok(Ok(answer)),
                Err(e) => silence = format!("{} does not answer: {e}", self.shown),
            }
        }
        Ok(Err(silence))
    }

    /// A line of plain characters and `others`: a captive portal answers HTML to anything.
    fn line(&self, what: &str, others: &[u8], body: &Bytes) -> Result<String, Error> {
        let text = std::str::from_utf8(body).map(str::trim).unwrap_or_default();
        let text = text.lines().next().unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@-_".contains(&b) || others.contains(&b);
        if text.is_empty() || !text.bytes().all(plain) {
            let found = match body.trim_ascii_start().first() {
                None => "nothing",
                Some(b'<') => "HTML",
                Some(_) => "something else",
            };
            return Err(self.useless(&format!("where {what} should be, there is {found}")));
        }
        Ok(text.to_owned())
    }

    fn useless(&self, problem: &str) -> Error {
        refuse(format!("the instance metadata service at {} gave no credentials: {problem}", self.shown))
            .with_hint("where this is no EC2 instance, set AWS_EC2_METADATA_DISABLED=true")
    }

    /// A service that could get no new credentials hands out the old ones, and AWS goes on taking them.
    fn extended(&self, credentials: Credentials) -> Credentials {
        let now = self.surroundings.now();
        if credentials.expiry().is_none_or(|expiry| expiry > now) {
            return credentials;
        }
        let mut builder = Credentials::builder()
            .access_key_id(credentials.access_key_id())
            .secret_access_key(credentials.secret_access_key())
            .provider_name("IMDS");
        builder.set_session_token(credentials.session_token().map(str::to_owned));
        builder.set_expiry(now.checked_add(EXTENSION));
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_number_of_seconds() {
        for (text, milliseconds) in
            [("1", 1000), ("0.25", 250), (".5", 500), ("2.", 2000), ("1.0000000009", 1000)]
        {
            assert_eq!(seconds(text).map(|wait| wait.as_millis()), Some(milliseconds), "{text}");
        }
        for text in ["-1", "1s", "1.-5", "1e3", "+1", "inf", "1.2.3"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
