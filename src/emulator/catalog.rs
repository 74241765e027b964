//! Which models there are: those of a table, those that fixtures answered for, and what is of their families.

use super::misspelt::is_misspelt;
use super::models::{is_of_family, told_resource};
use super::refused::Refused;
use crate::fixture::{Case, Store};
use crate::protocol::model::{ModelId, Row, Table, split_geography};

/// What refuses any model id that the region does not know.
pub(super) const UNKNOWN_MODEL: &str = "The provided model identifier is invalid.";

/// The operations whose fixtures tell which models there are.
const INFERENCE: [&str; 4] = [
    "bedrock/invoke-model",
    "bedrock/invoke-model-with-response-stream",
    "bedrock/converse",
    "bedrock/converse-stream",
];

/// The models that there are.
pub(super) struct Catalog<'a> {
    pub(super) stores: Vec<&'a Store>,
    pub(super) table: &'a Table,
}

impl Catalog<'_> {
    /// The row of the model that an id or ARN tells.
    pub(super) fn row(&self, model: &ModelId) -> Option<&Row> {
        self.table.row(split_geography(told_resource(model)?).1)
    }

    /// Refuses an id that no model has and that is most probably meant to be another's.
    pub(super) fn refuse_misspelt(&self, model: &ModelId) -> Result<(), Refused> {
        if is_misspelt(model, self.table) && !self.has_answered(model) {
            return Err(Refused::validation(UNKNOWN_MODEL));
        }
        Ok(())
    }

    /// Whether there may be such a model: it is known, or of a known family, or its ARN does not tell.
    pub(super) fn may_have(&self, model: &ModelId) -> bool {
        let is_known = || self.row(model).is_some() || self.has_answered(model) || self.has_family_of(model);
        told_resource(model).is_none() || (self.refuse_misspelt(model).is_ok() && is_known())
    }

    /// Whether a fixture has an answer of the model's family to anything.
    pub(super) fn has_family_of(&self, model: &ModelId) -> bool {
        self.cases().any(|case| is_of_family(case, model))
    }

    fn has_answered(&self, model: &ModelId) -> bool {
        let resource = told_resource(model);
        let is_its = |case: &Case| resource.is_some() && case.model.as_deref() == resource;
        self.cases()
            .any(|case| is_its(case) && case.responses.last().is_some_and(|r| r.status().is_success()))
    }

    fn cases(&self) -> impl Iterator<Item = &Case> {
        let tells = |case: &&Case| INFERENCE.contains(&case.operation());
        self.stores.iter().flat_map(|store| store.cases()).filter(tells)
    }
}
