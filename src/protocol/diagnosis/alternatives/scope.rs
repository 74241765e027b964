//! Other dates, regions, services and secrets, and keys that were made in other steps.

use super::{Found, Origin};
use crate::protocol::diagnosis::mistake::Mistake;
use crate::protocol::diagnosis::search::{Alternative, Part};
use crate::protocol::diagnosis::view::{Chain, Change};
use crate::protocol::timestamp::{amz_date, parse_amz_date, parse_http_date};
use std::time::Duration;

const SERVICES: [&str; 8] = [
    "bedrock",
    "bedrock-runtime",
    "bedrock-mantle",
    "bedrock-agent-runtime",
    "bedrock-agent",
    "s3",
    "execute-api",
    "sagemaker",
];
const REGIONS: [&str; 36] = [
    "us-east-1",
    "us-west-2",
    "us-east-2",
    "us-west-1",
    "eu-west-1",
    "eu-central-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-central-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-south-1",
    "ap-south-2",
    "ap-east-1",
    "ca-central-1",
    "ca-west-1",
    "sa-east-1",
    "me-south-1",
    "me-central-1",
    "af-south-1",
    "il-central-1",
    "mx-central-1",
    "us-gov-west-1",
    "us-gov-east-1",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
];
/// How far off a second reading of the clock may be, in seconds.
const SECONDS: u64 = 5 * 60;
/// Those of them that are paired with other mistakes.
const PAIRED_SECONDS: u64 = 5;

pub(super) fn add(origin: &Origin<'_>, found: &mut Found) {
    regions_and_services(origin, found);
    secrets(origin, found);
    chains(found);
    dates(origin, found);
}

fn regions_and_services(origin: &Origin<'_>, found: &mut Found) {
    let claimed = origin.claimed;
    let of_host = origin.host.region.as_deref().into_iter();
    let mut seen = vec![claimed.region.as_str(), ""];
    for region in of_host.chain(REGIONS) {
        if seen.contains(&region) {
            continue;
        }
        seen.push(region);
        found.add(
            Part::Region,
            &[Mistake::WrongRegion],
            format!("that was signed for {region}, while its scope says {}", claimed.region),
            vec![Change::Region(region.to_owned())],
        );
    }
    for service in SERVICES.into_iter().filter(|service| *service != claimed.service) {
        found.add(
            Part::Service,
            &[Mistake::WrongService],
            format!("that was signed for {service}, while its scope says {}", claimed.service),
            vec![Change::Service(service.to_owned())],
        );
    }
}

fn secrets(origin: &Origin<'_>, found: &mut Found) {
    let secret = &origin.base.secret;
    let mut add = |secret: Vec<u8>, what: &str| {
        found.add(Part::Secret, &[Mistake::SecretWhitespace], what, vec![Change::Secret(secret)]);
    };
    for (end, name) in [
        ("\n", "a newline"),
        (" ", "a space"),
        ("\r\n", "CRLF"),
        ("\t", "a tab"),
        ("\r", "CR"),
        ("\n\n", "two newlines"),
        ("  ", "two spaces"),
    ] {
        add([secret, end.as_bytes()].concat(), &format!("that was signed with {name} behind the secret"));
    }
    for (start, name) in
        [(" ", "a space"), ("\n", "a newline"), ("\t", "a tab"), ("\u{feff}", "a byte order mark")]
    {
        add([start.as_bytes(), secret].concat(), &format!("that was signed with {name} before the secret"));
    }
    add([b" ", secret.as_slice(), b" "].concat(), "that was signed with spaces around the secret");
    add([b"\"", secret.as_slice(), b"\""].concat(), "that was signed with quotes around the secret");
    let trimmed = secret.trim_ascii();
    if trimmed.len() < secret.len() {
        add(trimmed.to_vec(), "that was signed without the white space that is around the given secret");
    }
}

