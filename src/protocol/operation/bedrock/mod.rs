//! Amazon Bedrock, the control plane: which models and inference profiles there are.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock.html>

mod foundation_model;
mod get_foundation_model;
mod get_foundation_model_availability;
mod get_inference_profile;
mod inference_profile;
mod list_foundation_models;
mod list_inference_profiles;

pub use foundation_model::FoundationModel;
pub use get_foundation_model::GetFoundationModel;
pub use get_foundation_model_availability::{FoundationModelAvailability, GetFoundationModelAvailability};
pub use get_inference_profile::GetInferenceProfile;
pub use inference_profile::{InferenceProfile, InferenceProfileType};
pub use list_foundation_models::{FoundationModels, ListFoundationModels};
pub use list_inference_profiles::{InferenceProfilePage, ListInferenceProfiles};
