//! Files that are only named. Bedrock takes their bytes: images are fetched where that is allowed, and stand in the body
//! as if the client had sent them; the rest is refused.

use super::asked_message::{AskedMessage, read};
use crate::gateway::asked::Asked;
use crate::gateway::image_fetch::{ImageUrl, Images};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;
use crate::gateway::state::InForce;
use crate::protocol::content::ImageFormat;
use crate::protocol::operation::bedrock_runtime::MAX_BODY_BYTES;
use bytes::Bytes;

const NOT_ALLOWED: &str = "is a URL that the gateway would have to fetch, which its operator has not allowed \
                           (--fetch-images); give the image as base64";

/// The most images that Claude takes in a request; more are not fetched.
/// <https://platform.claude.com/docs/en/build-with-claude/vision>
const MAX_NAMED: usize = 100;

/// The source of an image that is a URL.
struct NamedImage<'a> {
    source: Value<'a>,
    url: String,
}

/// The body of a request, with the images that it names.
pub(super) async fn with_images(asked: &Asked) -> Result<Bytes, Refusal> {
    asked.must_be_json()?;
    if !std::str::from_utf8(&asked.body).is_ok_and(may_name) {
        return Ok(asked.body.clone());
    }
    let json = read(&asked.body)?;
    let message = AskedMessage::read(&json)?;
    // Nothing is fetched for a model that may not be asked.
    asked.model(&message.model)?;
    let fetched = fetched(&message, &asked.in_force).await?;
    Ok(fetched.unwrap_or_else(|| asked.body.clone()))
}

/// `None` where it names none.
async fn fetched(message: &AskedMessage<'_>, in_force: &InForce) -> Result<Option<Bytes>, Refusal> {
    let named = named_images(message)?;
    let Some(first) = named.first() else { return Ok(None) };
    let Some(fetch) = &in_force.images else { return Err(first.source.refuse(NOT_ALLOWED)) };
    let urls: Vec<ImageUrl> =
        named.iter().map(|image| ImageUrl { url: image.url.clone(), field: image.source.path() }).collect();
    let images = fetch.fetch(&urls).await?;
    written(message.json.text(), &named, &images).map(Some)
}

/// The body with the images in the place of their URLs. One image may stand in many places, so that what becomes too
/// long is refused before it is written.
fn written(text: &str, named: &[NamedImage<'_>], images: &Images) -> Result<Bytes, Refusal> {
    let mut length = text.len();
    for image in named {
        length += images.get(&image.url).map_or(0, |bytes| base64_simd::STANDARD.encoded_length(bytes.len()));
        if length > MAX_BODY_BYTES {
            let problem =
                format!("makes the request longer than the {MAX_BODY_BYTES} bytes that Bedrock takes");
            return Err(image.source.refuse(&problem));
        }
    }
    let mut body = String::with_capacity(length);
    let mut written = 0;
    for image in named {
        let source = image.source.text();
        let place = source.as_ptr().addr().checked_sub(text.as_ptr().addr());
        let (Some(start), Some(bytes)) = (place, images.get(&image.url)) else {
            return Err(image.source.refuse("could not be fetched"));
        };
        body.push_str(text.get(written..start).unwrap_or_default());
        push_source(&mut body, bytes);
        written = start + source.len();
    }
    body.push_str(text.get(written..).unwrap_or_default());
    Ok(body.into())
}

fn push_source(body: &mut String, image: &[u8]) {
    // What was fetched is an image of one of these.
    let format = ImageFormat::of_bytes(image).unwrap_or(ImageFormat::Jpeg);
    body.push_str(&format!(r#"{{"type":"base64","media_type":"image/{format}","data":""#));
    body.push_str(&base64_simd::STANDARD.encode_to_string(image));
    body.push_str("\"}");
}

fn named_images<'a>(message: &AskedMessage<'a>) -> Result<Vec<NamedImage<'a>>, Refusal> {
    let mut named = Vec::new();
    let Some(messages) = message.body.get("messages") else { return Ok(named) };
    for block in blocks(messages)? {
        let Ok(object) = block.object() else { continue };
        let Some(source) = object.get("source") else { continue };
        if object.text("type").is_ok_and(|kind| kind == "image") && kind_of(source).as_deref() == Some("url")
        {
            if named.len() == MAX_NAMED {
                let problem = format!("is one URL too many; give at most {MAX_NAMED} images by URL");
                return Err(source.refuse(&problem));
            }
            let url = source.object()?.text("url")?;
            named.push(NamedImage { source, url });
        }
    }
    Ok(named)
}

/// Refuses the first file that is given by its URL, or by its id at Anthropic.
pub(super) fn check(messages: Value<'_>) -> Result<(), Refusal> {
    if !may_name(messages.text()) {
        return Ok(());
    }
    for block in blocks(messages)? {
        let Some(source) = block.object().ok().and_then(|block| block.get("source")) else { continue };
        let problem = match kind_of(source).as_deref() {
            Some("url") => "is a URL, which Bedrock does not fetch; give the file as base64",
            Some("file") => "is a file at Anthropic, where Bedrock cannot read it; give it as base64",
            _ => continue,
        };
        return Err(source.refuse(problem));
    }
    Ok(())
}

/// To look costs less than to read, and most requests name nothing.
fn may_name(json: &str) -> bool {
    ["\"url\"", "\"file\""].iter().any(|kind| json.contains(kind))
}

/// All blocks in their order, those of tools' results among them.
fn blocks(messages: Value<'_>) -> Result<Vec<Value<'_>>, Refusal> {
    let mut blocks = Vec::new();
    for message in messages.elements()? {
        let content = message.object()?.get("content").filter(|content| !content.is_string());
        for block in content.map(Value::elements).transpose()?.into_iter().flatten() {
            let inner = block.object()?.get("content").and_then(|content| content.elements().ok());
            blocks.push(block);
            // Blocks in these have no blocks of their own.
            blocks.extend(inner.into_iter().flatten());
        }
    }
    Ok(blocks)
}

fn kind_of(source: Value<'_>) -> Option<String> {
    source.object().ok()?.text("type").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(images: usize) -> Bytes {
        let image = r#"{"type":"image","source":{"type":"url","url":"https://img.example/a.png"}}"#;
        let content = vec![image; images].join(",");
        format!(r#"{{"model":"claude","messages":[{{"role":"user","content":[{content}]}}]}}"#).into()
    }

    #[test]
    fn an_image_that_is_named_many_times_fills_no_memory() {
        let bytes = body(MAX_NAMED);
        let json = read(&bytes).unwrap();
        let named = named_images(&AskedMessage::read(&json).unwrap()).unwrap();
        let url = "https://img.example/a.png".to_owned();
        let images = |length| Images::from([(url.clone(), Bytes::from(vec![0; length]))]);
        // The twentieth is too much, and the field of the twentieth is named.
        let refused = written(json.text(), &named, &images(1_000_000)).unwrap_err();
        let refused = refused.message();
        assert!(
            refused.contains("messages.0.content.18.source") && refused.contains("25000000"),
            "{refused}"
        );
        let fit = written(json.text(), &named, &images(100_000)).unwrap();
        assert!((MAX_NAMED * 133_333..MAX_BODY_BYTES).contains(&fit.len()), "{}", fit.len());
        let many = body(MAX_NAMED + 1);
        let json = read(&many).unwrap();
        let refused = named_images(&AskedMessage::read(&json).unwrap()).err().unwrap();
        let refused = refused.message();
        assert!(refused.contains("content.100.source") && refused.contains("one URL too many"), "{refused}");
    }
}
