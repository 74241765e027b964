//! Names that must differ: one that is taken gets a number.

use std::collections::{BTreeMap, BTreeSet};

/// Names of which none may stand there twice.
#[derive(Debug, Default)]
pub(crate) struct DistinctNames {
    taken: BTreeSet<String>,
    /// The number to go on with, by the form that is numbered: to count from 2 for each name would take the square of
    /// the time, and a client chooses how many there are.
    next: BTreeMap<String, u32>,
}

impl DistinctNames {
    /// Makes a name one that [`Self::free`] does not give.
    pub(crate) fn take(&mut self, name: &str) {
        if !self.taken.contains(name) {
            self.taken.insert(name.to_owned());
        }
    }

    /// This name, or where it is taken the first that is free of those that `numbered` makes of a number from 2 on.
    pub(crate) fn free(&mut self, name: String, numbered: impl Fn(u32) -> String) -> String {
        if !self.taken.contains(&name) {
            return name;
        }
        // Long names are cut to have room for a number, so that many may become one: those share their numbers. With
        // the longest number they are the same if they are it with any.
        let next = self.next.entry(numbered(u32::MAX)).or_insert(2);
        loop {
            let name = numbered(*next);
            if !self.taken.contains(&name) || *next == u32::MAX {
                return name;
            }
            *next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_numbers_go_on_where_they_were() {
        let tries = Cell::new(0);
        let mut names = DistinctNames::default();
        let mut name = |name: &str| {
            let cut: String = name.chars().take(4).collect();
            let numbered = |number: u32| {
                tries.set(tries.get() + 1);
                format!("{cut}_{number}")
            };
            let free = names.free(name.to_owned(), numbered);
            names.take(&free);
            free
        };
        assert_eq!(["a", "a", "a_2", "a", "b", "b"].map(&mut name), ["a", "a_2", "a_2_2", "a_3", "b", "b_2"]);
        for number in 0..1_000 {
            // All of these are cut to the same.
            let long = format!("long{number}");
            assert_eq!([name(&long), name(&long)], [long.clone(), format!("long_{}", number + 2)]);
        }
        assert!(tries.get() < 4_000, "{}", tries.get());
    }
}
