//! Who is let in, how much they may, and what is told of it.
#![cfg(feature = "gateway")]

mod gateway;

use bedwire::client::Route;
use bedwire::client::credentials::{ProvideAuth, Wanted};
use bedwire::gateway::{AccessEntry, AccessLog, Gateway, GatewayOptions, Key, KeyHash, ModelAlias, Origin};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::model::ModelId;
use bedwire::transport::{Body, BoxFuture, Transport as _};
use bedwire::{Client, Error, ErrorKind};
use futures_util::FutureExt as _;
use gateway::support::{Script, builder, ok};
use gateway::{over, send};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ALICE: &str = "alices-key-which-is-long";
const BOB: &str = "bobs-key-which-is-long";

fn gateway(change: impl FnOnce(&mut GatewayOptions)) -> Gateway {
    over(Script::default(), options(change))
}

fn options(change: impl FnOnce(&mut GatewayOptions)) -> GatewayOptions {
    let mut options = GatewayOptions::default();
    change(&mut options);
    options
}

fn with_keys(options: &mut GatewayOptions) {
    options.keys =
        vec![Key::new("alice", KeyHash::of(ALICE.as_bytes())), Key::new("bob", KeyHash::of(BOB.as_bytes()))];
}

/// Status, headers and body of an answer.
async fn ask(
    gateway: &Gateway,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, http::HeaderMap, String) {
    let method = if path.starts_with("/v1/m") || path.ends_with('z') || path == "/metrics" {
        Method::GET
    } else {
        Method::POST
    };
    let answer = send(gateway, method, path, headers, "").await;
    let text = answer.text();
    (answer.status, answer.headers, text)
}

fn is_let_in(status: StatusCode) -> bool {
    ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&status)
}

#[tokio::test]
async fn without_keys_programs_of_this_machine_are_let_in_with_any_key() {
    let gateway = gateway(|_| {});
    for headers in [
        &[][..],
        &[("authorization", "Bearer anything")],
        &[("x-api-key", "anything")],
        &[("host", "localhost:8097")],
        &[("host", "[::1]:8097")],
    ] {
        let (status, _, _) = ask(&gateway, "/v1/models", headers).await;
        assert!(is_let_in(status), "{headers:?}: {status}");
    }
    for headers in [
        &[("host", "evil.example")][..],
        &[("host", "10.0.0.1:8097")],
        &[("origin", "https://evil.example")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        for path in ["/v1/models", "/v1/chat/completions", "/model/x/converse", "/metrics", "/nothing"] {
            let (status, _, _) = ask(&gateway, path, headers).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        // A probe comes by any name.
        assert_eq!(ask(&gateway, "/healthz", headers).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_remote_host_is_served_where_that_is_wanted() {
    let gateway = gateway(|options| options.allow_remote = true);
    assert!(is_let_in(ask(&gateway, "/v1/models", &[("host", "gateway.example")]).await.0));
    assert_eq!(
        ask(&gateway, "/v1/models", &[("origin", "https://evil.example")]).await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn with_keys_nobody_else_is_let_in() {
    let gateway = gateway(with_keys);
    for headers in [
        &[("authorization", format!("Bearer {ALICE}"))][..],
        &[("authorization", format!("bearer  {BOB} "))],
        &[("x-api-key", BOB.to_owned())],
        &[("authorization", "Bearer other".to_owned()), ("x-api-key", BOB.to_owned())],
        // Keys are what lets in: the host may be any.
        &[("host", "gateway.example".to_owned()), ("x-api-key", BOB.to_owned())],
    ] {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (status, _, _) = ask(&gateway, "/v1/models", &headers).await;
        assert!(is_let_in(status), "{headers:?}: {status}");
    }
    // No key is none, whatever it is compared to.
    let gateway = self::gateway(|options| {
        with_keys(options);
        options.keys.push(Key::new("empty", KeyHash::of(b"")));
    });
    let basic = format!("Basic {ALICE}");
    let longer = format!("Bearer {ALICE}x");
    for headers in [
        &[][..],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", &basic)],
        &[("authorization", &longer)],
        &[("x-api-key", "")],
    ] {
        let (status, answer, body) = ask(&gateway, "/v1/chat/completions", headers).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{headers:?}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["error"]["type"], &body["error"]["code"]),
            (&"authentication_error".into(), &"invalid_api_key".into())
        );
        assert!(answer.contains_key("x-request-id"));
        let (status, answer, body) = ask(&gateway, "/v1/messages", headers).await;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::METHOD_NOT_ALLOWED].contains(&status));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["type"], &body["error"]["type"]),
            (&"error".into(), &"authentication_error".into())
        );
        assert!(answer.contains_key("request-id"));
        // Paths that are not there tell a stranger nothing.
        assert_eq!(ask(&gateway, "/nothing", headers).await.0, StatusCode::UNAUTHORIZED);
    }
    for open in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(ask(&gateway, open, &[]).await.0, StatusCode::OK, "{open}");
    }
}

