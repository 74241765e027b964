//! The AWS SDK for Rust, with its defaults.
//!
//! `RETRY=standard|adaptive`, `ATTEMPTS=n` and `RETRY_QUOTA=unlimited` change how it retries.

use crate::peer::{Failure, MODEL, Peer, Streamed};
use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::Builder;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ContentBlockDelta, ConversationRole, ConverseStreamOutput, Message,
};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use bytes::Bytes;
use std::time::Instant;

#[derive(Clone)]
pub struct AwsSdk(Client);

impl Peer for AwsSdk {
    const NAME: &str = "aws_sdk";

    async fn of(url: &str) -> Result<Self, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(url);
        if let Some(retries) = retries()? {
            loader = loader.retry_config(retries);
        }
        let mut config = Builder::from(&loader.load().await);
        if std::env::var("RETRY_QUOTA").as_deref() == Ok("unlimited") {
            let partition = RetryPartition::custom("unlimited").token_bucket(TokenBucket::unlimited());
            config = config.retry_partition(partition.build());
        }
        Ok(Self(Client::from_conf(config.build())))
    }

    async fn invoke(&self, body: Bytes) -> Result<(), Failure> {
        let call = self.0.invoke_model().model_id(MODEL).content_type("application/json");
        call.body(Blob::new(body)).send().await?;
        Ok(())
    }

    async fn stream(&self) -> Result<Streamed, Failure> {
        let started = Instant::now();
        let message =
            Message::builder().role(ConversationRole::User).content(ContentBlock::Text("hi".to_owned()));
        let mut answer =
            self.0.converse_stream().model_id(MODEL).messages(message.build()?).send().await?.stream;
        let mut streamed = Streamed::default();
        while let Some(event) = answer.recv().await? {
            if streamed.events == 0 {
                streamed.first_event = started.elapsed();
            }
            streamed.events += 1;
            if let ConverseStreamOutput::ContentBlockDelta(event) = event
                && let Some(ContentBlockDelta::Text(text)) = event.delta
            {
                streamed.text_bytes += text.len();
            }
        }
        Ok(streamed)
    }
}

fn retries() -> Result<Option<RetryConfig>, Failure> {
    let retries = match std::env::var("RETRY").as_deref() {
        Ok("standard") => RetryConfig::standard(),
        Ok("adaptive") => RetryConfig::adaptive(),
        Ok(other) => return Err(format!("RETRY is standard or adaptive, not '{other}'").into()),
        Err(_) => return Ok(None),
    };
    Ok(Some(match std::env::var("ATTEMPTS") {
        Ok(attempts) => retries.with_max_attempts(attempts.parse()?),
        Err(_) => retries,
    }))
}
