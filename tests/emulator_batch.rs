//! Batch inference in the emulator: which jobs are taken, and a folder of records.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration};
use emulator_call::{Call, options};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

fn emulator() -> Emulator {
    let job_duration = JobDuration::Time(Duration::ZERO);
    Emulator::new(EmulatorOptions { fixtures: None, job_duration, ..options() })
}

fn job() -> Value {
    json!({
        "jobName": "job-1",
        "roleArn": "arn:aws:iam::123456789012:role/batch",
        "modelId": "amazon.titan-text-express-v1",
        "inputDataConfig": { "s3InputDataConfig": { "s3Uri": "s3://demo/in/" } },
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": "s3://demo/out/" } },
    })
}

#[tokio::test]
async fn a_job_is_named_and_bounded_as_the_service_says() {
    for (name, value, part) in [
        (
            "jobName",
            json!("my job_1!"),
            "'jobName' failed to satisfy constraint: Member must satisfy regular expression pattern",
        ),
        ("jobName", json!("x".repeat(64)), "length less than or equal to 63"),
        (
            "timeoutDurationInHours",
            json!(1000),
            "'timeoutDurationInHours' failed to satisfy constraint: Member must have value less than or equal to 168",
        ),
        ("timeoutDurationInHours", json!(23), "greater than or equal to 24"),
        ("modelId", json!("no.such-model"), "The provided model identifier is invalid."),
        ("modelId", json!("amazon.titan-text-express-v9"), "The provided model identifier is invalid."),
        // What an invocation takes for a model of tomorrow, a job does, too.
        ("modelId", json!("anthropic.claude-sonnet-99"), ""),
        ("jobName", json!("job-1.a+b"), ""),
        ("timeoutDurationInHours", json!(24), ""),
    ] {
        let mut body = job();
        body[name] = value;
        let answer = Call::post("/model-invocation-job", &body).to(&emulator()).await;
        if part.is_empty() {
            assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        } else {
            answer.expect_refusal(400, "ValidationException", part);
        }
    }
}

#[tokio::test]
async fn the_records_of_a_folder_are_answered_file_by_file() {
    let emulator = emulator();
    let put = |key: &'static str, text: &str| {
        let mut call = Call::s3(Method::PUT, &format!("/demo/{key}"));
        call.body = text.to_owned().into();
        call
    };
    let run = |name: &str| {
        let mut body = job();
        body["jobName"] = json!(name);
        body
    };
    for (name, expected) in [("none", "is not there"), ("readme", "must contain at least one JSONL file")] {
        let created = Call::post("/model-invocation-job", &run(name)).to(&emulator).await.json();
        let arn = created["jobArn"].as_str().unwrap().replace('/', "%2F").replace(':', "%3A");
        let ended = Call::get(&format!("/model-invocation-job/{arn}")).to(&emulator).await.json();
        assert_eq!(ended["status"], "Failed", "{ended}");
        assert!(ended["message"].as_str().unwrap().contains(expected), "{ended}");
        assert_eq!(put("in/readme.txt", "x").to(&emulator).await.status, 200);
    }
    for (key, count) in [("in/a.jsonl", 1), ("in/b.jsonl", 2)] {
        let record = format!("{}\n", json!({ "recordId": "r", "modelInput": { "inputText": "Hi" } }));
        assert_eq!(put(key, &record.repeat(count)).to(&emulator).await.status, 200);
    }
    let created = Call::post("/model-invocation-job", &run("both")).to(&emulator).await.json();
    let arn = created["jobArn"].as_str().unwrap();
    let segment = arn.replace('/', "%2F").replace(':', "%3A");
    let ended = Call::get(&format!("/model-invocation-job/{segment}")).to(&emulator).await.json();
    assert_eq!((&ended["status"], &ended["successRecordCount"]), (&json!("Completed"), &json!(3)), "{ended}");
    let id = arn.rsplit('/').next().unwrap();
    for (name, lines) in [("a.jsonl.out", 1), ("b.jsonl.out", 2), ("manifest.json.out", 1)] {
        let object = Call::s3(Method::GET, &format!("/demo/out/{id}/{name}")).to(&emulator).await;
        assert_eq!((object.status.as_u16(), object.text().lines().count()), (200, lines), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_of_some_time_ends_with_it_however_late_it_is_asked_for() {
    let of = |duration| {
        let job_duration = JobDuration::Time(duration);
        Emulator::new(EmulatorOptions { fixtures: None, job_duration, ..options() })
    };
    let emulator = of(Duration::from_secs(90));
    let mut record = Call::s3(Method::PUT, "/demo/in/a.jsonl");
    record.body = "{}\n".into();
    assert_eq!(record.to(&emulator).await.status, 200);
    let created = Call::post("/model-invocation-job", &job()).to(&emulator).await.json();
    let id = created["jobArn"].as_str().unwrap().rsplit('/').next().unwrap();
    let poll = Call::get(&format!("/model-invocation-job/{id}"));
    for (seconds, status) in [(0, "Submitted"), (89, "InProgress"), (500, "Completed")] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        let polled = poll.clone().to(&emulator).await.json();
        assert_eq!(polled["status"], status, "{polled}");
        let end = if status == "Completed" { json!("2026-01-02T03:05:35Z") } else { json!(null) };
        assert_eq!(polled["endTime"], end, "{polled}");
    }
    // What no clock can show never comes.
    let emulator = of(Duration::MAX);
    let created = Call::post("/model-invocation-job", &job()).to(&emulator).await.json();
    let id = created["jobArn"].as_str().unwrap().rsplit('/').next().unwrap();
    let polled = Call::get(&format!("/model-invocation-job/{id}")).to(&emulator).await.json();
    assert_eq!(polled["status"], "Submitted", "{polled}");
}

#[tokio::test(start_paused = true)]
async fn a_job_of_some_time_writes_its_results_though_nobody_asks_for_it() {
    let job_duration = JobDuration::Time(Duration::from_secs(90));
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, job_duration, ..options() });
    let record = json!({ "recordId": "r", "modelInput": { "inputText": "Hi" } });
    let put = Call { body: record.to_string().into(), ..Call::s3(Method::PUT, "/demo/in/a.jsonl") };
    assert_eq!(put.to(&emulator).await.status, 200);
    let created = Call::post("/model-invocation-job", &job()).to(&emulator).await.json();
    let id = created["jobArn"].as_str().unwrap().rsplit('/').next().unwrap();
    let results = Call::s3(Method::HEAD, &format!("/demo/out/{id}/a.jsonl.out"));
    tokio::time::advance(Duration::from_secs(89)).await;
    assert_eq!(results.to(&emulator).await.status, 404);
    tokio::time::advance(Duration::from_secs(1)).await;
    // What was read is not needed any more.
    assert_eq!(Call::s3(Method::DELETE, "/demo/in/a.jsonl").to(&emulator).await.status, 204);
    let answer = results.to(&emulator).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("last-modified"), "Fri, 02 Jan 2026 03:05:35 GMT");
    let ended = Call::get(&format!("/model-invocation-job/{id}")).to(&emulator).await.json();
    assert_eq!((&ended["status"], &ended["successRecordCount"]), (&json!("Completed"), &json!(1)), "{ended}");
}
