//! What is in force: options and what is made of them. A reload swaps it whole.

use super::image_fetch::ImageFetch;
use super::models::Models;
use super::options::GatewayOptions;
use super::refusal::Refusal;
use crate::client::Client;
use crate::error::Error;
use crate::transport::Body;
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderValue};
use std::sync::{Arc, PoisonError, RwLock};

/// Options in force, and the client they are served through.
pub(super) struct InForce {
    pub(super) client: Client,
    pub(super) options: GatewayOptions,
    pub(super) models: Models,
    /// Absent where no image is fetched.
    pub(super) images: Option<ImageFetch>,
}

/// What is in force now.
pub(super) struct Current {
    in_force: RwLock<Arc<InForce>>,
}

impl Current {
    pub(super) fn new(client: &Client, options: GatewayOptions) -> Result<Self, Error> {
        Ok(Self { in_force: RwLock::new(Arc::new(InForce::new(client.clone(), options)?)) })
    }

    pub(super) fn get(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, options: GatewayOptions) -> Result<(), Error> {
        let next = Arc::new(InForce::new(self.get().client.clone(), options)?);
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

impl InForce {
    fn new(client: Client, options: GatewayOptions) -> Result<Self, Error> {
        let images = options.fetch_images.as_ref().map(ImageFetch::new).transpose()?;
        Ok(Self { models: Models::new(&client, &options)?, images, client, options })
    }
}

pub(super) fn health() -> Response<Body> {
    text("ok\n")
}

pub(super) async fn ready(in_force: &InForce) -> Result<Response<Body>, Refusal> {
    in_force.client.signs_with(&crate::protocol::endpoint::Service::BedrockRuntime).await?;
    Ok(text("ready\n"))
}

pub(super) fn metrics(_: &InForce) -> Response<Body> {
    text("")
}

fn text(text: &'static str) -> Response<Body> {
    let mut answer = Response::new(Body::Whole(Bytes::from_static(text.as_bytes())));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
