//! Uploads to S3 from pieces: whole where they are few, else in parts, and never half of them.
#![cfg(feature = "emulator")]

use bedwire::client::Client;
use bedwire::emulator::{Emulator, EmulatorOptions, example_credentials};
use bedwire::protocol::operation::s3::{
    CompleteMultipartUpload, CreateMultipartUpload, GetObject, S3Uri, UploadPart,
};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Error, ErrorKind};
use bytes::Bytes;
use http::{Request, Response};
use std::sync::{Arc, Mutex};

const MEBI: usize = 1 << 20;

/// An emulator, and what it was asked: method, the names in the query, and how long the body was.
#[derive(Clone)]
struct Watched {
    emulator: Arc<Emulator>,
    asked: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Watched {
    fn new() -> (Self, Client) {
        let watched =
            Self { emulator: Arc::new(Emulator::new(EmulatorOptions::default())), asked: Arc::default() };
        let client = Client::builder().region("us-west-2").auth(example_credentials());
        (watched.clone(), client.transport(watched).build().unwrap())
    }

    fn asked(&self) -> Vec<(String, usize)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Transport for Watched {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let query = request.uri().query().unwrap_or_default();
        let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
        let what = format!("{} {}", request.method(), names.join(" "));
        let length = request.body().length().unwrap();
        self.asked.lock().unwrap().push((what, usize::try_from(length).unwrap()));
        self.emulator.send(request)
    }
}

fn uri() -> S3Uri {
    S3Uri::new("s3://demo/in/records.jsonl").unwrap()
}

fn pieces(count: usize) -> impl Iterator<Item = Result<Bytes, Error>> {
    (0..count).map(|n| Ok(Bytes::from(vec![u8::try_from(n).unwrap(); MEBI])))
}

async fn object(client: &Client) -> Result<Bytes, Error> {
    Ok(client.open(&GetObject::new(uri())).await?.into_body().collect(1 << 26).await.unwrap())
}

#[tokio::test]
async fn few_pieces_are_put_whole_and_more_go_in_parts() {
    let (watched, client) = Watched::new();
    for (count, expected) in [
        (0, vec![("PUT ", 0)]),
        (1, vec![("PUT ", MEBI)]),
        (
            9,
            vec![
                ("POST uploads", 0),
                ("PUT partNumber uploadId", 8 * MEBI),
                ("PUT partNumber uploadId", MEBI),
                ("POST uploadId", usize::MAX),
            ],
        ),
    ] {
        client.upload(&uri(), "application/jsonl", pieces(count)).await.unwrap();
        let asked = watched.asked();
        let names: Vec<&str> = asked.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(names, expected.iter().map(|(what, _)| *what).collect::<Vec<_>>());
        for ((_, length), (what, expected)) in asked.iter().zip(expected) {
            assert!(expected == usize::MAX || *length == expected, "{what}: {length}");
        }
        let whole: Vec<Bytes> = pieces(count).map(Result::unwrap).collect();
        assert!(object(&client).await.unwrap() == whole.concat(), "{count} pieces");
        watched.asked();
    }
}

#[tokio::test]
async fn what_fails_on_the_way_is_given_up() {
    let (watched, client) = Watched::new();
    let broken = pieces(8).chain([Err(Error::new(ErrorKind::File, "the disk fails"))]);
    let failed = client.upload(&uri(), "text/plain", broken).await.unwrap_err();
    assert_eq!(failed.message(), "the disk fails");
    let names: Vec<String> = watched.asked().into_iter().map(|(what, _)| what).collect();
    assert_eq!(names, ["POST uploads", "PUT partNumber uploadId", "DELETE uploadId"]);
    assert!(object(&client).await.unwrap_err().service_error().is_some_and(|e| e.status() == 404));
}

/// The same, but that parts are never answered.
struct WithoutParts(Watched);

impl Transport for WithoutParts {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let is_part = request.uri().query().is_some_and(|query| query.contains("partNumber"));
        let answer = self.0.send(request);
        if is_part { Box::pin(std::future::pending()) } else { answer }
    }
}

#[tokio::test]
async fn an_upload_that_is_stopped_is_given_up() {
    let (watched, _) = Watched::new();
    let client = Client::builder().region("us-west-2").auth(example_credentials());
    let client = client.transport(WithoutParts(watched.clone())).build().unwrap();
    let stop = async {
        while watched.asked.lock().unwrap().len() < 2 {
            tokio::task::yield_now().await;
        }
        Error::new(ErrorKind::Interrupted, "stopped")
    };
    let stopped = client.upload_until(&uri(), "text/plain", pieces(20), stop).await.unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Interrupted);
    let names: Vec<String> = watched.asked().into_iter().map(|(what, _)| what).collect();
    assert_eq!(names, ["POST uploads", "PUT partNumber uploadId", "DELETE uploadId"]);
}

#[tokio::test]
async fn the_emulator_is_as_strict_as_s3() {
    let (_, client) = Watched::new();
    let id = client.call(&CreateMultipartUpload::new(uri(), "text/plain")).await.unwrap();
    let small = client.call(&UploadPart::new(uri(), &id, 1, "small")).await.unwrap();
    let last = client.call(&UploadPart::new(uri(), &id, 2, "last")).await.unwrap();
    let complete = async |etags: &[&String]| {
        let etags = etags.iter().map(|etag| (*etag).clone());
        client.call(&CompleteMultipartUpload::new(uri(), &id, etags)).await
    };
    for (etags, code) in [
        (&[&small, &last][..], "EntityTooSmall"),
        (&[&last], "InvalidPart"),
        (&[&small, &last, &last], "EntityTooSmall"),
        (&[], "MalformedXML"),
    ] {
        assert_eq!(complete(etags).await.unwrap_err().code(), Some(code));
    }
    complete(&[&small]).await.unwrap();
    assert_eq!(object(&client).await.unwrap(), "small");
    let late = client.call(&UploadPart::new(uri(), &id, 3, "late")).await.unwrap_err();
    assert_eq!(late.code(), Some("NoSuchUpload"));
}
