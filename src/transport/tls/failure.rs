//! What TLS refused, found among the causes of an exchange that did not come about.

#[cfg(feature = "client")]
use rustls::{CertificateError, Error as TlsError, OtherError};
use std::error::Error as StdError;
use std::io;
use std::iter::successors;

/// The words for an error that is a refusal.
type InWords = fn(&(dyn StdError + 'static)) -> Option<String>;

const REFUSALS: &[InWords] = &[
    #[cfg(feature = "client")]
    of_rustls,
    #[cfg(feature = "native-tls")]
    of_the_system,
];

/// The TLS failure in a chain of causes, in words.
pub(in crate::transport) fn find(error: &(dyn StdError + 'static)) -> Option<String> {
    causes(error).find_map(|cause| REFUSALS.iter().find_map(|in_words| in_words(cause)))
}

/// An error and its causes. The source of an I/O error is the one of what it wraps, so that what it wraps would be
/// passed over.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    successors(Some(error), |&current| {
        match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => current.source(),
        }
    })
}

#[cfg(feature = "client")]
fn of_rustls(cause: &(dyn StdError + 'static)) -> Option<String> {
    Some(match cause.downcast_ref::<TlsError>()? {
        TlsError::InvalidCertificate(CertificateError::Other(OtherError(why))) => why.to_string(),
        // It would begin with `unexpected error`.
        TlsError::General(problem) => problem.clone(),
        other => other.to_string(),
    })
}

/// A connection that broke in the handshake is no refusal. OpenSSL tells its end by words alone.
#[cfg(feature = "native-tls")]
fn of_the_system(cause: &(dyn StdError + 'static)) -> Option<String> {
    let error = cause.downcast_ref::<native_tls::Error>()?;
    let text = error.to_string();
    let is_cut = causes(error).any(<dyn StdError>::is::<io::Error>)
        || text.to_ascii_lowercase().contains("unexpected eof");
    if is_cut {
        return None;
    }
    let advice = if text.contains("certificate") {
        "; if a proxy or a private CA signs here, name that CA's PEM file as ca_bundle or by AWS_CA_BUNDLE"
    } else {
        ""
    };
    Some(format!("{text}{advice}"))
}
