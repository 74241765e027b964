//! CreateModelInvocationJob and GetModelInvocationJob, from the service's side. A job's results are made of the
//! emulator's own InvokeModel and Converse answers, and put where Bedrock puts them.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html>

use super::job_order::Order;
use crate::emulator::arn::job_arn;
use crate::emulator::bedrock_runtime::infer;
use crate::emulator::catalog::Catalog;
use crate::emulator::job_course::JobCourse;
use crate::emulator::moment::Moment;
use crate::emulator::options::JobDuration;
use crate::emulator::random::Random;
use crate::emulator::refused::{Dialect, Refused};
use crate::emulator::s3::StoredObjects;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};

/// What answers the records of a job.
pub(in crate::emulator) struct Answering<'a> {
    pub(in crate::emulator) catalog: Catalog<'a>,
    pub(in crate::emulator) echo: bool,
    pub(in crate::emulator) puts: &'a mut StoredObjects,
}

/// All jobs, and how they go.
pub(in crate::emulator) struct ModelInvocationJobs {
    duration: JobDuration,
    failure: Option<String>,
    all: Vec<Job>,
}

struct Job {
    arn: String,
    id: String,
    region: String,
    order: Order,
    course: JobCourse,
    /// Once it has ended: what became of its records, or why nothing did.
    outcome: Option<Result<Counts, String>>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    succeeded: u64,
    failed: u64,
}

impl ModelInvocationJobs {
    pub(in crate::emulator) fn new(duration: JobDuration, failure: Option<String>) -> Self {
        Self { duration, failure, all: Vec::new() }
    }

    /// Checks the request and starts a job, or finds the one that its token started before.
    pub(in crate::emulator) fn create(
        &mut self,
        body: &[u8],
        region: &str,
        now: Moment,
        random: &Random,
        knows: &dyn Fn(&ModelId) -> bool,
    ) -> Result<Value, Refused> {
        let order = Order::read(body, knows)?;
        let token = order.parameters.get("clientRequestToken");
        let same = |job: &&Job| {
            token.is_some() && job.order.parameters.get("clientRequestToken") == token && job.region == region
        };
        if let Some(job) = self.all.iter().find(same) {
            if job.order.parameters == order.parameters {
                return Ok(json!({ "jobArn": job.arn }));
            }
            return Err(conflict("A job with the same clientRequestToken and other parameters is there."));
        }
        let name = &order.parameters["jobName"];
        if self.all.iter().any(|job| job.region == region && job.order.parameters["jobName"] == *name) {
            return Err(conflict(&format!("The job name {name} is in use.")));
        }
        let id = random.invocation_id();
        let arn = job_arn(region, "model-invocation-job", &id);
        let job = Job {
            arn: arn.clone(),
            id,
            region: region.to_owned(),
            order,
            course: JobCourse::new(now),
            outcome: None,
        };
        self.all.push(job);
        Ok(json!({ "jobArn": arn }))
    }

    /// The job of an ARN or id, after one poll of it.
    pub(in crate::emulator) fn get(
        &mut self,
        identifier: &str,
        region: &str,
        now: Moment,
        answering: &mut Answering,
    ) -> Result<Value, Refused> {
        let is_it = |job: &&mut Job| (job.arn == identifier || job.id == identifier) && job.region == region;
        let job = self.all.iter_mut().find(is_it).ok_or_else(|| {
            Refused::service(
                StatusCode::NOT_FOUND,
                "ResourceNotFoundException",
                format!("The model invocation job {identifier} does not exist."),
            )
        })?;
        if let Some(ended) = job.course.poll(self.duration, now) {
            job.end(ended, self.failure.as_ref(), answering);
        }
        Ok(job.document())
    }

    /// Ends the jobs whose time is over: their results are there for whoever looks only for them.
    pub(in crate::emulator) fn advance(&mut self, now: Moment, answering: &mut Answering) {
        for job in &mut self.all {
            if let Some(ended) = job.course.advance(self.duration, now) {
                job.end(ended, self.failure.as_ref(), answering);
            }
        }
    }

