//! What families of models take, as data. A row counts for every id that begins with its prefix, and the first such row
//! counts; what nobody knows is left to the service, which refuses it by name.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>,
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>,
//! <https://github.com/langchain-ai/langchainjs/pull/11922> (instructions among the messages)

mod columns;

pub(in crate::gateway) use columns::SystemMessages;
pub(super) use columns::{
    Caching, Choices, IdForm, JsonSchema, SamplingTaken, Thinking, ToolSchemas, ToolStreaming, TopK,
    WithTools,
};

use super::prepared::Form;

/// What a family takes.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // they are columns of a table
pub(in crate::gateway) struct Family {
    prefix: &'static str,
    pub(super) tool_choice: Choices,
    pub(super) sampling: SamplingTaken,
    pub(super) top_k: Option<TopK>,
    pub(super) most_top_k: Option<u32>,
    pub(super) most_top_p: f64,
    pub(super) caching: Caching,
    /// Whether a tool's result says how the tool ended.
    pub(super) result_status: bool,
    /// Whether a tool's result may have images.
    pub(super) result_images: bool,
    pub(super) tool_use_ids: IdForm,
    pub(super) thinking: Thinking,
    pub(super) json_schema: JsonSchema,
    /// Whether the last message may be the assistant's, for the model to go on with.
    pub(super) prefill: bool,
    pub(super) with_tools: WithTools,
    /// Whether a turn may have what is said beside what tools are asked and answer.
    pub(super) mixes_tools: bool,
    pub(super) tool_schemas: ToolSchemas,
    /// Whether it stops at sequences that it is given.
    pub(super) stop_sequences: bool,
    /// Whether a tool can be forced while it thinks.
    pub(super) forced_in_thought: bool,
    /// Whether it takes instructions beside the messages.
    pub(super) system: bool,
    /// What a tool of Claude's own body may say of how it is streamed.
    pub(super) tool_streaming: ToolStreaming,
    /// Where the messages of Claude's own body may be instructions.
    pub(super) system_messages: SystemMessages,
}

/// What Claudes differ in, where a client's own body passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct ClaudeTakes {
    /// Prompts are cached for an hour, too.
    pub(in crate::gateway) one_hour: bool,
    pub(in crate::gateway) eager_input: bool,
    /// It can be held to the schema of an answer (`output_config.format`), and to those of tools (`strict`).
    pub(in crate::gateway) schemas: bool,
    pub(in crate::gateway) system_messages: SystemMessages,
}

impl ClaudeTakes {
    /// What a family takes; `None` where it is no Claude.
    pub(in crate::gateway) fn of(family: &Family) -> Option<Self> {
        family.is_claude().then_some(Self {
            one_hour: family.caching == Caching::OneHour,
            eager_input: family.tool_streaming == ToolStreaming::EagerInput,
            schemas: family.takes_schemas(Form::Claude),
            system_messages: family.system_messages,
        })
    }
}

impl Family {
    /// What is known of a family, by its name or by a base id.
    pub(in crate::gateway) fn of(name: &str) -> &'static Self {
        ROWS.iter().find(|row| name.starts_with(row.prefix)).unwrap_or(&OTHER)
    }

    pub(super) fn is_claude(&self) -> bool {
        self.prefix.starts_with(CLAUDE.prefix)
    }

    /// Whether a model can be held to a schema by a body of this form.
    pub(super) fn takes_schemas(&self, form: Form) -> bool {
        match form {
            Form::Converse => self.json_schema >= JsonSchema::Converse,
            Form::Claude => self.json_schema == JsonSchema::Everywhere,
        }
    }

    /// Whether a model can be made to use a tool.
    pub(super) fn can_force_tools(&self) -> bool {
        self.with_tools != WithTools::TakesNone && matches!(self.tool_choice, Choices::Any | Choices::All)
    }
}

