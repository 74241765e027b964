//! The last exchanges, as many as fit.

use super::check::Check;
use super::exchange::Exchange;
use crate::fixture::redaction::KnownSecrets;
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::Service;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are kept at most.
const MAX_COUNT: usize = 200;
/// How much memory they take at most, in bytes.
const MAX_SIZE: usize = 32 * 1024 * 1024;

/// The last exchanges, oldest first.
#[derive(Default)]
pub(super) struct Exchanges {
    ring: Mutex<Ring>,
    /// What was signed with so far: a prompt may quote it.
    known: Mutex<KnownSecrets>,
}

#[derive(Default)]
struct Ring {
    last_id: u64,
    kept: VecDeque<Exchange>,
}

impl Exchanges {
    /// Never shows what this signs with, wherever it stands in an exchange that begins from now on.
    pub(super) fn keep_out(&self, auth: &Auth) {
        unpoisoned(&self.known).add_auth(auth);
    }

    /// Keeps what has been asked, and returns its number.
    pub(super) fn begin(&self, request: &Request<Bytes>, service: &Service, check: &Check) -> u64 {
        let known = unpoisoned(&self.known).clone();
        // Redacting a body takes a moment, in which others need not wait.
        let mut exchange = Exchange::begin(0, request, service, check, known);
        let mut ring = self.ring();
        ring.last_id += 1;
        let id = ring.last_id;
        exchange.id = id;
        ring.kept.push_back(exchange);
        ring.forget_the_oldest();
        id
    }

    /// Changes one, where it is still kept.
    pub(super) fn update(&self, id: u64, change: impl FnOnce(&mut Exchange)) {
        let mut ring = self.ring();
        if let Some(exchange) = ring.kept.iter_mut().rev().find(|exchange| exchange.id == id) {
            change(exchange);
            exchange.touch();
            if exchange.is_over() {
                ring.forget_the_oldest();
            }
        }
    }

    /// All of them in a line each, the newest first.
    pub(super) fn list(&self) -> Value {
        let ring = self.ring();
        json!({ "exchanges": ring.kept.iter().rev().map(Exchange::summary).collect::<Vec<_>>() })
    }

    /// One, with the other attempts of its call.
    pub(super) fn detail(&self, id: u64) -> Option<Value> {
        let ring = self.ring();
        let exchange = ring.kept.iter().find(|exchange| exchange.id == id)?;
        let mut detail = exchange.detail();
        let attempts = ring.kept.iter().filter(|other| other.call == exchange.call);
        detail["attempts"] = attempts.map(Exchange::summary).collect();
        Some(detail)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        unpoisoned(&self.ring)
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind the locks is whole at any time, so a panic elsewhere spoils nothing.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ring {
    fn forget_the_oldest(&mut self) {
        let mut size: usize = self.kept.iter().map(Exchange::size).sum();
        while self.kept.len() > MAX_COUNT || (size > MAX_SIZE && self.kept.len() > 1) {
            size -= self.kept.pop_front().map_or(0, |exchange| exchange.size());
        }
    }
}
