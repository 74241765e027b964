//! How long a search may go on: whoever can send a request chooses how much there is to try.

/// What it may hash, in bytes: ten times and more what the request of a common client takes, and less than a second.
pub(super) const MAX_HASHED: usize = 128 * 1024 * 1024;

/// What one attempt hashes beside the canonical request.
const STRING_TO_SIGN: usize = 256;

/// What is left of the bytes that one search may hash.
pub(super) struct Effort {
    left: usize,
    is_spent: bool,
}

impl Effort {
    pub(super) fn of(bytes: usize) -> Self {
        Self { left: bytes, is_spent: false }
    }

    /// One attempt more, with a canonical request of this length. `None` where there is nothing left for it.
    pub(super) fn spend(&mut self, length: usize) -> Option<()> {
        let left = self.left.checked_sub(length.saturating_add(STRING_TO_SIGN));
        self.is_spent |= left.is_none();
        self.left = left?;
        Some(())
    }

    /// Whether something was left untried.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }
}
