//! Many calls of one model, so many at once: records in, results out as they finish. It reads and writes no file; the
//! pacing of the calls is the client's own.

use super::fallback::Fallback;
use super::observer::Observer;
use super::state::Client;
use crate::error::Error;
use crate::protocol::document::Document;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock::ModelInvocationType;
use crate::protocol::operation::bedrock_runtime::{Converse, InvokeModel};
use crate::protocol::retry::Attempt;
use crate::protocol::sigv4::SignedRequest;
use crate::transport::BoxFuture;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// Calls of one model, a bounded number at once.
///
/// ```no_run
/// # async fn example(client: bedwire::Client, mut records: impl Iterator<Item = String>) -> Result<(), bedwire::Error> {
/// use bedwire::protocol::model::ModelId;
/// use bedwire::protocol::operation::bedrock::ModelInvocationType;
///
/// let model = ModelId::new("amazon.nova-lite-v1:0")?;
/// let at_once = std::num::NonZeroUsize::new(16).unwrap();
/// let mut batch = client.batch(model, ModelInvocationType::Converse, at_once);
/// loop {
///     while batch.has_room() {
///         let Some(body) = records.next() else { break };
///         batch.start("what the result is told by", body);
///     }
///     let Some(result) = batch.next().await else { break };
///     println!("{}: {:?}", result.tag, result.answer);
/// }
/// # Ok(()) }
/// ```
pub struct Batch<'a, T> {
    fallback: Fallback,
    operation: ModelInvocationType,
    at_once: NonZeroUsize,
    running: FuturesUnordered<Running<'a, T>>,
    is_stopped: Arc<AtomicBool>,
}

/// What became of one record.
#[derive(Debug)]
#[non_exhaustive]
pub struct BatchResult<T> {
    /// What the record was started with.
    pub tag: T,
    /// The answer's body as it came, or why there is none.
    pub answer: Result<Document, Error>,
}

impl Client {
    /// Calls of one model, at most so many at once.
    pub fn batch<T: Send>(
        &self,
        model_id: ModelId,
        operation: ModelInvocationType,
        at_once: NonZeroUsize,
    ) -> Batch<'_, T> {
        Batch::new(Fallback::none(self, model_id), operation, at_once)
    }
}

impl Fallback {
    /// Calls by these routes, at most so many at once.
    pub fn batch<T: Send>(&self, operation: ModelInvocationType, at_once: NonZeroUsize) -> Batch<'_, T> {
        Batch::new(self.clone(), operation, at_once)
    }
}

impl<T> Batch<'_, T> {
    fn new(fallback: Fallback, operation: ModelInvocationType, at_once: NonZeroUsize) -> Self {
        Self { fallback, operation, at_once, running: FuturesUnordered::new(), is_stopped: Arc::default() }
    }
}

impl<'a, T: Send + 'a> Batch<'a, T> {
    /// Whether another record may be started now. Whoever asks this first holds no more records in memory than are
    /// called at once.
    pub fn has_room(&self) -> bool {
        !is_set(&self.is_stopped) && self.running.len() < self.at_once.get()
    }

    /// Starts one call. It goes on whenever [`Batch::next`] is awaited. A body that cannot be sent is a result, too.
    pub fn start(&mut self, tag: T, body: impl Into<Bytes>) {
        let (fallback, operation) = (self.fallback.clone(), self.operation);
        let body = body.into();
        let request = Arc::new(UnderWay { operation: operation.as_str(), is_sent: AtomicBool::default() });
        let (observer, is_stopped) = (Arc::clone(&request), Arc::clone(&self.is_stopped));
        let call = Box::pin(async move {
            let call = |client: Client, model_id| {
                let client = client.also_observed_by(Arc::<UnderWay>::clone(&observer));
                let client = client.halted_by(Arc::clone(&is_stopped));
                answer(client, operation, model_id, body.clone())
            };
            BatchResult { tag, answer: fallback.call(call).await }
        });
        self.running.push(Running { call, request, is_stopped: Arc::clone(&self.is_stopped) });
    }

    /// Sends nothing more: gives up the calls that only wait, for their turn or between two attempts, and returns how
    /// many have a request under way. These are the last that [`Batch::next`] has results of; one that would have to
    /// be sent again has none. What is given up leaves its turn to other calls of the client.
    pub fn stop(&mut self) -> usize {
        self.is_stopped.store(true, Ordering::Relaxed);
        let under_way =
            std::mem::take(&mut self.running).into_iter().filter(|call| call.request.is_under_way());
        self.running = under_way.collect();
        self.running.len()
    }

    /// The next call that ends. `None` when none is running.
    pub async fn next(&mut self) -> Option<BatchResult<T>> {
        while let Some(ended) = self.running.next().await {
            if ended.is_some() {
                return ended;
            }
        }
        None
    }
}

/// A call that was started. It ends with nothing where it is given up.
struct Running<'a, T> {
    call: BoxFuture<'a, BatchResult<T>>,
    request: Arc<UnderWay>,
    /// Whether it is given up instead of being sent again.
    is_stopped: Arc<AtomicBool>,
}

impl<T> Future for Running<'_, T> {
    type Output = Option<BatchResult<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.call.as_mut().poll(context) {
            Poll::Pending if is_set(&self.is_stopped) && !self.request.is_under_way() => Poll::Ready(None),
            polled => polled.map(Some),
        }
    }
}

/// Hears whether a call has its request under way. What its model's name means is asked for all, and goes on without it.
struct UnderWay {
    operation: &'static str,
    is_sent: AtomicBool,
}

impl UnderWay {
    fn is_under_way(&self) -> bool {
        is_set(&self.is_sent)
    }

    fn hears(&self, operation: &str, is_sent: bool) {
        if operation == self.operation {
            self.is_sent.store(is_sent, Ordering::Relaxed);
        }
    }
}

fn is_set(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

impl Observer for UnderWay {
    fn on_request(&self, operation: &str, _: &SignedRequest) {
        self.hears(operation, true);
    }

    fn on_attempt(&self, operation: &str, _: &Attempt) {
        self.hears(operation, false);
    }
}

impl<T> fmt::Debug for Batch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("route", &self.fallback.current())
            .field("operation", &self.operation)
            .field("running", &self.running.len())
            .finish_non_exhaustive()
    }
}

async fn answer(
    client: Client,
    operation: ModelInvocationType,
    model_id: ModelId,
    body: Bytes,
) -> Result<Document, Error> {
    match operation {
        ModelInvocationType::InvokeModel => {
            Ok(client.call(&InvokeModel::new(model_id, body)?).await?.body().clone())
        }
        ModelInvocationType::Converse => {
            Ok(client.call(&Converse::new(model_id, body)?).await?.document().clone())
        }
    }
}
