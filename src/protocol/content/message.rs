//! One message of a conversation.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html>

use super::cache_point::CachePoint;
use super::content_block::{ContentBlock, ToolResult};
use super::document_block::DocumentBlock;
use super::media::Image;
use crate::protocol::document::{ArrayWriter, Document};
use crate::protocol::invalid_input::{FieldPath, InvalidInput};
use crate::protocol::words::words;

const MAX_IMAGES: usize = 20;
const MAX_DOCUMENTS: usize = 5;
/// The length of what stands around the blocks.
const NAMES: usize = 40;

words! {
    /// Who speaks.
    Role, "role" {
        /// The user, and the tools.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// Instructions in the middle of a conversation, for models that take them there.
        System = "system",
    }
}

/// One message. It is checked when the body is put together, where its place is known.
#[derive(Clone, Debug)]
pub struct Message {
    parts: Parts,
}

#[derive(Clone, Debug)]
enum Parts {
    Built { role: Role, content: Vec<ContentBlock> },
    Json(Document),
}

impl Message {
    /// An empty message.
    pub fn new(role: Role) -> Self {
        Self::of(role, Vec::new())
    }

    /// A message of these blocks.
    pub fn of(role: Role, content: Vec<ContentBlock>) -> Self {
        Self { parts: Parts::Built { role, content } }
    }

    /// An empty message of the user.
    pub fn user() -> Self {
        Self::new(Role::User)
    }

    /// An empty message of the model.
    pub fn assistant() -> Self {
        Self::new(Role::Assistant)
    }

    /// A whole message, given as JSON: [`super::ConverseOutput::message`] puts an answer into the history. It goes out
    /// byte for byte; blocks that are added to it are lost.
    pub fn json(document: Document) -> Self {
        Self { parts: Parts::Json(document) }
    }

    /// Adds a block.
    #[must_use]
    pub fn block(mut self, block: ContentBlock) -> Self {
        if let Parts::Built { content, .. } = &mut self.parts {
            content.push(block);
        }
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.block(ContentBlock::Text(text.into()))
    }

    /// Adds an image; its first bytes tell its format.
    #[must_use]
    pub fn image(self, image: impl Into<Image>) -> Self {
        self.block(ContentBlock::Image(image.into()))
    }

    /// Adds a document. A text must stand beside it.
    #[must_use]
    pub fn document(self, document: DocumentBlock) -> Self {
        self.block(ContentBlock::Document(document))
    }

    /// Adds what a tool answered.
    #[must_use]
    pub fn tool_result(self, result: ToolResult) -> Self {
        self.block(ContentBlock::ToolResult(result))
    }

    /// Caches everything up to here.
    #[must_use]
    pub fn cache_point(self, point: CachePoint) -> Self {
        self.block(ContentBlock::CachePoint(point))
    }

    pub(super) fn write(
        &self,
        path: FieldPath<'_>,
        messages: &mut ArrayWriter<'_>,
    ) -> Result<(), InvalidInput> {
        let (role, content) = match &self.parts {
            Parts::Built { role, content } => (*role, content),
            Parts::Json(document) => {
                messages.document(&Document::object_at(path, document.clone())?);
                return Ok(());
            }
        };
        check_together(path, role, content)?;
        let mut message = messages.object();
        let mut blocks = message.string("role", role.as_str()).array("content");
        for (place, block) in content.iter().enumerate() {
            block.write(format_args!("{path}.content[{place}]"), &mut blocks)?;
        }
        Ok(())
    }

    /// About how long it is as JSON.
    pub(super) fn length(&self) -> usize {
        match &self.parts {
            Parts::Built { content, .. } => NAMES + content.iter().map(ContentBlock::length).sum::<usize>(),
            Parts::Json(document) => document.bytes().len(),
        }
    }
}

/// What the blocks of a message may be together.
fn check_together(path: FieldPath<'_>, role: Role, content: &[ContentBlock]) -> Result<(), InvalidInput> {
    let refuse = |problem: String| Err(InvalidInput::new(format!("{path}.content"), problem));
    if content.is_empty() {
        return refuse("is empty; give a text or another block".to_owned());
    }
    if let Some(place) = content.iter().position(ContentBlock::is_for_users).filter(|_| role != Role::User) {
        return Err(InvalidInput::new(
            format!("{path}.content[{place}]"),
            format!("is of a kind that only a user's message may have; this one is of the {role}"),
        ));
    }
    let count = |is: fn(&ContentBlock) -> bool| content.iter().filter(|block| is(block)).count();
    let images = count(|block| matches!(block, ContentBlock::Image(_)));
    if images > MAX_IMAGES {
        return refuse(format!("has {images} images; give at most {MAX_IMAGES}"));
    }
    let documents = count(|block| matches!(block, ContentBlock::Document(_)));
    if documents > MAX_DOCUMENTS {
        return refuse(format!("has {documents} documents; give at most {MAX_DOCUMENTS}"));
    }
    let texts = count(|block| {
        matches!(block, ContentBlock::Text(_) | ContentBlock::GuardText { .. } | ContentBlock::Json(_))
    });
    if documents > 0 && texts == 0 {
        return refuse("has a document and no text; add a text beside it".to_owned());
    }
    Ok(())
}
