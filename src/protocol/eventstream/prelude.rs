//! The first 12 bytes of a frame. Its checksum comes first: a length that is believed before it is checked is how a
//! damaged stream asks for gigabytes.

use super::crc::crc32_of_8;
use super::decode_error::DecodeProblem;

/// The prelude's own length.
pub(super) const PRELUDE: usize = 12;
/// The checksum at the end of a frame.
pub(super) const CHECKSUM: usize = 4;
/// A frame without headers and payload.
pub(super) const MINIMUM: u32 = 16;

/// The longest frame and the longest headers that are accepted, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole frame, from its first length to its last checksum.
    pub message: u32,
    /// All headers of a frame together.
    pub headers: u32,
}

impl Default for Limits {
    /// 24 MiB and 128 KiB, what the AWS SDKs accept.
    fn default() -> Self {
        Self { message: 24 * 1024 * 1024, headers: 128 * 1024 }
    }
}

/// A prelude that is sound and within the limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prelude {
    pub(super) message: usize,
    pub(super) headers: usize,
}

impl Prelude {
    /// The problem comes with the place in the prelude where it was found.
    #[inline]
    pub(super) fn read(bytes: &[u8; PRELUDE], limits: Limits) -> Result<Self, (usize, DecodeProblem)> {
        let [t0, t1, t2, t3, h0, h1, h2, h3, c0, c1, c2, c3] = *bytes;
        let message = u32::from_be_bytes([t0, t1, t2, t3]);
        let headers = u32::from_be_bytes([h0, h1, h2, h3]);
        let found = u32::from_be_bytes([c0, c1, c2, c3]);
        let computed = crc32_of_8([t0, t1, t2, t3, h0, h1, h2, h3]);
        if computed != found {
            return Err((8, DecodeProblem::PreludeChecksum { computed, found }));
        }
        if message > limits.message {
            return Err((0, DecodeProblem::MessageTooLong { length: message, limit: limits.message }));
        }
        let Some(room) = message.checked_sub(MINIMUM) else {
            return Err((0, DecodeProblem::MessageTooShort { length: message }));
        };
        if headers > limits.headers {
            return Err((4, DecodeProblem::HeadersTooLong { length: headers, limit: limits.headers }));
        }
        if headers > room {
            return Err((4, DecodeProblem::HeadersOverrun { length: headers, room }));
        }
        Ok(Self { message: message as usize, headers: headers as usize })
    }
}
