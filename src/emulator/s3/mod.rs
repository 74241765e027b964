//! S3, as far as the output of an async invocation needs it, and as far as a probe of a bucket does.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
//!
//! | file | job |
//! |---|---|
//! | `object`, `range` | GetObject and HeadObject |
//! | `put_object`, `multipart` | PutObject, CopyObject and DeleteObject; objects that come in parts |
//! | `written` | what a write carries: its body, or what it copies |
//! | `bucket`, `list_objects`, `delete_objects` | what is asked of a bucket |
//! | `condition` | an object's tag, and what a request allows by it |
//! | `stored_objects`, `description` | what a client wrote, and said of it |
//! | `answer`, `refusals` | what every answer has, and what is refused |

mod answer;
mod bucket;
mod condition;
mod delete_objects;
mod description;
mod list_objects;
mod multipart;
mod object;
mod put_object;
mod range;
mod refusals;
mod stored_objects;
mod written;

pub(super) use answer::stamp;
pub(super) use bucket::{BucketStep, take_bucket_step};
pub(super) use multipart::{Step, take_step};
pub(super) use object::{ObjectRequest, object};
pub(super) use put_object::{delete_object, put_object};
pub(super) use refusals::not_there;
pub(super) use stored_objects::StoredObjects;
pub(super) use written::{Sources, copying, written};
