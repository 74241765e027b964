//! Which phase the calls are in.

use super::mirror::Mirror;
use super::ramp::Ramp;
use super::saved::{Reader, Writer};
use super::stall::Stall;

#[derive(Debug)]
pub(super) enum Phase {
    /// Nothing in the way: as many as the ramp allows.
    Open(Ramp),
    /// A call was refused: one probe at a time.
    Stalled(Stall),
    /// At the pace.
    Paced,
    /// By a copy of the service's bucket.
    Mirrored(Mirror),
}

impl Phase {
    pub(super) fn save(&self, out: &mut Writer) {
        match self {
            Self::Open(ramp) => {
                out.word("open");
                ramp.save(out);
            }
            Self::Stalled(stall) => {
                out.word("stalled");
                stall.save(out);
            }
            Self::Paced => out.word("paced"),
            Self::Mirrored(mirror) => {
                out.word("mirrored");
                mirror.save(out);
            }
        }
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(match saved.text()? {
            "open" => Self::Open(Ramp::load(saved)?),
            "stalled" => Self::Stalled(Stall::load(saved)?),
            "paced" => Self::Paced,
            "mirrored" => Self::Mirrored(Mirror::load(saved)?),
            _ => return None,
        })
    }
}
