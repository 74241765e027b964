//! What is known while one request is read.

use super::ReadOptions;
use crate::gateway::image_fetch::{ImageUrl, Images};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;

/// How many names go into the header of what was left out, and how long each may be.
const MAX_DROPPED: usize = 32;
const MAX_NAME: usize = 64;

/// What is allowed, what was fetched before, and what is left out.
#[derive(Debug)]
pub(super) struct Reading<'r> {
    pub(super) options: &'r ReadOptions,
    pub(super) images: &'r Images,
    pub(super) image_urls: Vec<ImageUrl>,
    pub(super) dropped: Vec<String>,
    pub(super) cache_points: usize,
    pub(super) documents: usize,
}

impl<'r> Reading<'r> {
    pub(super) fn new(options: &'r ReadOptions, images: &'r Images) -> Self {
        let (image_urls, dropped) = (Vec::new(), Vec::new());
        Self { options, images, image_urls, dropped, cache_points: 0, documents: 0 }
    }

    /// Leaves a field out, and names it.
    pub(super) fn leave_out(&mut self, path: &str) {
        let name: String = path
            .chars()
            .take(MAX_NAME)
            .map(|c| if c.is_ascii_graphic() && c != ',' { c } else { '_' })
            .collect();
        if self.dropped.len() < MAX_DROPPED && !self.dropped.contains(&name) {
            self.dropped.push(name);
        }
    }

    /// Leaves out what cannot be honoured where that is allowed; `why` ends the sentence "… cannot be honoured:".
    pub(super) fn cannot_honour(&mut self, value: Value<'_>, why: &str) -> Result<(), Refusal> {
        if self.options.drop_unsupported {
            self.leave_out(&value.path());
            return Ok(());
        }
        let problem = format!(
            "cannot be honoured: {why}; leave it out, or let the gateway drop such parameters (--drop-unsupported)"
        );
        Err(value.refuse(&problem).code("unsupported_parameter"))
    }
}

/// The beginning of a client's text, for a message: what is refused may be long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
