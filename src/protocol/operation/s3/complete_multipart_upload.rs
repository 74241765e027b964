//! CompleteMultipartUpload: makes the object of its parts.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers, xml};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Makes the object: it is there as a whole after this, and not before.
#[derive(Clone, Debug)]
pub struct CompleteMultipartUpload {
    uri: S3Uri,
    upload_id: String,
    etags: Vec<String>,
}

impl CompleteMultipartUpload {
    /// `etags` are those of the parts from number 1 on.
    pub fn new(uri: S3Uri, upload_id: impl Into<String>, etags: impl IntoIterator<Item = String>) -> Self {
        Self { uri, upload_id: upload_id.into(), etags: etags.into_iter().collect() }
    }
}

impl Operation for CompleteMultipartUpload {
    type Output = ();

    fn name(&self) -> &'static str {
        "CompleteMultipartUpload"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let mut body = String::from("<CompleteMultipartUpload>");
        for (index, etag) in self.etags.iter().enumerate() {
            let etag = etag.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            let number = index + 1;
            body.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
        }
        body.push_str("</CompleteMultipartUpload>");
        let url = self.uri.object_url_with(endpoint, &S3Uri::upload_query(&self.upload_id))?;
        with_headers(Method::POST, url, &[("content-type", "application/xml")], body.into())
    }

    /// S3 begins its answer before it is done, so that a failure may come with status 200.
    fn decode(&self, response: http::Response<Bytes>) -> Result<(), Undecodable> {
        let refuse = |problem: String| Undecodable::new(self.name(), problem);
        let root = xml::read(String::from_utf8_lossy(response.body()).trim_start()).map_err(refuse)?;
        if root.name() == "CompleteMultipartUploadResult" {
            return Ok(());
        }
        let text = |name| root.child(name).and_then(xml::Element::text).unwrap_or("no reason");
        Err(refuse(format!("it is <{}>: {}: {}", root.name(), text("Code"), text("Message"))))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AbortMultipartUpload, CreateMultipartUpload, UploadPart};
    use super::*;
    use crate::protocol::endpoint::EndpointOptions;

    fn uri() -> S3Uri {
        S3Uri::new("s3://demo/in/x.jsonl").unwrap()
    }

    #[test]
    fn an_upload_is_named_in_the_query() {
        let endpoint = Endpoint::resolve(Service::S3, "eu-west-1", &EndpointOptions::default()).unwrap();
        let url = "https://demo.s3.eu-west-1.amazonaws.com/in/x.jsonl";
        let create = CreateMultipartUpload::new(uri(), "text/plain").request(&endpoint).unwrap();
        assert_eq!((create.method(), create.uri().to_string()), (&Method::POST, format!("{url}?uploads=")));
        let part = UploadPart::new(uri(), "a/b+c", 7, "body").request(&endpoint).unwrap();
        assert_eq!(part.uri().to_string(), format!("{url}?partNumber=7&uploadId=a%2Fb%2Bc"));
        let etags = ["\"1\"".to_owned(), "\"2\"".to_owned()];
        let complete = CompleteMultipartUpload::new(uri(), "i", etags).request(&endpoint).unwrap();
        assert_eq!(
            complete.body(),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;1&quot;</ETag></Part><Part>\
             <PartNumber>2</PartNumber><ETag>&quot;2&quot;</ETag></Part></CompleteMultipartUpload>"
        );
        let abort = AbortMultipartUpload::new(uri(), "i").request(&endpoint).unwrap();
        assert_eq!(abort.method(), Method::DELETE);
        assert_eq!(abort.uri(), complete.uri());
    }

    #[test]
    fn a_failure_may_come_with_status_200() {
        let complete = CompleteMultipartUpload::new(uri(), "i", []);
        let decode =
            |body: &'static str| complete.decode(http::Response::new(Bytes::from_static(body.as_bytes())));
        assert_eq!(
            decode("  \n<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>"),
            Ok(())
        );
        let failed = decode("<Error><Code>InternalError</Code><Message>Try again.</Message></Error>");
        assert!(failed.unwrap_err().to_string().ends_with("it is <Error>: InternalError: Try again."));
        let create = CreateMultipartUpload::new(uri(), "x");
        let body = "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
        assert_eq!(create.decode(http::Response::new(body.into())).unwrap(), "id");
        assert!(create.decode(http::Response::new("<a></a>".into())).is_err());
    }
}
