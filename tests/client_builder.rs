//! What a client is put together from: what is given by hand comes before what is found.
#![cfg(feature = "client-core")]

mod credential_calls;

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::client::credentials::{ProvideAuth as _, Routes, Static, Wanted, WithApiKey};
use bedwire::client::settings::{Environment, Overrides, Settings};
use bedwire::client::{ClientBuilder, Clock};
use bedwire::protocol::auth::{ApiKey, Auth};
use bedwire::protocol::endpoint::Service;
use bedwire::protocol::timestamp::iso_8601;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use credential_calls::{Aws, access_key};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A role that is assumed with what a container gives, and no region.
fn settings(variables: &[(&str, &str)]) -> Settings {
    let role = [
        ("HOME", "/h"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/container"),
        ("AWS_PROFILE", "role"),
    ];
    let config = "[profile role]\nrole_arn=arn:aws:iam::1:role/R\ncredential_source=EcsContainer\n";
    let variables = role.iter().chain(variables).copied();
    Settings::load(Environment::given(variables, [("/h/.aws/config", config)]), Overrides::default()).unwrap()
}

#[tokio::test]
async fn credentials_are_asked_for_over_the_own_transport_and_in_the_own_region() {
    for variables in [&[][..], &[("AWS_REGION", "eu-west-1")]] {
        let aws = Aws::default();
        let builder = ClientBuilder::from_settings(&settings(variables)).unwrap();
        let client = builder.region("us-west-2").transport(aws.clone()).build().unwrap();
        client.invoke_model("m", "{}").await.unwrap();
        assert_eq!(
            aws.uris(),
            [
                "http://127.0.0.1:1/container",
                "https://sts.us-west-2.amazonaws.com/",
                "https://bedrock-runtime.us-west-2.amazonaws.com/model/m/invoke",
            ]
        );
        assert_eq!(aws.sent()[2].access_key(), Some("ASIAR"));
    }
}

#[tokio::test]
async fn metadata_services_may_have_a_transport_of_their_own() {
    let (network, direct) = (Aws::default(), Aws::default());
    let routes = Routes::over(network.clone()).direct(direct.clone());
    let chain = settings(&[("AWS_REGION", "eu-west-1")]).credentials(routes);
    chain.auth(Wanted::new(&Service::BedrockRuntime)).await.unwrap();
    assert_eq!(direct.uris(), ["http://127.0.0.1:1/container"]);
    assert_eq!(network.uris(), ["https://sts.eu-west-1.amazonaws.com/"]);
}

#[tokio::test]
async fn a_key_for_bedrock_and_one_for_the_rest_are_given_as_one() {
    let keys = || Arc::new(Static::new(Credentials::new("AKIDEXAMPLE", "s", None, None, "test")));
    let builder = || Client::builder().region("us-west-2").transport(Aws::default());
    let error = builder().api_key("k").credentials(WithApiKey::new(ApiKey::new("k"), keys())).build();
    assert!(error.unwrap_err().to_string().contains("WithApiKey::new("));
    let client = builder().credentials(WithApiKey::new(ApiKey::new("k"), keys())).build().unwrap();
    let bedrock = client.signs_with(&Service::BedrockRuntime).await.unwrap();
    assert!(matches!(bedrock, Auth::Bearer(_)));
    assert_eq!(access_key(&client.signs_with(&Service::S3).await.unwrap()), "AKIDEXAMPLE");
}

/// AWS, which knows the time: what is signed with another is refused.
#[derive(Clone)]
struct Punctual {
    aws: Aws,
    started: Instant,
    refused: Arc<AtomicUsize>,
}

impl Punctual {
    fn new() -> Self {
        Self { aws: Aws::default(), started: Instant::now(), refused: Arc::default() }
    }

    fn now(&self) -> SystemTime {
        credential_calls::now() + self.started.elapsed()
    }

    fn asked_of_sts(&self) -> usize {
        self.aws.uris().iter().filter(|uri| uri.contains("//sts.")).count()
    }

    fn refusal(&self, request: &http::Request<Body>) -> Option<String> {
        let basic = |at: SystemTime| iso_8601(at).replace(['-', ':'], "");
        let date = request.headers().get("x-amz-date")?.to_str().unwrap();
        let (now, latest) = (basic(self.now()), basic(self.now() + Duration::from_mins(5)));
        (*date > *latest).then(|| {
            format!("Signature not yet current: {date} is still later than {latest} ({now} + 5 min.)")
        })
    }
}

impl Transport for Punctual {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let Some(said) = self.refusal(&request) else { return self.aws.send(request) };
        self.refused.fetch_add(1, Ordering::SeqCst);
        let (code, body) = if request.uri().host().unwrap().starts_with("sts.") {
            let code = "SignatureDoesNotMatch";
            let error = format!("<Error><Code>{code}</Code><Message>{said}</Message></Error>");
            (code, format!("<ErrorResponse>{error}</ErrorResponse>"))
        } else {
            ("InvalidSignatureException", format!("{{\"message\":\"{said}\"}}"))
        };
        Box::pin(async move {
            let answer = http::Response::builder().status(403).header("x-amzn-errortype", code);
            Ok(answer.body(Body::Whole(body.into())).unwrap())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_call_hears_of_the_time_the_search_for_credentials_knows() {
    let role = "role_arn=arn:aws:iam::1:role/R\n";
    let keys = "aws_access_key_id=A\naws_secret_access_key=s\n";
    let assumed = format!("[default]\n{role}source_profile=k\n[profile k]\n{keys}");
    // Not signed: STS itself says nothing of the time.
    let of_pod = format!("[default]\n{role}web_identity_token_file=/token\n");
    for config in [assumed, of_pod] {
        let files = [("/h/.aws/config", config.as_str()), ("/token", "tok")];
        let variables = [("HOME", "/h"), ("AWS_REGION", "us-west-2")];
        let settings = Settings::load(Environment::given(variables, files), Overrides::default()).unwrap();
        let aws = Punctual::new();
        // All that lives for an hour seems to have ended.
        let ahead = aws.clone();
        let clock = Clock::given(move || ahead.now() + Duration::from_hours(2));
        let builder = ClientBuilder::from_settings(&settings).unwrap();
        let client = builder.transport(aws.clone()).clock(clock).build().unwrap();
        for _ in 0..12 {
            client.invoke_model("m", "{}").await.unwrap();
            tokio::time::advance(Duration::from_secs(15)).await;
        }
        assert_eq!((aws.asked_of_sts(), aws.refused.load(Ordering::SeqCst)), (1, 1), "{config}");
        assert_eq!(aws.aws.uris().len(), 13);
        // Near their end they are renewed.
        tokio::time::advance(Duration::from_mins(50)).await;
        client.invoke_model("m", "{}").await.unwrap();
        assert_eq!((aws.asked_of_sts(), aws.refused.load(Ordering::SeqCst)), (2, 1), "{config}");
    }
}

#[test]
fn without_a_region_every_place_is_named_that_was_looked_at() {
    let builder = ClientBuilder::from_settings(&settings(&[])).unwrap();
    let error = builder.build().unwrap_err().to_string();
    assert!(error.contains("AWS_REGION") && error.contains("profile role"), "{error}");
    let error = ClientBuilder::default().build().unwrap_err();
    assert_eq!(error.message(), "a client needs a region");
    assert!(error.hint().unwrap().contains(".region(…)"), "{error}");
    let error = ClientBuilder::default().region("us-west-2").transport(Aws::default()).build().unwrap_err();
    assert_eq!(error.message(), "a client needs credentials");
    assert!(error.hint().unwrap().contains(".auth(…)"), "{error}");
}

#[test]
fn below_a_home_that_nobody_knows_there_is_no_file() {
    // A folder of the current one's may have that name.
    let files = [("~/.aws/config", "[default]\nregion = eu-west-3\n"), ("~/models", "")];
    let settings = |variables: &[(&str, &str)]| {
        Settings::load(Environment::given(variables.iter().copied(), files), Overrides::default())
    };
    assert_eq!(settings(&[]).unwrap().sourced_region(), None);
    let error = settings(&[("BEDWIRE_MODELS", "~/models")]).unwrap().model_options().unwrap_err();
    assert!(error.message().contains("there is no home directory here"), "{error}");
    let error = settings(&[("BEDWIRE_SHARED_PACING", "~/pacing")]).unwrap_err();
    assert!(error.message().starts_with("BEDWIRE_SHARED_PACING: ~/pacing cannot be found"), "{error}");
    let pacing = settings(&[("BEDWIRE_SHARED_PACING", "~/pacing"), ("HOME", "/h")]).unwrap().shared_pacing();
    assert_eq!(pacing.unwrap().value, std::path::Path::new("/h/pacing"));
}

#[cfg(not(any(feature = "client", feature = "native-tls")))]
#[test]
fn without_an_http_client_a_transport_is_asked_for() {
    let given = Client::builder().region("us-west-2").auth(Credentials::new("A", "s", None, None, "test"));
    for builder in [given, ClientBuilder::from_settings(&settings(&[("AWS_REGION", "eu-west-1")])).unwrap()] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.starts_with("a client needs a transport") && error.contains(".transport("), "{error}");
    }
}

#[cfg(any(feature = "client", feature = "native-tls"))]
#[tokio::test]
async fn a_network_that_is_given_comes_before_the_one_that_is_found() {
    use bedwire::client::settings::NetworkSettings;
    use bedwire::protocol::retry::RetryPolicy;
    use bedwire::transport::proxy::{Proxies, Proxy};

    let found = [("AWS_REGION", "eu-west-1"), ("HTTPS_PROXY", "http://found.invalid:1")];
    let proxy = Proxy::new("http://127.0.0.1:1", "the test").unwrap();
    let proxies = Proxies::from_variables(Some(proxy), &|_| Ok(None)).unwrap();
    let builder = ClientBuilder::from_settings(&settings(&found)).unwrap();
    let once = RetryPolicy { max_attempts: Some(1), ..RetryPolicy::default() };
    let builder = builder.auth(Credentials::new("A", "s", None, None, "test")).retry_policy(once);
    let client = builder.network(NetworkSettings { proxies, ..NetworkSettings::default() }).build().unwrap();
    let error = client.invoke_model("m", "{}").await.unwrap_err().to_string();
    assert!(error.contains("no connection to the proxy http://127.0.0.1:1 (the test)"), "{error}");
}
