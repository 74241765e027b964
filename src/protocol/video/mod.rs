//! Typed `modelInput` of the video models, with their limits.
