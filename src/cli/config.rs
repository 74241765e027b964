//! `config`: every resolved setting with its source. Secrets are masked; nothing is sent but what a credential source
//! needs.

use super::global::GlobalOptions;
use super::hint::sentence;
use super::output::Output;
use super::session::{OFFLINE_REGION, local_credentials, overrides};
use crate::Error;
use crate::client::Timeouts;
use crate::client::credentials::{Routes, SourceOutcome, SourceReport};
use crate::client::settings::{Environment, Settings, Sourced};
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::Service;
use crate::protocol::profile_file::FileKind;
use crate::protocol::retry::RetryMode;
use crate::protocol::timestamp::iso_8601;
use crate::transport::proxy::Proxy;
use serde_json::{Map, Value, json};

/// What each service is called here.
const SERVICES: [(&str, Service); 4] = [
    ("bedrock_runtime", Service::BedrockRuntime),
    ("bedrock", Service::Bedrock),
    ("s3", Service::S3),
    ("sts", Service::Sts),
];
/// Those of IAM Identity Center, where one signs in.
const SIGN_IN: [(&str, Service); 2] = [("sso", Service::Sso), ("sso_oidc", Service::SsoOidc)];

/// One setting: a path in the document (`endpoints.s3`), its value, and what gave it.
struct Line {
    path: String,
    value: Value,
    source: Option<String>,
}

pub(super) async fn run(global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    let settings = Settings::load(Environment::process(), overrides(global))?;
    let mut lines = Vec::new();
    let region = region(&settings, global);
    let profile = settings.profile();
    lines.push(Line::new("region", region.as_ref().map(|region| json!(region.value)), region.as_ref()));
    lines.push(Line::new("profile", Some(json!(profile.value)), Some(profile)));
    lines.extend(files(&settings));
    for (name, service) in &SERVICES {
        let url = settings.endpoints().url(service, region.as_ref().map(|region| region.value.as_str()));
        let url = match settings.region() {
            // Every place that was looked at is in this error.
            Err(no_region) if region.is_none() && url.is_err() => return Err(no_region),
            _ => url?,
        };
        lines.push(Line::new(&format!("endpoints.{name}"), Some(json!(url.value)), Some(&url)));
    }
    lines.extend(SIGN_IN.iter().flat_map(|(name, service)| sign_in(name, service, &settings)));
    let (fips, dual_stack) = (settings.endpoints().fips(), settings.endpoints().dual_stack());
    lines.push(Line::switch("fips", fips));
    lines.push(Line::switch("dual_stack", dual_stack));
    lines.extend(credentials(&settings, global).await?);
    lines.extend(network(&settings));
    lines.extend(bounds(&settings, global));
    let models = settings.models_table();
    let path = models.as_ref().map(|table| json!(table.value.display().to_string()));
    lines.push(Line::new("models.table", path, models.as_ref()));
    if output.is_json() { output.json(&document(lines)) } else { output.line(&table(&lines)) }
}

impl Line {
    fn new<T>(path: &str, value: Option<Value>, sourced: Option<&Sourced<T>>) -> Self {
        Self {
            path: path.to_owned(),
            value: value.unwrap_or(Value::Null),
            source: sourced.map(|sourced| sourced.source.clone()),
        }
    }

    fn switch(path: &str, switch: Option<&Sourced<bool>>) -> Self {
        Self::new(path, Some(json!(switch.is_some_and(|switch| switch.value))), switch)
    }

    fn from(path: &str, value: Value, source: Option<&str>) -> Self {
        Self { path: path.to_owned(), value, source: source.map(str::to_owned) }
    }
}

fn files(settings: &Settings) -> Vec<Line> {
    let of = |name: &str, kind: FileKind| {
        let file = settings.files().file(kind);
        let path = file.path();
        [
            Line::new(&format!("files.{name}"), Some(json!(path.value.display().to_string())), Some(path)),
            Line::from(&format!("files.{name}_state"), json!(file.state()), None),
        ]
    };
    [of("config", FileKind::Config), of("credentials", FileKind::Credentials)].into_iter().flatten().collect()
}

