//! A task for whose result several calls wait, each perhaps in a runtime of its own.

use futures_util::FutureExt as _;
use futures_util::future::Shared;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a call waits before it looks whether the runtime of another still runs anything, and for the sign of that.
const PATIENCE: Duration = Duration::from_millis(500);

/// A task of the runtime that it was begun in. No call that goes away takes it with it.
#[derive(Clone)]
pub(super) struct SharedTask<T> {
    /// An error means that the runtime ended under it.
    result: Shared<oneshot::Receiver<T>>,
    runtime: Handle,
    is_given_up: Arc<AtomicBool>,
}

impl<T: Clone + Send + 'static> SharedTask<T> {
    /// Begins it in the runtime of this call.
    pub(super) fn spawn(task: impl Future<Output = T> + Send + 'static) -> Self {
        let (done, result) = oneshot::channel();
        let runtime = Handle::current();
        runtime.spawn(async move {
            let _ = done.send(task.await);
        });
        Self { result: result.shared(), runtime, is_given_up: Arc::default() }
    }

    /// Waits for its end. `None` where there will be none: its runtime has ended, or is one that nobody drives, such as
    /// that of a thread between two calls of `block_on`.
    pub(super) async fn result(&self) -> Option<T> {
        let mut result = self.result.clone();
        if Handle::current().id() == self.runtime.id() {
            return result.await.ok();
        }
        loop {
            if let Ok(result) = timeout(PATIENCE, &mut result).await {
                return result.ok();
            }
            if timeout(PATIENCE, self.runtime.spawn(async {})).await.is_err() {
                self.is_given_up.store(true, Ordering::Relaxed);
                return None;
            }
        }
    }

    /// Whether nobody should wait for it any more.
    pub(super) fn is_lost(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed) || matches!(self.result.peek(), Some(Err(_)))
    }
}
