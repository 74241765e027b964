//! A stand-in for STS, SSO, a container's endpoint and an instance's: it answers every credential call, and remembers
//! what it was asked.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

use bedwire::client::Clock;
use bedwire::client::credentials::{ProvideAuth, Routes, Wanted};
use bedwire::client::settings::{Environment, Overrides, Settings};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::Service;
use bedwire::protocol::outcome::WireFailure;
use bedwire::protocol::timestamp::parse_iso_8601;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Error, client::credentials::Chain};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// The time in these tests.
pub fn now() -> SystemTime {
    parse_iso_8601("2026-01-02T03:04:05Z").unwrap()
}

/// What was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: String,
    pub uri: String,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The access key that signed it.
    pub fn access_key(&self) -> Option<&str> {
        self.header("authorization")?.split_once("Credential=")?.1.split('/').next()
    }

    /// The parameters of a form or, where there is none, of the query.
    pub fn parameters(&self) -> BTreeMap<String, String> {
        let query = self.uri.split_once('?').map_or("", |(_, query)| query);
        let text = if self.body.is_empty() { query } else { &self.body };
        bedwire::protocol::sigv4::query_pairs(text).into_iter().collect()
    }
}

type Answer = Result<(u16, String), WireFailure>;

/// Answers scripted steps first, then by what is asked.
#[derive(Clone, Default)]
pub struct Aws {
    steps: Arc<Mutex<VecDeque<Answer>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    /// How long an answer takes.
    takes: Duration,
}

impl Aws {
    pub fn scripted<'a>(steps: impl IntoIterator<Item = (u16, &'a str)>) -> Self {
        let steps = steps.into_iter().map(|(status, body)| Ok((status, body.to_owned()))).collect();
        Self { steps: Arc::new(Mutex::new(steps)), ..Self::default() }
    }

    pub fn failing(failures: impl IntoIterator<Item = WireFailure>) -> Self {
        let steps = failures.into_iter().map(Err).collect();
        Self { steps: Arc::new(Mutex::new(steps)), ..Self::default() }
    }

    #[must_use]
    pub fn that_takes(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }

    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub fn uris(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.uri).collect()
    }

    fn answer(sent: &Sent) -> (u16, String) {
        let path = sent.uri.split_once("://").unwrap().1.split_once('/').map_or("", |(_, path)| path);
        if path == "latest/api/token" {
            return (200, "imds-token".into());
        }
        if let Some(role) = path.strip_prefix("latest/meta-data/iam/security-credentials/") {
            return (200, if role.is_empty() { "the-role".into() } else { keys("ASIAIMDS") });
        }
        if path.starts_with("federation/credentials") {
            return (200, role_credentials("ASIASSO"));
        }
        if path == "token" {
            return (200, r#"{"accessToken":"fresh-token","expiresIn":28800,"refreshToken":"next"}"#.into());
        }
        if let Some(action) = sent.parameters().get("Action") {
            let role = sent.parameters()["RoleArn"].clone();
            let name = role.rsplit('/').next().unwrap();
            return (200, sts(action, &format!("ASIA{name}")));
        }
        (200, keys("ASIACONTAINER"))
    }
}

impl Transport for Aws {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let sent = Sent {
                method: parts.method.to_string(),
                uri: parts.uri.to_string(),
                headers: parts.headers,
                body: String::from_utf8(body.collect(1 << 20).await?.to_vec()).unwrap(),
            };
            let step = self.steps.lock().unwrap().pop_front();
            let answer = step.unwrap_or_else(|| Ok(Self::answer(&sent)));
            self.sent.lock().unwrap().push(sent);
            tokio::time::sleep(self.takes).await;
            let (status, body) = answer.map_err(|failure| TransportError::new(failure, "scripted"))?;
            Ok(http::Response::builder().status(status).body(Body::Whole(Bytes::from(body))).unwrap())
        })
    }
}

/// What a container or an instance answers.
pub fn keys(access_key: &str) -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"{access_key}","SecretAccessKey":"s","Token":"t","Expiration":"2026-01-02T04:04:05Z"}}"#
    )
}

pub fn role_credentials(access_key: &str) -> String {
    format!(
        r#"{{"roleCredentials":{{"accessKeyId":"{access_key}","secretAccessKey":"s","sessionToken":"t","expiration":1767326645000}}}}"#
    )
}

/// What STS answers.
pub fn sts(action: &str, access_key: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2026-01-02T04:04:05Z</Expiration></Credentials>\
         </{action}Result></{action}Response>"
    )
}

/// Nothing of the machine, a region, and no instance metadata service.
pub fn environment<'a>(variables: &[(&'a str, &'a str)], files: &[(&'a str, &'a str)]) -> Environment {
    let standard = [("HOME", "/h"), ("AWS_REGION", "us-west-2"), ("AWS_EC2_METADATA_DISABLED", "true")];
    Environment::given(standard.into_iter().chain(variables.iter().copied()), files.iter().copied())
}

/// A chain with a profile that was named by hand, or without one.
pub fn chain(environment: Environment, profile: Option<&str>, aws: &Aws) -> Result<Chain, Error> {
    let overrides = Overrides { profile: profile.map(str::to_owned), ..Overrides::default() };
    let settings = Settings::load(environment, overrides)?;
    Ok(settings.credentials(Routes::over(aws.clone())).clock(Clock::given(now)))
}

/// What a call to S3 would be signed with.
pub async fn find(environment: Environment, profile: Option<&str>, aws: &Aws) -> Result<Auth, Error> {
    chain(environment, profile, aws)?.auth(Wanted::new(&Service::S3)).await
}

/// The access key of what was found.
pub fn access_key(auth: &Auth) -> &str {
    match auth {
        Auth::SigV4(credentials) => credentials.access_key_id(),
        other => panic!("{other:?}"),
    }
}