    /// Whether there is none at all.
    pub(in crate::emulator) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Job {
    fn end(&mut self, ended: Moment, failure: Option<&String>, answering: &mut Answering) {
        let fails = failure.map_or(Ok(()), |failure| Err(failure.clone()));
        self.outcome = Some(fails.and_then(|()| self.run(ended, answering)));
    }

    /// Answers every record, and puts the results and their counts below the job's id.
    fn run(&self, ended: Moment, answering: &mut Answering) -> Result<Counts, String> {
        let mut counts = Counts::default();
        let mut results = Vec::new();
        for (name, records) in self.inputs(answering)? {
            let mut of_file = Vec::new();
            for line in records.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                of_file.extend_from_slice(&self.result(line, answering, &mut counts));
                of_file.push(b'\n');
            }
            results.push((format!("{name}.out"), of_file));
        }
        let total = counts.succeeded + counts.failed;
        let manifest = json!({
            "totalRecordCount": total,
            "processedRecordCount": total,
            "successRecordCount": counts.succeeded,
            "errorRecordCount": counts.failed,
        });
        let folder = self.order.output.join(&self.id);
        results.push(("manifest.json.out".to_owned(), manifest.to_string().into()));
        for (name, bytes) in results {
            let object = folder.join(&name);
            let place = (object.bucket().to_owned(), object.key().to_owned());
            if !answering.puts.put(place, Bytes::from(bytes), HeaderMap::new(), ended.wall) {
                return Err("The emulator has no room for the results.".to_owned());
            }
        }
        Ok(counts)
    }

    /// The files of records and their names: the input itself, or all of them in a folder.
    fn inputs(&self, answering: &Answering) -> Result<Vec<(String, Bytes)>, String> {
        let input = &self.order.input;
        if let Some(records) = answering.puts.get(input.bucket(), input.key()) {
            let name = input.key().rsplit('/').next().unwrap_or_default();
            return Ok(vec![(name.to_owned(), records.bytes)]);
        }
        let folder = input.key().trim_end_matches('/');
        let below = answering.puts.below(input.bucket(), folder);
        let is_of_lines = |name: &str| name.rsplit_once('.').is_some_and(|(_, kind)| kind == "jsonl");
        let records: Vec<_> = below.iter().filter(|(name, _)| is_of_lines(name)).cloned().collect();
        match (below.is_empty(), records.is_empty()) {
            (true, _) => Err(format!("The input {input} is not there, or the role may not read it.")),
            (_, true) => Err(format!("The S3 location {input} must contain at least one JSONL file.")),
            _ => Ok(records),
        }
    }

    fn result(&self, line: &[u8], answering: &Answering, counts: &mut Counts) -> Bytes {
        let record = Document::new(line.to_vec());
        let members = record.members().unwrap_or_default();
        let mut result = ObjectWriter::default();
        if let Some(id) = members.get("recordId") {
            result.raw("recordId", id.get());
        }
        let model_input = members.get("modelInput").map_or("null", |input| input.get());
        result.raw("modelInput", model_input);
        let request = Request::new(Bytes::from(model_input.to_owned()));
        let order = &self.order;
        match infer(
            order.operation,
            &order.model_id,
            &self.region,
            &request,
            &answering.catalog,
            answering.echo,
        ) {
            Ok(answer) if answer.status().is_success() => {
                counts.succeeded += 1;
                // Answers are written in lines for people; a result is one line.
                let answer = Document::new(answer.into_body());
                result.raw("modelOutput", &answer.on_one_line());
            }
            answer => {
                counts.failed += 1;
                let answer = answer.unwrap_or_else(|refused| refused.answer(Dialect::Bedrock, ""));
                let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
                let error = json!({"errorCode": answer.status().as_u16(), "errorMessage": body["message"]});
                result.value("error", &error);
            }
        }
        result.finish()
    }

    fn document(&self) -> Value {
        let mut document = self.order.parameters.clone();
        let status = match &self.outcome {
            None if self.course.polls() <= 1 => "Submitted",
            None => "InProgress",
            Some(Ok(_)) => "Completed",
            Some(Err(_)) => "Failed",
        };
        document["jobArn"] = json!(self.arn);
        document["status"] = json!(status);
        self.course.tell(&mut document);
        match &self.outcome {
            Some(Err(failure)) => document["message"] = json!(failure),
            Some(Ok(counts)) => {
                let total = counts.succeeded + counts.failed;
                document["totalRecordCount"] = json!(total);
                document["processedRecordCount"] = json!(total);
                document["successRecordCount"] = json!(counts.succeeded);
                document["errorRecordCount"] = json!(counts.failed);
            }
            None => {}
        }
        document
    }
}

fn conflict(message: &str) -> Refused {
    Refused::service(StatusCode::BAD_REQUEST, "ConflictException", message)
}
