//! Amazon S3, as far as the output of an async invocation needs it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

mod get_object;
mod head_object;
mod s3_uri;

pub use get_object::GetObject;
pub use head_object::{ContentRange, HeadObject, ObjectHead};
pub use s3_uri::S3Uri;
