//! Keys and tokens must be what a header can carry, and the services know none that is not: what came along with one by
//! accident is named where it stands.

use crate::error::{Error, ErrorKind};
use std::fmt;

/// The same value, where it is printable ASCII. `place` says where it stands.
pub(super) fn carried(place: impl fmt::Display, value: &str) -> Result<&str, Error> {
    let Some(stray) = value.chars().find(|c| !c.is_ascii() || c.is_ascii_control()) else { return Ok(value) };
    let what = match stray {
        '\r' | '\n' => "a line end".to_owned(),
        // Never the value, nor a part of it that could be one.
        c if c.is_control() => format!("the control character U+{:04X}", u32::from(c)),
        _ => "a character that is no ASCII".to_owned(),
    };
    Err(Error::new(ErrorKind::Credentials, format!("{place} has {what} in it, which is in no key"))
        .with_hint("copy it anew"))
}
