//! A Bedrock that answers locally.
