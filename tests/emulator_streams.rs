//! Event streams of the emulator: valid by our decoder and by AWS's, sent as they are made, and broken as asked.
#![cfg(feature = "emulator")]

mod emulator_call;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits, StreamFailure, StreamFaults};
use bedwire::protocol::eventstream::{DecodeProblem, Decoder, Frame};
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, Transport, TransportError, serve};
use bytes::{Bytes, BytesMut};
use emulator_call::{Call, options};
use http::{HeaderMap, Response};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const CLAUDE: &str = "anthropic.claude-3-haiku-20240307-v1%3A0";

fn emulator(event_gap: Duration, stream: StreamFaults) -> Emulator {
    let faults = Faults { stream, ..Faults::default() };
    Emulator::new(EmulatorOptions { fixtures: None, event_gap, faults, ..options() })
}

fn ask(model: &str) -> Call {
    let body = json!({ "messages": [{ "role": "user", "content": [{ "text": "x" }] }] });
    Call::post(&format!("/model/{model}/converse-stream"), &body)
}

async fn start(emulator: &Emulator, call: &Call) -> Response<Body> {
    emulator.send(call.signed().map(Body::Whole)).await.unwrap()
}

/// The chunks of a body until its end or its error.
async fn chunks(mut body: Body) -> (Vec<Bytes>, Option<TransportError>) {
    let mut chunks = Vec::new();
    while let Some(chunk) = body.chunk().await {
        match chunk {
            Ok(chunk) => chunks.push(chunk),
            Err(error) => return (chunks, Some(error)),
        }
    }
    (chunks, None)
}

async fn whole(emulator: &Emulator, call: &Call) -> (HeaderMap, Vec<Bytes>) {
    let (parts, body) = start(emulator, call).await.into_parts();
    assert_eq!(parts.status, 200);
    let (chunks, error) = chunks(body).await;
    assert!(error.is_none(), "{error:?}");
    (parts.headers, chunks)
}

fn frames(chunks: &[Bytes]) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    chunks.iter().cloned().for_each(|chunk| decoder.push(chunk));
    let frames = std::iter::from_fn(|| decoder.next_frame().unwrap()).collect();
    decoder.finish().unwrap();
    frames
}

fn payload(frame: &Frame) -> Value {
    serde_json::from_slice(frame.payload()).unwrap()
}

fn events(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.string_header(":event-type").unwrap_or("-")).collect()
}

#[tokio::test]
async fn frames_are_valid_by_both_decoders_and_padded_like_the_services() {
    let emulator = emulator(Duration::ZERO, StreamFaults::default());
    let body: Value = serde_json::from_str(emulator_call::CLAUDE).unwrap();
    let invoke = |model: &str| Call::post(&format!("/model/{model}/invoke-with-response-stream"), &body);
    for (call, first, last) in [
        (ask(CLAUDE), "messageStart", "metadata"),
        (ask("amazon.nova-pro-v1%3A0"), "messageStart", "metadata"),
        (ask("us.meta.llama4-scout-17b-instruct-v1%3A0"), "messageStart", "metadata"),
        (ask("mistral.mistral-large-2407-v1%3A0"), "messageStart", "metadata"),
        (invoke(CLAUDE), "chunk", "chunk"),
        (invoke("amazon.nova-lite-v1%3A0"), "chunk", "chunk"),
        (invoke("meta.llama3-8b-instruct-v1%3A0"), "chunk", "chunk"),
        (invoke("mistral.mistral-7b-instruct-v0%3A2"), "chunk", "chunk"),
    ] {
        let (headers, chunks) = whole(&emulator, &call).await;
        assert_eq!(headers["content-type"], "application/vnd.amazon.eventstream");
        let frames = frames(&chunks);
        assert_eq!(frames.len(), chunks.len(), "a frame is sent when it is made");
        let events = events(&frames);
        assert_eq!((events[0], *events.last().unwrap()), (first, last));
        let mut lengths = Vec::new();
        for frame in &frames {
            let names: Vec<_> = frame.headers().map(|(name, _)| name.to_owned()).collect();
            assert_eq!(names, [":event-type", ":content-type", ":message-type"]);
            let payload = payload(frame);
            lengths.push(payload["p"].as_str().unwrap().len());
            if first == "chunk" {
                let bytes = payload["bytes"].as_str().unwrap();
                serde_json::from_slice::<Value>(&base64_simd::STANDARD.decode_to_vec(bytes).unwrap())
                    .unwrap();
                assert_eq!(headers["x-amzn-bedrock-content-type"], "application/json");
            }
        }
        assert!(lengths.iter().all(|length| (1..=62).contains(length)), "{lengths:?}");
        assert!(lengths.iter().any(|length| *length != lengths[0]), "{lengths:?}");

        let mut bytes = BytesMut::from(&chunks.concat()[..]);
        let mut theirs = MessageFrameDecoder::new();
        let mut count = 0;
        while let DecodedFrame::Complete(message) = theirs.decode_frame(&mut bytes).unwrap() {
            assert_eq!(message.payload().as_ref(), frames[count].payload());
            count += 1;
        }
        assert_eq!((count, bytes.len()), (frames.len(), 0));
    }
}

