//! The AWS ini files, parsed.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
