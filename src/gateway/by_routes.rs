//! A request by the routes of a model, whose models may not all be asked the same.

use super::models::Model;
use super::refusal::Refusal;
use crate::client::{Client, Route};
use crate::error::{Error, ErrorKind};
use crate::protocol::model::ModelId;
use std::sync::OnceLock;

/// Why a route gives no answer.
pub(super) enum Failed {
    /// It cannot be asked, or what it said cannot be used.
    Refused(Refusal),
    /// The call failed.
    Call(Error),
}

impl Model {
    /// Makes a call by the routes of this model. What the first route cannot be asked is refused: clients write for it.
    /// What another one cannot be asked, by the gateway or by Bedrock, is no fault of the request, and the route counts as
    /// one that fails: a request that would be answered a minute later must not look wrong to its client.
    pub(super) async fn ask<T, F>(&self, call: impl Fn(Client, ModelId) -> F) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Failed>>,
    {
        // A fallback knows no error but the client's own: refusals are kept beside it.
        let (refused, passed) = (OnceLock::new(), OnceLock::new());
        let called = self.fallback.call_or_pass(|client, name| {
            let (call, refused, passed) = (&call, &refused, &passed);
            // Called in here: the future would be kept twice, before it is awaited and while it is.
            async move {
                let is_first = self.is_first(&client, &name);
                let id = client.called_id(name).await?;
                match call(client, id).await {
                    Ok(answer) => Ok(Some(answer)),
                    // The bodies of two models are not the same, nor is what they can be asked.
                    Err(Failed::Call(error)) if !is_first && is_bad_request(&error) => {
                        let _ = passed.set(error.into());
                        Ok(None)
                    }
                    Err(Failed::Call(error)) => Err(error),
                    Err(Failed::Refused(refusal)) if is_first => {
                        let error = Error::new(ErrorKind::InvalidInput, refusal.message());
                        // The first is the only one.
                        let _ = refused.set(refusal);
                        Err(error)
                    }
                    Err(Failed::Refused(refusal)) => {
                        let _ = passed.set(refusal);
                        Ok(None)
                    }
                }
            }
        });
        // In a box, as what waits for it is: two that are small are had for less than a large one.
        match Box::pin(called).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(passed.into_inner().unwrap_or_else(|| Refusal::invalid("no route was tried"))),
            Err(error) => Err(refused.into_inner().unwrap_or_else(|| error.into())),
        }
    }

    fn is_first(&self, client: &Client, name: &ModelId) -> bool {
        let is_it = |first: &Route| first.region == client.region() && first.model_id == *name;
        self.fallback.routes().first().is_some_and(is_it)
    }
}

/// What Bedrock refuses for what stands in it.
fn is_bad_request(error: &Error) -> bool {
    error.kind() == ErrorKind::Service && error.status() == Some(400)
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Call(error.into())
    }
}
