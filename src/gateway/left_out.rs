//! What Bedrock or a model cannot honour: refused by name, or left out and named in the answer, as the operator has it.

use crate::gateway::refusal::Refusal;

/// How many names the header of what was left out has, and how long each may be.
const MAX_NAMES: usize = 32;
const MAX_NAME: usize = 64;
/// Stands for the names that are too many.
const MORE: &str = "...";

/// Names what was left out, once. Names come from strangers and go into a list in a header: visible ASCII without commas,
/// and never so much of it that a client cannot read its answer.
pub(super) fn name(names: &mut Vec<String>, path: &str) {
    if names.len() > MAX_NAMES {
        return;
    }
    let in_header = |c: char| if c.is_ascii_graphic() && c != ',' { c } else { '_' };
    let name: String = path.chars().take(MAX_NAME).map(in_header).collect();
    if !names.contains(&name) {
        names.push(if names.len() < MAX_NAMES { name } else { MORE.to_owned() });
    }
}

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
        name(&mut self.params, param);
        Ok(())
    }

    /// What is left out whatever the operator has it: the rest of the request rules it out, or the answer is as good
    /// without.
    pub(super) fn in_any_case(&mut self, param: &str) {
        name(&mut self.params, param);
    }

    /// The first where it is more than a wish, else the second.
    pub(super) fn param_or_wish(&mut self, param: &str, problem: &str, is_wish: bool) -> Result<(), Refusal> {
        if is_wish {
            self.in_any_case(param);
            return Ok(());
        }
        self.param(param, problem)
    }

    /// What was left out, as [`name`] writes it.
    pub(super) fn params(&self) -> &[String] {
        &self.params
    }
}
