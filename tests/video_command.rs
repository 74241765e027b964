//! The `video` and `async` commands, as they are typed: against the emulator in process, and against one that listens.
#![cfg(feature = "cli")]

mod command;

use command::{Emulate, Ran};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ARN: &str = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/";

#[test]
fn the_main_job_writes_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--offline", "video", "create", "--prompt", "a fox", "--s3-uri", "s3://demo/out"];
    let done = run(folder.path(), &[&words[..], &["--wait", "--download", "out.mp4"]].concat());
    assert!(done.code == 0, "{}", done.stderr);
    assert!(done.stdout.starts_with(ARN), "{}", done.stdout);
    let video = std::fs::read(folder.path().join("out.mp4")).unwrap();
    assert_eq!(&video[4..8], b"ftyp");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_job_whose_arn_nobody_reads_is_followed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--offline", "video", "create", "--prompt", "a fox", "--s3-uri", "s3://demo/out"];
    for form in ["text", "json"] {
        let file = format!("{form}.mp4");
        let mut command = command::bedwire();
        command.args(words).args(["--output", form, "--wait", "--download", &file]);
        let done = command::run_unread(command::with_keys(&mut command).current_dir(folder.path()));
        assert!(done.code == 0, "{}", done.stderr);
        assert!(done.stderr.contains(&format!("started {ARN}")), "{}", done.stderr);
        assert!(folder.path().join(file).exists());
    }
}

#[test]
fn a_video_is_fetched_into_the_file_that_is_named_either_way() {
    let emulator = Emulate::start(&["--job-seconds", "0"], &[]);
    let folder = tempfile::tempdir().unwrap();
    let client = |words: &[&str]| command::run(emulator.client().args(words).current_dir(folder.path()));
    let made = client(&["video", "create", "--prompt", "a fox", "--s3-uri", "s3://demo/out"]);
    let arn = made.stdout.trim();
    for (words, code) in [
        (&["video", "download", arn, "a.mp4"][..], 0),
        (&["video", "download", arn, "--download", "b.mp4"], 0),
        (&["video", "download", arn, "c.mp4", "--download", "d.mp4"], 2),
    ] {
        let done = client(words);
        assert_eq!(done.code, code, "{words:?}: {}", done.stderr);
    }
    let exists = |file: &str| folder.path().join(file).exists();
    assert_eq!(["a.mp4", "b.mp4", "c.mp4", "d.mp4"].map(exists), [true, true, false, false]);
}

#[test]
fn as_json_each_step_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--offline",
        "--output",
        "json",
        "video",
        "create",
        "--prompt",
        "a fox",
        "--s3-uri",
        "s3://demo/out",
    ];
    let done = run(folder.path(), &[&words[..], &["--download", "out.mp4"]].concat());
    let lines: Vec<serde_json::Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["invocationArn"].as_str().unwrap().starts_with(ARN));
    assert_eq!(lines[1]["status"], "Completed");
    assert_eq!(lines[2]["file"], "out.mp4");
    assert_eq!(lines.len(), 3);
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cat.png"), "GIF89a").unwrap();
    let long = "x".repeat(5001);
    let nova = ["--model", "amazon.nova-reel-v1:0"];
    let shots = ["--shot", "x"].repeat(21);
    let many_shots = [&["--model", "amazon.nova-reel-v1:1"], &shots[..]].concat();
    let cases: [(&[&str], &str); 14] = [
        (&["--prompt", &long], "5001 characters"),
        (&["--prompt", ""], "0 characters"),
        (&["--prompt", "x", "--image", "cat.png"], "is a GIF image"),
        (&["--prompt", "x", "--image", "none.png"], "cannot be read"),
        (&["--prompt", "x", "--download", "no/such/out.mp4"], "cannot be written"),
        (&["--prompt", "x", "--download", "."], "it is a folder"),
        (&["--prompt", "x", "--duration", "7"], "5s, 9s"),
        (&["--prompt", "x", "--resolution", "1080p"], "540p, 720p"),
        (&["--prompt", "x", "--aspect-ratio", "2:1"], "21:9"),
        (&["--prompt", "x", "--seed", "1"], "no such input"),
        (&["--prompt", "x", "--tag", "a"], "KEY=VALUE"),
        (&["--prompt", "x", "--model", "foo.bar"], "luma.ray-v2:0"),
        (&["--prompt", "x", nova[0], nova[1], "--duration", "12"], "6 seconds only"),
        (&many_shots, "give at most 20"),
    ];
    for (words, said) in cases {
        // Nobody listens there: what is sent would fail otherwise.
        let start = ["--endpoint-url", "http://127.0.0.1:1", "video", "create", "--s3-uri", "s3://demo/out"];
        let refused = run(folder.path(), &[&start[..], words].concat());
        assert_eq!(refused.code, 2, "{said}: {}", refused.stderr);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
        assert_eq!(refused.stdout, "", "{said}");
    }
    let bad_uri = ["--offline", "video", "create", "--prompt", "x", "--s3-uri", "demo/out"];
    assert_eq!(run(folder.path(), &bad_uri).code, 2);
    let quoted =
        ["--offline", "async", "start", "luma.ray-v2:0", "--input", r#""{}""#, "--s3-uri", "s3://demo/out"];
    let refused = run(folder.path(), &quoted);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("is a JSON string"), "{}", refused.stderr);
}

