//! `converse MODEL [PROMPT]`

use super::fallback_args::FallbackArgs;
use super::input;
use super::model_args::ModelArgs;
use super::output::Output;
use super::session::Session;
use crate::client::EventStream;
use crate::protocol::content::{
    ConverseBody, ConverseOutput, DocumentBlock, DocumentNames, Image, InferenceConfig, Message, ToolUse,
    Usage,
};
use crate::protocol::document::Document;
use crate::protocol::model::ModelId;
use crate::protocol::operation::Collector as _;
use crate::protocol::operation::bedrock_runtime::{Converse, ConverseStream};
use crate::{Error, ErrorKind};
use clap::Args;
use std::io::IsTerminal as _;
use std::path::Path;

#[derive(Args)]
pub(super) struct ConverseArgs {
    /// Name, id or ARN of a model or of an inference profile
    model: String,

    #[command(flatten)]
    prompt: PromptArgs,

    /// The whole body of the request, sent byte for byte: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with_all = ["PromptArgs", "InferenceArgs"])]
    body: Option<String>,

    #[command(flatten)]
    inference: InferenceArgs,

    /// Print the answer as it arrives; with --output json, one event a line
    #[arg(long)]
    stream: bool,

    #[command(flatten)]
    models: ModelArgs,

    #[command(flatten)]
    fallback: FallbackArgs,
}

/// What is asked, in parts.
#[derive(Args)]
pub(super) struct PromptArgs {
    /// What to ask: text, @FILE, or - for standard input, which is read where no prompt is given
    #[arg(value_name = "PROMPT")]
    prompt: Option<String>,

    /// System prompt: text, @FILE or -; repeatable
    #[arg(long, value_name = "TEXT")]
    system: Vec<String>,

    /// An image before the prompt: a PNG, JPEG, GIF or WebP file; repeatable
    #[arg(long, value_name = "FILE")]
    image: Vec<String>,

    /// A document before the prompt: a pdf, csv, doc, docx, xls, xlsx, html, txt or md file; repeatable, and
    /// files of one name are numbered
    #[arg(long, value_name = "FILE")]
    document: Vec<String>,

    /// Tools: the JSON of toolConfig, @FILE or -
    #[arg(long, value_name = "JSON|@FILE|-")]
    tool_config: Option<String>,
}

/// How it is answered.
#[derive(Args)]
struct InferenceArgs {
    /// The most tokens of the answer; where it is not given, the model's own limit counts against the quota
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,

    /// How freely it answers, 0 to 1
    #[arg(long, value_name = "T")]
    temperature: Option<f64>,

    /// Share of the likeliest words that it chooses from, 0 to 1
    #[arg(long, value_name = "P")]
    top_p: Option<f64>,

    /// A text that ends the answer; repeatable
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
}

impl ConverseArgs {
    /// The file of `--model-table`.
    pub(super) fn model_table(&self) -> Option<&str> {
        self.models.table()
    }
}

pub(super) async fn run(args: ConverseArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(args.model)?;
    let body = if let Some(body) = &args.body {
        Document::object("--body", input::read("--body", body)?)?
    } else {
        let parts = args.prompt.read()?;
        let body = match args.inference.config() {
            Some(config) => parts.inference_config(config),
            None => parts,
        };
        body.document(&model_id)?
    };
    let client = args.models.client(session);
    let routes = args.fallback.over(&client, model_id.clone())?;
    if args.stream {
        let operation = ConverseStream::new(model_id, body)?;
        if session.stops_client_before(&client, &operation, output).await? {
            return Ok(());
        }
        return print_events(routes.stream(&operation).await?, session, output).await;
    }
    let operation = Converse::new(model_id, body)?;
    if session.stops_client_before(&client, &operation, output).await? {
        return Ok(());
    }
    print_answer(&routes.run(&operation).await?, session, output)
}

