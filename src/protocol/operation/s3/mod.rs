//! Amazon S3, as far as the output of an async invocation needs it.
