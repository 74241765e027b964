//! The ARN of a job of Bedrock's, whichever kind: async invocations and batch jobs differ in one word.

use crate::protocol::invalid_input::InvalidInput;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A kind of job.
pub trait JobKind {
    /// What its ARNs have before the id: `async-invoke`.
    const RESOURCE: &'static str;
    /// The field that has such an ARN, as AWS names it.
    const FIELD: &'static str;
    /// What it is, with its article.
    const WHAT: &'static str;
}

/// The ARN of a job of one kind.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct JobArn<K> {
    arn: String,
    kind: PhantomData<K>,
}

impl<K: JobKind> JobArn<K> {
    /// Reads an ARN of the form
    /// `arn:aws[-…]:bedrock:{region}:{12 digits}:{kind}/{12 lower-case letters and digits}`.
    pub fn new(arn: impl Into<String>) -> Result<Self, InvalidInput> {
        let arn = arn.into();
        if is_job_arn(&arn, K::RESOURCE) {
            return Ok(Self { arn, kind: PhantomData });
        }
        let (what, resource) = (K::WHAT, K::RESOURCE);
        let problem = format!(
            "{arn:?} is no ARN of {what}; give one such as arn:aws:bedrock:us-west-2:123456789012:{resource}/abcdefghij12"
        );
        Err(InvalidInput::new(K::FIELD, problem))
    }
}

impl<K> JobArn<K> {
    /// The ARN.
    pub fn as_str(&self) -> &str {
        &self.arn
    }

    /// The region that has the job. Only there is it known.
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or_default()
    }

    /// The id: the name of the folder that the output is put in.
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

impl<K> fmt::Display for JobArn<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl<K> fmt::Debug for JobArn<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.arn)
    }
}

impl<K: JobKind> FromStr for JobArn<K> {
    type Err = InvalidInput;

    fn from_str(arn: &str) -> Result<Self, InvalidInput> {
        Self::new(arn)
    }
}

/// Whether it is `arn:PARTITION:bedrock:REGION:ACCOUNT:KIND/ID`, with an account of 12 digits and an id of 12 small
/// letters and digits.
fn is_job_arn(arn: &str, kind: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "bedrock", region, account, resource] = parts.as_slice() else {
        return false;
    };
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let partition_fits =
        *partition == "aws" || partition.strip_prefix("aws-").is_some_and(|rest| !rest.is_empty());
    let region_fits = (1..=20).contains(&region.len()) && region.bytes().all(|b| lower(b) || b == b'-');
    let account_fits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let id = resource.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
    partition_fits
        && region_fits
        && account_fits
        && id.is_some_and(|id| id.len() == 12 && id.bytes().all(lower))
}
