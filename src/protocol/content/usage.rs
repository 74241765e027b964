//! What a call took, in tokens.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html>

use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::json::Value;
use http::HeaderMap;

/// What each count is called: by Converse, by Claude and by others. Live answers have the cache's twice.
const NAMES: [[&str; 3]; 5] = [
    ["inputTokens", "input_tokens", "prompt_tokens"],
    ["outputTokens", "output_tokens", "completion_tokens"],
    ["totalTokens", "total_tokens", "total_tokens"],
    ["cacheReadInputTokens", "cacheReadInputTokenCount", "cache_read_input_tokens"],
    ["cacheWriteInputTokens", "cacheWriteInputTokenCount", "cache_creation_input_tokens"],
];

/// The headers of InvokeModel's answer, by Converse's name for what they count.
const HEADERS: [(&str, &str); 4] = [
    ("inputTokens", "x-amzn-bedrock-input-token-count"),
    ("outputTokens", "x-amzn-bedrock-output-token-count"),
    ("cacheReadInputTokens", "x-amzn-bedrock-cache-read-input-token-count"),
    ("cacheWriteInputTokens", "x-amzn-bedrock-cache-write-input-token-count"),
];

/// Tokens of one call. A count that the service does not give is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    document: Document,
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: Option<u64>,
    cache_read_input_tokens: u64,
    cache_write_input_tokens: u64,
}

impl Usage {
    /// Reads `usage` of an answer of Converse, or of a native answer of Claude (`input_tokens`). Keys that it does not
    /// know stay in the document. `None` where it is no object, or has no count of tokens.
    pub fn read(document: Document) -> Option<Self> {
        let read = Self::of(document.indexed()?.root())?;
        Some(Self { document, ..read })
    }

    /// The same of a value that stands in an answer.
    pub(super) fn of_value(usage: Value<'_>) -> Option<Self> {
        let document = Document::new(usage.text().to_owned());
        Some(Self { document, ..Self::of(usage)? })
    }

    /// The counts, without their document.
    fn of(usage: Value<'_>) -> Option<Self> {
        let mut sums = counts(usage);
        if let [None, None, ..] = sums {
            return None;
        }
        for compaction in compactions(usage) {
            for (sum, count) in sums.iter_mut().zip(counts(compaction)) {
                *sum = count.map_or(*sum, |count| Some(sum.unwrap_or_default().saturating_add(count)));
            }
        }
        let [input, output, total, cache_read, cache_write] = sums;
        Some(Self {
            input_tokens: input.unwrap_or_default(),
            output_tokens: output.unwrap_or_default(),
            total_tokens: total,
            cache_read_input_tokens: cache_read.unwrap_or_default(),
            cache_write_input_tokens: cache_write.unwrap_or_default(),
            document: Document::default(),
        })
    }

    /// The counts that InvokeModel's answer has in its headers. `None` where neither prompt nor answer is counted there.
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let mut usage = ObjectWriter::default();
        for (name, header) in HEADERS {
            let count = headers.get(header).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
            if let Some(count) = count {
                usage.value(name, &count.into());
            }
        }
        Self::read(Document::new(usage.finish()))
    }

    /// Two counts that stand in no `usage`. `None` where neither is known.
    pub(crate) fn of_counts(input: Option<u64>, output: Option<u64>) -> Option<Self> {
        let counts = [("inputTokens", input), ("outputTokens", output)];
        let mut usage = ObjectWriter::default();
        for (name, count) in counts {
            if let Some(count) = count {
                usage.value(name, &count.into());
            }
        }
        Self::read(Document::new(usage.finish()))
    }

    /// Tokens of the prompt that were neither read from the cache nor written to it.
    pub fn input_tokens(&self) -> u64 {
        self.input_tokens
    }

    /// Tokens of the answer.
    pub fn output_tokens(&self) -> u64 {
        self.output_tokens
    }

    /// Tokens of the prompt that were read from the cache.
    pub fn cache_read_input_tokens(&self) -> u64 {
        self.cache_read_input_tokens
    }

    /// Tokens of the prompt that were written to the cache.
    pub fn cache_write_input_tokens(&self) -> u64 {
        self.cache_write_input_tokens
    }

    /// All tokens of the prompt: those of [`Usage::input_tokens`], of cache reads and of cache writes.
    pub fn total_prompt_tokens(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_read_input_tokens)
            .saturating_add(self.cache_write_input_tokens)
    }

    /// `totalTokens` where the service gives it, else prompt and answer.
    pub fn total_tokens(&self) -> u64 {
        self.total_tokens.unwrap_or_else(|| self.total_prompt_tokens().saturating_add(self.output_tokens))
    }

    /// All of it, as the service wrote it.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

/// What was taken to sum up a chat that has become too long. Claude leaves it out of its own counts, and it is billed.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-compaction.html>
fn compactions(usage: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let iterations = usage.get("iterations").and_then(Value::elements).into_iter().flatten();
    iterations.filter(|iteration| {
        iteration.get("type").and_then(Value::str).is_some_and(|kind| kind == "compaction")
    })
}

/// The counts of [`NAMES`], each by the first of its names that has one.
fn counts(usage: Value<'_>) -> [Option<u64>; 5] {
    let mut counts = [[None; 3]; 5];
    for (name, value) in usage.members() {
        let Some(name) = name.str() else { continue };
        let known = counts.as_flattened_mut().iter_mut().zip(NAMES.as_flattened());
        for (count, _) in known.filter(|(_, known)| **known == name) {
            *count = value.unsigned();
        }
    }
    counts.map(|by_name| by_name.into_iter().flatten().next())
}
