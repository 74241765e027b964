//! Credentials are kept and refreshed: when, how often, and what a refresh that fails does. In paused time.
#![cfg(feature = "client-core")]

mod credential_calls;

use aws_credential_types::Credentials;
use bedwire::client::credentials::{Cached, Lookup, MayAsk, ProvideAuth, Wanted};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::Service;
use bedwire::transport::BoxFuture;
use bedwire::{Client, Error, ErrorKind};
use credential_calls::{Aws, access_key};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How long a refresh takes.
const TAKES: Duration = Duration::from_secs(2);
const HOUR: Duration = Duration::from_hours(1);

/// A source that numbers what it gives; its clock is tokio's.
#[derive(Clone)]
struct Source {
    started: Instant,
    refreshes: Arc<AtomicU32>,
    early: Arc<AtomicU32>,
    fails: Arc<Mutex<bool>>,
    life: Duration,
}

impl Source {
    fn new(life: Duration) -> Self {
        Self {
            started: Instant::now(),
            refreshes: Arc::default(),
            early: Arc::default(),
            fails: Arc::default(),
            life,
        }
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(500_000) + self.started.elapsed()
    }

    fn cached(&self) -> Arc<Cached> {
        let clock = self.clone();
        Arc::new(Cached::with_clock(self.clone(), move || clock.now()))
    }

    fn refreshes(&self) -> u32 {
        self.refreshes.load(Ordering::SeqCst)
    }

    fn fail(&self, fails: bool) {
        *self.fails.lock().unwrap() = fails;
    }
}

impl Lookup for Source {
    fn look(&self, may_ask: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        Box::pin(async move {
            let number = self.refreshes.fetch_add(1, Ordering::SeqCst) + 1;
            self.early.fetch_add(u32::from(may_ask == MayAsk::Nobody), Ordering::SeqCst);
            tokio::time::sleep(TAKES).await;
            if *self.fails.lock().unwrap() {
                return Err(Error::new(ErrorKind::Credentials, "the source is down").with_hint("wait"));
            }
            let expiry = Some(self.now() + self.life);
            Ok(Credentials::new(format!("AKID{number}"), "s", None, expiry, "test").into())
        })
    }
}

async fn ask(cached: &Cached) -> Result<String, Error> {
    cached.auth(Wanted::new(&Service::Bedrock)).await.map(|auth| access_key(&auth).to_owned())
}

