//! What is in force: options and what is made of them. A reload swaps it whole.

use super::image_fetch::ImageFetch;
use super::keys::Keys;
use super::ledger::Ledger;
use super::models::Models;
use super::options::{GatewayOptions, ModelAlias};
use super::origins::Origin;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use std::sync::{Arc, PoisonError, RwLock};

/// Options in force, and the client they are served through.
pub(super) struct InForce {
    pub(super) client: Client,
    pub(super) options: GatewayOptions,
    pub(super) models: Models,
    /// Absent where no image is fetched.
    pub(super) images: Option<ImageFetch>,
    pub(super) keys: Keys,
    pub(super) ledger: Arc<Ledger>,
}

/// What is in force now.
pub(super) struct Current {
    in_force: RwLock<Arc<InForce>>,
}

impl Current {
    pub(super) fn new(client: &Client, options: GatewayOptions) -> Result<Self, Error> {
        let ledger = Arc::new(Ledger::new());
        let client = client.also_observed_by(ledger.metrics.upstream());
        let in_force = InForce::new(client, options, ledger)?;
        Ok(Self { in_force: RwLock::new(Arc::new(in_force)) })
    }

    pub(super) fn get(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn replace(&self, options: GatewayOptions) -> Result<(), Error> {
        let before = self.get();
        let mut next = InForce::new(before.client.clone(), options, Arc::clone(&before.ledger))?;
        let (old, new) = (&before.options, &next.options);
        if old.throttled_for == new.throttled_for && old.max_tokens == new.max_tokens {
            let unchanged = |alias: &&ModelAlias| old.models.contains(alias);
            let names: Vec<&str> = new.models.iter().filter(unchanged).map(|alias| &*alias.name).collect();
            next.models.keep(&before.models, &names);
        }
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}

impl InForce {
    fn new(client: Client, options: GatewayOptions, ledger: Arc<Ledger>) -> Result<Self, Error> {
        refuse_twins(&options)?;
        refuse_every_page(&options)?;
        let images = options.fetch_images.as_ref().map(ImageFetch::new).transpose()?;
        Ok(Self {
            models: Models::new(&client, &options)?,
            keys: Keys::new(options.keys.iter().map(|key| ledger.holder(key))),
            images,
            client,
            options,
            ledger,
        })
    }
}

/// What two have in common nobody can tell apart, neither in the log nor at the door.
fn refuse_twins(options: &GatewayOptions) -> Result<(), Error> {
    for (index, key) in options.keys.iter().enumerate() {
        let others = || options.keys.iter().skip(index + 1);
        if others().any(|other| other.name == key.name) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("two keys have the name {:?}", key.name),
            ));
        }
        if let Some(other) = others().find(|other| other.hash == key.hash) {
            let message = format!("the keys {:?} and {:?} are the same", key.name, other.name);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
    }
    Ok(())
}

/// A key is nothing that a browser sends by itself; without one, any page that the owner visits could ask.
fn refuse_every_page(options: &GatewayOptions) -> Result<(), Error> {
    if options.keys.is_empty() && options.allowed_origins.iter().any(Origin::is_any) {
        let message = "the origin * lets every web page ask, and there are no keys; name the origins of the pages that \
                       may, or give keys";
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Route;
    use crate::protocol::model::ModelId;
    use crate::transport::{Body, BoxFuture, Transport, TransportError};

    struct Nobody;

    impl Transport for Nobody {
        fn send(
            &self,
            _: http::Request<Body>,
        ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    fn options(models: &[(&str, &str)]) -> GatewayOptions {
        let alias = |(name, model): &(&str, &str)| ModelAlias {
            name: (*name).to_owned(),
            routes: vec![Route { region: "us-west-2".to_owned(), model_id: ModelId::new(*model).unwrap() }],
            max_tokens: None,
        };
        GatewayOptions { models: models.iter().map(alias).collect(), ..GatewayOptions::default() }
    }

    #[test]
    fn a_reload_keeps_the_models_that_did_not_change() {
        let auth = aws_credential_types::Credentials::new("a", "b", None, None, "test");
        let client = Client::builder().region("us-west-2").auth(auth).transport(Nobody).build().unwrap();
        let current = Current::new(&client, options(&[("a", "amazon.a"), ("b", "amazon.b")])).unwrap();
        let before = current.get();
        current.replace(options(&[("a", "amazon.a"), ("b", "amazon.c")])).unwrap();
        let after = current.get();
        let is_same =
            |name| Arc::ptr_eq(&before.models.find(name).unwrap(), &after.models.find(name).unwrap());
        assert!(is_same("a") && !is_same("b"));
        assert!(Arc::ptr_eq(&before.ledger, &after.ledger));
        // Where a bound of all of them changes, all of them are new.
        let other = GatewayOptions { max_tokens: 1, ..options(&[("a", "amazon.a")]) };
        current.replace(other).unwrap();
        assert!(!Arc::ptr_eq(&before.models.find("a").unwrap(), &current.get().models.find("a").unwrap()));
    }
}
