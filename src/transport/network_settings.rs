//! What the network transport is told.

/// Proxy and certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSettings {
    /// A PEM file that takes the place of the system's certificates, and the option or variable that named it.
    pub ca_bundle: Option<(String, String)>,
    /// A proxy for every request; without one, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are followed.
    pub proxy: Option<String>,
    /// Never through a proxy, whatever `proxy` and the variables say: for the metadata services of an instance or a
    /// container, which answer on the machine's own link.
    pub direct: bool,
}
