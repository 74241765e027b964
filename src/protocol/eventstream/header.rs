//! The headers of a frame, read where they lie: nothing is copied and nothing is allocated.

use super::decode_error::DecodeProblem;

pub(super) const TRUE: u8 = 0;
pub(super) const FALSE: u8 = 1;
pub(super) const BYTE: u8 = 2;
pub(super) const INT16: u8 = 3;
pub(super) const INT32: u8 = 4;
pub(super) const INT64: u8 = 5;
pub(super) const BYTES: u8 = 6;
pub(super) const STRING: u8 = 7;
pub(super) const TIMESTAMP: u8 = 8;
pub(super) const UUID: u8 = 9;

/// A header's value: the ten types of the wire (true and false are two).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderValue<'a> {
    /// Types 0 and 1.
    Bool(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Int16(i16),
    /// Type 4.
    Int32(i32),
    /// Type 5.
    Int64(i64),
    /// Type 6, up to 32,767 bytes.
    Bytes(&'a [u8]),
    /// Type 7, up to 32,767 bytes of UTF-8. Every header of Bedrock's own events is one.
    String(&'a str),
    /// Type 8: milliseconds since 1970, before it where negative.
    Timestamp(i64),
    /// Type 9.
    Uuid([u8; 16]),
}

impl<'a> HeaderValue<'a> {
    /// The text of a string, and of nothing else.
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> From<&'a str> for HeaderValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(text)
    }
}

/// The headers of one frame, in their order.
#[derive(Clone, Debug)]
pub struct Headers<'a> {
    rest: &'a [u8],
}

impl<'a> Headers<'a> {
    /// `bytes` are headers that [`check`] has let pass.
    pub(super) fn of_checked(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, HeaderValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let raw = RawHeader::take(&mut self.rest).ok()?;
        Some((std::str::from_utf8(raw.name).ok()?, raw.value()?))
    }
}

/// The value of the first header of that name in headers that [`check`] has let pass.
pub(super) fn find<'a>(mut bytes: &'a [u8], name: &str) -> Option<HeaderValue<'a>> {
    while let Ok(raw) = RawHeader::take(&mut bytes) {
        if raw.name == name.as_bytes() {
            return raw.value();
        }
    }
    None
}

/// Checks every length, type and text. The problem comes with its place in `bytes`.
#[inline]
pub(super) fn check(bytes: &[u8]) -> Result<(), (usize, DecodeProblem)> {
    // Where all bytes are ASCII, lengths and types included, so is every text: one look instead of two a header.
    let is_ascii = bytes.is_ascii();
    let mut rest = bytes;
    while !rest.is_empty() {
        let start = bytes.len() - rest.len();
        let raw = RawHeader::take(&mut rest).map_err(|(place, problem)| (start + place, problem))?;
        if !is_ascii {
            raw.check_text().map_err(|(place, problem)| (start + place, problem))?;
        }
    }
    Ok(())
}

/// A header taken apart, its texts not looked at.
struct RawHeader<'a> {
    name: &'a [u8],
    kind: u8,
    value: &'a [u8],
}

impl<'a> RawHeader<'a> {
    /// Takes one header off the front of `rest`. The problem comes with its place in what `rest` was.
    #[inline]
    fn take(rest: &mut &'a [u8]) -> Result<Self, (usize, DecodeProblem)> {
        let bytes = *rest;
        let overrun =
            |place: usize, needs| (place, DecodeProblem::HeaderOverrun { needs, left: bytes.len() - place });

        let (&length, after) = bytes.split_first().ok_or_else(|| overrun(0, 1))?;
        let length = usize::from(length);
        let (name, after) = after.split_at_checked(length).ok_or_else(|| overrun(1, length))?;
        let place = 1 + length;
        let (&kind, after) = after.split_first().ok_or_else(|| overrun(place, 1))?;
        let place = place + 1;
        let (length, after, place) = match kind {
            TRUE | FALSE => (0, after, place),
            BYTE => (1, after, place),
            INT16 => (2, after, place),
            INT32 => (4, after, place),
            INT64 | TIMESTAMP => (8, after, place),
            UUID => (16, after, place),
            BYTES | STRING => {
                let (length, after) = after.split_first_chunk().ok_or_else(|| overrun(place, 2))?;
                (usize::from(u16::from_be_bytes(*length)), after, place + 2)
            }
            found => return Err((place - 1, DecodeProblem::HeaderType { found })),
        };
        let (value, after) = after.split_at_checked(length).ok_or_else(|| overrun(place, length))?;
        *rest = after;
        Ok(Self { name, kind, value })
    }

    fn check_text(&self) -> Result<(), (usize, DecodeProblem)> {
        if let Err(e) = std::str::from_utf8(self.name) {
            return Err((1 + e.valid_up_to(), DecodeProblem::HeaderText));
        }
        match std::str::from_utf8(self.value) {
            Err(e) if self.kind == STRING => {
                // The name's length, the name, the type, and the value's length stand before the value.
                Err((4 + self.name.len() + e.valid_up_to(), DecodeProblem::HeaderText))
            }
            _ => Ok(()),
        }
    }

    fn value(&self) -> Option<HeaderValue<'a>> {
        let value = self.value;
        Some(match self.kind {
            TRUE => HeaderValue::Bool(true),
            FALSE => HeaderValue::Bool(false),
            BYTE => HeaderValue::Byte(i8::from_be_bytes(value.try_into().ok()?)),
            INT16 => HeaderValue::Int16(i16::from_be_bytes(value.try_into().ok()?)),
            INT32 => HeaderValue::Int32(i32::from_be_bytes(value.try_into().ok()?)),
            INT64 => HeaderValue::Int64(i64::from_be_bytes(value.try_into().ok()?)),
            BYTES => HeaderValue::Bytes(value),
            STRING => HeaderValue::String(std::str::from_utf8(value).ok()?),
            TIMESTAMP => HeaderValue::Timestamp(i64::from_be_bytes(value.try_into().ok()?)),
            UUID => HeaderValue::Uuid(value.try_into().ok()?),
            _ => return None,
        })
    }
}
