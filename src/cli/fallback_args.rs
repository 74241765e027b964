//! `--fallback [REGION=]MODEL`: other ways to an answer, where the first is throttled or unavailable.

use super::global::seconds;
use crate::Error;
use crate::client::{Client, Fallback, Route};
use crate::protocol::model::ModelId;
use clap::Args;
use std::time::Duration;

#[derive(Args)]
pub(super) struct FallbackArgs {
    /// Where the model is throttled or unavailable: another one, or the same in another region. Repeatable, tried in
    /// this order; nothing goes to a region or geography that is not listed
    #[arg(long, value_name = "[REGION=]MODEL", value_parser = other_route)]
    fallback: Vec<OtherRoute>,

    /// Seconds that a call waits for a quota before the next --fallback is tried
    #[arg(long, value_name = "SECS", default_value = "30", value_parser = seconds)]
    fallback_after: Duration,
}

/// A model, and a region where it is not the client's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OtherRoute {
    region: Option<String>,
    model_id: ModelId,
}

impl FallbackArgs {
    /// The model where this client calls it, and after that what the options say.
    pub(super) fn over(&self, client: &Client, model_id: ModelId) -> Result<Fallback, Error> {
        if self.fallback.is_empty() {
            return Ok(Fallback::none(client, model_id));
        }
        let first = OtherRoute { region: None, model_id };
        let routes = std::iter::once(&first).chain(&self.fallback).map(|other| Route {
            region: other
                .region
                .as_deref()
                .or(other.model_id.arn_region())
                .unwrap_or(client.region())
                .to_owned(),
            model_id: other.model_id.clone(),
        });
        Fallback::new(client, routes, self.fallback_after)
    }
}

fn other_route(text: &str) -> Result<OtherRoute, String> {
    let (region, model) = match text.split_once('=') {
        Some((region, model)) => (Some(region), model),
        None => (None, text),
    };
    let is_region =
        |region: &str| !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if region.is_some_and(|region| !is_region(region)) {
        return Err("it takes MODEL, or REGION=MODEL such as us-east-1=us.amazon.nova-lite-v1:0".to_owned());
    }
    let model_id = ModelId::new(model).map_err(|e| e.to_string())?;
    Ok(OtherRoute { region: region.map(str::to_owned), model_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_a_model_with_or_without_a_region() {
        let parsed = |text: &str| other_route(text).map(|route| (route.region, route.model_id.to_string()));
        assert_eq!(parsed("amazon.nova-lite-v1:0"), Ok((None, "amazon.nova-lite-v1:0".to_owned())));
        assert_eq!(parsed("us-east-1=m"), Ok((Some("us-east-1".to_owned()), "m".to_owned())));
        for bad in ["", "=m", "us-east-1=", "us east=m", "us-east-1=.."] {
            assert!(other_route(bad).is_err(), "{bad}");
        }
    }
}