#[tokio::test]
async fn a_stream_is_refused_before_it_begins() {
    let emulator = emulator(Duration::ZERO, StreamFaults::default());
    let mut call = ask(CLAUDE);
    call.body = r#"{"messages":[{"role":"user","content":[{"text":""}]}]}"#.into();
    let refused = call.to(&emulator).await;
    assert_eq!(refused.header("content-type"), "application/json");
    refused.expect_refusal(400, "ValidationException", "is blank");
}

#[tokio::test(start_paused = true)]
async fn events_come_at_the_pace_that_is_asked_for() {
    let gap = Duration::from_millis(30);
    let emulator = emulator(gap, StreamFaults::default());
    let start_time = Instant::now();
    let mut body = start(&emulator, &ask(CLAUDE)).await.into_body();
    body.chunk().await.unwrap().unwrap();
    assert_eq!(start_time.elapsed(), Duration::ZERO, "the first comes at once");
    let mut count = 1;
    while let Some(chunk) = body.chunk().await {
        chunk.unwrap();
        assert_eq!(start_time.elapsed(), gap * count);
        count += 1;
    }
}

#[tokio::test]
async fn exceptions_come_after_so_many_events() {
    for (after, expected) in [(0, 0), (1, 1), (3, 3), (1000, 10)] {
        let failure = Some(StreamFailure::Exception("throttlingException".into()));
        let faults = StreamFaults { failure, failure_after: after, ..StreamFaults::default() };
        let (_, chunks) = whole(&emulator(Duration::ZERO, faults), &ask(CLAUDE)).await;
        let frames = frames(&chunks);
        assert_eq!(frames.len(), expected + 1, "after {after}: {:?}", events(&frames));
        let last = frames.last().unwrap();
        let header = |name| last.string_header(name).unwrap();
        assert_eq!(
            (header(":message-type"), header(":exception-type"), header(":content-type")),
            ("exception", "throttlingException", "application/json")
        );
        assert_eq!(payload(last), json!({ "message": "Too many tokens, please wait before trying again." }));
        assert!(last.header(":event-type").is_none());
    }
    let failure = Some(StreamFailure::Exception("modelStreamErrorException".into()));
    let (_, chunks) =
        whole(&emulator(Duration::ZERO, StreamFaults { failure, ..StreamFaults::default() }), &ask(CLAUDE))
            .await;
    assert_eq!(payload(&frames(&chunks)[0])["originalStatusCode"], 500);
    let failure = Some(StreamFailure::Error("InternalServerError".into()));
    let (_, chunks) =
        whole(&emulator(Duration::ZERO, StreamFaults { failure, ..StreamFaults::default() }), &ask(CLAUDE))
            .await;
    let error = &frames(&chunks)[0];
    assert_eq!(error.string_header(":error-code"), Some("InternalServerError"));
    assert!(error.string_header(":error-message").is_some() && error.payload().is_empty());
}

#[tokio::test]
async fn faults_hit_the_first_streams_only_where_that_is_asked_for() {
    let failure = Some(StreamFailure::Exception("internalServerException".into()));
    let emulator =
        emulator(Duration::ZERO, StreamFaults { failure, hits: Hits::first(1), ..StreamFaults::default() });
    let mut counts = Vec::new();
    for _ in 0..3 {
        counts.push(whole(&emulator, &ask(CLAUDE)).await.1.len());
    }
    assert_eq!(counts, [1, 10, 10]);
}

#[tokio::test]
async fn a_stream_is_cut_after_so_many_bytes() {
    for cut_after in [0, 1, 100, 200, 500] {
        let faults = StreamFaults { cut_after: Some(cut_after), ..StreamFaults::default() };
        let (chunks, error) =
            chunks(start(&emulator(Duration::ZERO, faults), &ask(CLAUDE)).await.into_body()).await;
        assert_eq!(error.unwrap().failure(), WireFailure::CutBody);
        assert_eq!(chunks.iter().map(Bytes::len).sum::<usize>() as u64, cut_after);
    }
    let faults = StreamFaults { cut_after: Some(1_000_000), ..StreamFaults::default() };
    assert_eq!(whole(&emulator(Duration::ZERO, faults), &ask(CLAUDE)).await.1.len(), 10);
    // The whole-body fault of every answer cuts streams, too.
    let faults = Faults { truncate: Hits::first(1), ..Faults::default() };
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, faults, ..options() });
    let (_, error) = chunks(start(&emulator, &ask(CLAUDE)).await.into_body()).await;
    assert_eq!(error.unwrap().failure(), WireFailure::CutBody);
}

