//! Both views of a signature against other people's vectors: what `sign` makes is what they make, and what they sign
//! the verifier accepts. The vectors lie in `BEDWIRE_VECTORS`, else in `../shared/vectors`.

#[cfg(feature = "cli")]
mod command;
mod vectors;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::SigningScope;
use bedwire::protocol::sigv4::canonical::canonical_request;
use bedwire::protocol::sigv4::verify::{Refusal, Verifier};
use bedwire::protocol::sigv4::{Claim, Signer, presign, sign};
use bedwire::protocol::timestamp::parse_amz_date;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Cases of the classic suite that no HTTP/1.1 request of a normal client can be, each with its reason.
const LEFT_OUT: [(&str, &str); 5] = [
    ("get-utf8", "raw UTF-8 in the request line: clients send %E1%88%B4, which is another path to sign"),
    (
        "get-vanilla-utf8-query",
        "raw UTF-8 in the request line: clients send %E1%88%B4 (get-vanilla-query-order-encoded)",
    ),
    ("get-space", "a raw space ends the request target: clients send %20, which is another path to sign"),
    ("get-header-value-multiline", "a folded header line, which RFC 9112 §5.2 forbids to send"),
    (
        "post-sts-header-after",
        "a session token that is not signed: sign() always signs it, and the verifier asks for it",
    ),
];

/// One signed request of somebody else, with the stages of its signature.
struct Case {
    name: String,
    unsigned: Request<Bytes>,
    credentials: Credentials,
    scope: SigningScope,
    date: SystemTime,
    canonical_request: String,
    string_to_sign: String,
    authorization: String,
}

impl Case {
    fn verify(&self, request: &Request<Bytes>) -> Result<(), Refusal> {
        verify(request, &self.credentials, &self.scope, self.date)
    }

    fn check_both_views(&self) {
        let name = &self.name;
        let auth = Auth::from(self.credentials.clone());
        let signed = sign(self.unsigned.clone(), &auth, &self.scope, self.date).unwrap();
        let ours = signed.request().headers()["authorization"].to_str().unwrap();
        let claim = signed.claim().unwrap();
        let canonical = canonical_request(signed.request(), &claim);
        assert_eq!(canonical, self.canonical_request, "{name}: canonical request");
        assert_eq!(claim.string_to_sign(&canonical), self.string_to_sign, "{name}: string to sign");
        assert_eq!(ours, self.authorization, "{name}: Authorization");

        // The other direction: their header on the request, without our signer.
        let mut theirs = self.unsigned.clone();
        insert(&mut theirs, "authorization", &self.authorization);
        let date = Claim::read(signed.request()).unwrap().amz_date;
        insert(&mut theirs, "x-amz-date", &date);
        if let Some(token) = self.credentials.session_token() {
            insert(&mut theirs, "x-amz-security-token", token);
        }
        assert_eq!(self.verify(&theirs), Ok(()), "{name}");
        for (what, tampered) in tamper(&theirs) {
            let refused = self.verify(&tampered).expect_err(what);
            assert!(matches!(refused, Refusal::Mismatch { .. }), "{name}, {what} changed: {refused:?}");
        }
    }
}

/// The same through the command line: what an outside check sees.
#[cfg(feature = "cli")]
fn check_command(case: &Case) {
    let date = Claim::read(&signed_by(case)).unwrap().amz_date;
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    fs::write(&body, case.unsigned.body()).unwrap();
    let mut command = command::bedwire();
    command
        .env("AWS_ACCESS_KEY_ID", case.credentials.access_key_id())
        .env("AWS_SECRET_ACCESS_KEY", case.credentials.secret_access_key())
        .args([
            "request",
            case.unsigned.method().as_str(),
            &case.unsigned.uri().to_string(),
            "--dry-run=json",
        ])
        .args(["--region", &case.scope.region, "--service", &case.scope.service, "--signing-date", &date])
        .arg("--data")
        .arg(format!("@{}", body.display()));
    if let Some(token) = case.credentials.session_token() {
        command.env("AWS_SESSION_TOKEN", token);
    }
    for (name, value) in case.unsigned.headers() {
        command.arg("-H").arg(format!("{name}: {}", value.to_str().unwrap()));
    }
    let ran = command::run(&mut command);
    assert_eq!(ran.code, 0, "{}: {}", case.name, ran.stderr);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed["canonical_request"], case.canonical_request, "{}", case.name);
    assert_eq!(printed["string_to_sign"], case.string_to_sign, "{}", case.name);
    let signature = printed["signature"].as_str().unwrap();
    assert!(case.authorization.ends_with(&format!("Signature={signature}")), "{}", case.name);
    let sent = base64_simd::STANDARD.decode_to_vec(printed["body_base64"].as_str().unwrap()).unwrap();
    assert_eq!(sent, case.unsigned.body().as_ref(), "{}", case.name);
}

