//! The requests of the operations, compared with what botocore sends and with what AWS documents. The data lies
//! in `$BEDWIRE_VECTORS`, else in `../shared/vectors`; without it these tests say so and pass.

use bedwire::protocol::content::{Guardrail, Role};
use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::Operation;
use bedwire::protocol::operation::bedrock_runtime::{
    ApplyGuardrail, AsyncInvokeStatus, CheckedMessage, ClientRequestToken, Converse, CountTokens,
    GetAsyncInvoke, InvocationArn, InvocationOptions, InvokeGuardrailChecks, InvokeModel,
    InvokeModelWithResponseStream, ListAsyncInvokes, SortOrder, StartAsyncInvoke,
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
        let body = without_odd_tags(body);
        let request = match case["operation"].as_str().unwrap() {
            "start" => start(&body, &case),
            "get" => get(&url, &case),
            "list" => list(&url, &case),
            "invoke_model" => invoke(&url, &body, &case),
            "invoke_stream" => invoke_stream(&url, &body, &case),
            "converse" => converse(&url, &body, &case),
            "guardrail" => guardrail(&url, &body, &case),
            "count" => count(&url, &body, &case),
            _ => continue,
        };
        compared += 1;
        assert_eq!(request.method().as_str(), case["method"], "{id}");
        assert_eq!(request.uri().authority(), url.authority(), "{id}");
        // CountTokens asks for the base id, since the service refuses those of profiles.
        let path = match case["operation"].as_str() {
            Some("count") => {
                let id = url.path().strip_prefix("/model/").unwrap();
                let id = id.split_once("inference-profile%2F").map_or(id, |(_, profile)| profile);
                let id = id.trim_start_matches("global.").trim_start_matches("eu.");
                format!("/model/{id}")
            }
            _ => url.path().to_owned(),
        };
        assert_eq!(request.uri().path(), path, "{id}");
        // The order of a query is free; ours is sorted, as the canonical request has it.
        let mut query: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
        query.sort_unstable();
        assert_eq!(request.uri().query().unwrap_or_default(), query.join("&"), "{id}");
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        assert_eq!(json(request.body()), json(&body), "{id}");
        if !body.is_empty() {
            assert_eq!(request.headers()["content-type"], "application/json", "{id}");
            compare_headers(request.headers(), &case);
        }
    }
    assert!(compared >= 40, "{compared}");
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

/// botocore does not look at patterns; the service has one for tags, so that such a key is refused here.
fn without_odd_tags(body: Vec<u8>) -> Vec<u8> {
    let escaped = String::from_utf8(body).unwrap();
    escaped.replace(r#""key": "k \u00e9""#, r#""key": "k e""#).into_bytes()
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
    let operation = InvokeModel::new(model(url, "/invoke"), body.to_vec()).unwrap();
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

/// What botocore sends of its own goes out of ours too, with the same value.
fn compare_headers(ours: &http::HeaderMap, case: &Value) {
    for (name, value) in case["headers"].as_object().unwrap() {
        if name != "x-amz-date" && name != "x-amz-security-token" {
            assert_eq!(ours.get(name).unwrap().to_str().unwrap(), value, "{} {name}", case["id"]);
        }
    }
}

fn invoke_stream(url: &http::Uri, body: &[u8], case: &Value) -> http::Request<Bytes> {
    let header = |name: &str| case["headers"].get(name).and_then(Value::as_str);
    let mut options = InvocationOptions::new();
    if let Some(trace) = header("x-amzn-bedrock-trace") {
        options = options.trace(trace.to_ascii_lowercase().parse().unwrap());
    }
    let guardrail =
        header("x-amzn-bedrock-guardrailidentifier").zip(header("x-amzn-bedrock-guardrailversion"));
    if let Some((identifier, version)) = guardrail {
        options = options.guardrail(Guardrail::new(identifier, version).unwrap());
    }
    if let Some(latency) = header("x-amzn-bedrock-performanceconfig-latency") {
        options = options.latency(latency.parse().unwrap());
    }
    if let Some(tier) = header("x-amzn-bedrock-service-tier") {
        options = options.service_tier(tier.parse().unwrap());
    }
    if let Some(metadata) = header("x-amzn-bedrock-request-metadata") {
        options = options.request_metadata(metadata.to_owned()).unwrap();
    }
    let operation =
        InvokeModelWithResponseStream::new(model(url, "/invoke-with-response-stream"), body.to_vec())
            .unwrap();
    operation.options(options).request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn converse(url: &http::Uri, body: &[u8], case: &Value) -> http::Request<Bytes> {
    let operation = Converse::new(model(url, "/converse"), body.to_vec()).unwrap();
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn count(url: &http::Uri, body: &[u8], case: &Value) -> http::Request<Bytes> {
    let operation = CountTokens::new(&model(url, "/count-tokens"), body.to_vec()).unwrap();
    operation.request(&endpoint(case["region"].as_str().unwrap())).unwrap()
}

fn guardrail(url: &http::Uri, body: &[u8], case: &Value) -> http::Request<Bytes> {
    let path = url.path().strip_prefix("/guardrail/").unwrap().strip_suffix("/apply").unwrap();
    let (identifier, version) = path.split_once("/version/").unwrap();
    let guardrail = Guardrail::new(decoded(identifier), version).unwrap();
    let region = endpoint(case["region"].as_str().unwrap());
    let operation = ApplyGuardrail::new(guardrail.clone(), body.to_vec()).unwrap();
    let request = operation.request(&region).unwrap();

    // The same, put together here.
    let sent: Value = serde_json::from_slice(body).unwrap();
    let mut operation = ApplyGuardrail::typed(guardrail, sent["source"].as_str().unwrap().parse().unwrap());
    for block in sent["content"].as_array().unwrap() {
        operation = operation.text(block["text"]["text"].as_str().unwrap());
    }
    let typed = operation.request(&region).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(typed.body()).unwrap(), sent);
    request
}

#[test]
fn the_checks_of_guardrails_are_those_of_the_services_model() {
    let Some(text) = vector("models/bedrock-runtime/2023-09-30/service-2.json") else { return };
    let model: Value = serde_json::from_str(&text).unwrap();
    let words = |shape: &str| -> Vec<String> {
        let words = model["shapes"][format!("GuardrailChecks{shape}")]["enum"].as_array().unwrap();
        words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let checks = InvokeGuardrailChecks::typed([CheckedMessage::new(Role::User, "x")])
        .content_filter(words("ContentFilterCategory"))
        .prompt_attack(words("PromptAttackCategory"))
        .sensitive_information(words("SensitiveInformationEntityType"));
    checks.request(&endpoint("us-west-2")).unwrap();
}

fn model(url: &http::Uri, end: &str) -> ModelId {
    ModelId::new(decoded(url.path().strip_prefix("/model/").unwrap().strip_suffix(end).unwrap())).unwrap()
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
