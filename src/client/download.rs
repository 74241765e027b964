//! A signed download from S3: into a temporary file beside its target, continued where it was cut, renamed when whole.

use super::late_object::{Ask, Questions, is_absent};
use super::part_file::{PartFile, check_target};
use super::state::Client;
use super::timeouts::{WholeCall, after};
use crate::error::{Error, ErrorKind, Setting};
use crate::protocol::operation::s3::{GetObject, ObjectHead, S3Uri};
use crate::transport::Body;
use http::StatusCode;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How often in a row a download may be cut without having come further.
const CUTS: u32 = 5;
/// How often it begins anew because the object is not the one that it began with.
const BEGINNINGS: u32 = 5;
/// Before a cut download goes on, doubled each time.
const AFTER_A_CUT: Duration = Duration::from_millis(250);

/// What to do about a download that did not end.
const KEPT: &str = "what has arrived is kept: the same download goes on from there";
/// What to do about an object that was not there in the time of the call.
const NOT_THERE_YET: &str = "it did not appear in the time of the call; a longer timeout gives it more";

/// Where an object goes.
#[derive(Clone, Debug)]
pub struct Download {
    file: PathBuf,
    patience: Duration,
}

impl Download {
    /// Into this file, which is replaced when the object is there as a whole. That it can be written is checked now,
    /// so that a job whose output would be lost is not started.
    ///
    /// # Errors
    /// `InvalidInput`: it is a folder, read-only, or in a folder that is not there or not ours.
    pub fn to(file: impl Into<PathBuf>) -> Result<Self, Error> {
        let file = file.into();
        check_target(&file)?;
        Ok(Self { file, patience: Duration::from_mins(1) })
    }

    /// How long to wait for an object that is not there: 1 minute. The output of a job may appear after the job is
    /// `Completed`.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The file.
    pub fn file(&self) -> &std::path::Path {
        &self.file
    }
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes in the file, those of an earlier download included.
    pub received: u64,
    /// Bytes of the object, where S3 tells.
    pub total: Option<u64>,
}

/// One download, under way.
struct Transfer {
    uri: S3Uri,
    part: PartFile,
    /// The most that was ever there: what a cut is measured by.
    furthest: u64,
    cuts: u32,
    /// Bytes of the object that it began with, where S3 told.
    total: Option<u64>,
    begun_anew: u32,
}

impl Client {
    /// Gets an object into a file, and answers its length in bytes. A cut download goes on by range, if the object is
    /// still the same (ETag), also one that was cut in an earlier run; a bucket in another region is asked there. The
    /// file is written from this task, without a thread of its own.
    ///
    /// # Errors
    /// `File` when the disk fails, `Service` when S3 refuses, `Network` when it is cut 5 times without coming further,
    /// `Timeout` when the time of the call ([`super::Timeouts::call`]) is up, which is that of the whole download.
    /// What has arrived is kept for the next time.
    pub async fn download(
        &self,
        uri: &S3Uri,
        download: &Download,
        mut on_progress: impl FnMut(Progress),
    ) -> Result<u64, Error> {
        let part = PartFile::open(&download.file, uri.as_str())?;
        // A download is one call, in however many pieces it comes.
        let whole = self.whole_call();
        let client = whole.map_or_else(|| self.clone(), |whole| self.within(whole));
        let mut transfer = Transfer::new(uri.clone(), part);
        let mut questions = Questions::for_as_long_as(download.patience);
        loop {
            let response = match client.open(&transfer.request(questions.region())).await {
                Ok(response) => response,
                Err(error) => match questions.after(&error) {
                    Ask::InItsRegion => continue,
                    Ask::At(then) if pause_until(then, whole).await => continue,
                    Ask::At(_) => {
                        return Err(out_of_time(error, NOT_THERE_YET).with_setting(Setting::CallTimeout));
                    }
                    Ask::NoMore if transfer.may_go_on_after(&error)? => continue,
                    Ask::NoMore => return Err(with_hint(error, download.patience)),
                },
            };
            match transfer.receive(response, &mut on_progress).await? {
                None => {
                    let length = transfer.part.length();
                    transfer.part.finish()?;
                    return Ok(length);
                }
                Some(cut) if whole.is_some_and(|whole| whole.is_over()) => {
                    return Err(out_of_time(cut, KEPT));
                }
                Some(cut) => {
                    let Some(wait) = transfer.wait_after_cut() else { return Err(cut.with_hint(KEPT)) };
                    if !pause_until(after(Instant::now(), wait), whole).await {
                        return Err(out_of_time(cut, KEPT));
                    }
                }
            }
        }
    }
}

