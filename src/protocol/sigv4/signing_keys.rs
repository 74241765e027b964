//! The keys that a secret gives for a day, a region and a service: to derive one takes eight rounds of SHA-256.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#calculate-signature>

use crate::protocol::endpoint::SigningScope;
use aws_credential_types::Credentials;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// Keys that are kept. A client signs for few regions, and as one identity.
const KEPT: usize = 8;
const DAY: Duration = Duration::from_hours(24);

type Key = Zeroizing<[u8; 32]>;

/// The keys that were used last.
#[derive(Default)]
pub(super) struct SigningKeys(Mutex<Vec<Kept>>);

struct Kept {
    /// Whose secret it was made of: a pointer.
    credentials: Credentials,
    scope: SigningScope,
    /// Days since 1970.
    day: u64,
    key: Key,
}

impl SigningKeys {
    /// The key of this moment, made by `derive` where it is not kept.
    pub(super) fn find(
        &self,
        credentials: &Credentials,
        scope: &SigningScope,
        now: SystemTime,
        derive: impl FnOnce(&Credentials, &SigningScope, SystemTime) -> Option<[u8; 32]>,
    ) -> Option<Key> {
        let day = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs() / DAY.as_secs();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|kept| {
            kept.day == day
                && kept.scope == *scope
                && kept.credentials.secret_access_key() == credentials.secret_access_key()
        });
        if let Some(known) = known {
            return Some(known.key.clone());
        }
        let key = Zeroizing::new(derive(credentials, scope, now)?);
        kept.truncate(KEPT - 1);
        kept.insert(
            0,
            Kept { credentials: credentials.clone(), scope: scope.clone(), day, key: key.clone() },
        );
        Some(key)
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys")
    }
}
