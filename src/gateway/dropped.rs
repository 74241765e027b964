//! What Bedrock or a model cannot honour: refused by name, or dropped (left out, and named in the answer), as the operator
//! has it.

use crate::gateway::refusal::Refusal;

/// How many names the header of what was dropped has, and how long each may be.
const MAX_NAMES: usize = 32;
const MAX_NAME: usize = 64;
/// Stands for the names that are too many.
const MORE: &str = "...";

/// Names what was dropped, once. Names come from strangers and go into a list in a header: visible ASCII without commas,
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

/// Collects what is dropped.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    drops_unsupported: bool,
    params: Vec<String>,
}

impl Dropped {
    /// Refuses what cannot be honoured, or drops it.
    pub(super) fn new(drops_unsupported: bool) -> Self {
        Self { drops_unsupported, params: Vec::new() }
    }

    /// Whether what cannot be honoured is dropped, and not refused.
    pub(super) fn drops_unsupported(&self) -> bool {
        self.drops_unsupported
    }

    /// A parameter that cannot be honoured; `problem` is the rest of the sentence. `Ok` where it is dropped.
    pub(super) fn param(&mut self, param: &str, problem: &str) -> Result<(), Refusal> {
        if !self.drops_unsupported {
            return Err(Refusal::field(param, problem));
        }
        name(&mut self.params, param);
        Ok(())
    }

    /// What is dropped whatever the operator has it: the rest of the request rules it out, or the answer is as good
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

    /// What was dropped, as [`name`] writes it.
    pub(super) fn params(&self) -> &[String] {
        &self.params
    }

    /// The same, to keep.
    pub(super) fn into_params(self) -> Vec<String> {
        self.params
    }
}
