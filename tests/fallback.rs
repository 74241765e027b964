//! Routes to a model in their order, over a service that throttles region by region.
#![cfg(feature = "client-core")]

mod support;

use bedwire::client::{Fallback, Route, Timeouts};
use bedwire::protocol::invalid_input::InvalidInput;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::retry::RetryPolicy;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Client, Error, ErrorKind};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Step, credentials, ok, refusal, throttled};
use tokio::time::Instant;

const MODEL: &str = "us.anthropic.claude-3-5-haiku-20241022-v1:0";

/// Answers by region; the hosts that were called are kept.
#[derive(Clone, Default)]
struct Regions {
    refusing: Arc<Mutex<Vec<(&'static str, u16)>>>,
    called: Arc<Mutex<Vec<String>>>,
}

impl Transport for Regions {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let host = request.uri().host().unwrap().to_owned();
        let refusing = self.refusing.lock().unwrap();
        let step = match refusing.iter().find(|(region, _)| host.contains(region)) {
            Some((_, 429)) => throttled(),
            Some((_, 4290)) => refusal(429, "ThrottlingException", "Too many tokens per day, please wait."),
            Some((_, 403)) => refusal(403, "AccessDeniedException", "no"),
            Some(_) => refusal(503, "ServiceUnavailableException", "later"),
            None => ok(),
        };
        self.called.lock().unwrap().push(host.split('.').nth(1).unwrap().to_owned());
        Box::pin(async move {
            let Step::Answer(response) = step else { panic!("an answer") };
            Ok(response)
        })
    }
}

fn fallback(regions: &Regions) -> Fallback {
    let client = Client::builder().region("eu-west-1").auth(credentials()).transport(regions.clone());
    let routes = ["us-west-2", "us-east-1", "us-east-2"]
        .map(|region| Route { region: region.to_owned(), model_id: ModelId::new(MODEL).unwrap() });
    Fallback::new(&client.build().unwrap(), routes, Duration::from_secs(10)).unwrap()
}

