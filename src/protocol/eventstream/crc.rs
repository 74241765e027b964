//! CRC-32 (IEEE) of the short and long pieces that frames are made of.
//!
//! `crc32fast` folds 16 bytes at a time with the CPU's carry-less multiplication, and then goes byte by byte through
//! what is left, which for a frame of 200 bytes takes about as long as everything before. So those bytes are taken first,
//! 8 and 4 at a time, and the rest is a multiple of 16.

/// What `crc32fast` needs to be faster than a table.
const FOLDED: usize = 16;

/// `TABLES[n][byte]`: what a byte comes to with `n` zero bytes after it.
static TABLES: [[u32; 256]; 8] = tables();

/// The checksum of the bytes.
#[inline]
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let (head, folded) = bytes.split_at(bytes.len() % FOLDED);
    let head = !by_table(!0, head);
    if folded.is_empty() {
        return head;
    }
    let mut hasher = crc32fast::Hasher::new_with_initial(head);
    hasher.update(folded);
    hasher.finalize()
}

/// The checksum of two lengths.
#[inline]
pub(super) fn crc32_of_8(bytes: [u8; 8]) -> u32 {
    !eight(!0, bytes)
}

#[inline]
fn by_table(mut state: u32, mut bytes: &[u8]) -> u32 {
    if let Some((first, rest)) = bytes.split_first_chunk() {
        state = eight(state, *first);
        bytes = rest;
    }
    if let Some((first, rest)) = bytes.split_first_chunk() {
        state = four(state, *first);
        bytes = rest;
    }
    for byte in bytes {
        let [low, ..] = state.to_le_bytes();
        state = state >> 8 ^ entry(0, low ^ byte);
    }
    state
}

#[inline]
fn eight(state: u32, bytes: [u8; 8]) -> u32 {
    let at = (u64::from(state) ^ u64::from_le_bytes(bytes)).to_le_bytes();
    (entry(7, at[0]) ^ entry(6, at[1]) ^ entry(5, at[2]) ^ entry(4, at[3]))
        ^ (entry(3, at[4]) ^ entry(2, at[5]) ^ entry(1, at[6]) ^ entry(0, at[7]))
}

#[inline]
fn four(state: u32, bytes: [u8; 4]) -> u32 {
    let at = (state ^ u32::from_le_bytes(bytes)).to_le_bytes();
    entry(3, at[0]) ^ entry(2, at[1]) ^ entry(1, at[2]) ^ entry(0, at[3])
}

#[inline]
fn entry(zeros: usize, byte: u8) -> u32 {
    TABLES[zeros][usize::from(byte)]
}

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation)] // under 256
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let crc = tables[zeros - 1][byte];
            tables[zeros][byte] = crc >> 8 ^ tables[0][(crc & 0xff) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_the_checksum_that_crc32fast_gives() {
        let bytes: Vec<u8> = (0..300_u32).map(|n| (n * 7 % 251).to_le_bytes()[0]).collect();
        for length in 0..bytes.len() {
            assert_eq!(crc32(&bytes[..length]), crc32fast::hash(&bytes[..length]), "{length}");
        }
        assert_eq!(crc32_of_8(*b"12345678"), crc32fast::hash(b"12345678"));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
