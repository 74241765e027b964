//! What the emulator's S3 does with a whole bucket, and with copies: lists, deletions at once, CopyObject.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration, Lateness};
use emulator_call::{Answer, Call, luma, options, poll, start};
use http::Method;

fn emulator() -> Emulator {
    Emulator::new(EmulatorOptions { job_duration: JobDuration::Polls(0), ..options() })
}

async fn ask(emulator: &Emulator, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let call = headers.iter().fold(Call::s3(method, path), |call, (name, value)| call.header(name, *value));
    call.to(emulator).await
}

async fn put(emulator: &Emulator, path: &str, body: &str) {
    let call = Call { body: body.to_owned().into(), ..Call::s3(Method::PUT, path) };
    assert_eq!(call.header("content-type", "text/x").to(emulator).await.status, 200, "{path}");
}

/// The texts of all elements with this name.
fn all<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    document.split(open.as_str()).skip(1).map(|rest| rest.split(close.as_str()).next().unwrap()).collect()
}

async fn list(emulator: &Emulator, query: &str) -> String {
    let answer = ask(emulator, Method::GET, &format!("/demo?{query}"), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/xml"));
    answer.text()
}

#[tokio::test]
async fn a_bucket_is_listed_page_by_page_and_by_folders() {
    let emulator = emulator();
    ask(&emulator, Method::GET, "/demo?list-type=2", &[]).await.expect_s3_refusal(404, "NoSuchBucket");
    for key in ["a/1", "a/2", "b", "c/d/3", "c/e", "x%26%20y"] {
        put(&emulator, &format!("/demo/{key}"), "12345").await;
    }
    put(&emulator, "/other/z", "1").await;
    let whole = list(&emulator, "list-type=2").await;
    assert_eq!(all(&whole, "Key"), ["a/1", "a/2", "b", "c/d/3", "c/e", "x&amp; y"]);
    assert_eq!((all(&whole, "KeyCount"), all(&whole, "IsTruncated")), (vec!["6"], vec!["false"]));
    assert_eq!((all(&whole, "Size")[0], all(&whole, "LastModified")[0]), ("5", "2026-01-02T03:04:05Z"));
    let head = ask(&emulator, Method::HEAD, "/demo/b", &[]).await;
    assert_eq!(all(&whole, "ETag")[2].replace("&quot;", "\""), head.header("etag"));
    let encoded = list(&emulator, "list-type=2&encoding-type=url&prefix=x%26").await;
    assert_eq!((all(&encoded, "Key"), all(&encoded, "Prefix")), (vec!["x%26%20y"], vec!["x%26"]));
    assert_eq!(all(&list(&emulator, "list-type=2&start-after=b").await, "Key"), ["c/d/3", "c/e", "x&amp; y"]);
    let below = list(&emulator, "list-type=2&prefix=c%2F&delimiter=%2F").await;
    assert_eq!((all(&below, "Key"), all(&below, "Prefix")), (vec!["c/e"], vec!["c/", "c/d/"]));
    // A page ends between folders as between keys, and no folder comes twice.
    for (first, token, next) in
        [("list-type=2", "continuation-token", "NextContinuationToken"), ("", "marker", "NextMarker")]
    {
        let (mut names, mut more) = (Vec::new(), String::new());
        for _ in 0..4 {
            let page = list(&emulator, &format!("{first}&delimiter=%2F&max-keys=1{more}")).await;
            let folders = all(&page, "CommonPrefixes").into_iter().map(|folder| all(folder, "Prefix")[0]);
            names.extend(all(&page, "Key").into_iter().chain(folders).map(str::to_owned));
            let Some(value) = all(&page, next).first().copied() else { break };
            more = format!("&{token}={}", value.replace('/', "%2F"));
        }
        assert_eq!(names, ["a/", "b", "c/", "x&amp; y"], "{first}");
    }
    for bad in ["list-type=2&max-keys=x", "list-type=2&continuation-token=zz"] {
        ask(&emulator, Method::GET, &format!("/demo?{bad}"), &[])
            .await
            .expect_s3_refusal(400, "InvalidArgument");
    }
    assert_eq!(all(&list(&emulator, "list-type=2&max-keys=0").await, "IsTruncated"), ["false"]);
}

#[tokio::test]
async fn the_folder_of_a_job_is_listed_once_it_is_written() {
    let late = EmulatorOptions {
        job_duration: JobDuration::Polls(0),
        output_lateness: Lateness::Polls(1),
        ..options()
    };
    let emulator = Emulator::new(late);
    let arn = start(&emulator, &luma(None)).await;
    let key = format!("out/{}/output.mp4", arn.rsplit('/').next().unwrap());
    assert_eq!(all(&list(&emulator, "list-type=2").await, "Key"), [""; 0]);
    poll(&emulator, &arn).await;
    // It is late by one request for it; to look is none.
    assert_eq!(all(&list(&emulator, "list-type=2").await, "Key"), [""; 0]);
    assert_eq!(ask(&emulator, Method::GET, &format!("/demo/{key}"), &[]).await.status, 404);
    let listed = list(&emulator, "list-type=2&prefix=out%2F").await;
    assert_eq!((all(&listed, "Key"), all(&listed, "Size")), (vec![key.as_str()], vec!["10"]));
}

#[tokio::test]
async fn a_copy_is_the_object_with_what_was_said_of_it() {
    let emulator = emulator();
    put(&emulator, "/demo/a%20b", "first").await;
    let copied = ask(&emulator, Method::PUT, "/other/copy", &[("x-amz-copy-source", "demo/a%20b")]).await;
    assert_eq!(copied.status, 200, "{}", copied.text());
    let there = ask(&emulator, Method::GET, "/other/copy", &[]).await;
    assert_eq!((there.text().as_str(), there.header("content-type")), ("first", "text/x"));
    assert_eq!(all(&copied.text(), "ETag")[0].replace("&quot;", "\""), there.header("etag"));
    let anew = [("x-amz-copy-source", "/demo/a%20b"), ("x-amz-metadata-directive", "REPLACE")];
    let own = [&anew[..], &[("content-type", "text/y")]].concat();
    assert_eq!(ask(&emulator, Method::PUT, "/demo/a%20b", &own).await.status, 200);
    assert_eq!(ask(&emulator, Method::HEAD, "/demo/a%20b", &[]).await.header("content-type"), "text/y");
    for (path, source, status, code) in [
        ("/demo/a%20b", "demo/a%20b", 400, "InvalidRequest"),
        ("/demo/c", "demo/none", 404, "NoSuchKey"),
        ("/demo/c", "none/a", 404, "NoSuchBucket"),
        ("/demo/c", "demo", 400, "InvalidArgument"),
        ("/demo/c", "demo/a%20b?versionId=1", 501, "NotImplemented"),
    ] {
        let refused = ask(&emulator, Method::PUT, path, &[("x-amz-copy-source", source)]).await;
        refused.expect_s3_refusal(status, code);
    }
    let tag = ("x-amz-copy-source-if-match", "\"other\"");
    let refused = ask(&emulator, Method::PUT, "/demo/c", &[("x-amz-copy-source", "demo/a%20b"), tag]).await;
    refused.expect_s3_refusal(412, "PreconditionFailed");
    assert_eq!(ask(&emulator, Method::GET, "/demo/c", &[]).await.status, 404);
}

#[tokio::test]
async fn a_part_is_copied_out_of_the_video_of_a_job() {
    let emulator = emulator();
    let arn = start(&emulator, &luma(None)).await;
    poll(&emulator, &arn).await;
    let source = format!("demo/out/{}/output.mp4", arn.rsplit('/').next().unwrap());
    let created = ask(&emulator, Method::POST, "/mine/video?uploads", &[]).await.text();
    let id = all(&created, "UploadId")[0];
    let range = ("x-amz-copy-source-range", "bytes=2-5");
    let path = format!("/mine/video?partNumber=1&uploadId={id}");
    let part = ask(&emulator, Method::PUT, &path, &[("x-amz-copy-source", &source), range]).await;
    let part = part.text();
    assert!(part.contains("<CopyPartResult"), "{part}");
    let list = format!("<Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>", all(&part, "ETag")[0]);
    let path = format!("/mine/video?uploadId={id}");
    let complete = Call { body: list.into(), ..Call::s3(Method::POST, &path) }.to(&emulator).await;
    assert_eq!(complete.status, 200, "{}", complete.text());
    assert_eq!(ask(&emulator, Method::GET, "/mine/video", &[]).await.text(), "2345");
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let emulator = emulator();
    for key in ["a&b", "c", "d"] {
        put(&emulator, &format!("/demo/{key}"), "1").await;
    }
    let delete = async |body: &'static str| {
        Call { body: body.into(), ..Call::s3(Method::POST, "/demo?delete") }.to(&emulator).await
    };
    let said = delete(
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b</Key></Object><Object><Key>none</Key></Object></Delete>",
    )
    .await;
    assert_eq!(all(&said.text(), "Key"), ["a&amp;b", "none"]);
    let quiet = delete("<Delete><Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>").await;
    assert_eq!((quiet.status.as_u16(), all(&quiet.text(), "Key").len()), (200, 0));
    assert_eq!(all(&list(&emulator, "list-type=2").await, "Key"), ["d"]);
    for bad in ["", "<Delete></Delete>", "<Delete><Object></Object></Delete>", "<Other/>"] {
        delete(bad).await.expect_s3_refusal(400, "MalformedXML");
    }
}

