//! A small program with the AWS SDK that makes a call: `one_call_aws_sdk URL [invoke | converse | stream]`.

use aws_config::BehaviorVersion;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::primitives::Blob;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ConverseOutput, ConverseStreamOutput, Message,
};

type Failure = Box<dyn std::error::Error>;

const MODEL: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: one_call_aws_sdk URL [invoke | converse | stream]")?;
    let call = arguments.next();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(url).load().await;
        let client = Client::new(&config);
        match call.as_deref() {
            Some("converse") => converse(&client).await,
            Some("stream") => stream(&client).await,
            _ => invoke(&client).await,
        }
    })
}

async fn invoke(client: &Client) -> Result<(), Failure> {
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[]}"#;
    let call = client.invoke_model().model_id(MODEL).content_type("application/json");
    let answer = call.body(Blob::new(body)).send().await?;
    println!("{}", String::from_utf8_lossy(answer.body.as_ref()));
    Ok(())
}

async fn converse(client: &Client) -> Result<(), Failure> {
    let answer = client.converse().model_id(MODEL).messages(message()?).send().await?;
    if let Some(ConverseOutput::Message(message)) = answer.output {
        let texts = message.content.iter().filter_map(|block| block.as_text().ok());
        println!("{}", texts.map(String::as_str).collect::<String>());
    }
    Ok(())
}

async fn stream(client: &Client) -> Result<(), Failure> {
    let mut events = client.converse_stream().model_id(MODEL).messages(message()?).send().await?.stream;
    while let Some(event) = events.recv().await? {
        if let ConverseStreamOutput::ContentBlockDelta(event) = event
            && let Some(text) = event.delta.as_ref().and_then(|delta| delta.as_text().ok())
        {
            print!("{text}");
        }
    }
    Ok(())
}

fn message() -> Result<Message, Failure> {
    let text = ContentBlock::Text("hi".to_owned());
    Ok(Message::builder().role(ConversationRole::User).content(text).build()?)
}
