//! Amazon Bedrock, the control plane: which models and inference profiles there are, and batch inference.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html>
//!
//! | file | operation, or what several have in common |
//! |---|---|
//! | `list_foundation_models`, `get_foundation_model`, `foundation_model` | the models of a region; one of them |
//! | `get_foundation_model_availability` | whether this account may use one |
//! | `list_inference_profiles`, `get_inference_profile` | the same for profiles |
//! | `create_model_invocation_job`, `get_model_invocation_job` | batch inference |
//! | `model_invocation_job`, `model_invocation_type` | a job of it, and what its records are bodies of |

mod create_model_invocation_job;
mod foundation_model;
mod get_foundation_model;
mod get_foundation_model_availability;
mod get_inference_profile;
mod get_model_invocation_job;
mod list_foundation_models;
mod list_inference_profiles;
mod model_invocation_job;
mod model_invocation_type;

pub use crate::protocol::model::inference_profile::{InferenceProfile, InferenceProfileType};
pub use create_model_invocation_job::{CreateModelInvocationJob, CreateModelInvocationJobOutput};
pub use foundation_model::FoundationModel;
pub use get_foundation_model::GetFoundationModel;
pub use get_foundation_model_availability::{FoundationModelAvailability, GetFoundationModelAvailability};
pub use get_inference_profile::GetInferenceProfile;
pub use get_model_invocation_job::GetModelInvocationJob;
pub use list_foundation_models::{FoundationModels, ListFoundationModels};
pub use list_inference_profiles::{InferenceProfilePage, ListInferenceProfiles};
pub use model_invocation_job::{ModelInvocation, ModelInvocationJob, ModelInvocationJobArn};
pub use model_invocation_type::ModelInvocationType;