#[cfg(feature = "cli")]
fn signed_by(case: &Case) -> Request<Bytes> {
    let auth = Auth::from(case.credentials.clone());
    sign(case.unsigned.clone(), &auth, &case.scope, case.date).unwrap().into_request()
}

/// The same request with one byte changed: in the body, in each signed header that carries no claim, in the path.
fn tamper(request: &Request<Bytes>) -> Vec<(&'static str, Request<Bytes>)> {
    let mut tampered = Vec::new();
    let mut other = request.clone();
    *other.body_mut() = match request.body().as_ref() {
        [] => Bytes::from_static(b"x"),
        [first, rest @ ..] => [&[first ^ 1], rest].concat().into(),
    };
    tampered.push(("the body", other));

    let claim = Claim::read(request).unwrap();
    for name in claim.signed_headers.iter().filter(|name| !name.starts_with("x-amz-")) {
        let name = HeaderName::try_from(name).unwrap();
        let mut value = request.headers()[&name].as_bytes().to_vec();
        value.push(b'x');
        let mut other = request.clone();
        other.headers_mut().insert(name, HeaderValue::try_from(value).unwrap());
        tampered.push(("a header", other));
    }

    let mut parts = request.uri().clone().into_parts();
    let target = parts.path_and_query.unwrap();
    let query = target.query().map_or(String::new(), |query| format!("?{query}"));
    parts.path_and_query = Some(format!("{}x{query}", target.path()).parse().unwrap());
    let mut other = request.clone();
    *other.uri_mut() = Uri::from_parts(parts).unwrap();
    tampered.push(("the path", other));
    tampered
}

fn verify(
    request: &Request<Bytes>,
    credentials: &Credentials,
    scope: &SigningScope,
    now: SystemTime,
) -> Result<(), Refusal> {
    let verifier = Verifier {
        now,
        credentials: &|id| (id == credentials.access_key_id()).then(|| credentials.clone()),
        region: Some(&scope.region),
        services: &[&scope.service],
    };
    verifier.verify(request).map(|_| ())
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "test")
}

fn insert(request: &mut Request<Bytes>, name: &'static str, value: &str) {
    request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
}

#[test]
fn botocore_signs_the_same() {
    let Some(path) = vectors::find("signed-requests/botocore.jsonl") else { return };
    let lines = fs::read_to_string(path).unwrap();
    let cases: Vec<Case> = lines.lines().map(botocore_case).collect();
    assert_eq!(cases.len(), 40);
    cases.iter().for_each(Case::check_both_views);
    #[cfg(feature = "cli")]
    cases.iter().for_each(check_command);
}

fn botocore_case(line: &str) -> Case {
    let case: Value = serde_json::from_str(line).unwrap();
    let text = |name: &str| case[name].as_str().unwrap().to_owned();
    let mut request = Request::builder().method(text("method").as_str()).uri(text("url"));
    for (name, value) in case["headers"].as_object().unwrap() {
        // What the signer adds itself.
        if name != "x-amz-date" && name != "x-amz-security-token" {
            request = request.header(name, value.as_str().unwrap());
        }
    }
    let host = text("url").parse::<Uri>().unwrap().authority().unwrap().to_string();
    let body = base64_simd::STANDARD.decode_to_vec(text("body_base64")).unwrap();
    Case {
        name: text("id"),
        unsigned: request.header("host", host).body(body.into()).unwrap(),
        credentials: credentials(
            &text("access_key_id"),
            &text("secret_access_key"),
            case["session_token"].as_str(),
        ),
        scope: SigningScope::new(text("region"), text("service")),
        date: parse_amz_date(&text("date")).unwrap(),
        canonical_request: text("canonical_request"),
        string_to_sign: text("string_to_sign"),
        authorization: text("authorization"),
    }
}

