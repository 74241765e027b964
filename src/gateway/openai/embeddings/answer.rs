//! Vectors in the shape of OpenAI's answer.

use super::family::{Vector, numbers};
use super::request::{EmbeddingsRequest, Encoding};
use crate::gateway::response;
use crate::protocol::document::ObjectWriter;
use crate::transport::Body;
use http::Response;

pub(super) fn answer(
    vectors: impl Iterator<Item = Vector>,
    request: &EmbeddingsRequest,
    tokens: u64,
) -> Response<Body> {
    let mut data = String::from("[");
    for (index, vector) in vectors.enumerate() {
        if index > 0 {
            data.push(',');
        }
        let mut entry = ObjectWriter::default();
        entry.string("object", "embedding").value("index", &index.into());
        match request.encoding {
            Encoding::Float => entry.raw("embedding", vector.get()),
            Encoding::Base64 => entry.string("embedding", &base64(&vector)),
        };
        data.push_str(&entry.finish_text());
    }
    data.push(']');
    let mut usage = ObjectWriter::default();
    usage.value("prompt_tokens", &tokens.into()).value("total_tokens", &tokens.into());
    let mut body = ObjectWriter::default();
    body.string("object", "list")
        .raw("data", &data)
        .string("model", &request.model)
        .raw("usage", &usage.finish_text());
    response::json(body.finish())
}

/// Little-endian 32-bit floats.
fn base64(vector: &Vector) -> String {
    let bytes: Vec<u8> = numbers(vector).into_iter().flat_map(f32::to_le_bytes).collect();
    base64_simd::STANDARD.encode_to_string(bytes)
}
