//! Ctrl-C, for a command that has something to bring to its end first.

use crate::{Error, ErrorKind};
use futures_util::future::{Either, select};
use std::io;
use std::pin::pin;

/// Ctrl-C, caught from its making on, for good: whoever has it hears of each, or nobody does.
pub(super) struct Interrupt(Signal);

#[cfg(unix)]
type Signal = tokio::signal::unix::Signal;
#[cfg(not(unix))]
type Signal = tokio::signal::windows::CtrlC;

impl Interrupt {
    pub(super) fn catch() -> Result<Self, Error> {
        let signal =
            signal().map_err(|e| Error::new(ErrorKind::File, format!("Ctrl-C cannot be caught: {e}")))?;
        Ok(Self(signal))
    }

    /// The next one. One that came before this was asked counts, too.
    pub(super) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// What the work comes to; `None` where Ctrl-C comes first.
    pub(super) async fn unless<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        match select(pin!(self.next()), pin!(work)).await {
            Either::Left(_) => None,
            Either::Right((done, _)) => Some(done),
        }
    }
}

#[cfg(unix)]
fn signal() -> io::Result<Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(not(unix))]
fn signal() -> io::Result<Signal> {
    tokio::signal::windows::ctrl_c()
}
