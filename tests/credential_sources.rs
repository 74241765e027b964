//! Each source by itself: what it reads and sends, and what it says where something is wrong.
#![cfg(feature = "client-core")]

mod credential_calls;

use bedwire::client::credentials::{AskMfaCode, ProvideAuth, Provided, Routes, SourceOutcome, Wanted};
use bedwire::client::settings::{CommandOutput, Environment, Overrides, RunCommand, Settings};
use bedwire::client::{Clock, Download};
use bedwire::protocol::auth::{ApiKey, Auth};
use bedwire::protocol::endpoint::Service;
use bedwire::protocol::operation::s3::S3Uri;
use bedwire::protocol::operation::sts::GetCallerIdentity;
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::BoxFuture;
use bedwire::{Client, Error, ErrorKind};
use credential_calls::{Aws, access_key, chain, environment, find, keys};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const CONFIG: &str = "/h/.aws/config";

async fn error(environment: Environment, aws: &Aws) -> String {
    let error = find(environment, None, aws).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    error.to_string()
}

/// With this config file, and nothing else.
async fn config_error(config: &str) -> String {
    error(environment(&[], &[(CONFIG, config)]), &Aws::default()).await
}

#[tokio::test(start_paused = true)]
async fn a_profile_that_is_not_there_lists_those_that_are() {
    let files = [(CONFIG, "[profile a]\n[profile b]\n")];
    let error = find(environment(&[], &files), Some("c"), &Aws::default()).await.unwrap_err();
    assert!(error.to_string().contains("\"c\"") && error.to_string().contains("there are: a, b"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_profile_is_named_by_either_variable() {
    let keys = |name| format!("[profile {name}]\naws_access_key_id={name}\naws_secret_access_key=s\n");
    let files = [(CONFIG, &*(keys("default") + &keys("a") + &keys("b")))];
    let (old, new) = (("AWS_DEFAULT_PROFILE", "a"), ("AWS_PROFILE", "b"));
    for (variables, found) in [(&[old][..], "a"), (&[new], "b"), (&[new, old], "a"), (&[], "default")] {
        let auth = find(environment(variables, &files), None, &Aws::default()).await.unwrap();
        assert_eq!(access_key(&auth), found);
    }
}

#[tokio::test(start_paused = true)]
async fn a_malformed_line_has_its_number() {
    let error = Settings::load(environment(&[], &[(CONFIG, "[default]\n\nregion\n")]), Overrides::default());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("/h/.aws/config is malformed: line 3"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_found_each_place_is_named() {
    let error = error(environment(&[], &[]), &Aws::default()).await;
    for place in [
        "environment: AWS_ACCESS_KEY_ID is not set",
        "role: profile default is not in /h/.aws/config and /h/.aws/credentials",
        "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set",
        "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set",
        "instance metadata: AWS_EC2_METADATA_DISABLED is true",
        "set AWS_ACCESS_KEY_ID",
    ] {
        assert!(error.contains(place), "{place}: {error}");
    }
    let config = config_error("[default]\nregion = us-west-2\n").await;
    for place in [
        "role: profile default has no role_arn",
        "SSO: ",
        "credentials file: ",
        "login: ",
        "process: ",
        "config file: ",
    ] {
        assert!(config.contains(place), "{place}: {config}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_that_has_any_is_taken() {
    let files = [
        ("/h/.aws/credentials", "[default]\naws_access_key_id=SHARED\naws_secret_access_key=s\n"),
        (CONFIG, "[default]\naws_access_key_id=CONFIG\naws_secret_access_key=s\ncredential_process=x\n"),
    ];
    let keys = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let found = |variables: &[(&'static str, &'static str)], profile: Option<&'static str>| {
        let environment = environment(variables, &files);
        async move { access_key(&find(environment, profile, &Aws::default()).await.unwrap()).to_owned() }
    };
    assert_eq!(found(&keys, None).await, "ENV");
    assert_eq!(found(&keys, Some("default")).await, "SHARED");
    assert_eq!(found(&[], None).await, "SHARED");
    let only_config =
        environment(&[], &[(CONFIG, "[default]\naws_access_key_id=CONFIG\naws_secret_access_key=s\n")]);
    assert_eq!(access_key(&find(only_config, None, &Aws::default()).await.unwrap()), "CONFIG");
}

/// What does not count is not looked at: half a pair in the environment is nobody's mistake where a profile was named.
#[tokio::test(start_paused = true)]
async fn a_profile_that_was_named_by_hand_does_without_the_environment() {
    let files = [(CONFIG, "[profile work]\naws_access_key_id=WORK\naws_secret_access_key=s\n")];
    for value in ["AKIDENV", "a\nb", "ü"] {
        let environment = || environment(&[("AWS_ACCESS_KEY_ID", value)], &files);
        let written = |profile: Option<&str>| {
            let overrides = Overrides { profile: profile.map(str::to_owned), ..Overrides::default() };
            Settings::load(environment(), overrides).unwrap().key_pair()
        };
        assert_eq!(access_key(&find(environment(), Some("work"), &Aws::default()).await.unwrap()), "WORK");
        let (source, pair) = written(Some("work")).unwrap().unwrap();
        assert_eq!((source, pair.access_key_id()), ("config file", "WORK"));
        assert_eq!(written(None).unwrap_err().kind(), ErrorKind::Credentials);
    }
}

/// A line end around a value is none of it: what fills variables from files leaves one.
#[tokio::test(start_paused = true)]
async fn a_key_that_no_header_can_carry_is_named_where_it_stands() {
    let variables = [
        ("AWS_ACCESS_KEY_ID", " AKIA\n"),
        ("AWS_SECRET_ACCESS_KEY", "s\r\n"),
        ("AWS_SESSION_TOKEN", "t\n"),
        ("AWS_BEARER_TOKEN_BEDROCK", "k\n"),
    ];
    find(environment(&variables, &[]), None, &Aws::default()).await.unwrap();
    for (at, (name, _)) in variables.iter().enumerate() {
        for (value, what) in [
            ("HIDDEN\nHIDDEN", "a line end"),
            ("HIDDEN\u{7f}HIDDEN", "the control character U+007F"),
            ("HIDDENü", "no ASCII"),
        ] {
            let mut variables = variables;
            variables[at].1 = value;
            let chain = chain(environment(&variables, &[]), None, &Aws::default()).unwrap();
            // A bucket takes no API key, and Bedrock takes it first.
            let service = if name.contains("BEARER") { Service::Bedrock } else { Service::S3 };
            let error = chain.auth(Wanted::new(&service)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
            let error = error.to_string();
            assert!(error.contains(&format!("the variable {name} has ")) && error.contains(what), "{error}");
            assert!(!error.contains("HIDDEN"), "{error}");
        }
    }
    for property in ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"] {
        let profile = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
            .map(|name| if name == property { format!("{name}=a\u{1}b\n") } else { format!("{name}=ab\n") });
        let error = config_error(&format!("[default]\n{}", profile.concat())).await;
        let place =
            format!("{property} of profile default in /h/.aws/config has the control character U+0001");
        assert!(error.contains(&place), "{error}");
    }
    // What a program gives has no place with a name.
    let client = Client::builder().region("us-west-2").transport(Aws::default());
    let client = client.auth(aws_credential_types::Credentials::new("AK\nIA", "s", None, None, "test"));
    let error = client.build().unwrap().invoke_model("x.y:1", "{}").await.unwrap_err().to_string();
    assert!(error.contains("the access key id contains characters that no header can carry"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_api_key_opens_bedrock_and_nothing_else() {
    let variables = [
        ("AWS_BEARER_TOKEN_BEDROCK", " the-key\n"),
        ("AWS_ACCESS_KEY_ID", "ENV"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
    ];
    let aws = Aws::default();
    let chain = chain(environment(&variables, &[]), None, &aws).unwrap();
    for (service, bearer) in [
        (Service::BedrockRuntime, true),
        (Service::Bedrock, true),
        (Service::S3, false),
        (Service::Sts, false),
    ] {
        let auth = chain.auth(Wanted::new(&service)).await.unwrap();
        assert_eq!(matches!(auth, Auth::Bearer(_)), bearer, "{service:?}");
    }
    // A profile that was named by hand comes before it.
    let files = [("/h/.aws/credentials", "[p]\naws_access_key_id=P\naws_secret_access_key=s\n")];
    let chain = credential_calls::chain(environment(&variables, &files), Some("p"), &aws).unwrap();
    assert_eq!(access_key(&chain.auth(Wanted::new(&Service::Bedrock)).await.unwrap()), "P");
    // Nothing but white space is no key.
    let chain =
        credential_calls::chain(environment(&[("AWS_BEARER_TOKEN_BEDROCK", " \t")], &files), None, &aws);
    assert!(chain.unwrap().auth(Wanted::new(&Service::Bedrock)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_api_key_that_is_all_there_is_goes_to_no_other_service() {
    let folder = tempfile::tempdir().unwrap();
    let aws = Aws::default();
    let client = Client::builder().region("us-west-2").auth(Auth::Bearer(ApiKey::new("the-key")));
    let client = client.transport(aws.clone()).build().unwrap();
    let to = Download::to(folder.path().join("out.mp4")).unwrap();
    let object = S3Uri::new("s3://demo/out/output.mp4").unwrap();
    let of_s3 = client.download(&object, &to, |_| ()).await.unwrap_err();
    let of_sts = client.call(&GetCallerIdentity).await.unwrap_err();
    for (service, error) in [("s3", of_s3), ("sts", of_sts)] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let said = format!("an API key opens Bedrock, but not {service}");
        assert!(error.to_string().contains(&said), "{error}");
    }
    assert!(aws.sent().is_empty(), "{:?}", aws.uris());
}

#[tokio::test(start_paused = true)]
async fn an_api_key_stays_off_plain_http() {
    let client = |url: &str| {
        Client::builder()
            .region("us-west-2")
            .api_key("the-key")
            .endpoint_url(None, url)
            .transport(Aws::default())
    };
    for (url, goes) in [
        ("https://proxy.example", true),
        ("http://127.0.0.1:8080", true),
        ("http://localhost:8080", true),
        ("http://[::1]:8080", true),
        ("http://proxy.example", false),
        ("http://localhost.example", false),
        ("http://10.0.0.1", false),
    ] {
        let client = client(url).build().unwrap();
        let sent = client.invoke_model("m", "{}").await;
        assert_eq!(sent.is_ok(), goes, "{url}: {sent:?}");
        if let Err(error) = sent {
            assert!(error.to_string().contains("may not go over plain HTTP"), "{error}");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }
    let both =
        client("https://x.example").auth(aws_credential_types::Credentials::new("A", "s", None, None, "t"));
    assert!(both.build().unwrap_err().to_string().contains("an API key and credentials"));
}

#[tokio::test(start_paused = true)]
async fn a_role_takes_all_that_its_profile_says() {
    struct Ask(Arc<Mutex<Vec<String>>>);
    impl AskMfaCode for Ask {
        fn code<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Result<String, Error>> {
            self.0.lock().unwrap().push(serial.to_owned());
            Box::pin(async { Ok("123456".to_owned()) })
        }
    }
    let config = "[default]\nrole_arn=arn:aws:iam::1:role/R\nsource_profile=default\naws_access_key_id=A\n\
                  aws_secret_access_key=s\nexternal_id=e/1\nrole_session_name=me\nduration_seconds=900\n\
                  mfa_serial=arn:aws:iam::1:mfa/me\n";
    let aws = Aws::default();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let unasked = || chain(environment(&[], &[(CONFIG, config)]), None, &aws).unwrap();
    let chain = unasked().ask_mfa(Ask(Arc::clone(&asked)));
    assert_eq!(access_key(&chain.auth(Wanted::new(&Service::S3)).await.unwrap()), "ASIAR");
    let sent = &aws.sent()[0];
    assert_eq!(sent.access_key(), Some("A"));
    assert_eq!(
        sent.body,
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2FR&RoleSessionName=me\
         &ExternalId=e%2F1&DurationSeconds=900&SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fme&TokenCode=123456"
    );
    assert_eq!(*asked.lock().unwrap(), ["arn:aws:iam::1:mfa/me"]);
    // What an inspection found is what is signed with then.
    let chain = unasked().ask_mfa(Ask(Arc::clone(&asked)));
    let inspection = chain.inspect().await;
    assert_eq!(access_key(&inspection.found.unwrap()), "ASIAR");
    chain.auth(Wanted::new(&Service::S3)).await.unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    // Without anybody to ask.
    let error = config_error(config).await;
    assert!(error.contains("needs a code of the MFA device arn:aws:iam::1:mfa/me"), "{error}");
    let error = config_error(&config.replace("=900", "=5")).await;
    assert!(error.contains("duration_seconds = 5; it takes a number from 900 to 43200"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_role_loop_says_so() {
    let role = |name: &str, source: &str| {
        format!("[profile {name}]\nrole_arn=arn:aws:iam::1:role/{name}\nsource_profile={source}\n")
    };
    for (config, circle) in
        [(role("a", "b") + &role("b", "c") + &role("c", "b"), "a → b → c → b"), (role("a", "a"), "a → a")]
    {
        let environment = environment(&[("AWS_PROFILE", "a")], &[(CONFIG, &config)]);
        let error = error(environment, &Aws::default()).await;
        assert!(error.contains(&format!("go in a circle: {circle};")), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_sts_refuses_is_named() {
    let config = "[default]\nrole_arn=arn:aws:iam::1:role/R\ncredential_source=Environment\n";
    let aws = Aws::scripted([(
        403,
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>",
    )]);
    let variables = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_PROFILE", "default")];
    // The keys in the environment come first, unless the profile was named by hand.
    let error = find(environment(&variables, &[(CONFIG, config)]), Some("default"), &aws).await.unwrap_err();
    assert!(
        error.to_string().contains("profile default did not get its role arn:aws:iam::1:role/R"),
        "{error}"
    );
    assert!(error.to_string().contains("AccessDenied (403): not you"), "{error}");
    let aws = Aws::scripted([(200, "<html><body>Welcome</body></html>")]);
    let error = find(environment(&variables, &[(CONFIG, config)]), Some("default"), &aws).await.unwrap_err();
    assert!(error.to_string().contains("<html> has no <AssumeRoleResult>"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Credentials);
}

#[tokio::test(start_paused = true)]
async fn a_web_identity_token_is_read_anew() {
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/Pod"),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ];
    let aws = Aws::default();
    let auth = find(environment(&variables, &[("/var/token", "tok\n")]), None, &aws).await.unwrap();
    assert_eq!(access_key(&auth), "ASIAPod");
    let sent = &aws.sent()[0];
    assert_eq!((sent.header("authorization"), sent.parameters()["WebIdentityToken"].as_str()), (None, "tok"));
    assert_eq!(sent.uri, "https://sts.us-west-2.amazonaws.com/");
    let gone = error(environment(&variables, &[]), &aws).await;
    assert!(gone.contains("the web identity token file /var/token cannot be read"), "{gone}");
    let empty = error(environment(&variables, &[("/var/token", " \n")]), &aws).await;
    assert!(empty.contains("/var/token holds no token"), "{empty}");
}

#[tokio::test(start_paused = true)]
async fn an_identity_provider_that_did_not_answer_sts_is_asked_again() {
    let variables =
        [("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/Pod")];
    let search = |aws: Aws| async move {
        let found = find(environment(&variables, &[("/var/token", "tok")]), None, &aws).await;
        (found, aws.sent().len())
    };
    let down = "<ErrorResponse><Error><Type>Sender</Type><Code>IDPCommunicationError</Code>\
                <Message>idp down</Message></Error></ErrorResponse>";
    let (found, asked) = search(Aws::scripted([(400, down)])).await;
    assert_eq!((access_key(&found.unwrap()), asked), ("ASIAPod", 2));
    let (found, asked) = search(Aws::scripted([(400, down); 9])).await;
    let error = found.unwrap_err();
    assert_eq!((error.kind(), asked), (ErrorKind::Network, 3), "{error}");
    // What the provider said to it is no such thing.
    let rejected = down.replace("IDPCommunicationError", "IDPRejectedClaim");
    let (found, asked) = search(Aws::scripted([(400, rejected.as_str())])).await;
    assert_eq!((found.unwrap_err().kind(), asked), (ErrorKind::Credentials, 1));
}

/// sha1("dev")
const DEV: &str = "/h/.aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";
const SSO: &str = "[default]\nsso_session=dev\nsso_account_id=1\nsso_role_name=R\n\
                   [sso-session dev]\nsso_region=eu-west-1\nsso_start_url=https://x\n";

fn sso_token(expires: &str, registration: &str) -> String {
    format!(
        r#"{{"accessToken":"old-token","expiresAt":"{expires}","clientId":"c","clientSecret":"cs","refreshToken":"r","registrationExpiresAt":"{registration}"}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn an_sso_token_is_refreshed_at_its_end_and_no_earlier() {
    let bearer = |aws: &Aws| aws.sent().last().unwrap().header("x-amz-sso_bearer_token").unwrap().to_owned();
    // It lives for an hour, or for long enough to be used.
    for end in ["2026-01-02T04:04:05Z", "2026-01-02T03:14:05Z", "2026-01-02T03:09:05Z"] {
        let token = sso_token(end, "2026-02-01T00:00:00Z");
        let aws = Aws::default();
        find(environment(&[], &[(CONFIG, SSO), (DEV, &token)]), None, &aws).await.unwrap();
        assert_eq!((aws.sent().len(), bearer(&aws).as_str()), (1, "old-token"), "{end}");
    }
    // For half a minute: refreshed.
    let token = sso_token("2026-01-02T03:04:35UTC", "2026-02-01T00:00:00Z");
    let aws = Aws::default();
    let chain_of = |aws: &Aws| chain(environment(&[], &[(CONFIG, SSO), (DEV, &token)]), None, aws).unwrap();
    let chain = chain_of(&aws);
    let first = chain.auth(Wanted::new(&Service::S3)).await.unwrap();
    assert_eq!(aws.uris()[0], "https://oidc.eu-west-1.amazonaws.com/token");
    assert_eq!(
        aws.sent()[0].body,
        r#"{"grantType":"refresh_token","clientId":"c","clientSecret":"cs","refreshToken":"r"}"#
    );
    assert_eq!((aws.sent()[0].header("authorization"), bearer(&aws).as_str()), (None, "fresh-token"));
    // The fresh one is kept.
    chain.auth(Wanted::new(&Service::S3).instead_of(Some(&first))).await.unwrap();
    assert_eq!((aws.sent().len(), bearer(&aws).as_str()), (3, "fresh-token"));
    // A refresh that is refused leaves what is still valid.
    let aws = Aws::scripted([(400, r#"{"error":"invalid_grant"}"#)]);
    chain_of(&aws).auth(Wanted::new(&Service::S3)).await.unwrap();
    assert_eq!(bearer(&aws), "old-token");
}

#[tokio::test(start_paused = true)]
async fn a_refreshed_sso_token_goes_into_its_file_with_all_else_as_it_was() {
    let token = |access: &str, refresh: &str, end: &str| {
        format!(
            r#"{{"startUrl":"https://x","accessToken":"{access}","expiresAt":"{end}","clientId":"c","clientSecret":"cs","registrationExpiresAt":"2026-02-01T00:00:00Z","refreshToken":"{refresh}","of":[ 1.0 ]}}"#
        )
    };
    let ending = token("old-token", "r", "2026-01-02T03:04:35Z");
    let environment = environment(&[], &[(CONFIG, SSO), (DEV, &ending)]);
    let fresh = r#"{"accessToken":"fresh-token","expiresIn":3600,"refreshToken":"r2"}"#;
    find(environment.clone(), None, &Aws::scripted([(200, fresh)])).await.unwrap();
    let written = String::from_utf8(environment.read(DEV.as_ref()).unwrap()).unwrap();
    assert_eq!(written, token("fresh-token", "r2", "2026-01-02T04:04:05Z"));
    // Another process needs no other.
    let aws = Aws::default();
    find(environment.clone(), None, &aws).await.unwrap();
    assert_eq!(aws.sent()[0].header("x-amz-sso_bearer_token"), Some("fresh-token"));
    // A date is written as all write it, whatever the clock has behind the second.
    let later = || credential_calls::now() + Duration::from_millis(3_590_999);
    let chain = chain(environment.clone(), None, &Aws::scripted([(200, fresh)])).unwrap();
    chain.clock(Clock::given(later)).auth(Wanted::new(&Service::S3)).await.unwrap();
    let written = String::from_utf8(environment.read(DEV.as_ref()).unwrap()).unwrap();
    assert_eq!(written, token("fresh-token", "r2", "2026-01-02T05:03:55Z"));
}

/// Programs that are started together: one has spent the refresh token, and has no answer yet.
#[tokio::test(start_paused = true)]
async fn an_sso_token_that_another_program_is_refreshing_is_waited_for() {
    let expired = sso_token("2026-01-02T03:00:00Z", "2026-02-01T00:00:00Z");
    let environment = environment(&[], &[(CONFIG, SSO), (DEV, &expired)]);
    let first = Aws::default().that_takes(Duration::from_millis(900));
    let second = Aws::scripted([(400, r#"{"error":"invalid_grant"}"#)]);
    let begin = Instant::now();
    let (_, found) = tokio::join!(find(environment.clone(), None, &first), async {
        let found = find(environment.clone(), None, &second).await;
        (found, begin.elapsed())
    });
    assert_eq!(access_key(&found.0.unwrap()), "ASIASSO");
    assert!(found.1 < Duration::from_millis(1100), "{:?}", found.1);
    let asked = second.sent();
    assert_eq!((asked.len(), asked[1].header("x-amz-sso_bearer_token")), (2, Some("fresh-token")));
}

/// Sources that a service stands behind, each asked three times: a variable, and the config file.
const SERVED: [(&str, &str); 4] = [
    (
        "",
        "[default]\nrole_arn=arn:aws:iam::1:role/R\nsource_profile=k\n\
         [profile k]\naws_access_key_id=A\naws_secret_access_key=s\n",
    ),
    ("", "[default]\nrole_arn=arn:aws:iam::1:role/R\nweb_identity_token_file=/var/token\n"),
    ("", SSO),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""),
];

#[tokio::test(start_paused = true)]
async fn a_service_that_is_out_of_order_says_nothing_about_the_credentials() {
    use ErrorKind::{Credentials, Network, Throttled, Timeout};
    let throttled = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    for (variable, config) in SERVED {
        let valid = sso_token("2026-01-02T04:04:05Z", "2026-02-01T00:00:00Z");
        let files = [(CONFIG, config), (DEV, &*valid), ("/var/token", "a.b.c")];
        let environment = || environment(&[(variable, "http://127.0.0.1:1/c")], &files);
        let (connect, timeout) = (WireFailure::Connect, WireFailure::Timeout);
        for (aws, kind, status, asked) in [
            (Aws::failing([connect; 9]), Network, None, 3),
            (Aws::failing([timeout; 9]), Timeout, None, 3),
            (Aws::scripted([(500, "no"); 9]), Network, Some(500), 3),
            (Aws::scripted([(429, throttled); 9]), Throttled, Some(429), 3),
            (Aws::scripted([(403, "{}"); 9]), Credentials, None, 1),
        ] {
            let error = find(environment(), None, &aws).await.unwrap_err();
            assert_eq!((error.kind(), error.status(), aws.sent().len()), (kind, status, asked), "{error}");
            assert_eq!(error.is_retryable(), kind != Credentials);
            // The answer is none to the call that wanted credentials.
            assert!(error.service_error().is_none());
            if variable.is_empty() {
                assert_eq!(error.attempts().len(), asked, "{error}");
                let hint = error.hint().unwrap_or_default();
                assert_eq!(hint.starts_with("given up after 3 attempts"), kind != Credentials, "{error}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_sso_token_that_cannot_be_refreshed_for_now_needs_no_new_sign_in() {
    let expired = sso_token("2026-01-02T03:00:00Z", "2026-02-01T00:00:00Z");
    let refresh = async |aws: Aws| {
        find(environment(&[], &[(CONFIG, SSO), (DEV, &expired)]), None, &aws).await.unwrap_err()
    };
    let error = refresh(Aws::failing([WireFailure::Connect; 9])).await;
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Network, 3), "{error}");
    assert!(error.to_string().contains("has expired, and it could not be refreshed"), "{error}");
    assert!(!error.to_string().contains("aws sso login"), "{error}");
    let error = refresh(Aws::scripted([(400, r#"{"error":"invalid_grant"}"#)])).await;
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
    assert!(error.to_string().contains("aws sso login"), "{error}");
    assert!(error.to_string().contains("its refresh token may be spent"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_sso_is_named() {
    let cases = [
        (
            sso_token("2026-01-02T03:00:00Z", "2026-01-01T00:00:00Z"),
            "has expired (sign in again: aws sso login --profile default)",
        ),
        ("{\"accessToken\":\"SECRET\"}".to_owned(), "is of no use: it has no expiresAt"),
        ("SECRET".to_owned(), "is of no use: it is no JSON object (line 1"),
        (sso_token("SECRET", "2026-01-01T00:00:00Z"), "its expiresAt is no date"),
    ];
    for (token, expected) in &cases {
        let error = error(environment(&[], &[(CONFIG, SSO), (DEV, token)]), &Aws::default()).await;
        assert!(error.contains(expected) && !error.contains("SECRET"), "{expected}: {error}");
    }
    let refused = Aws::scripted([(
        401,
        r#"{"__type":"UnauthorizedException","message":"Session token not found or invalid"}"#,
    )]);
    let token = sso_token("2026-01-02T04:04:05Z", "2026-02-01T00:00:00Z");
    let error = error(environment(&[], &[(CONFIG, SSO), (DEV, &token)]), &refused).await;
    assert!(error.contains("UnauthorizedException (401)") && error.contains("aws sso login"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_login_is_read_and_never_refreshed() {
    let config = "[default]\nlogin_session=arn:aws:iam::1:user/me\n";
    let file = |expires: &str| {
        format!(
            r#"{{"accessToken":{{"accessKeyId":"ASIALOGIN","secretAccessKey":"s","sessionToken":"t","accountId":"1","expiresAt":"{expires}"}},"refreshToken":"r"}}"#
        )
    };
    let login = |expires: &str| {
        let file = file(expires);
        let path = format!("/cache/{LOGIN_SHA256}.json");
        environment(&[("AWS_LOGIN_CACHE_DIRECTORY", "/cache")], &[(CONFIG, config), (&path, &file)])
    };
    let aws = Aws::default();
    let auth = find(login("2026-01-02T03:14:05Z"), None, &aws).await.unwrap();
    assert_eq!((access_key(&auth), aws.sent().len()), ("ASIALOGIN", 0));
    let expired = error(login("2026-01-02T03:00:00Z"), &aws).await;
    assert!(expired.contains("have expired") && expired.contains("aws login --profile default"), "{expired}");
    let gone = config_error(config).await;
    assert!(gone.contains(&format!("/h/.aws/login/cache/{LOGIN_SHA256}.json cannot be read")), "{gone}");
}

/// printf arn:aws:iam::1:user/me | sha256sum
const LOGIN_SHA256: &str = "da19974a351c10e6ddab0fe8d7b1fb3a289211121e24f211c7eb19ed08e30e3a";

/// Commands that do what a test says.
struct Command(Result<(Option<&'static str>, &'static str, &'static str), io::ErrorKind>);

impl RunCommand for Command {
    fn run(&self, _command: &str, _limit: Duration) -> BoxFuture<'_, io::Result<CommandOutput>> {
        let result = self.0.map_err(io::Error::from).map(|(failure, stdout, stderr)| CommandOutput {
            failure: failure.map(str::to_owned),
            stdout: stdout.as_bytes().to_vec().into(),
            stderr: stderr.to_owned(),
        });
        Box::pin(async { result })
    }
}

/// What ends is no date, and a token is no string.
const NUMERIC_END: &str =
    r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","Expiration":1767323045}"#;
const EMPTY_END: &str =
    r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","Expiration":""}"#;
const LISTED_TOKEN: &str =
    r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":["SECRET"]}"#;

#[tokio::test(start_paused = true)]
async fn a_process_prints_credentials() {
    let config = "[default]\ncredential_process = get --password=SECRET\n";
    let run = |command| environment(&[], &[(CONFIG, config)]).with_commands(command);
    let printed = r#"{"Version":1,"AccessKeyId":"ASIAPROCESS","SecretAccessKey":"s","SessionToken":"t"}"#;
    let auth = find(run(Command(Ok((None, printed, "noise")))), None, &Aws::default()).await.unwrap();
    assert_eq!(access_key(&auth), "ASIAPROCESS");
    // Keys that are permanent may say so.
    let permanent =
        r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":null,"Expiration":null}"#;
    let auth = find(run(Command(Ok((None, permanent, "")))), None, &Aws::default()).await.unwrap();
    assert_eq!((access_key(&auth), auth.expiry()), ("A", None));
    for (command, expected) in [
        (Command(Err(io::ErrorKind::TimedOut)), "did not end within 60 s"),
        (Command(Err(io::ErrorKind::NotFound)), "there is no shell here"),
        (
            Command(Ok((Some("exit status: 2"), "SECRET", "log\n in  first"))),
            "failed with exit status: 2: log in first",
        ),
        (Command(Ok((None, "SECRET, no JSON", ""))), "printed what is of no use: it is no JSON object"),
        (Command(Ok((None, "", ""))), "printed what is of no use: it is empty"),
        (Command(Ok((None, "{\"Version\":2}", ""))), "its Version is 2"),
        // Temporary keys would be kept for good, or sign without their token.
        (Command(Ok((None, NUMERIC_END, ""))), "its Expiration is no date"),
        (Command(Ok((None, EMPTY_END, ""))), "its Expiration is no date"),
        (Command(Ok((None, LISTED_TOKEN, ""))), "its SessionToken is no string"),
    ] {
        let error = error(run(command), &Aws::default()).await;
        assert!(error.contains("the credential_process of profile default"), "{error}");
        assert!(error.contains(expected) && !error.contains("SECRET"), "{expected}: {error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_process_that_hangs_is_stopped() {
    let shell = Environment::given([], []).with_shell();
    let started = std::time::Instant::now();
    let hangs = shell.run("sleep 30", Duration::from_millis(50)).await;
    assert_eq!(hangs.err().map(|e| e.kind()), Some(io::ErrorKind::TimedOut));
    // A grandchild that keeps the pipe open is not waited for.
    let output = shell.run("sleep 30 & echo done", Duration::from_secs(10)).await.unwrap();
    assert_eq!(output.failure, None);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let output = shell.run("echo out; echo err >&2; exit 3", Duration::from_secs(10)).await.unwrap();
    assert_eq!((output.stdout.as_slice(), output.stderr.trim()), (&b"out\n"[..], "err"));
    assert_eq!(output.failure.as_deref(), Some("exit status: 3"));
}

#[tokio::test(start_paused = true)]
async fn a_container_url_must_be_one_that_is_allowed() {
    for host in [
        "http://evil.example/",
        "http://169.254.170.3/",
        "http://[fd00:ec2::24]/",
        "http://localhost.example/",
    ] {
        let error =
            error(environment(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", host)], &[]), &Aws::default()).await;
        assert!(error.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI names the host"), "{error}");
        assert!(error.contains("not allowed"), "{error}");
    }
    for path in ["@evil.example/x", ".evil.example/", "x"] {
        let variables = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", path)];
        let aws = Aws::default();
        let error = error(environment(&variables, &[]), &aws).await;
        assert!(
            error.contains("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is") && aws.sent().is_empty(),
            "{error}"
        );
    }
    let aws = Aws::default();
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.1.2.3:80/x")];
    find(environment(&variables, &[]), None, &aws).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_container_is_asked_three_times_with_the_token_of_the_file() {
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of the variable"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/var/token"),
    ];
    let files = [("/var/token", "of the file\n")];
    let aws = Aws::failing([WireFailure::Connect, WireFailure::Timeout]);
    let started = Instant::now();
    let auth = find(environment(&variables, &files), None, &aws).await.unwrap();
    assert_eq!((access_key(&auth), aws.sent().len()), ("ASIACONTAINER", 3));
    assert_eq!(started.elapsed(), Duration::from_secs(2));
    assert_eq!(aws.sent()[0].header("authorization"), Some("of the file"));
    let aws = Aws::failing([WireFailure::Connect; 3]);
    let silent = find(environment(&variables, &files), None, &aws).await.unwrap_err().to_string();
    assert!(
        silent.contains("the container endpoint http://169.254.170.23/v1/credentials gave no"),
        "{silent}"
    );
    for (answer, expected) in [
        ((200, "<html>"), "it is HTML"),
        (
            (403, r#"{"code":"AccessDeniedException","message":"no"}"#),
            "403 Forbidden: it says AccessDeniedException: no",
        ),
        ((200, r#"{"AccessKeyId":"A"}"#), "it has no Expiration"),
    ] {
        let aws = Aws::scripted([answer]);
        let error = error(environment(&variables, &files), &aws).await;
        assert!(error.contains(expected) && aws.sent().len() == 1, "{expected}: {error}");
    }
    let gone = error(environment(&variables, &[]), &Aws::default()).await;
    assert!(
        gone.contains("the file /var/token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read"),
        "{gone}"
    );
    let lines = error(environment(&variables, &[("/var/token", "a\r\nb: c")]), &Aws::default()).await;
    assert!(lines.contains("more than one line"), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_answers_anything_else_is_named() {
    let environment = || Environment::given([("HOME", "/h")], []);
    for (steps, expected) in [
        (vec![(200, "<html>login</html>")], "where a session token should be, there is HTML"),
        (vec![(200, "")], "where a session token should be, there is nothing"),
        (vec![(400, "")], "it answers 400 Bad Request to the question for a session token"),
        (vec![(403, "")], "gives no session token (403 Forbidden)"),
        (vec![(200, "tok"), (200, "<html>")], "where the name of a role should be, there is HTML"),
        (vec![(200, "tok"), (200, "../../etc")], "there is something else"),
        (vec![(200, "tok"), (200, "r"), (200, "<html>")], "for the role r, it is HTML"),
        (
            vec![
                (200, "tok"),
                (200, "r"),
                (200, r#"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot"}"#),
            ],
            "for the role r, it says AssumeRoleUnauthorizedAccess: EC2 cannot",
        ),
    ] {
        let error = error(environment(), &Aws::scripted(steps)).await;
        assert!(error.contains("instance metadata: ") && error.contains(expected), "{expected}: {error}");
        assert!(error.contains("environment: AWS_ACCESS_KEY_ID is not set"), "{error}");
    }
    let silent = error(environment(), &Aws::failing([WireFailure::Connect])).await;
    assert!(silent.contains("http://169.254.169.254 does not answer"), "{silent}");
}

#[tokio::test(start_paused = true)]
async fn an_instance_may_go_on_with_what_has_expired() {
    let expired = keys("ASIAOLD").replace("04:04:05", "03:00:00");
    let steps = [(200, "tok"), (200, "r"), (200, expired.as_str())];
    let auth = find(Environment::given([], []), None, &Aws::scripted(steps)).await.unwrap();
    let Auth::SigV4(credentials) = auth else { panic!() };
    assert!(credentials.expiry().unwrap() > credential_calls::now());
}

#[tokio::test(start_paused = true)]
async fn each_source_says_what_it_has() {
    let aws = Aws::default();
    let files = [("/h/.aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=s\n")];
    let reports = chain(environment(&[], &files), None, &aws).unwrap().inspect().await.reports;
    let said: Vec<(&str, &str)> = reports
        .iter()
        .map(|report| {
            let outcome = match &report.outcome {
                SourceOutcome::Used(_) => "used",
                SourceOutcome::Empty(_) => "empty",
                SourceOutcome::Failed(_) => "failed",
                _ => "not asked",
            };
            (report.source, outcome)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("API key", "empty"),
            ("environment", "empty"),
            ("role", "empty"),
            ("web identity", "empty"),
            ("SSO", "empty"),
            ("credentials file", "used"),
            ("login", "not asked"),
            ("process", "not asked"),
            ("config file", "not asked"),
            ("container", "not asked"),
            ("instance metadata", "not asked"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_gives_credentials_to_the_sdk_gives_them_here() {
    let provider = aws_credential_types::Credentials::new("AKIDSDK", "s", None, None, "sdk");
    let provided = Provided::new(provider);
    let aws = Aws::default();
    let client =
        Client::builder().region("us-west-2").credentials(provided).transport(aws.clone()).build().unwrap();
    client.invoke_model("m", "{}").await.unwrap();
    assert_eq!(aws.sent()[0].access_key(), Some("AKIDSDK"));
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_has_no_secret() {
    let variables = [("AWS_BEARER_TOKEN_BEDROCK", "SECRET")];
    let files = [("/h/.aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=SECRET\n")];
    let settings = Settings::load(environment(&variables, &files), Overrides::default()).unwrap();
    let chain = settings.credentials(Routes::over(Aws::default()));
    let shown = format!("{settings:?} {chain:?} {:?}", chain.inspect().await);
    assert!(!shown.contains("SECRET"), "{shown}");
}
