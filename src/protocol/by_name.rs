//! Values by name, for the few dozens of a file or of an environment.

/// Values by name, in the order of their names: a sorted list, which takes a tenth of the code that a tree takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByName<T>(Vec<(String, T)>);

impl<T> ByName<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        let at = self.place(name).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The value of that name, made where there is none.
    pub(crate) fn or_default(&mut self, name: &str) -> &mut T
    where
        T: Default,
    {
        let at = match self.place(name) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (name.to_owned(), T::default()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Adds a value; where the name has one, that one is dropped.
    pub(crate) fn insert(&mut self, name: String, value: T) {
        match self.place(&name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Where the name is, or where it would be.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> IntoIterator for ByName<T> {
    type Item = (String, T);
    type IntoIter = std::vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> Extend<(String, T)> for ByName<T> {
    fn extend<I: IntoIterator<Item = (String, T)>>(&mut self, values: I) {
        for (name, value) in values {
            self.insert(name, value);
        }
    }
}

impl<T> FromIterator<(String, T)> for ByName<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(values: I) -> Self {
        let mut by_name = Self::default();
        by_name.extend(values);
        by_name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_the_last_value_counts() {
        let pairs = [("b", 1), ("a", 2), ("c", 3), ("b", 4)];
        let mut by_name: ByName<i32> = pairs.into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
        assert_eq!(by_name.iter().collect::<Vec<_>>(), [("a", &2), ("b", &4), ("c", &3)]);
        by_name.remove("b");
        by_name.remove("x");
        *by_name.or_default("d") += 1;
        assert_eq!((by_name.get("b"), by_name.get("d")), (None, Some(&1)));
    }
}