#[test]
fn the_classic_suite_signs_the_same() {
    let Some(root) = vectors::find("sigv4/botocore-aws4_testsuite") else { return };
    let left_out: BTreeMap<_, _> = LEFT_OUT.into();
    let mut unused: BTreeSet<_> = left_out.keys().copied().collect();
    let mut run = 0;
    for stem in suite_stems(&root) {
        let name = stem.file_name().unwrap().to_str().unwrap();
        if let Some(reason) = left_out.get(name) {
            println!("left out {name}: {reason}");
            unused.remove(name);
        } else {
            let case = suite_case(&stem);
            case.check_both_views();
            #[cfg(feature = "cli")]
            check_command(&case);
            run += 1;
        }
    }
    assert!(unused.is_empty(), "left out, but not in the suite: {unused:?}");
    assert_eq!(run, 29, "cases of the suite that were run");
}

/// The path of every case, without its ending.
fn suite_stems(folder: &Path) -> Vec<PathBuf> {
    let mut stems = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            stems.extend(suite_stems(&path));
        } else if path.extension().is_some_and(|ending| ending == "req") {
            stems.push(path.with_extension(""));
        }
    }
    stems
}

fn suite_case(stem: &Path) -> Case {
    let read = |ending: &str| fs::read_to_string(stem.with_extension(ending)).unwrap().replace("\r\n", "\n");
    let text = read("req");
    let (head, body) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
    let mut lines = head.lines();
    let mut request_line = lines.next().unwrap().split(' ');
    let (method, target) = (request_line.next().unwrap(), request_line.next().unwrap());
    let mut request = Request::builder().method(method).uri(format!("https://example.amazonaws.com{target}"));
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if !name.eq_ignore_ascii_case("x-amz-date") && !name.eq_ignore_ascii_case("x-amz-security-token") {
            request = request.header(name, value);
        }
    }
    let canonical_request = read("creq");
    let token = canonical_request.lines().find_map(|line| line.strip_prefix("x-amz-security-token:"));
    Case {
        name: stem.file_name().unwrap().to_str().unwrap().to_owned(),
        unsigned: request.body(body.to_owned().into()).unwrap(),
        credentials: credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token),
        scope: SigningScope::new("us-east-1", "service"),
        date: parse_amz_date("20150830T123600Z").unwrap(),
        string_to_sign: read("sts"),
        authorization: read("authz"),
        canonical_request,
    }
}

fn example() -> Credentials {
    credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
}

fn moment() -> SystemTime {
    parse_amz_date("20260102T030405Z").unwrap()
}

#[test]
fn a_presigned_url_is_accepted_until_it_expires() {
    let key = "/demo/out%20dir/a%2Bb//output.mp4?versionId=1%2F2&partNumber=1";
    let token = credentials("AKIDEXAMPLE", "secret", Some("IQoJb3JpZ2lu//8=+token"));
    for (scope, url) in [
        (SigningScope::new("us-west-2", "s3"), format!("https://s3.us-west-2.amazonaws.com{key}")),
        (SigningScope::new("us-west-2", "s3"), "http://127.0.0.1:9000/model/x".to_owned()),
        (
            SigningScope::new("eu-west-1", "bedrock"),
            "https://bedrock.eu-west-1.amazonaws.com/a%3Ab".to_owned(),
        ),
    ] {
        for credentials in [example(), token.clone()] {
            let unsigned = Request::get(&url).body(Bytes::new()).unwrap();
            let life = Duration::from_mins(15);
            let signed = presign(unsigned, &credentials, &scope, moment(), life).unwrap();
            let request = |url: &str| {
                let host = signed.authority().unwrap().as_str();
                Request::get(url).header("host", host).body(Bytes::new()).unwrap()
            };
            let presigned = request(&signed.to_string());
            let at = |now| verify(&presigned, &credentials, &scope, now);
            assert_eq!(at(moment()), Ok(()), "{signed}");
            assert_eq!(at(moment() + life), Ok(()), "{signed}");
            assert!(matches!(at(moment() + life + Duration::from_secs(1)), Err(Refusal::Expired { .. })));
            let tolerance = Duration::from_mins(if &*scope.service == "s3" { 15 } else { 5 });
            let early = moment() - tolerance - Duration::from_secs(1);
            assert!(matches!(at(early), Err(Refusal::NotYetCurrent { .. })));

            let longer = signed.to_string().replace("X-Amz-Expires=900", "X-Amz-Expires=901");
            let refused = verify(&request(&longer), &credentials, &scope, moment());
            assert!(matches!(refused, Err(Refusal::Mismatch { .. })), "{refused:?}");
        }
    }
}

