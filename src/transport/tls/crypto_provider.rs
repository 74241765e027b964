//! The cryptography of `ring` that a TLS client needs. [`rustls::crypto::ring::default_provider`] has the same and
//! more, and each program that names it has all of it.

use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::crypto::ring::{ALL_KX_GROUPS, cipher_suite};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms};
use rustls::sign::SigningKey;
use rustls::{Error, SignatureScheme, SupportedCipherSuite};
use rustls_pki_types::PrivateKeyDer;
use std::sync::Arc;
use webpki::ring as webpki_algorithms;

pub(super) fn of_a_client() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: CIPHER_SUITES.to_vec(),
        kx_groups: ALL_KX_GROUPS.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &Random,
        key_provider: &NoPrivateKeys,
    }
}

/// AES-GCM alone: each server of TLS 1.3 has `TLS_AES_128_GCM_SHA256` (RFC 8446, 9.1), and those of AWS have these in
/// TLS
/// 1.2, too. ChaCha20-Poly1305 would be the faster one where a CPU has no AES instructions; a call sends too little to
/// tell, and it is as large as a sixth of all code for TLS.
const CIPHER_SUITES: [SupportedCipherSuite; 6] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// All signatures that rustls takes on `ring`: a private CA may have made any of them.
const SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        webpki_algorithms::ECDSA_P256_SHA256,
        webpki_algorithms::ECDSA_P256_SHA384,
        webpki_algorithms::ECDSA_P384_SHA256,
        webpki_algorithms::ECDSA_P384_SHA384,
        webpki_algorithms::ED25519,
        webpki_algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        webpki_algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        webpki_algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        webpki_algorithms::RSA_PKCS1_2048_8192_SHA256,
        webpki_algorithms::RSA_PKCS1_2048_8192_SHA384,
        webpki_algorithms::RSA_PKCS1_2048_8192_SHA512,
        webpki_algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        webpki_algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        webpki_algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    // The first of each is the one of TLS 1.3. In TLS 1.2 a scheme says nothing of the curve.
    mapping: &[
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[webpki_algorithms::ECDSA_P384_SHA384, webpki_algorithms::ECDSA_P256_SHA384],
        ),
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[webpki_algorithms::ECDSA_P256_SHA256, webpki_algorithms::ECDSA_P384_SHA256],
        ),
        (SignatureScheme::ED25519, &[webpki_algorithms::ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[webpki_algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[webpki_algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA256, &[webpki_algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[webpki_algorithms::RSA_PKCS1_2048_8192_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[webpki_algorithms::RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[webpki_algorithms::RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// The system's.
#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        SystemRandom::new().fill(bytes).map_err(|_| GetRandomFailed)
    }
}

/// A client here has no certificate of its own, so nothing that signs with one needs to be in a program.
#[derive(Debug)]
struct NoPrivateKeys;

impl KeyProvider for NoPrivateKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no client certificates are used here".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chacha20_is_left_out() {
        let (ours, all) = (of_a_client(), rustls::crypto::ring::default_provider());
        let left_out = all.cipher_suites.iter().filter(|suite| !ours.cipher_suites.contains(suite));
        let names: Vec<String> = left_out.map(|suite| format!("{suite:?}")).collect();
        assert_eq!(names.len(), 3);
        assert!(names.iter().all(|name| name.contains("CHACHA20_POLY1305")), "{names:?}");
        let groups = |provider: &CryptoProvider| -> Vec<_> {
            provider.kx_groups.iter().map(|group| group.name()).collect()
        };
        assert_eq!(groups(&ours), groups(&all));
        let (ours, all) = (ours.signature_verification_algorithms, all.signature_verification_algorithms);
        assert_eq!(ours.supported_schemes(), all.supported_schemes());
        assert_eq!(ours.all.len(), all.all.len());
        for ((_, some), (scheme, others)) in ours.mapping.iter().zip(all.mapping) {
            let ids = |algorithms: &[&dyn rustls_pki_types::SignatureVerificationAlgorithm]| -> Vec<_> {
                algorithms.iter().map(|one| (one.public_key_alg_id(), one.signature_alg_id())).collect()
            };
            assert_eq!(ids(some), ids(others), "{scheme:?}");
        }
    }
}
