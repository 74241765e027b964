//! What is known while one request is read.

use crate::gateway::dropped::Dropped;
use crate::gateway::image_fetch::{ImageUrl, Images};
use crate::gateway::json::Value;
use crate::gateway::options::GatewayOptions;
use crate::gateway::refusal::Refusal;

/// How much of a client's text a message repeats, in characters.
const MAX_QUOTED: usize = 64;

/// What the operator allows.
#[derive(Clone, Debug, Default)]
pub(in crate::gateway) struct ReadOptions {
    /// Drops what Bedrock cannot honour, instead of refusing it.
    pub(in crate::gateway) drop_unsupported: bool,
    /// Fetches images that are given as http(s) URLs.
    pub(in crate::gateway) fetch_images: bool,
}

impl From<&GatewayOptions> for ReadOptions {
    fn from(options: &GatewayOptions) -> Self {
        Self { drop_unsupported: options.drop_unsupported, fetch_images: options.fetch_images.is_some() }
    }
}

/// What is allowed, what was fetched before, and what is dropped.
#[derive(Debug)]
pub(super) struct Reading<'r> {
    pub(super) options: &'r ReadOptions,
    pub(super) images: &'r Images,
    pub(super) image_urls: Vec<ImageUrl>,
    pub(super) dropped: Dropped,
    pub(super) cache_points: usize,
    pub(super) documents: usize,
}

impl<'r> Reading<'r> {
    pub(super) fn new(options: &'r ReadOptions, images: &'r Images) -> Self {
        let dropped = Dropped::new(options.drop_unsupported);
        Self { options, images, image_urls: Vec::new(), dropped, cache_points: 0, documents: 0 }
    }

    /// Drops what cannot be honoured where that is allowed; `why` ends the sentence "… cannot be honoured:".
    pub(super) fn cannot_honour(&mut self, value: Value<'_>, why: &str) -> Result<(), Refusal> {
        if self.dropped.drops_unsupported() {
            self.dropped.in_any_case(&value.path());
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
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
