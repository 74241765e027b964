//! The smallest program with the AWS SDK that makes a call: `one_call_aws_sdk URL`.

use aws_config::BehaviorVersion;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::primitives::Blob;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("usage: one_call_aws_sdk URL")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(call(&url))
}

async fn call(url: &str) -> Result<(), Failure> {
    let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(url).load().await;
    let client = Client::new(&config);
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[]}"#;
    let call = client.invoke_model().model_id("anthropic.claude-3-5-sonnet-20241022-v2:0");
    let answer = call.content_type("application/json").body(Blob::new(body)).send().await?;
    println!("{}", String::from_utf8_lossy(answer.body.as_ref()));
    Ok(())
}
