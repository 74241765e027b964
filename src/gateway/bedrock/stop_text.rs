//! Stop sequences for models that take none: the text is cut here.
//!
//! - <https://github.com/crewAIInc/crewAI/issues/3317>
//! - <https://github.com/langgenius/dify-official-plugins/issues/1767>
//! - <https://github.com/langchain-ai/langchain-aws/issues/664>

use crate::protocol::content::AnswerBlock;

/// A text that arrives in pieces and ends where one of its sequences begins. What may be the beginning of one is held back.
#[derive(Debug)]
pub(super) struct StopText {
    sequences: Box<[String]>,
    /// Where it stands among the blocks, and what it is.
    held: Option<(u64, String)>,
}

/// What can be said with a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    /// The last of it, and the sequence that came then.
    Last(String, String),
}

impl StopText {
    /// `None` where there is nothing to cut at.
    pub(super) fn of(sequences: &[String]) -> Option<Self> {
        (!sequences.is_empty()).then(|| Self { sequences: sequences.into(), held: None })
    }

    pub(super) fn push(&mut self, place: u64, piece: String) -> Said {
        let mut text = match self.held.take() {
            Some((_, held)) => held + &piece,
            None => piece,
        };
        if let Some((at, sequence)) = first(&text, &self.sequences) {
            let sequence = sequence.to_owned();
            text.truncate(at);
            return Said::Last(text, sequence);
        }
        let begins = |at: &usize| {
            text.get(*at..).is_some_and(|end| self.sequences.iter().any(|sequence| sequence.starts_with(end)))
        };
        let longest = self.sequences.iter().map(String::len).max().unwrap_or_default();
        let from = text.len().saturating_sub(longest);
        if let Some(at) = (from..text.len()).find(begins) {
            self.held = Some((place, text.split_off(at)));
        }
        Said::Text(text)
    }

    /// What was held back, where nothing more of it comes.
    pub(super) fn held(&mut self) -> Option<(u64, String)> {
        self.held.take()
    }
}

/// Cuts a whole answer where one of its texts has one of these sequences, and says which.
pub(super) fn cut(blocks: &mut Vec<AnswerBlock>, sequences: &[String]) -> Option<String> {
    let (place, sequence) = blocks.iter_mut().enumerate().find_map(|(place, block)| match block {
        AnswerBlock::Text(text) => {
            let (at, sequence) = first(text, sequences)?;
            text.truncate(at);
            Some((place, sequence.to_owned()))
        }
        _ => None,
    })?;
    blocks.truncate(place + 1);
    Some(sequence)
}

/// Where the first of these sequences begins, and which it is.
fn first<'a>(text: &str, sequences: &'a [String]) -> Option<(usize, &'a str)> {
    let found =
        sequences.iter().filter_map(|sequence| Some((text.find(sequence.as_str())?, sequence.as_str())));
    found.min_by_key(|(at, sequence)| (at + sequence.len(), *at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a text in pieces of this many characters, and the sequence that ended it.
    fn of(text: &str, count: usize, sequences: &[&str]) -> (String, Option<String>) {
        let sequences: Vec<String> = sequences.iter().map(|sequence| (*sequence).to_owned()).collect();
        let mut stop = StopText::of(&sequences).unwrap();
        let mut said = String::new();
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(count) {
            match stop.push(3, piece.iter().collect()) {
                Said::Text(text) => said.push_str(&text),
                Said::Last(text, sequence) => return (said + &text, Some(sequence)),
            }
        }
        (said + &stop.held().map(|(_, held)| held).unwrap_or_default(), None)
    }

    #[test]
    fn a_text_ends_where_a_sequence_begins_however_it_is_cut() {
        for (text, sequences, expected) in [
            ("I look.\nObservation: none", &["\nObservation:"][..], ("I look.", Some("\nObservation:"))),
            ("I look.\nObs\nObservation:", &["\nObservation:"], ("I look.\nObs", Some("\nObservation:"))),
            ("aab", &["ab", "b"], ("a", Some("ab"))),
            ("abc", &["bcd", "b"], ("a", Some("b"))),
            ("\u{fc}ber \u{fc}END", &["\u{fc}END"], ("\u{fc}ber ", Some("\u{fc}END"))),
            ("END", &["END"], ("", Some("END"))),
            ("the EN", &["END"], ("the EN", None)),
        ] {
            for count in 1..=text.len() {
                let (said, sequence) = of(text, count, sequences);
                assert_eq!((said.as_str(), sequence.as_deref()), expected, "{text} in pieces of {count}");
            }
        }
    }

    #[test]
    fn no_more_is_held_back_than_may_be_one() {
        let mut stop = StopText::of(&["\nObservation:".to_owned()]).unwrap();
        assert_eq!(stop.push(0, "I look.\nOb".to_owned()), Said::Text("I look.".to_owned()));
        assert_eq!(stop.push(0, "jects".to_owned()), Said::Text("\nObjects".to_owned()));
    }
}
