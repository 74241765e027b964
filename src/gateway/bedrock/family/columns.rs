//! What can stand in a column of the table of families, where it is not yes or no.

/// Which choices of a tool a family takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum Choices {
    /// No tool can be forced.
    Auto,
    /// A tool can be forced, but not which.
    Any,
    /// A tool can be forced, and which.
    All,
}

/// How a family answers that is given tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum WithTools {
    Streams,
    /// Its answer comes as a whole: ConverseStream takes no tools.
    AnswersWhole,
    /// Not at all.
    TakesNone,
}

/// Which of temperature and top_p a family takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum SamplingTaken {
    Both,
    /// One of them, not both together.
    One,
    /// None; what is sampled is the model's own affair.
    None,
    /// None, unless the model is told not to think.
    WithoutThinking,
}

/// Where `top_k` goes among the additional fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum TopK {
    Member(&'static str),
    /// `inferenceConfig.topK`
    InferenceConfig,
}

/// Where a prompt can be cached up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::gateway::bedrock) enum Caching {
    No,
    /// In instructions and messages, for 5 minutes.
    WithoutTools,
    /// Everywhere, for 5 minutes.
    Everywhere,
    /// Everywhere, for an hour, too.
    OneHour,
}

/// Where a model can be held to a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::gateway::bedrock) enum JsonSchema {
    No,
    /// By `outputConfig.textFormat` of Converse.
    Converse,
    /// By `output_config.format` of Claude's own body, too.
    Everywhere,
}

/// What the id of a tool use may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum IdForm {
    /// 1 to 64 letters, digits and `_ . : -`
    Converse,
    /// The same without `.` and `:`, as Anthropic has it.
    Claude,
    /// Exactly 9 letters and digits, as Mistral has it.
    Nine,
}

/// How a family is told how much to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum Thinking {
    /// There is no setting.
    Fixed,
    /// Claude's `thinking` with a budget of tokens.
    Budget,
    /// Claude's `thinking`, by budget or adaptive.
    BudgetOrAdaptive,
    /// Claude's `thinking`, adaptive only.
    Adaptive,
    /// `reasoningConfig`
    ReasoningConfig,
    /// `reasoning_effort`, from low to high.
    ReasoningEffort,
    /// `reasoning.effort`: none or low to the word that is given.
    ReasoningObject { most: &'static str, none: bool },
}

/// Which schemas of tools a family takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum ToolSchemas {
    /// Any, as the client wrote it.
    AsTheyAre,
    /// Without `anyOf`, `oneOf` and `allOf` at the top.
    WithoutChoice,
    /// Without references, and with `type`, `properties` and `required` at the top only.
    Inlined,
}

/// What a tool of Claude's own body may say of how it is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::bedrock) enum ToolStreaming {
    Unsaid,
    /// `eager_input_streaming`: its arguments come as they are written.
    EagerInput,
}

/// Where the messages of Claude's own body may be instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum SystemMessages {
    Nowhere,
    /// Everywhere but at their beginning.
    BehindTheFirst,
}
