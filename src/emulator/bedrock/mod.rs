//! The control plane, from the service's side: which models and profiles a region has, and batch
//! inference. The lists come from fixtures;
//! which entry is in which region, from the table of models.

mod foundation_models;
mod inference_profiles;
mod job_order;
mod model_invocation_jobs;

pub(super) use foundation_models::{
    foundation_model_availability, get_foundation_model, list_foundation_models,
};
pub(super) use inference_profiles::{get_inference_profile, list_inference_profiles};
pub(super) use model_invocation_jobs::{Answering, ModelInvocationJobs};
