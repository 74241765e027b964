//! Instructions among the messages, where a Claude takes none: coding agents tell of their own agents and skills so,
//! whatever the model.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-mid-conversation-system.html>
//! - <https://github.com/BerriAI/litellm/pull/32831>

use super::hints::{CACHE_CONTROL, cached};
use crate::gateway::bedrock::SystemMessages;
use crate::gateway::dropped::Dropped;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use crate::protocol::document::{ObjectWriter, array};
use std::borrow::Cow;

/// What is said, each part where a Claude takes it.
pub(super) struct Placed<'a> {
    /// What stands before the first message: blocks that are instructions like those beside the messages.
    leading: Vec<Cow<'a, str>>,
    pub(super) messages: Cow<'a, str>,
}

/// Each message of the role `system` where a Claude takes it: those before the first message beside the messages, and
/// of the others those that it does not take as the user's, so that all before them is cached as it was.
pub(super) fn placed<'a>(
    given: Value<'a>,
    taken: SystemMessages,
    dropped: &mut Dropped,
) -> Result<Placed<'a>, Refusal> {
    let as_it_came = Placed { leading: Vec::new(), messages: given.text().into() };
    // To look costs less than to read, and most chats have none.
    if !given.text().contains("\"system\"") {
        return Ok(as_it_came);
    }
    let (mut leading, mut messages, mut held) = (Vec::new(), Vec::new(), Vec::new());
    let mut before = None;
    let mut is_changed = false;
    for message in given.elements()? {
        let said = message.object()?;
        let role = said.text("role")?;
        if role != "system" {
            // What tools answer follows what they are asked, and instructions between the two follow both.
            if role != "user" {
                messages.append(&mut held);
            }
            messages.push(Cow::Borrowed(message.text()));
            messages.append(&mut held);
            before = Some(role);
            continue;
        }
        let says_nothing = says_nothing(said.required("content")?);
        if taken == SystemMessages::BehindTheFirst && (before.is_some() || says_nothing) {
            messages.push(message.text().into());
            continue;
        }
        is_changed = true;
        match before.as_deref() {
            // A setting from there on.
            _ if says_nothing => dropped.in_any_case(&message.path()),
            None => leading.append(&mut blocks(&said)?),
            Some("user") => messages.push(of_the_user(&said)?.into()),
            Some(_) => held.push(of_the_user(&said)?.into()),
        }
    }
    messages.append(&mut held);
    if messages.is_empty() {
        return Err(given.refuse("has nothing to be answered; give at least one message of the user"));
    }
    Ok(if is_changed { Placed { leading, messages: array(messages).into() } } else { as_it_came })
}

impl Placed<'_> {
    /// The instructions beside the messages, where some of the messages belong to them.
    pub(super) fn system(&self, given: Option<Value<'_>>) -> Result<Option<String>, Refusal> {
        if self.leading.is_empty() {
            return Ok(None);
        }
        let given = given.filter(|given| !says_nothing(*given)).map(blocks_of).transpose()?;
        Ok(Some(array(given.iter().flatten().chain(&self.leading))))
    }
}

fn says_nothing(content: Value<'_>) -> bool {
    content.asks_nothing() || content.text() == "\"\""
}

fn of_the_user(said: &Object<'_>) -> Result<String, Refusal> {
    let mut message = ObjectWriter::default();
    message.string("role", "user").raw("content", &array(blocks(said)?));
    Ok(message.finish_text())
}

/// The blocks of a message. What is to be cached may stand beside them, which is its last block elsewhere.
fn blocks<'a>(said: &Object<'a>) -> Result<Vec<Cow<'a, str>>, Refusal> {
    let mut blocks = blocks_of(said.required("content")?)?;
    if let (Some(control), Some(last)) = (said.get(CACHE_CONTROL), blocks.last_mut())
        && let Some(cached) = cached(last, control.text())
    {
        *last = cached.into();
    }
    Ok(blocks)
}

fn blocks_of(content: Value<'_>) -> Result<Vec<Cow<'_, str>>, Refusal> {
    if content.is_string() {
        let mut block = ObjectWriter::default();
        return Ok(vec![block.string("type", "text").raw("text", content.text()).finish_text().into()]);
    }
    Ok(content.elements()?.map(|block| block.text().into()).collect())
}
