//! Settings → where credentials come from.

use super::chain::Chain;
use super::environment::api_key;
use super::imds_options::ImdsOptions;
use super::routes::Routes;
use super::surroundings::Surroundings;
use crate::client::clock::Clock;
use crate::client::observer::Silent;
use crate::client::settings::Settings;
use crate::error::Error;
use crate::protocol::auth::ApiKey;
use std::sync::Arc;

impl Settings {
    /// The places where credentials are looked for, in order; calls to get them go over `routes`.
    pub fn credentials(&self, routes: Routes) -> Chain {
        let surroundings = Surroundings {
            environment: Arc::clone(&self.environment),
            region: self.sourced_region().map(|region| region.value.clone()),
            endpoints: self.endpoints().clone(),
            routes,
            max_attempts: self.retry_policy().max_attempts,
            clock: Clock::system(),
            ask_mfa: None,
            imds: ImdsOptions::default(),
            observer: Arc::new(Silent),
            sso_tokens: Arc::default(),
        };
        Chain::new(surroundings, self.profile().value.clone(), self.profile_named)
    }

    /// `AWS_BEARER_TOKEN_BEDROCK`, which a profile that was named by hand leaves out.
    pub fn api_key(&self) -> Result<Option<ApiKey>, Error> {
        api_key(&self.environment, self.profile_named)
    }
}