#[test]
fn a_presigned_url_lives_a_second_to_a_week() {
    let scope = SigningScope::new("us-west-2", "s3");
    let with_life = |seconds| {
        let request =
            Request::get("https://demo.s3.us-west-2.amazonaws.com/out.mp4").body(Bytes::new()).unwrap();
        presign(request, &example(), &scope, moment(), Duration::from_secs(seconds)).is_ok()
    };
    assert_eq!([0, 1, 604_800, 604_801].map(with_life), [false, true, true, false]);
}

#[test]
fn a_moment_without_a_date_is_signed_as_the_nearest_that_has_one() {
    let (epoch, years) = (SystemTime::UNIX_EPOCH, Duration::from_hours(24 * 365 * 10_000));
    for (moment, date) in [(epoch + years, "99991231T235959Z"), (epoch - years, "00000101T000000Z")] {
        for service in ["s3", "bedrock"] {
            let scope = SigningScope::new("us-west-2", service);
            let request = || Request::get("https://s3.us-west-2.amazonaws.com/a").body(Bytes::new()).unwrap();
            let signed = sign(request(), &example().into(), &scope, moment).unwrap().into_request();
            assert_eq!(signed.headers()["x-amz-date"], date);
            let url = presign(request(), &example(), &scope, moment, Duration::from_mins(1)).unwrap();
            assert!(url.to_string().contains(date), "{url}");
        }
    }
}

#[test]
fn a_signer_uses_a_key_that_it_kept_for_nothing_else() {
    let signer = Signer::default();
    let (midnight, second) = (parse_amz_date("20260103T000000Z").unwrap(), Duration::from_secs(1));
    let rotated = credentials("AKIDEXAMPLE", "other", None);
    for (what, credentials, region, service, now) in [
        ("the first", example(), "us-west-2", "bedrock", midnight - second),
        ("on the next day", example(), "us-west-2", "bedrock", midnight + second),
        ("with another secret of the same key", rotated.clone(), "us-west-2", "bedrock", midnight + second),
        ("for another region", rotated.clone(), "eu-west-1", "bedrock", midnight + second),
        ("for another service", rotated, "us-west-2", "s3", midnight + second),
        ("as the first again", example(), "us-west-2", "bedrock", midnight - second),
    ] {
        let scope = SigningScope::new(region, service);
        let request =
            || Request::get("https://bedrock.us-west-2.amazonaws.com/a").body(Bytes::new()).unwrap();
        let auth = Auth::from(credentials.clone());
        let signed = signer.sign(request(), &auth, &scope, now).unwrap().into_request();
        let afresh = sign(request(), &auth, &scope, now).unwrap().into_request();
        assert_eq!(signed.headers()["authorization"], afresh.headers()["authorization"], "{what}");
        assert_eq!(verify(&signed, &credentials, &scope, now), Ok(()), "{what}");
    }
}

#[test]
fn a_header_signature_holds_for_five_minutes_both_ways() {
    let scope = SigningScope::new("us-west-2", "bedrock");
    let request = Request::get("https://bedrock.us-west-2.amazonaws.com/").body(Bytes::new()).unwrap();
    let signed = sign(request, &example().into(), &scope, moment()).unwrap().into_request();
    let at = |now| verify(&signed, &example(), &scope, now);
    let second = Duration::from_secs(1);
    assert_eq!(at(moment() + 300 * second), Ok(()));
    assert_eq!(at(moment() - 300 * second), Ok(()));
    assert!(matches!(at(moment() + 301 * second), Err(Refusal::Expired { .. })));
    assert!(matches!(at(moment() - 301 * second), Err(Refusal::NotYetCurrent { .. })));
}

#[test]
fn a_header_signature_of_s3_holds_for_fifteen_minutes_both_ways() {
    let scope = SigningScope::new("us-west-2", "s3");
    let request = Request::get("https://s3.us-west-2.amazonaws.com/").body(Bytes::new()).unwrap();
    let signed = sign(request, &example().into(), &scope, moment()).unwrap().into_request();
    let at = |now| verify(&signed, &example(), &scope, now);
    let (held, second) = (Duration::from_mins(15), Duration::from_secs(1));
    assert_eq!(at(moment() + held), Ok(()));
    assert_eq!(at(moment() - held), Ok(()));
    assert!(matches!(at(moment() + held + second), Err(Refusal::Expired { .. })));
    assert!(matches!(at(moment() - held - second), Err(Refusal::NotYetCurrent { .. })));
}

