//! A fresh client request token: a UUID of version 4.

use crate::error::{Error, ErrorKind};

/// 16 random bytes from the operating system, as a UUID of version 4 is made of them.
pub(crate) fn random_bytes() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::getrandom(&mut bytes).map_err(|e| {
        Error::new(ErrorKind::File, format!("the operating system gave no random bytes: {e}"))
    })?;
    Ok(bytes)
}

/// A fresh token, for [`crate::protocol::operation::bedrock_runtime::StartAsyncInvoke`].
pub fn random_token() -> Result<crate::protocol::operation::bedrock_runtime::ClientRequestToken, Error> {
    Ok(crate::protocol::operation::bedrock_runtime::ClientRequestToken::from_random(random_bytes()?))
}
