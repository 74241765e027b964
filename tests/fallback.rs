//! Routes to a model in their order, over a service that throttles region by region.
#![cfg(feature = "client")]

mod support;

use bedwire::client::{Fallback, Route};
use bedwire::protocol::model::ModelId;
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

#[tokio::test(start_paused = true)]
async fn only_what_is_listed_is_tried() {
    let regions = Regions::default();
    *regions.refusing.lock().unwrap() = vec![("us-", 429)];
    let error = call(&fallback(&regions)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    let mut called = regions.called.lock().unwrap().clone();
    called.dedup();
    assert_eq!(called, ["us-west-2", "us-east-1", "us-east-2"]);
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
