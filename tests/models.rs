//! Names of models: each alias of the table resolves, in every geography, to an id that is known there, or to an error
//! that says where the model is; the facts that everybody runs into; hints; the client's lists and repairs.
#![cfg(feature = "client-core")]

mod support;

use bedwire::client::{Fallback, ModelOptions, Route};
use bedwire::protocol::model::{
    AskedModel, ModelId, ModelKind, ResolveOptions, ResolvedFrom, Table, Unresolved, base_model_id, hint_for,
    resolve,
};
use bedwire::protocol::operation::Operation;
use bedwire::protocol::operation::bedrock::{InferenceProfile, ListFoundationModels, ListInferenceProfiles};
use bedwire::protocol::operation::bedrock_runtime::{InvokeModel, ListAsyncInvokes};
use bedwire::protocol::service_error::ServiceError;
use bedwire::{Client, ErrorKind};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use support::{Script, Step, answer, builder, ok, refusal};
use tokio::time::Instant;

const PLACES: [(&str, &[&str]); 5] = [
    ("us-west-2", &["us"]),
    ("eu-central-1", &["eu"]),
    ("ap-northeast-1", &["jp", "apac"]),
    ("ap-southeast-2", &["au", "apac"]),
    ("us-gov-west-1", &["us-gov"]),
];

fn in_table(name: &str, region: &str) -> Result<(String, ModelKind), Unresolved> {
    resolve(name, region, Table::embedded(), None, ResolveOptions::default())
        .map(|found| (found.model_id.as_str().to_owned(), found.kind))
}

#[test]
fn each_alias_resolves_everywhere_or_says_where_its_model_is() {
    let known = ids_of_litellm();
    let (mut resolved, mut elsewhere) = (0, 0);
    for row in Table::embedded().rows() {
        for alias in row.aliases() {
            for (region, geographies) in PLACES {
                match in_table(alias, region) {
                    Ok((id, ModelKind::Direct)) => {
                        assert_eq!(id, row.base_id(), "{alias} in {region}");
                        assert!(row.is_direct_in(region), "{alias} in {region}");
                    }
                    Ok((id, kind)) => {
                        assert_eq!(kind, ModelKind::Profile);
                        let (geography, base) = id.split_once('.').unwrap();
                        assert_eq!(base, row.base_id(), "{alias} in {region}");
                        assert!(geographies.contains(&geography), "{alias} in {region}: {id}");
                        assert!(row.profiles().iter().any(|known| known == geography), "{id}");
                        let is_listed = row.source().split(' ').any(|source| source == "litellm");
                        if let (Some(known), true, None) = (&known, is_listed, not_in_litellm(&id)) {
                            assert!(known.contains(&id), "{alias} in {region}: nobody has {id}");
                        }
                        resolved += 1;
                    }
                    Err(error @ Unresolved::Elsewhere { .. }) => {
                        let text = error.to_string();
                        let places: Vec<_> = row.profiles().iter().chain(row.direct()).collect();
                        for place in places.into_iter().filter(|place| *place != "*") {
                            assert!(text.contains(place.as_str()), "{text}");
                        }
                        assert!(text.contains("it is in "), "{text}");
                        elsewhere += 1;
                    }
                    Err(other) => panic!("{alias} in {region}: {other}"),
                }
            }
        }
    }
    println!("{resolved} profiles, {elsewhere} errors that say where");
    assert!(resolved > 200 && elsewhere > 50, "{resolved} {elsewhere}");
}

/// Ids that a row has from its other source.
fn not_in_litellm(id: &str) -> Option<()> {
    (id == "us.amazon.nova-premier-v1:0").then_some(())
}

#[test]
fn every_id_with_a_geography_is_in_the_table() {
    let Some(known) = ids_of_litellm() else { return };
    let mut found = 0;
    for id in known {
        let (Some(geography), base) = bedwire::protocol::model::split_geography(&id) else { continue };
        let Some(row) = Table::embedded().row(base) else { panic!("{id} is not in the table") };
        // What the project began with: these answer by their own id.
        if !base.starts_with("anthropic.claude-3-opus") {
            assert!(row.profiles().iter().any(|known| known == geography), "{id}");
        }
        found += 1;
    }
    assert!(found > 150, "{found}");
}

