//! How a model is sampled.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html>

use crate::protocol::document::ObjectWriter;
use crate::protocol::invalid_input::InvalidInput;

/// The member is an integer of 32 bits, with a sign.
const MAX_TOKENS: u32 = i32::MAX.cast_unsigned();
const MAX_STOP_SEQUENCES: usize = 2500;

/// How a model is sampled. What is not given is the model's own choice; without `maxTokens` the service reserves the
/// model's maximum, which is the commonest cause of throttling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InferenceConfig {
    max_tokens: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    stop_sequences: Vec<String>,
}

impl InferenceConfig {
    /// The model's own choices.
    pub fn new() -> Self {
        Self::default()
    }

    /// The longest answer, in tokens: 1 to 2147483647.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// From 0 (always the likeliest token) to 1.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Takes tokens of this share of likelihood only: from 0 to 1.
    #[must_use]
    pub fn top_p(mut self, share: f64) -> Self {
        self.top_p = Some(share);
        self
    }

    /// Ends the answer before this text: at most 2500 of them, none empty.
    #[must_use]
    pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
        self.stop_sequences.push(text.into());
        self
    }

    pub(super) fn write(&self, mut config: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        if let Some(tokens) = self.max_tokens {
            if tokens == 0 {
                return Err(InvalidInput::new("inferenceConfig.maxTokens", "is 0; give at least 1"));
            }
            if tokens > MAX_TOKENS {
                let problem = format!("is {tokens}; give at most {MAX_TOKENS}");
                return Err(InvalidInput::new("inferenceConfig.maxTokens", problem));
            }
            config.value("maxTokens", &tokens.into());
        }
        for (name, number) in [("temperature", self.temperature), ("topP", self.top_p)] {
            let Some(number) = number else { continue };
            if !(0.0..=1.0).contains(&number) {
                let path = format!("inferenceConfig.{name}");
                return Err(InvalidInput::new(path, format!("is {number}; give a number from 0 to 1")));
            }
            config.value(name, &number.into());
        }
        if self.stop_sequences.len() > MAX_STOP_SEQUENCES {
            return Err(InvalidInput::new(
                "inferenceConfig.stopSequences",
                format!("has {} elements; give at most {MAX_STOP_SEQUENCES}", self.stop_sequences.len()),
            ));
        }
        if let Some(place) = self.stop_sequences.iter().position(String::is_empty) {
            let path = format!("inferenceConfig.stopSequences[{place}]");
            return Err(InvalidInput::new(path, "is empty; give a text of at least one character"));
        }
        if !self.stop_sequences.is_empty() {
            config.strings("stopSequences", &self.stop_sequences);
        }
        Ok(())
    }
}
