//! Placeholder.
/// x
pub struct NativeAnswer;
