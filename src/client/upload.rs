//! An upload to S3 that never holds more than a part of its object.

use super::state::Client;
use crate::error::Error;
use crate::protocol::operation::s3::{
    AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, PutObject, S3Uri, UploadPart,
};
use bytes::Bytes;
use std::iter::Peekable;

/// How long a part is at least. S3 takes 10,000 parts of 5 MiB at least; an object of one part is put whole.
const PART: usize = 8 * 1024 * 1024;
/// Beyond it, for the last piece: memory that is not written to costs nothing, growing does.
const SLACK: usize = 1024 * 1024;

impl Client {
    /// Writes an object of pieces, over one that is there. It is there as a whole, or not at all: where a piece is an
    /// error, or a call fails, what was sent is given up. No more than 8 MiB and a piece are held at once. Pieces are
    /// read from this task, without a thread of its own.
    ///
    /// # Errors
    /// That of a piece, or of the call that failed.
    pub async fn upload<I>(&self, uri: &S3Uri, content_type: &str, pieces: I) -> Result<(), Error>
    where
        I: IntoIterator<Item = Result<Bytes, Error>>,
    {
        let mut pieces = pieces.into_iter().peekable();
        let first = part(&mut pieces)?;
        if pieces.peek().is_none() {
            return self.call(&PutObject::new(uri.clone(), content_type, first)).await;
        }
        let upload_id = self.call(&CreateMultipartUpload::new(uri.clone(), content_type)).await?;
        let sent = self.send_parts(uri, &upload_id, first, pieces).await;
        if sent.is_err() {
            // S3 would charge for the parts. What failed first says more than a failure of this.
            let _ = self.call(&AbortMultipartUpload::new(uri.clone(), upload_id)).await;
        }
        sent
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
