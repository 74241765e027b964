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
//!
//! | file | job |
//! |---|---|
//! | `builder`, `settings/` | a client put together; what variables, profiles and options say |
//! | `state` | what a client is made of |
//! | `operations`, `calls` | one method an operation; any operation and any request, from input to output |
//! | `outgoing`, `call` | what the loop asks of an operation; one call, and how it may be repeated |
//! | `found_endpoints` | where it goes, found once |
//! | `send` | the loop: sign · send · classify · decide · wait |
//! | `credentials/`, `clock` | what requests are signed with, one file per source; what they are dated by |
//! | `pacing/`, `delay` | which call may go when; jittered delays |
//! | `timeouts` | timers around any transport |
//! | `failure` | what an attempt ended with that did not succeed, and the error of its call |
//! | `observer` | what the loop tells while it works |
//! | `first_event`, `event_stream` | the events of a stream; the first belongs to the attempt |
//! | `fallback` | other routes to a model, where one is throttled or unavailable |
//! | `model_options`, `model_state` | how names of models are treated, and what is known of them |
//! | `model_resolver`, `meanings` | a name → an id that answers, found once |
//! | `profile_lists`, `model_behind` | the profiles of a region; the model behind one of an application |
//! | `batch`, `pages` | many calls of one model; answers that come a page at a time |
//! | `wait` | polls until a job has ended |
//! | `download`, `part_file`, `upload` | objects from S3 and to it |
//! | `late_object` | where and how often an object is asked for that is elsewhere, or not there yet |
//! | `forward` | sends what is signed already, once |
//! | `regular_file` | opens files at names that others can foretell |
//! | `shared_task` | a task for whose result several calls wait |
//! | `token` | fresh client request tokens |

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
pub(crate) mod late_object;
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
