//! What a client is put together from: what is given by hand comes before what is found.
#![cfg(feature = "client")]

mod credential_calls;

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::client::ClientBuilder;
use bedwire::client::credentials::{Static, WithApiKey};
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
async fn a_key_for_bedrock_and_one_for_the_rest_are_given_as_one() {
    let keys = || Arc::new(Static::new(Credentials::new("AKIDEXAMPLE", "s", None, None, "test")));
    let builder = || Client::builder().region("us-west-2");
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
