//! How fast, and at what price: latency and service tier.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/latency-optimized-inference.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html>

use crate::protocol::words::words;

words! {
    /// How the model is run: `standard` or `optimized`.
    Latency, "performanceConfig.latency" {
        /// The default.
        Standard = "standard",
        /// Faster, for models that have it.
        Optimized = "optimized",
    }
}

words! {
    /// Which capacity answers.
    ServiceTier, "serviceTier" {
        /// Before others, at a higher price.
        Priority = "priority",
        /// On demand.
        Default = "default",
        /// After others, at a lower price.
        Flex = "flex",
        /// Capacity that was reserved.
        Reserved = "reserved",
    }
}
