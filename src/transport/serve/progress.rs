//! Where a connection is, or one stream of it, told by whoever answers.

use hyper::body::Incoming;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use tokio::sync::mpsc::UnboundedSender;

/// Where a connection is. Under HTTP/2 each stream has one of its own, below that of its connection.
#[derive(Debug, Default)]
pub(super) struct Progress {
    phase: AtomicU8,
    answers: AtomicUsize,
    is_unread: AtomicBool,
    is_cut: AtomicBool,
    /// Of a stream: what it is one of.
    connection: Option<Connection>,
}

#[derive(Debug)]
struct Connection {
    progress: Arc<Progress>,
    /// Who reads away what is left of a body.
    unread: UnboundedSender<Incoming>,
}

pub(super) const IDLE: u8 = 0;
pub(super) const HEAD: u8 = 1;
const BODY: u8 = 2;
pub(super) const ANSWER: u8 = 3;

impl Progress {
    /// One stream of a connection.
    #[cfg(feature = "h2c")]
    pub(super) fn of_stream(connection: &Arc<Self>, unread: UnboundedSender<Incoming>) -> Self {
        let connection = Connection { progress: Arc::clone(connection), unread };
        Self { connection: Some(connection), ..Self::default() }
    }

    pub(super) fn is_of_stream(&self) -> bool {
        self.connection.is_some()
    }

    pub(super) fn phase(&self) -> u8 {
        self.phase.load(Ordering::Relaxed)
    }

    /// The first byte of a request is there.
    pub(super) fn hears(&self) {
        self.phase.store(HEAD, Ordering::Relaxed);
    }

    /// A request is there, but for its body.
    pub(super) fn begins(&self) {
        self.phase.store(BODY, Ordering::Relaxed);
    }

    /// Nothing more of its body is awaited.
    pub(super) fn body_ends(&self) {
        if self.phase() == BODY {
            self.phase.store(ANSWER, Ordering::Relaxed);
        }
    }

    /// What is left of its body is not wanted: nothing can follow it, but for what follows in other streams.
    pub(super) fn leaves_unread(&self, body: Incoming) {
        match &self.connection {
            // A connection that is gone has nothing to read.
            Some(connection) => drop(connection.unread.send(body)),
            None => self.is_unread.store(true, Ordering::Relaxed),
        }
    }

    pub(super) fn is_unread(&self) -> bool {
        self.is_unread.load(Ordering::Relaxed)
    }

    /// Its answer is about to be written.
    pub(super) fn answers(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    /// How many answers were about to be written so far.
    pub(super) fn answered(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    /// The server stops, and does not wait for what is under way.
    pub(super) fn cuts(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Relaxed)
            || self.connection.as_ref().is_some_and(|whole| whole.progress.is_cut())
    }

    /// Its answer has ended.
    pub(super) fn ends(&self) {
        self.phase.store(IDLE, Ordering::Relaxed);
    }
}
