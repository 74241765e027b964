//! What was signed, in parts that can be exchanged one by one.

use super::keyed::Keyed;
use sha2::{Digest as _, Sha256};

/// The parts of a signature.
#[derive(Clone)]
pub(super) struct View {
    pub(super) method: String,
    /// Canonical.
    pub(super) path: String,
    /// Canonical.
    pub(super) query: String,
    /// Canonical headers, sorted by name.
    pub(super) lines: Vec<(String, String)>,
    /// The names in the line after them, sorted.
    pub(super) listed: Vec<String>,
    /// The hash of the body, in hex, or what stands there instead.
    pub(super) payload: String,
    /// The date in the string to sign.
    pub(super) amz_date: String,
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) secret: Vec<u8>,
    pub(super) chain: Chain,
}

/// How the signing key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chain {
    /// As it must be.
    Right,
    /// Without the step at this place: date, region, service, `aws4_request`.
    Without(usize),
    /// Up to and with the step at this place.
    Until(usize),
    /// Without the `AWS4` before the secret.
    NoPrefix,
    /// The secret itself, with or without `AWS4`.
    Secret {
        /// With it.
        prefixed: bool,
    },
    /// Hex between the steps, where raw bytes belong.
    Hex,
    /// Region before the date, or service before the region.
    Swapped(usize),
    /// The whole `x-amz-date` for the day.
    LongDate,
}

/// One part of a signature, exchanged.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Method(String),
    Path(String),
    Query(String),
    /// The value that was signed; `None` where the header was not signed at all.
    Line {
        name: String,
        value: Option<String>,
    },
    /// Whether the line of names has it.
    Listed {
        name: String,
        listed: bool,
    },
    Payload(String),
    AmzDate(String),
    Date(String),
    Region(String),
    Service(String),
    Secret(Vec<u8>),
    Chain(Chain),
}

impl Change {
    /// Whether the canonical request changes with it.
    pub(super) fn is_canonical(&self) -> bool {
        matches!(
            self,
            Self::Method(_)
                | Self::Path(_)
                | Self::Query(_)
                | Self::Line { .. }
                | Self::Listed { .. }
                | Self::Payload(_)
        )
    }

    /// Whether the signing key changes with it. A date may stand in it whole.
    pub(super) fn is_of_key(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Region(_) | Self::Service(_) | Self::Secret(_) | Self::Chain(_))
    }
}

impl View {
    pub(super) fn with(mut self, changes: &[Change]) -> Self {
        for change in changes {
            self.change(change);
        }
        self
    }

    pub(super) fn canonical_request(&self) -> String {
        let mut text = String::new();
        self.write_canonical(&mut text);
        text
    }

    /// About how long it is.
    pub(super) fn canonical_length(&self) -> usize {
        let lines: usize = self.lines.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let listed: usize = self.listed.iter().map(|name| name.len() + 1).sum();
        self.path.len() + self.query.len() + lines + listed + self.payload.len()
    }

    /// Into memory that is used again and again.
    pub(super) fn write_canonical(&self, text: &mut String) {
        text.clear();
        for part in [&self.method, &self.path, &self.query] {
            text.push_str(part);
            text.push('\n');
        }
        for (name, value) in &self.lines {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        for (at, name) in self.listed.iter().enumerate() {
            if at > 0 {
                text.push(';');
            }
            text.push_str(name);
        }
        text.push('\n');
        text.push_str(&self.payload);
    }

    pub(super) fn string_to_sign(&self, canonical_hash: [u8; 32]) -> String {
        format!(
            "AWS4-HMAC-SHA256\n{}\n{}/{}/{}/aws4_request\n{}",
            self.amz_date,
            self.date,
            self.region,
            self.service,
            hex::encode(canonical_hash)
        )
    }

    pub(super) fn key(&self) -> Keyed {
        let mut key = self.secret.clone();
        if !matches!(self.chain, Chain::NoPrefix | Chain::Secret { prefixed: false }) {
            key.splice(0..0, *b"AWS4");
        }
        let date = if self.chain == Chain::LongDate { &self.amz_date } else { &self.date };
        let mut steps = vec![date.as_str(), &self.region, &self.service, "aws4_request"];
        match self.chain {
            Chain::Without(step) => drop(steps.remove(step.min(3))),
            Chain::Until(step) => steps.truncate(step + 1),
            Chain::Secret { .. } => steps.clear(),
            Chain::Swapped(step) => steps.swap(step.min(2), step.min(2) + 1),
            Chain::Right | Chain::NoPrefix | Chain::Hex | Chain::LongDate => {}
        }
        for step in steps {
            key = Keyed::new(&key).mac(step.as_bytes()).to_vec();
            if self.chain == Chain::Hex {
                key = hex::encode(key).into_bytes();
            }
        }
        Keyed::new(&key)
    }

    fn change(&mut self, change: &Change) {
        self.exchange(change.clone());
    }

    /// Changes one part, and gives the change that undoes it.
    pub(super) fn exchange(&mut self, change: Change) -> Change {
        use std::mem::replace;
        match change {
            Change::Method(method) => Change::Method(replace(&mut self.method, method)),
            Change::Path(path) => Change::Path(replace(&mut self.path, path)),
            Change::Query(query) => Change::Query(replace(&mut self.query, query)),
            Change::Line { name, value } => {
                let at = self.lines.partition_point(|(line, _)| *line < name);
                let is_there = self.lines.get(at).is_some_and(|(line, _)| *line == name);
                let old = is_there.then(|| self.lines.remove(at).1);
                if let Some(value) = value {
                    self.lines.insert(at, (name.clone(), value));
                }
                Change::Line { name, value: old }
            }
            Change::Listed { name, listed } => {
                let at = self.listed.partition_point(|line| *line < name);
                let was = self.listed.get(at).is_some_and(|line| *line == name);
                match (was, listed) {
                    (true, false) => drop(self.listed.remove(at)),
                    (false, true) => self.listed.insert(at, name.clone()),
                    _ => {}
                }
                Change::Listed { name, listed: was }
            }
            Change::Payload(payload) => Change::Payload(replace(&mut self.payload, payload)),
            Change::AmzDate(date) => Change::AmzDate(replace(&mut self.amz_date, date)),
            Change::Date(date) => Change::Date(replace(&mut self.date, date)),
            Change::Region(region) => Change::Region(replace(&mut self.region, region)),
            Change::Service(service) => Change::Service(replace(&mut self.service, service)),
            Change::Secret(secret) => Change::Secret(replace(&mut self.secret, secret)),
            Change::Chain(chain) => Change::Chain(replace(&mut self.chain, chain)),
        }
    }
}

pub(super) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
