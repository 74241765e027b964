//! TLS, by rustls on `ring` or by the system.

mod certificate;
mod crypto_provider;
pub(super) mod failure;
mod rustls;

pub(super) use self::rustls::{LazyRoots, config, read_bundle};
