//! The request loop over any transport: `client/send.rs` is the loop, everything else serves it.
//!
//! ```no_run
//! # #[cfg(feature = "_network")]
//! # async fn example() -> Result<(), bedwire::Error> {
//! use bedwire::Client;
//!
//! let client = Client::from_env()?;
//! let body = r#"{"inputText":"Hello"}"#;
//! let answer = client.invoke_model("amazon.titan-text-express-v1", body).await?;
//! println!("{}", answer.body().text());
//! # Ok(()) }
//! ```

mod batch;
mod builder;
mod call;
mod calls;
mod clock;
pub mod credentials;
mod delay;
mod download;
mod event_stream;
mod failure;
mod fallback;
mod first_event;
mod forward;
mod found_endpoints;
mod meanings;
mod model_behind;
mod model_options;
mod model_resolver;
mod model_state;
mod observer;
mod operations;
mod outgoing;
mod pacing;
mod pages;
mod part_file;
mod profile_lists;
mod regular_file;
mod send;
pub mod settings;
mod shared_task;
mod state;
mod timeouts;
mod token;
mod upload;
mod wait;

pub use batch::{Batch, BatchResult};
pub use builder::ClientBuilder;
pub use clock::Clock;
pub use download::{Download, Progress};
pub use event_stream::{EventStream, Interrupted};
pub use fallback::{Fallback, Route};
pub use model_options::ModelOptions;
pub use observer::Observer;
pub use pages::Items;
#[cfg(feature = "cli")]
pub(crate) use regular_file::open_or_create;
pub use state::Client;
pub use timeouts::Timeouts;
pub use token::random_token;
pub use wait::Wait;
