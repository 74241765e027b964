//! HeadBucket: whether a bucket is there, and in which region.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Asks about the bucket of a URI (`s3:ListBucket`). A refusal has no body: 404 where there is no such bucket, 403
/// where it is someone else's, 301 where it is in another region.
#[derive(Clone, Debug)]
pub struct HeadBucket {
    uri: S3Uri,
}

impl HeadBucket {
    /// Asks about the bucket of this URI.
    pub fn new(uri: S3Uri) -> Self {
        Self { uri }
    }
}

impl Operation for HeadBucket {
    /// `x-amz-bucket-region`, where S3 says it.
    type Output = Option<String>;

    fn name(&self) -> &'static str {
        "HeadBucket"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        with_headers(Method::HEAD, self.uri.bucket_url(endpoint)?, &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<Option<String>, Undecodable> {
        let region = response.headers().get("x-amz-bucket-region");
        Ok(region.and_then(|region| region.to_str().ok()).map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DeleteObject, PutObject};
    use super::*;
    use crate::protocol::endpoint::EndpointOptions;

    #[test]
    fn the_bucket_goes_where_it_fits() {
        let uri = || S3Uri::new("s3://demo/out/x").unwrap();
        let aws = Endpoint::resolve(Service::S3, "us-west-2", &EndpointOptions::default()).unwrap();
        let local = EndpointOptions::at("http://127.0.0.1:80");
        let local = Endpoint::resolve(Service::S3, "us-west-2", &local).unwrap();
        let url = |endpoint| HeadBucket::new(uri()).request(endpoint).unwrap().uri().to_string();
        assert_eq!(url(&aws), "https://demo.s3.us-west-2.amazonaws.com/");
        assert_eq!(url(&local), "http://127.0.0.1:80/demo");
        let put = PutObject::new(uri(), "text/plain", "hi").request(&aws).unwrap();
        assert_eq!((put.method(), put.body().len()), (&Method::PUT, 2));
        let delete = DeleteObject::new(uri()).request(&aws).unwrap();
        assert_eq!((delete.method(), delete.uri()), (&Method::DELETE, put.uri()));
    }
}
