//! DeleteObjects.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use super::answer::document;
use super::refusals::malformed_xml;
use super::stored_objects::StoredObjects;
use crate::emulator::refused::{Refused, escaped};
use crate::protocol::operation::xml;
use bytes::Bytes;
use http::Response;

/// The most objects of one request.
const MAX_OBJECTS: usize = 1000;

/// Forgets the objects that a document names; one that is not there counts as forgotten.
pub(super) fn delete_objects(
    bucket: &str,
    body: &str,
    puts: &mut StoredObjects,
) -> Result<Response<Bytes>, Refused> {
    let asked = xml::read(body).ok().filter(|root| root.name() == "Delete").ok_or_else(malformed_xml)?;
    let objects = asked.children().iter().filter(|child| child.name() == "Object");
    let keys: Option<Vec<&str>> = objects.map(|object| object.child("Key")?.text()).collect();
    let keys = keys.filter(|keys| (1..=MAX_OBJECTS).contains(&keys.len())).ok_or_else(malformed_xml)?;
    let is_quiet = asked.child("Quiet").and_then(xml::Element::text) == Some("true");
    let mut deleted = String::new();
    for key in keys {
        puts.delete(bucket.to_owned(), key.to_owned());
        if !is_quiet {
            deleted.push_str(&format!("<Deleted><Key>{}</Key></Deleted>", escaped(key)));
        }
    }
    Ok(document("DeleteResult", &deleted))
}