impl PromptArgs {
    /// A body of these parts.
    pub(super) fn read(&self) -> Result<ConverseBody, Error> {
        let prompt = match &self.prompt {
            Some(prompt) => ("PROMPT", prompt.as_str()),
            None => ("PROMPT (which is not given)", "-"),
        };
        let systems = self.system.iter().map(|text| ("--system", text.as_str()));
        let tools = self.tool_config.iter().map(|tools| ("--tool-config", tools.as_str()));
        input::refuse_two_readers([prompt].into_iter().chain(systems).chain(tools))?;
        let mut message = Message::user();
        for file in &self.image {
            message = message.image(Image::new(input::read_file("--image", file)?));
        }
        let mut names = DocumentNames::default();
        for file in &self.document {
            let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
            let field = format!("--document {file}");
            let document = DocumentBlock::of_file(&field, &name, input::read_file("--document", file)?)?;
            message = message.document(names.named(&document));
        }
        let mut body = ConverseBody::new().message(message.text(self.prompt()?));
        for text in &self.system {
            body = body.system(input::read_text("--system", text)?);
        }
        if let Some(tools) = &self.tool_config {
            body = body.tool_config_json(input::read("--tool-config", tools)?);
        }
        Ok(body)
    }

    fn prompt(&self) -> Result<String, Error> {
        match &self.prompt {
            Some(prompt) => input::read_text("PROMPT", prompt),
            None if std::io::stdin().is_terminal() => Err(Error::new(
                ErrorKind::InvalidInput,
                "there is no prompt; give one as an argument, or on standard input",
            )),
            None => input::read_text("PROMPT", "-"),
        }
    }
}

impl InferenceArgs {
    fn config(&self) -> Option<InferenceConfig> {
        let mut config = None;
        let mut set = |change: &dyn Fn(InferenceConfig) -> InferenceConfig| {
            config = Some(change(config.take().unwrap_or_else(InferenceConfig::new)));
        };
        if let Some(tokens) = self.max_tokens {
            set(&|config| config.max_tokens(tokens));
        }
        if let Some(temperature) = self.temperature {
            set(&|config| config.temperature(temperature));
        }
        if let Some(share) = self.top_p {
            set(&|config| config.top_p(share));
        }
        for text in &self.stop {
            set(&|config| config.stop_sequence(text.as_str()));
        }
        config
    }
}

fn print_answer(answer: &ConverseOutput, session: &Session, output: &Output) -> Result<(), Error> {
    if output.is_json() {
        output.bytes(answer.document().bytes())?;
    } else {
        output.bytes(answer.text().as_bytes())?;
        note_tools(answer.tool_uses(), output);
    }
    note_usage(answer.usage(), session, output);
    Ok(())
}

async fn print_events(
    mut stream: EventStream<ConverseStream>,
    session: &Session,
    output: &Output,
) -> Result<(), Error> {
    let mut collector = stream.collector();
    let mut printed = false;
    let mut result = Ok(());
    while let Some(event) = stream.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                result = Err(error);
                break;
            }
        };
        if output.is_json() {
            output.bytes(event.union_json().as_bytes())?;
        } else if let Some(text) = event.text() {
            output.text(text)?;
            printed = true;
        }
        collector.push(&event);
        if output.is_closed() {
            break;
        }
    }
    if printed {
        // The text of a model seldom ends with a line end; what follows on the terminal must not stand behind it.
        output.text("\n")?;
    }
    let answer = collector.output();
    if !output.is_json() {
        note_tools(answer.tool_uses(), output);
    }
    note_usage(answer.usage(), session, output);
    result
}

/// Text output has no place for tool uses, but must not hide that there are some.
fn note_tools<'a>(tools: impl Iterator<Item = &'a ToolUse>, output: &Output) {
    for tool in tools {
        // On one line; --output json has it as it came.
        let input =
            tool.input().json().map_or_else(|_| tool.input().text().into_owned(), |input| input.to_string());
        output.note(&format!("the model asks for the tool {}: {input}", tool.name()));
    }
}

fn note_usage(usage: Option<&Usage>, session: &Session, output: &Output) {
    let (Some(usage), true) = (usage, session.is_verbose()) else { return };
    output.note(&format!(
        "usage: {} tokens of prompt ({} of them read from and {} written to the cache), {} of answer",
        usage.total_prompt_tokens(),
        usage.cache_read_input_tokens(),
        usage.cache_write_input_tokens(),
        usage.output_tokens()
    ));
}
