//! What answers took, in OpenAI's words.

use crate::protocol::content::Usage;
use crate::protocol::decimals::push_whole;

/// The tokens of all answers to one request. Bedrock bills the prompt of each of them, so prompts add up, too.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tokens {
    prompt: u64,
    completion: u64,
    cached: u64,
    cache_creation: u64,
}

impl Tokens {
    /// `None` where nothing is known of any.
    pub(super) fn of<'a>(usages: impl IntoIterator<Item = &'a Usage>) -> Option<Self> {
        usages.into_iter().fold(None, |sum: Option<Self>, usage| {
            let sum = sum.unwrap_or_default();
            Some(Self {
                prompt: sum.prompt.saturating_add(usage.total_prompt_tokens()),
                completion: sum.completion.saturating_add(usage.output_tokens()),
                cached: sum.cached.saturating_add(usage.cache_read_input_tokens()),
                cache_creation: sum.cache_creation.saturating_add(usage.cache_write_input_tokens()),
            })
        })
    }

    /// Appends the object of `usage`.
    pub(super) fn write(&self, out: &mut String) {
        let Self { prompt, completion, cached, cache_creation } = *self;
        push_counts(
            out,
            &[
                ("{\"prompt_tokens\":", prompt),
                (",\"completion_tokens\":", completion),
                (",\"total_tokens\":", prompt.saturating_add(completion)),
                (",\"prompt_tokens_details\":{\"cached_tokens\":", cached),
                (",\"cache_creation_tokens\":", cache_creation),
            ],
        );
        out.push_str("}}");
    }

    /// The same for a response. Bedrock does not tell apart the tokens of thoughts.
    pub(super) fn write_for_response(&self, out: &mut String) {
        let Self { prompt, completion, cached, cache_creation } = *self;
        push_counts(
            out,
            &[
                ("{\"input_tokens\":", prompt),
                (",\"input_tokens_details\":{\"cached_tokens\":", cached),
                (",\"cache_write_tokens\":", cache_creation),
                ("},\"output_tokens\":", completion),
                (",\"output_tokens_details\":{\"reasoning_tokens\":", 0),
                ("},\"total_tokens\":", prompt.saturating_add(completion)),
            ],
        );
        out.push('}');
    }
}

fn push_counts(out: &mut String, counts: &[(&str, u64)]) {
    for (name, count) in counts {
        out.push_str(name);
        push_whole(out, *count);
    }
}
