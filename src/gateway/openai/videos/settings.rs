//! What a video is made with. Bedrock does not tell it, so it stands in the job's client request token, which Bedrock
//! does tell: an id is of the ARN alone, and nothing is kept here.

use crate::protocol::operation::bedrock_runtime::ClientRequestToken;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What such a token begins with.
const MARK: &str = "bedwire-video";
/// A token has visible ASCII characters only.
const INVISIBLE: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// What a video is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// As the client named it; `None` where that has no room in a token.
    pub(super) model: Option<String>,
    pub(super) seconds: u32,
    /// `1280x720`
    pub(super) size: String,
}

impl Settings {
    /// A token of one job, which a random one tells from all others: `bedwire-video/5/1280x720/RANDOM/MODEL`.
    pub(super) fn token(&self, random: ClientRequestToken) -> ClientRequestToken {
        let nameless = format!("{MARK}/{}/{}/{random}/", self.seconds, self.size);
        let model = utf8_percent_encode(self.model.as_deref().unwrap_or_default(), INVISIBLE);
        ClientRequestToken::new(format!("{nameless}{model}"))
            .or_else(|_| ClientRequestToken::new(nameless))
            .unwrap_or(random)
    }

    /// What a token says; `None` for a job that was started elsewhere.
    pub(super) fn of_token(token: &str) -> Option<Self> {
        let mut parts = token.splitn(5, '/');
        let mut part = || parts.next();
        let (_, seconds, size, _, model) =
            (part().filter(|mark| *mark == MARK)?, part()?, part()?, part()?, part()?);
        let model = percent_decode_str(model).decode_utf8().ok()?.into_owned();
        Some(Self {
            model: Some(model).filter(|model| !model.is_empty()),
            seconds: seconds.parse().ok()?,
            size: size.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_was_asked_for() {
        let named = |model: Option<&str>| Settings {
            model: model.map(str::to_owned),
            seconds: 9,
            size: "960x540".to_owned(),
        };
        let long = "m".repeat(250);
        for (model, told) in [
            (Some("ray"), Some("ray")),
            (Some("us-west-2/Straße 100%"), Some("us-west-2/Straße 100%")),
            (Some(&*long), None),
            (None, None),
        ] {
            let token = named(model).token(ClientRequestToken::from_random([7; 16]));
            assert_eq!(Settings::of_token(token.as_str()), Some(named(told)), "{token}");
        }
        for none in ["", "bedwire-1f", "bedwire-video/5", "bedwire-video/x/1280x720/1/ray", "a/5/b/c/d"] {
            assert_eq!(Settings::of_token(none), None, "{none}");
        }
    }
}
