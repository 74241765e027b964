//! One method an operation, for callers that need no more than its main arguments. [`Client::call`] takes the whole
//! input.

use super::state::Client;
use super::token::random_token;
use crate::error::Error;
use crate::protocol::document::Document;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{
    AsyncInvoke, AsyncInvokePage, GetAsyncInvoke, InvocationArn, InvokeModel, InvokeModelOutput,
    ListAsyncInvokes, StartAsyncInvoke,
};
use crate::protocol::operation::s3::S3Uri;

impl Client {
    /// InvokeModel: a body in the model's own shape, sent byte for byte.
    pub async fn invoke_model(
        &self,
        model_id: &str,
        body: impl Into<Document>,
    ) -> Result<InvokeModelOutput, Error> {
        self.call(&InvokeModel::new(ModelId::new(model_id)?, body)?).await
    }

    /// StartAsyncInvoke: a job whose output goes below an S3 URI. It carries a fresh client request token, the same
    /// on every attempt, so that a retry never starts a second job.
    pub async fn start_async_invoke(
        &self,
        model_id: &str,
        model_input: impl Into<Document>,
        s3_uri: &str,
    ) -> Result<InvocationArn, Error> {
        let input = StartAsyncInvoke::new(
            ModelId::new(model_id)?,
            model_input,
            S3Uri::new(s3_uri)?,
            random_token()?,
        )?;
        Ok(self.call(&input).await?.invocation_arn().clone())
    }

    /// GetAsyncInvoke: how a job stands. The region in its ARN decides where to ask.
    pub async fn get_async_invoke(&self, invocation_arn: &str) -> Result<AsyncInvoke, Error> {
        self.call(&GetAsyncInvoke::new(InvocationArn::new(invocation_arn)?)).await
    }

    /// ListAsyncInvokes: one page of this region's jobs.
    pub async fn list_async_invokes(&self, input: &ListAsyncInvokes) -> Result<AsyncInvokePage, Error> {
        self.call(input).await
    }
}
