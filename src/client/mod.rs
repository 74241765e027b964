//! The request loop.
/// A client.
#[derive(Debug)]
pub struct Client;
