//! How a stream begins. While its call waits for its turn, a refusal has its own status; when the model has the request and
//! thinks, the client is told that there is a stream, which heartbeats keep alive.

use super::asked::Asked;
use super::models::Model;
use super::refusal::Refusal;
use super::sse::{Arriving, Choice};
use crate::client::Observer;
use crate::protocol::retry::Attempt;
use crate::protocol::sigv4::SignedRequest;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long Bedrock may have a request without a word before its client is told that there is a stream. Until then a
/// refusal has its own status; after it, it is an event of a stream of status 200.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the beginning of the answers that one stream has, but no longer than a client should be without a word: a
/// model that thinks for longer begins within the stream. A call that is throttled has not begun. While it waits for its
/// turn, the others go on: they may fail, or have to come again. Where one fails, the others are given up, and what they
/// took nobody hears.
pub(super) async fn open<A, F>(
    asked: &Asked,
    model: &Model,
    answers: impl IntoIterator<Item = impl FnOnce(Arc<Model>) -> F>,
) -> Result<Vec<Choice<A>>, Refusal>
where
    A: Arriving,
    F: Future<Output = Result<A, Refusal>> + Send + 'static,
{
    let patience = PATIENCE.min(asked.in_force.options.heartbeat);
    let begin = Instant::now();
    let mut all: Vec<_> = answers.into_iter().map(|answer| Beginning::new(model, answer)).collect();
    let mut timer = pin!(sleep_until(begin));
    let begun = poll_fn(|context| {
        let mut told = Some(begin);
        for one in &mut all {
            told = told.zip(one.told(context, patience)?).map(|(told, when)| told.max(when));
        }
        let Some(told) = told else { return Poll::Pending };
        if told <= Instant::now() {
            return Poll::Ready(Ok::<_, Refusal>(()));
        }
        timer.as_mut().reset(told);
        timer.as_mut().poll(context).map(Ok)
    })
    .await;
    if begun.is_err() && all.iter().any(Beginning::is_with_bedrock) {
        asked.exchange.cut_short();
    }
    begun?;
    Ok(all.into_iter().map(|one| one.choice).collect())
}

/// One answer that has not begun, or just has.
struct Beginning<A> {
    choice: Choice<A>,
    /// When the attempt was sent that is with Bedrock now. It changes only while the answer is polled.
    sent: watch::Receiver<Option<Instant>>,
}

impl<A> Beginning<A> {
    fn new<F>(model: &Model, answer: impl FnOnce(Arc<Model>) -> F) -> Self
    where
        F: Future<Output = Result<A, Refusal>> + Send + 'static,
    {
        let (sender, sent) = watch::channel(None);
        let model = model.also_observed_by(Arc::new(Attempts { sent: sender }));
        Self { choice: Choice::Opening(Box::pin(answer(Arc::new(model)))), sent }
    }

    /// From when on its client is told that there is a stream. `None` where that is not known yet.
    fn told(&mut self, context: &mut Context<'_>, patience: Duration) -> Result<Option<Instant>, Refusal> {
        if let Choice::Opening(answer) = &mut self.choice {
            let Poll::Ready(answer) = answer.as_mut().poll(context) else {
                return Ok(self.sent.borrow().map(|sent| sent + patience));
            };
            // What has failed takes nothing.
            self.choice = Choice::Ended;
            self.choice = Choice::Open(answer?);
        }
        Ok(Some(Instant::now()))
    }

    /// Whether Bedrock answers it, or may.
    fn is_with_bedrock(&self) -> bool {
        match &self.choice {
            Choice::Opening(_) => self.sent.borrow().is_some(),
            Choice::Open(_) => true,
            Choice::Ended => false,
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
