//! What Bedrock cannot honour: refused by name, or left out and named.

use crate::gateway::refusal::Refusal;

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

    /// What was left out.
    pub(super) fn dropped(&self) -> &[String] {
        &self.dropped
    }
}
