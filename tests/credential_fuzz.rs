//! Foreign bytes: profile files, tokens, what processes print and services answer. Nothing panics on any of them.
//! `BEDWIRE_FUZZ_SECONDS` makes it go on for longer.
#![cfg(feature = "client-core")]

mod credential_calls;

use bedwire::protocol::credential_document::{SessionTokenMember, SsoTokenFile, read_keys, read_login};
use bedwire::protocol::operation::Operation;
use bedwire::protocol::operation::sso::{CreateToken, GetRoleCredentials};
use bedwire::protocol::operation::sts::{AssumeRole, AssumeRoleWithWebIdentity, GetCallerIdentity};
use bedwire::protocol::profile_file::{FileKind, ProfileFile};
use bytes::Bytes;
use credential_calls::{Aws, environment, find, keys, role_credentials, sts};
use std::time::{Duration, Instant};

/// A small generator with a fixed start: a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap()
    }

    /// A document with a few places changed.
    fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        const PIECES: [&[u8]; 24] = [
            b"[",
            b"]",
            b"[profile ",
            b"\n",
            b"\r\n",
            b" ",
            b"\t",
            b"=",
            b"#",
            b";",
            b"\"",
            b"{",
            b"}",
            b"<",
            b">",
            b"</",
            b"&#x",
            b";",
            b"\\u0000",
            b"\0",
            b"\xff",
            "é".as_bytes(),
            b"1e999",
            b"null",
        ];
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, PIECES[self.below(PIECES.len())].iter().copied())),
                2 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                3 => {
                    let end = (at + self.below(20)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    bytes.splice(at..at, other[from..].iter().copied().take(200));
                }
            }
        }
        bytes
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "[default]\nregion = x # c\ns3 =\n  a = b\n[profile \"a b\"]\nrole_arn=r\nsource_profile=default\n[sso-session s]\nx=y\n[services q]\nsts =\n endpoint_url = http://a\n".to_owned(),
        "[default]\naws_access_key_id=A\naws_secret_access_key=B\n".to_owned(),
        "[default]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\n[sso-session s]\nsso_region=eu-west-1\nsso_start_url=u\n".to_owned(),
        keys("A"),
        role_credentials("A"),
        sts("AssumeRole", "A"),
        sts("AssumeRoleWithWebIdentity", "A"),
        "<R><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>1</Account></GetCallerIdentityResult></R>".to_owned(),
        r#"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-01-02T03:04:05Z"}"#.to_owned(),
        r#"{"accessToken":"a","expiresAt":"2026-01-02T04:04:05Z","clientId":"c","clientSecret":"cs","refreshToken":"r","registrationExpiresAt":"2026-02-01T00:00:00Z"}"#.to_owned(),
        r#"{"accessToken":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t","expiresAt":"2026-01-02T04:04:05Z"}}"#.to_owned(),
        r#"{"accessToken":"a","expiresIn":99999999999999999999,"roleCredentials":{"expiration":18446744073709551615}}"#.to_owned(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}

fn read_all(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for kind in [FileKind::Config, FileKind::Credentials] {
        if let Ok(file) = ProfileFile::parse(&text, kind) {
            for name in file.names() {
                let section = file.profile(name).unwrap();
                for (property, _) in section.properties() {
                    let _ = section.nested(property);
                }
            }
        }
    }
    let _ = read_keys(bytes, SessionTokenMember::Token, "fuzz");
    let _ = read_keys(bytes, SessionTokenMember::SessionToken, "fuzz");
    let _ = read_login(bytes);
    let _ = SsoTokenFile::read(bytes);
    let answer = || http::Response::new(Bytes::copy_from_slice(bytes));
    let _ = AssumeRole::new("r", "s").decode(answer());
    let _ = AssumeRoleWithWebIdentity::new("r", "s", "t").decode(answer());
    let _ = GetCallerIdentity.decode(answer());
    let _ = GetRoleCredentials::new("r", "a", "t").decode(answer());
    let _ = CreateToken::new("c", "s", "r").decode(answer());
}

fn rounds(least: usize) -> impl Iterator<Item = usize> {
    let seconds = std::env::var("BEDWIRE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = Instant::now() + Duration::from_secs(seconds);
    (0..).take_while(move |round| *round < least || Instant::now() < end)
}

#[test]
fn no_reader_panics() {
    let (seeds, mut random) = (seeds(), Random(0x9E37_79B9_7F4A_7C15));
    let mut count = 0;
    for _ in rounds(5_000) {
        read_all(&random.mutated(&seeds));
        count += 1;
    }
    if count > 5_000 {
        eprintln!("{count} documents were read");
    }
}

/// The whole search, with files and answers of any kind: it ends, and with nothing worse than an error.
#[tokio::test(start_paused = true)]
async fn no_search_panics() {
    let (seeds, mut random) = (seeds(), Random(0xD1B5_4A32_D192_ED03));
    for _ in rounds(300) {
        let text = |random: &mut Random| String::from_utf8_lossy(&random.mutated(&seeds)).into_owned();
        let (config, credentials, token) = (text(&mut random), text(&mut random), text(&mut random));
        let files = [
            ("/h/.aws/config", config.as_str()),
            ("/h/.aws/credentials", credentials.as_str()),
            // sha1("s")
            ("/h/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json", token.as_str()),
        ];
        let answers: Vec<String> = (0..4).map(|_| text(&mut random)).collect();
        let statuses = [200, 200, 403, 500];
        let steps = answers.iter().map(|answer| (statuses[random.below(4)], answer.as_str()));
        let aws = Aws::scripted(steps.collect::<Vec<_>>());
        let on_ec2 = ("AWS_EC2_METADATA_DISABLED", if random.below(2) == 0 { "true" } else { "false" });
        let _ = find(environment(&[on_ec2], &files), None, &aws).await;
    }
}
