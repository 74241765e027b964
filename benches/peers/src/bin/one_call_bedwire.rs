//! A small program with bedwire that makes a call: `one_call_bedwire URL [invoke | converse | stream]`.

use bedwire::Client;
use bedwire::client::ClientBuilder;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::{Converse, ConverseStream};

type Failure = Box<dyn std::error::Error>;

const MODEL: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: one_call_bedwire URL [invoke | converse | stream]")?;
    let call = arguments.next();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = ClientBuilder::from_env()?.endpoint_url(None, url).build()?;
        match call.as_deref() {
            Some("converse") => converse(&client).await,
            Some("stream") => stream(&client).await,
            _ => invoke(&client).await,
        }
    })
}

async fn invoke(client: &Client) -> Result<(), Failure> {
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[]}"#;
    let answer = client.invoke_model(MODEL, body).await?;
    println!("{}", answer.body().text());
    Ok(())
}

async fn converse(client: &Client) -> Result<(), Failure> {
    let body = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
    let answer = client.call(&Converse::new(ModelId::new(MODEL)?, body)?).await?;
    println!("{}", answer.text());
    Ok(())
}

async fn stream(client: &Client) -> Result<(), Failure> {
    let body = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
    let mut events = client.stream(ConverseStream::new(ModelId::new(MODEL)?, body)?).await?;
    while let Some(event) = events.next().await {
        print!("{}", event?.text().unwrap_or_default());
    }
    Ok(())
}