#[test]
fn each_wrong_claim_is_called_what_it_is() {
    let scope = SigningScope::new("us-west-2", "bedrock");
    let temporary = credentials("AKIDEXAMPLE", "secret", Some("token"));
    let request = || Request::get("https://bedrock.us-west-2.amazonaws.com/").body(Bytes::new()).unwrap();
    let signed = |credentials: &Credentials| {
        sign(request(), &credentials.clone().into(), &scope, moment()).unwrap().into_request()
    };
    let refusal = |request: &Request<Bytes>, credentials: &Credentials, scope: &SigningScope| {
        verify(request, credentials, scope, moment()).unwrap_err()
    };

    let other_region = SigningScope::new("eu-west-1", "bedrock");
    assert!(matches!(refusal(&signed(&example()), &example(), &other_region), Refusal::WrongRegion { .. }));
    let other_service = SigningScope::new("us-west-2", "s3");
    assert!(matches!(refusal(&signed(&example()), &example(), &other_service), Refusal::WrongService { .. }));
    let other_key = credentials("AKIDOTHER", "secret", None);
    assert_eq!(refusal(&signed(&example()), &other_key, &scope), Refusal::UnknownKey);
    let other_secret = credentials("AKIDEXAMPLE", "other", None);
    assert!(matches!(refusal(&signed(&example()), &other_secret, &scope), Refusal::Mismatch { .. }));
    assert_eq!(refusal(&signed(&example()), &temporary, &scope), Refusal::WrongToken);
    assert_eq!(refusal(&signed(&temporary), &example(), &scope), Refusal::WrongToken);
    assert_eq!(refusal(&request(), &example(), &scope), Refusal::Missing);

    let mut added = signed(&example());
    insert(&mut added, "x-amz-meta-added", "later");
    let unsigned = Refusal::UnsignedHeader("x-amz-meta-added".to_owned());
    assert_eq!(refusal(&added, &example(), &scope), unsigned);
}

#[test]
fn a_body_that_is_not_the_signed_one_is_refused_by_s3() {
    let scope = SigningScope::new("us-west-2", "s3");
    let request = Request::put("https://demo.s3.us-west-2.amazonaws.com/a b".replace(' ', "%20"));
    let request = request.body(Bytes::from_static(b"one")).unwrap();
    let mut signed = sign(request, &example().into(), &scope, moment()).unwrap().into_request();
    assert_eq!(verify(&signed, &example(), &scope, moment()), Ok(()));
    *signed.body_mut() = Bytes::from_static(b"two");
    assert_eq!(verify(&signed, &example(), &scope, moment()), Err(Refusal::PayloadMismatch));
}

#[test]
fn what_two_servers_may_read_in_two_ways_is_not_signed() {
    let scope = SigningScope::new("us-west-2", "bedrock");
    for query in ["a=b+c", "a=%FF", "%C3=1"] {
        let url = format!("https://bedrock.us-west-2.amazonaws.com/?{query}");
        let request = Request::get(&url).body(Bytes::new()).unwrap();
        assert!(sign(request, &example().into(), &scope, moment()).is_err(), "{query}");
    }
}

#[test]
fn what_others_change_on_the_way_is_not_signed() {
    let scope = SigningScope::new("us-west-2", "bedrock");
    let mut request = Request::get("https://bedrock.us-west-2.amazonaws.com/").body(Bytes::new()).unwrap();
    for name in [
        "accept-encoding",
        "connection",
        "expect",
        "forwarded",
        "te",
        "trailer",
        "upgrade",
        "user-agent",
        "via",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-real-ip",
    ] {
        insert(&mut request, name, "any");
    }
    insert(&mut request, "accept", "application/json");
    let signed = sign(request, &example().into(), &scope, moment()).unwrap();
    assert_eq!(signed.claim().unwrap().signed_headers, ["accept", "host", "x-amz-date"]);
    assert_eq!(verify(signed.request(), &example(), &scope, moment()), Ok(()));
}

#[test]
fn a_query_may_have_any_name_where_the_signature_is_in_the_header() {
    let scope = SigningScope::new("us-west-2", "bedrock");
    let url = "https://bedrock.us-west-2.amazonaws.com/?X-Amz-Signature=f00&X-Amz-Algorithm=none";
    let request = Request::get(url).body(Bytes::new()).unwrap();
    let signed = sign(request, &example().into(), &scope, moment()).unwrap().into_request();
    assert_eq!(verify(&signed, &example(), &scope, moment()), Ok(()));
}

