//! Any bytes, cut anywhere: the decoder never panics, gives the same frames and the same error as for the whole, and
//! what it gives encodes to the bytes it came from.
//!
//! The first byte says how many cuts there are, the next ones where, and the rest is the stream. Checksums that a
//! fuzzer cannot guess are put right first, where the lengths allow it, in every second case.
#![no_main]

use bedwire::protocol::eventstream::{DecodeError, Decoder, Frame, Limits, encode};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

/// Small, so that a stream of a few bytes can be over them.
const LIMITS: Limits = Limits { message: 4096, headers: 512 };

fuzz_target!(|input: &[u8]| {
    let Some((&[control], input)) = input.split_first_chunk() else { return };
    let Some((cuts, stream)) = input.split_at_checked(usize::from(control >> 1) % 8) else { return };
    let mut stream = stream.to_vec();
    if control & 1 == 1 {
        put_checksums_right(&mut stream);
    }
    let stream = Bytes::from(stream);
    let (whole, end) = decode([stream.clone()]);
    let (split, split_end) = decode(pieces(&stream, cuts));
    assert_eq!(end, split_end);
    assert!(whole.iter().map(shown).eq(split.iter().map(shown)));

    let mut offset = 0;
    for (number, frame) in (1..).zip(&whole) {
        assert_eq!((frame.number(), frame.offset()), (number, offset));
        let start = offset as usize;
        assert_eq!(stream.get(start..start + frame.bytes().len()), Some(&frame.bytes()[..]));
        // A header's value over 32,767 bytes would be read and not be written; the limits are far below.
        assert_eq!(encode(frame.headers(), frame.payload()).as_ref(), Ok(frame.bytes()));
        offset += frame.bytes().len() as u64;
    }
    match end {
        Ok(()) => assert_eq!(offset, stream.len() as u64),
        Err(error) => {
            assert_eq!((error.frame_offset(), error.frame_number()), (offset, whole.len() as u64 + 1));
            assert!((offset..=stream.len() as u64).contains(&error.offset()), "{error}");
        }
    }
});

fn decode(chunks: impl IntoIterator<Item = Bytes>) -> (Vec<Frame>, Result<(), DecodeError>) {
    let mut decoder = Decoder::with_limits(LIMITS);
    let mut frames = Vec::new();
    for (index, chunk) in chunks.into_iter().enumerate() {
        decoder.push(chunk);
        // Some chunks wait for the next.
        while index % 3 != 2 {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, decoder.finish()),
            Err(error) => return (frames, Err(error)),
        }
    }
}

fn shown(frame: &Frame) -> (u64, u64, &Bytes, String) {
    (frame.number(), frame.offset(), frame.bytes(), format!("{frame:?}"))
}

fn pieces(stream: &Bytes, cuts: &[u8]) -> Vec<Bytes> {
    let mut rest = stream.clone();
    let mut pieces: Vec<Bytes> =
        cuts.iter().map(|cut| rest.split_to(rest.len().min(usize::from(*cut)))).collect();
    pieces.push(rest);
    pieces
}

fn put_checksums_right(stream: &mut [u8]) {
    let mut rest = stream;
    while rest.len() >= 16 {
        let checksum = crc32(&rest[..8]).to_be_bytes();
        rest[8..12].copy_from_slice(&checksum);
        let length = u32::from_be_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
        if length < 16 || length > rest.len() {
            return;
        }
        let (frame, after) = rest.split_at_mut(length);
        let checksum = crc32(&frame[..length - 4]).to_be_bytes();
        frame[length - 4..].copy_from_slice(&checksum);
        rest = after;
    }
}

/// Bit by bit, so that it shares nothing with the code under test.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
