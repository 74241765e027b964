//! Every endpoint case of AWS's own rule sets gives the URL, the signing region or the error that it should; and so does
//! botocore's list of what comes before what.
#![cfg(feature = "client-core")]

#[cfg(feature = "cli")]
mod command;
mod vectors;

use bedwire::client::settings::{Environment, Overrides, Settings};
use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::partition::Partition;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::Write as _;

/// Straight to stderr: what a passing test prints with println! is not shown.
fn said(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn read(name: &str) -> Option<Value> {
    Some(serde_json::from_slice(&std::fs::read(vectors::find(name)?).unwrap()).unwrap())
}

/// One case: what is asked for, and what must come of it.
struct Case {
    name: String,
    region: Option<String>,
    options: EndpointOptions,
    expected: Result<String, String>,
    signing_region: Option<String>,
}

impl Case {
    fn all(file: &str) -> Option<Vec<Self>> {
        let document = read(file)?;
        let cases = document["testCases"].as_array().unwrap();
        Some(cases.iter().map(Self::read).collect())
    }

    fn read(case: &Value) -> Self {
        let parameters = &case["params"];
        let text = |name: &str| parameters[name].as_str().map(str::to_owned);
        let is_on = |name: &str| parameters[name].as_bool().unwrap_or(false);
        let endpoint = &case["expect"]["endpoint"];
        let signing_region = &endpoint["properties"]["authSchemes"][0]["signingRegion"];
        Self {
            name: format!("{} {parameters}", case["documentation"]),
            region: text("Region"),
            options: EndpointOptions {
                url: text("Endpoint"),
                fips: is_on("UseFIPS"),
                dual_stack: is_on("UseDualStack"),
                sts_legacy: is_on("UseGlobalEndpoint"),
            },
            expected: match endpoint["url"].as_str() {
                Some(url) => Ok(url.to_owned()),
                None => Err(case["expect"]["error"].as_str().unwrap().to_owned()),
            },
            signing_region: signing_region.as_str().map(str::to_owned),
        }
    }

    /// What a wrong combination is called here.
    fn is_the_expected_error(&self, message: &str) -> bool {
        let expected = self.expected.as_ref().unwrap_err();
        let word = if expected.contains("FIPS") {
            "FIPS"
        } else if expected.contains("Dualstack") {
            "dual-stack"
        } else {
            "region"
        };
        message.contains(word)
    }
}

#[test]
fn every_case_resolves_as_it_should() {
    for (file, service) in [("bedrock", Service::Bedrock), ("sts", Service::Sts)] {
        let Some(cases) = Case::all(&format!("endpoints/{file}/endpoint-tests-1.json")) else { return };
        for case in &cases {
            match Endpoint::url(&service, case.region.as_deref(), &case.options) {
                Ok(url) => assert_eq!(Ok(&url), case.expected.as_ref(), "{}", case.name),
                Err(refused) => {
                    assert!(case.is_the_expected_error(&refused.to_string()), "{}: {refused}", case.name);
                }
            }
            if let (Some(region), Some(signing_region)) = (&case.region, &case.signing_region) {
                let endpoint = Endpoint::resolve(service.clone(), region, &case.options).unwrap();
                assert_eq!(*endpoint.scope().region, **signing_region, "{}", case.name);
            }
        }
        said(&format!("{file}: all {} cases ran", cases.len()));
    }
}

/// `bedwire config --output json` for each case.
#[cfg(feature = "cli")]
#[test]
fn every_case_resolves_through_the_command() {
    for file in ["bedrock", "sts"] {
        let Some(cases) = Case::all(&format!("endpoints/{file}/endpoint-tests-1.json")) else { return };
        for case in &cases {
            let mut command = command::bedwire();
            command.args(["config", "--output", "json"]);
            command.envs([("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S")]);
            let options = &case.options;
            for (variable, is_on) in
                [("AWS_USE_FIPS_ENDPOINT", options.fips), ("AWS_USE_DUALSTACK_ENDPOINT", options.dual_stack)]
            {
                command.env(variable, is_on.to_string());
            }
            if options.sts_legacy {
                command.env("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
            }
            if let Some(region) = &case.region {
                command.env("AWS_REGION", region);
            }
            if let Some(url) = &options.url {
                command.env("AWS_ENDPOINT_URL", url);
            }
            let ran = command::run(&mut command);
            if case.expected.is_err() {
                assert_eq!(ran.code, 2, "{}: {}", case.name, ran.stdout);
                assert!(case.is_the_expected_error(&ran.stderr), "{}: {}", case.name, ran.stderr);
                continue;
            }
            assert_eq!(ran.code, 0, "{}: {}", case.name, ran.stderr);
            let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
            let expected = case.expected.as_ref().unwrap();
            assert_eq!(printed["endpoints"][file], *expected, "{}", case.name);
            if file == "bedrock" {
                let runtime = expected.replace("//bedrock", "//bedrock-runtime");
                assert_eq!(printed["endpoints"]["bedrock_runtime"], runtime, "{}", case.name);
            }
            assert_eq!(printed["region"].as_str(), case.region.as_deref(), "{}", case.name);
            let source = printed["sources"]["endpoints.bedrock"].as_str().unwrap();
            assert_eq!(source == "AWS_ENDPOINT_URL", options.url.is_some(), "{}", case.name);
        }
        said(&format!("{file}: all {} cases ran through bedwire config", cases.len()));
    }
}

#[cfg(feature = "cli")]
#[test]
fn a_url_in_another_region_is_refused_before_anything_is_signed() {
    let url = "https://vpce-1-2.bedrock-runtime.eu-west-1.vpce.amazonaws.com";
    for arguments in [
        &["--dry-run", "--endpoint-url", url, "async", "list"][..],
        &["config", "--endpoint-url", url],
        &["--dry-run", "request", "GET", "https://bedrock-runtime.eu-west-1.amazonaws.com/async-invoke"],
    ] {
        let ran = command::run(command::bedwire().args(arguments).envs([
            ("AWS_ACCESS_KEY_ID", "A"),
            ("AWS_SECRET_ACCESS_KEY", "S"),
            ("AWS_REGION", "us-west-2"),
        ]));
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains("give the region eu-west-1"), "{}", ran.stderr);
    }
}

#[test]
fn every_region_is_in_its_partition() {
    let Some(document) = read("endpoints/partitions.json") else { return };
    let mut regions = 0;
    for partition in document["partitions"].as_array().unwrap() {
        for region in partition["regions"].as_object().unwrap().keys() {
            let found = Partition::of_region(region);
            let outputs = &partition["outputs"];
            assert_eq!(found.id(), partition["id"], "{region}");
            assert_eq!(found.dns_suffix(), outputs["dnsSuffix"], "{region}");
            assert_eq!(found.dual_stack_dns_suffix(), outputs["dualStackDnsSuffix"], "{region}");
            regions += 1;
        }
    }
    said(&format!("all {regions} regions are in their partitions"));
}

#[test]
fn configured_urls_have_botocores_precedence() {
    let Some(document) = read("credentials/botocore-configured_endpoint_urls/profile-tests.json") else {
        return;
    };
    let mut ran = 0;
    for suite in document["testSuites"].as_array().unwrap() {
        let config = config_file(suite);
        for case in suite["endpointUrlTests"].as_array().unwrap() {
            let named = |kind: &str, field: &str| suite[kind][case[field].as_str().unwrap()].clone();
            let given = named("client_configs", "client_config");
            let environment = named("environments", "environment");
            let mut variables: Vec<(&str, &str)> = environment
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
                .collect();
            variables.push(("AWS_CONFIG_FILE", "/config"));
            if given["ignore_configured_endpoint_urls"] == true {
                variables.push(("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"));
            }
            let overrides = Overrides {
                profile: case["profile"].as_str().map(str::to_owned),
                endpoint_urls: given["endpoint_url"]
                    .as_str()
                    .map(|url| (None, url.to_owned()))
                    .into_iter()
                    .collect(),
                ..Overrides::default()
            };
            let environment = Environment::given(variables, [("/config", config.as_str())]);
            let settings = Settings::load(environment, overrides).unwrap();
            let service = Service::named(case["service"].as_str().unwrap());
            let url = settings.endpoints().url(&service, Some("fake-region-10")).unwrap().value;
            match case["output"]["endpointUrl"].as_str() {
                Some(expected) => assert_eq!(url, expected, "{}", case["name"]),
                None => assert!(url.ends_with(".fake-region-10.amazonaws.com"), "{}: {url}", case["name"]),
            }
            ran += 1;
        }
    }
    said(&format!("all {ran} cases of configured URLs ran"));
}

#[test]
fn services_without_their_section_or_url_are_refused_where_they_would_be_used() {
    let runtime = Service::BedrockRuntime;
    let url = |config: &str, variables: &[(&str, &str)], service: &Service| {
        let mut variables = variables.to_vec();
        variables.push(("AWS_CONFIG_FILE", "/config"));
        let settings =
            Settings::load(Environment::given(variables, [("/config", config)]), Overrides::default())
                .unwrap();
        settings.endpoints().url(service, Some("us-west-2")).map(|url| url.value).map_err(|e| e.to_string())
    };
    let mistyped =
        "[default]\nservices = vpce\n[services vpc]\nbedrock_runtime =\n  endpoint_url = https://vpce.test\n";
    for service in [&runtime, &Service::Sts] {
        let error = url(mistyped, &[], service).unwrap_err();
        for words in ["services of profile default", "no [services vpce] in /config", "there are: vpc"] {
            assert!(error.contains(words), "{error}");
        }
    }
    // What comes before it, or turns it off, is enough.
    assert_eq!(url(mistyped, &[("AWS_ENDPOINT_URL", "http://a.test")], &runtime).unwrap(), "http://a.test");
    let ignored = url(mistyped, &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")], &runtime);
    assert_eq!(ignored.unwrap(), "https://bedrock-runtime.us-west-2.amazonaws.com");

    let on_one_line = "[default]\nservices = vpc\n[services vpc]\nbedrock_runtime = https://vpce.test\n";
    let error = url(on_one_line, &[], &runtime).unwrap_err();
    assert!(error.contains("bedrock_runtime in services vpc") && error.contains("endpoint_url ="), "{error}");
    assert_eq!(url(on_one_line, &[], &Service::Sts).unwrap(), "https://sts.us-west-2.amazonaws.com");
}

/// The profiles and services sections of a suite, as a config file.
fn config_file(suite: &Value) -> String {
    let mut text = String::new();
    for (name, properties) in suite["profiles"].as_object().unwrap() {
        writeln!(text, "[profile {name}]").unwrap();
        for (property, value) in properties.as_object().unwrap() {
            writeln!(text, "{property} = {}", value.as_str().unwrap()).unwrap();
        }
    }
    for (name, services) in suite["services"].as_object().unwrap() {
        writeln!(text, "[services {name}]").unwrap();
        for (service, properties) in services.as_object().unwrap() {
            writeln!(text, "{service} =").unwrap();
            for (property, value) in properties.as_object().unwrap() {
                writeln!(text, "  {property} = {}", value.as_str().unwrap()).unwrap();
            }
        }
    }
    text
}