/// Of whom nothing is known: only what every model takes is changed.
const OTHER: Family = Family {
    prefix: "",
    tool_choice: Choices::All,
    sampling: SamplingTaken::Both,
    top_k: None,
    most_top_k: None,
    most_top_p: 1.0,
    caching: Caching::No,
    result_status: false,
    result_images: true,
    tool_use_ids: IdForm::Converse,
    thinking: Thinking::Fixed,
    json_schema: JsonSchema::No,
    prefill: true,
    with_tools: WithTools::Streams,
    mixes_tools: true,
    tool_schemas: ToolSchemas::AsTheyAre,
    stop_sequences: true,
    forced_in_thought: true,
    system: true,
    tool_streaming: ToolStreaming::Unsaid,
    system_messages: SystemMessages::Nowhere,
};

/// A Claude that is not in the table is newer than it.
const CLAUDE: Family = Family {
    prefix: "anthropic.claude",
    sampling: SamplingTaken::One,
    top_k: Some(TopK::Member("top_k")),
    caching: Caching::OneHour,
    result_status: true,
    tool_use_ids: IdForm::Claude,
    thinking: Thinking::Adaptive,
    prefill: false,
    tool_schemas: ToolSchemas::WithoutChoice,
    forced_in_thought: false,
    tool_streaming: ToolStreaming::EagerInput,
    system_messages: SystemMessages::BehindTheFirst,
    ..OTHER
};
const CLAUDE_3: Family = Family {
    sampling: SamplingTaken::Both,
    caching: Caching::Everywhere,
    thinking: Thinking::Fixed,
    prefill: true,
    tool_streaming: ToolStreaming::Unsaid,
    system_messages: SystemMessages::Nowhere,
    ..CLAUDE
};
const CLAUDE_2: Family = Family { caching: Caching::No, with_tools: WithTools::TakesNone, ..CLAUDE_3 };
const CLAUDE_4: Family = Family { thinking: Thinking::Budget, ..CLAUDE_3 };
const CLAUDE_4_5: Family = Family {
    sampling: SamplingTaken::One,
    caching: Caching::OneHour,
    json_schema: JsonSchema::Everywhere,
    ..CLAUDE_4
};
const CLAUDE_4_6: Family = Family {
    thinking: Thinking::BudgetOrAdaptive,
    prefill: false,
    tool_streaming: ToolStreaming::EagerInput,
    ..CLAUDE_4_5
};
/// Without sampling, and without a schema in its own body.
const CLAUDE_4_7: Family = Family { sampling: SamplingTaken::None, ..CLAUDE };
const CLAUDE_4_8: Family = Family { json_schema: JsonSchema::Converse, ..CLAUDE_4_7 };
const CLAUDE_5_5: Family = Family { tool_choice: Choices::Auto, ..CLAUDE_4_7 };

const NOVA: Family = Family {
    prefix: "amazon.nova",
    top_k: Some(TopK::InferenceConfig),
    most_top_k: Some(128),
    caching: Caching::WithoutTools,
    result_status: true,
    tool_schemas: ToolSchemas::Inlined,
    ..OTHER
};
const LLAMA: Family = Family {
    prefix: "meta.",
    tool_choice: Choices::Auto,
    with_tools: WithTools::AnswersWhole,
    mixes_tools: false,
    prefill: false,
    ..OTHER
};
const MISTRAL: Family = Family {
    prefix: "mistral.",
    tool_choice: Choices::Any,
    top_k: Some(TopK::Member("top_k")),
    tool_use_ids: IdForm::Nine,
    mixes_tools: false,
    ..OTHER
};
/// The first ones, which were told their instructions by the user.
const MISTRAL_INSTRUCT: Family = Family { with_tools: WithTools::TakesNone, system: false, ..MISTRAL };
const MISTRAL_OF_2024: Family = Family { with_tools: WithTools::AnswersWhole, ..MISTRAL };
const GPT: Family = Family {
    prefix: "openai.gpt-",
    result_images: false,
    sampling: SamplingTaken::WithoutThinking,
    thinking: Thinking::ReasoningObject { most: "xhigh", none: true },
    json_schema: JsonSchema::Converse,
    ..OTHER
};
const WITH_SCHEMA: Family = Family { json_schema: JsonSchema::Converse, ..OTHER };

