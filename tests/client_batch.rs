//! Many calls of one model by the library, a bounded number at once, in paused time.
#![cfg(feature = "client-core")]

mod support;

use aws_credential_types::Credentials;
use bedwire::client::credentials::{ProvideAuth, Wanted};
use bedwire::client::{Batch, Fallback, Route};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock::ModelInvocationType;
use bedwire::protocol::retry::pacing::PacingOptions;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Client, Error};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{Step, answer, credentials, ok, refusal, seconds, throttled};
use tokio::time::{Instant, sleep, timeout};

const MODEL: &str = "amazon.titan-text-express-v1";

/// Answers after a moment, and counts its requests.
#[derive(Clone)]
struct Counting {
    answer: fn() -> Step,
    takes: Duration,
    sent: Arc<AtomicUsize>,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Counting {
    fn new(takes: Duration, answer: fn() -> Step) -> Self {
        Self { answer, takes, sent: Arc::default(), now: Arc::default(), most: Arc::default() }
    }

    fn client(&self, pacing: PacingOptions) -> Client {
        let client = Client::builder().region("us-west-2").auth(credentials()).pacing(pacing);
        client.transport(self.clone()).build().unwrap()
    }
}

impl Transport for Counting {
    fn send(
        &self,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async {
            self.sent.fetch_add(1, Ordering::SeqCst);
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            sleep(self.takes).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            let Step::Answer(response) = (self.answer)() else { panic!("an answer") };
            Ok(response)
        })
    }
}

fn batch(client: &Client, at_once: usize) -> Batch<'_, usize> {
    let at_once = NonZeroUsize::new(at_once).unwrap();
    client.batch(ModelId::new(MODEL).unwrap(), ModelInvocationType::InvokeModel, at_once)
}

#[tokio::test(start_paused = true)]
async fn the_library_calls_no_more_at_once_than_it_is_told() {
    let transport = Counting::new(Duration::from_millis(20), ok);
    let client = transport.client(PacingOptions::Learn);
    let mut batch = batch(&client, 3);
    let mut bodies = (0..10).map(|n| if n == 4 { "[]" } else { "{}" }).enumerate();
    let mut seen = BTreeSet::new();
    loop {
        while batch.has_room() {
            let Some((tag, body)) = bodies.next() else { break };
            batch.start(tag, body);
        }
        let Some(result) = batch.next().await else { break };
        assert_eq!(result.answer.is_err(), result.tag == 4, "{result:?}");
        assert!(seen.insert(result.tag));
    }
    assert_eq!(seen.len(), 10);
    assert_eq!(transport.most.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_stopped_sends_nothing_more_and_keeps_no_turn() {
    let transport = Counting::new(seconds(3), ok);
    let client = transport.client(PacingOptions::RateAndBurst { per_second: 0.1, burst: 1.0 });
    let mut batch = batch(&client, 5);
    for tag in 0..5 {
        batch.start(tag, "{}");
    }
    let begun = Instant::now();
    assert!(timeout(seconds(1), batch.next()).await.is_err(), "one is under way, four wait");
    assert_eq!(batch.stop(), 1);
    assert!(!batch.has_room());
    assert_eq!(batch.next().await.map(|result| result.tag), Some(0));
    assert!(batch.next().await.is_none());
    assert_eq!((begun.elapsed(), transport.sent.load(Ordering::SeqCst)), (seconds(3), 1));
    // The next turn, 10 seconds and a margin after the first, is that of the next call.
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert!(begun.elapsed() < seconds(3 + 11), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_of_a_stopped_batch_is_not_sent_again() {
    let transport = Counting::new(seconds(1), throttled);
    let client = transport.client(PacingOptions::Learn);
    let mut batch = batch(&client, 2);
    batch.start(0, "{}");
    batch.start(1, "{}");
    let begun = Instant::now();
    assert!(timeout(Duration::from_millis(500), batch.next()).await.is_err());
    let under_way = batch.stop();
    assert_eq!(under_way, transport.sent.load(Ordering::SeqCst));
    assert!(batch.next().await.is_none(), "what was throttled has no result");
    assert_eq!((begun.elapsed(), transport.sent.load(Ordering::SeqCst)), (seconds(1), under_way));
}

#[tokio::test(start_paused = true)]
async fn a_call_of_a_stopped_batch_takes_no_other_route_and_no_other_credentials() {
    let day = || refusal(429, "ThrottlingException", "Too many tokens per day, please wait.");
    let expired = || refusal(403, "ExpiredTokenException", "The security token is expired");
    for answer in [day as fn() -> Step, expired] {
        let transport = Counting::new(seconds(1), answer);
        let client = Client::builder().region("us-west-2").credentials(Fresh).transport(transport.clone());
        let routes = ["us-west-2", "us-east-1"]
            .map(|region| Route::new(region, ModelId::new(MODEL).unwrap()).unwrap());
        let fallback = Fallback::new(&client.build().unwrap(), routes, seconds(10)).unwrap();
        let mut batch = fallback.batch(ModelInvocationType::InvokeModel, NonZeroUsize::new(2).unwrap());
        batch.start(0, "{}");
        batch.start(1, "{}");
        assert!(timeout(Duration::from_millis(500), batch.next()).await.is_err());
        assert_eq!((batch.stop(), transport.sent.load(Ordering::SeqCst)), (2, 2));
        assert!(batch.next().await.is_none(), "what was refused has no result");
        assert_eq!(transport.sent.load(Ordering::SeqCst), 2);
    }
}

/// The list of profiles that one of its records asked for is every call's.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_stopped_leaves_what_others_wait_for() {
    let lists = Lists::default();
    let client = Client::builder().region("us-west-2").auth(credentials()).resolve_models(true);
    let client = client.transport(lists.clone()).build().unwrap();
    let (model_id, at_once) = (ModelId::new("nova-lite").unwrap(), NonZeroUsize::new(1).unwrap());
    let mut batch = client.batch(model_id, ModelInvocationType::InvokeModel, at_once);
    batch.start(0, "{}");
    assert!(timeout(seconds(1), batch.next()).await.is_err());
    assert_eq!(batch.stop(), 0, "its own request is not sent yet");
    assert!(batch.next().await.is_none());
    let begun = Instant::now();
    client.invoke_model("nova-lite", "{}").await.unwrap();
    assert!(begun.elapsed() < seconds(4), "{:?}", begun.elapsed());
    let (paths, model) = (lists.paths.lock().unwrap(), "/model/us.amazon.nova-lite-v1%3A0/invoke");
    assert_eq!(paths[..], ["/inference-profiles", "/inference-profiles", model]);
}

/// Fails to list the profiles, after a while, and then lists none.
#[derive(Clone, Default)]
struct Lists {
    paths: Arc<Mutex<Vec<String>>>,
}

impl Transport for Lists {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let is_first = {
                let mut paths = self.paths.lock().unwrap();
                paths.push(request.uri().path().to_owned());
                paths.len() == 1
            };
            sleep(seconds(if is_first { 2 } else { 0 })).await;
            let body = r#"{"inferenceProfileSummaries":[]}"#;
            let step = answer(if is_first { 503 } else { 200 }, &[], body);
            let Step::Answer(response) = step else { panic!("an answer") };
            Ok(response)
        })
    }
}

/// Other credentials, at once, whenever they are asked for.
struct Fresh;

impl ProvideAuth for Fresh {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        let key = if wanted.refused.is_some() { "AKIDNEXT" } else { "AKIDFIRST" };
        Box::pin(async move { Ok(Credentials::new(key, "secret", None, None, "test").into()) })
    }
}
