//! Every mistake in signing is found by its name, and no right request is called wrong.
#![cfg(feature = "cli")]

mod command;
mod signer;

use bedwire::protocol::capture;
use bedwire::protocol::diagnosis::{Keys, Missing, Mistake, Verdict, Verification, verify};
use command::{bedwire, run};
use signer::{SECRET, Signing, Wire, encode, sha256_hex};

const PATH: &str = "/model/us.anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke";
const ARN_PATH: &str = "/model/arn%3Aaws%3Abedrock%3Aus-west-2%3A1%3Aip%2Fx/invoke";
const BODY: &str =
    r#"{"messages": [{"role": "user", "content": "caf\u00e9 <b>"}], "max_tokens": 16, "a": 1.0}"#;
const TOKEN: &str = "IQoJb3JpZ2luX2VjE//////////wEaCXVzLXdlc3QtMiJH+tok/en==";

type BeforeSigning = fn(&mut Wire);
type InSigning = fn(&mut Signing);

/// What a mistake is called, what it does to the request, to what is signed, and to what is sent.
struct Case {
    ids: &'static [Mistake],
    before: BeforeSigning,
    signing: InSigning,
    after: BeforeSigning,
}

fn nothing(_: &mut Wire) {}

fn right(_: &mut Signing) {}

fn signed_as(ids: &'static [Mistake], signing: InSigning) -> Case {
    Case { ids, before: nothing, signing, after: nothing }
}

fn sent_as(ids: &'static [Mistake], after: BeforeSigning) -> Case {
    Case { ids, before: nothing, signing: right, after }
}

fn drop_line(signing: &mut Signing, name: &str) {
    signing.lines.retain(|(line, _)| line != name);
}

fn set_line(signing: &mut Signing, name: &str, value: &str) {
    drop_line(signing, name);
    signing.lines.push((name.into(), value.into()));
    signing.lines.sort();
}

fn list(signing: &mut Signing) {
    signing.list = signing.lines.iter().map(|(name, _)| name.clone()).collect();
}

fn with_query(wire: &mut Wire) {
    wire.method = "GET".into();
    wire.path = "/async-invoke".into();
    wire.query = "submitTimeAfter=2026-01-01T00%3A00%3A00Z&nextToken=a%2Fb%20c%3D&maxResults=5".into();
    wire.body.clear();
}

fn with_token(wire: &mut Wire) {
    wire.set("X-Amz-Security-Token", TOKEN);
}

fn steps(signing: &mut Signing, without: usize) {
    let mut steps =
        vec![signing.date.clone(), signing.region.clone(), signing.service.clone(), "aws4_request".into()];
    steps.remove(without);
    signing.steps = Some(steps);
}

fn body(wire: &mut Wire, text: &str) {
    wire.body = text.as_bytes().to_vec();
}

