//! The table of models that is read before the embedded one.

use super::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::protocol::model::Table;

/// The variable that names its file.
pub(super) const MODELS: &str = "BEDWIRE_MODELS";

impl Environment {
    /// The table that `BEDWIRE_MODELS` names, over the embedded one.
    pub fn model_table(&self) -> Result<Option<Table>, Error> {
        let Some(path) = self.path(MODELS) else { return Ok(None) };
        let refuse = |problem: String| {
            let message = format!("{MODELS}: the file {} {problem}", path.display());
            Error::new(ErrorKind::InvalidInput, message)
        };
        let bytes = self.read(&self.expand(path)).map_err(|e| refuse(format!("cannot be read: {e}")))?;
        let text = String::from_utf8(bytes).map_err(|_| refuse("is no UTF-8 text".to_owned()))?;
        let table = Table::parse(&text).map_err(|e| refuse(format!("is no model table: {e}")))?;
        Ok(Some(table.over(Table::embedded())))
    }
}
