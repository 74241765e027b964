//! What Bedrock or a model cannot honour: refused by name, or left out and named in the answer, as the operator has it.

use crate::gateway::refusal::Refusal;

/// Collects what is left out.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    may_leave_out: bool,
    params: Vec<String>,
}

impl LeftOut {
    /// Refuses everything, or leaves it out.
    pub(super) fn new(may_leave_out: bool) -> Self {
        Self { may_leave_out, params: Vec::new() }
    }

    /// Whether things are left out.
    pub(super) fn may_leave_out(&self) -> bool {
        self.may_leave_out
    }

    /// A parameter that cannot be honoured; `problem` is the rest of the sentence. `Ok` where it is left out.
    pub(super) fn param(&mut self, param: &str, problem: &str) -> Result<(), Refusal> {
        if !self.may_leave_out {
            return Err(Refusal::field(param, problem));
        }
        self.add(param);
        Ok(())
    }

    /// A parameter that is right, and that the rest of the request rules out: it is left out for this time, whatever the
    /// operator has it.
    pub(super) fn this_time(&mut self, param: &str) {
        self.add(param);
    }

    /// What was left out.
    pub(super) fn params(&self) -> &[String] {
        &self.params
    }

    fn add(&mut self, param: &str) {
        if !self.params.iter().any(|known| known == param) {
            self.params.push(param.to_owned());
        }
    }
}
