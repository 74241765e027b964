//! The gateway's file: what it may say, and where a bad one is wrong.
#![cfg(feature = "gateway")]

use bedwire::gateway::config::{Config, LogForm, Problem, Surroundings};
use bedwire::gateway::{KeyHash, Origin};
use bedwire::protocol::model::Table;
use bedwire::{Error, ErrorKind};
use std::time::Duration;

fn read(text: &str) -> Result<Config, Problem> {
    let variable = |name: &str| match name {
        "BOB_KEY" => Ok(Some(" bobs-key-which-is-long\n".to_owned())),
        "SHORT" => Ok(Some(" 0123456789abcde\n".to_owned())),
        "EMPTY" => Ok(Some(" ".to_owned())),
        "BYTES" => Err(Error::new(ErrorKind::InvalidInput, "the variable BYTES is no UTF-8 text")),
        _ => Ok(None),
    };
    let surroundings = Surroundings {
        region: "us-west-2",
        names: Table::embedded(),
        aliases: &["from-options"],
        variable: &variable,
    };
    Config::read(text, &surroundings)
}

const WHOLE: &str = r#"
listen = "127.0.0.1:0"
any_model = false
max_tokens = 8192
throttled_for = 2.5
drop_unsupported = true
allowed_origins = ["https://chat.example", "*"]
heartbeat = 10
log = "json"

[models]
"gpt-4o" = "claude-sonnet-4"
"gpt-4" = "fast"
fast = ["amazon.nova-lite-v1:0", { region = "us-east-1", model = "us.amazon.nova-lite-v1:0" }]
"arn" = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"
"*" = { model = "amazon.nova-micro-v1:0", region = "eu-west-1", max_tokens = 100 }
[models.slow]
max_tokens = 64000
routes = ["claude-opus-4"]

[keys.alice]
sha256 = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
models = ["gpt-*"]
requests_per_minute = 60
tokens_per_minute = 100_000
[keys.bob]
variable = "BOB_KEY"

[limits]
concurrent = 7
connections = 8
body_bytes = 1_000_000
headers = 50
header_bytes = 16384
read_timeout = 5
idle_timeout = 6
write_timeout = 7
shutdown_grace = 0

[videos]
s3_uri = "s3://my-bucket/videos"

[images]
hosts = ["example.com"]
max_bytes = 1000
timeout = 3
"#;

#[test]
fn a_whole_file_is_read() {
    let config = read(WHOLE).unwrap();
    let options = &config.options;
    assert_eq!(config.listen, Some("127.0.0.1:0".parse().unwrap()));
    assert_eq!(config.log, LogForm::Json);
    assert!(!options.any_model && options.drop_unsupported);
    assert_eq!(
        options.allowed_origins,
        ["https://chat.example", "*"].map(|origin| Origin::new(origin).unwrap())
    );
    assert_eq!((options.max_tokens, options.throttled_for), (8192, Duration::from_millis(2500)));

    let routes = |name: &str| -> Vec<(String, String)> {
        let alias = options.models.iter().find(|alias| alias.name == name).unwrap();
        alias.routes.iter().map(|route| (route.region.clone(), route.model_id.to_string())).collect()
    };
    let pair = |region: &str, model: &str| (region.to_owned(), model.to_owned());
    assert_eq!(routes("gpt-4o"), [pair("us-west-2", "claude-sonnet-4")]);
    let fast = [pair("us-west-2", "amazon.nova-lite-v1:0"), pair("us-east-1", "us.amazon.nova-lite-v1:0")];
    assert_eq!(routes("fast"), fast);
    assert_eq!(routes("gpt-4"), fast, "an alias of an alias");
    assert_eq!(routes("arn")[0].0, "eu-west-1", "an ARN says where it is");
    assert_eq!(routes("*"), [pair("eu-west-1", "amazon.nova-micro-v1:0")]);
    let limits: Vec<_> = options.models.iter().filter_map(|alias| alias.max_tokens).collect();
    assert_eq!(limits, [100, 64000], "in the order of the file");

    let [alice, bob] = &options.keys[..] else { panic!("{:?}", options.keys) };
    assert_eq!((alice.name.as_str(), alice.hash), ("alice", KeyHash::of(b"test")));
    assert_eq!((alice.requests_per_minute, alice.tokens_per_minute), (Some(60), Some(100_000)));
    assert_eq!(alice.models, ["gpt-*"]);
    assert_eq!((bob.name.as_str(), bob.hash), ("bob", KeyHash::of(b"bobs-key-which-is-long")));

    assert_eq!(options.max_concurrent.get(), 7);
    assert_eq!((config.server.max_connections, config.server.max_body_bytes), (8, 1_000_000));
    assert_eq!((config.server.max_headers, config.server.max_header_bytes), (50, 16384));
    assert_eq!(config.server.write_timeout, Duration::from_secs(7));
    assert_eq!(config.server.shutdown_grace, Duration::ZERO);
    assert_eq!(options.video_s3_uri.as_ref().unwrap().as_str(), "s3://my-bucket/videos");
    let images = options.fetch_images.as_ref().unwrap();
    assert_eq!((images.max_bytes, &*images.hosts), (1000, &["example.com".to_owned()][..]));
}

