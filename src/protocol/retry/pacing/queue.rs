//! The order of the calls that wait: as they arrived. A throttled call keeps its place, which is ahead of all that
//! came after it.

use std::collections::VecDeque;

/// A call's place. It is kept until the call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

impl Ticket {
    /// The number of the call, counted from 0.
    pub fn id(self) -> u64 {
        self.0
    }
}

/// Calls that wait to go.
#[derive(Debug, Default)]
pub struct Queue {
    /// In the order of the tickets.
    waiting: VecDeque<Ticket>,
    next: u64,
}

impl Queue {
    /// A new call takes its place at the end.
    pub fn arrive(&mut self) -> Ticket {
        let ticket = self.reserve();
        self.waiting.push_back(ticket);
        ticket
    }

    /// The place of a new call that cannot go yet, and holds nobody up meanwhile.
    pub fn reserve(&mut self) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        ticket
    }

    /// A call that was throttled, or could not go yet, waits where its place is.
    pub fn come_back(&mut self, ticket: Ticket) {
        if let Err(index) = self.waiting.binary_search(&ticket) {
            self.waiting.insert(index, ticket);
        }
    }

    /// A call goes, or gives up.
    pub fn leave(&mut self, ticket: Ticket) {
        if let Ok(index) = self.waiting.binary_search(&ticket) {
            self.waiting.remove(index);
        }
    }

    /// Whose turn it is.
    pub fn first(&self) -> Option<Ticket> {
        self.waiting.front().copied()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