#[tokio::test]
async fn one_frame_has_a_wrong_checksum() {
    let faults = StreamFaults { flip_crc: Some(3), ..StreamFaults::default() };
    let (_, chunks) = whole(&emulator(Duration::ZERO, faults), &ask(CLAUDE)).await;
    let mut decoder = Decoder::new();
    chunks.iter().cloned().for_each(|chunk| decoder.push(chunk));
    assert!(decoder.next_frame().unwrap().is_some() && decoder.next_frame().unwrap().is_some());
    let error = decoder.next_frame().unwrap_err();
    assert!(matches!(error.problem(), DecodeProblem::MessageChecksum { .. }), "{error}");
    assert_eq!(error.frame_number(), 3);
}

#[tokio::test(start_paused = true)]
async fn bytes_trickle() {
    let faults = StreamFaults { trickle: Some(Duration::from_millis(2)), ..StreamFaults::default() };
    let start_time = Instant::now();
    let (_, chunks) = whole(&emulator(Duration::ZERO, faults), &ask(CLAUDE)).await;
    assert!(chunks.iter().all(|chunk| chunk.len() == 1));
    assert_eq!(start_time.elapsed(), Duration::from_millis(2) * u32::try_from(chunks.len()).unwrap());
    assert_eq!(frames(&chunks).len(), 10);
}

#[tokio::test]
async fn echo_streams_what_was_asked() {
    let emulator = Emulator::new(EmulatorOptions { echo: true, ..options() });
    let (_, chunks) = whole(&emulator, &ask(CLAUDE)).await;
    let events: Vec<Value> = frames(&chunks).iter().map(payload).collect();
    let text: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(told["operation"], "ConverseStream");
    for model in [CLAUDE, "amazon.nova-lite-v1%3A0", "meta.llama3-8b-instruct-v1%3A0", "any.model"] {
        let call = Call::post(&format!("/model/{model}/invoke-with-response-stream"), &json!({ "é": "é" }));
        let (_, chunks) = whole(&emulator, &call).await;
        let decoded: Vec<Value> = frames(&chunks)
            .iter()
            .map(|frame| {
                base64_simd::STANDARD.decode_to_vec(payload(frame)["bytes"].as_str().unwrap()).unwrap()
            })
            .map(|chunk| serde_json::from_slice(&chunk).unwrap())
            .collect();
        let metrics = &decoded.last().unwrap()["amazon-bedrock-invocationMetrics"];
        assert!(metrics["outputTokenCount"].is_u64(), "{model}");
        let pointers = [
            "/delta/text",
            "/contentBlockDelta/delta/text",
            "/generation",
            "/outputText",
            "/choices/0/delta/content",
        ];
        let text: String = decoded
            .iter()
            .flat_map(|chunk| pointers.iter().filter_map(|pointer| chunk.pointer(pointer)?.as_str()))
            .collect();
        let told: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{model}: {e}: {text}"));
        assert_eq!(told["body"], json!({ "é": "é" }));
    }
}

/// On a socket, the first event is there while the second is not yet made.
#[tokio::test]
async fn the_first_event_is_flushed_before_the_last_is_made() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let emulator = emulator(Duration::from_hours(1), StreamFaults::default());
    let server = tokio::spawn(serve(listener, Arc::new(emulator), std::future::pending()));
    let mut call = ask(CLAUDE);
    call.url = call.url.replace("127.0.0.1:8099", &address.to_string());
    let request = call.signed();
    let mut text = format!("POST {} HTTP/1.1\r\n", request.uri().path());
    for (name, value) in request.headers() {
        write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    write!(text, "content-length: {}\r\n\r\n", request.body().len()).unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&[text.as_bytes(), request.body()].concat()).await.unwrap();
    let mut seen = Vec::new();
    let arrives = async {
        while !String::from_utf8_lossy(&seen).contains("\"role\":\"assistant\"") {
            assert!(stream.read_buf(&mut seen).await.unwrap() > 0);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrives).await.unwrap();
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("transfer-encoding: chunked") && !seen.contains("contentBlockDelta"), "{seen}");
    server.abort();
}
