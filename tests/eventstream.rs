//! Event-stream frames: against `aws-smithy-eventstream` in both directions, its vectors, recorded streams, any split
//! of the bytes, and any damage.

mod vectors;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder, write_message_to};
use aws_smithy_types::event_stream::{Header, HeaderValue as SmithyValue, Message};
use aws_smithy_types::{DateTime, str_bytes::StrBytes};
use bedwire::protocol::eventstream::{
    CONTENT_TYPE, DecodeError, DecodeProblem, Decoder, EncodeError, Frame, HeaderValue, Limits, encode,
};
use bytes::{Bytes, BytesMut};
use serde_json::Value;
use std::io::Write as _;
use std::ops::Range;

#[test]
fn ours_reads_what_smithy_writes() {
    let mut random = Random(1);
    for _ in 0..2_000 {
        let message = random.message();
        let bytes = written_by_smithy(&message);
        let frames = decode_all(&bytes).unwrap();
        assert_eq!(frames.len(), 1);
        assert_eq!(as_smithy(&frames[0]), message);
        assert_eq!(frames[0].bytes(), &bytes);
        assert_eq!(encoded_again(&frames[0]), bytes);
    }
}

#[test]
fn smithy_reads_what_ours_writes() {
    let mut random = Random(2);
    for _ in 0..2_000 {
        let message = random.message();
        let headers =
            message.headers().iter().map(|header| (header.name().as_str(), as_ours(header.value())));
        let bytes = encode(headers, message.payload()).unwrap();
        assert_eq!(read_by_smithy(&bytes), message);
    }
}

#[test]
fn the_vectors_are_accepted_and_refused() {
    let Some(folder) = vectors::find("event-stream") else { return };
    let (mut valid, mut invalid) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = Bytes::from(std::fs::read(&path).unwrap());
        if name.starts_with("valid_") {
            valid += 1;
            let frames = decode_all(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(as_smithy(&frames[0]), read_by_smithy(&bytes), "{name}");
            assert_eq!(encoded_again(&frames[0]), bytes, "{name}");
        } else if name.starts_with("invalid_") {
            invalid += 1;
            let error = decode_all(&bytes).expect_err(&name);
            assert_eq!((error.frame_number(), error.frame_offset()), (1, 0), "{name}: {error}");
        }
    }
    assert_eq!((valid, invalid), (3, 8));
}

#[test]
fn damaged_headers_are_found_at_their_byte() {
    // With checksums that are right, so that what is found is the header.
    let broken: [(&[u8], u64, DecodeProblem); 8] = [
        (b"\x04ab", 13, DecodeProblem::HeaderOverrun { needs: 4, left: 2 }),
        (b"\x02ab", 15, DecodeProblem::HeaderOverrun { needs: 1, left: 0 }),
        (b"\x01a\x00\x01b\x0a", 17, DecodeProblem::HeaderType { found: 10 }),
        (b"\x01a\x05\x00", 15, DecodeProblem::HeaderOverrun { needs: 8, left: 1 }),
        (b"\x01a\x07\x00", 15, DecodeProblem::HeaderOverrun { needs: 2, left: 1 }),
        (b"\x01a\x06\x00\x09abc", 17, DecodeProblem::HeaderOverrun { needs: 9, left: 3 }),
        (b"\x01a\x07\x00\x03ab\xff", 19, DecodeProblem::HeaderText),
        (b"\x02a\xff\x00", 14, DecodeProblem::HeaderText),
    ];
    for (headers, offset, problem) in broken {
        let error = decode_all(&framed(headers, b"payload")).unwrap_err();
        assert_eq!((error.offset(), error.problem()), (offset, problem), "{headers:?}: {error}");
    }
}

#[test]
fn the_frames_that_botocore_read_are_read_alike() {
    let Some(path) = vectors::find("event-stream/named.txt") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut read = 0;
    for lines in lines.windows(3) {
        let &[_name, hex, shown] = lines else { unreachable!() };
        let (Ok(bytes), Some((headers, payload))) = (hex::decode(hex), shown.split_once("} b'")) else {
            continue;
        };
        read += 1;
        let frames = decode_all(&Bytes::from(bytes.clone())).unwrap();
        let [frame] = frames.as_slice() else { panic!("{} frames", frames.len()) };
        let ours: Vec<_> =
            frame.headers().map(|(name, value)| format!("'{name}': '{}'", value.as_str().unwrap())).collect();
        assert_eq!(ours.join(", "), headers.trim_start_matches('{'));
        assert_eq!(frame.payload(), payload.trim_end_matches('\'').as_bytes());
        assert_eq!(encoded_again(frame), bytes);
    }
    assert_eq!(read, 5);
}

