//! The async invocations: their tokens, and where their output lies.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GetAsyncInvoke.html>

use crate::emulator::arn::job_arn;
use crate::emulator::job_course::JobCourse;
use crate::emulator::moment::Moment;
use crate::emulator::options::{JobDuration, Lateness};
use crate::emulator::random::Random;
use serde_json::Value;
use std::time::SystemTime;

/// The models that are invoked asynchronously, by what their output looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulator) enum AsyncModel {
    Luma,
    NovaReel,
}

/// What StartAsyncInvoke asks for, once it is checked.
pub(super) struct Order {
    pub(super) region: String,
    pub(super) model: AsyncModel,
    pub(super) model_arn: String,
    pub(super) token: Option<String>,
    /// Of the whole request body, which may have images in it: what "the same parameters" means.
    pub(super) fingerprint: u64,
    pub(super) bucket: String,
    /// The key below which the invocation's folder will lie; empty, or without a slash at its end.
    pub(super) prefix: String,
}

/// The token was used before, with other parameters.
pub(super) struct TokenConflict;

/// One async invocation.
pub(in crate::emulator) struct AsyncInvocation {
    order: Order,
    id: String,
    course: JobCourse,
    failure: Option<String>,
    early_requests: u32,
}

/// All of them, and how they go.
pub(in crate::emulator) struct AsyncInvocations {
    duration: JobDuration,
    failure: Option<String>,
    lateness: Lateness,
    all: Vec<AsyncInvocation>,
}

/// What lies at a key.
pub(in crate::emulator) enum OutputObject<'a> {
    NoBucket,
    NoKey,
    /// A file of this job, by its name in the job's folder, and when it was written.
    File {
        job: &'a AsyncInvocation,
        name: String,
        written: SystemTime,
    },
}

impl AsyncInvocations {
    pub(in crate::emulator) fn new(
        duration: JobDuration,
        failure: Option<String>,
        lateness: Lateness,
    ) -> Self {
        Self { duration, failure, lateness, all: Vec::new() }
    }

    /// Starts a job and returns its ARN; the same order under the same token is the job that it started before.
    pub(super) fn start(
        &mut self,
        order: Order,
        now: Moment,
        random: &Random,
    ) -> Result<String, TokenConflict> {
        let same_token = |job: &&AsyncInvocation| {
            order.token.is_some() && job.order.token == order.token && job.order.region == order.region
        };
        if let Some(job) = self.all.iter().find(same_token) {
            let same = job.order.fingerprint == order.fingerprint;
            return if same { Ok(job.arn()) } else { Err(TokenConflict) };
        }
        let mut id = random.invocation_id();
        while self.all.iter().any(|job| job.id == id) {
            id = random.invocation_id();
        }
        let failure = self.failure.clone();
        let job = AsyncInvocation { order, id, course: JobCourse::new(now), failure, early_requests: 0 };
        let arn = job.arn();
        self.all.push(job);
        Ok(arn)
    }

    /// The job, after one poll of it.
    pub(super) fn poll(&mut self, region: &str, id: &str, now: Moment) -> Option<&AsyncInvocation> {
        let job = self.all.iter_mut().find(|job| job.id == id && job.order.region == region)?;
        job.course.poll(self.duration, now);
        Some(job)
    }

    /// The jobs of a region in the order of their submission, each with its number.
    pub(super) fn list(&mut self, region: &str, now: Moment) -> Vec<(usize, &AsyncInvocation)> {
        self.advance_all(now);
        self.all.iter().enumerate().filter(|(_, job)| job.order.region == region).collect()
    }

    /// What lies at a key of a bucket: only buckets that a job writes to exist.
    pub(in crate::emulator) fn object(&mut self, bucket: &str, key: &str, now: Moment) -> OutputObject<'_> {
        self.advance_all(now);
        let lateness = self.lateness;
        let mut in_bucket = self.all.iter_mut().filter(|job| job.order.bucket == bucket).peekable();
        if in_bucket.peek().is_none() {
            return OutputObject::NoBucket;
        }
        let found = in_bucket.find_map(|job| {
            let name = key.strip_prefix(&job.folder())?.strip_prefix('/')?.to_owned();
            Some((job, name))
        });
        match found {
            Some((job, name)) => match job.written(lateness, now) {
                Some(written) => OutputObject::File { job, name, written },
                None => OutputObject::NoKey,
            },
            None => OutputObject::NoKey,
        }
    }

    /// The jobs whose output is seen in a bucket, and when it was written; `None` where no job writes to it. To look is
    /// no request for an output.
    pub(in crate::emulator) fn seen_in(
        &mut self,
        bucket: &str,
        now: Moment,
    ) -> Option<Vec<(&AsyncInvocation, SystemTime)>> {
        self.advance_all(now);
        let in_bucket: Vec<_> = self.all.iter().filter(|job| job.order.bucket == bucket).collect();
        let seen = |job: &'_ &AsyncInvocation| job.seen(self.lateness, now);
        (!in_bucket.is_empty()).then(|| in_bucket.iter().filter_map(|job| Some((*job, seen(job)?))).collect())
    }

    fn advance_all(&mut self, now: Moment) {
        for job in &mut self.all {
            job.course.advance(self.duration, now);
        }
    }
}

impl AsyncInvocation {
    pub(in crate::emulator) fn model(&self) -> AsyncModel {
        self.order.model
    }

    pub(super) fn status(&self) -> &'static str {
        match (self.course.ended(), &self.failure) {
            (None, _) => "InProgress",
            (Some(_), None) => "Completed",
            (Some(_), Some(_)) => "Failed",
        }
    }

    pub(super) fn submitted(&self) -> SystemTime {
        self.course.submitted()
    }

    /// `s3://bucket/prefix/id`
    pub(in crate::emulator) fn s3_uri(&self) -> String {
        format!("s3://{}/{}", self.order.bucket, self.folder())
    }

    /// The job as GetAsyncInvoke and ListAsyncInvokes show it.
    pub(super) fn document(&self) -> Value {
        let mut document = serde_json::json!({
            "invocationArn": self.arn(),
            "modelArn": self.order.model_arn,
            "status": self.status(),
            "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": self.s3_uri() } },
        });
        self.course.tell(&mut document);
        if let Some(token) = &self.order.token {
            document["clientRequestToken"] = token.as_str().into();
        }
        if let (Some(_), Some(failure)) = (self.course.ended(), &self.failure) {
            document["failureMessage"] = failure.as_str().into();
        }
        document
    }

    fn arn(&self) -> String {
        job_arn(&self.order.region, "async-invoke", &self.id)
    }

    pub(in crate::emulator) fn folder(&self) -> String {
        match self.order.prefix.as_str() {
            "" => self.id.clone(),
            prefix => format!("{prefix}/{}", self.id),
        }
    }

    /// When the output was written, if it can be seen by now.
    fn written(&mut self, lateness: Lateness, now: Moment) -> Option<SystemTime> {
        let seen = self.seen(lateness, now);
        let has_ended = self.course.ended().is_some() && self.failure.is_none();
        if has_ended && seen.is_none() {
            self.early_requests = self.early_requests.saturating_add(1);
        }
        seen
    }

    fn seen(&self, lateness: Lateness, now: Moment) -> Option<SystemTime> {
        let ended = self.course.ended().filter(|_| self.failure.is_none())?;
        match lateness {
            Lateness::Polls(requests) => (self.early_requests >= requests).then_some(ended.wall),
            Lateness::Time(time) => ended.after(time, now).map(|visible| visible.wall),
        }
    }
}