async fn call(fallback: &Fallback) -> Result<(), Error> {
    let answer = fallback.call(|client, model_id| async move {
        client.invoke_model(model_id.as_str(), r#"{"max_tokens":1,"messages":[]}"#).await
    });
    answer.await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn a_route_that_is_throttled_is_left_and_the_next_one_kept() {
    let regions = Regions::default();
    let fallback = fallback(&regions);
    call(&fallback).await.unwrap();
    assert_eq!(*regions.called.lock().unwrap(), ["us-west-2"]);

    regions.refusing.lock().unwrap().push(("us-west-2", 429));
    let started = Instant::now();
    call(&fallback).await.unwrap();
    assert!(started.elapsed() <= Duration::from_secs(11), "{:?}", started.elapsed());
    assert_eq!(fallback.current().unwrap().region, "us-east-1");

    // The first is free again, but prompts are cached in the second by now.
    regions.refusing.lock().unwrap().clear();
    regions.called.lock().unwrap().clear();
    call(&fallback).await.unwrap();
    assert_eq!(*regions.called.lock().unwrap(), ["us-east-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_route_that_is_down_is_left_and_after_the_last_comes_the_first() {
    let regions = Regions::default();
    let fallback = fallback(&regions);
    *regions.refusing.lock().unwrap() = vec![("us-west-2", 503), ("us-east-1", 503)];
    call(&fallback).await.unwrap();
    assert_eq!(fallback.current().unwrap().region, "us-east-2");
    *regions.refusing.lock().unwrap() = vec![("us-east", 503)];
    call(&fallback).await.unwrap();
    assert_eq!(fallback.current().unwrap().region, "us-west-2");
}

/// A quota is waited for, though the other routes are of no use: throttling makes no failure of a call.
#[tokio::test(start_paused = true)]
async fn a_later_route_without_access_is_only_unavailable() {
    let regions = Regions::default();
    let fallback = fallback(&regions);
    *regions.refusing.lock().unwrap() = vec![("us-west-2", 429), ("us-east", 403)];
    let free = async {
        tokio::time::sleep(Duration::from_secs(45)).await;
        regions.refusing.lock().unwrap().remove(0);
    };
    let (answer, ()) = futures_util::future::join(call(&fallback), free).await;
    answer.unwrap();
    assert_eq!(fallback.current().unwrap().region, "us-west-2");
    let called = regions.called.lock().unwrap().join(" ");
    assert!(called.contains("us-west-2 us-east-1 us-east-2 us-west-2"), "{called}");
}

#[tokio::test(start_paused = true)]
async fn only_what_is_listed_is_tried() {
    let regions = Regions::default();
    *regions.refusing.lock().unwrap() = vec![("us-", 429)];
    let error = call(&fallback(&regions)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    let mut called = regions.called.lock().unwrap().clone();
    called.dedup();
    // Round after round, as long as a call may wait.
    assert_eq!(called[..4], ["us-west-2", "us-east-1", "us-east-2", "us-west-2"]);
    assert!(called.iter().all(|region| region.starts_with("us-")), "{called:?}");
    let hint = error.hint().unwrap();
    assert!(
        hint.starts_with("no route let it through: us.anthropic") && hint.contains("us-east-2;"),
        "{hint}"
    );
}

#[tokio::test(start_paused = true)]
async fn as_long_as_a_call_may_wait_its_routes_are_tried_again() {
    let regions = Regions::default();
    regions.refusing.lock().unwrap().push(("us-", 429));
    let fallback = fallback(&regions);
    let started = Instant::now();
    let free = async {
        tokio::time::sleep(Duration::from_mins(2)).await;
        regions.refusing.lock().unwrap().clear();
    };
    let (answer, ()) = futures_util::future::join(call(&fallback), free).await;
    answer.unwrap();
    assert!(started.elapsed() < Duration::from_secs(150), "{:?}", started.elapsed());

    // But no longer, and not at all where the time of a call is given and over.
    regions.refusing.lock().unwrap().push(("us-", 429));
    let started = Instant::now();
    assert_eq!(call(&fallback).await.unwrap_err().kind(), ErrorKind::Throttled);
    assert!(started.elapsed() <= Duration::from_secs(301), "{:?}", started.elapsed());
    let client = Client::builder().region("us-west-2").auth(credentials()).transport(regions.clone());
    let client = client.timeouts(Timeouts::of_call(Duration::from_secs(25))).build().unwrap();
    let routes = ["us-west-2", "us-east-1"].map(|region| route(region, MODEL).unwrap());
    let started = Instant::now();
    call(&Fallback::new(&client, routes, Duration::from_secs(10)).unwrap()).await.unwrap_err();
    assert!(started.elapsed() <= Duration::from_secs(26), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn where_attempts_are_counted_there_is_one_round() {
    let regions = Regions::default();
    regions.refusing.lock().unwrap().push(("us-", 429));
    let client = Client::builder().region("us-west-2").auth(credentials()).transport(regions.clone());
    let once = RetryPolicy { max_attempts: Some(1), ..RetryPolicy::default() };
    let client = client.retry_policy(once).build().unwrap();
    let routes = ["us-west-2", "us-east-1", "us-east-2"].map(|region| route(region, MODEL).unwrap());
    let fallback = Fallback::new(&client, routes, Duration::from_secs(10)).unwrap();
    let started = Instant::now();
    assert_eq!(call(&fallback).await.unwrap_err().kind(), ErrorKind::Throttled);
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(*regions.called.lock().unwrap(), ["us-west-2", "us-east-1", "us-east-2"]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_per_day_is_not_waited_for() {
    let regions = Regions::default();
    *regions.refusing.lock().unwrap() = vec![("us-west-2", 4290)];
    let fallback = fallback(&regions);
    let started = Instant::now();
    call(&fallback).await.unwrap();
    assert_eq!(started.elapsed(), Duration::ZERO);
    *regions.refusing.lock().unwrap() = vec![("us-", 4290)];
    let error = call(&fallback).await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed()), (ErrorKind::Throttled, Duration::ZERO));
}

fn route(region: &str, model: &str) -> Result<Route, InvalidInput> {
    Route::new(region, ModelId::new(model).unwrap())
}

#[tokio::test]
async fn a_route_that_leaves_its_region_or_geography_is_refused() {
    const ARN: &str = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x";
    for (region, model) in [
        ("us-east-1", "us.anthropic.claude-x"),
        ("eu-west-1", "eu.anthropic.claude-x"),
        ("eu-west-1", "anthropic.claude-x"),
        ("eu-west-1", "global.anthropic.claude-x"),
        ("ap-northeast-1", "jp.anthropic.claude-x"),
        ("us-gov-west-1", "us-gov.anthropic.claude-x"),
        ("us-east-1", ARN),
        ("us-east-1", "claude-sonnet-4"),
    ] {
        assert!(route(region, model).is_ok(), "{region} {model}");
    }
    for (region, model, said) in [
        ("eu-west-1", "us.anthropic.claude-x", "us. profiles do not serve eu-west-1"),
        ("us-gov-west-1", "global.anthropic.claude-x", "global. profiles do not serve"),
        ("ap-southeast-2", "jp.anthropic.claude-x", "jp. profiles do not serve"),
        ("us-west-2", ARN, "the ARN is of us-east-1"),
    ] {
        let refused = route(region, model).unwrap_err();
        assert!(refused.to_string().contains(said), "{refused}");
        // Built by hand, it is refused as well.
        let route = Route { region: region.to_owned(), model_id: ModelId::new(model).unwrap() };
        let client = Client::builder().region(region).auth(credentials()).transport(Regions::default());
        let refused = Fallback::new(&client.build().unwrap(), [route], Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_every_route_gives_is_returned_at_once() {
    let regions = Regions::default();
    *regions.refusing.lock().unwrap() = vec![("us-", 403)];
    assert_eq!(call(&fallback(&regions)).await.unwrap_err().status(), Some(403));
    let called = regions.called.lock().unwrap().clone();
    assert!(called.iter().all(|region| region == "us-west-2"), "{called:?}");
    let client = Client::builder().region("eu-west-1").auth(credentials()).transport(regions);
    let none = Fallback::new(&client.build().unwrap(), [], Duration::from_secs(1)).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput);
}