#[allow(clippy::too_many_lines)]
fn cases() -> Vec<Case> {
    use Mistake as M;
    vec![
        signed_as(&[M::PathEncodedOnce], |s| s.path = PATH.into()),
        signed_as(&[M::PathEncodedThrice], |s| s.path = encode(&encode(PATH, "/"), "/")),
        sent_as(&[M::PathEncodedThrice], |w| w.path = PATH.replace("%3A", "%253A")),
        signed_as(&[M::PathRaw], |s| s.path = PATH.replace("%3A", ":")),
        Case {
            before: |w| w.path = PATH.replace("%3A", ":"),
            ..signed_as(&[M::PathRaw], |s| s.path = PATH.replace("%3A", ":"))
        },
        Case {
            before: |w| w.path = "/model/arn%3Aaws%3Abedrock%3Aus-west-2%3A1%3Aip%2Fx/invoke".into(),
            ..signed_as(&[M::PathRaw], |s| s.path = "/model/arn:aws:bedrock:us-west-2:1:ip/x/invoke".into())
        },
        signed_as(&[M::WrongService], |s| s.service = "bedrock-runtime".into()),
        signed_as(&[M::WrongRegion], |s| s.region = "us-east-1".into()),
        signed_as(&[M::WrongDate], |s| s.date = "20260101".into()),
        signed_as(&[M::WrongDate], |s| s.amz_date = "20260102T030406Z".into()),
        sent_as(&[M::WrongDate], |w| w.set("X-Amz-Date", "20260102T110405Z")),
        sent_as(&[M::WrongDate], |w| w.set("X-Amz-Date", "20260103T030405Z")),
        Case {
            before: with_query,
            ..signed_as(&[M::QueryNotSorted], |s| {
                s.query =
                    "submitTimeAfter=2026-01-01T00%3A00%3A00Z&nextToken=a%2Fb%20c%3D&maxResults=5".into();
            })
        },
        Case {
            before: with_query,
            ..signed_as(&[M::QueryEncoding], |s| s.query = s.query.replace("%20", "+"))
        },
        Case {
            before: with_query,
            ..signed_as(&[M::QueryEncoding], |s| s.query = s.query.replace('%', "%25"))
        },
        Case {
            before: with_query,
            ..signed_as(&[M::QueryEncoding], |s| {
                s.query =
                    s.query.replace("%2F", "/").replace("%20", " ").replace("%3D", "=").replace("%3A", ":");
            })
        },
        // Signed, and not named; or named, and not signed.
        signed_as(&[M::HeaderMissing], |s| s.claimed_list = Some("host;x-amz-date".into())),
        signed_as(&[M::HeaderMissing], |s| s.list.retain(|name| name != "content-type")),
        signed_as(&[M::HeaderMissing], |s| {
            drop_line(s, "host");
            list(s);
        }),
        Case {
            before: |w| w.set("Accept", "application/json"),
            ..signed_as(&[M::HeaderExtra], |s| drop_line(s, "accept"))
        },
        Case {
            before: |w| w.set("Accept", "application/json"),
            ..signed_as(&[M::HeaderExtra], |s| {
                drop_line(s, "accept");
                list(s);
                s.claimed_list = Some("accept;content-type;host;x-amz-date".into());
            })
        },
        signed_as(&[M::HeaderExtra], |s| s.claimed_list = Some("accept;content-type;host;x-amz-date".into())),
        sent_as(&[M::HeaderValue], |w| w.set("Content-Type", "application/json; charset=utf-8")),
        Case {
            before: |w| w.set("Content-Type", "application/json;charset=UTF-8"),
            ..sent_as(&[M::HeaderValue], |w| w.set("Content-Type", "application/json"))
        },
        Case {
            before: |w| w.set("X-Amzn-Bedrock-Request-Metadata", "{\"a\":  \"b\"}  "),
            ..signed_as(&[M::HeaderValue], |s| {
                set_line(s, "x-amzn-bedrock-request-metadata", "{\"a\":  \"b\"}  ");
            })
        },
        Case {
            before: |w| w.set("Host", "bedrock.internal:8443"),
            ..signed_as(&[M::HostPort], |s| set_line(s, "host", "bedrock.internal"))
        },
        signed_as(&[M::HostPort], |s| set_line(s, "host", "bedrock-runtime.us-west-2.amazonaws.com:443")),
        Case { before: |w| w.set("Content-Length", "86"), ..signed_as(&[M::UnsignableHeader], right) },
        Case { before: |w| w.set("User-Agent", "x/1"), ..signed_as(&[M::UnsignableHeader], right) },
        Case {
            before: |w| w.set("X-Forwarded-For", "10.0.0.1"),
            ..sent_as(&[M::UnsignableHeader], |w| w.set("X-Forwarded-For", "10.0.0.1, 10.0.0.2"))
        },
        // What a serialiser makes of it.
        sent_as(&[M::BodyChanged], |w| {
            body(w, r#"{"messages":[{"role":"user","content":"caf\u00e9 <b>"}],"max_tokens":16,"a":1.0}"#);
        }),
        signed_as(&[M::BodyChanged], |s| {
            s.payload = sha256_hex(
                "{\"a\":1.0,\"max_tokens\":16,\"messages\":[{\"content\":\"café <b>\",\"role\":\"user\"}]}"
                    .as_bytes(),
            );
        }),
        Case {
            before: |w| body(w, "{\"b\": [1, {\"é\": {}}], \"a\": []}"),
            ..signed_as(&[M::BodyChanged], |s| {
                s.payload = sha256_hex(
                    "{\n  \"b\": [\n    1,\n    {\n      \"é\": {}\n    }\n  ],\n  \"a\": []\n}".as_bytes(),
                );
            })
        },
        Case {
            before: |w| body(w, "{\"b\":\"é\",\"a\":1}"),
            ..signed_as(&[M::BodyChanged], |s| {
                s.payload = sha256_hex(b"{\n    \"a\": 1,\n    \"b\": \"\\u00e9\"\n}\n");
            })
        },
        sent_as(&[M::BodyChanged], |w| w.body.push(b'\n')),
        Case {
            before: |w| w.body.push(b'\n'),
            ..sent_as(&[M::BodyChanged], |w| w.body.truncate(w.body.len() - 1))
        },
        signed_as(&[M::EmptyBodyHash], |s| s.payload = sha256_hex(b"")),
        signed_as(&[M::UnsignedPayload], |s| s.payload = "UNSIGNED-PAYLOAD".into()),
        Case {
            before: |w| w.set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"),
            ..signed_as(&[M::UnsignedPayload], |s| s.payload = "UNSIGNED-PAYLOAD".into())
        },
        Case {
            before: |w| w.set("X-Amz-Content-Sha256", &sha256_hex(b"another")),
            ..signed_as(&[M::BodyChanged], |s| s.payload = sha256_hex(b"another"))
        },
        Case {
            before: with_token,
            ..sent_as(&[M::TokenMissing], |w| w.headers.retain(|(name, _)| name != "X-Amz-Security-Token"))
        },
        signed_as(&[M::TokenMissing], |s| s.key_id = "ASIAEXAMPLE".into()),
        Case { after: with_token, ..signed_as(&[M::TokenUnsigned], right) },
        signed_as(&[M::SecretWhitespace], |s| s.secret.push('\n')),
        signed_as(&[M::SecretWhitespace], |s| s.secret.push(' ')),
        signed_as(&[M::SecretWhitespace], |s| s.secret.insert(0, ' ')),
        signed_as(&[M::KeyDerivation], |s| steps(s, 0)),
        signed_as(&[M::KeyDerivation], |s| steps(s, 1)),
        signed_as(&[M::KeyDerivation], |s| steps(s, 2)),
        signed_as(&[M::KeyDerivation], |s| steps(s, 3)),
        signed_as(&[M::KeyDerivation], |s| s.prefix = ""),
        signed_as(&[M::SignatureBase64], |s| s.base64 = true),
        signed_as(&[M::EscapeCase], |s| s.path = s.path.replace("%253A", "%253a")),
        sent_as(&[M::EscapeCase], |w| w.path = PATH.replace("%3A", "%3a")),
        Case {
            before: with_query,
            ..signed_as(&[M::EscapeCase], |s| {
                s.query = s.query.replace("%2F", "%2f").replace("%3D", "%3d").replace("%3A", "%3a");
            })
        },
        Case { before: with_query, ..sent_as(&[M::MethodChanged], |w| w.method = "HEAD".into()) },
        sent_as(&[M::PathChanged], |w| w.path = format!("/llm/bedrock{PATH}")),
        sent_as(&[M::PathChanged], |w| w.path.push('/')),
        Case { before: |w| w.path.push('/'), ..sent_as(&[M::PathChanged], |w| w.path.truncate(PATH.len())) },
        // A proxy that decodes a path makes two segments of an ARN.
        Case {
            before: |w| w.path = ARN_PATH.into(),
            ..sent_as(&[M::PathRaw], |w| w.path = ARN_PATH.replace("%3A", ":").replace("%2F", "/"))
        },
        Case {
            before: |w| w.path = ARN_PATH.into(),
            ..signed_as(&[M::PathRaw], |s| s.path = s.path.replace("%252F", "/"))
        },
        signed_as(&[M::BodyChanged], |s| s.payload = sha256_hex(format!("\u{feff}{BODY}").as_bytes())),
        // Two at once.
        signed_as(&[M::PathEncodedOnce, M::BodyChanged], |s| {
            s.path = PATH.into();
            s.payload = sha256_hex(
                r#"{"messages":[{"role":"user","content":"caf\u00e9 <b>"}],"max_tokens":16,"a":1.0}"#
                    .as_bytes(),
            );
        }),
        signed_as(&[M::PathEncodedOnce, M::WrongService], |s| {
            s.path = PATH.into();
            s.service = "bedrock-runtime".into();
        }),
        signed_as(&[M::PathRaw, M::SecretWhitespace], |s| {
            s.path = PATH.replace("%3A", ":");
            s.secret.push('\n');
        }),
        signed_as(&[M::EmptyBodyHash, M::KeyDerivation], |s| {
            s.payload = sha256_hex(b"");
            steps(s, 3);
        }),
        signed_as(&[M::PathEncodedOnce, M::SignatureBase64], |s| {
            s.path = PATH.into();
            s.base64 = true;
        }),
        Case {
            before: with_query,
            ..signed_as(&[M::QueryNotSorted, M::QueryEncoding], |s| {
                s.query = "submitTimeAfter=2026-01-01T00%3A00%3A00Z&nextToken=a%2Fb+c%3D&maxResults=5".into();
            })
        },
    ]
}

fn verified(text: &[u8]) -> Verification {
    let capture = capture::read(text).unwrap();
    let keys = Keys { secret: SECRET, access_key_id: None, session_token: None };
    verify(capture.request().unwrap(), Some(keys))
}

#[test]
fn every_mistake_is_found_by_its_name() {
    let mut wrong = Vec::new();
    let mut seen: Vec<Mistake> = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let mut wire = Wire::post(PATH, BODY);
        (case.before)(&mut wire);
        let mut signing = wire.signing();
        (case.signing)(&mut signing);
        wire.sign(&signing);
        (case.after)(&mut wire);
        for line_end in ["\r\n", "\n"] {
            let found = verified(&wire.text(line_end));
            if found.verdict != Verdict::Mismatch || found.mistakes != case.ids {
                wrong.push(format!(
                    "case {number} {:?}: {:?} {}",
                    case.ids, found.mistakes, found.explanation
                ));
            }
            assert!(found.fix.is_some());
        }
        seen.extend(case.ids);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for mistake in Mistake::ALL {
        assert!(seen.contains(&mistake), "{mistake} has no case");
    }
}

#[test]
fn no_right_request_is_called_wrong() {
    let mut random = Random(7);
    for round in 0..300 {
        let wire = random.request();
        let line_end = if round % 2 == 0 { "\r\n" } else { "\n" };
        let text = wire.text(line_end);
        let found = verified(&text);
        assert_eq!(
            found.verdict,
            Verdict::Match,
            "{}\n{}",
            found.explanation,
            String::from_utf8_lossy(&text)
        );
        assert!(found.mistakes.is_empty());
        // Without the secret nothing is wrong with it either.
        let capture = capture::read(&text).unwrap();
        let found = verify(capture.request().unwrap(), None);
        assert_eq!(found.verdict, Verdict::Unknown, "{}", found.explanation);
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }

    fn text(&mut self, length: usize) -> String {
        const CHARS: [char; 16] =
            ['a', 'Z', '0', ':', '/', ' ', '"', '\\', 'é', '漢', '\n', '~', '+', '%', '&', '<'];
        (0..self.next(length)).map(|_| CHARS[self.next(CHARS.len())]).collect()
    }

    fn request(&mut self) -> Wire {
        let id = self.text(20).replace(['\n', '/'], "");
        let mut wire = Wire::post(&format!("/model/m{}/invoke", encode(&id, "")), "");
        wire.body = serde_json::json!({"t": self.text(200), "n": self.next(1000)}).to_string().into_bytes();
        let region = ["us-west-2", "eu-central-1", "us-gov-west-1"][self.next(3)];
        let host = match self.next(4) {
            0 => "127.0.0.1:8099".to_owned(),
            1 => format!("bedrock-runtime-fips.{region}.amazonaws.com"),
            2 => format!("vpce-0a-1b.bedrock-runtime.{region}.vpce.amazonaws.com"),
            _ => format!("bedrock-runtime.{region}.amazonaws.com"),
        };
        wire.set("Host", &host);
        if self.next(3) == 0 {
            wire.method = "GET".into();
            wire.body.clear();
            let mut pairs: Vec<String> = (0..=self.next(4))
                .map(|at| format!("k{}{}={}", self.next(9), at, encode(&self.text(9), "")))
                .collect();
            pairs.rotate_left(1);
            wire.query = pairs.join("&");
        }
        if self.next(2) == 0 {
            wire.set("Accept", "application/json");
            wire.set("X-Amzn-Bedrock-Trace", "  ENABLED ");
        }
        if self.next(3) == 0 {
            wire.set("X-Amz-Content-Sha256", &sha256_hex(&wire.body.clone()));
        }
        if self.next(4) == 0 {
            // As botocore signs a request that has a Date.
            wire.headers.retain(|(name, _)| name != "X-Amz-Date");
            wire.set("Date", "Fri, 02 Jan 2026 03:04:05 GMT");
        }
        let temporary = self.next(2) == 0;
        if temporary {
            wire.set("X-Amz-Security-Token", TOKEN);
        }
        let mut signing = wire.signing();
        signing.region = region.into();
        if temporary {
            signing.key_id = "ASIAEXAMPLE".into();
        }
        wire.sign(&signing);
        wire.set("User-Agent", "test/1");
        wire
    }
}

#[test]
fn the_command_answers_as_the_issue_says() {
    let mut wire = Wire::post(PATH, BODY);
    with_token(&mut wire);
    let mut signing = wire.signing();
    signing.path = PATH.into();
    wire.sign(&signing);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.txt");
    std::fs::write(&file, wire.text("\r\n")).unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let by_option = |command: &mut std::process::Command| {
        command.arg("--secret-key").arg(format!("@{}", secret.display()));
    };
    let by_environment = |command: &mut std::process::Command| {
        command.env("AWS_SECRET_ACCESS_KEY", SECRET);
    };
    let ways: [&dyn Fn(&mut std::process::Command); 2] = [&by_option, &by_environment];
    for way in ways {
        for form in ["text", "json"] {
            let mut command = bedwire();
            command.args(["--output", form, "verify"]).arg(&file);
            way(&mut command);
            let ran = run(&mut command);
            assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
            for hidden in [SECRET, TOKEN] {
                assert!(!ran.stdout.contains(hidden) && !ran.stderr.contains(hidden), "{}", ran.stdout);
            }
            if form == "json" {
                let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
                assert_eq!(json["verdict"], "mismatch");
                assert_eq!(json["mistakes"], serde_json::json!(["path-encoded-once"]));
                for field in ["explanation", "fix", "canonical_request", "string_to_sign"] {
                    assert!(json[field].is_string(), "{field}");
                }
            }
        }
    }
    let ran = run(bedwire().arg("verify").arg(&file));
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("without the secret it cannot be known"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("fix: give the secret of its access key with --secret-key"),
        "{}",
        ran.stdout
    );
    // The library has no options.
    let capture = capture::read(&wire.text("\n")).unwrap();
    let found = verify(capture.request().unwrap(), None);
    assert!(found.missing == Some(Missing::Secret) && found.fix.is_none(), "{found:?}");
}