fn chains(found: &mut Found) {
    let mut add = |chain, what: &str| {
        found.add(Part::Chain, &[Mistake::KeyDerivation], what, vec![Change::Chain(chain)]);
    };
    for (step, name) in ["date", "region", "service", "aws4_request"].into_iter().enumerate() {
        add(Chain::Without(step), &format!("whose signing key was made without the step of the {name}"));
    }
    add(Chain::NoPrefix, "whose signing key was made without AWS4 before the secret");
    for (step, name) in ["date", "region"].into_iter().enumerate() {
        add(Chain::Until(step), &format!("whose signing key was made only up to the {name}"));
    }
    add(Chain::Secret { prefixed: true }, "that was signed with AWS4 and the secret, without a signing key");
    add(Chain::Secret { prefixed: false }, "that was signed with the secret itself");
    add(Chain::Hex, "whose signing key was made with hex between the steps");
    add(Chain::LongDate, "whose signing key was made with the whole date");
    for step in 0..3 {
        add(Chain::Swapped(step), "whose signing key was made with its steps in another order");
    }
}

fn dates(origin: &Origin<'_>, found: &mut Found) {
    let claimed = origin.claimed;
    let sent = &claimed.amz_date;
    let day = sent.get(..8).unwrap_or_default();
    let mut add = |what: String, changes: Vec<Change>, alone: bool| {
        found.push(Alternative {
            mistakes: vec![Mistake::WrongDate],
            what,
            changes,
            part: Part::Date,
            alone,
        });
    };
    if day != claimed.date {
        add(
            "whose scope says another day than its date".to_owned(),
            vec![Change::Date(day.to_owned())],
            false,
        );
    }
    let is_signed = claimed.signs("x-amz-date");
    // The string to sign has another date than the header; or the whole request was signed with another date.
    let mut at = |date: String, alone: bool| {
        let what = format!("that was signed with the date {date}");
        let own_day = date.get(..8).unwrap_or_default().to_owned();
        add(what.clone(), vec![Change::AmzDate(date.clone())], alone);
        if is_signed {
            let line = Change::Line { name: "x-amz-date".to_owned(), value: Some(date.clone()) };
            add(what.clone(), vec![Change::AmzDate(date.clone()), line.clone()], alone);
            add(what.clone(), vec![line.clone()], true);
            if own_day != claimed.date {
                add(
                    what.clone(),
                    vec![Change::AmzDate(date.clone()), line, Change::Date(own_day.clone())],
                    true,
                );
            }
        }
        if own_day != claimed.date {
            add(what, vec![Change::AmzDate(date), Change::Date(own_day)], true);
        }
    };
    if let Some(time) = sent.get(8..).filter(|_| day != claimed.date) {
        at(format!("{}{time}", claimed.date), false);
    }
    let header = origin.request.header("date").and_then(|value| {
        let value = value.trim();
        parse_http_date(value).map(amz_date).or_else(|| parse_amz_date(value).map(|_| value.to_owned()))
    });
    for date in header.into_iter().filter(|date| date != sent) {
        at(date, false);
    }
    let Some(time) = parse_amz_date(sent) else { return };
    let near =
        |by: u64| [time.checked_sub(Duration::from_secs(by)), time.checked_add(Duration::from_secs(by))];
    // Local time for UTC: time zones lie half hours apart.
    for half_hours in 1..=28 {
        for date in near(half_hours * 30 * 60).into_iter().flatten() {
            at(amz_date(date), true);
        }
    }
    let mut days_of_key = Vec::new();
    for days in [1, 2, 7, 30, 365] {
        for date in near(days * 24 * 60 * 60).into_iter().flatten() {
            let date = amz_date(date);
            at(date.clone(), true);
            days_of_key.push((date.get(..8).unwrap_or_default().to_owned(), days > 1));
        }
    }
    for seconds in 1..=SECONDS {
        for date in near(seconds).into_iter().flatten() {
            at(amz_date(date), seconds > PAIRED_SECONDS);
        }
    }
    for (day, alone) in days_of_key.into_iter().filter(|(day, _)| *day != claimed.date) {
        add(format!("whose signing key is that of {day}"), vec![Change::Date(day)], alone);
    }
}
