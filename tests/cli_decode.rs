//! `bedwire decode`: frames as JSON lines, from a file and through a pipe, and what it says of a damaged stream.
#![cfg(feature = "cli")]

mod command;
mod vectors;

use bedwire::protocol::eventstream::{HeaderValue, encode};
use command::{Ran, bedwire, run, run_with};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

#[test]
fn a_frame_is_a_line_with_its_payload_as_it_came() {
    let payload = "{ \"n\": 1.0, \"a\":12345678901234567890123,\r\n \"t\":\"\\u00fc\\n\" }";
    let ran = decode(&stream(&[payload.as_bytes()]));
    let line = format!(
        "{{\"offset\":0,\"headers\":{{\":event-type\":\"chunk\",\":message-type\":\"event\"}},\"payload\":{}}}\n",
        payload.replace("\r\n", "  ")
    );
    assert_eq!((ran.code, ran.stdout, ran.stderr), (0, line, String::new()));
}

#[test]
fn a_payload_that_is_no_json_is_base64() {
    let payloads: [&[u8]; 5] = [b"", b"hello", b"{\"a\":1} x", b"\"\xff\"", b"  7 "];
    let ran = decode(&stream(&payloads));
    let lines = lines(&ran);
    assert_eq!(ran.code, 0);
    let shown: Vec<_> = lines.iter().map(|l| (&l["payload"], &l["payload_base64"])).collect();
    let none = Value::Null;
    assert_eq!(
        shown,
        [
            (&none, &json!("")),
            (&none, &json!("aGVsbG8=")),
            (&none, &json!("eyJhIjoxfSB4")),
            (&none, &json!("Iv8i")),
            (&json!(7), &none),
        ]
    );
    assert_eq!(lines[1]["offset"], stream(&payloads[..1]).len());
}

#[test]
fn every_type_of_header_has_its_form() {
    let headers = [
        ("a", HeaderValue::Bool(true)),
        ("b", HeaderValue::Bool(false)),
        ("c", HeaderValue::Byte(-1)),
        ("d", HeaderValue::Int16(-2)),
        ("e", HeaderValue::Int32(3)),
        ("f", HeaderValue::Int64(i64::MIN)),
        ("g", HeaderValue::Bytes(b"\xff\x00")),
        ("h\"", HeaderValue::String("\n\u{fc}")),
        ("i", HeaderValue::Timestamp(-1)),
        ("j", HeaderValue::Uuid(*b"0123456789abcdef")),
    ];
    let ran = decode(&encode(headers, b"null").unwrap());
    let expected = json!({
        "offset": 0,
        "headers": {
            "a": true, "b": false, "c": -1, "d": -2, "e": 3, "f": i64::MIN, "g": {"bytes": "/wA="}, "h\"": "\n\u{fc}",
            "i": {"timestamp": -1}, "j": {"uuid": "30313233-3435-3637-3839-616263646566"},
        },
        "payload": null,
    });
    assert_eq!(lines(&ran), [expected]);
}

#[test]
fn a_damaged_stream_shows_what_came_before_and_ends_with_7() {
    let frames = [&b"{}"[..], b"1", b"2", b"3"];
    let third = stream(&frames[..2]).len();
    let mut bytes = stream(&frames);
    bytes[third + 14] ^= 1;
    let file = Kept::new("damaged", &bytes);
    for form in ["text", "json"] {
        let ran = run_with(&["decode", file.path(), "--output", form]);
        assert_eq!((ran.code, lines(&ran).len()), (7, 2), "{}", ran.stderr);
        let place = format!("in frame 3 (from byte {third})");
        assert!(ran.stderr.contains(&place) && ran.stderr.contains(file.path()), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1);
        if form == "json" {
            let error: Value = serde_json::from_str(&ran.stderr).unwrap();
            assert_eq!(error["error"]["kind"], "undecodable");
        }
    }
    let whole = stream(&frames);
    let ran = decode(&whole[..whole.len() - 1]);
    assert_eq!((ran.code, lines(&ran).len()), (7, 3));
    assert!(
        ran.stderr.contains(&format!("broken at byte {}, in frame 4", whole.len() - 1)),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_no_event_stream_is_called_that() {
    let ran = decode(b"{\"message\":\"a plain answer\"}");
    assert_eq!((ran.code, ran.stdout.as_str()), (7, ""));
    assert!(ran.stderr.contains("standard input: ") && ran.stderr.contains("plain JSON"), "{}", ran.stderr);
    let ran = decode(b"");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
}

#[test]
fn a_file_that_cannot_be_read_is_bad_input() {
    for path in ["/nonexistent/stream", "/"] {
        let ran = run_with(&["decode", path]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("{path} cannot be read")), "{}", ran.stderr);
    }
}

#[test]
fn a_pipe_shows_each_frame_as_it_is_complete() {
    let mut child = bedwire().arg("decode").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let frames = stream(&[b"1", b"2"]);
    let (first, second) = frames.split_at(frames.len() / 2);
    for (part, payload) in [(first, 1), (second, 2)] {
        // The next part is not written before this one's line is read.
        let (start, end) = part.split_at(20);
        input.write_all(start).unwrap();
        input.write_all(end).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["payload"], payload);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn chunks_are_opened_when_asked() {
    let inner = r#"{"type":"message_stop","n":1.0}"#;
    let chunk = json!({ "bytes": base64_simd::STANDARD.encode_to_string(inner), "p": "ab" }).to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), stream(&[chunk.as_bytes()])).unwrap();
    let path = file.path().to_str().unwrap();
    let closed = run_with(&["decode", path]);
    assert_eq!(lines(&closed)[0]["payload"]["p"], "ab");
    let opened = run_with(&["decode", "--unwrap", path]);
    assert_eq!(opened.code, 0, "{}", opened.stderr);
    // As the model wrote it: 1.0 stays 1.0.
    assert!(opened.stdout.contains(&format!("\"payload\":{inner}")), "{}", opened.stdout);
}

