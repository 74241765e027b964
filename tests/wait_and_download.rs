//! Waiting for a job and fetching its output, over a transport that plays the service. Time is paused: no test sleeps.
#![cfg(feature = "client-core")]

use aws_credential_types::Credentials;
use bedwire::client::{Download, Timeouts, Wait};
use bedwire::protocol::operation::bedrock_runtime::InvocationArn;
use bedwire::protocol::operation::s3::S3Uri;
use bedwire::protocol::outcome::WireFailure;
use bedwire::protocol::retry::RetryPolicy;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Client, ErrorKind};
use bytes::Bytes;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const ARN: &str = "arn:aws:bedrock:eu-west-1:123456789012:async-invoke/abcdefghij12";
const CONTENT: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const ETAG: &str = "\"v1\"";

#[tokio::test(start_paused = true)]
async fn polls_are_further_and_further_apart() {
    let (client, seen) = service(|n, _| job(if n < 8 { "InProgress" } else { "Completed" }));
    let mut polls = 0;
    let done = client.wait_async_invoke(&arn(), &Wait::default(), |_| polls += 1).await.unwrap();
    assert_eq!(done.s3_uri().unwrap().as_str(), "s3://demo/out/abcdefghij12");
    assert_eq!(polls, 9);
    let seen = seen.lock().unwrap();
    let gaps: Vec<u128> = seen.windows(2).map(|pair| (pair[1].at - pair[0].at).as_millis()).collect();
    assert_eq!(gaps[..3], [500, 750, 1125]);
    assert!(gaps.iter().is_sorted(), "{gaps:?}");
    assert!(seen[0].uri.starts_with("https://bedrock-runtime.eu-west-1."), "{}", seen[0].uri);
}

