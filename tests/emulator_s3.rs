//! The output of a job on the emulator's S3: whole, by range, by condition, late, and missing.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration, Lateness};
use bedwire::protocol::endpoint::SigningScope;
use emulator_call::{Answer, Call, VIDEO, luma, options, poll, start};
use http::Method;
use std::time::Duration;

/// An emulator whose jobs are completed at the first poll.
fn emulator(output_lateness: Lateness) -> Emulator {
    Emulator::new(EmulatorOptions { job_duration: JobDuration::Polls(0), output_lateness, ..options() })
}

/// Starts a job and polls it to its end; the path of its video.
async fn completed(emulator: &Emulator) -> String {
    let arn = start(emulator, &luma(None)).await;
    let job = poll(emulator, &arn).await.json();
    let uri = job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str().unwrap().to_owned();
    format!("{}/output.mp4", uri.strip_prefix("s3:/").unwrap())
}

async fn get(emulator: &Emulator, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut call = Call::s3(Method::GET, path);
    for (name, value) in headers {
        call = call.header(name, *value);
    }
    call.to(emulator).await
}

#[tokio::test]
async fn a_completed_job_has_a_video() {
    let emulator = emulator(Lateness::Polls(0));
    let path = completed(&emulator).await;
    let answer = get(&emulator, &path, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, VIDEO.to_owned()));
    assert_eq!(answer.header("content-type"), "video/mp4");
    assert_eq!(answer.header("content-length"), "10");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("last-modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
    assert!(answer.header("etag").starts_with('"') && answer.header("etag").len() == 34);
    let head = Call::s3(Method::HEAD, &path).to(&emulator).await;
    assert_eq!((head.status.as_u16(), head.header("content-length"), head.body.len()), (200, "10", 0));
    assert_eq!(head.header("etag"), answer.header("etag"));
}

#[tokio::test]
async fn the_embedded_video_is_an_mp4() {
    let emulator =
        Emulator::new(EmulatorOptions { fixtures: None, job_duration: JobDuration::Polls(0), ..options() });
    let path = completed(&emulator).await;
    let answer = get(&emulator, &path, &[]).await;
    assert_eq!(answer.body.get(4..8), Some(&b"ftyp"[..]));
}

#[tokio::test]
async fn a_range_is_a_part() {
    let emulator = emulator(Lateness::Polls(0));
    let path = completed(&emulator).await;
    for (range, status, body, content_range) in [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"),
        ("bytes=4-", 206, "456789", "bytes 4-9/10"),
        ("bytes=4-400", 206, "456789", "bytes 4-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=0-1,3-4", 200, VIDEO, ""),
        ("lines=0-1", 200, VIDEO, ""),
        ("bytes=4-3", 200, VIDEO, ""),
    ] {
        let answer = get(&emulator, &path, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (status, body), "{range}");
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        assert_eq!(answer.header("content-length"), body.len().to_string(), "{range}");
    }
    for range in ["bytes=10-", "bytes=-0", "bytes=99999999999999999999-"] {
        let answer = get(&emulator, &path, &[("range", range)]).await;
        answer.expect_s3_refusal(416, "InvalidRange");
        assert_eq!(answer.header("content-range"), "bytes */10");
    }
    let head = Call::s3(Method::HEAD, &path).header("range", "bytes=0-3").to(&emulator).await;
    assert_eq!((head.status.as_u16(), head.header("content-length")), (206, "4"));
}

#[tokio::test]
async fn conditions_on_the_etag() {
    let emulator = emulator(Lateness::Polls(0));
    let path = completed(&emulator).await;
    let etag = get(&emulator, &path, &[]).await.header("etag").to_owned();
    assert_eq!(get(&emulator, &path, &[("if-match", &etag), ("range", "bytes=5-")]).await.text(), "56789");
    get(&emulator, &path, &[("if-match", "\"other\"")]).await.expect_s3_refusal(412, "PreconditionFailed");
    let same = get(&emulator, &path, &[("if-none-match", &etag)]).await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    assert_eq!(get(&emulator, &path, &[("if-none-match", "\"other\"")]).await.status, 200);
}

