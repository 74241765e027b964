//! The texts that a video is made of.

use crate::protocol::invalid_input::InvalidInput;

/// Between 1 and `max` characters, counted as Unicode scalar values.
pub(super) fn check_chars(field: &str, text: &str, max: usize) -> Result<(), InvalidInput> {
    let length = text.chars().count();
    if (1..=max).contains(&length) {
        return Ok(());
    }
    Err(InvalidInput::new(field, format!("has {length} characters; give 1 to {max}")))
}
