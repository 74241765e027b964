//! The requests of the async operations, compared with what botocore sends and with what AWS documents. The data lies
//! in `$BEDWIRE_VECTORS`, else in `../shared/vectors`; without it these tests say so and pass.

use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::Operation;
use bedwire::protocol::operation::bedrock_runtime::{
    AsyncInvokeStatus, ClientRequestToken, GetAsyncInvoke, InvocationArn, InvokeModel, ListAsyncInvokes,
    SortOrder, StartAsyncInvoke,
};
use bedwire::protocol::operation::s3::S3Uri;
use bedwire::protocol::timestamp::parse_iso_8601;
use bedwire::protocol::video::{LumaRay2, TextToVideo};
use bytes::Bytes;
use serde_json::Value;
use std::path::PathBuf;

#[test]
fn requests_are_those_of_botocore() {
    let Some(text) = vector("signed-requests/botocore.jsonl") else { return };
    let mut compared = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let url: http::Uri = case["url"].as_str().unwrap().parse().unwrap();
        let body = base64_simd::STANDARD.decode_to_vec(case["body_base64"].as_str().unwrap()).unwrap();
        let request = match case["operation"].as_str().unwrap() {
            "start" => start(&body, &case),
            "get" => get(&url, &case),
            "list" => list(&url, &case),
            "invoke_model" => invoke(&url, &body, &case),
            _ => continue,
        };
        compared += 1;
        assert_eq!(request.method().as_str(), case["method"], "{id}");
        assert_eq!(request.uri().authority(), url.authority(), "{id}");
        assert_eq!(request.uri().path(), url.path(), "{id}");
        // The order of a query is free; ours is sorted, as the canonical request has it.
        let mut query: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
        query.sort_unstable();
        assert_eq!(request.uri().query().unwrap_or_default(), query.join("&"), "{id}");
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        assert_eq!(json(request.body()), json(&body), "{id}");
        if !body.is_empty() {
            assert_eq!(request.headers()["content-type"], "application/json", "{id}");
        }
    }
    assert!(compared >= 20, "{compared}");
}

#[test]
fn documented_luma_requests_are_made_by_the_builder() {
    let Some(text) = vector("documented/luma-ray2-async-invoke.json") else { return };
    let documented: Value = serde_json::from_str(&text).unwrap();
    for expected in documented["start_requests"].as_array().unwrap() {
        let given = &expected["modelInput"];
        let word = |name: &str| given.get(name).and_then(Value::as_str);
        let mut luma = LumaRay2::new(word("prompt").unwrap());
        if let Some(ratio) = word("aspect_ratio") {
            luma = luma.aspect_ratio(ratio.parse().unwrap());
        }
        if let Some(is_loop) = given.get("loop").and_then(Value::as_bool) {
            luma = luma.looping(is_loop);
        }
        if let Some(duration) = word("duration") {
            luma = luma.duration(duration.parse().unwrap());
        }
        if let Some(resolution) = word("resolution") {
            luma = luma.resolution(resolution.parse().unwrap());
        }
        let s3_uri = expected["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str().unwrap();
        let token = ClientRequestToken::new("token").unwrap();
        let start = TextToVideo::from(luma).start(S3Uri::new(s3_uri).unwrap(), token).unwrap();
        let request = start.request(&endpoint("us-west-2")).unwrap();
        let mut body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body.as_object_mut().unwrap().remove("clientRequestToken"), Some("token".into()));
        assert_eq!(&body, expected);
    }
    for (field, values) in documented["luma_fields"].as_object().unwrap() {
        for value in values.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let known = match field.as_str() {
                "aspect_ratio" => value.parse::<bedwire::protocol::video::AspectRatio>().is_ok(),
                "duration" => value.parse::<bedwire::protocol::video::LumaDuration>().is_ok(),
                "resolution" => value.parse::<bedwire::protocol::video::Resolution>().is_ok(),
                _ => true,
            };
            assert!(known, "{field} {value}");
        }
    }
}

#[test]
fn a_video_model_is_chosen_by_its_id() {
    for (id, seconds) in [
        ("luma.ray-v2:0", 9),
        ("arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0", 5),
        ("amazon.nova-reel-v1:0", 6),
        ("amazon.nova-reel-v1:1", 12),
    ] {
        let video = TextToVideo::for_model(&ModelId::new(id).unwrap(), "a fox").unwrap();
        let video = video.duration_seconds(seconds).unwrap();
        assert_eq!(video.model_id(), id);
        video.model_input().unwrap();
    }
    let refused = TextToVideo::for_model(&ModelId::new("amazon.nova-lite-v1:0").unwrap(), "a fox");
    assert!(refused.unwrap_err().to_string().contains("luma.ray-v2:0"));
}

fn start(body: &[u8], case: &Value) -> http::Request<Bytes> {
    let sent: Value = serde_json::from_slice(body).unwrap();
    let mut operation = StartAsyncInvoke::new(
        ModelId::new(sent["modelId"].as_str().unwrap()).unwrap(),
        sent["modelInput"].to_string(),
        S3Uri::new(sent["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str().unwrap()).unwrap(),
        ClientRequestToken::new(sent["clientRequestToken"].as_str().unwrap()).unwrap(),
    )
    .unwrap();
    for tag in sent["tags"].as_array().into_iter().flatten() {
        operation = operation.tag(tag["key"].as_str().unwrap(), tag["value"].as_str().unwrap()).unwrap();
    }
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn get(url: &http::Uri, case: &Value) -> http::Request<Bytes> {
    let arn = decoded(url.path().strip_prefix("/async-invoke/").unwrap());
    let operation = GetAsyncInvoke::new(InvocationArn::new(arn).unwrap());
    assert_eq!(operation.region(), case["region"].as_str());
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn list(url: &http::Uri, case: &Value) -> http::Request<Bytes> {
    let mut operation = ListAsyncInvokes::new();
    for pair in url.query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap();
        let value = decoded(value);
        operation = match name {
            "statusEquals" => operation.status_equals(AsyncInvokeStatus::named(&value)),
            "maxResults" => operation.max_results(value.parse().unwrap()).unwrap(),
            "nextToken" => operation.next_token(value),
            "sortOrder" if value == "Descending" => operation.sort_order(SortOrder::Descending),
            "submitTimeAfter" => operation.submit_time_after(parse_iso_8601(&value).unwrap()),
            "submitTimeBefore" => operation.submit_time_before(parse_iso_8601(&value).unwrap()),
            other => panic!("{other} in {url}"),
        };
    }
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn invoke(url: &http::Uri, body: &[u8], case: &Value) -> http::Request<Bytes> {
    let id = decoded(url.path().strip_prefix("/model/").unwrap().strip_suffix("/invoke").unwrap());
    let operation = InvokeModel::new(ModelId::new(id).unwrap(), body.to_vec()).unwrap();
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn endpoint(region: &str) -> Endpoint {
    Endpoint::resolve(Service::BedrockRuntime, region, &EndpointOptions::default()).unwrap()
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned()
}

fn vector(name: &str) -> Option<String> {
    let folder = std::env::var_os("BEDWIRE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    let file = folder.join(name);
    let text = std::fs::read_to_string(&file).ok();
    if text.is_none() {
        println!("skipped: {} is not there", file.display());
    }
    text
}
