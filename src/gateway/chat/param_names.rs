//! What a client calls its parameters.

/// The names of what a model may not be given. Each API has its own, and a refusal names what the client sent.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct ParamNames {
    pub(in crate::gateway) max_tokens: &'static str,
    /// How much is thought, as this request says it.
    pub(in crate::gateway) reasoning: &'static str,
    /// The tokens of a budget, where there is one.
    pub(in crate::gateway) budget: &'static str,
    /// Where an effort can be given.
    pub(in crate::gateway) effort: &'static str,
    pub(in crate::gateway) tool_choice: &'static str,
}

impl ParamNames {
    /// <https://platform.openai.com/docs/api-reference/chat/create>
    pub(in crate::gateway) const OPENAI: Self = Self {
        max_tokens: "max_tokens",
        reasoning: "reasoning_effort",
        budget: "thinking.budget_tokens",
        effort: "reasoning_effort",
        tool_choice: "tool_choice",
    };

    /// <https://platform.openai.com/docs/api-reference/responses/create>
    pub(in crate::gateway) const RESPONSES: Self = Self {
        max_tokens: "max_output_tokens",
        reasoning: "reasoning.effort",
        effort: "reasoning.effort",
        ..Self::OPENAI
    };

    /// <https://docs.anthropic.com/en/api/messages>
    pub(in crate::gateway) const ANTHROPIC: Self = Self {
        max_tokens: "max_tokens",
        reasoning: "thinking",
        budget: "thinking.budget_tokens",
        effort: "output_config.effort",
        tool_choice: "tool_choice",
    };
}

impl Default for ParamNames {
    fn default() -> Self {
        Self::OPENAI
    }
}