/// Metrics have the names of keys and models, and a page in a browser of this machine may point its own name at it.
#[tokio::test]
async fn metrics_are_for_programs_or_who_has_a_key() {
    let (local, remote) = ("127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap());
    let rebound = [("host", "evil.example"), ("origin", "http://evil.example")];
    let page = [("origin", "https://evil.example")];
    for (listens_at, headers, is_open) in [
        (Some(local), &rebound[..], false),
        (Some(local), &rebound[..1], false),
        (Some(local), &[][..], true),
        (Some(remote), &rebound[..1], true),
        (None, &rebound[..1], true),
        (Some(remote), &page, false),
    ] {
        let gateway = gateway(|options| {
            with_keys(options);
            options.listens_at = listens_at;
        });
        let (status, _, body) = ask(&gateway, "/metrics", headers).await;
        assert_eq!(status == StatusCode::OK, is_open, "{listens_at:?} {headers:?}: {body}");
        assert!(is_open || status == StatusCode::UNAUTHORIZED, "{status}");
        let with_key = [headers, &[("x-api-key", ALICE)]].concat();
        assert_eq!(ask(&gateway, "/metrics", &with_key).await.0, StatusCode::OK);
        for open in ["/healthz", "/readyz"] {
            assert_eq!(ask(&gateway, open, headers).await.0, StatusCode::OK, "{open}");
        }
    }
}

#[tokio::test]
async fn a_key_for_some_models_asks_no_other_by_a_native_path() {
    let gateway = gateway(|options| {
        with_keys(options);
        options.keys[0].models = vec!["amazon.nova-*".to_owned()];
    });
    let alice = [("x-api-key", ALICE)];
    let (status, headers, body) = ask(&gateway, "/model/anthropic.claude-x%3A0/converse", &alice).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(headers["x-amzn-errortype"], "AccessDeniedException");
    assert!(body.contains("anthropic.claude-x:0") && body.contains("alice"), "{body}");
    assert!(is_let_in(ask(&gateway, "/model/amazon.nova-lite-v1%3A0/nothing", &alice).await.0));
    assert!(is_let_in(ask(&gateway, "/model/anthropic.claude-x/nothing", &[("x-api-key", BOB)]).await.0));
}

/// Asks for a job with this body, or without one for the jobs there are.
async fn job(gateway: &Gateway, path: &str, key: &str, body: Option<&str>) -> (StatusCode, String) {
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let answer =
        send(gateway, method, path, &[("x-api-key", key)], body.unwrap_or_default().to_owned()).await;
    (answer.status, answer.text())
}

const RAY: &str = r#"{ "modelId" : "luma.ray-v2:0", "modelInput":{"b":1.0,"a":[]}}"#;

#[tokio::test]
async fn a_job_is_started_for_a_model_that_is_served_and_no_other() {
    let script = Script::new([ok()]);
    let only_one = options(|options| {
        options.any_model = false;
        let route = Route {
            region: "us-east-1".to_owned(),
            model_id: ModelId::new("us.amazon.nova-reel-v1:1").unwrap(),
        };
        options.models = vec![ModelAlias { name: "reel".to_owned(), routes: vec![route], max_tokens: None }];
    });
    let gateway = over(script.clone(), only_one);
    let (status, body) = job(&gateway, "/async-invoke", BOB, Some(RAY)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    for (body, problem) in [
        ("", "the body is empty"),
        ("[]", "must be a JSON object"),
        (r#"{"modelInput":{}}"#, "modelId is missing"),
        (r#"{"modelId":1}"#, "modelId"),
        // What reads the last of two would start another.
        (r#"{"modelId":"reel","model\u0049d":"luma.ray-v2:0"}"#, "modelId"),
    ] {
        let (status, said) = job(&gateway, "/async-invoke", BOB, Some(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}: {said}");
        assert!(said.contains(problem), "{body}: {said}");
    }
    assert_eq!(script.count(), 0);
    let named = RAY.replace("luma.ray-v2:0", "reel");
    assert_eq!(job(&gateway, "/async-invoke", BOB, Some(&named)).await.0, StatusCode::OK);
    let seen = script.seen();
    assert_eq!(seen[0].1.uri(), "https://bedrock-runtime.us-east-1.amazonaws.com/async-invoke");
    let Body::Whole(body) = seen[0].1.body() else { panic!() };
    // Jobs take no profile.
    assert_eq!(body, r#"{"modelId":"amazon.nova-reel-v1:1","modelInput":{"b":1.0,"a":[]}}"#);
}

#[tokio::test]
async fn a_key_for_some_models_starts_jobs_of_these() {
    let script = Script::new([ok(), ok()]);
    let limited = options(|options| {
        with_keys(options);
        options.keys[0].models = vec!["luma.*".to_owned()];
    });
    let gateway = over(script.clone(), limited);
    let other = RAY.replace("luma.ray-v2:0", "amazon.nova-reel-v1:1");
    let (status, body) = job(&gateway, "/async-invoke", ALICE, Some(&other)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{body}");
    let lists = [
        "/async-invoke",
        "/async-invoke/",
        "/async-invoke?maxResults=1",
        // Its ids let whoever has them see the videos.
        "/v1/videos",
        "/v1/videos/",
        "/v1/videos?limit=1",
    ];
    for list in lists {
        assert_eq!(job(&gateway, list, ALICE, None).await.0, StatusCode::FORBIDDEN, "{list}");
    }
    assert_eq!(script.count(), 0);
    assert_eq!(job(&gateway, "/async-invoke", ALICE, Some(RAY)).await.0, StatusCode::OK);
    let arn = "arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aasync-invoke%2Fabcdefghijkl";
    assert_eq!(job(&gateway, &format!("/async-invoke/{arn}"), ALICE, None).await.0, StatusCode::OK);
    let seen = script.seen();
    let Body::Whole(body) = seen[0].1.body() else { panic!() };
    assert_eq!(body, RAY, "an id is passed on as it came");
}

#[tokio::test]
async fn a_clients_own_headers_do_not_go_on_to_bedrock() {
    let script = Script::new([ok()]);
    // With a session token, which is the gateway's own, whatever the client has.
    let client = builder(&script).build().unwrap();
    let gateway = Gateway::new(&client, options(with_keys)).unwrap();
    let key = format!("Bearer {ALICE}");
    let headers = [
        ("x-api-key", ALICE),
        ("authorization", &key),
        ("api-key", ALICE),
        ("cookie", "session=1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("anthropic-version", "2023-06-01"),
        ("user-agent", "agent"),
        ("x-amz-security-token", "token"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("x-amzn-bedrock-trace", "ENABLED"),
    ];
    let (status, _, body) = ask(&gateway, "/model/amazon.nova-lite-v1%3A0/converse", &headers).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let seen = script.seen();
    let sent = seen[0].1.headers();
    let mut names: Vec<&str> = sent.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = [
        "accept",
        "authorization",
        "content-type",
        "host",
        "x-amz-date",
        "x-amz-security-token",
        "x-amzn-bedrock-trace",
    ];
    assert_eq!(names, expected);
    for name in names {
        let values: Vec<_> = sent.get_all(name).iter().collect();
        let own = ["authorization", "x-amz-security-token"].contains(&name);
        let given = headers.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| *value);
        assert!(values.len() == 1 && (!own || values[0] != given), "{name}: {values:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_a_minute_are_counted_for_each_key_and_over_a_reload() {
    let limited = || {
        options(|options| {
            with_keys(options);
            options.keys[0].requests_per_minute = Some(3);
        })
    };
    let gateway = over(Script::default(), limited());
    let alice = [("x-api-key", ALICE)];
    for _ in 0..3 {
        assert!(is_let_in(ask(&gateway, "/v1/models", &alice).await.0));
    }
    gateway.reload(limited()).unwrap();
    let (status, headers, body) = ask(&gateway, "/v1/models", &alice).await;
    assert_eq!(
        (status, &headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &http::HeaderValue::from(20))
    );
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"]["type"], "rate_limit_error");
    assert!(is_let_in(ask(&gateway, "/v1/models", &[("x-api-key", BOB)]).await.0));
    tokio::time::advance(Duration::from_secs(20)).await;
    assert!(is_let_in(ask(&gateway, "/v1/models", &alice).await.0));
    assert!(!is_let_in(ask(&gateway, "/v1/models", &alice).await.0));
}

#[tokio::test]
async fn what_is_over_the_places_is_told_to_come_again() {
    let gateway = Arc::new(gateway(|options| options.max_concurrent = NonZeroUsize::MIN));
    // A body that never comes keeps its place.
    let waiting = Request::post("http://127.0.0.1/v1/chat/completions").header("host", "127.0.0.1");
    let waiting = waiting.body(Body::stream(futures_util::stream::pending(), None)).unwrap();
    let mut waiting = gateway.send(waiting);
    assert!((&mut waiting).now_or_never().is_none());
    let (status, headers, _) = ask(&gateway, "/v1/models", &[]).await;
    assert_eq!(
        (status, &headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &http::HeaderValue::from(1))
    );
    assert_eq!(ask(&gateway, "/healthz", &[]).await.0, StatusCode::OK, "probes need no place");
    drop(waiting);
    assert!(is_let_in(ask(&gateway, "/v1/models", &[]).await.0));
    let (_, _, metrics) = ask(&gateway, "/metrics", &[]).await;
    // The one that went away, and this one.
    assert!(metrics.contains(r#"endpoint="chat_completions",model="",key="",status="499"} 1"#), "{metrics}");
    assert!(metrics.contains("bedwire_requests_in_flight 1\n"), "{metrics}");
}

#[derive(Default)]
struct NoCredentials(Arc<AtomicUsize>);

impl ProvideAuth for NoCredentials {
    fn auth<'a>(&'a self, _: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(Error::new(ErrorKind::Credentials, "no credentials anywhere")) })
    }
}

#[derive(Debug, Default)]
struct Reasons(Mutex<Vec<String>>);

impl AccessLog for Reasons {
    fn ended(&self, _: &AccessEntry<'_>) {}

    fn not_ready(&self, reason: &str) {
        self.0.lock().unwrap().push(reason.to_owned());
    }
}

/// A gateway without credentials, how often they were looked for, and the reasons that its log has.
fn unready(change: impl FnOnce(&mut GatewayOptions)) -> (Gateway, Arc<AtomicUsize>, Arc<Reasons>) {
    let (asked, reasons) = (Arc::new(AtomicUsize::new(0)), Arc::new(Reasons::default()));
    let credentials = NoCredentials(Arc::clone(&asked));
    let client = Client::builder().region("us-west-2").credentials(credentials).transport(Script::default());
    let mut options = options(change);
    options.access_log = Some(Arc::<Reasons>::clone(&reasons));
    (Gateway::new(&client.build().unwrap(), options).unwrap(), asked, reasons)
}

#[tokio::test(start_paused = true)]
async fn readiness_is_whether_there_are_credentials_and_is_not_asked_each_time() {
    let (gateway, asked, reasons) = unready(|_| {});
    for _ in 0..3 {
        let (status, _, body) = ask(&gateway, "/readyz", &[]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("no credentials anywhere"), "{body}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    tokio::time::advance(Duration::from_secs(6)).await;
    ask(&gateway, "/readyz", &[]).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(ask(&gateway, "/healthz", &[]).await.0, StatusCode::OK);
    // The same reason is no news.
    assert_eq!(reasons.0.lock().unwrap().len(), 1);
}

/// A reason has names of roles and files, and what programs wrote.
#[tokio::test]
async fn why_there_are_no_credentials_is_told_to_who_may_ask_alone() {
    let key: [(&str, &str); 1] = [("x-api-key", ALICE)];
    for (has_keys, headers, is_told) in [
        (true, vec![], false),
        (true, vec![("x-api-key", "another")], false),
        (true, key.to_vec(), true),
        (false, vec![("host", "gateway.example")], false),
        (false, vec![], true),
    ] {
        let (gateway, _, reasons) = unready(|options| {
            if has_keys {
                with_keys(options);
            }
        });
        let (status, _, body) = ask(&gateway, "/readyz", &headers).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body.contains("no credentials anywhere"), is_told, "{headers:?}: {body}");
        assert!(is_told || body.contains("the log says why"), "{body}");
        assert!(reasons.0.lock().unwrap()[0].contains("no credentials anywhere"));
    }
}

#[tokio::test]
async fn keys_that_cannot_be_told_apart_are_refused_and_what_was_in_force_stays() {
    let gateway = gateway(with_keys);
    for (name, key) in [("alice", "other"), ("carol", ALICE)] {
        let twins = options(|options| {
            with_keys(options);
            options.keys.push(Key::new(name, KeyHash::of(key.as_bytes())));
        });
        let refused = gateway.reload(twins).unwrap_err();
        assert!(refused.message().contains("alice"), "{refused}");
    }
    assert!(is_let_in(ask(&gateway, "/v1/models", &[("x-api-key", BOB)]).await.0));
}

const PAGE: &str = "http://localhost:3000";

fn allowing(origin: &str) -> impl FnOnce(&mut GatewayOptions) {
    let origin = Origin::new(origin).unwrap();
    move |options| options.allowed_origins = vec![origin]
}

/// Asks as a browser does before a page may send a key.
async fn preflight(gateway: &Gateway, path: &str, origin: &str) -> (StatusCode, http::HeaderMap) {
    let headers = [
        ("origin", origin),
        ("sec-fetch-site", "cross-site"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-stainless-lang"),
        ("access-control-request-private-network", "true"),
    ];
    let answer = send(gateway, Method::OPTIONS, path, &headers, "").await;
    (answer.status, answer.headers)
}

/// A page reads what its browser is told that it may; a browser never sends a key to ask for that.
#[tokio::test]
async fn a_page_that_is_allowed_asks_and_reads() {
    let page = [("origin", PAGE), ("sec-fetch-site", "cross-site")];
    for has_keys in [false, true] {
        let gateway = gateway(|options| {
            allowing(PAGE)(options);
            if has_keys {
                with_keys(options);
            }
        });
        for path in ["/v1/chat/completions", "/v1/messages", "/model/x/converse"] {
            let (status, headers) = preflight(&gateway, path, PAGE).await;
            assert_eq!(status, StatusCode::NO_CONTENT);
            assert_eq!(headers["access-control-allow-origin"], PAGE);
            assert_eq!(
                headers["access-control-allow-headers"],
                "authorization,content-type,x-stainless-lang"
            );
            assert_eq!(headers["access-control-allow-methods"], "GET, POST");
            assert_eq!(headers["access-control-allow-private-network"], "true");
            assert_eq!(headers["vary"], "origin");
        }
        let key = format!("Bearer {ALICE}");
        let (status, headers, _) =
            ask(&gateway, "/v1/models", &[page[0], page[1], ("authorization", &key)]).await;
        assert_eq!(
            (status, &headers["access-control-allow-origin"]),
            (StatusCode::OK, &PAGE.parse().unwrap())
        );
        // A refusal can be read, too.
        let (status, headers, _) = ask(&gateway, "/v1/models", &page).await;
        assert_eq!(status, if has_keys { StatusCode::UNAUTHORIZED } else { StatusCode::OK });
        assert_eq!(headers["access-control-allow-origin"], PAGE);
        assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
        // Other pages are told nothing, and a name that leads here by a trick is no loopback address.
        for other in
            ["https://evil.example", "http://localhost:3001", "null", "http://localhost:3000.evil.example"]
        {
            let (status, headers) = preflight(&gateway, "/v1/messages", other).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{other}");
            assert!(!headers.contains_key("access-control-allow-origin"), "{other}");
            let (status, headers, _) = ask(&gateway, "/v1/models", &[("origin", other)]).await;
            let expected = if has_keys { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
            assert_eq!(status, expected, "{other}");
            assert!(!headers.contains_key("access-control-allow-origin"), "{other}");
        }
        if !has_keys {
            let rebound = [page[0], ("host", "evil.example:8097")];
            assert_eq!(ask(&gateway, "/v1/models", &rebound).await.0, StatusCode::FORBIDDEN);
        }
    }
}

/// By default nobody is, and who is refused is told what to do.
#[tokio::test]
async fn no_page_is_allowed_unless_the_operator_says_so() {
    for has_keys in [false, true] {
        let gateway = gateway(|options| {
            if has_keys {
                with_keys(options);
            }
        });
        let (status, headers) = preflight(&gateway, "/v1/messages", PAGE).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
    let (_, _, body) = ask(&gateway(|_| {}), "/v1/chat/completions", &[("origin", PAGE)]).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"]["code"], "origin_not_allowed");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains(PAGE) && message.contains("--allow-origin"), "{message}");
}

/// A key is nothing that a browser sends by itself. Without one, every page that the owner visits could spend his money.
#[tokio::test]
async fn every_page_is_allowed_with_keys_only() {
    let all = |options: &mut GatewayOptions| allowing("*")(options);
    let refused = Gateway::new(&builder(&Script::default()).build().unwrap(), options(all)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.message().contains("there are no keys"), "{}", refused.message());
    let gateway = gateway(|options| {
        all(options);
        with_keys(options);
    });
    let (status, headers) = preflight(&gateway, "/v1/messages", "https://any.example").await;
    assert_eq!(
        (status, &headers["access-control-allow-origin"]),
        (StatusCode::NO_CONTENT, &"https://any.example".parse().unwrap())
    );
    assert_eq!(
        ask(&gateway, "/v1/models", &[("origin", "https://any.example")]).await.0,
        StatusCode::UNAUTHORIZED
    );
}