#[tokio::test(start_paused = true)]
async fn no_interval_is_longer_than_the_longest_and_no_wait_than_the_limit() {
    let (client, seen) = service(|_, _| job("InProgress"));
    let started = Instant::now();
    let wait = Wait::default().limit(Duration::from_mins(10));
    let error = client.wait_async_invoke(&arn(), &wait, |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("still InProgress"), "{error}");
    assert_eq!(started.elapsed(), Duration::from_mins(10));
    let seen = seen.lock().unwrap();
    let longest = seen.windows(2).map(|pair| pair[1].at - pair[0].at).max().unwrap();
    assert_eq!(longest, Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn the_last_poll_is_at_the_limit() {
    // In the 12 s, but after the last interval that is there as a whole.
    let started = Instant::now();
    let (client, _) = service(move |_, _| {
        job(if started.elapsed() < Duration::from_secs(11) { "InProgress" } else { "Completed" })
    });
    let wait = Wait::default().limit(Duration::from_secs(12));
    client.wait_async_invoke(&arn(), &wait, |_| ()).await.unwrap();
    assert_eq!(started.elapsed(), Duration::from_secs(12));
}

#[tokio::test(start_paused = true)]
async fn intervals_may_be_as_long_as_anybody_says() {
    for seconds in [30, 1000, u64::MAX] {
        let (client, seen) = service(|_, _| job("InProgress"));
        let mut wait = Wait::default().limit(Duration::from_mins(1));
        wait.first_interval = Duration::from_secs(seconds);
        client.wait_async_invoke(&arn(), &wait, |_| ()).await.unwrap_err();
        let polls = seen.lock().unwrap().len();
        assert_eq!(polls, if seconds == 30 { 3 } else { 2 }, "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_an_error_with_the_reason() {
    let (client, _) = service(|_, _| {
        let text = format!(r#"{{"invocationArn":"{ARN}","status":"Failed","failureMessage":"no quota"}}"#);
        answer(200, &[], text)
    });
    let error = client.wait_async_invoke(&arn(), &Wait::default(), |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvocationFailed);
    assert!(error.message().ends_with("abcdefghij12 failed: no quota"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_outlives_an_outage_but_not_a_refusal() {
    let (client, _) = service(|n, _| match n {
        0 => job("InProgress"),
        1..12 => answer(503, &[], ""),
        _ => job("Completed"),
    });
    client.wait_async_invoke(&arn(), &Wait::default(), |_| ()).await.unwrap();
    let (client, seen) = service(|_, _| answer(403, &[("x-amzn-errortype", "AccessDeniedException")], "{}"));
    let error = client.wait_async_invoke(&arn(), &Wait::default(), |_| ()).await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_outlives_as_many_outages_as_there_are_but_does_not_begin_in_one() {
    // A call of one attempt: every failure is a failed poll.
    let wait = async |play: fn(usize) -> http::Response<Body>| {
        let seen = Log::default();
        let client = Client::builder()
            .region("us-west-2")
            .auth(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
            .retry_policy(RetryPolicy { max_attempts: Some(1), ..RetryPolicy::default() })
            .transport(Service { log: seen.clone(), play: move |n, _: &Seen| play(n) })
            .build()
            .unwrap();
        let waited = client.wait_async_invoke(&arn(), &Wait::default(), |_| ()).await;
        let polls = seen.lock().unwrap().len();
        (waited.map(|_| ()).map_err(|error| error.status()), polls)
    };
    let two_outages = wait(|n| match n {
        0 | 5 => job("InProgress"),
        1..5 | 6..10 => answer(503, &[], ""),
        _ => job("Completed"),
    });
    assert_eq!(two_outages.await, (Ok(()), 11));
    assert_eq!(wait(|_| answer(503, &[], "")).await, (Err(Some(503)), 1));
    let no_end = wait(|n| if n == 0 { job("InProgress") } else { answer(503, &[], "") });
    assert_eq!(no_end.await, (Err(Some(503)), 7));
}

#[tokio::test(start_paused = true)]
async fn a_download_is_there_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (client, seen) = service(|_, request| object(request, CONTENT.len()));
    let mut progress = Vec::new();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let length = client.download(&uri(), &to, |at| progress.push(at)).await.unwrap();
    assert_eq!(length, 36);
    assert_eq!(names(folder.path()), ["out.mp4"]);
    assert_eq!(std::fs::read(folder.path().join("out.mp4")).unwrap(), CONTENT);
    assert_eq!(progress.last().map(|at| (at.received, at.total)), Some((36, Some(36))));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri, "https://demo.s3.us-west-2.amazonaws.com/out/abcdefghij12/output.mp4");
    assert!(seen[0].header("authorization").contains("/us-west-2/s3/aws4_request"));
    assert!(!seen[0].header("x-amz-content-sha256").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cut_download_goes_on_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    // Ten bytes an answer, then the connection breaks.
    let (client, seen) = service(|_, request| object(request, 10));
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    assert_eq!(client.download(&uri(), &to, |_| ()).await.unwrap(), 36);
    assert_eq!(std::fs::read(to.file()).unwrap(), CONTENT);
    let seen = seen.lock().unwrap();
    let ranges: Vec<&str> = seen.iter().map(|request| request.header("range")).collect();
    assert_eq!(ranges, ["", "bytes=10-", "bytes=20-", "bytes=30-"]);
    assert!(seen[1..].iter().all(|request| request.header("if-match") == ETAG));
}

#[tokio::test(start_paused = true)]
async fn the_time_given_for_a_call_ends_a_download_in_all_its_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    // Ten bytes in eight seconds and a broken connection, and the second time nothing after that.
    let log = Log::default();
    let play = |n, request: &Seen| {
        let (parts, body) = object(request, 10).into_parts();
        let slow = futures_util::stream::once(async {
            tokio::time::sleep(Duration::from_secs(8)).await;
            body.collect(10).await.map_err(|_| TransportError::new(WireFailure::CutBody, "broken"))
        });
        let silent = futures_util::stream::pending();
        let body = if n == 0 { Body::stream(slow, None) } else { Body::stream(silent, None) };
        http::Response::from_parts(parts, body)
    };
    let client = Client::builder()
        .region("us-west-2")
        .auth(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .timeouts(Timeouts::of_call(Duration::from_secs(20)))
        .transport(Service { log: log.clone(), play })
        .build()
        .unwrap();
    let started = Instant::now();
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!((started.elapsed().as_secs(), log.lock().unwrap().len()), (20, 2));
    assert!(error.hint().unwrap().contains("what has arrived is kept"), "{error}");
    // The second piece had twelve seconds of them.
    assert!(error.message().contains("in the 20.0 s of the call"), "{error}");
}

/// A client whose calls last so long.
fn timed<F>(call: Duration, play: F) -> Client
where
    F: Fn(usize, &Seen) -> http::Response<Body> + Send + Sync + 'static,
{
    Client::builder()
        .region("us-west-2")
        .auth(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .timeouts(Timeouts::of_call(call))
        .transport(Service { log: Log::default(), play })
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_pause_of_a_download_outlasts_the_call() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let client =
        timed(Duration::from_secs(4), |_, _| answer(404, &[], "<Error><Code>NoSuchKey</Code></Error>"));
    let started = Instant::now();
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed()), (ErrorKind::Timeout, Duration::from_secs(4)), "{error}");
    assert!(error.to_string().contains("NoSuchKey"), "{error}");
    assert!(error.hint().unwrap().contains("did not appear"), "{error}");

    let client = timed(Duration::from_secs(1), |_, request| object(request, 0));
    let started = Instant::now();
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed()), (ErrorKind::Timeout, Duration::from_secs(1)), "{error}");
    assert!(error.message().contains("was cut"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_one_run_received_the_next_one_continues() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    // Ten bytes, then nothing but cuts.
    let (client, _) = service(|n, request| object(request, if n == 0 { 10 } else { 0 }));
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.hint().unwrap().contains("kept"), "{error}");
    assert_eq!(names(folder.path()), [".out.mp4.part", ".out.mp4.part.etag"]);
    let (client, seen) = service(|_, request| object(request, CONTENT.len()));
    client.download(&uri(), &to, |_| ()).await.unwrap();
    assert_eq!(std::fs::read(to.file()).unwrap(), CONTENT);
    assert_eq!(seen.lock().unwrap()[0].header("range"), "bytes=10-");
    assert_eq!(names(folder.path()), ["out.mp4"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_has_changed_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let (client, _) = service(|n, request| match n {
        0 => object(request, 10),
        1 => answer(412, &[], "<Error><Code>PreconditionFailed</Code></Error>"),
        _ => object(request, CONTENT.len()),
    });
    assert_eq!(client.download(&uri(), &to, |_| ()).await.unwrap(), 36);
    assert_eq!(std::fs::read(to.file()).unwrap(), CONTENT);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_another_object_is_not_joined_to_what_is_there() {
    // What stands between may take no notice of If-Match.
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let changed = |name: &'static str, value: &'static str| {
        move |request: &Seen| {
            let mut response = object(request, 99);
            response.headers_mut().insert(name, http::HeaderValue::from_static(value));
            response
        }
    };
    for other in [changed("etag", "\"v2\""), changed("content-range", "bytes 10-35/40")] {
        let (client, seen) = service(move |n, request| match n {
            0 => object(request, 10),
            1 => other(request),
            _ => object(request, 99),
        });
        assert_eq!(client.download(&uri(), &to, |_| ()).await.unwrap(), 36);
        assert_eq!(std::fs::read(to.file()).unwrap(), CONTENT);
        let ranges: Vec<_> =
            seen.lock().unwrap().iter().map(|request| request.header("range").to_owned()).collect();
        assert_eq!(ranges, ["", "bytes=10-", ""]);
    }
    // Nor is it fetched anew for ever.
    let other = changed("etag", "\"v2\"");
    let (client, seen) =
        service(move |n, request| if n % 2 == 0 { object(request, 10) } else { other(request) });
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Undecodable, "{error}");
    assert_eq!(seen.lock().unwrap().len(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_begins_elsewhere_is_not_joined_even_if_its_length_fits() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let (client, seen) = service(|n, request| match n {
        0 => object(request, 10),
        _ => answer(206, &[("etag", ETAG), ("content-range", "bytes 0-25/36")], &CONTENT[..26]),
    });
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Undecodable, "{error}");
    assert!(error.message().contains("another part than was asked for"), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 2);
    assert_eq!(names(folder.path()), [".out.mp4.part", ".out.mp4.part.etag"]);
    assert_eq!(std::fs::read(folder.path().join(".out.mp4.part")).unwrap(), &CONTENT[..10]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_longer_than_the_object_is_not_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let (client, _) = service(|_, _| {
        let longer = [CONTENT, b"more"].concat();
        answer(200, &[("etag", ETAG), ("content-length", "36")], longer)
    });
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Undecodable, "{error}");
    assert!(error.message().contains("S3 sent 40 bytes of an object of 36"), "{error}");
    assert!(!to.file().exists());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_appears_late_is_waited_for_but_not_forever() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let absent = || answer(404, &[], "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>");
    let (client, _) = service(move |n, request| if n < 4 { absent() } else { object(request, 99) });
    client.download(&uri(), &to.patience(Duration::MAX), |_| ()).await.unwrap();
    let (client, _) = service(move |_, _| absent());
    let started = Instant::now();
    let to = Download::to(folder.path().join("never.mp4")).unwrap();
    let error = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
    assert_eq!(started.elapsed(), Duration::from_mins(1));
    assert_eq!(names(folder.path()), ["out.mp4"]);
    let (client, seen) = service(|_, _| answer(404, &[], "<Error><Code>NoSuchBucket</Code></Error>"));
    client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_elsewhere_is_asked_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let redirect = || answer(301, &[("x-amz-bucket-region", "eu-central-1")], "");
    let (client, seen) = service(move |n, request| if n == 0 { redirect() } else { object(request, 99) });
    client.download(&uri(), &to, |_| ()).await.unwrap();
    {
        let seen = seen.lock().unwrap();
        assert!(seen[1].uri.starts_with("https://demo.s3.eu-central-1.amazonaws.com/"), "{}", seen[1].uri);
        assert!(seen[1].header("authorization").contains("/eu-central-1/s3/aws4_request"));
    }
    let (client, seen) = service(move |_, _| redirect());
    assert_eq!(client.download(&uri(), &to, |_| ()).await.unwrap_err().status(), Some(301));
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[test]
fn a_target_that_cannot_be_written_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let read_only = folder.path().join("read-only.mp4");
    std::fs::write(&read_only, "precious").unwrap();
    let mut permissions = std::fs::metadata(&read_only).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&read_only, permissions).unwrap();
    for bad in
        [folder.path().to_owned(), folder.path().join("no/such/out.mp4"), read_only, "/".into(), "..".into()]
    {
        let error = Download::to(&bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    Download::to(folder.path().join("fine.mp4")).unwrap();
    assert_eq!(names(folder.path()), ["read-only.mp4"]);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn a_part_that_others_may_have_written_is_not_joined() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let part = folder.path().join(".out.mp4.part");
    let cut = || service(|n, request| object(request, if n == 0 { 10 } else { 0 })).0;
    cut().download(&uri(), &to, |_| ()).await.unwrap_err();
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o666)).unwrap();
    let (client, seen) = service(|_, request| object(request, CONTENT.len()));
    client.download(&uri(), &to, |_| ()).await.unwrap();
    assert_eq!(seen.lock().unwrap()[0].header("range"), "");
    assert_eq!(std::fs::read(to.file()).unwrap(), CONTENT);
    assert_eq!(names(folder.path()), ["out.mp4"]);

    cut().download(&uri(), &to, |_| ()).await.unwrap_err();
    if let Err(e) = std::os::unix::fs::chown(&part, Some(54_321), None) {
        return eprintln!("SKIPPED: a file cannot be given to another user here: {e}");
    }
    let refused = Download::to(to.file()).unwrap_err();
    assert!(refused.message().contains("it belongs to another user"), "{refused}");
    let refused = client.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert!(refused.message().contains("it belongs to another user"), "{refused}");
    assert_eq!(names(folder.path()), [".out.mp4.part", ".out.mp4.part.etag", "out.mp4"]);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn what_another_put_at_the_part_files_name_is_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("victim.txt"), "precious").unwrap();
    let to = Download::to(at("out.mp4")).unwrap();
    let part = at(".out.mp4.part");
    let traps: [&dyn Fn(); 4] = [
        &|| std::os::unix::fs::symlink("victim.txt", &part).unwrap(),
        &|| std::os::unix::fs::symlink("not-there.txt", &part).unwrap(),
        &|| std::fs::hard_link(at("victim.txt"), &part).unwrap(),
        &|| assert!(std::process::Command::new("mkfifo").arg(&part).status().unwrap().success()),
    ];
    let (client, seen) = service(|_, request| object(request, 99));
    for (trap, lay) in traps.iter().enumerate() {
        lay();
        let refused = Download::to(at("out.mp4")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{trap}: {refused}");
        assert!(refused.message().contains(".out.mp4.part"), "{trap}: {refused}");
        // It may have been put there since.
        let refused = client.download(&uri(), &to, |_| ()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::File, "{trap}: {refused}");
        std::fs::remove_file(&part).unwrap();
    }
    assert!(seen.lock().unwrap().is_empty());
    // What is noted of the part is no way out either.
    let (cut, _) = service(|n, request| object(request, if n == 0 { 10 } else { 0 }));
    std::os::unix::fs::symlink("victim.txt", at(".out.mp4.part.etag")).unwrap();
    cut.download(&uri(), &to, |_| ()).await.unwrap_err();
    assert_eq!(names(folder.path()), [".out.mp4.part", ".out.mp4.part.etag", "victim.txt"]);
    assert_eq!(std::fs::read_to_string(at("victim.txt")).unwrap(), "precious");
    client.download(&uri(), &to, |_| ()).await.unwrap();
    assert_eq!(std::fs::read(to.file()).unwrap(), CONTENT);
    assert_eq!(names(folder.path()), ["out.mp4", "victim.txt"]);
}

/// A request, as the service saw it.
struct Seen {
    at: Instant,
    uri: String,
    headers: http::HeaderMap,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

type Log = Arc<Mutex<Vec<Seen>>>;

struct Service<F> {
    log: Log,
    play: F,
}

impl<F> Transport for Service<F>
where
    F: Fn(usize, &Seen) -> http::Response<Body> + Send + Sync + 'static,
{
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        let seen =
            Seen { at: Instant::now(), uri: request.uri().to_string(), headers: request.headers().clone() };
        let mut log = self.log.lock().unwrap();
        let response = (self.play)(log.len(), &seen);
        log.push(seen);
        Box::pin(async move { Ok(response) })
    }
}

/// A client of a service that answers the n-th request.
fn service<F>(play: F) -> (Client, Log)
where
    F: Fn(usize, &Seen) -> http::Response<Body> + Send + Sync + 'static,
{
    let log = Log::default();
    let client = Client::builder()
        .region("us-west-2")
        .auth(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .transport(Service { log: log.clone(), play })
        .build()
        .unwrap();
    (client, log)
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> http::Response<Body> {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::Whole(body.into())).unwrap()
}

fn job(status: &str) -> http::Response<Body> {
    let output = r#""outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://demo/out/abcdefghij12"}}"#;
    answer(200, &[], format!(r#"{{"invocationArn":"{ARN}","status":"{status}",{output}}}"#))
}

/// The object or its rest, as S3 answers; after `most` bytes the connection breaks.
fn object(request: &Seen, most: usize) -> http::Response<Body> {
    let range = request.header("range").strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
    let first: usize = range.map_or(0, |first| first.parse().unwrap());
    let rest = &CONTENT[first..];
    let mut response = http::Response::builder()
        .status(if range.is_some() { 206 } else { 200 })
        .header("etag", ETAG)
        .header("content-length", rest.len());
    if range.is_some() {
        let range = format!("bytes {first}-{}/{}", CONTENT.len() - 1, CONTENT.len());
        response = response.header("content-range", range);
    }
    let mut chunks: Vec<_> =
        rest[..rest.len().min(most)].chunks(4).map(|chunk| Ok(Bytes::from_static(chunk))).collect();
    if most < rest.len() {
        chunks.push(Err(TransportError::new(WireFailure::CutBody, "the connection broke")));
    }
    let length = Some(rest.len() as u64);
    response.body(Body::stream(futures_util::stream::iter(chunks), length)).unwrap()
}

fn arn() -> InvocationArn {
    InvocationArn::new(ARN).unwrap()
}

fn uri() -> S3Uri {
    S3Uri::new("s3://demo/out/abcdefghij12/output.mp4").unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
