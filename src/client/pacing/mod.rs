//! Drives the pure machine of [`crate::protocol::retry::pacing`]: the calls of one client to one endpoint and model
//! wait in one lane, in arrival order, and a throttled call goes back to where it stood.
//!
//! | file | job |
//! |---|---|
//! | `settings` | how a client paces its calls |
//! | `lane` | the calls to one endpoint and model: who waits, and what is known of the quota |
//! | `place` | one call's place in its lane |
//! | `burndown` | how many times output counts in a lane |
//! | `charge` | what a stream has used of the quota of tokens, when it ends |
//! | `question` | which model is behind an id that does not tell |
//! | `shared_file` | what is known of a quota, in a file of several processes |

mod burndown;
mod charge;
mod lane;
mod place;
mod question;
mod settings;
mod shared_file;

pub(super) use charge::Charge;
pub(super) use place::Place;
pub(super) use settings::PacingSettings;
pub(super) use shared_file::make_folder;

use crate::protocol::retry::pacing::Reservation;
use lane::Lane;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Lanes that are kept; beyond these, those without a call are forgotten.
const LANES: usize = 64;

/// The lanes of one client.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    settings: PacingSettings,
    lanes: Mutex<BTreeMap<String, Arc<Lane>>>,
}

impl Pacing {
    pub(super) fn new(settings: PacingSettings) -> Self {
        Self { settings, lanes: Mutex::default() }
    }

    /// Whether calls are to be paced whatever the retry mode.
    pub(super) fn is_asked_for(&self) -> bool {
        self.settings.say_anything()
    }

    /// A place at the end of the lane of this name, for a call with this body.
    pub(super) fn arrive(&self, lane: String, body: &[u8]) -> Place {
        let reservation = self.settings.tokens_per_minute.map(|_| Reservation::of(body));
        Place::at_the_end_of(self.lane(lane), reservation)
    }

    fn lane(&self, name: String) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= LANES && !lanes.contains_key(&name) {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        if let Some(lane) = lanes.get(&name) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(Lane::new(&name, &self.settings));
        lanes.insert(name, Arc::clone(&lane));
        lane
    }
}
