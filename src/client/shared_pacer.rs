//! One pacer for several processes of one machine: it lives in a file, and whoever asks or tells it something locks the
//! file, reads it, and writes it back.

use crate::protocol::retry::pacing::Pacer;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// How often a lock is tried before the others are taken to hang: then this process goes on with what it knows.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(1);
/// The longest text that is believed to be a pacer.
const LONGEST: u64 = 1 << 20;
/// What was learned this long ago is forgotten.
const STALE: Duration = Duration::from_mins(10);
/// A clock that was set back by more than this makes the file worthless.
const AHEAD: Duration = Duration::from_secs(1);

/// The file, open.
#[derive(Debug)]
pub(super) struct SharedPacer {
    file: File,
}

impl SharedPacer {
    /// Opens the file of a lane in this folder, and makes it where there is none.
    pub(super) fn open(folder: &Path, lane: &str) -> io::Result<Self> {
        let name: String = lane
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' })
            .collect();
        let path = folder.join(format!("{}.pacer", name.get(..200).unwrap_or(&name)));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Self { file })
    }

    /// Brings the pacer up to what the file has, lets `act` ask it or tell it something, and writes it back. Where the
    /// file cannot be locked, read or written, what this process knows has to do.
    pub(super) fn update<R>(
        &mut self,
        pacer: &mut Pacer,
        now: Duration,
        act: impl FnOnce(&mut Pacer) -> R,
    ) -> R {
        if !self.lock() {
            return act(pacer);
        }
        if let Some(saved) = self.read(now) {
            *pacer = saved;
        }
        let result = act(pacer);
        // A file that was cut off is no pacer, so that a failure here does no more than forget.
        let _ = self.write(&format!("{}\n{}", now.as_millis(), pacer.save()));
        let _ = self.file.unlock();
        result
    }

    fn lock(&self) -> bool {
        for _ in 0..TRIES {
            match self.file.try_lock() {
                Ok(()) => return true,
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::Error(_)) => return false,
            }
        }
        false
    }

    fn read(&mut self, now: Duration) -> Option<Pacer> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        (&self.file).take(LONGEST).read_to_string(&mut text).ok()?;
        let (written, pacer) = text.split_once('\n')?;
        let written = Duration::from_millis(written.parse().ok()?);
        let is_fresh = written <= now + AHEAD && now <= written + STALE;
        Pacer::load(pacer).filter(|_| is_fresh)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)
    }
}
