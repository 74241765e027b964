//! Where a prompt is cached up to.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>

use crate::protocol::document::ObjectWriter;
use crate::protocol::words::words;

words! {
    /// How long a prompt stays in the cache.
    CacheTtl, "cachePoint.ttl" {
        /// 5 minutes.
        Minutes5 = "5m",
        /// 1 hour, for models that have it.
        Hour1 = "1h",
    }
}

/// Caches everything before it. A request has at most 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CachePoint {
    ttl: Option<CacheTtl>,
}

impl CachePoint {
    /// For as long as the service does: 5 minutes.
    pub fn new() -> Self {
        Self::default()
    }

    /// For this long.
    #[must_use]
    pub fn ttl(mut self, ttl: CacheTtl) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// How long, where it was given.
    pub fn lifetime(self) -> Option<CacheTtl> {
        self.ttl
    }

    pub(super) fn write(self, mut point: ObjectWriter<'_>) {
        point.string("type", "default");
        if let Some(ttl) = self.ttl {
            point.string("ttl", ttl.as_str());
        }
    }
}
