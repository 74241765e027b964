//! TOML text → a tree in which everything knows where it stands: the only file that names `toml`.
//! <https://toml.io/en/v1.0.0>

use super::problem::{Problem, position};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One value, and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<Member>),
    /// Nothing here is a date.
    Date,
}

/// One member of a table, and where its key begins. They are in the order of the text.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) at: usize,
    pub(super) node: Node,
}

impl Value {
    /// What it is, in the middle of a sentence.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Number(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
            Self::Date => "a date",
        }
    }
}

/// Reads a whole text.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let table = DeTable::parse(text).map_err(|e| {
        let at = e.span().unwrap_or(0..0).start;
        Problem::new(position(text, at), "", e.message())
    })?;
    members(text, table.into_inner()).map(|members| Node { value: Value::Table(members), at: 0 })
}

fn members(text: &str, table: DeTable<'_>) -> Result<Vec<Member>, Problem> {
    let members = table.into_iter().map(|(key, value)| {
        let at = key.span().start;
        Ok(Member { node: node(text, value)?, at, key: key.into_inner().into_owned() })
    });
    let mut members = members.collect::<Result<Vec<_>, _>>()?;
    members.sort_by_key(|member| member.at);
    Ok(members)
}

fn node(text: &str, value: Spanned<DeValue<'_>>) -> Result<Node, Problem> {
    let Range { start: at, .. } = value.span();
    let out_of_range = || Problem::new(position(text, at), "", "the number is too large");
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(integer) => {
            let read = i64::from_str_radix(integer.as_str(), integer.radix());
            Value::Integer(read.map_err(|_| out_of_range())?)
        }
        DeValue::Float(float) => Value::Number(float.as_str().parse().map_err(|_| out_of_range())?),
        DeValue::Boolean(boolean) => Value::Boolean(boolean),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(list) => {
            Value::List(list.into_iter().map(|value| node(text, value)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => Value::Table(members(text, table)?),
    };
    Ok(Node { value, at })
}