#[tokio::test]
async fn a_bucket_is_made_once_and_what_is_more_is_refused() {
    let emulator = emulator();
    assert_eq!(ask(&emulator, Method::PUT, "/mine", &[]).await.header("location"), "/mine");
    let listed = ask(&emulator, Method::GET, "/mine?list-type=2", &[]).await;
    assert_eq!((listed.status.as_u16(), all(&listed.text(), "KeyCount")), (200, vec!["0"]));
    ask(&emulator, Method::PUT, "/mine", &[]).await.expect_s3_refusal(409, "BucketAlreadyOwnedByYou");
    for (method, path) in [
        (Method::DELETE, "/mine"),
        (Method::PUT, "/mine?tagging"),
        (Method::GET, "/mine?versions"),
        (Method::GET, "/mine?list-type=3"),
        (Method::POST, "/mine?delete&versions"),
    ] {
        ask(&emulator, method, path, &[]).await.expect_s3_refusal(501, "NotImplemented");
    }
}

#[tokio::test]
async fn the_encoding_of_an_upload_does_not_stay_with_its_object() {
    let emulator = emulator();
    for (sent, kept) in [("aws-chunked", ""), ("gzip,aws-chunked", "gzip"), ("aws-chunked, br", "br")] {
        let body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        let call = Call { body: body.into(), ..Call::s3(Method::PUT, "/demo/a") };
        let call = call.header("content-encoding", sent).header("x-amz-decoded-content-length", "5");
        let call = call.header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        assert_eq!(call.to(&emulator).await.status, 200);
        let there = ask(&emulator, Method::GET, "/demo/a", &[]).await;
        assert_eq!((there.text().as_str(), there.header("content-encoding")), ("hello", kept), "{sent}");
    }
}
