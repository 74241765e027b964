//! How a client treats the names of models.

use crate::protocol::model::{ResolveOptions, Table};
use std::sync::Arc;

/// How a client treats the names of models. The default sends every id as it is, and says in the hint of a refusal
/// which id would work.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Whether calls take names (`claude-3-5-sonnet-latest`), too, and find the id that answers in their region.
    pub resolve: bool,
    /// Whether a call whose id is refused is sent once more, with the id that would work.
    pub repair: bool,
    /// Whether a `global.` profile may be taken. It may be answered in any commercial region.
    pub allow_global: bool,
    table: Option<Arc<Table>>,
}

impl ModelOptions {
    /// Takes names, or not.
    #[must_use]
    pub fn resolve(mut self, resolve: bool) -> Self {
        self.resolve = resolve;
        self
    }

    /// Repairs refused ids, or not.
    #[must_use]
    pub fn repair(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }

    /// Takes global profiles where the region's own geography has none, or not.
    #[must_use]
    pub fn allow_global(mut self, allow: bool) -> Self {
        self.allow_global = allow;
        self
    }

    /// Another table than the embedded one. [`Table::over`] puts one over the other.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.table = Some(Arc::new(table));
        self
    }

    /// The table of names.
    pub fn names(&self) -> &Table {
        self.table.as_deref().unwrap_or_else(|| Table::embedded())
    }

    pub(super) fn for_resolution(&self) -> ResolveOptions {
        ResolveOptions::default().allow_global(self.allow_global)
    }
}
