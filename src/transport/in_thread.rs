//! What keeps a thread busy: the system's waiting, long counting.

use std::io;
use std::thread;
use tokio::sync::oneshot;

/// Does it in a thread of its own, and not in a blocking task: a runtime would wait for that at its end, and panics
/// where the system gives no thread. Who goes away leaves the thread to itself.
pub(crate) async fn in_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (done, result) = oneshot::channel();
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ = done.send(work());
    });
    thread.map_err(|e| io::Error::new(e.kind(), format!("there is no thread for the {name}: {e}")))?;
    result.await.map_err(|_| io::Error::other(format!("the {name} panicked")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_runtime_ends_while_a_thread_is_busy() {
        let (gate, is_open) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        // By a thread that would stay for ever, where the busy one was waited for.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let waited = runtime.block_on(async {
                let work = in_thread("test", move || is_open.recv());
                tokio::time::timeout(Duration::from_millis(1), work).await
            });
            drop(runtime);
            ended.send(waited.is_err()).unwrap();
        });
        assert_eq!(has_ended.recv_timeout(Duration::from_secs(10)), Ok(true));
        drop(gate);
    }
}
