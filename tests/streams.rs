//! Event streams through the client's public face, over a scripted transport, in paused time.
#![cfg(feature = "client-core")]

mod support;

use aws_credential_types::Credentials;
use bedwire::client::{Interrupted, Timeouts};
use bedwire::protocol::auth::{ApiKey, Auth};
use bedwire::protocol::content::ConverseOutput;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::{ConverseStream, InvokeModelWithResponseStream};
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, TransportError};
use bedwire::{Error, ErrorKind};
use bytes::Bytes;
use futures_util::StreamExt as _;
use std::time::Duration;
use support::{Script, Step, builder, framed, seconds, throttled};

fn event(name: &str, payload: &str) -> Bytes {
    framed("event", ":event-type", name, payload)
}

fn exception(name: &str, message: &str) -> Bytes {
    framed("exception", ":exception-type", name, &serde_json::json!({ "message": message }).to_string())
}

fn text(text: &str) -> Bytes {
    event("contentBlockDelta", &format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{text}"}},"p":"abc"}}"#))
}

/// A short answer: `Hello`, in two pieces.
fn hello() -> Vec<Bytes> {
    vec![
        event("messageStart", r#"{"p":"ab","role":"assistant"}"#),
        text("Hel"),
        text("lo"),
        event("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        event("messageStop", r#"{"stopReason":"end_turn"}"#),
        event(
            "metadata",
            r#"{"metrics":{"latencyMs":5},"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#,
        ),
    ]
}

type Chunk = Result<Bytes, TransportError>;

fn streamed(chunks: impl IntoIterator<Item = Chunk, IntoIter: Send + 'static>) -> Step {
    let body = Body::stream(futures_util::stream::iter(chunks), None);
    Step::Answer(
        http::Response::builder()
            .header("content-type", "application/vnd.amazon.eventstream")
            .header("x-amzn-requestid", "r-1")
            .body(body)
            .unwrap(),
    )
}

fn frames(frames: Vec<Bytes>) -> Step {
    streamed(frames.into_iter().map(Ok))
}

fn cut() -> Chunk {
    Err(TransportError::new(WireFailure::CutBody, "cut"))
}

fn converse() -> ConverseStream {
    let model_id = ModelId::new("us.anthropic.claude-3-5-haiku-20241022-v1:0").unwrap();
    ConverseStream::new(model_id, r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#).unwrap()
}

/// The texts that arrived, and the error that ended it.
async fn read(script: &Script) -> (Vec<String>, Option<Error>) {
    let client = builder(script).build().unwrap();
    let mut stream = match client.stream(converse()).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), Some(error)),
    };
    let mut texts = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => texts.extend(event.text().map(str::to_owned)),
            Err(error) => {
                assert!(stream.next().await.is_none(), "a stream that broke is over");
                return (texts, Some(error));
            }
        }
    }
    (texts, None)
}

#[tokio::test(start_paused = true)]
async fn events_arrive_and_are_put_together() {
    let script = Script::new([frames(hello()), frames(hello())]);
    let (texts, error) = read(&script).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts, ["Hel", "lo"]);
    let client = builder(&script).build().unwrap();
    let answer = client.stream(converse()).await.unwrap().collect().await.unwrap();
    assert_eq!(answer.text(), "Hello");
    assert_eq!(answer.usage().unwrap().total_prompt_tokens(), 3);
}

