//! The smallest program with bedwire that makes a call: `one_call_bedwire URL`.

use bedwire::client::ClientBuilder;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("usage: one_call_bedwire URL")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(call(&url))
}

async fn call(url: &str) -> Result<(), Failure> {
    let client = ClientBuilder::from_env()?.endpoint_url(None, url).build()?;
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[]}"#;
    let answer = client.invoke_model("anthropic.claude-3-5-sonnet-20241022-v2:0", body).await?;
    println!("{}", answer.body().text());
    Ok(())
}