/// Sleeps until then, or to the end of the call. Returns whether there is time left.
async fn pause_until(then: Instant, whole: Option<WholeCall>) -> bool {
    let end = whole.map(|whole| whole.end).filter(|end| *end <= then);
    sleep_until(end.unwrap_or(then)).await;
    end.is_none()
}

impl Transfer {
    fn new(uri: S3Uri, part: PartFile) -> Self {
        Self { uri, furthest: part.length(), part, cuts: 0, total: None, begun_anew: 0 }
    }

    fn request(&self, region: Option<&str>) -> GetObject {
        let mut get = GetObject::new(self.uri.clone());
        if let (Some(etag), true) = (self.part.etag(), self.part.length() > 0) {
            get = get.from_offset(self.part.length()).if_match(etag);
        }
        match region {
            Some(region) => get.region(region.to_owned()),
            None => get,
        }
    }

    /// Whether a refusal says that all of the object is to be asked for, since it has changed.
    fn may_go_on_after(&mut self, error: &Error) -> Result<bool, Error> {
        let Some(refusal) = error.service_error() else { return Ok(false) };
        let changed =
            matches!(refusal.status(), StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE);
        Ok(changed && self.begins_anew()?)
    }

    /// Drops what is there. Not for ever: an object may change faster than it can be fetched.
    fn begins_anew(&mut self) -> Result<bool, Error> {
        if self.part.length() == 0 || self.begun_anew == BEGINNINGS {
            return Ok(false);
        }
        self.begun_anew += 1;
        self.furthest = 0;
        self.part.restart(None)?;
        Ok(true)
    }

    /// Takes an answer into the file. `Some` says how it was cut.
    async fn receive(
        &mut self,
        response: http::Response<Body>,
        on_progress: &mut impl FnMut(Progress),
    ) -> Result<Option<Error>, Error> {
        let head = ObjectHead::read(response.headers());
        let total = head.object_length();
        if response.status() == StatusCode::PARTIAL_CONTENT {
            if head.content_range.map(|range| range.first) != Some(self.part.length()) {
                return Err(Error::new(
                    ErrorKind::Undecodable,
                    format!("{}: S3 answered another part than was asked for", self.uri),
                ));
            }
            if self.is_of_another(&head) {
                let message =
                    format!("{}: S3 answered a part of another object than it began with", self.uri);
                return if self.begins_anew()? {
                    Ok(Some(Error::new(ErrorKind::Network, message)))
                } else {
                    Err(Error::new(ErrorKind::Undecodable, message))
                };
            }
        } else {
            self.part.restart(head.etag.clone())?;
            self.total = total;
        }
        let mut body = response.into_body();
        on_progress(Progress { received: self.part.length(), total });
        while let Some(chunk) = body.chunk().await {
            match chunk {
                Ok(bytes) => self.part.append(&bytes)?,
                Err(cut) => {
                    let message = format!("the download of {} was cut: {cut}", self.uri);
                    return Ok(Some(Error::new(ErrorKind::Network, message).because(cut)));
                }
            }
            on_progress(Progress { received: self.part.length(), total });
        }
        let received = self.part.length();
        match total {
            Some(total) if received < total => Ok(Some(Error::new(
                ErrorKind::Network,
                format!("the download of {} ended after {received} of {total} bytes", self.uri),
            ))),
            Some(total) if received > total => Err(Error::new(
                ErrorKind::Undecodable,
                format!("{}: S3 sent {received} bytes of an object of {total}", self.uri),
            )),
            _ => Ok(None),
        }
    }

    /// Whether a part is not of the object that the bytes are of that are there: a cache on the way may drop
    /// `If-Match`.
    fn is_of_another(&self, head: &ObjectHead) -> bool {
        let differs = head.etag.as_deref().is_some_and(|etag| self.part.etag() != Some(etag));
        differs || matches!((self.total, head.object_length()), (Some(first), Some(now)) if first != now)
    }

    /// How long to wait after a cut; `None` after one too many.
    fn wait_after_cut(&mut self) -> Option<Duration> {
        if self.part.length() > self.furthest {
            self.furthest = self.part.length();
            self.cuts = 0;
        }
        if self.cuts == CUTS {
            return None;
        }
        self.cuts += 1;
        Some(AFTER_A_CUT * 2_u32.pow(self.cuts - 1))
    }
}

fn out_of_time(error: Error, hint: &str) -> Error {
    Error::new(ErrorKind::Timeout, error.message()).because(error).with_hint(hint)
}

fn with_hint(error: Error, patience: Duration) -> Error {
    if is_absent(&error) {
        return error.with_hint(format!("it did not appear within {} s either", patience.as_secs()));
    }
    if error.code() == Some("AccessDenied") {
        return error.with_hint(
            "it takes s3:GetObject on the object; without s3:ListBucket, S3 says the same of one that is not there",
        );
    }
    error
}
