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

/// Lanes that are kept; beyond these, those without a call are forgotten that know nothing of their quota.
const LANES: usize = 64;
/// Beyond these, others are forgotten, too: models may be named at will, and a lane takes a kilobyte.
const MOST: usize = 1024;

/// The lanes of one client.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    settings: PacingSettings,
    lanes: Mutex<Lanes>,
}

#[derive(Debug, Default)]
struct Lanes {
    by_name: BTreeMap<String, Kept>,
    /// How often any was looked up.
    lookups: u64,
}

#[derive(Debug)]
struct Kept {
    lane: Arc<Lane>,
    /// Which lookup was its last.
    last: u64,
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
        lanes.lookups += 1;
        let last = lanes.lookups;
        if let Some(kept) = lanes.by_name.get_mut(&name) {
            kept.last = last;
            return Arc::clone(&kept.lane);
        }
        lanes.make_room();
        let lane = Arc::new(Lane::new(&name, &self.settings));
        lanes.by_name.insert(name, Kept { lane: Arc::clone(&lane), last });
        lane
    }
}

impl Lanes {
    /// Forgets what costs least. A lane with a call, or with tokens that still count, stays in any case.
    fn make_room(&mut self) {
        if self.by_name.len() >= LANES {
            self.by_name.retain(|_, kept| kept.has_a_call() || !kept.lane.knows_nothing());
        }
        if self.by_name.len() >= MOST {
            let idle = self.by_name.iter().filter(|(_, kept)| !kept.has_a_call() && !kept.lane.has_tokens());
            let oldest = idle.min_by_key(|(_, kept)| kept.last).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.by_name.remove(&name));
        }
    }
}

impl Kept {
    fn has_a_call(&self) -> bool {
        Arc::strong_count(&self.lane) > 1
    }
}
