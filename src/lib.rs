//! Amazon Bedrock on the wire: plain signed HTTP, without the AWS SDK.
//!
//! # Data path
//! ```text
//! protocol/operation/bedrock_runtime/invoke_model.rs  request(&endpoint)   input → http::Request
//! protocol/endpoint.rs, protocol/model/id.rs          where it goes; ':' → %3A
//! protocol/sigv4/sign.rs                              sign(request, auth, scope, now) → SignedRequest
//! client/send.rs                                      loop { sign · transport.send · classify · decide · wait }
//! transport/reqwest.rs                                the wire
//! protocol/outcome.rs                                 classify(…) → Outcome
//! protocol/retry/policy.rs                            decide(…) → Decision
//! protocol/operation/bedrock_runtime/invoke_model.rs  decode(response)     → typed output
//! ```
//! What the other files do stands in the docs of their folders.
//!
//! # Layers
//! A file imports only from its own top folder or from a lower number; peers never import each other. What is in
//! `protocol` cannot wait, read the clock or read the environment. `tests/architecture.rs` checks it.
//!
//! | layer | folder | job |
//! |---|---|---|
//! | 0 | [`protocol`] | pure: requests, signatures, decoding, retry decisions |
//! | 1 | `error`, [`fixture`] | the one public [`Error`]; exchanges on disk |
//! | 2 | `transport` | everything that answers a request |
//! | 3 | `client`, `emulator` | the request loop; a Bedrock that answers locally |
//! | 4 | `gateway` | OpenAI's and Anthropic's APIs in front of Bedrock |
//! | 4 | `proxy` | sign and forward, verify, watch |
//! | 5 | `cli` | the `bedwire` command |
//!
//! # Types that grow
//! A struct with public fields that callers write (options, settings, what is asked for) can be written whole; where
//! it may get more fields it has a `Default`, so that `..Timeouts::default()` takes the rest. A struct with public
//! fields that callers only read, or set one by one over its `Default` as the gateway's options, is
//! `#[non_exhaustive]`, and so is an enum that AWS or a later version may add to; an enum whose values are all that
//! there can be is not. `tests/architecture.rs` has the list of what is written and closed.
//!
//! # Features
//! | feature | brings |
//! |---|---|
//! | none | [`protocol`] and [`fixture`]: requests, signatures and answers, for a request loop of your own |
//! | `client-core` | `client` and `transport`: the whole client over a `Transport` that you give it |
//! | `client` | the same over reqwest, with TLS by rustls on `ring` |
//! | `native-tls` | the same over reqwest, with the system's TLS: alone, or beside rustls as a choice (`transport::NetworkSettings`) |
//! | `emulator`, `gateway`, `proxy` | the modules of those names, and `client` |
//! | `diagnosis` | captured requests read, the mistake behind a bad signature found; no client |
//! | `h2c` | HTTP/2 without TLS on the servers |
//! | `http2`, `socks`, `bundled-roots` | HTTP/2 by ALPN; SOCKS proxies; Mozilla's root certificates for rustls where the system has none |
//! | `cli` | the `bedwire` command: all but `http2` and `native-tls` (default) |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "client-core")]
pub mod client;
#[cfg(feature = "emulator")]
pub mod emulator;
mod error;
pub mod fixture;
#[cfg(feature = "gateway")]
pub mod gateway;
pub mod protocol;
#[cfg(feature = "proxy")]
pub mod proxy;
#[cfg(feature = "client-core")]
pub mod transport;

#[cfg(feature = "client-core")]
pub use client::Client;
pub use error::{Error, ErrorKind, Setting};
// What stands in public signatures: who uses them needs neither crate, nor its version, in a manifest.
pub use {bytes, http};

/// The README's Rust blocks, compiled.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