#[tokio::test]
async fn conditions_on_the_date() {
    let emulator = emulator(Lateness::Polls(0));
    let path = completed(&emulator).await;
    let written = get(&emulator, &path, &[]).await.header("last-modified").to_owned();
    let (before, after) = ("Fri, 02 Jan 2026 03:04:04 GMT", "Fri, 02 Jan 2026 03:04:06 GMT");
    let status =
        async |headers: &[(&'static str, &str)]| get(&emulator, &path, headers).await.status.as_u16();
    for (date, modified, unmodified) in [(before, 200, 412), (&*written, 304, 200), (after, 304, 200)] {
        assert_eq!(status(&[("if-modified-since", date)]).await, modified, "{date}");
        assert_eq!(status(&[("if-unmodified-since", date)]).await, unmodified, "{date}");
    }
    assert_eq!(status(&[("if-modified-since", "yesterday")]).await, 200);
    // A tag tells more than a date.
    assert_eq!(status(&[("if-none-match", "\"other\""), ("if-modified-since", after)]).await, 200);
    assert_eq!(status(&[("if-match", "*"), ("if-unmodified-since", before)]).await, 200);
    // A writer is asked by the tag alone.
    let put = Call::s3(Method::PUT, &path).header("if-unmodified-since", before).to(&emulator).await;
    assert_eq!(put.status, 200);
}

#[tokio::test]
async fn a_reader_may_be_told_something_else() {
    let emulator = emulator(Lateness::Polls(0));
    let put = Call::s3(Method::PUT, "/demo/a").header("content-type", "text/plain");
    let put = put.header("content-encoding", "AWS-chunked").header("content-encoding", "gzip");
    let put = put.header("x-amz-decoded-content-length", "5");
    let put = Call { body: "5\r\nhello\r\n0\r\n\r\n".into(), ..put };
    assert_eq!(put.to(&emulator).await.status, 200);
    let video = completed(&emulator).await;
    let query = "response-content-type=video%2Fx&response-content-disposition=attachment%3B%20filename%3Da.mp4&response-set-cookie=a";
    for path in ["/demo/a", &*video] {
        for method in [Method::GET, Method::HEAD] {
            let answer = Call::s3(method, &format!("{path}?{query}")).to(&emulator).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "video/x"), "{path}");
            assert_eq!(answer.header("content-disposition"), "attachment; filename=a.mp4");
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
    let plain = get(&emulator, "/demo/a", &[]).await;
    assert_eq!((plain.header("content-type"), plain.header("content-encoding")), ("text/plain", "gzip"));
}

#[tokio::test]
async fn nothing_lies_there_before_the_job_ends() {
    let emulator = Emulator::new(EmulatorOptions { job_duration: JobDuration::Polls(1), ..options() });
    let arn = start(&emulator, &luma(None)).await;
    let id = arn.rsplit('/').next().unwrap();
    let path = format!("/demo/out/{id}/output.mp4");
    get(&emulator, &path, &[]).await.expect_s3_refusal(404, "NoSuchKey");
    poll(&emulator, &arn).await;
    get(&emulator, &path, &[]).await.expect_s3_refusal(404, "NoSuchKey");
    poll(&emulator, &arn).await;
    assert_eq!(get(&emulator, &path, &[]).await.status, 200);
    for (path, code) in [
        (format!("/demo/out/{id}/other.mp4"), "NoSuchKey"),
        (format!("/demo/out/{id}output.mp4"), "NoSuchKey"),
        (format!("/demo/out/{id}/manifest.json"), "NoSuchKey"),
        (format!("/other/out/{id}/output.mp4"), "NoSuchBucket"),
    ] {
        get(&emulator, &path, &[]).await.expect_s3_refusal(404, code);
    }
    let head = Call::s3(Method::HEAD, "/demo/none").to(&emulator).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (404, 0));
    Call::s3(Method::POST, &path).to(&emulator).await.expect_s3_refusal(501, "NotImplemented");
}

#[tokio::test(start_paused = true)]
async fn what_a_client_writes_is_there_until_it_is_deleted() {
    let emulator = emulator(Lateness::Polls(0));
    let send = async |method, path| Call::s3(method, path).to(&emulator).await;
    get(&emulator, "/demo/probe", &[]).await.expect_s3_refusal(404, "NoSuchBucket");
    assert_eq!(send(Method::PUT, "/demo/probe").await.status, 200);
    assert_eq!(get(&emulator, "/demo/probe", &[]).await.status, 200);
    assert_eq!(send(Method::DELETE, "/demo/probe").await.status, 204);
    assert_eq!(send(Method::DELETE, "/demo/probe").await.status, 204);
    // The bucket is there since something was written into it, and waits for more.
    get(&emulator, "/demo/probe", &[]).await.expect_s3_refusal(404, "NoSuchKey");
    send(Method::POST, "/parts/probe?uploads").await;
    get(&emulator, "/parts/probe", &[]).await.expect_s3_refusal(404, "NoSuchKey");
    get(&emulator, "/other/probe", &[]).await.expect_s3_refusal(404, "NoSuchBucket");
    let head = send(Method::HEAD, "/demo").await;
    assert_eq!(head.status, 200);
    assert_eq!(head.headers["x-amz-bucket-region"], "us-west-2");
}

#[tokio::test]
async fn what_is_more_than_an_object_touches_none() {
    let emulator = emulator(Lateness::Polls(0));
    let put = async |path: &str, headers: &[(&'static str, &str)], body: &'static str| {
        let mut call = Call { body: body.into(), ..Call::s3(Method::PUT, path) };
        for (name, value) in headers {
            call = call.header(name, *value);
        }
        call.to(&emulator).await
    };
    assert_eq!(put("/demo/a?x-id=PutObject", &[], "first").await.status, 200);
    let copy = [("x-amz-copy-source", "/demo/a")];
    put("/demo/a?partNumber=1&uploadId=x", &copy, "").await.expect_s3_refusal(404, "NoSuchUpload");
    for query in ["tagging", "acl", "retention", "legal-hold", "versionId=1", "partNumber=1", "new-in-2027"] {
        let path = format!("/demo/a?{query}");
        put(&path, &[], "<Tagging/>").await.expect_s3_refusal(501, "NotImplemented");
        for method in [Method::DELETE, Method::GET, Method::POST] {
            Call::s3(method, &path).to(&emulator).await.expect_s3_refusal(501, "NotImplemented");
        }
    }
    put("/demo/a?uploadId=x", &[], "part").await.expect_s3_refusal(400, "InvalidArgument");
    put("/demo/a?uploadId=x&partNumber=one", &[], "part").await.expect_s3_refusal(400, "InvalidArgument");
    let there = get(&emulator, "/demo/a?response-content-type=text%2Fplain", &[]).await;
    assert_eq!((there.status.as_u16(), there.text().as_str()), (200, "first"));
    get(&emulator, "/demo/b", &[]).await.expect_s3_refusal(404, "NoSuchKey");
}

#[tokio::test]
async fn a_write_may_have_a_condition() {
    let emulator = emulator(Lateness::Polls(0));
    let call = async |method, path: &str, (name, value): (&'static str, &str)| {
        let call = Call { body: "second".into(), ..Call::s3(method, path) };
        call.header(name, value).to(&emulator).await
    };
    let new = ("if-none-match", "*");
    let first = call(Method::PUT, "/demo/a", new).await;
    assert_eq!(first.status, 200);
    call(Method::PUT, "/demo/a", new).await.expect_s3_refusal(412, "PreconditionFailed");
    let created = Call::s3(Method::POST, "/demo/a?uploads").to(&emulator).await.text();
    let id = created.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap();
    let part = Call::s3(Method::PUT, &format!("/demo/a?partNumber=1&uploadId={id}")).to(&emulator).await;
    let tag = part.header("etag");
    let list = format!("<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>");
    let complete = Call { body: list.into(), ..Call::s3(Method::POST, &format!("/demo/a?uploadId={id}")) };
    complete.header("if-none-match", "*").to(&emulator).await.expect_s3_refusal(412, "PreconditionFailed");
    let other = ("if-match", "\"other\"");
    call(Method::PUT, "/demo/a", other).await.expect_s3_refusal(412, "PreconditionFailed");
    call(Method::PUT, "/demo/none", other).await.expect_s3_refusal(404, "NoSuchKey");
    call(Method::DELETE, "/demo/a", other).await.expect_s3_refusal(412, "PreconditionFailed");
    let tag = ("if-match", first.header("etag"));
    assert_eq!(call(Method::PUT, "/demo/a", tag).await.status, 200);
    assert_eq!(call(Method::DELETE, "/demo/a", tag).await.status, 204);
}

#[tokio::test]
async fn an_upload_in_chunks_is_kept_as_its_object() {
    let emulator = emulator(Lateness::Polls(0));
    let upload = async |path: &str, hash: &str, length: &str, body: &'static str| {
        let call = Call { body: body.into(), ..Call::s3(Method::PUT, path) };
        let call = call.header("content-encoding", "aws-chunked").header("x-amz-content-sha256", hash);
        call.header("x-amz-decoded-content-length", length).to(&emulator).await
    };
    let unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let trailing = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let signed = "2;chunk-signature=00\r\nhe\r\n3;chunk-signature=01\r\nllo\r\n0;chunk-signature=02\r\n\r\n";
    for (path, hash, body) in
        [("/demo/a", unsigned, trailing), ("/demo/b", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signed)]
    {
        let answer = upload(path, hash, "5", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(get(&emulator, path, &[]).await.text(), "hello", "{path}");
    }
    upload("/demo/c", unsigned, "6", trailing).await.expect_s3_refusal(400, "IncompleteBody");
    assert_eq!(get(&emulator, "/demo/c", &[]).await.status, 404);
    // A part of an object comes the same way.
    let created = Call::s3(Method::POST, "/demo/parts?uploads").to(&emulator).await;
    let id = created.text().split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let part = upload(&format!("/demo/parts?partNumber=1&uploadId={id}"), unsigned, "5", trailing).await;
    let whole = upload("/demo/whole", unsigned, "5", trailing).await;
    assert_eq!((part.status.as_u16(), part.header("etag")), (200, whole.header("etag")));
}

#[tokio::test]
async fn what_a_writer_says_of_an_object_its_reader_is_told() {
    let emulator = emulator(Lateness::Polls(0));
    let said = [
        ("content-type", "application/jsonl"),
        ("content-disposition", "attachment"),
        ("content-encoding", "gzip"),
        ("x-amz-meta-owner", "me"),
    ];
    let with = |method, path: &str| {
        said.into_iter().fold(Call::s3(method, path), |call, (name, value)| call.header(name, value))
    };
    assert_eq!(with(Method::PUT, "/demo/whole").to(&emulator).await.status, 200);
    let created = with(Method::POST, "/demo/parts?uploads").to(&emulator).await.text();
    let id = created.split_once("<UploadId>").unwrap().1.split_once('<').unwrap().0;
    let part = Call::s3(Method::PUT, &format!("/demo/parts?partNumber=1&uploadId={id}")).to(&emulator).await;
    let mut complete = Call::s3(Method::POST, &format!("/demo/parts?uploadId={id}"));
    let list = format!("<Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>", part.header("etag"));
    complete.body = list.into();
    assert_eq!(complete.to(&emulator).await.status, 200);
    for path in ["/demo/whole", "/demo/parts"] {
        for method in [Method::GET, Method::HEAD] {
            let answer = Call::s3(method, path).to(&emulator).await;
            for (name, value) in said {
                assert_eq!(answer.header(name), value, "{path}");
            }
        }
    }
    assert_eq!(Call::s3(Method::PUT, "/demo/plain").to(&emulator).await.status, 200);
    let plain = get(&emulator, "/demo/plain", &[]).await;
    assert_eq!((plain.header("content-type"), plain.header("x-amz-meta-owner")), ("binary/octet-stream", ""));
}

#[tokio::test(start_paused = true)]
async fn an_output_may_be_late() {
    let late = emulator(Lateness::Polls(2));
    let path = completed(&late).await;
    for status in [404, 404, 200, 200] {
        assert_eq!(get(&late, &path, &[]).await.status.as_u16(), status);
    }
    let late = emulator(Lateness::Time(Duration::from_secs(5)));
    let path = completed(&late).await;
    tokio::time::advance(Duration::from_millis(4999)).await;
    assert_eq!(get(&late, &path, &[]).await.status, 404);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(get(&late, &path, &[]).await.status, 200);
}

#[tokio::test]
async fn a_failed_job_writes_nothing() {
    let emulator = Emulator::new(EmulatorOptions {
        job_duration: JobDuration::Polls(0),
        job_failure: Some("no".into()),
        ..options()
    });
    let path = completed(&emulator).await;
    get(&emulator, &path, &[]).await.expect_s3_refusal(404, "NoSuchKey");
}

#[tokio::test]
async fn nova_reel_writes_two_documents_more() {
    let emulator = emulator(Lateness::Polls(0));
    let mut body = luma(None);
    body["modelId"] = "amazon.nova-reel-v1:1".into();
    body["modelInput"] =
        serde_json::json!({"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "a cat"}});
    body["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"] = "s3://model/a b/".into();
    let arn = start(&emulator, &body).await;
    poll(&emulator, &arn).await;
    let id = arn.rsplit('/').next().unwrap();
    // A bucket may be called `model`, and a key has spaces.
    let at = |name: &str| format!("/model/a%20b/{id}/{name}");
    assert_eq!(get(&emulator, &at("output.mp4"), &[]).await.text(), VIDEO);
    let status = get(&emulator, &at("generation-status.json"), &[]).await.json();
    assert_eq!(status["fullVideo"]["status"], "SUCCESS");
    assert!(get(&emulator, &at("manifest.json"), &[]).await.json()["outputs"].is_object());
}

#[tokio::test]
async fn a_bucket_may_stand_in_the_host() {
    let emulator = emulator(Lateness::Polls(0));
    let path = completed(&emulator).await;
    let key = path.strip_prefix("/demo").unwrap();
    for (host, region) in [
        ("demo.s3.us-west-2.amazonaws.com", "us-west-2"),
        ("demo.s3.amazonaws.com", "us-east-1"),
        ("demo.localhost:8099", "us-west-2"),
    ] {
        let mut call = Call::s3(Method::GET, "");
        call.url = format!("https://{host}{key}");
        call.scope = SigningScope::new(region, "s3");
        assert_eq!(call.to(&emulator).await.text(), VIDEO, "{host}");
    }
}
