//! The operation that a route is: its file does it, with what the emulator keeps.

use super::Emulator;
use super::answer::json;
use super::bedrock::{
    foundation_model_availability, get_foundation_model, get_inference_profile, list_foundation_models,
    list_inference_profiles,
};
use super::bedrock_runtime::{
    apply_guardrail, count_tokens, get_async_invoke, infer, invoke_guardrail_checks, list_async_invokes,
    start_async_invoke,
};
use super::moment::Moment;
use super::refused::Refused;
use super::route::Route;
use super::s3::{self, BucketStep, ObjectRequest};
use super::sts;
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::{Request, Response};
use std::sync::PoisonError;

impl Emulator {
    /// Whether the answer is made here, whatever was recorded: an echo, what S3 is to keep, and what it keeps.
    pub(super) fn makes(&self, route: &Route) -> bool {
        let puts = || self.puts.lock().unwrap_or_else(PoisonError::into_inner);
        match route {
            Route::Infer { .. } => self.options.echo,
            Route::GetObject { bucket, key } | Route::HeadObject { bucket, key } => {
                puts().get(bucket, key).is_some()
            }
            Route::PutObject { .. } | Route::DeleteObject { .. } | Route::Multipart { .. } => true,
            Route::Bucket { step: BucketStep::List(_), bucket } => puts().has_bucket(bucket),
            Route::Bucket { step, .. } => *step != BucketStep::Head,
            _ => false,
        }
    }

    pub(super) fn operate(
        &self,
        route: Route,
        request: &Request<Bytes>,
        region: &str,
        now: Moment,
    ) -> Result<Response<Bytes>, Refused> {
        let jobs = || self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let query = request.uri().query().unwrap_or_default();
        let puts = || self.puts.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = || self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let is_head = matches!(route, Route::HeadObject { .. });
        if route.is_of_objects() {
            let mut batches = batches();
            if !batches.is_empty() {
                batches.advance(now, &mut self.answering(&mut puts()));
            }
        }
        let written = || {
            let (puts, stores) = (&puts(), &self.stores());
            s3::written(request, &mut s3::Sources { puts, jobs: &mut jobs(), stores, now })
        };
        match route {
            Route::Infer { operation, model_id } => {
                infer(operation, &model_id, region, request, &self.catalog(), self.options.echo)
            }
            Route::CountTokens { model_id } => {
                count_tokens(&model_id, region, request.body(), &self.catalog()).map(|v| json(&v))
            }
            Route::ApplyGuardrail { id, version } => {
                apply_guardrail(&id, &version, request.body()).map(|v| json(&v))
            }
            Route::InvokeGuardrailChecks => invoke_guardrail_checks(request.body()).map(|v| json(&v)),
            Route::StartAsyncInvoke => {
                start_async_invoke(request.body(), region, &mut jobs(), now, &self.random).map(|v| json(&v))
            }
            Route::GetAsyncInvoke { arn } => {
                get_async_invoke(&arn, region, &mut jobs(), now).map(|v| json(&v))
            }
            Route::ListAsyncInvokes => list_async_invokes(query, region, &mut jobs(), now).map(|v| json(&v)),
            Route::ListFoundationModels => {
                list_foundation_models(query, region, &self.stores()).map(|v| json(&v))
            }
            Route::GetFoundationModel { id } => {
                get_foundation_model(&id, region, &self.stores()).map(|v| json(&v))
            }
            Route::GetFoundationModelAvailability { id } => {
                foundation_model_availability(&id, region, &self.stores()).map(|v| json(&v))
            }
            Route::ListInferenceProfiles => {
                list_inference_profiles(query, region, &self.stores()).map(|v| json(&v))
            }
            Route::GetInferenceProfile { id } => {
                get_inference_profile(&id, region, &self.stores()).map(|v| json(&v))
            }
            Route::CreateModelInvocationJob => {
                let knows = |id: &ModelId| self.options.echo || self.catalog().may_have(id);
                batches().create(request.body(), region, now, &self.random, &knows).map(|v| json(&v))
            }
            Route::GetModelInvocationJob { id } => {
                batches().get(&id, region, now, &mut self.answering(&mut puts())).map(|v| json(&v))
            }
            Route::GetObject { bucket, key } | Route::HeadObject { bucket, key } => {
                let headers = request.headers();
                let request = ObjectRequest { bucket: &bucket, key: &key, headers, query, is_head };
                s3::object(&request, &puts(), &mut jobs(), &self.stores(), now)
            }
            Route::PutObject { bucket, key } => {
                let written = written()?;
                s3::put_object(&mut puts(), (bucket, key), request.headers(), written, now)
            }
            Route::DeleteObject { bucket, key } => {
                s3::delete_object(&mut puts(), (bucket, key), request.headers())
            }
            Route::Multipart { step, bucket, key } => {
                let sent = (request.headers(), written()?);
                s3::take_step(step, (bucket, key), sent, &mut puts(), &self.random, now)
            }
            Route::Bucket { step, bucket } => {
                let outputs = (&mut *jobs(), &self.stores()[..]);
                s3::take_bucket_step(&step, (&bucket, region), request.body(), &mut puts(), outputs, now)
            }
            Route::GetCallerIdentity => sts::caller_identity(request.body()),
        }
    }
}
