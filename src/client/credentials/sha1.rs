//! SHA-1, for the names of the files in which the AWS CLI keeps its SSO tokens. No secret depends on it, and a crate for
//! it would be one more in every build.
//! <https://www.rfc-editor.org/rfc/rfc3174>

const BLOCK: usize = 64;

/// The digest of a message.
pub(super) fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let padded = padded(message);
    for block in padded.as_chunks::<BLOCK>().0 {
        let changed = compressed(state, block);
        for (word, change) in state.iter_mut().zip(changed) {
            *word = word.wrapping_add(change);
        }
    }
    let mut digest = [0; 20];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// The message, a bit, zeros up to the end of a block, and the length in bits in the last eight bytes.
fn padded(message: &[u8]) -> Vec<u8> {
    let length = message.len().saturating_add(9).next_multiple_of(BLOCK);
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize(length - 8, 0);
    padded.extend((message.len() as u64).wrapping_mul(8).to_be_bytes());
    padded
}

#[allow(clippy::many_single_char_names)] // they are those of the RFC
fn compressed(state: [u32; 5], block: &[u8; BLOCK]) -> [u32; 5] {
    let mut schedule = [0; 80];
    for (word, bytes) in schedule.iter_mut().zip(block.as_chunks().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    for at in 16..80 {
        let mixed = schedule[at - 3] ^ schedule[at - 8] ^ schedule[at - 14] ^ schedule[at - 16];
        schedule[at] = mixed.rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = state;
    for (at, word) in schedule.into_iter().enumerate() {
        let (chosen, constant) = match at {
            0..20 => ((b & c) | (!b & d), 0x5a82_7999),
            20..40 => (b ^ c ^ d, 0x6ed9_eba1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next = a.rotate_left(5).wrapping_add(chosen).wrapping_add(e).wrapping_add(constant);
        (a, b, c, d, e) = (next.wrapping_add(word), a, b.rotate_left(30), c, d);
    }
    [a, b, c, d, e]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_of_the_rfc() {
        for (message, digest) in [
            ("abc".to_owned(), "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".to_owned(),
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            ),
            ("a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
            ("01234567".repeat(80), "dea356a2cddd90c7a7ecedc5ebb563934f460452"),
        ] {
            assert_eq!(hex::encode(sha1(message.as_bytes())), digest);
        }
    }

    #[cfg(feature = "client")]
    #[test]
    fn every_length_is_padded_as_ring_does() {
        for length in 0..200 {
            let message = vec![b'x'; length];
            let theirs = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &message);
            assert_eq!(sha1(&message), theirs.as_ref(), "{length}");
        }
    }
}