#[test]
fn the_arn_of_a_model_decides_the_region() {
    let folder = tempfile::tempdir().unwrap();
    for (region, model) in [
        ("eu-west-1", "amazon.nova-reel-v1:0"),
        ("us-east-1", "amazon.nova-reel-v1:1"),
        ("us-west-2", "luma.ray-v2:0"),
    ] {
        let arn = format!("arn:aws:bedrock:{region}::foundation-model/{model}");
        let words = ["--dry-run", "--region", "ap-southeast-1", "video", "create", "--prompt", "a fox"];
        let shown =
            run(folder.path(), &[&words[..], &["--model", &arn, "--s3-uri", "s3://demo/out"]].concat());
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        for part in
            [format!("host: bedrock-runtime.{region}."), format!("/{region}/bedrock/"), format!("\"{arn}\"")]
        {
            assert!(shown.stdout.contains(&part), "{part} is missing in {}", shown.stdout);
        }
    }
}

#[test]
fn the_same_command_finds_its_job_again() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulate::start(&["--job-seconds", "3600", "--throttle-first", "1"], &[]);
    let create = |more: &[&str]| {
        let words = [
            "--endpoint-url",
            &emulator.url,
            "video",
            "create",
            "--prompt",
            "a fox",
            "--s3-uri",
            "s3://demo/out",
        ];
        run(folder.path(), &[&words[..], more].concat())
    };
    let first = create(&[]);
    assert!(first.code == 0, "{}", first.stderr);
    assert_eq!(first.stderr, "");
    std::thread::sleep(std::time::Duration::from_millis(500));
    let second = create(&[]);
    assert_eq!(second.stdout, first.stdout);
    assert!(second.stderr.contains("was sent before"), "{}", second.stderr);
    assert_ne!(create(&["--again"]).stdout, first.stdout);
    assert_ne!(create(&["--tag", "take=2"]).stdout, first.stdout);
    let list = run(folder.path(), &["--endpoint-url", &emulator.url, "video", "list"]);
    assert_eq!(list.stdout.lines().count(), 3, "{}", list.stdout);
    let late = run(
        folder.path(),
        &["--endpoint-url", &emulator.url, "video", "wait", first.stdout.trim(), "--wait-limit", "1"],
    );
    assert_eq!(late.code, 6);
    let resume =
        format!("--endpoint-url {} video wait {} --wait-limit 1)", emulator.url, first.stdout.trim());
    assert!(late.stderr.contains(&format!("resume with: bedwire {resume}")), "{}", late.stderr);
}

#[test]
fn a_failed_job_says_why_and_how_to_start_another() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulate::start(&["--fail-jobs", "the prompt was blocked"], &[]);
    let words = [
        "--endpoint-url",
        &emulator.url,
        "video",
        "create",
        "--prompt",
        "a fox",
        "--s3-uri",
        "s3://demo/out",
    ];
    let failed = run(folder.path(), &[&words[..], &["--wait"]].concat());
    assert_eq!(failed.code, 4);
    assert!(failed.stderr.contains("the prompt was blocked"), "{}", failed.stderr);
    assert!(failed.stderr.contains("--again"), "{}", failed.stderr);
}

#[test]
fn the_command_that_resumes_takes_the_same_way_and_shows_no_password() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("config"),
        "[profile 'a b']\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = x\n",
    )
    .unwrap();
    let authority = rcgen::generate_simple_self_signed(["an authority".to_owned()]).unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.cert.pem()).unwrap();
    let resume = |proxy: &str| {
        let words = [
            "--profile",
            "a b",
            "--proxy",
            proxy,
            "--ca-bundle",
            "ca.pem",
            "--timeout",
            "2.5",
            "--max-attempts",
            "1",
            "--fail-fast",
            "--record",
            "r d",
            "-v",
        ];
        let arn = format!("{ARN}abcdefghijkl");
        let wait = ["video", "wait", &arn, "--wait-limit", "2", "--download", "x y.mp4"];
        let mut command = command::bedwire();
        command::with_keys(&mut command).env("AWS_CONFIG_FILE", "config").current_dir(folder.path());
        let ran = command::run(command.args([&words[..], &wait].concat()));
        assert_eq!(ran.code, 6, "{}", ran.stderr);
        let end = format!(
            " --profile 'a b' --ca-bundle ca.pem --timeout 2.5 --max-attempts 1 --record 'r d' --fail-fast -v video wait {arn} --download 'x y.mp4' --wait-limit 2)"
        );
        assert!(ran.stderr.contains(&end), "{}", ran.stderr);
        ran.stderr
    };
    let plain = resume("http://127.0.0.1:9");
    assert!(plain.contains("bedwire --proxy http://127.0.0.1:9 --profile"), "{plain}");
    let secret = resume("http://me:hushhush@127.0.0.1:9");
    assert!(secret.contains(r#"bedwire --proxy "$HTTPS_PROXY" --profile"#), "{secret}");
    assert!(!secret.contains("hushhush"), "{secret}");
}

#[test]
fn a_list_whose_token_is_repeated_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
            while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            count.fetch_add(1, Ordering::SeqCst);
            let page = r#"{"asyncInvokeSummaries":[],"nextToken":"x"}"#;
            let length = page.len();
            write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{page}")
                .unwrap();
        }
    });
    for kind in ["async", "video"] {
        let listed = run(Path::new("/"), &["--endpoint-url", &url, kind, "list"]);
        assert_eq!(listed.code, 7, "{}", listed.stderr);
        assert!(listed.stderr.contains("a nextToken that it had given before"), "{}", listed.stderr);
        assert_eq!(asked.swap(0, Ordering::SeqCst), 2);
    }
}

fn run(folder: &Path, words: &[&str]) -> Ran {
    command::run(command::with_keys(&mut command::bedwire()).args(words).current_dir(folder))
}
