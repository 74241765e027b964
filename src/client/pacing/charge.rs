//! What a stream uses of the quota of tokens: it is reserved when the call goes, and settled when the stream ends,
//! however that comes about.

use super::lane::Lane;
use crate::protocol::content::Usage;
use crate::protocol::retry::pacing::{Reservation, charged_tokens};
use std::sync::Arc;

/// Bytes of a stream that come to a token, at least: a frame's headers and JSON are more than its text.
const BYTES_PER_TOKEN: u64 = 8;

/// What one stream has reserved. Dropping it settles what is known.
#[derive(Clone, Debug)]
pub(in crate::client) struct Charge {
    lane: Arc<Lane>,
    id: u64,
    reservation: Reservation,
    received: u64,
    /// What the service says.
    said: Option<u64>,
    /// Whether anybody has read the stream: otherwise nothing is known, and the reservation stands for its minute.
    is_read: bool,
}

impl Charge {
    pub(super) fn new(lane: Arc<Lane>, id: u64, reservation: Reservation) -> Self {
        Self { lane, id, reservation, received: 0, said: None, is_read: false }
    }

    /// The stream is read from here on.
    pub(in crate::client) fn begin(&mut self) {
        self.is_read = true;
    }

    /// So many bytes of the stream have come.
    pub(in crate::client) fn received(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
    }

    /// The service says what the call took.
    pub(in crate::client) fn used(&mut self, usage: &Usage) {
        self.said = Some(charged_tokens(self.lane.burndown.times(), usage));
    }

    /// As the service says; else what was asked, and what has come of the answer.
    fn known(&self) -> u64 {
        let estimated = self.reservation.input.saturating_add(self.received / BYTES_PER_TOKEN);
        self.said.unwrap_or_else(|| estimated.min(self.reservation.tokens()))
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.is_read {
            let mut state = self.lane.lock();
            state.known(self.lane.now(), |known| known.ledger.settle(self.id, self.known()));
            state.ring();
        }
    }
}
