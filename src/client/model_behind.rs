//! Which model is behind the ARN of an application profile, where the quota of tokens is given: the output of some
//! models counts several times.

use super::call::Call;
use super::pacing::Place;
use super::state::Client;
use std::time::Duration;
use tokio::time::timeout;

/// How long to wait for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Client {
    /// Asks for it once, in a task of its own: no call waits for what only counts when it has its answer, and none
    /// fails of it. Until it is known, the output counts as that of the models of which it counts most.
    pub(super) fn ask_what_is_behind(&self, call: &Call<'_>, place: &Place) {
        let Some(question) = place.question() else { return };
        let Some(model_id) = call.model_id() else { return };
        // Whoever listens to this call is not to hear of it.
        let client = Self { observer: None, ..self.for_all() };
        tokio::spawn(async move {
            if let Ok(Ok(model)) = timeout(PATIENCE, client.base_model(&model_id)).await {
                question.answer(model.as_str());
            }
        });
    }
}
