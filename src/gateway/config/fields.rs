//! A table whose members are asked for by name: each of the right kind, and none that nobody knows.

use super::document::{Member, Node, Value};
use super::problem::{Problem, position};
use std::time::Duration;

/// A table, and the path to it.
pub(super) struct Fields<'a> {
    text: &'a str,
    path: String,
    members: &'a [Member],
}

/// One value, and the path to it.
#[derive(Clone)]
pub(super) struct Field<'a> {
    text: &'a str,
    pub(super) path: String,
    node: &'a Node,
}

impl<'a> Field<'a> {
    /// The whole text.
    pub(super) fn root(text: &'a str, node: &'a Node) -> Self {
        Self { text, path: String::new(), node }
    }

    /// What is wrong with the value.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.place(), self.path.clone(), message)
    }

    /// The line and column of the value.
    pub(super) fn place(&self) -> (usize, usize) {
        position(self.text, self.node.at)
    }

    fn wrong_kind(&self, wanted: &str) -> Problem {
        self.problem(format!("takes {wanted}, and this is {}", self.node.value.kind()))
    }

    /// A table with these members, or fewer.
    pub(super) fn fields(&self, known: &[&str]) -> Result<Fields<'a>, Problem> {
        let members = self.table("a table")?;
        for member in members {
            if !known.contains(&&*member.key) {
                let message = match closest(&member.key, known) {
                    Some(closest) => format!("there is no such setting; {closest:?} is one"),
                    None => format!("there is no such setting; there are {}", known.join(", ")),
                };
                let path = joined(&self.path, &member.key);
                return Err(Problem::new(position(self.text, member.at), path, message));
            }
        }
        Ok(Fields { text: self.text, path: self.path.clone(), members })
    }

    /// A table with members of any name.
    pub(super) fn named(&self) -> Result<Vec<(&'a str, Field<'a>)>, Problem> {
        let members = self.table("a table")?.iter();
        Ok(members.map(|member| (member.key.as_str(), self.member(member))).collect())
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    /// The elements of an array; `None` where it is none.
    pub(super) fn elements(&self) -> Option<Vec<Field<'a>>> {
        let Value::List(elements) = &self.node.value else { return None };
        let field = |(index, node)| Field { text: self.text, path: format!("{}[{index}]", self.path), node };
        Some(elements.iter().enumerate().map(field).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, Problem> {
        match &self.node.value {
            Value::Text(text) if text.is_empty() => Err(self.problem("is empty")),
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong_kind("a string")),
        }
    }

    pub(super) fn texts(&self) -> Result<Vec<String>, Problem> {
        let elements = self.elements().ok_or_else(|| self.wrong_kind("an array of strings"))?;
        elements.iter().map(|element| element.text().map(str::to_owned)).collect()
    }

    pub(super) fn boolean(&self) -> Result<bool, Problem> {
        match self.node.value {
            Value::Boolean(boolean) => Ok(boolean),
            _ => Err(self.wrong_kind("true or false")),
        }
    }

    /// A count of at least 1.
    pub(super) fn count<T: TryFrom<i64>>(&self) -> Result<T, Problem> {
        let Value::Integer(count) = self.node.value else {
            return Err(self.wrong_kind("an integer"));
        };
        if count < 1 {
            return Err(self.problem(format!("takes an integer above 0, and this is {count}")));
        }
        T::try_from(count).map_err(|_| self.problem("is too large"))
    }

    /// Seconds; 0 is allowed.
    pub(super) fn seconds(&self) -> Result<Duration, Problem> {
        #[allow(clippy::cast_precision_loss)] // nobody waits for 2⁵² seconds
        let seconds = match self.node.value {
            Value::Integer(seconds) => seconds as f64,
            Value::Number(seconds) => seconds,
            _ => return Err(self.wrong_kind("a number of seconds")),
        };
        // A day bounds what timers are given.
        let duration = Duration::try_from_secs_f64(seconds).ok().filter(|d| *d <= Duration::from_hours(24));
        duration.ok_or_else(|| self.problem("takes a number of seconds from 0 to 86400"))
    }

    /// Seconds above 0.
    pub(super) fn positive_seconds(&self) -> Result<Duration, Problem> {
        let seconds = self.seconds()?;
        if seconds.is_zero() {
            return Err(self.problem("takes a number of seconds above 0"));
        }
        Ok(seconds)
    }

    fn table(&self, wanted: &str) -> Result<&'a [Member], Problem> {
        match &self.node.value {
            Value::Table(members) => Ok(members),
            _ => Err(self.wrong_kind(wanted)),
        }
    }

    fn member(&self, member: &'a Member) -> Field<'a> {
        Field { text: self.text, path: joined(&self.path, &member.key), node: &member.node }
    }
}

impl<'a> Fields<'a> {
    pub(super) fn find(&self, key: &str) -> Option<Field<'a>> {
        let member = self.members.iter().find(|member| member.key == key)?;
        Some(Field { text: self.text, path: joined(&self.path, key), node: &member.node })
    }

    /// Reads a member into its place, where it is set.
    pub(super) fn set<T>(
        &self,
        key: &str,
        place: &mut T,
        read: impl FnOnce(&Field<'a>) -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        if let Some(field) = self.find(key) {
            *place = read(&field)?;
        }
        Ok(())
    }
}

/// A key that TOML writes in quotes has them here, too.
fn joined(path: &str, key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let key = if is_bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The known word that is written most alike, if any is.
pub(super) fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|known| (distance(word, known), *known));
    let (distance, closest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= word.len().max(closest.len())).then_some(closest)
}

/// How many letters must be changed.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(b.chars()) {
            let changed = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = changed.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_word_is_found_where_one_is_close() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("a", "a")), (3, 3, 0));
        assert_eq!(closest("max_token", &["models", "max_tokens"]), Some("max_tokens"));
        assert_eq!(closest("colour", &["models", "max_tokens"]), None);
    }
}
