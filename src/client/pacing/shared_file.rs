//! What is known of one quota by several processes of one machine: it lives in a file, and whoever asks or adds to it
//! locks the file, reads it, and writes it back. A checksum tells a file that was cut off or written by something else:
//! it counts as none.

use crate::client::regular_file;
use crate::error::{Error, ErrorKind};
use crate::protocol::retry::pacing::{Ledger, Pacer, PacingOptions};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock is tried before the others are taken to hang: then this process goes on with what it knows.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(1);
/// For so long it is not tried again.
const AFTER_A_HANG: Duration = Duration::from_secs(1);
/// The longest text that is believed to be ours.
const LONGEST: u64 = 1 << 20;
/// What was learned this long ago is forgotten.
const STALE: Duration = Duration::from_mins(10);
/// A clock that was set back by more than this makes worthless what is known: its turns may be hours away.
const AHEAD: Duration = Duration::from_secs(1);
/// The longest part of a lane's name in a file's.
const LONGEST_NAME: usize = 150;

/// What is known of a quota.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) pacer: Pacer,
    /// Without a bound where the quota of tokens is not known.
    pub(super) ledger: Ledger,
}

/// The file, open.
#[derive(Debug)]
pub(super) struct SharedFile {
    file: File,
    /// What this process was told of the quota.
    options: PacingOptions,
    /// When it was last asked or added to.
    last: Duration,
    /// Until when the lock is taken to be held by one that hangs.
    hangs_until: Option<Instant>,
}

/// Makes the folder of such files where there is none.
pub(in crate::client) fn make_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(|e| {
        let message = format!("the folder {} for shared pacing cannot be made: {e}", folder.display());
        Error::new(ErrorKind::InvalidInput, message)
    })
}

impl SharedFile {
    /// Opens the file of a lane in this folder, and makes it where there is none.
    pub(super) fn open(folder: &Path, lane: &str, options: PacingOptions) -> Result<Self, String> {
        let path = folder.join(file_name(lane));
        let file = regular_file::open_or_create(&path, OpenOptions::new().read(true).write(true));
        file.map(|file| Self { file, options, last: Duration::ZERO, hangs_until: None })
            .map_err(|e| format!("{} cannot be opened: {e}", path.display()))
    }

    /// Brings `known` up to what the file has, lets `act` ask it or add to it, and writes it back. Where the file
    /// cannot be locked, read or written, what this process knows has to do.
    pub(super) fn update<R>(
        &mut self,
        known: &mut Known,
        now: Duration,
        act: impl FnOnce(&mut Known) -> R,
    ) -> R {
        if now + AHEAD < self.last {
            known.pacer = Pacer::new(self.options);
            known.ledger.set_back(now);
        }
        self.last = now;
        let is_locked = self.lock();
        if is_locked {
            self.read_into(known, now);
        }
        let result = act(known);
        if is_locked {
            self.write_and_unlock(known, now);
        }
        result
    }

    fn read_into(&mut self, known: &mut Known, now: Duration) {
        if let Some((pacer, ledger)) = self.read(now) {
            // What was learned under another quota than this process was given is not of this one. Who was given none
            // takes what there is.
            if self.options == PacingOptions::Learn || self.options == pacer.options() {
                known.pacer = pacer;
            }
            known.ledger.replace(ledger);
        }
    }

    /// A file that was cut off counts as none, so that a failure here does no more than forget.
    fn write_and_unlock(&mut self, known: &Known, now: Duration) {
        let _ = self.write(&format!("{}\n{}\n{}", now.as_millis(), known.ledger.save(), known.pacer.save()));
        let _ = self.file.unlock();
    }

    fn lock(&mut self) -> bool {
        if self.hangs_until.is_some_and(|until| Instant::now() < until) {
            return false;
        }
        for _ in 0..TRIES {
            match self.file.try_lock() {
                Ok(()) => return true,
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::Error(_)) => return false,
            }
        }
        self.hangs_until = Some(Instant::now() + AFTER_A_HANG);
        false
    }

    fn read(&mut self, now: Duration) -> Option<(Pacer, Ledger)> {
        let mut text = String::new();
        self.file.rewind().ok()?;
        (&self.file).take(LONGEST).read_to_string(&mut text).ok()?;
        let (checksum, rest) = text.split_once('\n')?;
        let length = checksum.get(9..)?.parse().ok()?;
        let rest = rest.get(..length)?;
        if checksum.get(..8)? != checksum_of(rest) {
            return None;
        }
        let mut lines = rest.splitn(3, '\n');
        let written = Duration::from_millis(lines.next()?.parse().ok()?);
        if written > now + AHEAD || now > written + STALE {
            return None;
        }
        let ledger = Ledger::load(lines.next()?)?;
        Some((Pacer::load(lines.next()?)?, ledger))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let whole = format!("{} {}\n{text}", checksum_of(text), text.len());
        self.file.rewind()?;
        self.file.write_all(whole.as_bytes())?;
        self.file.set_len(whole.len() as u64)
    }
}

fn checksum_of(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

/// The lane's name, as far as it can be one of a file. Where it is too long, a hash tells it from others that begin so.
fn file_name(lane: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' };
    let mut name: String = lane.chars().map(safe).take(LONGEST_NAME).collect();
    if lane.chars().count() > LONGEST_NAME {
        let hash = hex::encode(Sha256::digest(lane));
        name = format!("{name}-{}", hash.get(..16).unwrap_or_default());
    }
    name + ".pacer"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::retry::pacing::Admission;

    const HOUR: Duration = Duration::from_hours(1);
    const NOON: Duration = Duration::from_hours(500_000);

    fn process(folder: &Path) -> (SharedFile, Known) {
        let options = PacingOptions::default();
        let known = Known { pacer: Pacer::new(options), ledger: Ledger::new(1000) };
        (SharedFile::open(folder, "lane", options).unwrap(), known)
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, mut known) = process(folder.path());
        let refused = NOON + Duration::from_millis(20);
        file.update(&mut known, refused, |known| {
            known.ledger.reserve(1, 900, NOON);
            known.pacer.on_sent(1, NOON);
            known.pacer.on_throttled(1, NOON, refused);
        });
        assert_ne!(file.update(&mut known, refused, |known| known.pacer.admit(refused)), Admission::Now);
        let back = refused.saturating_sub(HOUR);
        assert_eq!(file.update(&mut known, back, |known| known.pacer.admit(back)), Admission::Now);
        // Nor those that come later. What was used in the last minute is used all the same.
        let (mut later, mut its) = process(folder.path());
        let (admission, room) =
            later.update(&mut its, back, |known| (known.pacer.admit(back), known.ledger.room_for(200, back)));
        assert_eq!(admission, Admission::Now);
        assert!(room > back && room < back + Duration::from_secs(61), "{room:?}");
    }
}
