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
    let mut body = ObjectWriter::default();
    let mut data = body.string("object", "list").array("data");
    for (index, vector) in vectors.enumerate() {
        let mut entry = data.object();
        entry.string("object", "embedding").value("index", &index.into());
        match request.encoding {
            Encoding::Float => entry.raw("embedding", vector.get()),
            Encoding::Base64 => entry.string("embedding", &base64(&vector)),
        };
    }
    drop(data);
    let mut usage = body.string("model", &request.model).object("usage");
    usage.value("prompt_tokens", &tokens.into()).value("total_tokens", &tokens.into());
    drop(usage);
    response::json(body.finish())
}

/// Little-endian 32-bit floats.
fn base64(vector: &Vector) -> String {
    let bytes: Vec<u8> = numbers(vector).into_iter().flat_map(f32::to_le_bytes).collect();
    base64_simd::STANDARD.encode_to_string(bytes)
}
