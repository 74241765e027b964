//! Randomness that a seed repeats: ids, and faults that hit a share of the requests.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// What an id of an async invocation is made of.
const ID_ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const ID_CHARS: usize = 12;

/// SplitMix64: a few lines, good enough for dice, and the same on every machine. <https://prng.di.unimi.it/splitmix64.c>
pub(super) struct Random(Mutex<u64>);

impl Random {
    /// From a seed, else from what the standard library seeds its hash maps with.
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new(seed.unwrap_or_else(|| RandomState::new().build_hasher().finish())))
    }

    pub(super) fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True with this probability; 0 and less never, 1 and more always.
    pub(super) fn chance(&self, probability: f64) -> bool {
        if probability <= 0.0 {
            return false;
        }
        // 32 bits are exact in an f64 and finer than anybody asks for.
        let drawn = f64::from(u32::try_from(self.next() >> 32).unwrap_or(0));
        drawn / (f64::from(u32::MAX) + 1.0) < probability
    }

    /// Twelve of `a`–`z` and `0`–`9`.
    pub(super) fn invocation_id(&self) -> String {
        (0..ID_CHARS)
            .filter_map(|_| {
                let at = usize::try_from(self.next() % ID_ALPHABET.len() as u64).ok()?;
                ID_ALPHABET.get(at).map(|byte| char::from(*byte))
            })
            .collect()
    }

    /// A UUID of version 4, as Bedrock's request ids are.
    pub(super) fn uuid(&self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself() {
        let (a, b) = (Random::new(Some(7)), Random::new(Some(7)));
        assert_eq!(a.invocation_id(), b.invocation_id());
        assert_eq!(a.uuid(), b.uuid());
        assert_ne!(a.uuid(), a.uuid());
        assert_eq!(a.uuid().len(), 36);
    }

    #[test]
    fn chances_are_about_right() {
        let random = Random::new(Some(1));
        let hits = (0..10_000).filter(|_| random.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!(!random.chance(0.0) && random.chance(1.0));
    }
}
