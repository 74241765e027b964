//! The pure half: no IO, no clock, no environment, no async. Time, randomness and settings are arguments.
//!
//! In the order in which a call passes through it:
//!
//! | file | job |
//! |---|---|
//! | [`operation`] | input → `http::Request`, and the answer → typed output, side by side |
//! | `s3_uri` | `s3://bucket/key`, and where that is over HTTP |
//! | [`content`] | shapes that several operations share: messages, tools, usage, events |
//! | [`video`], `image_size` | typed `modelInput` of the video models, with their limits; how large an image is |
//! | [`model`] | model ids and ARNs as one path segment, and which id a name means in a region |
//! | [`invalid_input`] | what is refused before anything is sent |
//! | [`endpoint`], `origin` | where a service answers in a region, and the scope to sign for; a base URL |
//! | [`partition`] | which part of AWS a region is in, and the host names there |
//! | `service`, `host_name` | the services by host prefix and signing name, and what a host's name says |
//! | [`auth`] | what a request is signed with |
//! | [`api_key`] | short-term API keys, made and read offline |
//! | [`profile_file`], [`credential_document`] | where that is written down by others |
//! | [`sigv4`] | the client's view of a signature, and the server's |
//! | [`explain`] | every stage of one signed request, as text and as JSON |
//! | [`eventstream`] | the frames of a streamed answer: bytes in, frames out, and back |
//! | [`service_error`] | a refusal, decoded from any body |
//! | `error_body`, `retry_after` | what its body says, and how long it asks to wait |
//! | [`raw_answer`] | its headers and body, as they came |
//! | `request_id` | the id that a service gives to an answer |
//! | [`outcome`] | what one attempt came to |
//! | [`retry`] | what to do after it |
//! | [`refusals`] | what every refusal means: one table |
//!
//! Beside that way:
//!
//! | file | job |
//! |---|---|
//! | [`document`] | JSON as it came: its parts, and an object put together |
//! | `json` | the same read in one pass, or a few members by their names |
//! | [`timestamp`], `decimals` | moments in AWS's three spellings, numbers for messages |
//! | `words` | enums of which each has a word of AWS's |
//! | `by_key`, `distinct_names` | few values by name; names that must differ |
//! | `secret_names`, `redact` | what is secret by its name, and taken out of what is shown |
//! | `aws_chunked` | uploads to S3 in chunks, taken apart |
//! | [`policy`] | the least IAM policy for what a caller does |
//!
//! With the feature `diagnosis`:
//!
//! | file | job |
//! |---|---|
//! | `capture` | requests and answers read from HTTP text, curl, HAR and logs |
//! | `diagnosis` | what an answer means, and which mistake makes a signature wrong |

pub mod api_key;
pub mod auth;
#[cfg(any(feature = "emulator", feature = "proxy"))]
pub(crate) mod aws_chunked;
pub(crate) mod by_key;
#[cfg(feature = "diagnosis")]
pub mod capture;
pub mod content;
pub mod credential_document;
pub(crate) mod decimals;
#[cfg(feature = "diagnosis")]
pub mod diagnosis;
pub(crate) mod distinct_names;
pub mod document;
pub mod endpoint;
mod error_body;
pub mod eventstream;
pub mod explain;
pub(crate) mod host_name;
mod image_size;
pub mod invalid_input;
pub(crate) mod json;
pub mod model;
pub mod operation;
mod origin;
pub mod outcome;
pub mod partition;
pub mod policy;
pub mod profile_file;
pub mod raw_answer;
pub(crate) mod redact;
pub mod refusals;
pub(crate) mod request_id;
pub mod retry;
mod retry_after;
mod s3_uri;
pub(crate) mod secret_names;
mod service;
pub mod service_error;
pub mod sigv4;
pub mod timestamp;
pub mod video;
mod words;

/// The most headers of a message that are read: no server takes or sends as many, and a header map has no room for as
/// many as a file or a command line.
pub(crate) const MAX_HEADERS: usize = 1_000;
