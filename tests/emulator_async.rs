//! Async invocations in the emulator: the state machine, idempotency, paging, and what is refused.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration};
use emulator_call::{Call, emulator, luma, options, poll, start};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_job_is_in_progress_for_three_polls_then_completed() {
    let emulator = emulator();
    let arn = start(&emulator, &luma(Some("token-1"))).await;
    let id = arn.strip_prefix("arn:aws:bedrock:us-west-2:123456789012:async-invoke/").unwrap();
    assert_eq!(id.len(), 12);
    assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    for _ in 0..3 {
        let job = poll(&emulator, &arn).await.json();
        assert_eq!(job["status"], "InProgress");
        assert!(job.get("endTime").is_none());
    }
    assert_eq!(
        poll(&emulator, &arn).await.json(),
        json!({
            "invocationArn": arn,
            "modelArn": "arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0",
            "clientRequestToken": "token-1",
            "status": "Completed",
            "submitTime": "2026-01-02T03:04:05Z",
            "lastModifiedTime": "2026-01-02T03:04:05Z",
            "endTime": "2026-01-02T03:04:05Z",
            "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": format!("s3://demo/out/{id}") } },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_job_of_ninety_seconds_ends_after_them() {
    let duration = JobDuration::Time(Duration::from_secs(90));
    let emulator = Emulator::new(EmulatorOptions { job_duration: duration, ..options() });
    let arn = start(&emulator, &luma(None)).await;
    tokio::time::advance(Duration::from_secs(89)).await;
    assert_eq!(poll(&emulator, &arn).await.json()["status"], "InProgress");
    tokio::time::advance(Duration::from_secs(1)).await;
    let job = poll(&emulator, &arn).await.json();
    assert_eq!((&job["status"], &job["endTime"]), (&json!("Completed"), &json!("2026-01-02T03:05:35Z")));
    assert!(job.get("clientRequestToken").is_none());
    // What no clock can show never comes.
    let job_duration = JobDuration::Time(Duration::MAX);
    let emulator = Emulator::new(EmulatorOptions { job_duration, ..options() });
    let arn = start(&emulator, &luma(None)).await;
    assert_eq!(poll(&emulator, &arn).await.json()["status"], "InProgress");
}

#[tokio::test]
async fn a_job_fails_with_the_message_it_was_told() {
    let failure = Some("The prompt was blocked.".to_owned());
    let emulator = Emulator::new(EmulatorOptions {
        job_failure: failure,
        job_duration: JobDuration::Polls(0),
        ..options()
    });
    let arn = start(&emulator, &luma(None)).await;
    let job = poll(&emulator, &arn).await.json();
    assert_eq!(
        (&job["status"], &job["failureMessage"]),
        (&json!("Failed"), &json!("The prompt was blocked."))
    );
}

#[tokio::test]
async fn a_token_stands_for_one_job() {
    let emulator = emulator();
    let first = start(&emulator, &luma(Some("t"))).await;
    // The same parameters in another order and with other spaces are the same parameters.
    let mut call = Call::post("/async-invoke", &luma(Some("t")));
    call.body = serde_json::to_string_pretty(&luma(Some("t"))).unwrap().into();
    assert_eq!(call.to(&emulator).await.json()["invocationArn"], json!(first));
    let mut other = luma(Some("t"));
    other["modelInput"]["prompt"] = "a dog".into();
    let answer = Call::post("/async-invoke", &other).to(&emulator).await;
    answer.expect_refusal(400, "ConflictException", "clientRequestToken");
    assert_ne!(start(&emulator, &luma(Some("u"))).await, first);
    assert_ne!(start(&emulator, &luma(None)).await, start(&emulator, &luma(None)).await);
}

#[tokio::test]
async fn an_arn_that_names_no_job_is_refused() {
    let emulator = emulator();
    let arn = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12";
    poll(&emulator, arn).await.expect_refusal(404, "ResourceNotFoundException", arn);
    let elsewhere = arn.replace("us-west-2", "us-east-1");
    poll(&emulator, &elsewhere).await.expect_refusal(400, "ValidationException", "us-east-1");
    for bad in [
        "x",
        "arn:aws:bedrock:us-west-2:1:async-invoke/abcdefghij12",
        &arn.to_uppercase(),
        &format!("{arn}3"),
    ] {
        poll(&emulator, bad).await.expect_refusal(400, "ValidationException", "invocationArn");
    }
}

async fn list(emulator: &Emulator, query: &str) -> emulator_call::Answer {
    Call::get(&format!("/async-invoke?{query}")).to(emulator).await
}

fn arns(page: &Value) -> Vec<String> {
    let summaries = page["asyncInvokeSummaries"].as_array().unwrap();
    summaries.iter().map(|summary| summary["invocationArn"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_are_paged_sorted_and_filtered() {
    let emulator = Emulator::new(EmulatorOptions { job_duration: JobDuration::Polls(0), ..options() });
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(start(&emulator, &luma(None)).await);
    }
    poll(&emulator, &started[1]).await;
    for (order, expected) in
        [("Ascending", started.clone()), ("Descending", started.iter().rev().cloned().collect::<Vec<_>>())]
    {
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = list(&emulator, &format!("sortOrder={order}&maxResults=2{next}")).await.json();
            assert!(arns(&page).len() <= 2);
            seen.extend(arns(&page));
            let Some(token) = page["nextToken"].as_str() else { break };
            next = format!("&nextToken={}", bedwire::protocol::model::path_segment("t", token).unwrap());
        }
        assert_eq!(seen, expected, "{order}");
    }
    assert_eq!(arns(&list(&emulator, "statusEquals=Completed").await.json()), [started[1].clone()]);
    assert_eq!(arns(&list(&emulator, "statusEquals=InProgress").await.json()).len(), 4);
    assert_eq!(arns(&list(&emulator, "submitTimeAfter=2026-01-02T03%3A04%3A04Z").await.json()).len(), 5);
    assert_eq!(arns(&list(&emulator, "submitTimeBefore=2026-01-02T03%3A04%3A05Z").await.json()).len(), 0);
}

#[tokio::test]
async fn a_list_of_nonsense_is_refused() {
    let emulator = emulator();
    for (query, part) in [
        ("maxResults=0", "maxResults"),
        ("maxResults=1001", "maxResults"),
        ("maxResults=-1", "maxResults"),
        ("maxResults=two", "maxResults"),
        ("statusEquals=Done", "statusEquals"),
        ("sortBy=Name", "sortBy"),
        ("sortOrder=Up", "sortOrder"),
        ("submitTimeAfter=yesterday", "submitTimeAfter"),
        ("nextToken=abc", "nextToken"),
        ("nextToken=", "nextToken"),
    ] {
        list(&emulator, query).await.expect_refusal(400, "ValidationException", part);
    }
}

#[tokio::test]
async fn jobs_of_another_region_are_not_seen() {
    let emulator = emulator();
    start(&emulator, &luma(Some("t"))).await;
    let mut elsewhere = Call::get("/async-invoke");
    elsewhere.scope.region = "us-east-1".into();
    assert_eq!(arns(&elsewhere.to(&emulator).await.json()).len(), 0);
}

#[tokio::test]
async fn bad_requests_are_refused_by_field_and_limit() {
    let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let frame = |media_type: &str, data: &str| json!({"frame0": {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}});
    for (path, value, part) in [
        ("modelId", json!(null), "modelId"),
        ("modelId", json!(7), "modelId"),
        ("modelId", json!("a b"), "modelId"),
        ("modelId", json!("x".repeat(257)), "256"),
        ("modelId", json!("anthropic.claude-3-haiku-20240307-v1:0"), "model identifier is invalid"),
        (
            "modelId",
            json!("arn:aws:bedrock:us-east-1::foundation-model/luma.ray-v2:0"),
            "identifier is invalid",
        ),
        // Only the model itself, in a version that there is.
        ("modelId", json!("us.luma.ray-v2:0"), "model identifier is invalid"),
        ("modelId", json!("luma.ray-v9:7"), "model identifier is invalid"),
        (
            "modelId",
            json!("arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.luma.ray-v2:0"),
            "identifier is invalid",
        ),
        (
            "modelId",
            json!("twelvelabs.marengo-embed-2-7-v1:0"),
            "The emulator does not have twelvelabs.marengo-embed-2-7-v1:0",
        ),
        ("modelInput", json!(null), "modelInput"),
        ("modelInput", json!("{\"prompt\":\"x\"}"), "expected type: JSONObject, found: String"),
        ("modelInput", json!({}), "required key [prompt]"),
        ("modelInput/prompt", json!(""), "minLength: 1"),
        ("modelInput/prompt", json!("é".repeat(5001)), "maxLength: 5000, actual: 5001"),
        ("modelInput/aspect_ratio", json!("2:1"), "#/aspect_ratio"),
        ("modelInput/aspectRatio", json!("1:1"), "extraneous key [aspectRatio]"),
        ("modelInput/duration", json!("6s"), "#/duration"),
        ("modelInput/duration", json!(5), "found: Integer"),
        ("modelInput/resolution", json!("1080p"), "#/resolution"),
        ("modelInput/loop", json!("yes"), "#/loop: expected type: Boolean"),
        ("modelInput/keyframes", frame("image/gif", png), "#/keyframes/frame0/source/media_type"),
        ("modelInput/keyframes", frame("image/jpeg", png), "no jpeg"),
        ("modelInput/keyframes", frame("image/png", "%%%"), "base64"),
        ("outputDataConfig", json!(null), "outputDataConfig"),
        ("outputDataConfig/s3OutputDataConfig/s3Uri", json!("https://demo/out"), "s3Uri"),
        ("outputDataConfig/s3OutputDataConfig/s3Uri", json!("s3://"), "s3Uri"),
        ("outputDataConfig/s3OutputDataConfig/s3Uri", json!("s3://Demo/out"), "s3Uri"),
        (
            "outputDataConfig/s3OutputDataConfig/s3Uri",
            json!(format!("s3://demo/{}", "x".repeat(1024))),
            "1024",
        ),
        ("outputDataConfig/s3OutputDataConfig/bucketOwner", json!("me"), "bucketOwner"),
        ("clientRequestToken", json!(""), "clientRequestToken"),
        ("clientRequestToken", json!("with space"), "[!-~]*"),
        ("clientRequestToken", json!("t".repeat(257)), "256"),
        ("tags", json!([{"key": "", "value": ""}]), "tags.1.member.key"),
        ("tags", json!([{"key": "k"}]), "tags.1.member.value"),
        ("tags", json!([{"key": "naïve", "value": "v"}]), "tags.1.member.key"),
        ("tags", json!([{"key": "k", "value": "*"}]), r"[a-zA-Z0-9\s._:/=+@-]*"),
        (
            "outputDataConfig/s3OutputDataConfig/kmsKeyId",
            json!("arn:aws:kms:us-west-2:12:key/zz"),
            "s3OutputDataConfig.kmsKeyId",
        ),
        ("tags", json!(vec![json!({"key": "k", "value": "v"}); 201]), "200"),
    ] {
        let mut body = luma(None);
        *path.split('/').fold(&mut body, |at, name| &mut at[name]) = value;
        let answer = Call::post("/async-invoke", &body).to(&emulator()).await;
        answer.expect_refusal(400, "ValidationException", part);
    }
    let mut body = luma(None);
    body["modelInput"]["keyframes"] = frame("image/png", png);
    body["tags"] = json!([{"key": "k", "value": ""}]);
    start(&emulator(), &body).await;
    body["modelId"] = json!("arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0");
    start(&emulator(), &body).await;
    for text in ["", "{", "[]", "7", "\u{feff}{}"] {
        let mut call = Call::post("/async-invoke", &json!({}));
        call.body = text.to_owned().into();
        call.to(&emulator()).await.expect_refusal(400, "ValidationException", "Malformed input request");
    }
}

#[tokio::test]
async fn nova_reel_has_limits_of_its_own() {
    let single = json!({"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "a cat"}});
    let automated = |seconds: i64| {
        json!({
            "taskType": "MULTI_SHOT_AUTOMATED",
            "multiShotAutomatedParams": {"text": "a cat"},
            "videoGenerationConfig": {"durationSeconds": seconds, "fps": 24, "dimension": "1280x720", "seed": 0},
        })
    };
    let manual = json!({
        "taskType": "MULTI_SHOT_MANUAL",
        "multiShotManualParams": {"shots": [
            {"text": "a"},
            {"text": "b", "image": {"format": "png", "source": {"s3Location": {"uri": "s3://demo/b.png"}}}},
        ]},
    });
    let mut long = single.clone();
    long["textToVideoParams"]["text"] = "x".repeat(513).into();
    let mut config = single.clone();
    config["videoGenerationConfig"] = json!({"durationSeconds": 12});
    let mut seed = single.clone();
    seed["videoGenerationConfig"] = json!({"seed": -1});
    for (version, input, refusal) in [
        ("v1:0", &single, None),
        ("v1:1", &automated(12), None),
        ("v1:1", &automated(120), None),
        ("v1:1", &manual, None),
        ("v1:0", &automated(12), Some("nova-reel-v1:1")),
        ("v1:1", &automated(13), Some("multiple of 6")),
        ("v1:1", &automated(126), Some("between 12 and 120")),
        ("v1:1", &long, Some("maxLength: 512, actual: 513")),
        ("v1:1", &config, Some("#/videoGenerationConfig/durationSeconds")),
        ("v1:1", &seed, Some("#/videoGenerationConfig/seed")),
        ("v1:1", &json!({"taskType": "TEXT_VIDEO"}), Some("required key [textToVideoParams]")),
        ("v1:1", &json!({"taskType": "VIDEO"}), Some("#/taskType")),
    ] {
        let mut body = luma(None);
        body["modelId"] = format!("amazon.nova-reel-{version}").into();
        body["modelInput"] = input.clone();
        let answer = Call::post("/async-invoke", &body).to(&emulator()).await;
        match refusal {
            None => assert_eq!(answer.status, 200, "{}", answer.text()),
            Some(part) => answer.expect_refusal(400, "ValidationException", part),
        }
    }
}
