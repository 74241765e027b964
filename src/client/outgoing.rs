//! What the request loop asks of an operation. What its answer means is not part of that, so that the loop is in a
//! program once, and not once for each operation.

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::Operation;
use bytes::Bytes;

/// An operation of any kind.
pub(super) trait Outgoing: Send + Sync {
    fn name(&self) -> &'static str;
    fn service(&self) -> Service;
    fn region(&self) -> Option<&str>;
    fn model_id(&self) -> Option<&ModelId>;
    fn takes_profiles(&self) -> bool;
    fn is_repeatable(&self) -> bool;
    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput>;
    /// [`Operation::with_model_id`]
    fn for_model<'a>(&self, model_id: ModelId) -> Option<Box<dyn Outgoing + 'a>>
    where
        Self: 'a;
}

impl<O: Operation> Outgoing for O {
    fn name(&self) -> &'static str {
        Operation::name(self)
    }

    fn service(&self) -> Service {
        Operation::service(self)
    }

    fn region(&self) -> Option<&str> {
        Operation::region(self)
    }

    fn model_id(&self) -> Option<&ModelId> {
        Operation::model_id(self)
    }

    fn takes_profiles(&self) -> bool {
        Operation::takes_profiles(self)
    }

    fn is_repeatable(&self) -> bool {
        Operation::is_repeatable(self)
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        Operation::request(self, endpoint)
    }

    fn for_model<'a>(&self, model_id: ModelId) -> Option<Box<dyn Outgoing + 'a>>
    where
        Self: 'a,
    {
        Some(Box::new(self.with_model_id(model_id)?))
    }
}
