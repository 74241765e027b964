//! Endpoints, each found once: all calls to one service in one region share it.

use super::settings::Endpoints;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use std::sync::{PoisonError, RwLock};

/// Endpoints that are kept. A client has few; an ARN may name one more region at each call.
const KEPT: usize = 16;

pub(super) struct FoundEndpoints {
    endpoints: Endpoints,
    found: RwLock<Vec<Found>>,
}

struct Found {
    service: Service,
    region: String,
    endpoint: Endpoint,
}

impl FoundEndpoints {
    pub(super) fn new(endpoints: Endpoints) -> Self {
        Self { endpoints, found: RwLock::default() }
    }

    /// The endpoint of a service in a region.
    pub(super) fn resolve(&self, service: Service, region: &str) -> Result<Endpoint, InvalidInput> {
        let is_it = |found: &&Found| found.service == service && found.region == region;
        let known = self.found.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.iter().find(is_it) {
            return Ok(found.endpoint.clone());
        }
        drop(known);
        let endpoint = self.endpoints.resolve(service.clone(), region)?;
        let mut known = self.found.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.push(Found { service, region: region.to_owned(), endpoint: endpoint.clone() });
        Ok(endpoint)
    }
}