/// A thousand calls at once: the different answers that they get.
async fn thousand(cached: &Arc<Cached>) -> Vec<Result<String, String>> {
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let cached = Arc::clone(cached);
            tokio::spawn(async move { ask(&cached).await.map_err(|e| e.to_string()) })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers.sort();
    answers.dedup();
    answers
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_cause_one_refresh() {
    let source = Source::new(HOUR);
    let cached = source.cached();
    assert_eq!(thousand(&cached).await, [Ok("AKID1".to_owned())], "at the start");
    assert_eq!(thousand(&cached).await, [Ok("AKID1".to_owned())]);
    assert_eq!(source.refreshes(), 1);
    // Expired: all wait for one refresh.
    tokio::time::advance(HOUR + Duration::from_secs(1)).await;
    assert_eq!(thousand(&cached).await, [Ok("AKID2".to_owned())]);
    assert_eq!(source.refreshes(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_during_an_expiry_cause_one_refresh() {
    let source = Source::new(HOUR);
    let clock = source.clone();
    let aws = Aws::default();
    let client = Client::builder()
        .region("us-west-2")
        .credentials(Cached::with_clock(source.clone(), move || clock.now()))
        .transport(aws.clone())
        .build()
        .unwrap();
    client.invoke_model("m", "{}").await.unwrap();
    tokio::time::advance(HOUR).await;
    let calls = (0..1000).map(|_| client.invoke_model("m", "{}"));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(source.refreshes(), 2);
    assert!(aws.sent()[1..].iter().all(|sent| sent.access_key() == Some("AKID2")));
}

#[tokio::test(start_paused = true)]
async fn the_two_windows() {
    let source = Source::new(HOUR);
    let cached = source.cached();
    ask(&cached).await.unwrap();
    // 16 minutes before: nothing.
    tokio::time::advance(Duration::from_mins(44)).await;
    ask(&cached).await.unwrap();
    assert_eq!(source.refreshes(), 1);
    // 14 minutes before: calls go on at once with the old ones, while one refresh runs.
    tokio::time::advance(Duration::from_mins(2)).await;
    let before = Instant::now();
    assert_eq!(thousand(&cached).await, [Ok("AKID1".to_owned())]);
    assert_eq!(before.elapsed(), Duration::ZERO);
    tokio::time::sleep(TAKES * 2).await;
    assert_eq!((ask(&cached).await.unwrap().as_str(), source.refreshes()), ("AKID2", 2));
    assert_eq!(source.early.load(Ordering::SeqCst), 1);
    // 9 minutes before, and nobody called in between: calls wait.
    tokio::time::advance(Duration::from_mins(51)).await;
    let before = Instant::now();
    assert_eq!(thousand(&cached).await, [Ok("AKID3".to_owned())]);
    // The timers of tokio count in milliseconds.
    assert!(before.elapsed().abs_diff(TAKES) < Duration::from_millis(5), "{:?}", before.elapsed());
    assert_eq!(source.refreshes(), 3);
}

#[tokio::test(start_paused = true)]
async fn short_lives_are_not_refreshed_at_every_call() {
    let source = Source::new(Duration::from_mins(15));
    let cached = source.cached();
    for _ in 0..70 {
        ask(&cached).await.unwrap();
        tokio::time::advance(Duration::from_secs(6)).await;
    }
    // 7 of 15 minutes.
    assert_eq!(source.refreshes(), 1);
    tokio::time::advance(Duration::from_mins(1)).await;
    ask(&cached).await.unwrap();
    tokio::time::sleep(TAKES * 2).await;
    assert_eq!((ask(&cached).await.unwrap().as_str(), source.refreshes()), ("AKID2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_uses_what_is_still_valid() {
    let source = Source::new(HOUR);
    let cached = source.cached();
    ask(&cached).await.unwrap();
    source.fail(true);
    // 5 minutes before: it must be refreshed, and cannot.
    tokio::time::advance(Duration::from_mins(55)).await;
    assert_eq!(thousand(&cached).await, [Ok("AKID1".to_owned())]);
    assert_eq!(source.refreshes(), 2);
    // Not tried again for ten seconds.
    let before = Instant::now();
    assert_eq!((ask(&cached).await.unwrap().as_str(), before.elapsed()), ("AKID1", Duration::ZERO));
    tokio::time::advance(Duration::from_secs(11)).await;
    assert_eq!((ask(&cached).await.unwrap().as_str(), source.refreshes()), ("AKID1", 3));
    // Expired: one refresh, and its error for all.
    tokio::time::advance(Duration::from_mins(10)).await;
    assert_eq!(thousand(&cached).await, [Err("the source is down (wait)".to_owned())]);
    assert_eq!(source.refreshes(), 4);
    // The next call tries again.
    source.fail(false);
    assert_eq!(ask(&cached).await.unwrap(), "AKID5");
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_is_not_given_again() {
    let source = Source::new(HOUR);
    let cached = source.cached();
    let refused = cached.auth(Wanted::new(&Service::Bedrock)).await.unwrap();
    // A thousand calls were refused the same.
    let calls = (0..1000).map(|_| cached.auth(Wanted::new(&Service::Bedrock).instead_of(Some(&refused))));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.into_iter().all(|auth| access_key(&auth.unwrap()) == "AKID2"));
    // And a straggler, which gets what there is by now.
    let late = cached.auth(Wanted::new(&Service::Bedrock).instead_of(Some(&refused))).await.unwrap();
    assert_eq!((access_key(&late), source.refreshes()), ("AKID2", 2));
    // Without new ones, that is the error.
    source.fail(true);
    assert!(cached.auth(Wanted::new(&Service::Bedrock).instead_of(Some(&late))).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_away_takes_no_refresh_with_it() {
    let source = Source::new(HOUR);
    let cached = source.cached();
    assert!(tokio::time::timeout(Duration::from_millis(10), ask(&cached)).await.is_err());
    assert_eq!((ask(&cached).await.unwrap().as_str(), source.refreshes()), ("AKID1", 1));
}

#[test]
fn a_runtime_that_ends_leaves_nothing_locked() {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let first = runtime();
    let (source, cached) = first.block_on(async {
        let source = Source::new(HOUR);
        let cached = source.cached();
        let _ = tokio::time::timeout(Duration::from_millis(10), ask(&cached)).await;
        (source, cached)
    });
    drop(first);
    let answer = runtime().block_on(async { ask(&cached).await.unwrap() });
    assert_eq!((answer.as_str(), source.refreshes()), ("AKID2", 2));
}

#[test]
fn a_runtime_that_nobody_drives_holds_up_no_call_of_another() {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (idle, driven) = (runtime(), runtime());
    let (source, cached) = idle.block_on(async {
        let source = Source::new(HOUR);
        let cached = source.cached();
        let _ = tokio::time::timeout(Duration::from_millis(10), ask(&cached)).await;
        (source, cached)
    });
    let answer = driven.block_on(async {
        let begun = Instant::now();
        let answer = ask(&cached).await.unwrap();
        assert!(begun.elapsed() < TAKES * 2, "{:?}", begun.elapsed());
        answer
    });
    assert_eq!((answer.as_str(), source.refreshes()), ("AKID2", 2));
    // What was begun first ends when somebody drives it again, and is older than what there is.
    idle.block_on(async { tokio::time::sleep(TAKES * 2).await });
    assert_eq!(driven.block_on(ask(&cached)).unwrap(), "AKID2");
}

#[test]
fn a_runtime_that_is_driven_is_waited_for() {
    let first = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let (gate, is_open) = tokio::sync::oneshot::channel();
    let source = Gated { gate: Mutex::new(Some(is_open)), asked: Arc::default() };
    let (asked, cached) = (Arc::clone(&source.asked), Arc::new(Cached::new(source)));
    first.block_on(async {
        let _ = tokio::time::timeout(Duration::from_millis(10), ask(&cached)).await;
    });
    let second = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    second.block_on(async {
        let mut call = Box::pin(ask(&cached));
        // Longer than it takes to find out whether the other is driven.
        let waited = tokio::time::timeout(Duration::from_millis(1200), &mut call).await;
        assert!(waited.is_err(), "{waited:?}");
        gate.send(()).unwrap();
        assert_eq!(call.await.unwrap(), "AKID1");
    });
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// A source that answers when it is let.
struct Gated {
    gate: Mutex<Option<tokio::sync::oneshot::Receiver<()>>>,
    asked: Arc<AtomicU32>,
}

impl Lookup for Gated {
    fn look(&self, _: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let gate = self.gate.lock().unwrap().take();
        Box::pin(async move {
            gate.unwrap().await.unwrap();
            Ok(Credentials::new("AKID1", "s", None, None, "test").into())
        })
    }
}

/// A source that is broken, and counts how often it is asked.
#[derive(Clone, Default)]
struct Panicking(Arc<AtomicU32>);

impl Lookup for Panicking {
    fn look(&self, _: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("the source is broken");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_an_error_of_each_call_that_waits() {
    let source = Panicking::default();
    let cached = Arc::new(Cached::new(source.clone()));
    let said = "the search for credentials panicked".to_owned();
    assert_eq!(thousand(&cached).await, [Err(said)]);
    assert_eq!(source.0.load(Ordering::SeqCst), 1);
    assert_eq!(ask(&cached).await.unwrap_err().kind(), ErrorKind::Credentials);
}

#[test]
fn a_call_that_outlives_its_runtime_ends() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (handle, (begun, has_begun)) = (runtime.handle().clone(), std::sync::mpsc::channel());
    let source = Endless(begun);
    let call = std::thread::spawn(move || {
        let cached = Cached::new(source);
        handle.block_on(async { ask(&cached).await.unwrap_err() })
    });
    has_begun.recv().unwrap();
    runtime.shutdown_background();
    let error = call.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Credentials);
    assert!(error.to_string().contains("runtime"), "{error}");
}

/// A source that says when it is asked, and never answers.
struct Endless(std::sync::mpsc::Sender<()>);

impl Lookup for Endless {
    fn look(&self, _: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        self.0.send(()).unwrap();
        Box::pin(std::future::pending())
    }
}
