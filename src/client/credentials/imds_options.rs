//! Where the instance metadata service is asked, where that was given by hand.

/// Over which protocol the service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointMode {
    /// `http://169.254.169.254`
    IPv4,
    /// `http://[fd00:ec2::254]`
    IPv6,
}

/// What was given by hand.
#[derive(Clone, Debug, Default)]
pub(super) struct ImdsOptions {
    pub(super) endpoint: Option<String>,
    pub(super) mode: Option<EndpointMode>,
}
