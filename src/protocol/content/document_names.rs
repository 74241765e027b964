//! Names of documents that Bedrock takes, each but once in a conversation.

use super::document_block::{DocumentBlock, MAX_DOCUMENT_NAME_CHARS};
use crate::protocol::distinct_names::DistinctNames;

/// The names of one conversation: Bedrock refuses a second document of the same name in it.
#[derive(Debug, Default)]
pub struct DocumentNames {
    names: DistinctNames,
}

impl DocumentNames {
    /// The document under a name that Bedrock takes, and that no other has: the second `report` is `report (2)`.
    #[must_use]
    pub fn named(&mut self, document: &DocumentBlock) -> DocumentBlock {
        let named = document.clone().named(document.name());
        let stem = named.name().trim().to_owned();
        let numbered = |number: u32| {
            let number = format!(" ({number})");
            let stem: String = stem.chars().take(MAX_DOCUMENT_NAME_CHARS - number.len()).collect();
            stem.trim_end().to_owned() + &number
        };
        let name = self.names.free(stem.clone(), numbered);
        self.names.take(&name);
        named.named(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_and_told_apart() {
        let mut names = DocumentNames::default();
        let mut name = |name: &str| names.named(&DocumentBlock::of_text(name, "x")).name().to_owned();
        assert_eq!(name("a_b.pdf"), "a-b-pdf");
        assert_eq!(name("a/b.pdf"), "a-b-pdf (2)");
        assert_eq!(name(" ä  b "), "- b");
        assert_eq!(name(""), "document");
        assert_eq!(name(&"x".repeat(300)).len(), 200);
        assert_eq!(name(&"x".repeat(300)).len(), 200);
        // As many as a request has room for.
        assert_eq!((0..20_000).map(|_| name("")).last().as_deref(), Some("document (20001)"));
    }
}
