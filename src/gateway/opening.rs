//! How a stream begins. While its call waits for its turn, a refusal has its own status; when the model has the request and
//! thinks, the client is told that there is a stream, which heartbeats keep alive.

use super::asked::Asked;
use super::models::Model;
use super::refusal::Refusal;
use super::sse::{Arriving, Choice};
use crate::client::Observer;
use crate::protocol::retry::Attempt;
use crate::protocol::sigv4::SignedRequest;
use crate::transport::BoxFuture;
use futures_util::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How long Bedrock may have a request without a word before its client is told that there is a stream. Until then a
/// refusal has its own status; after it, it is an event of a stream of status 200.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the beginning of an answer of the model, but no longer than a client should be without a word: a model that
/// thinks for longer begins within the stream. A call that is throttled has not begun.
pub(super) async fn open<A, F>(
    asked: &Asked,
    model: &Model,
    answer: impl FnOnce(Arc<Model>) -> F,
) -> Result<Choice<A>, Refusal>
where
    A: Arriving,
    F: Future<Output = Result<A, Refusal>> + Send + 'static,
{
    let patience = PATIENCE.min(asked.in_force.options.heartbeat);
    let (sent, with_bedrock) = watch::channel(None);
    let model = model.also_observed_by(Arc::new(Attempts { sent }));
    let answer: BoxFuture<'static, _> = Box::pin(answer(Arc::new(model)));
    match select(answer, pin!(silence(with_bedrock, patience))).await {
        Either::Left((answer, _)) => Ok(Choice::Open(answer?)),
        Either::Right(((), answer)) => Ok(Choice::Opening(answer)),
    }
}

/// Ends when an attempt has been with Bedrock for so long.
async fn silence(mut sent: watch::Receiver<Option<Instant>>, patience: Duration) {
    loop {
        let with_bedrock = *sent.borrow_and_update();
        let changed = sent.changed();
        let changed = match with_bedrock {
            Some(sent) => match timeout_at(sent + patience, changed).await {
                Ok(changed) => changed,
                Err(_) => return,
            },
            None => changed.await,
        };
        if changed.is_err() {
            // Nobody is left who would send anything: the answer is there.
            return std::future::pending().await;
        }
    }
}

/// When the attempt was sent that is with Bedrock now.
struct Attempts {
    sent: watch::Sender<Option<Instant>>,
}

impl Observer for Attempts {
    fn on_request(&self, _operation: &str, _request: &SignedRequest) {
        self.sent.send_replace(Some(Instant::now()));
    }

    fn on_attempt(&self, _operation: &str, _attempt: &Attempt) {
        self.sent.send_replace(None);
    }
}
