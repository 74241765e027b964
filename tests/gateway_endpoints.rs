//! The gateway's endpoints beside chat: models, embeddings, videos, and Bedrock's own paths.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::client::Route;
use bedwire::gateway::{GatewayOptions, ModelAlias};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::s3::S3Uri;
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use gateway::{REGION, get, offline, over, post, send};
use http::{Method, Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn alias(name: &str, model: &str) -> ModelAlias {
    let route = Route { region: REGION.to_owned(), model_id: ModelId::new(model).unwrap() };
    ModelAlias { name: name.to_owned(), routes: vec![route], max_tokens: None }
}

fn options(models: &[(&str, &str)]) -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.models = models.iter().map(|(name, model)| alias(name, model)).collect();
    options.video_s3_uri = Some(S3Uri::new("s3://demo/videos").unwrap());
    options
}

#[tokio::test]
async fn models_are_listed_in_the_shape_of_who_asks() {
    let gateway = offline(options(&[("gpt-4o", "claude-sonnet-4"), ("*", "claude-3-haiku")]));
    let list = get(&gateway, "/v1/models").await.json();
    let ids: Vec<&str> = list["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!((ids[0], &list["data"][0]["object"]), ("gpt-4o", &json!("model")), "{list}");
    assert!(ids.contains(&"claude-sonnet-4-20250514") && !ids.contains(&"*"), "{ids:?}");
    let anthropic = [("anthropic-version", "2023-06-01")];
    let list = send(&gateway, Method::GET, "/v1/models", &anthropic, "").await.json();
    assert_eq!((&list["data"][0]["type"], &list["has_more"]), (&json!("model"), &json!(false)), "{list}");
    let one = get(&gateway, "/v1/models/gpt-4o").await.json();
    assert_eq!(one["id"], "gpt-4o");
    let arn = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc";
    assert_eq!(get(&gateway, &format!("/v1/models/{arn}")).await.json()["id"], arn);
}

#[tokio::test]
async fn an_unknown_model_is_a_404_that_names_close_ones() {
    let gateway = offline(options(&[("team-sonnet", "claude-sonnet-4")]));
    for (name, close) in
        [("team-sonet", "team-sonnet"), ("claude-sonnet-9", "claude-sonnet"), ("zzz", "/v1/models")]
    {
        let answer = get(&gateway, &format!("/v1/models/{name}")).await;
        let message = answer.refusal(404);
        assert!(message.contains(close), "{message}");
        assert_eq!(answer.json()["error"]["code"], "model_not_found");
    }
    let mut only = options(&[("team-sonnet", "claude-sonnet-4")]);
    only.any_model = false;
    get(&offline(only), "/v1/models/claude-sonnet-4").await.refusal(404);
}

#[tokio::test]
async fn texts_become_vectors_in_their_order() {
    let gateway = offline(options(&[]));
    for (model, dimensions) in [
        ("titan-embed-text-v2", 256),
        ("cohere.embed-english-v3", 1024),
        ("us.cohere.embed-v4:0", 512),
        ("amazon.nova-2-multimodal-embeddings-v1:0", 384),
    ] {
        let texts: Vec<String> = (0..100).map(|n| format!("text {n}")).collect();
        let mut body = json!({ "model": model, "input": texts });
        if dimensions != 1024 {
            body["dimensions"] = dimensions.into();
        }
        let many = post(&gateway, "/v1/embeddings", &body).await.json();
        let data = many["data"].as_array().unwrap_or_else(|| panic!("{model}: {many}"));
        assert_eq!(data.len(), 100);
        assert_eq!(many["model"], model);
        assert!(many["usage"]["prompt_tokens"].as_u64() >= Some(100), "{}", many["usage"]);
        body["input"] = json!("text 42");
        let one = post(&gateway, "/v1/embeddings", &body).await.json();
        assert_eq!(one["data"][0]["embedding"], data[42]["embedding"]);
        assert_eq!(data[42]["index"], 42);
        assert_eq!(one["data"][0]["embedding"].as_array().unwrap().len(), dimensions);
        body["encoding_format"] = json!("base64");
        let encoded = post(&gateway, "/v1/embeddings", &body).await.json();
        let encoded = encoded["data"][0]["embedding"].as_str().unwrap().to_owned();
        let bytes = base64_simd::STANDARD.decode_to_vec(encoded).unwrap();
        let first = f32::from_le_bytes(bytes[..4].try_into().unwrap());
        let plain = one["data"][0]["embedding"][0].as_f64().unwrap();
        assert!(bytes.len() == dimensions * 4 && (f64::from(first) - plain).abs() < 1e-6);
    }
}

#[tokio::test]
async fn what_is_left_out_is_named_as_a_header_can_have_it() {
    let mut dropping = options(&[]);
    dropping.drop_unsupported = true;
    let gateway = offline(dropping);
    let said = json!([{ "role": "user", "content": "hi" }]);
    let asks = |model: &str| json!({ "model": model, "max_tokens": 9, "messages": said });
    for (path, body) in [
        ("/v1/embeddings", json!({ "model": "titan-embed-text-v2", "input": "x" })),
        ("/v1/messages", asks("nova-lite")),
        ("/v1/chat/completions", asks("nova-lite")),
        ("/v1/chat/completions", asks("claude-sonnet-4")),
    ] {
        let mut few = body.clone();
        for name in ["foo", "a\nb", "größe", "a, thinking"] {
            few[name] = json!(1);
        }
        let answer = post(&gateway, path, &few).await;
        let header = answer.header("x-bedwire-dropped");
        let mut names: Vec<&str> = header.split(", ").collect();
        names.sort_unstable();
        assert_eq!(
            (answer.status.as_u16(), names),
            (200, vec!["a__thinking", "a_b", "foo", "gr__e"]),
            "{path}"
        );
        // Python's client reads no line that is longer than 65,536 bytes.
        let mut many = body;
        for number in 0..400 {
            many[format!("n{number:04}{}", "x".repeat(100))] = json!(1);
        }
        let answer = post(&gateway, path, &many).await;
        let header = answer.header("x-bedwire-dropped");
        assert!(header.len() < 4000 && header.starts_with("n0000xxx"), "{path}: {header}");
        assert!(header.ends_with(", ..."), "{path}: {header}");
    }
}

#[tokio::test]
async fn what_cannot_be_embedded_is_named() {
    let gateway = offline(options(&[]));
    let model = "titan-embed-text-v2";
    for (body, param) in [
        (json!({ "input": "x" }), "model"),
        (json!({ "model": model }), "input"),
        (json!({ "model": model, "input": [] }), "input"),
        (json!({ "model": model, "input": ["x", ""] }), "input[1]"),
        (json!({ "model": model, "input": [1, 2] }), "input"),
        (json!({ "model": model, "input": "x", "dimensions": 3 }), "dimensions"),
        (json!({ "model": model, "input": "x", "encoding_format": "hex" }), "encoding_format"),
        (json!({ "model": model, "input": "x", "colour": 1 }), "colour"),
        (json!({ "model": "claude-sonnet-4", "input": "x" }), "model"),
    ] {
        let answer = post(&gateway, "/v1/embeddings", &body).await;
        let message = answer.refusal(400);
        assert!(message.contains(param), "{message}");
        assert_eq!(answer.json()["error"]["param"], param, "{body}");
    }
}

/// Answers every call with this.
struct Says(&'static str);

impl Transport for Says {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let body = Body::Whole(bytes::Bytes::from_static(self.0.as_bytes()));
        Box::pin(async { Ok(Response::new(body)) })
    }
}

#[tokio::test]
async fn an_answer_without_vectors_is_a_bad_gateway() {
    const TITAN: &str = "amazon.titan-embed-text-v2:0";
    const COHERE: &str = "cohere.embed-english-v3";
    const NOVA: &str = "amazon.nova-2-multimodal-embeddings-v1:0";
    for (model, said, problem) in [
        (TITAN, "<html>Sign in to the network</html>", "the model's answer is no JSON object"),
        (TITAN, "", "the model's answer is no JSON object"),
        (TITAN, "[0.5]", "the model's answer is no JSON object"),
        (TITAN, r#"{"embedding":[0.5,"#, "the model's answer is no JSON object"),
        (TITAN, r#"{"message":"hello"}"#, "has no vectors where they belong"),
        (COHERE, r#"{"embeddings":{"int8":[[1]]}}"#, "has no vectors where they belong"),
        (NOVA, r#"{"embeddings":[{"vector":[1]}]}"#, "has no vectors where they belong"),
        (TITAN, r#"{"embedding":"0.5"}"#, "has something else than numbers in a vector"),
        (TITAN, r#"{"embedding":[]}"#, "has something else than numbers in a vector"),
        (TITAN, r#"{"embedding":[0.5,null]}"#, "has something else than numbers in a vector"),
        (COHERE, r#"{"embeddings":[[0.5,"1"]]}"#, "has something else than numbers in a vector"),
        (COHERE, r#"{"embeddings":[[[0.5]]]}"#, "has something else than numbers in a vector"),
        (COHERE, r#"{"embeddings":[[0.5],[0.5]]}"#, "has 2 vectors instead of 1"),
    ] {
        let gateway = over(Says(said), options(&[]));
        for encoding in ["float", "base64"] {
            let body = json!({ "model": model, "input": "x", "encoding_format": encoding });
            let message = post(&gateway, "/v1/embeddings", &body).await.refusal(502);
            assert!(message.contains(problem), "{said}: {message}");
        }
    }
    let gateway = over(Says(r#"{"embedding": [ -0.5, 1e-3, 2 ], "inputTextTokenCount":1}"#), options(&[]));
    let answer = post(&gateway, "/v1/embeddings", &json!({ "model": TITAN, "input": "x" })).await.json();
    assert_eq!(answer["data"][0]["embedding"], json!([-0.5, 1e-3, 2]));
}

#[tokio::test]
async fn a_video_is_made_watched_and_fetched() {
    let gateway = offline(options(&[("ray", "luma.ray-v2:0")]));
    let body = json!({ "model": "ray", "prompt": "a red fox", "seconds": "9", "size": "1280x720" });
    let started = post(&gateway, "/v1/videos", &body).await.json();
    assert_eq!((&started["object"], &started["status"]), (&json!("video"), &json!("queued")), "{started}");
    let path = format!("/v1/videos/{}", started["id"].as_str().unwrap());
    let mut video = Value::Null;
    for _ in 0..10 {
        video = get(&gateway, &path).await.json();
        if video["status"] == "completed" {
            break;
        }
    }
    assert_eq!((&video["status"], &video["progress"]), (&json!("completed"), &json!(100)), "{video}");
    assert_eq!(
        (&video["model"], &video["seconds"], &video["size"]),
        (&json!("ray"), &json!("9"), &json!("1280x720"))
    );
    let content = get(&gateway, &format!("{path}/content")).await;
    assert_eq!(content.header("content-type"), "video/mp4");
    assert_eq!(content.body.get(4..8), Some(&b"ftyp"[..]));
    // A file has no first token.
    let metrics = get(&gateway, "/metrics").await;
    let metrics = String::from_utf8_lossy(&metrics.body);
    assert!(metrics.contains("bedwire_") && !metrics.contains("first_token_seconds_count"), "{metrics}");
    let range = [("range", "bytes=4-7")];
    let part = send(&gateway, Method::GET, &format!("{path}/content"), &range, "").await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &b"ftyp"[..]));
    let whole = content.body.len();
    for (range, status, expected) in [
        ("bytes=-4", 206, Some(whole - 4..whole)),
        ("Bytes=8-", 206, Some(8..whole)),
        ("bytes=0-99999999", 206, Some(0..whole)),
        // Forms that are not known, or say nothing.
        ("bytes=0-1,5-6", 200, Some(0..whole)),
        ("bytes=4-abc", 200, Some(0..whole)),
        ("bytes=7-4", 200, Some(0..whole)),
        ("bytes=-", 200, Some(0..whole)),
        ("seconds=1-2", 200, Some(0..whole)),
        ("bytes=99999999-", 416, None),
        ("bytes=99999999999999999999999-", 416, None),
    ] {
        let part = send(&gateway, Method::GET, &format!("{path}/content"), &[("range", range)], "").await;
        assert_eq!(part.status.as_u16(), status, "{range}");
        match expected {
            Some(expected) => assert_eq!(part.body, content.body[expected], "{range}"),
            None => assert_eq!(part.header("content-range"), format!("bytes */{whole}"), "{}", part.text()),
        }
    }
}

#[tokio::test]
async fn a_video_is_the_same_wherever_it_is_told_of() {
    let gateway = offline(options(&[("Straße 1", "luma.ray-v2:0"), ("reel", REEL)]));
    let mut told = Vec::new();
    for (body, seconds, size) in [
        (json!({ "model": "Straße 1", "prompt": "a" }), "5", "1280x720"),
        (json!({ "model": "Straße 1", "prompt": "a", "seconds": 9, "size": "540x960" }), "9", "540x960"),
        (json!({ "model": "reel", "prompt": "a" }), "6", "1280x720"),
        (json!({ "model": "reel", "prompt": "a", "seconds": "12" }), "12", "1280x720"),
    ] {
        let started = post(&gateway, "/v1/videos", &body).await.json();
        let video = get(&gateway, &format!("/v1/videos/{}", started["id"].as_str().unwrap())).await.json();
        for name in ["id", "object", "model", "seconds", "size", "created_at"] {
            assert_eq!(started[name], video[name], "{name} of {body}");
        }
        assert_eq!((&video["model"], &video["seconds"]), (&body["model"], &json!(seconds)), "{video}");
        assert_eq!(video["size"], size, "{video}");
        told.insert(0, video);
    }
    // Nothing is known of how a job was made that was started elsewhere.
    let native = json!({
        "modelId": "luma.ray-v2:0", "modelInput": { "prompt": "a fox" },
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": "s3://demo/videos" } },
    });
    assert_eq!(post(&gateway, "/async-invoke", &native).await.status, 200);
    let list = get(&gateway, "/v1/videos").await.json();
    let (native, listed) = list["data"].as_array().unwrap().split_first().unwrap();
    assert_eq!((&native["model"], &native["seconds"]), (&json!("luma.ray-v2:0"), &Value::Null), "{native}");
    assert_eq!(listed.len(), told.len(), "{list}");
    for (listed, told) in listed.iter().zip(&told) {
        for name in ["id", "model", "seconds", "size"] {
            assert_eq!(listed[name], told[name], "{name}");
        }
    }
    let after = format!("/v1/videos?limit=2&after={}", told[0]["id"].as_str().unwrap());
    let list = get(&gateway, &after).await.json();
    assert_eq!((&list["first_id"], &list["last_id"]), (&told[1]["id"], &told[2]["id"]), "{list}");
    assert_eq!((list["data"].as_array().unwrap().len(), &list["has_more"]), (2, &json!(true)), "{list}");
}

/// A job that is done, whose bucket is gone; or no job at all.
struct Gone {
    has_job: bool,
}

impl Transport for Gone {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let job = json!({
            "invocationArn": "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12",
            "modelArn": "arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0",
            "status": "Completed",
            "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": "s3://gone/x" } },
        });
        let is_job = request.uri().path().starts_with("/async-invoke/");
        let (status, body) = match is_job {
            true if self.has_job => (200, job.to_string()),
            true => (404, r#"{"message":"no such job"}"#.to_owned()),
            false => (404, "<Error><Code>NoSuchBucket</Code><Message>no bucket</Message></Error>".to_owned()),
        };
        let answer = Response::builder().status(status).body(Body::Whole(body.into()));
        Box::pin(async { Ok(answer.unwrap()) })
    }
}

#[tokio::test]
async fn a_video_that_is_not_there_is_no_missing_model() {
    let arn = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12";
    let id = format!("video_{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(arn));
    for (has_job, path) in [(false, ""), (false, "/content"), (true, "/content")] {
        let gateway = over(Gone { has_job }, options(&[]));
        let answer = get(&gateway, &format!("/v1/videos/{id}{path}")).await;
        answer.refusal(404);
        let error = &answer.json()["error"];
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!("video_not_found"), &json!("video_id")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn whoever_asks_for_nothing_is_told_where_the_apis_begin() {
    let gateway = offline(options(&[]));
    for (path, name) in [("/v1/v1/messages", "anthropic-version"), ("/chat/completions", "x-other")] {
        let answer = send(&gateway, Method::POST, path, &[(name, "2023-06-01")], "").await;
        assert_eq!(answer.status, 404);
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("ends in /v1 for clients of OpenAI's API, and has no path"), "{message}");
    }
}

/// Starts every job. What was sent is kept.
#[derive(Clone, Default)]
struct Starts(Arc<Mutex<Vec<Value>>>);

impl Transport for Starts {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let Body::Whole(body) = request.into_body() else { unreachable!("a start is sent whole") };
        self.0.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
        let arn = r#"{"invocationArn":"arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12"}"#;
        Box::pin(async { Ok(Response::new(Body::Whole(arn.into()))) })
    }
}

#[tokio::test]
async fn what_a_client_leaves_open_is_sent_as_it_is_told() {
    let starts = Starts::default();
    let gateway = over(starts.clone(), options(&[]));
    for _ in 0..2 {
        let started = post(&gateway, "/v1/videos", &json!({ "prompt": "a" })).await.json();
        assert_eq!((&started["seconds"], &started["size"]), (&json!("5"), &json!("1280x720")), "{started}");
    }
    let sent = starts.0.lock().unwrap();
    let expected = json!({ "prompt": "a", "aspect_ratio": "16:9", "duration": "5s", "resolution": "720p" });
    assert_eq!(sent[0]["modelInput"], expected);
    let token = |sent: &Value| sent["clientRequestToken"].as_str().unwrap().to_owned();
    // Two of the same request are two jobs.
    assert_ne!(token(&sent[0]), token(&sent[1]));
    assert!(token(&sent[0]).starts_with("bedwire-video/5/1280x720/"), "{}", token(&sent[0]));
}

const REEL: &str = "amazon.nova-reel-v1:1";
const IMAGE: &str = "data:image/png;base64,iVBORw0KGgo=";

#[tokio::test]
async fn a_video_comes_as_a_form_too() {
    let gateway = offline(options(&[]));
    let form = async |field: &str, value: &str| {
        let field = format!("Content-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}");
        let prompt = "Content-Disposition: form-data; name=\"prompt\"\r\n\r\na fox";
        let form = format!("--x\r\n{prompt}\r\n--x\r\n{field}\r\n--x--\r\n");
        let headers = [("content-type", "multipart/form-data; boundary=x")];
        send(&gateway, Method::POST, "/v1/videos", &headers, form).await
    };
    for (field, value) in [("seconds", "9"), ("input_reference[image_url]", IMAGE)] {
        let started = form(field, value).await;
        assert_eq!(started.json()["status"], "queued", "{}", started.text());
    }
    for (value, problem) in [("file-1", "is no data URL"), ("data:image/png;base64,%", "is no base64")] {
        let refused = form("input_reference[image_url]", value).await.refusal(400);
        assert!(refused.starts_with("input_reference[image_url] ") && refused.contains(problem), "{refused}");
    }
    for (body, param) in [
        (json!({ "prompt": "" }), "prompt"),
        (json!({ "prompt": "x", "seconds": "x" }), "seconds"),
        (json!({ "prompt": "x", "seconds": "8" }), "seconds"),
        (json!({ "prompt": "x", "size": "10x10" }), "size"),
        (json!({ "prompt": "x", "size": "wide" }), "size"),
        (json!({ "prompt": "x", "size": "720x1000" }), "size"),
        (json!({ "prompt": "x".repeat(5001) }), "prompt"),
        (json!({ "prompt": "x", "model": "claude-sonnet-4" }), "model"),
        (json!({ "prompt": "x", "model": REEL, "seconds": 7 }), "seconds"),
        (json!({ "prompt": "x", "model": REEL, "size": "540x540" }), "size"),
        (json!({ "prompt": "x".repeat(513), "model": REEL }), "prompt"),
        (json!({ "prompt": "x", "model": REEL, "seconds": 12, "input_reference": IMAGE }), "input_reference"),
        (json!({ "prompt": "x", "input_reference": "file-1" }), "input_reference"),
        (json!({ "prompt": "x", "colour": 1 }), "colour"),
    ] {
        let answer = post(&gateway, "/v1/videos", &body).await;
        let message = answer.refusal(400);
        assert!(message.starts_with(&format!("{param} ")), "{message}");
        assert!(!message.contains("modelInput"), "{message}");
        assert_eq!(answer.json()["error"]["param"], param, "{message}");
    }
    get(&gateway, "/v1/videos/video_1").await.refusal(404);
    let nowhere = offline(GatewayOptions::default());
    assert!(post(&nowhere, "/v1/videos", &json!({ "prompt": "x" })).await.refusal(503).contains("s3_uri"));
}

#[tokio::test]
async fn a_body_is_what_its_content_type_says() {
    let gateway = offline(options(&[]));
    let texts = json!({ "model": "titan-embed-text-v2", "input": "x" }).to_string();
    let video = json!({ "prompt": "a fox" }).to_string();
    let form = "--X\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na fox\r\n--X--\r\n";
    for (path, body, content_type, status) in [
        ("/v1/embeddings", &*texts, "Application/JSON; charset=utf-8", 200),
        ("/v1/embeddings", &texts, "text/plain", 415),
        ("/v1/embeddings", &texts, "", 415),
        ("/v1/videos", &video, "Application/JSON", 200),
        ("/v1/videos", &video, "application/jsonp", 415),
        ("/v1/videos", &video, "text/plain", 415),
        ("/v1/videos", form, "Multipart/Form-Data; boundary=X", 200),
        ("/v1/videos", form, "multipart/form-database; boundary=X", 415),
    ] {
        let answer =
            send(&gateway, Method::POST, path, &[("content-type", content_type)], body.to_owned()).await;
        assert_eq!(answer.status, status, "{path} {content_type}: {}", answer.text());
    }
}

#[tokio::test]
async fn bedrocks_own_paths_pass_through() {
    let gateway = offline(options(&[("team", "claude-sonnet-4")]));
    let body = json!({ "messages": [{ "role": "user", "content": [{ "text": "Hello" }] }] });
    for model in ["team", "us.anthropic.claude-sonnet-4-20250514-v1%3A0", "us-west-2%2Fclaude-sonnet-4"] {
        let answer = post(&gateway, &format!("/model/{model}/converse"), &body).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        assert!(
            answer.json()["output"]["message"].is_object() && !answer.header("x-amzn-requestid").is_empty()
        );
    }
    let stream = post(&gateway, "/model/team/converse-stream", &body).await;
    assert_eq!(stream.header("content-type"), "application/vnd.amazon.eventstream");
    let refused = post(&gateway, "/model/team/converse", &json!({ "messages": [] })).await;
    assert_eq!(refused.status, 400);
    assert!(refused.header("x-amzn-errortype").starts_with("ValidationException"), "{:?}", refused.headers);
    assert!(refused.json()["message"].is_string());
    let jobs = get(&gateway, "/async-invoke?maxResults=1").await;
    assert!(jobs.json()["asyncInvokeSummaries"].is_array(), "{}", jobs.text());
    for path in ["/model/team/delete", "/model/a/b/c", "/model/..%2F..%2Fsecret/invoke"] {
        let answer = post(&gateway, path, &body).await;
        assert!(
            answer.status.is_client_error() && answer.json()["message"].is_string(),
            "{path}: {}",
            answer.text()
        );
    }
    // What of Bedrock's is not served is refused as Bedrock refuses.
    let models = get(&gateway, "/foundation-models").await;
    assert_eq!(
        (models.status.as_u16(), models.header("x-amzn-errortype")),
        (404, "ResourceNotFoundException")
    );
    assert!(models.json()["message"].is_string(), "{}", models.text());
}

/// Refuses every call with this.
struct Refuses(&'static str);

impl Transport for Refuses {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let answer = Response::builder()
            .status(424)
            .header(
                "x-amzn-errortype",
                "ModelErrorException:http://internal.amazon.com/coral/com.amazon.bedrock/",
            )
            .header("x-amzn-requestid", "r-1")
            .header("x-foo", "bar")
            .header("retry-after", "7")
            .header("connection", "close, X-Hop")
            .header("x-hop", "1")
            .header("proxy-authenticate", "Basic")
            .body(Body::Whole(bytes::Bytes::from_static(self.0.as_bytes())));
        Box::pin(async { Ok(answer.unwrap()) })
    }
}

#[tokio::test]
async fn a_refusal_of_bedrocks_own_paths_passes_through_as_it_came() {
    let said = r#"{ "message":"bad", "originalStatusCode":400, "resourceName":"r" }"#;
    let gateway = over(Refuses(said), options(&[]));
    for path in ["/model/amazon.nova-lite-v1:0/converse", "/async-invoke"] {
        let body = json!({ "modelId": "luma.ray-v2:0", "messages": [] });
        let refused = post(&gateway, path, &body).await;
        assert_eq!((refused.status.as_u16(), refused.text()), (424, said.to_owned()), "{path}");
        for (name, value) in [
            ("x-amzn-errortype", "ModelErrorException:http://internal.amazon.com/coral/com.amazon.bedrock/"),
            ("x-amzn-requestid", "r-1"),
            ("x-foo", "bar"),
            ("retry-after", "7"),
            ("connection", ""),
            ("x-hop", ""),
            ("proxy-authenticate", ""),
        ] {
            assert_eq!(refused.header(name), value, "{path}: {:?}", refused.headers);
        }
    }
    // A refused signature quotes the request that was signed, and with it what only the gateway should know.
    let quoted = r#"{"message":"The canonical request was 'POST\nx-amz-security-token:SECRET\n'"}"#;
    let refused =
        post(&over(Refuses(quoted), options(&[])), "/model/amazon.nova-lite-v1:0/converse", &json!({})).await;
    assert_eq!(refused.status, 424);
    assert!(
        refused.text().contains("canonical request") && !refused.text().contains("SECRET"),
        "{}",
        refused.text()
    );
}

/// Ends every call in one region in this way, and answers in all others. The hosts that were asked to start a job are kept.
#[derive(Clone)]
struct Jobs {
    ends: fn() -> Result<Response<Body>, TransportError>,
    started: Arc<Mutex<Vec<String>>>,
}

impl Transport for Jobs {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let host = request.uri().host().unwrap().to_owned();
        let answer = if host.contains(REGION) {
            (self.ends)()
        } else {
            let arn =
                r#"{"invocationArn":"arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghij12"}"#;
            Ok(Response::new(Body::Whole(arn.into())))
        };
        if request.uri().path() == "/async-invoke" {
            self.started.lock().unwrap().push(host);
        }
        Box::pin(async { answer })
    }
}

fn says(status: u16, code: &str) -> Response<Body> {
    let response = Response::builder().status(status).header("x-amzn-errortype", code);
    response.body(Body::Whole(r#"{"message":"no"}"#.into())).unwrap()
}

fn breaks(failure: WireFailure) -> Result<Response<Body>, TransportError> {
    Err(TransportError::new(failure, "it broke"))
}

/// A job costs money, and nobody knows whether it runs where only the answer was lost.
#[tokio::test(start_paused = true)]
async fn a_job_that_may_have_been_started_is_started_by_no_other_route() {
    type Ends = fn() -> Result<Response<Body>, TransportError>;
    let cases: [(Ends, bool); 8] = [
        (|| breaks(WireFailure::Timeout), false),
        (|| breaks(WireFailure::NoResponse), false),
        (|| breaks(WireFailure::CutBody), false),
        (|| Ok(says(500, "InternalServerException")), false),
        (|| Ok(says(504, "GatewayTimeout")), false),
        (|| breaks(WireFailure::Connect), true),
        (|| Ok(says(503, "ServiceUnavailableException")), true),
        (|| Ok(says(429, "ThrottlingException")), true),
    ];
    let native = json!({
        "modelId": "ray", "modelInput": { "prompt": "a fox" },
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": "s3://demo/videos" } },
    });
    for (path, body) in
        [("/async-invoke", native), ("/v1/videos", json!({ "model": "ray", "prompt": "a fox" }))]
    {
        for (number, (ends, goes_on)) in cases.into_iter().enumerate() {
            let mut options = options(&[("ray", "luma.ray-v2:0")]);
            let elsewhere = Route { region: "us-east-1".to_owned(), ..options.models[0].routes[0].clone() };
            options.models[0].routes.push(elsewhere);
            let jobs = Jobs { ends, started: Arc::default() };
            let answer = post(&over(jobs.clone(), options), path, &body).await;
            let started = jobs.started.lock().unwrap();
            let elsewhere = started.iter().filter(|host| host.contains("us-east-1")).count();
            assert!(started.len() > elsewhere, "{path} {number}: {started:?}");
            assert_eq!(elsewhere, usize::from(goes_on), "{path} {number}: {}", answer.text());
            assert_eq!(answer.status.is_success(), goes_on, "{path} {number}: {}", answer.text());
            assert_eq!(answer.header("retry-after"), "", "{path} {number}");
            if !goes_on && number < 3 {
                assert!(
                    answer.text().contains("may have been started"),
                    "{path} {number}: {}",
                    answer.text()
                );
            }
        }
    }
}

/// Without a token of the client's, Bedrock cannot know a second start from a second job.
#[tokio::test(start_paused = true)]
async fn a_start_by_bedrocks_own_path_is_sent_once() {
    type Ends = fn() -> Result<Response<Body>, TransportError>;
    let native = json!({
        "modelId": "ray", "modelInput": { "prompt": "a fox" },
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": "s3://demo/videos" } },
    });
    let cases: [Ends; 2] = [|| breaks(WireFailure::CutBody), || breaks(WireFailure::Timeout)];
    for (number, ends) in cases.into_iter().enumerate() {
        let jobs = Jobs { ends, started: Arc::default() };
        let gateway = over(jobs.clone(), options(&[("ray", "luma.ray-v2:0")]));
        let answer = post(&gateway, "/async-invoke", &native).await;
        assert!(!answer.status.is_success(), "{number}: {}", answer.text());
        assert_eq!(jobs.started.lock().unwrap().len(), 1, "{number}");
    }
}