#[test]
fn every_recorded_stream_decodes_to_its_end() {
    let folder = std::env::var_os("BEDWIRE_RECORDINGS").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/recordings").into(),
        std::path::PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let _ = writeln!(std::io::stderr(), "skipped: there is no {}", folder.display());
        return;
    };
    let (mut streams, mut frames) = (0, 0);
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for (index, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let place = format!("{}:{}", path.display(), index + 1);
            let exchange: Value = serde_json::from_str(line).unwrap();
            if !is_event_stream(&exchange["response_headers"]) {
                continue;
            }
            let body = exchange["response_body"].as_str().unwrap();
            let body = Bytes::from(base64_simd::STANDARD.decode_to_vec(body).unwrap());
            let decoded = decode_all(&body).unwrap_or_else(|e| panic!("{place}: {e}"));
            let again: Vec<u8> = decoded.iter().flat_map(encoded_again).collect();
            assert_eq!(again, body, "{place}");
            streams += 1;
            frames += decoded.len();
        }
    }
    assert!(streams > 0, "no stream in {}", folder.display());
    let _ = writeln!(std::io::stderr(), "read {streams} recorded streams with {frames} frames");
}

#[test]
fn any_split_of_the_bytes_gives_the_same_frames() {
    let (stream, places) = small_stream();
    let whole = shown(&decode_all(&stream).unwrap());
    assert_eq!(whole.len(), places.len());
    let one_by_one: Vec<Range<usize>> = (0..stream.len()).map(|at| at..at + 1).collect();
    assert_eq!(shown(&decode_chunks(&stream, &one_by_one, true).unwrap()), whole);
    assert_eq!(shown(&decode_chunks(&stream, &one_by_one, false).unwrap()), whole);
    for first in 0..=stream.len() {
        for second in first..=stream.len() {
            let cuts = [0..first, first..second, second..stream.len()];
            let frames = decode_chunks(&stream, &cuts, second % 2 == 0).unwrap();
            assert_eq!(shown(&frames), whole, "cut at {first} and {second}");
        }
    }
    let mut random = Random(3);
    for _ in 0..500 {
        let cuts = random.cuts(stream.len());
        assert_eq!(shown(&decode_chunks(&stream, &cuts, true).unwrap()), whole, "{cuts:?}");
    }
}

#[test]
fn a_frame_comes_as_soon_as_its_last_byte_is_there() {
    let (stream, places) = small_stream();
    let mut decoder = Decoder::new();
    let mut ends = Vec::new();
    for at in 0..stream.len() {
        decoder.push(stream.slice(at..=at));
        while decoder.next_frame().unwrap().is_some() {
            ends.push(at + 1);
        }
    }
    assert_eq!(ends, places.iter().map(|place| place.end).collect::<Vec<_>>());
}

#[test]
fn a_payload_is_not_copied() {
    let (stream, places) = small_stream();
    for (frame, place) in decode_all(&stream).unwrap().into_iter().zip(places) {
        assert_eq!(frame.bytes().as_ptr(), stream[place].as_ptr());
        assert_eq!(frame.shared_payload(), frame.payload());
        // Where nothing is, there is nothing to share.
        if !frame.payload().is_empty() {
            assert_eq!(frame.shared_payload().as_ptr(), frame.payload().as_ptr());
        }
    }
}

#[test]
fn every_truncation_is_found() {
    let (stream, places) = small_stream();
    for length in 0..stream.len() {
        let cut = stream.slice(..length);
        let sound = places.iter().filter(|place| place.end <= length).count();
        let start = places[sound].start;
        for step in [stream.len(), 1] {
            let mut decoder = Decoder::new();
            let mut frames = 0;
            for at in (0..length).step_by(step) {
                decoder.push(cut.slice(at..length.min(at + step)));
                while decoder.next_frame().unwrap().is_some() {
                    frames += 1;
                }
            }
            assert_eq!(frames, sound, "cut at {length}");
            if length == start {
                decoder.finish().unwrap();
                continue;
            }
            let error = decoder.finish().unwrap_err();
            let has = length - start;
            let needs = if has < 12 { 16 } else { places[sound].len() };
            assert!(error.is_truncated());
            assert_eq!(error.problem(), DecodeProblem::Truncated { has: has as u64, needs: needs as u64 });
            assert_eq!(error.frame_number(), sound as u64 + 1);
            assert_eq!((error.frame_offset(), error.offset()), (start as u64, length as u64));
        }
    }
}