const ROWS: &[Family] = &[
    Family { prefix: "anthropic.claude-haiku-4-5", ..CLAUDE_4_5 },
    Family { prefix: "anthropic.claude-sonnet-4-5", ..CLAUDE_4_5 },
    Family { prefix: "anthropic.claude-opus-4-5", ..CLAUDE_4_5 },
    Family { prefix: "anthropic.claude-sonnet-4-6", ..CLAUDE_4_6 },
    Family { prefix: "anthropic.claude-opus-4-6", ..CLAUDE_4_6 },
    Family { prefix: "anthropic.claude-opus-4-7", system_messages: SystemMessages::Nowhere, ..CLAUDE_4_7 },
    Family { prefix: "anthropic.claude-opus-4-8", ..CLAUDE_4_8 },
    Family { prefix: "anthropic.claude-opus-4-1", sampling: SamplingTaken::One, ..CLAUDE_4 },
    Family { prefix: "anthropic.claude-opus-4", ..CLAUDE_4 },
    Family { prefix: "anthropic.claude-sonnet-4", ..CLAUDE_4 },
    Family { prefix: "anthropic.claude-opus-5-5", ..CLAUDE_5_5 },
    Family { prefix: "anthropic.claude-opus-5", ..CLAUDE_4_7 },
    Family { prefix: "anthropic.claude-sonnet-5-5", json_schema: JsonSchema::Converse, ..CLAUDE_5_5 },
    Family { prefix: "anthropic.claude-sonnet-5", ..CLAUDE_4_8 },
    Family { prefix: "anthropic.claude-haiku-5-5", ..CLAUDE_4_8 },
    Family { prefix: "anthropic.claude-fable-5-1", ..CLAUDE_5_5 },
    Family { prefix: "anthropic.claude-fable-5", ..CLAUDE_4_7 },
    Family { prefix: "anthropic.claude-mythos-5", json_schema: JsonSchema::Everywhere, ..CLAUDE_4_8 },
    Family { prefix: "anthropic.claude-mythos-preview", system_messages: SystemMessages::Nowhere, ..CLAUDE },
    Family { prefix: "anthropic.claude-3-7", ..CLAUDE_4 },
    Family { prefix: "anthropic.claude-3-5-sonnet-20240620", caching: Caching::No, ..CLAUDE_3 },
    Family { prefix: "anthropic.claude-3-5", ..CLAUDE_3 },
    Family { prefix: "anthropic.claude-3", caching: Caching::No, ..CLAUDE_3 },
    Family { prefix: "anthropic.claude-instant", ..CLAUDE_2 },
    CLAUDE,
    Family { prefix: "amazon.nova-2", thinking: Thinking::ReasoningConfig, ..NOVA },
    NOVA,
    Family { prefix: "amazon.titan", with_tools: WithTools::TakesNone, system: false, ..OTHER },
    Family { prefix: "meta.llama3-8b", with_tools: WithTools::TakesNone, ..LLAMA },
    Family { prefix: "meta.llama3-70b", with_tools: WithTools::TakesNone, ..LLAMA },
    Family { prefix: "meta.llama3-2-1b", with_tools: WithTools::TakesNone, ..LLAMA },
    Family { prefix: "meta.llama3-2-3b", with_tools: WithTools::TakesNone, ..LLAMA },
    LLAMA,
    Family { prefix: "mistral.mistral-7b", ..MISTRAL_INSTRUCT },
    Family { prefix: "mistral.mixtral", ..MISTRAL_INSTRUCT },
    Family { prefix: "mistral.pixtral", tool_choice: Choices::Auto, ..MISTRAL },
    Family { prefix: "mistral.ministral", json_schema: JsonSchema::Converse, ..MISTRAL },
    Family { prefix: "mistral.mistral-large-3", json_schema: JsonSchema::Converse, ..MISTRAL },
    Family { prefix: "mistral.voxtral", json_schema: JsonSchema::Converse, ..MISTRAL },
    Family { prefix: "mistral.mistral-large-24", ..MISTRAL_OF_2024 },
    Family { prefix: "mistral.mistral-small-24", ..MISTRAL_OF_2024 },
    MISTRAL,
    Family { prefix: "openai.gpt-oss", thinking: Thinking::ReasoningEffort, stop_sequences: false, ..OTHER },
    Family {
        prefix: "openai.gpt-6-astra",
        thinking: Thinking::ReasoningObject { most: "max", none: false },
        ..GPT
    },
    Family {
        prefix: "openai.gpt-6.1",
        thinking: Thinking::ReasoningObject { most: "max", none: false },
        ..GPT
    },
    Family { prefix: "openai.gpt-6", thinking: Thinking::ReasoningObject { most: "max", none: true }, ..GPT },
    Family {
        prefix: "openai.gpt-5.6",
        thinking: Thinking::ReasoningObject { most: "max", none: true },
        ..GPT
    },
    GPT,
    Family { prefix: "deepseek.r1", with_tools: WithTools::TakesNone, ..OTHER },
    Family {
        prefix: "deepseek.v3",
        tool_choice: Choices::Any,
        forced_in_thought: false,
        thinking: Thinking::ReasoningEffort,
        stop_sequences: false,
        ..WITH_SCHEMA
    },
    Family {
        prefix: "cohere.command",
        tool_choice: Choices::Auto,
        top_k: Some(TopK::Member("k")),
        most_top_p: 0.99,
        ..OTHER
    },
    Family { prefix: "ai21.jamba-instruct", with_tools: WithTools::TakesNone, ..OTHER },
    Family { prefix: "ai21.", tool_choice: Choices::Auto, ..OTHER },
    Family { prefix: "moonshot", ..WITH_SCHEMA },
    Family { prefix: "nvidia.nemotron-nano-3", ..WITH_SCHEMA },
    Family { prefix: "qwen.qwen3-coder-next", stop_sequences: false, ..OTHER },
    Family { prefix: "qwen.qwen3", stop_sequences: false, ..WITH_SCHEMA },
    Family { prefix: "qwen.", stop_sequences: false, ..OTHER },
    Family { prefix: "writer.palmyra", with_tools: WithTools::AnswersWhole, ..OTHER },
    Family { prefix: "zai.glm-5", ..WITH_SCHEMA },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_hides_behind_a_shorter_one() {
        for (place, row) in ROWS.iter().enumerate() {
            let first = ROWS.iter().position(|other| row.prefix.starts_with(other.prefix));
            assert_eq!(first, Some(place), "{}", row.prefix);
        }
    }

    #[test]
    fn ids_and_families_find_their_rows() {
        for (name, prefix) in [
            ("anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4"),
            ("anthropic.claude-opus-4-1-20250805", "anthropic.claude-opus-4-1"),
            ("anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5"),
            ("anthropic.claude", "anthropic.claude"),
            ("anthropic.claude-opus-7", "anthropic.claude"),
            ("amazon.nova-2-lite", "amazon.nova-2"),
            ("amazon.nova-lite", "amazon.nova"),
            ("openai.gpt-oss-120b-1", "openai.gpt-oss"),
            ("writer.palmyra-x5", "writer.palmyra"),
            ("mistral.mistral-large-2407", "mistral.mistral-large-24"),
            ("mistral.magistral-small-2509", "mistral."),
            ("google.gemma-3-4b-it", ""),
        ] {
            assert_eq!(Family::of(name).prefix, prefix, "{name}");
        }
    }
}