#[test]
fn an_empty_file_is_the_default() {
    let config = read("# nothing\n").unwrap();
    assert!(config.options.models.is_empty() && config.options.any_model);
    assert!(config.options.fetch_images.is_none() && config.listen.is_none());
    assert!(read("[images]\nfetch = false").unwrap().options.fetch_images.is_none());
}

/// Text, line and column, and what is said.
#[rustfmt::skip]
const BAD: &[(&str, (usize, usize), &str)] = &[
    // No TOML.
    ("listen = ", (1, 10), ""),
    ("any_model = true\nany_model = false", (2, 1), "duplicate key"),
    ("[models]\n\"a\" = \"amazon.x\" trailing", (2, 18), ""),
    ("max_tokens = 99999999999999999999", (1, 14), "too large"),
    // Unknown settings.
    ("max_token = 1", (1, 1), "max_token: there is no such setting; \"max_tokens\" is one"),
    ("\n  [limit]\nconcurrent = 1", (2, 4), "limit: there is no such setting; \"limits\" is one"),
    ("[limits]\nfoo = 1", (2, 1), "limits.foo: there is no such setting; there are concurrent, connections"),
    ("[keys.a]\nsha256 = \"x\"\nrequest_per_minute = 1", (3, 1), "keys.a.request_per_minute: there is no such setting; \"requests_per_minute\""),
    ("[models]\na = { modell = \"amazon.x\" }", (2, 7), "models.a.modell: there is no such setting; \"model\" is one"),
    // Wrong kinds and numbers.
    ("any_model = \"yes\"", (1, 13), "any_model: takes true or false, and this is a string"),
    ("max_tokens = 0", (1, 14), "max_tokens: takes an integer above 0, and this is 0"),
    ("max_tokens = 1.5", (1, 14), "takes an integer, and this is a float"),
    ("heartbeat = 0", (1, 13), "takes a number of seconds above 0"),
    ("throttled_for = -1", (1, 17), "takes a number of seconds from 0"),
    ("throttled_for = nan", (1, 17), "takes a number of seconds from 0"),
    ("throttled_for = 2026-01-02", (1, 17), "and this is a date"),
    ("allowed_origins = [\"https://a.example\", \"null\"]", (1, 41), "allowed_origins[1]: origin: \"null\" is none of web pages"),
    ("listen = \"localhost\"", (1, 10), "takes an IP address and a port"),
    ("log = \"xml\"", (1, 7), "takes \"text\", \"json\" or \"off\""),
    ("models = 1", (1, 10), "models: takes a table, and this is an integer"),
    ("[limits]\nbody_bytes = 25_000_001", (2, 14), "limits.body_bytes: takes at most 25000000"),
    ("[videos]\ns3_uri = \"https://x\"", (2, 10), "does not begin with s3://"),
    ("[images]\nhosts = [\"a\", 1]", (2, 15), "images.hosts[1]: takes a string"),
    ("[images]\nhosts = [\"a.example\", \"http://x/\"]", (2, 23), "images.hosts[1]: \"http://x/\" is no host; give its name alone"),
    ("[images]\nhosts = [\"x:8080\"]", (2, 10), "images.hosts[0]: \"x:8080\" is no host"),
    ("[images]\nhosts = [\"*.example.com\"]", (2, 10), "is no host"),
    ("[images]\nhosts = [\".example.com\"]", (2, 10), "is no host"),
    ("[images]\nhosts = [\"example.com.\"]", (2, 10), "is no host"),
    // Models.
    ("[models]\nä = 1 # kept\n\n\"é\" = { region = \"us-west-2\" }", (2, 1), ""),
    ("[models]\n\"gpt 4\" = 4", (2, 11), "models.\"gpt 4\": takes a model"),
    ("[models]\nx = \"claude-sonet-4\"", (2, 5), "models.x: there is no model called \"claude-sonet-4\""),
    ("[models]\nx = []", (2, 5), "models.x: has no route"),
    ("[models]\nx = [\"amazon.a\", \"amazon.a\"]", (2, 18), "models.x[1]: is there twice"),
    ("[models]\nx = { region = \"us-west-2\" }", (2, 5), "models.x: has no model"),
    ("[models]\nx = { region = \"u/s\", model = \"amazon.a\" }", (2, 16), "models.x.region: \"u/s\" is no region"),
    ("[models]\nx = { region = \"us-west\", model = \"amazon.a\" }", (2, 16), "models.x.region: \"us-west\" is no region"),
    ("[models]\nx = [\"amazon.a\", { region = \"uswest2\", model = \"amazon.a\" }]", (2, 29), "\"uswest2\" is no region"),
    ("[models]\nx = { region = \"us-west-2\", model = \"arn:aws:bedrock:eu-west-1:1:inference-profile/x\" }", (2, 16), "is us-west-2, and the ARN is in eu-west-1"),
    ("[models]\nx = { region = \"us-east-1\", model = \"eu.amazon.a\" }", (2, 16), "models.x.region: eu.amazon.a in us-east-1 leaves its geography"),
    ("[models]\nx = [\"amazon.a\", \"eu.amazon.a\"]", (2, 18), "models.x[1]: eu.amazon.a in us-west-2 leaves its geography"),
    ("[models]\nx = { routes = [\"amazon.a\"], model = \"amazon.b\" }", (2, 38), "models.x.model: does not go with routes"),
    ("[models]\na = \"b\"\nb = \"c\"\nc = \"a\"", (4, 5), "leads in a circle"),
    ("[models]\n\"\" = \"amazon.a\"", (2, 6), "has a name that no client can send"),
    ("[models]\nx = { routes = [{ model = \"amazon.a\" }, { model = \"\" }] }", (2, 51), "models.x.routes[1].model: is empty"),
    // Keys.
    ("[keys.a]\nkey = \"sk-plain-secret\"", (2, 7), "keys.a.key: a key in plain text is not taken"),
    ("[keys.a]\nsha256 = \"sk-plain-secret\"", (2, 10), "keys.a.sha256: takes the 64 hexadecimal digits"),
    ("[keys.a]\nvariable = \"BYTES\"", (2, 12), "keys.a.variable: the variable BYTES is no UTF-8 text"),
    ("[keys.a]\nvariable = \"UNSET\"", (2, 12), "keys.a.variable: UNSET is not set"),
    ("[keys.a]\nvariable = \"SHORT\"", (2, 12), "keys.a.variable: SHORT: has 15 bytes, which can be guessed; give a key of at least 16"),
    ("[keys.a]\nsha256 = \"E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"", (2, 10), "keys.a.sha256: is the hash of nothing"),
    ("[keys.a]\nvariable = \"EMPTY\"", (2, 12), "EMPTY is not set"),
    ("[keys.a]\nmodels = [\"x\"]", (1, 1), "keys.a: has no sha256 and no variable"),
    ("[keys]\na = { variable = \"BOB_KEY\" }\nb = { variable = \"BOB_KEY\" }", (3, 5), "keys.b: is the same key as \"a\""),
    ("[keys.a]\nvariable = \"BOB_KEY\"\nmodels = []", (3, 10), "keys.a.models: is empty"),
    ("any_model = false\n[models]\ngpt-4o = \"amazon.a\"\n[keys.a]\nvariable = \"BOB_KEY\"\nmodels = [\"gpt-*\", \"gpt-40\"]", (6, 20), "keys.a.models[1]: stands for no model: there is none \"gpt-40\" in [models], and any_model is false; \"gpt-4o\" is one"),
    ("any_model = false\nkeys.a = { variable = \"BOB_KEY\", models = [\"claude-*\"] }", (2, 44), "keys.a.models[0]: stands for no model"),
];

#[test]
fn a_bad_file_is_refused_with_line_and_column() {
    for (text, place, said) in BAD {
        let problem = read(text).expect_err(text);
        assert_eq!((problem.line(), problem.column()), *place, "{text}\n{problem}");
        let message = problem.to_string();
        assert!(message.contains(said), "{text}\n{message}\ndoes not say\n{said}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(
            !message.contains("sk-plain-secret") && !message.contains("bobs-key-which-is-long"),
            "{message}"
        );
    }
}

#[test]
fn a_key_may_have_models_that_are_named_elsewhere() {
    for text in [
        "[keys.a]\nvariable = \"BOB_KEY\"\nmodels = [\"anything\"]",
        "any_model = false\n[keys.a]\nvariable = \"BOB_KEY\"\nmodels = [\"from-*\", \"from-options\"]",
        "any_model = false\n[models]\n\"*\" = \"amazon.a\"\n[keys.a]\nvariable = \"BOB_KEY\"\nmodels = [\"anything\"]",
    ] {
        assert_eq!(read(text).unwrap().options.keys.len(), 1, "{text}");
    }
}

#[test]
fn any_cut_of_a_file_is_read_or_refused() {
    for end in (0..WHOLE.len()).filter(|end| WHOLE.is_char_boundary(*end)) {
        if let Err(problem) = read(&WHOLE[..end]) {
            assert!(problem.line() <= WHOLE.lines().count() + 1, "{problem}");
        }
    }
}
