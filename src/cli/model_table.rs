//! `--model-table FILE`: names of models, before those that are built in.

use super::input;
use crate::protocol::model::Table;
use crate::{Error, ErrorKind};

/// The table of a file, over the embedded one.
pub(super) fn read_table(path: &str) -> Result<Table, Error> {
    let bytes = input::read_file("--model-table", path)?;
    let refuse =
        |problem: String| Error::new(ErrorKind::InvalidInput, format!("--model-table: {path} {problem}"));
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse("is no UTF-8 text".to_owned()))?;
    let table = Table::parse(text).map_err(|e| refuse(format!("is no model table: {e}")))?;
    Ok(table.over(Table::embedded()))
}
