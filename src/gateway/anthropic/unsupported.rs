//! What Bedrock cannot honour: refused by name, or left out and named in a header of the answer.

use crate::gateway::refusal::Refusal;
use http::{HeaderMap, HeaderName, HeaderValue};

/// What was left out of a request.
const DROPPED: HeaderName = HeaderName::from_static("x-bedwire-dropped");

/// What is done with what Bedrock cannot honour.
#[derive(Clone, Debug)]
pub(super) struct Unsupported {
    drops: bool,
    dropped: Vec<String>,
}

impl Unsupported {
    /// `drops`: it is left out, not refused.
    pub(super) fn new(drops: bool) -> Self {
        Self { drops, dropped: Vec::new() }
    }

    pub(super) fn drops(&self) -> bool {
        self.drops
    }

    /// A field that cannot be honoured; `problem` is the rest of the sentence. Where this is no error, the field is left
    /// out.
    pub(super) fn found(&mut self, param: &str, problem: &str) -> Result<(), Refusal> {
        if !self.drops {
            return Err(Refusal::field(param, problem));
        }
        if !self.dropped.iter().any(|dropped| dropped == param) {
            self.dropped.push(param.to_owned());
        }
        Ok(())
    }

    /// Says what was left out.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let names = self.dropped.join(", ");
        if let Some(names) = Some(names).filter(|names| !names.is_empty())
            && let Ok(names) = HeaderValue::from_str(&names)
        {
            headers.insert(DROPPED, names);
        }
    }
}
