//! Ids of tool uses that a model takes, the same for use and result, each but once in a chat.

use super::family::IdForm;
use super::tool_names::{MAX_CHARS, numbered};
use crate::protocol::distinct_names::DistinctNames;
use std::collections::{BTreeMap, VecDeque};

const NINE: usize = 9;

/// The ids of one chat, in the order in which they stand there.
#[derive(Debug)]
pub(super) struct ToolUseIds {
    form: IdForm,
    distinct: DistinctNames,
    uses: BTreeMap<String, Uses>,
}

/// What the uses of one id of the client's became.
#[derive(Debug, Default)]
struct Uses {
    /// Of those whose result has not been seen yet.
    open: VecDeque<String>,
    last: String,
}

impl ToolUseIds {
    pub(super) fn new(form: IdForm) -> Self {
        Self { form, distinct: DistinctNames::default(), uses: BTreeMap::new() }
    }

    /// The id of a use. Clients that count from `call_0` in every turn give one twice.
    pub(super) fn of_use(&mut self, id: &str) -> String {
        let made = self.free(id);
        self.distinct.take(&made);
        let uses = self.uses.entry(id.to_owned()).or_default();
        uses.open.push_back(made.clone());
        uses.last.clone_from(&made);
        made
    }

    /// The id in a result: that of the first use of this id without one.
    pub(super) fn of_result(&mut self, id: &str) -> String {
        match self.uses.get_mut(id) {
            Some(uses) => uses.open.pop_front().unwrap_or_else(|| uses.last.clone()),
            // A result without a use is refused by the service, in its own words.
            None => self.free(id),
        }
    }

    fn free(&mut self, id: &str) -> String {
        if self.form == IdForm::Nine {
            let first = if self.form.fits(id) { id.to_owned() } else { nine(id, 0) };
            return self.distinct.free(first, |number| nine(id, number - 2));
        }
        let fit: String =
            id.chars().map(|c| if self.form.fits_char(c) { c } else { '_' }).take(MAX_CHARS).collect();
        let fit = if fit.is_empty() { "call".to_owned() } else { fit };
        self.distinct.free(fit.clone(), |number| numbered(&fit, number))
    }
}

impl IdForm {
    fn fits(self, id: &str) -> bool {
        let length = if self == Self::Nine { NINE..=NINE } else { 1..=MAX_CHARS };
        length.contains(&id.len()) && id.chars().all(|c| self.fits_char(c))
    }

    fn fits_char(self, c: char) -> bool {
        c.is_ascii_alphanumeric()
            || match self {
                Self::Converse => "_.:-".contains(c),
                Self::Claude => "_-".contains(c),
                Self::Nine => false,
            }
    }
}

/// Nine letters and digits that an id always becomes: the end of an id differs more than its beginning, a hash of all
/// of it most.
fn nine(id: &str, attempt: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    // FNV-1a: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let bytes = id.bytes().chain(attempt.to_be_bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325, step);
    let mut text = String::with_capacity(NINE);
    for _ in 0..NINE {
        let digit = usize::try_from(hash % 62).unwrap_or_default();
        text.push(DIGITS.get(digit).copied().map_or('0', char::from));
        hash /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fit_ids_stay_and_repeated_ones_are_told_apart() {
        let mut ids = ToolUseIds::new(IdForm::Converse);
        assert_eq!(ids.of_use("call_0"), "call_0");
        assert_eq!(ids.of_result("call_0"), "call_0");
        assert_eq!(ids.of_use("call_0"), "call_0_2");
        assert_eq!(ids.of_use("call:1 é"), "call:1__");
        assert_eq!(ids.of_result("call:1 é"), "call:1__");
        assert_eq!(ids.of_result("call_0"), "call_0_2");
        assert_eq!(ids.of_use(""), "call");
        assert_eq!(ids.of_use(&"x".repeat(70)).len(), 64);
    }

    #[test]
    fn mistral_has_nine_letters_and_digits() {
        let mut ids = ToolUseIds::new(IdForm::Nine);
        assert_eq!(ids.of_use("D681PevKs"), "D681PevKs");
        let first = ids.of_use("tooluse_abcdefghij1");
        let second = ids.of_use("tooluse_abcdefghij2");
        assert_ne!(first, second);
        for id in [&first, &second] {
            assert!(IdForm::Nine.fits(id), "{id}");
        }
        assert_eq!(ids.of_result("tooluse_abcdefghij2"), second);
        assert_eq!(ids.of_result("tooluse_abcdefghij1"), first);
        // The same in the next request.
        assert_eq!(ToolUseIds::new(IdForm::Nine).of_use("tooluse_abcdefghij1"), first);
    }

    #[test]
    fn as_many_as_a_request_has_room_for() {
        for form in [IdForm::Converse, IdForm::Nine] {
            let mut ids = ToolUseIds::new(form);
            let used: Vec<String> = (0..20_000).map(|_| ids.of_use("x")).collect();
            let mut others: Vec<String> = (0..20_000).map(|n| ids.of_use(&n.to_string())).collect();
            let results: Vec<String> = (0..20_000).rev().map(|n| ids.of_result(&n.to_string())).collect();
            others.reverse();
            assert_eq!(results, others);
            assert!((0..20_000).all(|n| ids.of_result("x") == used[n]));
            assert_eq!(ids.of_result("x"), used[19_999], "the service refuses it, in its own words");
        }
    }
}
