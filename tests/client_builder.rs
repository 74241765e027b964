//! What a client is put together from: what is given by hand comes before what is found.
#![cfg(feature = "client-core")]

mod credential_calls;

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::client::ClientBuilder;
use bedwire::client::credentials::{ProvideAuth as _, Routes, Static, Wanted, WithApiKey};
use bedwire::client::settings::{Environment, Overrides, Settings};
use bedwire::protocol::auth::{ApiKey, Auth};
use bedwire::protocol::endpoint::Service;
use credential_calls::{Aws, access_key};
use std::sync::Arc;

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

#[test]
fn without_a_region_every_place_is_named_that_was_looked_at() {
    let builder = ClientBuilder::from_settings(&settings(&[])).unwrap();
    let error = builder.build().unwrap_err().to_string();
    assert!(error.contains("AWS_REGION") && error.contains("profile role"), "{error}");
    let error = ClientBuilder::default().build().unwrap_err().to_string();
    assert_eq!(error, "a client needs a region");
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
    let proxies = Proxies::from_variables(Some(proxy), &|_| None).unwrap();
    let builder = ClientBuilder::from_settings(&settings(&found)).unwrap();
    let once = RetryPolicy { max_attempts: Some(1), ..RetryPolicy::default() };
    let builder = builder.auth(Credentials::new("A", "s", None, None, "test")).retry_policy(once);
    let client = builder.network(NetworkSettings { proxies, ..NetworkSettings::default() }).build().unwrap();
    let error = client.invoke_model("m", "{}").await.unwrap_err().to_string();
    assert!(error.contains("no connection to the proxy http://127.0.0.1:1 (the test)"), "{error}");
}