#[test]
fn after_damage_it_goes_on_when_asked() {
    let whole = stream(&[b"{\"n\":1}", b"{\"n\":2}", b"{\"n\":3}"]);
    let mut damaged = whole.clone();
    damaged[whole.len() / 3 + 20] ^= 1;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &damaged).unwrap();
    let ran = run_with(&["decode", "--resync", file.path().to_str().unwrap()]);
    let numbers: Vec<_> = lines(&ran).iter().map(|line| line["payload"]["n"].clone()).collect();
    assert_eq!((numbers, ran.code), (vec![json!(1), json!(3)], 7), "{}", ran.stderr);
}

#[test]
fn dumps_are_read_as_what_they_show() {
    let bytes = stream(&[b"{\"n\":1}", b"{\"n\":2}"]);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64_simd::STANDARD.encode_to_string(&bytes);
    let expected = decode(&bytes).stdout;
    for dump in [hex, base64] {
        let ran = decode(dump.as_bytes());
        assert_eq!((ran.code, &ran.stdout), (0, &expected), "{dump}\n{}", ran.stderr);
    }
}

/// What `hexdump -C` prints: lines that are as the one before are a `*`.
fn hexdump(bytes: &[u8]) -> String {
    let mut dump = String::new();
    let mut last: Option<(&[u8], bool)> = None;
    for (number, row) in bytes.chunks(16).enumerate() {
        if let Some((before, is_squeezed)) = last.filter(|(before, _)| *before == row) {
            dump.push_str(if is_squeezed { "" } else { "*\n" });
            last = Some((before, true));
            continue;
        }
        last = Some((row, false));
        let digits: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let characters: String = row
            .iter()
            .map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' })
            .collect();
        dump.push_str(&format!("{:08x}  {}  |{characters}|\n", number * 16, digits.join(" ")));
    }
    dump + &format!("{:08x}\n", bytes.len())
}

#[test]
fn a_dump_may_have_any_text_beside_it_and_lines_that_come_again() {
    let payload = format!("{{\"text\": \"The answer: 42,  as in: all | {}\"}}", "a".repeat(80));
    let bytes = stream(&[payload.as_bytes()]);
    let dump = hexdump(&bytes);
    assert!(dump.contains("\n*\n") && dump.contains(": "), "{dump}");
    let ran = decode(dump.as_bytes());
    assert_eq!((ran.code, ran.stdout), (0, decode(&bytes).stdout), "{dump}\n{}", ran.stderr);

    let ran = decode(dump.replacen("\n*\n", "\n", 1).as_bytes());
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("a part of the dump is missing"), "{}", ran.stderr);
}

#[test]
fn the_vectors_are_shown() {
    let Some(folder) = vectors::find("event-stream") else { return };
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let ran = run_with(&["decode", &file("valid_with_all_headers_and_payload")]);
    let headers = json!({
        "true": true, "false": false, "byte": 50, "short": 20_000, "int": 500_000, "long": 50_000_000_000_i64,
        "bytes": {"bytes": "c29tZSBieXRlcw=="}, "str": "some str", "time": {"timestamp": 5_000_000_000_i64},
        "uuid": {"uuid": "b79bc914-de21-4e13-b8b2-bc47e85b7f0b"},
    });
    assert_eq!(lines(&ran), [json!({"offset": 0, "headers": headers, "payload_base64": "c29tZSBwYXlsb2Fk"})]);
    for name in ["invalid_header_value_type", "invalid_prelude_checksum", "invalid_headers_length"] {
        assert_eq!(run_with(&["decode", &file(name)]).code, 7, "{name}");
    }
}

fn stream(payloads: &[&[u8]]) -> Vec<u8> {
    let headers = [(":event-type", "chunk".into()), (":message-type", "event".into())];
    payloads.iter().flat_map(|payload| encode(headers, payload).unwrap()).collect()
}

/// Through standard input.
fn decode(bytes: &[u8]) -> Ran {
    let file = Kept::new("input", bytes);
    run(bedwire().args(["decode", "-"]).stdin(std::fs::File::open(&file.path).unwrap()))
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A file for as long as it is needed.
struct Kept {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Kept {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self { _folder: folder, path }
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}