/// Where one signs in, if the profile says that one does. Calls with other credentials work without it, so that what is
/// wrong with it is a value, too.
fn sign_in(name: &str, service: &Service, settings: &Settings) -> Vec<Line> {
    let path = format!("endpoints.{name}");
    let Some(region) = settings.sso_region() else { return vec![Line::from(&path, Value::Null, None)] };
    match settings.endpoints().url(service, Some(&region.value)) {
        Ok(url) => vec![Line::new(&path, Some(json!(url.value)), Some(&url))],
        Err(error) => {
            let problem = json!(format!("{} is {}: {error}", region.source, region.value));
            vec![Line::from(&path, Value::Null, None), Line::from(&format!("{path}_problem"), problem, None)]
        }
    }
}

/// Offline there is always one.
fn region(settings: &Settings, global: &GlobalOptions) -> Option<Sourced<String>> {
    let fallback =
        || global.is_local().then(|| Sourced::new(OFFLINE_REGION.to_owned(), "--offline or --replay"));
    settings.sourced_region().cloned().or_else(fallback)
}

async fn credentials(settings: &Settings, global: &GlobalOptions) -> Result<Vec<Line>, Error> {
    let line = |name: &str, value: Value| Line::from(&format!("credentials.{name}"), value, None);
    let found = if global.is_local() {
        Some(if let Some(key) = settings.api_key()? {
            ("API key", Auth::Bearer(key))
        } else {
            let (source, credentials) = local_credentials(settings)?;
            (source, Auth::from(credentials))
        })
    } else {
        let chain = settings.credentials(Routes::network(settings.network())?);
        let inspection = chain.inspect_within(global.timeout).await;
        // An API key that cannot be read is a problem whatever else there is: calls to Bedrock would take it.
        let Ok(auth) = inspection.found else {
            let problems: Vec<String> = inspection.reports.iter().filter_map(problem).collect();
            return Ok(vec![line("source", Value::Null), line("problem", json!(problems.join("; ")))]);
        };
        let used = inspection.reports.iter().find(|report| matches!(report.outcome, SourceOutcome::Used(_)));
        used.map(|report| (report.source, auth))
    };
    Ok(match found {
        Some((source, Auth::SigV4(credentials))) => vec![
            line("source", json!(source)),
            line("access_key_id", json!(masked(credentials.access_key_id()))),
            line("temporary", json!(credentials.session_token().is_some())),
            line("expires", json!(credentials.expiry().map(iso_8601))),
        ],
        found => vec![line("source", json!(found.map(|(source, _)| source))), line("api_key", json!("****"))],
    })
}

/// Why a source has nothing.
fn problem(report: &SourceReport) -> Option<String> {
    let why = match &report.outcome {
        SourceOutcome::Empty(why) => why.clone(),
        SourceOutcome::Failed(error) => sentence(error),
        _ => return None,
    };
    Some(format!("{}: {why}", report.source))
}

/// The last four characters of an access key id, as in the AWS CLI.
pub(super) fn masked(key: &str) -> String {
    let start = key.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("****{}", key.get(start..).unwrap_or_default())
}

