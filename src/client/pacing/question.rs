//! What is to be found out about a lane.

use super::lane::Lane;
use crate::protocol::retry::pacing::burndown;
use std::sync::Arc;

/// A lane that wants to know what model is behind the id of its calls. One that is dropped without an answer is put
/// again later.
#[derive(Debug)]
pub(in crate::client) struct Question {
    lane: Arc<Lane>,
    times: Option<u64>,
}

impl Question {
    pub(super) fn of(lane: &Arc<Lane>) -> Option<Self> {
        lane.burndown.is_to_be_asked().then(|| Self { lane: Arc::clone(lane), times: None })
    }

    /// It is this model.
    pub(in crate::client) fn answer(mut self, model_id: &str) {
        self.times = Some(burndown(model_id));
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.lane.burndown.answered(self.times);
    }
}
