//! What the request loop tells while it works: attempts and waits, and each request as it goes out.

use crate::protocol::model::ModelId;
use crate::protocol::retry::Attempt;
use crate::protocol::sigv4::SignedRequest;
use std::sync::Arc;

/// Listens to the request loop. Nothing that it is given shows a secret by `Debug`; what is printed of headers goes
/// through [`crate::protocol::explain::header_lines`].
pub trait Observer: Send + Sync + 'static {
    /// A request is about to be sent.
    fn on_request(&self, operation: &str, request: &SignedRequest) {
        let _ = (operation, request);
    }

    /// An answer has begun.
    fn on_response(&self, operation: &str, status: http::StatusCode, headers: &http::HeaderMap) {
        let _ = (operation, status, headers);
    }

    /// A model's id was refused, and the call is sent once more with another one.
    fn on_repair(&self, operation: &str, refused: &ModelId, instead: &ModelId) {
        let _ = (operation, refused, instead);
    }

    /// Something that people should know of and can change.
    fn on_warning(&self, operation: &str, warning: &str) {
        let _ = (operation, warning);
    }

    /// An attempt is over.
    fn on_attempt(&self, operation: &str, attempt: &Attempt) {
        let _ = (operation, attempt);
    }
}

/// Two who listen.
pub(super) struct Both(pub(super) Arc<dyn Observer>, pub(super) Arc<dyn Observer>);

impl Observer for Both {
    fn on_request(&self, operation: &str, request: &SignedRequest) {
        self.0.on_request(operation, request);
        self.1.on_request(operation, request);
    }

    fn on_response(&self, operation: &str, status: http::StatusCode, headers: &http::HeaderMap) {
        self.0.on_response(operation, status, headers);
        self.1.on_response(operation, status, headers);
    }

    fn on_repair(&self, operation: &str, refused: &ModelId, instead: &ModelId) {
        self.0.on_repair(operation, refused, instead);
        self.1.on_repair(operation, refused, instead);
    }

    fn on_warning(&self, operation: &str, warning: &str) {
        self.0.on_warning(operation, warning);
        self.1.on_warning(operation, warning);
    }

    fn on_attempt(&self, operation: &str, attempt: &Attempt) {
        self.0.on_attempt(operation, attempt);
        self.1.on_attempt(operation, attempt);
    }
}

/// Hears nothing.
pub(super) struct Silent;

impl Observer for Silent {}
