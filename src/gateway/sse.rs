//! Events on their way to a client, as server-sent events: heartbeats while the model thinks, an error event where the
//! stream breaks, and an end that is only written after a whole answer.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use super::asked::Asked;
use super::bedrock::Events;
use super::chat::Event;
use super::refusal::Refusal;
use crate::transport::Body;
use http::Response;

/// Writes events in the shape of one API. `choice` is 0 where one answer was asked for.
pub(super) trait EventWriter: Send + 'static {
    /// One event of one answer; appends nothing where the API has no word for it.
    fn event(&mut self, choice: usize, event: &Event, out: &mut String);
    /// What keeps the connection alive while nothing is said.
    fn heartbeat(&self, out: &mut String);
    /// The stream breaks: the last that is written.
    fn failure(&mut self, refusal: &Refusal, out: &mut String);
    /// All answers are whole.
    fn end(&mut self, out: &mut String);
}

/// The answer that streams `choices` through a writer.
pub(super) fn stream(_asked: Asked, _choices: Vec<Events>, _writer: impl EventWriter) -> Response<Body> {
    Response::new(Body::empty())
}
