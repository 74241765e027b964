//! An upload to S3 that never holds more than a part of its object.

use super::state::Client;
use crate::error::Error;
use crate::protocol::operation::s3::{
    AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, PutObject, S3Uri, UploadPart,
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use std::future::pending;
use std::iter::Peekable;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::timeout;

/// How long a part is at least. S3 takes 10,000 parts of 5 MiB at least; an object of one part is put whole.
const PART: usize = 8 * 1024 * 1024;
/// Beyond it, for the last piece: memory that is not written to costs nothing, growing does.
const SLACK: usize = 1024 * 1024;
/// How long an upload that is stopped may take to give up what was sent.
const LAST_CALL: Duration = Duration::from_secs(10);

impl Client {
    /// Writes an object of pieces, over one that is there. It is there as a whole, or not at all: where a piece is an
    /// error, or a call fails, what was sent is given up. No more than 8 MiB and a piece are held at once. Pieces are
    /// read from this task, without a thread of its own.
    ///
    /// A future that is dropped gives nothing up: S3 keeps the parts that it has sent, and charges for them, until a
    /// lifecycle rule of the bucket ends the upload. [`Client::upload_until`] can be stopped.
    ///
    /// # Errors
    /// That of a piece, or of the call that failed.
    pub async fn upload<I>(&self, uri: &S3Uri, content_type: &str, pieces: I) -> Result<(), Error>
    where
        I: IntoIterator<Item = Result<Bytes, Error>>,
    {
        self.upload_until(uri, content_type, pieces, pending()).await
    }

    /// The same, until `stop` says why not to go on: what was sent is given up, in 10 seconds at most.
    ///
    /// # Errors
    /// That of a piece, of the call that failed, or what `stop` says.
    pub async fn upload_until<I>(
        &self,
        uri: &S3Uri,
        content_type: &str,
        pieces: I,
        stop: impl Future<Output = Error>,
    ) -> Result<(), Error>
    where
        I: IntoIterator<Item = Result<Bytes, Error>>,
    {
        let mut stop = pin!(stop);
        let mut pieces = pieces.into_iter().peekable();
        let first = part(&mut pieces)?;
        if pieces.peek().is_none() {
            let put = PutObject::new(uri.clone(), content_type, first);
            return until(stop, self.call(&put)).await.unwrap_or_else(Err);
        }
        let create = CreateMultipartUpload::new(uri.clone(), content_type);
        let upload_id = until(stop.as_mut(), self.call(&create)).await.unwrap_or_else(Err)?;
        let sent = until(stop, self.send_parts(uri, &upload_id, first, pieces)).await;
        let abort = AbortMultipartUpload::new(uri.clone(), upload_id);
        // S3 would charge for the parts. What failed first says more than a failure of this.
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                let _ = self.call(&abort).await;
                Err(error)
            }
            Err(stopped) => {
                let _ = timeout(LAST_CALL, self.call(&abort)).await;
                Err(stopped)
            }
        }
    }

    async fn send_parts(
        &self,
        uri: &S3Uri,
        upload_id: &str,
        first: Bytes,
        mut pieces: Peekable<impl Iterator<Item = Result<Bytes, Error>>>,
    ) -> Result<(), Error> {
        let (mut next, mut etags) = (Some(first), Vec::new());
        while let Some(bytes) = next {
            let number = u32::try_from(etags.len()).unwrap_or(u32::MAX).saturating_add(1);
            etags.push(self.call(&UploadPart::new(uri.clone(), upload_id, number, bytes)).await?);
            next = if pieces.peek().is_some() { Some(part(&mut pieces)?) } else { None };
        }
        self.call(&CompleteMultipartUpload::new(uri.clone(), upload_id, etags)).await
    }
}

/// What came of it, or why it was stopped.
async fn until<T>(
    stop: Pin<&mut impl Future<Output = Error>>,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    match select(stop, pin!(work)).await {
        Either::Left((stopped, _)) => Err(stopped),
        Either::Right((done, _)) => Ok(done),
    }
}

/// The next pieces, as many as make a part.
fn part(pieces: &mut impl Iterator<Item = Result<Bytes, Error>>) -> Result<Bytes, Error> {
    let mut part = Vec::with_capacity(PART + SLACK);
    while part.len() < PART
        && let Some(piece) = pieces.next()
    {
        part.extend_from_slice(&piece?);
    }
    Ok(part.into())
}
