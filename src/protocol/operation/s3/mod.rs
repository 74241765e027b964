//! Amazon S3, as far as the output of an async invocation needs it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
//!
//! | file | operations |
//! |---|---|
//! | `get_object`, `head_object`, `put_object`, `delete_object` | one object |
//! | `create_multipart_upload`, `upload_part`, `complete_multipart_upload`, `abort_multipart_upload` | one in parts |
//! | `head_bucket` | whether there is a bucket, and where |

mod abort_multipart_upload;
mod complete_multipart_upload;
mod create_multipart_upload;
mod delete_object;
mod get_object;
mod head_bucket;
mod head_object;
mod put_object;
mod upload_part;

pub use crate::protocol::s3_uri::S3Uri;
pub use abort_multipart_upload::AbortMultipartUpload;
pub use complete_multipart_upload::CompleteMultipartUpload;
pub use create_multipart_upload::CreateMultipartUpload;
pub use delete_object::DeleteObject;
pub use get_object::GetObject;
pub use head_bucket::HeadBucket;
pub use head_object::{ContentRange, HeadObject, ObjectHead};
pub use put_object::PutObject;
pub use upload_part::UploadPart;