fn network(settings: &Settings) -> Vec<Line> {
    let network = settings.network();
    let proxy = |scheme: &str| {
        let proxy = network.proxies.for_scheme(scheme);
        Line::from(
            &format!("network.{scheme}_proxy"),
            json!(proxy.map(ToString::to_string)),
            proxy.map(Proxy::source),
        )
    };
    let no_proxy = network.proxies.no_proxy();
    let bundle = network.ca_bundle.as_ref();
    let folders: Vec<String> =
        network.certificates.folders.iter().map(|folder| folder.display().to_string()).collect();
    // They count where no bundle is named.
    let certificates = |name: &str, value: Option<Value>| {
        let value = value.filter(|_| bundle.is_none());
        let source = value.as_ref().map(|_| format!("SSL_CERT_{}", name.to_ascii_uppercase()));
        Line { path: format!("network.certificate_{name}"), value: value.unwrap_or(Value::Null), source }
    };
    let seconds = |name: &str, duration: std::time::Duration| {
        Line::from(&format!("network.{name}_seconds"), json!(duration.as_secs_f64()), None)
    };
    vec![
        proxy("https"),
        proxy("http"),
        Line::from(
            "network.no_proxy",
            json!(no_proxy.map(|(hosts, _)| hosts)),
            no_proxy.map(|(_, source)| source),
        ),
        Line::new(
            "network.ca_bundle",
            bundle.map(|bundle| json!(bundle.value.display().to_string())),
            bundle,
        ),
        certificates(
            "file",
            network.certificates.file.as_ref().map(|file| json!(file.display().to_string())),
        ),
        certificates("dir", (!folders.is_empty()).then(|| json!(folders.join(":")))),
        seconds("connect_timeout", network.connect_timeout),
        seconds("tcp_keepalive", network.tcp_keepalive),
        seconds("pool_idle_timeout", network.pool_idle_timeout),
    ]
}

fn bounds(settings: &Settings, global: &GlobalOptions) -> Vec<Line> {
    let timeouts = global.timeout.map_or_else(Timeouts::default, Timeouts::of_call);
    let given = global.timeout.map(|_| "--timeout");
    let retry = settings.retry_policy();
    let shared = settings.shared_pacing();
    let mode = match retry.mode {
        RetryMode::FailFast => "fail-fast",
        RetryMode::Standard => "standard",
        _ => "patient",
    };
    vec![
        Line::from("timeouts.first_byte_seconds", json!(timeouts.first_byte.as_secs_f64()), None),
        Line::from("timeouts.idle_seconds", json!(timeouts.idle.as_secs_f64()), None),
        Line::from("timeouts.waiting_seconds", json!(timeouts.waiting.as_secs_f64()), given),
        Line::from("timeouts.call_seconds", json!(timeouts.call.map(|call| call.as_secs_f64())), given),
        Line::from("retry.mode", json!(mode), settings.retry_mode_source()),
        Line::from("retry.max_attempts", json!(retry.max_attempts), settings.max_attempts_source()),
        Line::from("pacing.requests_per_minute", json!(global.rpm), global.rpm.map(|_| "--rpm")),
        Line::from("pacing.tokens_per_minute", json!(global.tpm), global.tpm.map(|_| "--tpm")),
        Line::new(
            "pacing.shared_folder",
            shared.as_ref().map(|folder| json!(folder.value.display().to_string())),
            shared.as_ref(),
        ),
    ]
}

/// Nested by the dots of the paths; `sources` has the same paths, flat.
fn document(lines: Vec<Line>) -> Value {
    let mut document = Map::new();
    let mut sources = Map::new();
    for Line { path, value, source } in lines {
        if let Some(source) = source {
            sources.insert(path.clone(), json!(source));
        }
        match path.split_once('.') {
            None => {
                document.insert(path, value);
            }
            Some((group, name)) => {
                let group = document.entry(group.to_owned()).or_insert_with(|| json!({}));
                if let Some(group) = group.as_object_mut() {
                    group.insert(name.to_owned(), value);
                }
            }
        }
    }
    document.insert("sources".to_owned(), Value::Object(sources));
    Value::Object(document)
}

fn table(lines: &[Line]) -> String {
    let width = lines.iter().map(|line| line.path.len()).max().unwrap_or_default();
    let row = |line: &Line| {
        let value = match &line.value {
            Value::Null => "(none)".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let source = line.source.as_ref().map_or(String::new(), |source| format!("  [{source}]"));
        format!("{:width$}  {value}{source}", line.path)
    };
    lines.iter().map(row).collect::<Vec<_>>().join("\n")
}
