//! How a job goes on, whatever it does: it ends after so many polls, or after so much time.

use super::moment::Moment;
use super::options::JobDuration;
use crate::protocol::timestamp::iso_8601;
use serde_json::Value;
use std::time::SystemTime;

/// Where a job is on its way.
pub(super) struct JobCourse {
    submitted: Moment,
    polls: u32,
    ended: Option<Moment>,
}

impl JobCourse {
    pub(super) fn new(submitted: Moment) -> Self {
        Self { submitted, polls: 0, ended: None }
    }

    /// Goes on to now, when somebody asks for this very job. Returns when it ended, where it has not before.
    pub(super) fn poll(&mut self, duration: JobDuration, now: Moment) -> Option<Moment> {
        self.polls = self.polls.saturating_add(1);
        self.advance(duration, now)
    }

    /// The same when nobody does.
    pub(super) fn advance(&mut self, duration: JobDuration, now: Moment) -> Option<Moment> {
        if self.ended.is_some() {
            return None;
        }
        self.ended = match duration {
            JobDuration::Polls(polls) => (self.polls > polls).then_some(now),
            JobDuration::Time(time) => self.submitted.after(time, now),
        };
        self.ended
    }

    pub(super) fn submitted(&self) -> SystemTime {
        self.submitted.wall
    }

    pub(super) fn polls(&self) -> u32 {
        self.polls
    }

    pub(super) fn ended(&self) -> Option<Moment> {
        self.ended
    }

    /// Tells its times in a document.
    pub(super) fn tell(&self, document: &mut Value) {
        document["submitTime"] = iso_8601(self.submitted.wall).into();
        document["lastModifiedTime"] = iso_8601(self.ended.unwrap_or(self.submitted).wall).into();
        if let Some(ended) = self.ended {
            document["endTime"] = iso_8601(ended.wall).into();
        }
    }
}
