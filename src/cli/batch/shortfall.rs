//! Records of a job that have no result: a job may end before it has come to all of them.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-manage.html>

use crate::protocol::operation::bedrock::ModelInvocationJob;
use crate::{Error, ErrorKind};

/// An error where records of a job that is over have no result, or may have none. `done` is how many have one, where
/// that is known.
pub(super) fn check(job: &ModelInvocationJob, done: Option<u64>) -> Result<(), Error> {
    let status = job.status();
    let why = job.message().map_or_else(String::new, |message| format!(": {message}"));
    let missing = match (job.total_record_count(), done) {
        (Some(total), Some(done)) if done < total => Some((total - done, total)),
        _ => None,
    };
    let message = match missing {
        Some((missing, total)) => {
            format!("{missing} of {total} records have no result; the job is {status}{why}")
        }
        None if status == "Completed" => return Ok(()),
        // It counts the records that it has read.
        None => format!("records may have no result; the job is {status}{why}"),
    };
    Err(Error::new(ErrorKind::InvocationFailed, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::operation::Operation as _;
    use crate::protocol::operation::bedrock::{GetModelInvocationJob, ModelInvocationJobArn};
    use serde_json::json;

    #[test]
    fn only_a_job_that_came_to_all_its_records_has_no_shortfall() {
        let arn = "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghij12";
        let ask = GetModelInvocationJob::new(ModelInvocationJobArn::new(arn).unwrap());
        for (status, total, done, said) in [
            ("Completed", Some(100), Some(100), None),
            ("Completed", None, Some(100), None),
            ("Completed", Some(100), None, None),
            ("Completed", Some(100), Some(98), Some("2 of 100 records have no result; the job is Completed")),
            ("Expired", Some(100), Some(1), Some("99 of 100 records have no result; the job is Expired")),
            ("Stopped", None, Some(1), Some("records may have no result; the job is Stopped")),
            (
                "PartiallyCompleted",
                Some(1),
                Some(1),
                Some("may have no result; the job is PartiallyCompleted"),
            ),
        ] {
            let mut job = json!({"jobArn": arn, "status": status});
            if let Some(total) = total {
                job["totalRecordCount"] = json!(total);
            }
            let job = ask.decode(http::Response::new(job.to_string().into())).unwrap();
            let checked = check(&job, done);
            let message = checked.as_ref().err().map(Error::message);
            match said {
                Some(said) => assert!(message.is_some_and(|message| message.contains(said)), "{message:?}"),
                None => assert_eq!(message, None),
            }
        }
    }
}