#[test]
fn every_flipped_bit_is_found_in_its_frame() {
    let (stream, places) = small_stream();
    for (index, place) in places.iter().enumerate() {
        for bit in place.start * 8..place.end * 8 {
            let mut damaged = stream.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let mut decoder = Decoder::new();
            decoder.push(Bytes::from(damaged));
            for _ in 0..index {
                decoder.next_frame().unwrap().unwrap();
            }
            let error = decoder.next_frame().unwrap_err();
            assert_eq!(
                (error.frame_number(), error.frame_offset()),
                (index as u64 + 1, place.start as u64),
                "bit {bit}"
            );
            let (problem, offset) = if bit / 8 - place.start < 12 {
                (matches!(error.problem(), DecodeProblem::PreludeChecksum { .. }), place.start + 8)
            } else {
                (matches!(error.problem(), DecodeProblem::MessageChecksum { .. }), place.end - 4)
            };
            assert!(problem, "bit {bit}: {error}");
            assert_eq!(error.offset(), offset as u64, "bit {bit}");
            // It stays failed, whatever comes.
            decoder.push(stream.clone());
            assert_eq!(decoder.next_frame().unwrap_err(), error);
            assert_eq!(decoder.finish().unwrap_err(), error);
        }
    }
}

#[test]
fn a_length_over_the_limit_is_refused_before_its_bytes_come() {
    let limits = Limits::default();
    let hostile = [
        (u32::MAX, 0, 0, DecodeProblem::MessageTooLong { length: u32::MAX, limit: limits.message }),
        (
            limits.message + 1,
            0,
            0,
            DecodeProblem::MessageTooLong { length: limits.message + 1, limit: limits.message },
        ),
        (
            limits.message,
            u32::MAX,
            4,
            DecodeProblem::HeadersTooLong { length: u32::MAX, limit: limits.headers },
        ),
        (
            limits.message,
            limits.headers + 1,
            4,
            DecodeProblem::HeadersTooLong { length: limits.headers + 1, limit: limits.headers },
        ),
        (15, 0, 0, DecodeProblem::MessageTooShort { length: 15 }),
        (0, 0, 0, DecodeProblem::MessageTooShort { length: 0 }),
        (20, 5, 4, DecodeProblem::HeadersOverrun { length: 5, room: 4 }),
    ];
    for (message, headers, offset, problem) in hostile {
        let prelude = prelude(message, headers);
        let error = decode_chunks(&prelude, &[0..5, 5..12], true).unwrap_err();
        assert_eq!((error.offset(), error.problem()), (offset, problem), "{error}");
    }
    // The limits themselves are allowed, and wait for their bytes.
    let error = decode_all(&prelude(limits.message, limits.headers)).unwrap_err();
    assert_eq!(error.problem(), DecodeProblem::Truncated { has: 12, needs: limits.message.into() });
    // And they can be set.
    let mut decoder = Decoder::with_limits(Limits { message: 100, headers: 10 });
    decoder.push(prelude(101, 0));
    assert_eq!(
        decoder.next_frame().unwrap_err().problem(),
        DecodeProblem::MessageTooLong { length: 101, limit: 100 }
    );
}

#[test]
fn an_error_says_where_and_what() {
    let (stream, places) = small_stream();
    let mut damaged = stream.to_vec();
    damaged[places[2].start + 3] ^= 1;
    let text = decode_all(&Bytes::from(damaged)).unwrap_err().to_string();
    let (start, at) = (places[2].start, places[2].start + 8);
    let expected = format!(
        "the event stream is broken at byte {at}, in frame 3 (from byte {start}): the lengths have the checksum "
    );
    assert!(text.starts_with(&expected), "{text}");
    let text = decode_all(&Bytes::from_static(b"{\"message\":\"no stream\"}")).unwrap_err().to_string();
    assert!(text.ends_with("and the frame says 65223a22"), "{text}");
}