#[tokio::test(start_paused = true)]
async fn any_cut_of_the_bytes_gives_the_same_events() {
    let whole: Vec<u8> = hello().concat();
    for size in [1, 2, 7, 16, 100, 1000] {
        let chunks: Vec<Bytes> = whole.chunks(size).map(Bytes::copy_from_slice).collect();
        let (texts, error) = read(&Script::new([frames(chunks)])).await;
        assert_eq!((texts.concat().as_str(), error.is_none()), ("Hello", true), "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_event_is_here_before_the_last_is_sent() {
    let slow = futures_util::stream::iter(hello()).then(|frame| async move {
        tokio::time::sleep(seconds(60)).await;
        Ok(frame)
    });
    let response = http::Response::new(Body::stream(slow, None));
    let script = Script::new([Step::Answer(response)]);
    let client = builder(&script).build().unwrap();
    let started = tokio::time::Instant::now();
    let mut stream = client.stream(converse()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert!(started.elapsed() < seconds(61), "{:?}", started.elapsed());
    stream.next().await.unwrap().unwrap();
    assert!(started.elapsed() < seconds(121), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_exception_before_the_first_event_is_a_refusal_that_is_retried() {
    let refused = || frames(vec![exception("throttlingException", "Too many requests")]);
    let script = Script::new([throttled(), refused(), refused(), frames(hello())]);
    let (texts, error) = read(&script).await;
    assert_eq!((texts.concat().as_str(), error.is_none(), script.count()), ("Hello", true, 4));

    let script =
        Script::new([frames(vec![exception("modelStreamErrorException", "broke")]), frames(hello())]);
    let (texts, error) = read(&script).await;
    assert_eq!((texts.concat().as_str(), error.is_none(), script.count()), ("Hello", true, 2));

    let script = Script::new([frames(vec![exception("validationException", "no")])]);
    let (_, error) = read(&script).await;
    let error = error.unwrap();
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (ErrorKind::Service, Some("ValidationException"), Some(400))
    );
    assert_eq!(error.request_id(), Some("r-1"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_before_its_first_event_is_retried_and_after_it_is_not() {
    let script = Script::new([streamed([cut()]), frames(Vec::new()), frames(hello())]);
    let (texts, error) = read(&script).await;
    assert_eq!((texts.concat().as_str(), error.is_none(), script.count()), ("Hello", true, 3));

    let start = || hello().into_iter().take(2).map(Ok);
    let script = Script::new([streamed(start().chain([cut()])), frames(hello())]);
    let (texts, error) = read(&script).await;
    assert_eq!((texts.as_slice(), script.count()), (&["Hel".to_owned()][..], 1));
    assert_eq!(error.unwrap().kind(), ErrorKind::BrokenStream);
}

#[tokio::test(start_paused = true)]
async fn an_exception_after_events_has_its_code_and_what_arrived_is_kept() {
    for (name, code, kind) in [
        ("throttlingException", "ThrottlingException", ErrorKind::Throttled),
        ("modelStreamErrorException", "ModelStreamErrorException", ErrorKind::Service),
        ("modelTimeoutException", "ModelTimeoutException", ErrorKind::Service),
        ("expiredTokenException", "ExpiredTokenException", ErrorKind::Credentials),
        ("internalServerException", "InternalServerException", ErrorKind::Service),
        ("serviceUnavailableException", "ServiceUnavailableException", ErrorKind::Service),
        ("validationException", "ValidationException", ErrorKind::Service),
    ] {
        let chunks: Vec<Bytes> = hello().into_iter().take(2).chain([exception(name, "later")]).collect();
        let script = Script::new([frames(chunks)]);
        let client = builder(&script).build().unwrap();
        let broken = client.stream(converse()).await.unwrap().collect().await.unwrap_err();
        let said = broken.error.to_string();
        // An error as any other: `?` puts it into a box.
        let boxed: Box<dyn std::error::Error> = broken.into();
        assert_eq!(boxed.to_string(), said);
        let Interrupted { error, arrived, .. } = *boxed.downcast::<Interrupted<ConverseOutput>>().unwrap();
        assert_eq!((error.code(), error.kind()), (Some(code), kind));
        assert!(error.message().contains("later"), "{error}");
        // What to do about it, as where it is the first event; a validation says all itself.
        assert_eq!(error.hint().is_some(), name != "validationException", "{error}");
        assert_eq!(error.request_id(), Some("r-1"));
        assert_eq!(arrived.text(), "Hel");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_key_that_is_refused_within_a_stream_is_told_from_a_key_pair() {
    for name in ["expiredTokenException", "unrecognizedClientException"] {
        let refused = || frames(hello().into_iter().take(2).chain([exception(name, "no")]).collect());
        for (auth, is_key) in [
            (Auth::Bearer(ApiKey::new("x")), true),
            (Auth::SigV4(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test")), false),
        ] {
            let script = Script::new([refused()]);
            let client = builder(&script).auth(auth).build().unwrap();
            let broken = client.stream(converse()).await.unwrap().collect().await.unwrap_err();
            let hint = broken.error.hint().unwrap();
            assert_eq!(hint.starts_with("the API key (AWS_BEARER_TOKEN_BEDROCK)"), is_key, "{hint}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_inside_a_stream_knows_the_call_that_opened_it() {
    let start = || hello().into_iter().take(2);
    let mut flipped = hello().concat();
    flipped[hello()[0].len() + 60] ^= 1;
    let broken = [
        frames(start().chain([exception("modelStreamErrorException", "broke")]).collect()),
        frames(vec![flipped.into()]),
        frames(start().collect()),
        streamed(start().map(Ok).chain([cut()])),
    ];
    for step in broken {
        let script = Script::new([throttled(), step]);
        let error = read(&script).await.1.unwrap();
        assert_eq!((error.attempts().len(), error.request_id()), (2, Some("r-1")), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_inside_a_frame_or_before_message_stop_is_truncation() {
    let whole = hello();
    let before_stop: Vec<Bytes> = whole.iter().take(4).cloned().collect();
    let (texts, error) = read(&Script::new([frames(before_stop)])).await;
    let error = error.unwrap();
    assert_eq!((texts.concat().as_str(), error.kind()), ("Hello", ErrorKind::BrokenStream));
    assert!(error.message().contains("messageStop"), "{error}");

    let bytes = whole.concat();
    let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
    let (_, error) = read(&Script::new([frames(vec![half])])).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::BrokenStream);
}

#[tokio::test(start_paused = true)]
async fn a_flipped_bit_is_found_and_located() {
    let mut bytes = hello().concat();
    let second = hello()[0].len();
    bytes[second + 60] ^= 1;
    let (texts, error) = read(&Script::new([frames(vec![bytes.into()])])).await;
    let error = error.unwrap();
    assert_eq!((texts.len(), error.kind()), (0, ErrorKind::BrokenStream));
    assert!(error.message().contains("frame 2"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_stream_after_five_minutes() {
    let first = futures_util::stream::iter([Ok(hello()[0].clone())]);
    let silent = Body::stream(first.chain(futures_util::stream::pending()), None);
    let script = Script::new([Step::Answer(http::Response::new(silent))]);
    let started = tokio::time::Instant::now();
    let (_, error) = read(&script).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Timeout);
    assert!(started.elapsed() >= seconds(300) && started.elapsed() < seconds(301), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_long_stream_is_not_ended_by_the_time_of_a_call() {
    let slow = futures_util::stream::iter(0..100).then(|_| async {
        tokio::time::sleep(Duration::from_mins(2)).await;
        Ok(text("x"))
    });
    let end = futures_util::stream::iter(hello().into_iter().skip(4).map(Ok));
    let script = Script::new([Step::Answer(http::Response::new(Body::stream(slow.chain(end), None)))]);
    let (texts, error) = read(&script).await;
    assert_eq!((texts.len(), error.is_none()), (100, true));
}

/// An event every minute.
fn slow_stream() -> Step {
    let slow =
        futures_util::stream::iter(hello().into_iter().cycle().skip(1).take(600)).then(|event| async {
            tokio::time::sleep(Duration::from_mins(1)).await;
            Ok(event)
        });
    Step::Answer(http::Response::new(Body::stream(slow, None)))
}

#[tokio::test(start_paused = true)]
async fn the_time_given_for_a_call_ends_a_stream_that_goes_on() {
    let silent = futures_util::stream::iter([Ok(hello()[0].clone())]).chain(futures_util::stream::pending());
    let silent = Step::Answer(http::Response::new(Body::stream(silent, None)));
    for step in [slow_stream(), silent] {
        let client = builder(&Script::new([step])).timeouts(Timeouts::of_call(seconds(150))).build().unwrap();
        let started = tokio::time::Instant::now();
        let Interrupted { error, .. } = client.stream(converse()).await.unwrap().collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(started.elapsed().as_secs(), 150);
        assert!(error.message().contains("no whole answer came in the 150.0 s of the call"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_call_passes_while_nobody_reads() {
    // Each event is there at once: there is no pause to end it in.
    let script = Script::new([frames(hello())]);
    let client = builder(&script).timeouts(Timeouts::of_call(seconds(150))).build().unwrap();
    let mut stream = client.stream(converse()).await.unwrap();
    tokio::time::sleep(seconds(151)).await;
    // The first event is here already, and is not lost.
    stream.next().await.unwrap().unwrap();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn unknown_events_pass_through() {
    let mut chunks = hello();
    chunks.insert(1, event("somethingNew", r#"{"a":1,"p":"x"}"#));
    let script = Script::new([frames(chunks)]);
    let client = builder(&script).build().unwrap();
    let events: Vec<String> =
        client.stream(converse()).await.unwrap().map(|event| event.unwrap().union_json()).collect().await;
    assert_eq!(events[1], r#"{"somethingNew":{"a":1}}"#);
    assert_eq!(events[2], r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hel"}}}"#);
}

#[tokio::test(start_paused = true)]
async fn chunks_of_invoke_model_are_decoded_and_the_last_has_the_metrics() {
    let chunk = |json: &str| {
        let bytes = base64_simd::STANDARD.encode_to_string(json.as_bytes());
        event("chunk", &serde_json::json!({ "bytes": bytes, "p": "ab" }).to_string())
    };
    let metrics = r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":7,"outputTokenCount":2}}"#;
    let script = Script::new([frames(vec![chunk(r#"{"type":"message_start"}"#), chunk(metrics)])]);
    let client = builder(&script).build().unwrap();
    let model_id = ModelId::new("us.anthropic.claude-3-5-haiku-20241022-v1:0").unwrap();
    let operation = InvokeModelWithResponseStream::new(model_id, "{}").unwrap();
    let answer = client.stream(operation).await.unwrap().collect().await.unwrap();
    assert_eq!(answer.chunks().len(), 2);
    assert_eq!(answer.chunks()[1].text(), metrics);
    assert_eq!(answer.metrics().unwrap().input_token_count, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_drops_its_connection() {
    struct Told(tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
    let guard = Told(told);
    let chunks = futures_util::stream::iter([Ok(hello()[0].clone())])
        .chain(futures_util::stream::pending())
        .map(move |chunk| {
            let _ = &guard;
            chunk
        });
    let script = Script::new([Step::Answer(http::Response::new(Body::stream(chunks, None)))]);
    let client = builder(&script).build().unwrap();
    let mut stream = client.stream(converse()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(hears.recv().await.is_some());
}
