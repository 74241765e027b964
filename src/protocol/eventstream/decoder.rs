//! Bytes in, as the network cuts them; frames out.

use super::crc::crc32;
use super::decode_error::{DecodeError, DecodeProblem};
use super::frame::Frame;
use super::header;
use super::prelude::{CHECKSUM, Limits, MINIMUM, PRELUDE, Prelude};
use bytes::{Buf as _, Bytes, BytesMut};
use std::collections::VecDeque;

/// An incremental decoder: [`push`](Self::push) bytes, then pull frames until [`next_frame`](Self::next_frame) gives
/// none, and at the end of the stream ask [`finish`](Self::finish) whether it was whole.
///
/// A frame that lies within one chunk is a slice of that chunk; only a frame that is split over chunks is put
/// together, in memory that grows with the bytes that arrive and never by what a length promises. After an error the
/// decoder stays failed: where one frame is damaged, nobody knows where the next begins.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    /// What is left of the chunk at hand.
    chunk: Bytes,
    /// Chunks that were pushed before the one at hand was used up.
    waiting: VecDeque<Bytes>,
    /// The start of a frame that goes on in a later chunk. While there is one, every byte before `chunk` is in it.
    started: BytesMut,
    /// The prelude of the frame in `started`, once it is whole: it is checked once, in however many pieces it comes.
    prelude: Option<Prelude>,
    /// Frames that were given out.
    frames: u64,
    /// Where the next frame starts.
    offset: u64,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder with the default [`Limits`].
    pub fn new() -> Self {
        Self::default()
    }

    /// A decoder with limits of your own.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes the next bytes of the stream, cut anywhere. Nothing is looked at yet.
    pub fn push(&mut self, chunk: Bytes) {
        if self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            self.waiting.push_back(chunk);
        }
    }

    /// The next frame, `None` when more bytes are needed, or what is wrong with the stream.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let frame = self.advance();
        if let Err(error) = frame {
            self.fail(error);
        }
        frame
    }

    /// Whether the stream may end here. Ask when [`next_frame`](Self::next_frame) has no more to give: bytes that are
    /// left then are a frame that was cut off.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let not_looked_at: usize = self.chunk.len() + self.waiting.iter().map(Bytes::len).sum::<usize>();
        match (self.started.len() + not_looked_at) as u64 {
            0 => Ok(()),
            has => {
                let needs = self.prelude.map_or(u64::from(MINIMUM), |prelude| prelude.message as u64);
                Err(self.error_at(has, DecodeProblem::Truncated { has, needs }))
            }
        }
    }

    fn advance(&mut self) -> Result<Option<Frame>, DecodeError> {
        loop {
            if self.started.is_empty() {
                if let Some(frame) = self.frame_in_chunk()? {
                    return Ok(Some(frame));
                }
            } else if let Some(frame) = self.frame_over_chunks()? {
                return Ok(Some(frame));
            }
            // Neither leaves anything in the chunk when it has no frame to give.
            match self.waiting.pop_front() {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(None),
            }
        }
    }

    /// A frame that lies wholly in the chunk at hand; else the chunk's rest is the start of one.
    #[inline]
    fn frame_in_chunk(&mut self) -> Result<Option<Frame>, DecodeError> {
        if let Some(prelude) = self.chunk.first_chunk() {
            let prelude = self.read_prelude(prelude)?;
            if prelude.message <= self.chunk.len() {
                let bytes = self.chunk.split_to(prelude.message);
                return self.checked_frame(bytes, prelude).map(Some);
            }
            self.prelude = Some(prelude);
        }
        self.started.extend_from_slice(&self.chunk);
        self.chunk = Bytes::new();
        Ok(None)
    }

    /// A frame that began in an earlier chunk, if the chunk at hand has the rest of it.
    fn frame_over_chunks(&mut self) -> Result<Option<Frame>, DecodeError> {
        let prelude = if let Some(prelude) = self.prelude {
            prelude
        } else {
            self.take_up_to(PRELUDE);
            let Some(prelude) = self.started.first_chunk() else { return Ok(None) };
            *self.prelude.insert(self.read_prelude(prelude)?)
        };
        self.take_up_to(prelude.message);
        if self.started.len() < prelude.message {
            return Ok(None);
        }
        self.prelude = None;
        let bytes = std::mem::take(&mut self.started).freeze();
        self.checked_frame(bytes, prelude).map(Some)
    }

    /// Moves bytes from the chunk until `started` has `length`.
    fn take_up_to(&mut self, length: usize) {
        let take = length.saturating_sub(self.started.len()).min(self.chunk.len());
        self.started.extend_from_slice(self.chunk.get(..take).unwrap_or_default());
        self.chunk.advance(take);
    }

    #[inline]
    fn read_prelude(&self, bytes: &[u8; PRELUDE]) -> Result<Prelude, DecodeError> {
        Prelude::read(bytes, self.limits).map_err(|(place, problem)| self.error_at(place as u64, problem))
    }

    /// Checks the bytes of one frame and counts it.
    #[inline]
    fn checked_frame(&mut self, bytes: Bytes, prelude: Prelude) -> Result<Frame, DecodeError> {
        // Both are there: the frame has the length that its prelude says, at least 16 bytes.
        let (body, found) = bytes.split_last_chunk::<CHECKSUM>().unwrap_or((&[], &[0; CHECKSUM]));
        let (computed, found) = (crc32(body), u32::from_be_bytes(*found));
        if computed != found {
            return Err(self.error_at(body.len() as u64, DecodeProblem::MessageChecksum { computed, found }));
        }
        header::check(body.get(PRELUDE..PRELUDE + prelude.headers).unwrap_or_default())
            .map_err(|(place, problem)| self.error_at((PRELUDE + place) as u64, problem))?;

        let offset = self.offset;
        self.offset += prelude.message as u64;
        self.frames += 1;
        Ok(Frame { bytes, headers: prelude.headers, offset, number: self.frames })
    }

    /// `place` is counted from the start of the frame at hand.
    fn error_at(&self, place: u64, problem: DecodeProblem) -> DecodeError {
        DecodeError {
            frame_number: self.frames + 1,
            frame_offset: self.offset,
            offset: self.offset + place,
            problem,
        }
    }

    /// Keeps the error and lets go of everything else.
    fn fail(&mut self, error: DecodeError) {
        *self = Self { limits: self.limits, failed: Some(error), ..Self::default() };
    }
}
