//! Values by name or number, for the few dozens of a file, of an environment, of an answer.

use std::borrow::Borrow;

/// Values in the order of their keys: a sorted list, which takes a tenth of the code that a tree takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByKey<K, T>(Vec<(K, T)>);

/// Values by name.
pub(crate) type ByName<T> = ByKey<String, T>;

impl<K: Ord, T> ByKey<K, T> {
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&T>
    where
        K: Borrow<Q>,
    {
        let at = self.place(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The value of that key, made where there is none.
    pub(crate) fn or_default<Q: Ord + ToOwned<Owned = K> + ?Sized>(&mut self, key: &Q) -> &mut T
    where
        K: Borrow<Q>,
        T: Default,
    {
        let at = match self.place(key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (key.to_owned(), T::default()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Adds a value; where the key has one, that one is dropped.
    pub(crate) fn insert(&mut self, key: K, value: T) {
        match self.place(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<T>
    where
        K: Borrow<Q>,
    {
        let at = self.place(key).ok()?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Where the key is, or where it would be.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }
}

impl<T> ByName<T> {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<K, T> Default for ByKey<K, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, T> IntoIterator for ByKey<K, T> {
    type Item = (K, T);
    type IntoIter = std::vec::IntoIter<(K, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Ord, T> Extend<(K, T)> for ByKey<K, T> {
    fn extend<I: IntoIterator<Item = (K, T)>>(&mut self, values: I) {
        for (key, value) in values {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, T> FromIterator<(K, T)> for ByKey<K, T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(values: I) -> Self {
        let mut by_key = Self::default();
        by_key.extend(values);
        by_key
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
