//! Ids of tool uses that a model takes, the same for use and result, each but once in a chat.

use super::family::IdForm;
use std::collections::{BTreeMap, BTreeSet};

const MAX_CHARS: usize = 64;
const NINE: usize = 9;

/// The ids of one chat, in the order in which they stand there.
#[derive(Debug)]
pub(super) struct ToolUseIds {
    form: IdForm,
    taken: BTreeSet<String>,
    /// Uses whose result has not been seen yet: the client's id, and the one that is sent.
    open: Vec<(String, String)>,
    last: BTreeMap<String, String>,
}

impl ToolUseIds {
    pub(super) fn new(form: IdForm) -> Self {
        Self { form, taken: BTreeSet::new(), open: Vec::new(), last: BTreeMap::new() }
    }

    /// The id of a use. Clients that count from `call_0` in every turn give one twice.
    pub(super) fn of_use(&mut self, id: &str) -> String {
        let made = self.free(id);
        self.taken.insert(made.clone());
        self.open.push((id.to_owned(), made.clone()));
        self.last.insert(id.to_owned(), made.clone());
        made
    }

    /// The id in a result: that of the first use of this id without one.
    pub(super) fn of_result(&mut self, id: &str) -> String {
        if let Some(place) = self.open.iter().position(|(client, _)| client == id) {
            return self.open.remove(place).1;
        }
        // A result without a use is refused by the service, in its own words.
        self.last.get(id).cloned().unwrap_or_else(|| self.free(id))
    }

    fn free(&self, id: &str) -> String {
        let is_free = |id: &String| !self.taken.contains(id);
        if self.form == IdForm::Nine {
            let fit = Some(id.to_owned()).filter(|id| self.form.fits(id));
            let made = (0..).map(|attempt| nine(id, attempt));
            return fit.into_iter().chain(made).find(is_free).unwrap_or_default();
        }
        let fit: String =
            id.chars().map(|c| if self.form.fits_char(c) { c } else { '_' }).take(MAX_CHARS).collect();
        let fit = if fit.is_empty() { "call".to_owned() } else { fit };
        let numbered = (2..).map(|number| {
            let number = format!("_{number}");
            let stem: String = fit.chars().take(MAX_CHARS - number.len()).collect();
            stem + &number
        });
        std::iter::once(fit.clone()).chain(numbered).find(is_free).unwrap_or_default()
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
}