#[test]
fn what_no_frame_can_hold_is_not_encoded() {
    let long = "x".repeat(32_768);
    let name = &long[..256];
    assert_eq!(encode([(name, HeaderValue::Bool(true))], b""), Err(EncodeError::HeaderName { length: 256 }));
    let too_long = EncodeError::HeaderValue { name: "a".to_owned(), length: 32_768 };
    assert_eq!(encode([("a", long.as_str().into())], b""), Err(too_long.clone()));
    assert_eq!(encode([("a", HeaderValue::Bytes(long.as_bytes()))], b""), Err(too_long));
    let headers = [("a", HeaderValue::from(&long[1..])); 4];
    assert_eq!(encode(headers, b""), Err(EncodeError::Headers { length: 4 * (5 + 32_767) }));
    let payload = vec![0; 24 * 1024 * 1024 - 15];
    assert_eq!(encode([], &payload), Err(EncodeError::Message { length: payload.len() + 16 }));
    let largest = encode([], &payload[1..]).unwrap();
    assert_eq!(decode_all(&largest).unwrap().len(), 1);
}

#[test]
fn no_bytes_make_it_panic() {
    let (stream, _) = small_stream();
    let mut random = Random(4);
    for round in 0..20_000 {
        let mut bytes = stream.to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.byte();
        }
        if round % 2 == 0 {
            // Checksums that are right let the damage through to the headers.
            let headers = random.bytes(40);
            bytes.splice(..0, framed(&headers, b"{}"));
        }
        let cuts = random.cuts(bytes.len());
        let bytes = Bytes::from(bytes);
        let split = decode_chunks(&bytes, &cuts, true).map(|frames| shown(&frames));
        assert_eq!(split, decode_all(&bytes).map(|frames| shown(&frames)), "{bytes:?} at {cuts:?}");
    }
}

/// Every kind of header, texts beyond ASCII, no headers, no payload, neither: and where each frame lies.
fn small_stream() -> (Bytes, Vec<Range<usize>>) {
    let frames = [
        encode([(":event-type", "chunk".into()), (":message-type", "event".into())], b"{\"p\":\"ab\"}"),
        encode([], b""),
        encode(
            [
                ("a", HeaderValue::Bool(true)),
                ("b", HeaderValue::Bool(false)),
                ("c", HeaderValue::Byte(-1)),
                ("d", HeaderValue::Int16(i16::MIN)),
                ("e", HeaderValue::Int32(7)),
                ("f", HeaderValue::Int64(i64::MAX)),
                ("g", HeaderValue::Bytes(b"\xff\x00")),
                ("größe", HeaderValue::String("ü")),
                ("h", HeaderValue::Timestamp(-1)),
                ("i", HeaderValue::Uuid([9; 16])),
            ],
            b"",
        ),
        encode([], b"payload"),
    ];
    let mut stream = BytesMut::new();
    let mut places = Vec::new();
    for frame in frames {
        let start = stream.len();
        stream.extend_from_slice(&frame.unwrap());
        places.push(start..stream.len());
    }
    (stream.freeze(), places)
}

fn decode_all(bytes: &Bytes) -> Result<Vec<Frame>, DecodeError> {
    decode_chunks(bytes, std::slice::from_ref(&(0..bytes.len())), true)
}

/// Pulls after every chunk, or only when all are pushed.
fn decode_chunks(bytes: &Bytes, cuts: &[Range<usize>], at_once: bool) -> Result<Vec<Frame>, DecodeError> {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    for cut in cuts {
        decoder.push(bytes.slice(cut.clone()));
        while let Some(frame) = at_once.then(|| decoder.next_frame()).transpose()?.flatten() {
            frames.push(frame);
        }
    }
    while let Some(frame) = decoder.next_frame()? {
        frames.push(frame);
    }
    decoder.finish()?;
    Ok(frames)
}

/// All that a frame has.
fn shown(frames: &[Frame]) -> Vec<(u64, u64, Bytes, String)> {
    frames.iter().map(|f| (f.number(), f.offset(), f.bytes().clone(), format!("{f:?}"))).collect()
}

fn encoded_again(frame: &Frame) -> Bytes {
    encode(frame.headers(), frame.payload()).unwrap()
}

fn prelude(message: u32, headers: u32) -> Bytes {
    let mut bytes = [message.to_be_bytes(), headers.to_be_bytes()].concat();
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.into()
}

/// A frame with checksums that are right around headers that need not be.
fn framed(headers: &[u8], payload: &[u8]) -> Bytes {
    let length = u32::try_from(headers.len()).unwrap();
    let message = length + u32::try_from(payload.len()).unwrap() + 16;
    let mut bytes = [&prelude(message, length), headers, payload].concat();
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
    bytes.into()
}

