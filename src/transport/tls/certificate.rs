//! Who a certificate is for, and who signed it: as much of X.509 as an error message needs.
//! <https://www.rfc-editor.org/rfc/rfc5280#section-4.1>

/// The names in one certificate, as DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
}

/// What begins a constructed value, and the two kinds that are stepped over.
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `2.5.4.3` and `2.5.4.10`.
const COMMON_NAME: [u8; 3] = [0x55, 4, 3];
const ORGANIZATION: [u8; 3] = [0x55, 4, 10];

impl<'a> Names<'a> {
    /// Reads a certificate. `None` for what is none.
    pub(super) fn read(certificate: &'a [u8]) -> Option<Self> {
        let mut all = Der(certificate).expect(SEQUENCE)?;
        let mut signed = all.expect(SEQUENCE)?;
        if signed.0.first() == Some(&VERSION) {
            signed.next()?;
        }
        signed.next()?; // serial number
        signed.next()?; // algorithm
        let issuer = signed.expect(SEQUENCE)?.0;
        signed.next()?; // validity
        let subject = signed.expect(SEQUENCE)?.0;
        Some(Self { issuer, subject })
    }
}

/// The common name in a name, else the organization; without either there is nothing to show.
pub(super) fn shown(name: &[u8]) -> String {
    let attribute = |wanted: [u8; 3]| {
        let mut sets = Der(name);
        while let Some(mut set) = sets.expect(SET) {
            while let Some(mut pair) = set.expect(SEQUENCE) {
                if pair.expect(OBJECT_IDENTIFIER)?.0 == wanted {
                    let (_, value) = pair.next()?;
                    let text = String::from_utf8_lossy(value);
                    // It comes from the other end, and goes to a terminal.
                    return Some(text.chars().map(|c| if c.is_control() { '?' } else { c }).collect());
                }
            }
        }
        None
    };
    attribute(COMMON_NAME).or_else(|| attribute(ORGANIZATION)).unwrap_or_else(|| "an unnamed one".to_owned())
}

/// Values in DER, one after the other.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value: its tag and content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if bytes.len() > 4 {
                return None;
            }
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The next value's content, where it has this tag.
    fn expect(&mut self, tag: u8) -> Option<Self> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| Self(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_common_name() {
        let name = [
            0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 10, 12, 1, b'O', // O=O
            0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 12, 3, b'C', b'\n', b'A', // CN=C\nA
        ];
        assert_eq!(shown(&name), "C?A");
        assert_eq!(shown(&name[..12]), "O");
        assert_eq!(shown(&[]), "an unnamed one");
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for length in 0..64 {
            for fill in [0, 0x30, 0x84, 0xff] {
                let bytes = vec![fill; length];
                let _ = (Names::read(&bytes), shown(&bytes));
            }
        }
    }
}
