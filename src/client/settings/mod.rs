//! Environment and shared AWS files → settings, each with where it came from.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>
//!
//! | file | job |
//! |---|---|
//! | `environment`, `command` | variables and files, of this process or given; commands that are run |
//! | `profile`, `profile_named` | the shared files, and who named the profile in them |
//! | `overrides` | what was given by hand |
//! | `resolved` | all settings |
//! | `endpoints`, `retry` | where services answer; how retries are bounded |
//! | `model_table` | the table of models that is read before the embedded one |

mod command;
mod endpoints;
mod environment;
mod model_table;
mod overrides;
mod profile;
mod profile_named;
mod resolved;
mod retry;

pub use crate::transport::{CertificatePlaces, NetworkSettings, Sourced};
pub use command::{CommandOutput, RunCommand};
pub use endpoints::Endpoints;
pub use environment::Environment;
pub use overrides::{OverrideNames, Overrides};
pub(in crate::client) use profile::there_are;
pub use profile::{Profile, SharedFile, SharedFiles};
pub(in crate::client) use profile_named::ProfileNamed;
pub use resolved::Settings;