fn is_event_stream(headers: &Value) -> bool {
    let headers = headers.as_object().into_iter().flatten();
    headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .any(|(_, value)| value.to_string().contains(CONTENT_TYPE))
}

fn written_by_smithy(message: &Message) -> Bytes {
    let mut bytes = BytesMut::new();
    write_message_to(message, &mut bytes).unwrap();
    bytes.freeze()
}

fn read_by_smithy(bytes: &Bytes) -> Message {
    let mut rest = bytes.clone();
    match MessageFrameDecoder::new().decode_frame(&mut rest) {
        Ok(DecodedFrame::Complete(message)) => message,
        other => panic!("{other:?}"),
    }
}

fn as_smithy(frame: &Frame) -> Message {
    let headers = frame.headers().map(|(name, value)| {
        let value = match value {
            HeaderValue::Bool(value) => SmithyValue::Bool(value),
            HeaderValue::Byte(value) => SmithyValue::Byte(value),
            HeaderValue::Int16(value) => SmithyValue::Int16(value),
            HeaderValue::Int32(value) => SmithyValue::Int32(value),
            HeaderValue::Int64(value) => SmithyValue::Int64(value),
            HeaderValue::Bytes(value) => SmithyValue::ByteArray(Bytes::copy_from_slice(value)),
            HeaderValue::String(value) => SmithyValue::String(value.to_owned().into()),
            HeaderValue::Timestamp(value) => SmithyValue::Timestamp(DateTime::from_millis(value)),
            HeaderValue::Uuid(value) => SmithyValue::Uuid(u128::from_be_bytes(value)),
            other => panic!("{other:?}"),
        };
        Header::new(StrBytes::from(name.to_owned()), value)
    });
    Message::new_from_parts(headers.collect(), Bytes::copy_from_slice(frame.payload()))
}

fn as_ours(value: &SmithyValue) -> HeaderValue<'_> {
    match value {
        SmithyValue::Bool(value) => HeaderValue::Bool(*value),
        SmithyValue::Byte(value) => HeaderValue::Byte(*value),
        SmithyValue::Int16(value) => HeaderValue::Int16(*value),
        SmithyValue::Int32(value) => HeaderValue::Int32(*value),
        SmithyValue::Int64(value) => HeaderValue::Int64(*value),
        SmithyValue::ByteArray(value) => HeaderValue::Bytes(value),
        SmithyValue::String(value) => HeaderValue::String(value.as_str()),
        SmithyValue::Timestamp(value) => HeaderValue::Timestamp(value.to_millis().unwrap()),
        SmithyValue::Uuid(value) => HeaderValue::Uuid(value.to_be_bytes()),
        other => panic!("{other:?}"),
    }
}

/// A xorshift generator: the same messages in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// Up to `longest` bytes, short ones more often.
    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        let longest = self.below(longest + 1);
        let length = self.below(longest + 1);
        (0..length).map(|_| self.byte()).collect()
    }

    fn text(&mut self, longest: usize) -> String {
        let letters = ['a', '-', ':', ' ', '"', 'é', '世', '🎞'];
        (0..self.below(longest + 1)).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn value(&mut self) -> SmithyValue {
        let [a, b, c, d, ..] = self.next().to_be_bytes();
        let number = i64::from_be_bytes(self.next().to_be_bytes());
        match self.below(9) {
            0 => SmithyValue::Bool(a % 2 == 0),
            1 => SmithyValue::Byte(i8::from_be_bytes([a])),
            2 => SmithyValue::Int16(i16::from_be_bytes([a, b])),
            3 => SmithyValue::Int32(i32::from_be_bytes([a, b, c, d])),
            4 => SmithyValue::Int64(number),
            5 => SmithyValue::ByteArray(self.bytes(300).into()),
            6 => SmithyValue::String(self.text(300).into()),
            7 => SmithyValue::Timestamp(DateTime::from_millis(number)),
            _ => SmithyValue::Uuid(u128::from(self.next()) << 64 | u128::from(self.next())),
        }
    }

    fn message(&mut self) -> Message {
        let headers = (0..self.below(12)).map(|_| Header::new(self.text(60), self.value())).collect();
        Message::new_from_parts(headers, self.bytes(2_000))
    }

    /// Pieces that cover `0..length`, empty ones among them.
    fn cuts(&mut self, length: usize) -> Vec<Range<usize>> {
        let mut places: Vec<usize> = (0..self.below(8)).map(|_| self.below(length + 1)).collect();
        places.extend([0, length]);
        places.sort_unstable();
        places.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }
}