#[test]
fn whatever_is_signed_is_accepted() {
    let mut random = Random(0x5eed);
    for round in 0..2000 {
        let scope = SigningScope::new("us-west-2", *random.pick(&["bedrock", "s3", "sts"]));
        let token = random.below(2) == 0;
        let credentials = credentials("AKIDEXAMPLE", "secret/+=", token.then_some("IQoJ//8=+/token"));
        let request = random.request();
        let shown = format!("round {round}, {}: {request:?}", scope.service);
        let signed = sign(request.clone(), &credentials.clone().into(), &scope, moment())
            .unwrap_or_else(|e| panic!("{e}: {shown}"))
            .into_request();
        assert_eq!(verify(&signed, &credentials, &scope, moment()), Ok(()), "{shown}");
        if &*scope.service != "s3" {
            let claimed = Claim::read(&signed).unwrap();
            assert_eq!(claimed.signature, signature_of_aws_sigv4(&signed, &claimed, &credentials), "{shown}");
        }

        let life = Duration::from_secs(1 + u64::from(random.below(604_800)));
        let url = presign(request.clone(), &credentials, &scope, moment(), life).unwrap();
        let mut presigned = request;
        let host = url.authority().unwrap().to_string();
        insert(&mut presigned, "host", &host);
        *presigned.uri_mut() = url;
        assert_eq!(verify(&presigned, &credentials, &scope, moment()), Ok(()), "presigned, {shown}");
    }
}

/// What `aws-sigv4` gives for the headers that a signed request claims, when it does all by itself.
fn signature_of_aws_sigv4(signed: &Request<Bytes>, claimed: &Claim, credentials: &Credentials) -> String {
    let identity = credentials.clone().into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&claimed.region)
        .name(&claimed.service)
        .time(moment())
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let headers = signed.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    // It adds the other two itself.
    let headers = headers.filter(|(name, _)| {
        claimed.signed_headers.iter().any(|signed| signed == name)
            && !["x-amz-date", "x-amz-security-token"].contains(name)
    });
    let target = signed.uri().path_and_query().unwrap().as_str();
    let body = SignableBody::Bytes(signed.body());
    let signable = SignableRequest::new(signed.method().as_str(), target, headers, body).unwrap();
    aws_sigv4::http_request::sign(signable, &parameters).unwrap().signature().to_owned()
}

/// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(u32::try_from(from.len()).unwrap()) as usize]
    }

    fn text(&mut self, most: u32, parts: &[&str]) -> String {
        (0..self.below(most + 1)).map(|_| *self.pick(parts)).collect()
    }

    fn request(&mut self) -> Request<Bytes> {
        const IN_PATH: [&str; 28] = [
            "a", "Z", "0", "-", ".", "_", "~", "/", "/", "//", "/./", "/../", ":", "@", "!", "$", "&", "'",
            "(", "*", ",", ";", "=", "+", "%3A", "%2f", "%20", "%FF",
        ];
        const IN_QUERY: [&str; 20] = [
            "a",
            "B",
            "1",
            "-",
            "~",
            "&",
            "&",
            "=",
            "=",
            "/",
            "?",
            ":",
            "'",
            "!",
            "%20",
            "%2B",
            "%3d",
            "%26",
            "%E1%88%B4",
            "%25",
        ];
        const IN_HEADER: [&str; 9] = ["a", "B", " ", "  ", ",", "\"", "=", ";", "\t"];
        let target = match self.text(8, &IN_QUERY) {
            query if query.is_empty() => format!("/{}", self.text(12, &IN_PATH)),
            query => format!("/{}?{query}", self.text(12, &IN_PATH)),
        };
        let method = *self.pick(&["GET", "POST", "PUT", "DELETE"]);
        let authority = *self.pick(&["bedrock.us-west-2.amazonaws.com", "127.0.0.1:8080", "[::1]:9000"]);
        let mut request = Request::builder().method(method).uri(format!("http://{authority}{target}"));
        for _ in 0..self.below(4) {
            let name =
                *self.pick(&["accept", "content-type", "x-amzn-bedrock-trace", "my-header", "user-agent"]);
            let value = self.text(6, &IN_HEADER);
            request = request.header(name, value.trim());
        }
        request.body(self.text(20, &["{", "}", "\n", "\u{0}", "é"]).into()).unwrap()
    }
}
