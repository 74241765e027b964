//! What is known while one request is read.

use crate::gateway::asked::Asked;
use crate::gateway::dropped::Dropped;
use crate::gateway::image_fetch::{ImageUrl, Images};
use crate::gateway::json::Value;
use crate::gateway::options::GatewayOptions;
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

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

/// What was read of a request, and what it names that is not there yet.
pub(in crate::gateway) struct Read<T> {
    pub(in crate::gateway) request: T,
    /// Images that must be fetched first; until then nothing stands in their places.
    pub(in crate::gateway) image_urls: Vec<ImageUrl>,
}

/// Reads a request, and fetches the images that it names.
pub(in crate::gateway::openai) async fn with_images<T>(
    asked: &Asked,
    read: impl Fn(&Bytes, &ReadOptions, &Images) -> Result<Read<T>, Refusal>,
) -> Result<T, Refusal> {
    let options = ReadOptions::from(&asked.in_force.options);
    let (fetch, image_urls) = {
        let Read { request, image_urls } = read(&asked.body, &options, &Images::new())?;
        match &asked.in_force.images {
            Some(fetch) if !image_urls.is_empty() => (fetch, image_urls),
            _ => return Ok(request),
        }
    };
    // To read again takes microseconds, to fetch takes milliseconds.
    let images = fetch.fetch(&image_urls).await?;
    Ok(read(&asked.body, &options, &images)?.request)
}

/// What is allowed, what was fetched before, and what is dropped.
#[derive(Debug)]
pub(in crate::gateway::openai) struct Reading<'r> {
    pub(in crate::gateway::openai) options: &'r ReadOptions,
    pub(in crate::gateway::openai) images: &'r Images,
    pub(in crate::gateway::openai) image_urls: Vec<ImageUrl>,
    pub(in crate::gateway::openai) dropped: Dropped,
    pub(in crate::gateway::openai) cache_points: usize,
    pub(in crate::gateway::openai) documents: usize,
}

impl<'r> Reading<'r> {
    pub(in crate::gateway::openai) fn new(options: &'r ReadOptions, images: &'r Images) -> Self {
        let dropped = Dropped::new(options.drop_unsupported);
        Self { options, images, image_urls: Vec::new(), dropped, cache_points: 0, documents: 0 }
    }

    /// Drops what cannot be honoured where that is allowed; `why` ends the sentence "… cannot be honoured:".
    pub(in crate::gateway::openai) fn cannot_honour(
        &mut self,
        value: Value<'_>,
        why: &str,
    ) -> Result<(), Refusal> {
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
pub(in crate::gateway::openai) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
