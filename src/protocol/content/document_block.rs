//! Documents: what they are made of, and the name under which the model sees them.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html>

use super::media::MediaSource;
use super::media_format::DocumentFormat;
use crate::protocol::document::ObjectWriter;
use crate::protocol::invalid_input::{FieldPath, InvalidInput};
use bytes::Bytes;

pub(super) const MAX_DOCUMENT_NAME_CHARS: usize = 200;

/// A document: at most 4.5 MB. The model sees its name, so a name that comes from a stranger can carry instructions;
/// give a neutral one.
#[derive(Clone, Debug)]
pub struct DocumentBlock {
    format: DocumentFormat,
    name: String,
    source: DocumentSource,
    context: Option<String>,
    citations: bool,
}

/// What a document is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DocumentSource {
    /// A file.
    Media(MediaSource),
    /// A text.
    Text(String),
    /// Pieces of text.
    Content(Vec<String>),
}

impl DocumentBlock {
    /// The longest document that is sent in a request: 4.5 MB.
    pub const MAX_BYTES: usize = 9 * 1024 * 1024 / 2;

    /// `name` has 1 to 200 letters, digits, single spaces, hyphens, parentheses and square brackets.
    pub fn new(format: DocumentFormat, name: impl Into<String>, source: impl Into<MediaSource>) -> Self {
        Self::of(format, name.into(), DocumentSource::Media(source.into()))
    }

    /// A file, by its name: the extension is the format, and the rest, with hyphens for what a name cannot have, the
    /// name. `field` names it in the refusal.
    pub fn of_file(field: &str, file_name: &str, bytes: impl Into<Bytes>) -> Result<Self, InvalidInput> {
        let file_name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
        let (stem, extension) = file_name.rsplit_once('.').unwrap_or((file_name, ""));
        let extension = match extension.to_ascii_lowercase().as_str() {
            "htm" => "html".to_owned(),
            "markdown" => "md".to_owned(),
            other => other.to_owned(),
        };
        let format =
            DocumentFormat::ALL.iter().find(|format| format.as_str() == extension).ok_or_else(|| {
                let words: Vec<_> = DocumentFormat::ALL.iter().map(|format| format.as_str()).collect();
                InvalidInput::new(
                    field,
                    format!(
                        "{file_name:?} is of no type that Bedrock takes; give one of {}",
                        words.join(", ")
                    ),
                )
            })?;
        Ok(Self::new(*format, allowed_name(stem), bytes.into()))
    }

    /// A text.
    pub fn of_text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::of(DocumentFormat::Txt, name.into(), DocumentSource::Text(text.into()))
    }

    /// Pieces of text that citations refer to one by one.
    pub fn of_content<T: Into<String>>(name: impl Into<String>, pieces: impl IntoIterator<Item = T>) -> Self {
        let pieces = pieces.into_iter().map(Into::into).collect();
        Self::of(DocumentFormat::Txt, name.into(), DocumentSource::Content(pieces))
    }

    fn of(format: DocumentFormat, name: String, source: DocumentSource) -> Self {
        Self { format, name, source, context: None, citations: false }
    }

    /// What the model is told about it.
    #[must_use]
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Lets the model cite it.
    #[must_use]
    pub fn citations(mut self, is_enabled: bool) -> Self {
        self.citations = is_enabled;
        self
    }

    /// The same under another name, with hyphens for what a name cannot have.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = allowed_name(name);
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format.
    pub fn format(&self) -> DocumentFormat {
        self.format
    }

    /// What it is made of.
    pub fn source(&self) -> &DocumentSource {
        &self.source
    }

    /// What the model is told about it, where it is told something.
    pub fn told(&self) -> Option<&str> {
        self.context.as_deref()
    }

    /// Whether the model may cite it.
    pub fn is_citable(&self) -> bool {
        self.citations
    }

    pub(super) fn write(&self, path: FieldPath<'_>, mut block: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        check_document_name(format_args!("{path}.name"), &self.name)?;
        if let DocumentSource::Media(source) = &self.source {
            source.check(path, Some(Self::MAX_BYTES))?;
        }
        block.string("format", self.format.as_str()).string("name", &self.name);
        self.source.write(block.object("source"));
        if let Some(context) = &self.context {
            block.string("context", context);
        }
        if self.citations {
            block.object("citations").value("enabled", &true.into());
        }
        Ok(())
    }

    /// How long it is as JSON, but for its names.
    pub(crate) fn length(&self) -> usize {
        match &self.source {
            DocumentSource::Media(source) => source.length(),
            DocumentSource::Text(text) => text.len(),
            DocumentSource::Content(pieces) => pieces.iter().map(String::len).sum(),
        }
    }
}

impl DocumentSource {
    fn write(&self, mut source: ObjectWriter<'_>) {
        match self {
            Self::Media(media) => media.write(source),
            Self::Text(text) => {
                source.string("text", text);
            }
            Self::Content(pieces) => {
                let mut content = source.array("content");
                for piece in pieces {
                    content.object().string("text", piece);
                }
            }
        }
    }
}

fn check_document_name(field: FieldPath<'_>, name: &str) -> Result<(), InvalidInput> {
    let length = name.chars().count();
    if (1..=MAX_DOCUMENT_NAME_CHARS).contains(&length)
        && name.chars().all(|c| fits_document_name(c) || c == ' ')
        && !name.contains("  ")
    {
        return Ok(());
    }
    Err(InvalidInput::new(
        field.to_string(),
        format!(
            "is {name:?}; give 1 to {MAX_DOCUMENT_NAME_CHARS} letters, digits, single spaces, hyphens, parentheses \
             and square brackets"
        ),
    ))
}

fn fits_document_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-()[]".contains(c)
}

fn allowed_name(stem: &str) -> String {
    let name: String =
        stem.chars().map(|c| if fits_document_name(c) || c == ' ' { c } else { '-' }).collect();
    let name = name.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let name: String = name.chars().take(MAX_DOCUMENT_NAME_CHARS).collect();
    if name.is_empty() { "document".to_owned() } else { name }
}
