//! What is wrong with a stream of bytes: which frame, at which byte, what was found and what was expected.

use std::fmt;

/// Why a stream cannot be decoded any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub(super) frame_number: u64,
    pub(super) frame_offset: u64,
    pub(super) offset: u64,
    pub(super) problem: DecodeProblem,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeProblem {
    /// The two lengths at the start of the frame do not have the checksum that stands after them. Bytes that are no
    /// event stream at all (a JSON or HTML body) fail here.
    PreludeChecksum {
        /// What the lengths come to.
        computed: u32,
        /// What the frame says.
        found: u32,
    },
    /// The frame does not have the checksum at its end.
    MessageChecksum {
        /// What the bytes come to.
        computed: u32,
        /// What the frame says.
        found: u32,
    },
    /// A total length under 16 bytes, which prelude and checksum alone have.
    MessageTooShort {
        /// The total length in the prelude.
        length: u32,
    },
    /// A total length over the limit.
    MessageTooLong {
        /// The total length in the prelude.
        length: u32,
        /// The most that is accepted.
        limit: u32,
    },
    /// Headers over the limit.
    HeadersTooLong {
        /// The headers' length in the prelude.
        length: u32,
        /// The most that is accepted.
        limit: u32,
    },
    /// Headers that are longer than the frame has room for.
    HeadersOverrun {
        /// The headers' length in the prelude.
        length: u32,
        /// The room between prelude and final checksum.
        room: u32,
    },
    /// A header's name or value that goes past the end of the headers.
    HeaderOverrun {
        /// The bytes that it needs.
        needs: usize,
        /// The bytes that the headers have left.
        left: usize,
    },
    /// A type of header value that does not exist; they go from 0 to 9.
    HeaderType {
        /// The type in the header.
        found: u8,
    },
    /// A header's name or string value that is no UTF-8.
    HeaderText,
    /// The stream ends inside a frame.
    Truncated {
        /// The bytes of the frame that are there.
        has: u64,
        /// The bytes that the frame says it has; 16, the least, while its prelude is not complete.
        needs: u64,
    },
}

impl DecodeError {
    /// The number of the damaged frame in the stream, from 1.
    pub fn frame_number(&self) -> u64 {
        self.frame_number
    }

    /// Where the damaged frame starts, in bytes from the start of the stream: everything before it is sound.
    pub fn frame_offset(&self) -> u64 {
        self.frame_offset
    }

    /// The byte that the problem was found at, from the start of the stream.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What is wrong.
    pub fn problem(&self) -> DecodeProblem {
        self.problem
    }

    /// Whether the stream was sound as far as it went, and ended too early.
    pub fn is_truncated(&self) -> bool {
        matches!(self.problem, DecodeProblem::Truncated { .. })
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frame_number, frame_offset, offset, problem } = self;
        write!(
            f,
            "the event stream is broken at byte {offset}, in frame {frame_number} (from byte {frame_offset}): {problem}"
        )
    }
}

impl fmt::Display for DecodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreludeChecksum { computed, found } => {
                write!(f, "the lengths have the checksum {computed:08x}, and the frame says {found:08x}")
            }
            Self::MessageChecksum { computed, found } => {
                write!(f, "the frame has the checksum {computed:08x}, and it says {found:08x}")
            }
            Self::MessageTooShort { length } => {
                write!(f, "a frame has at least 16 bytes, and this one says {length}")
            }
            Self::MessageTooLong { length, limit } => {
                write!(f, "a frame may have up to {limit} bytes, and this one says {length}")
            }
            Self::HeadersTooLong { length, limit } => {
                write!(f, "the headers may have up to {limit} bytes, and the frame says {length}")
            }
            Self::HeadersOverrun { length, room } => {
                write!(f, "the frame has room for {room} bytes of headers, and says {length}")
            }
            Self::HeaderOverrun { needs, left } => {
                write!(f, "a header needs {needs} more bytes, and the headers end after {left}")
            }
            Self::HeaderType { found } => {
                write!(f, "the types of header values go from 0 to 9, and this one is {found}")
            }
            Self::HeaderText => f.write_str("a header's name or text is no UTF-8"),
            Self::Truncated { has, needs } => {
                write!(f, "the stream ends after {has} bytes of a frame of at least {needs}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
