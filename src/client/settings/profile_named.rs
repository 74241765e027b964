//! Who named the profile: variables count beside one that nobody meant in particular.

/// Who named the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum ProfileNamed {
    /// `--profile`, or a program.
    ByHand,
    /// Another profile, for its role.
    ByProfile,
    /// `AWS_PROFILE`, or one of its kind.
    ByVariable,
    /// Nobody: it is the one called `default`, and need not be there.
    Default,
}

impl ProfileNamed {
    /// Whether keys, tokens and roles in variables count beside it. A profile that was named by hand comes before keys
    /// that happen to be in the environment, as in botocore.
    pub(in crate::client) fn counts_variables(self) -> bool {
        matches!(self, Self::ByVariable | Self::Default)
    }
}
