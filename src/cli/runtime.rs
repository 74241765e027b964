//! The runtime of a command.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// Threads that a server needs beside those of its runtime: what goes to stderr, and the lookup of names.
const BESIDE: usize = 2;

/// Most commands wait for one answer.
pub(super) fn for_command() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// A server has many, and all cores, as far as the system gives threads for them: tokio panics where it does not.
pub(super) fn for_server() -> io::Result<Runtime> {
    let wanted = thread::available_parallelism().map_or(1, usize::from);
    let most = threads_to_be_had(wanted + BESIDE).saturating_sub(BESIDE);
    match most {
        0 => for_command(),
        most => Builder::new_multi_thread().worker_threads(most).enable_all().build(),
    }
}

/// How many more threads there can be at the same time, as far as so many.
fn threads_to_be_had(wanted: usize) -> usize {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let threads: Vec<_> = (0..wanted)
        .map_while(|_| {
            let gate = Arc::clone(&gate);
            thread::Builder::new().spawn(move || drop(gate.lock())).ok()
        })
        .collect();
    drop(closed);
    let had = threads.len();
    for thread in threads {
        let _ = thread.join();
    }
    had
}