#[test]
fn the_facts_that_people_run_into() {
    for (name, region, id) in [
        ("claude-3-5-sonnet-latest", "us-west-2", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("claude-3-5-sonnet-20241022", "us-east-1", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("claude-3-5-haiku-20241022", "us-east-2", "us.anthropic.claude-3-5-haiku-20241022-v1:0"),
        ("claude-3-7-sonnet-latest", "eu-west-1", "eu.anthropic.claude-3-7-sonnet-20250219-v1:0"),
        ("claude-sonnet-4", "ap-northeast-1", "apac.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("claude-sonnet-4-5", "ap-northeast-1", "jp.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5", "us-gov-west-1", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-3-haiku-20240307", "us-west-2", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("claude-3-haiku-20240307", "eu-central-1", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("claude-3-sonnet-20240229", "us-west-2", "anthropic.claude-3-sonnet-20240229-v1:0"),
        ("claude-3-opus-20240229", "us-west-2", "anthropic.claude-3-opus-20240229-v1:0"),
        ("Nova-Lite", "eu-central-1", "eu.amazon.nova-lite-v1:0"),
        ("nova-lite", "us-east-1", "amazon.nova-lite-v1:0"),
        ("luma-ray2", "us-west-2", "luma.ray-v2:0"),
        ("llama-3.3-70b-instruct", "ca-central-1", "us.meta.llama3-3-70b-instruct-v1:0"),
        // An id is never looked up, whether it works or not.
        ("anthropic.claude-sonnet-4-20250514-v1:0", "us-west-2", "anthropic.claude-sonnet-4-20250514-v1:0"),
        ("eu.amazon.nova-lite-v1:0", "us-west-2", "eu.amazon.nova-lite-v1:0"),
        ("acme.new-v1", "us-west-2", "acme.new-v1"),
    ] {
        assert_eq!(in_table(name, region).map(|found| found.0), Ok(id.to_owned()), "{name} in {region}");
    }
    for claude in ["claude-3-5-", "claude-3-7-", "claude-sonnet-", "claude-opus-", "claude-haiku-"] {
        let rows = Table::embedded().rows().iter().filter(|row| row.base_id().contains(claude));
        assert!(rows.map(|row| assert!(row.direct().is_empty(), "{row:?}")).count() > 0);
    }
}

#[test]
fn the_world_is_asked_only_when_it_is_allowed() {
    let refused = in_table("gpt-5.4", "eu-central-1").unwrap_err().to_string();
    assert!(
        refused.contains("it is in the geographies us, global") && refused.contains("allow_global"),
        "{refused}"
    );
    let global = ResolveOptions::default().allow_global(true);
    let found = resolve("gpt-5.4", "eu-central-1", Table::embedded(), None, global).unwrap();
    assert_eq!(found.model_id.as_str(), "global.openai.gpt-5.4");
    assert!(resolve("gpt-5.4", "us-gov-west-1", Table::embedded(), None, global).is_err());
    // The region's own geography comes first even then.
    let found = resolve("gpt-5.4", "us-east-1", Table::embedded(), None, global).unwrap();
    assert_eq!(found.geography.as_deref(), Some("us"));
}

#[test]
fn what_nobody_knows_is_an_error_with_what_is_near() {
    let near = in_table("claude-3-5-sonet", "us-west-2").unwrap_err().to_string();
    assert!(near.contains("is it claude-3-5-sonnet"), "{near}");
    let unknown = in_table("zzz", "us-west-2").unwrap_err().to_string();
    assert!(unknown.contains("models list"), "{unknown}");
    for bad in ["", "a b", ".."] {
        assert!(matches!(in_table(bad, "us-west-2"), Err(Unresolved::Invalid(_))), "{bad}");
    }
}

#[test]
fn an_arn_says_its_region_and_some_say_their_model() {
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
    let found = resolve(arn, "us-west-2", Table::embedded(), None, ResolveOptions::default()).unwrap();
    assert_eq!(
        (found.kind, found.region.as_str(), found.geography.as_deref()),
        (ModelKind::Arn, "eu-west-1", Some("eu"))
    );
    assert_eq!((found.model_id.as_str(), found.from), (arn, ResolvedFrom::Literal));
    let base = |name: &str| base_model_id(name, Table::embedded()).map(|id| id.as_str().to_owned());
    for (name, expected) in [
        (arn, Some("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0")),
        ("us.anthropic.claude-sonnet-5", Some("anthropic.claude-sonnet-5")),
        ("claude-sonnet-5", Some("anthropic.claude-sonnet-5")),
        ("anthropic.claude-sonnet-5", Some("anthropic.claude-sonnet-5")),
        ("arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc123def456", None),
    ] {
        assert_eq!(base(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn hints_name_the_id_that_would_work() {
    let on_demand = |apostrophe: &str| {
        format!(
            "Invocation of model ID x with on-demand throughput isn{apostrophe}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
        )
    };
    let ended = "This model version has reached the end of its life. Please refer to the AWS documentation for more details.";
    let invalid = "The provided model identifier is invalid.";
    for (message, id, region, expected) in [
        (
            &*on_demand("\u{2019}"),
            "anthropic.claude-sonnet-4-6",
            "us-west-2",
            Some("us.anthropic.claude-sonnet-4-6"),
        ),
        (
            &*on_demand("'"),
            "anthropic.claude-sonnet-4-6",
            "eu-west-1",
            Some("eu.anthropic.claude-sonnet-4-6"),
        ),
        // Not in that geography, and the world is not asked.
        (&*on_demand("'"), "openai.gpt-5.4", "eu-west-1", None),
        (&*on_demand("'"), "acme.new", "eu-west-1", None),
        (
            invalid,
            "claude-3-5-sonnet-latest",
            "us-west-2",
            Some("us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ),
        (invalid, "us.amazon.nova-lite-v1:0", "eu-west-1", Some("eu.amazon.nova-lite-v1:0")),
        (
            invalid,
            "anthropic.claude-3-haiku-20240307",
            "us-west-2",
            Some("anthropic.claude-3-haiku-20240307-v1:0"),
        ),
        (invalid, "luma.ray-v2:0", "us-east-1", None),
        // By the server's date, Claude Sonnet 4 has ended, too.
        (
            ended,
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            "us-west-2",
            Some("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        (
            ended,
            "anthropic.claude-3-haiku-20240307-v1:0",
            "eu-west-1",
            Some("eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ),
        // The successor is in a wider geography: said, but not taken.
        (ended, "jp.anthropic.claude-fable-5", "ap-northeast-1", None),
        ("Too many tokens", "anthropic.claude-sonnet-4-6", "us-west-2", None),
    ] {
        let hint = hint(message, id, region, true);
        assert_eq!(hint.as_ref().and_then(|hint| hint.1.as_deref()), expected, "{id} in {region}: {hint:?}");
        if let (Some((text, _)), Some(expected)) = (&hint, expected) {
            assert!(text.contains(expected), "{text}");
        }
    }
    let elsewhere = hint(invalid, "luma.ray-v2:0", "us-east-1", true).unwrap().0;
    assert!(elsewhere.contains("it is in us-west-2"), "{elsewhere}");
    // CountTokens takes base ids.
    let base = hint(invalid, "us.anthropic.claude-sonnet-4-6", "us-west-2", false).unwrap().1;
    assert_eq!(base.as_deref(), Some("anthropic.claude-sonnet-4-6"));
}

fn hint(message: &str, id: &str, region: &str, takes_profiles: bool) -> Option<(String, Option<String>)> {
    let mut headers = http::HeaderMap::new();
    headers.insert("date", "Sun, 22 Nov 2026 03:04:05 GMT".parse().unwrap());
    let body = json!({ "message": message }).to_string();
    let error = ServiceError::decode(http::StatusCode::BAD_REQUEST, &headers, body.as_bytes());
    let model_id = &ModelId::new(id).unwrap();
    let asked = AskedModel { model_id, region, takes_profiles };
    let hint = hint_for(&error, asked, Table::embedded(), None, ResolveOptions::default())?;
    Some((hint.text, hint.model_id.map(|id| id.as_str().to_owned())))
}

#[tokio::test(start_paused = true)]
async fn the_list_is_asked_once_in_ten_minutes() {
    let listed = || profiles(&["us.acme.robot-20260101-v1:0", "global.acme.robot-20260101-v1:0"], None);
    let script = Script::new([listed(), listed()]);
    let client = builder(&script).build().unwrap();
    for _ in 0..3 {
        // Newer than the table.
        let found = client.resolve_model("robot").await.unwrap();
        assert_eq!(
            (found.model_id.as_str(), found.from),
            ("us.acme.robot-20260101-v1:0", ResolvedFrom::List)
        );
    }
    assert_eq!(script.count(), 1);
    let url = script.seen()[0].1.uri().to_string();
    assert!(url.starts_with("https://bedrock.us-west-2.amazonaws.com/inference-profiles?"), "{url}");
    tokio::time::advance(Duration::from_secs(601)).await;
    client.resolve_model("robot").await.unwrap();
    assert_eq!(script.count(), 2);
}

#[test]
fn a_list_that_was_asked_for_in_a_runtime_that_nobody_drives_is_asked_for_again() {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (idle, driven) = (runtime(), runtime());
    let script = Script::new([Step::Never, profiles(&["us.acme.robot-20260101-v1:0"], None)]);
    let client = builder(&script).build().unwrap();
    idle.block_on(async {
        let call = client.resolve_model("robot");
        assert!(tokio::time::timeout(Duration::from_millis(10), call).await.is_err());
    });
    let found = || driven.block_on(client.resolve_model("robot")).unwrap().from;
    assert_eq!((found(), script.count()), (ResolvedFrom::List, 2));
    // The first one gives up when somebody drives it again, and leaves the answer of the second.
    idle.block_on(async { tokio::time::sleep(Duration::from_secs(11)).await });
    assert_eq!((found(), script.count()), (ResolvedFrom::List, 2));
}

#[tokio::test(start_paused = true)]
async fn without_a_list_that_makes_sense_the_table_answers() {
    let json = [("content-type", "application/json")];
    for step in [
        refusal(
            403,
            "AccessDeniedException",
            "User is not authorized to perform bedrock:ListInferenceProfiles",
        ),
        answer(200, &json, r#"{"inferenceProfileSummaries":[]}"#),
        answer(200, &json, "<html>"),
        answer(200, &json, r#"{"inferenceProfileSummaries":[{"inferenceProfileId":"x","models":[]}]}"#),
        answer(200, &json, r#"{"inferenceProfileSummaries":"none"}"#),
        profiles(&["us.acme.other-v1:0"], None),
        Step::Never,
    ] {
        let script = Script::new([step]);
        let client = builder(&script).build().unwrap();
        let found = client.resolve_model("claude-sonnet-4-6").await.unwrap();
        assert_eq!(
            (found.model_id.as_str(), found.from),
            ("us.anthropic.claude-sonnet-4-6", ResolvedFrom::Table)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_whose_list_hangs_holds_up_no_other() {
    let listed = || profiles(&["us.anthropic.claude-sonnet-4-6"], None);
    let refused = refusal(400, "ValidationException", "The provided model identifier is invalid.");
    // The list of us-east-1, and what us-west-2 is asked while it is awaited.
    let script = Script::new([Step::Never, refused, listed(), ok(), ok()]);
    let client = builder(&script).resolve_models(true).build().unwrap();
    let model = ModelId::new("claude-sonnet-4-6").unwrap();
    let route = Route::new("us-east-1", model.clone()).unwrap();
    let fallback = Fallback::new(&client, [route], Duration::from_secs(1)).unwrap();
    let begun = Instant::now();
    let elsewhere = async {
        fallback.run(&InvokeModel::new(model, "{}").unwrap()).await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 10);
    };
    let here = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        client.invoke_model("us.amazon.nova-lite-v1:0", "{}").await.unwrap_err();
        client.invoke_model("claude-sonnet-4-6", "{}").await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    };
    tokio::join!(elsewhere, here);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_away_leaves_the_list_to_the_next() {
    let script = Script::new([Step::Never]);
    let client = builder(&script).build().unwrap();
    let begun = Instant::now();
    for _ in 0..3 {
        let impatient = client.resolve_model("claude-sonnet-4-6");
        assert!(tokio::time::timeout(Duration::from_secs(3), impatient).await.is_err());
    }
    client.resolve_model("claude-sonnet-4-6").await.unwrap();
    assert_eq!((begun.elapsed().as_secs(), script.count()), (10, 1));
}

#[tokio::test]
async fn ids_and_models_that_answer_directly_need_no_list() {
    let script = Script::default();
    let client = builder(&script).build().unwrap();
    for name in
        ["us.amazon.nova-lite-v1:0", "claude-3-haiku-20240307", "arn:aws:bedrock:us-east-1:1:prompt/x"]
    {
        client.resolve_model(name).await.unwrap();
    }
    assert_eq!(script.count(), 0);
}

#[tokio::test]
async fn a_call_takes_a_name_where_that_is_asked_for() {
    let script = Script::new([profiles(&["us.anthropic.claude-sonnet-4-6"], None), ok()]);
    let client = builder(&script).resolve_models(true).build().unwrap();
    client.invoke_model("claude-sonnet-4-6", "{}").await.unwrap();
    assert_eq!(script.seen()[1].1.uri().path(), "/model/us.anthropic.claude-sonnet-4-6/invoke");

    let script = Script::new([ok()]);
    builder(&script).build().unwrap().invoke_model("claude-sonnet-4-6", "{}").await.unwrap();
    assert_eq!(script.seen()[0].1.uri().path(), "/model/claude-sonnet-4-6/invoke");

    // What is elsewhere is said before anything is sent, but for the list.
    let script = Script::new([profiles(&["us.acme.x"], None)]);
    let client = builder(&script).resolve_models(true).build().unwrap();
    let refused = client.invoke_model("nova-reel", "{}").await.unwrap_err();
    assert_eq!((refused.kind(), script.count()), (ErrorKind::InvalidInput, 1));
    assert!(refused.to_string().contains("it is in us-east-1"), "{refused}");
    // Nothing is sent to show what would be.
    let operation = InvokeModel::new(ModelId::new("claude-sonnet-4-6").unwrap(), "{}").unwrap();
    let signed = client.prepare(&operation).await.unwrap();
    assert_eq!(signed.request().uri().path(), "/model/us.anthropic.claude-sonnet-4-6/invoke");
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn a_refused_id_is_repaired_once_and_only_when_asked() {
    let refused = || {
        refusal(
            400,
            "ValidationException",
            "Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn\u{2019}t supported.",
        )
    };
    let script = Script::new([refused()]);
    let error = builder(&script)
        .build()
        .unwrap()
        .invoke_model("anthropic.claude-sonnet-4-6", "{}")
        .await
        .unwrap_err();
    assert_eq!(error.hint(), Some("use us.anthropic.claude-sonnet-4-6 in us-west-2"));
    assert_eq!(script.count(), 1);

    let script = Script::new([refused(), ok()]);
    let client = builder(&script).repair_models(true).build().unwrap();
    client.invoke_model("anthropic.claude-sonnet-4-6", "{}").await.unwrap();
    let paths: Vec<_> = script.seen().iter().map(|(_, request)| request.uri().path().to_owned()).collect();
    assert_eq!(
        paths,
        ["/model/anthropic.claude-sonnet-4-6/invoke", "/model/us.anthropic.claude-sonnet-4-6/invoke"]
    );

    let script = Script::new([refused(), refused()]);
    let client = builder(&script).repair_models(true).build().unwrap();
    client.invoke_model("anthropic.claude-sonnet-4-6", "{}").await.unwrap_err();
    assert_eq!(script.count(), 2);

    // An ARN of another region keeps its region: no repair.
    let script = Script::new([refused()]);
    let client = builder(&script).repair_models(true).build().unwrap();
    let arn = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-6";
    let error = client.invoke_model(arn, "{}").await.unwrap_err();
    assert_eq!((error.hint(), script.count()), (Some("use eu.anthropic.claude-sonnet-4-6 in eu-west-1"), 1));
}

#[tokio::test]
async fn an_application_profile_is_asked_whose_model_it_is() {
    let profile = json!({"inferenceProfileId": "abc123def456", "type": "APPLICATION", "models": [
        {"modelArn": "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"}]});
    let script = Script::new([answer(200, &[], &profile.to_string())]);
    let client = builder(&script).build().unwrap();
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123def456";
    assert_eq!(client.model_family(arn).await.unwrap(), "anthropic.claude-sonnet-4-20250514");
    let url = script.seen()[0].1.uri().to_string();
    assert_eq!(
        url,
        "https://bedrock.eu-west-1.amazonaws.com/inference-profiles/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fabc123def456"
    );
    assert_eq!(client.model_family("claude-sonnet-4").await.unwrap(), "anthropic.claude-sonnet-4-20250514");
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn pages_are_one_stream_of_items_and_end() {
    let script = Script::new([
        profiles(&["us.a.b", "us.a.c"], Some("t/1+=")),
        profiles(&[], Some("t2")),
        profiles(&["us.a.d"], None),
    ]);
    let client = builder(&script).build().unwrap();
    let items: Vec<_> = client.items(ListInferenceProfiles::new()).try_collect().await.unwrap();
    let ids: Vec<_> = items.iter().map(InferenceProfile::inference_profile_id).collect();
    assert_eq!(ids, ["us.a.b", "us.a.c", "us.a.d"]);
    assert_eq!(script.seen()[1].1.uri().query(), Some("nextToken=t%2F1%2B%3D"));

    let script = Script::new([profiles(&["us.a.b"], Some("t")), profiles(&["us.a.c"], Some("t"))]);
    let client = builder(&script).build().unwrap();
    let mut items = client.items(ListInferenceProfiles::new());
    assert!(items.try_next().await.unwrap().is_some());
    let error = items.try_next().await.unwrap_err();
    assert_eq!((error.kind(), script.count()), (ErrorKind::Undecodable, 2));
    assert!(items.try_next().await.unwrap().is_none());

    let script =
        Script::new([answer(200, &[], "{}"), answer(200, &[], r#"{"modelSummaries":[{"modelId":"a.b"}]}"#)]);
    let client = builder(&script).build().unwrap();
    assert_eq!(client.items(ListAsyncInvokes::new()).try_collect::<Vec<_>>().await.unwrap().len(), 0);
    assert_eq!(client.items(ListFoundationModels::new()).try_collect::<Vec<_>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_table_of_ones_own_comes_first() {
    let table = Table::parse("acme.robot-v1\trobot\t*\t-\t-\t-\tours").unwrap().over(Table::embedded());
    let script = Script::default();
    let client = builder(&script).build().unwrap().with_model_options(ModelOptions::default().table(table));
    assert_eq!(client.resolve_model("robot").await.unwrap().model_id.as_str(), "acme.robot-v1");
    let found = client.resolve_model("claude-3-haiku").await.unwrap();
    assert_eq!(found.model_id.as_str(), "anthropic.claude-3-haiku-20240307-v1:0");
}

#[test]
fn the_futures_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    let client: Client = builder(&Script::default()).build().unwrap();
    is_send(&client.resolve_model("x"));
    is_send(&client.invoke_model("x", "{}"));
    is_send(&client.items(ListInferenceProfiles::new()));
    assert_eq!(ListInferenceProfiles::new().name(), "ListInferenceProfiles");
}

fn profiles(ids: &[&str], next_token: Option<&str>) -> Step {
    let summaries: Vec<Value> = ids
        .iter()
        .map(|id| {
            let base = id.split_once('.').unwrap().1;
            json!({"inferenceProfileId": id, "type": "SYSTEM_DEFINED", "status": "ACTIVE",
                "models": [{"modelArn": format!("arn:aws:bedrock:us-east-1::foundation-model/{base}")}]})
        })
        .collect();
    let mut page = json!({ "inferenceProfileSummaries": summaries });
    if let Some(token) = next_token {
        page["nextToken"] = token.into();
    }
    answer(200, &[("content-type", "application/json")], &page.to_string())
}

/// The ids with a geography that LiteLLM knows, where its data lies beside the project.
fn ids_of_litellm() -> Option<BTreeSet<String>> {
    let folder = std::env::var_os("BEDWIRE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    let file = folder.join("models/litellm-1.106.2-bedrock.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: {} is not there", file.display());
        return None;
    };
    let all: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    Some(all.into_iter().map(|(id, _)| id).filter(|id| !id.contains('/')).collect())
}
