//! Which family of models stands behind a route, asked once where it must be asked.

use super::bedrock::Family;
use crate::client::Client;
use crate::error::Error;
use crate::protocol::model::{ModelId, base_model_id, is_application_profile};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// The most that is kept: names come from clients.
const MAX_KEPT: usize = 1024;

/// A family, once it is known.
type Known = Arc<OnceCell<&'static Family>>;

/// The families of the ids that were called. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    known: Arc<Mutex<BTreeMap<String, Known>>>,
}

impl Families {
    /// The family of an id, a name or an ARN. That of an application profile is asked for (GetInferenceProfile), and
    /// asked for again where that failed. It is one of which nothing is known where an ARN cannot tell.
    pub(super) async fn family(&self, client: &Client, model_id: &ModelId) -> Result<&'static Family, Error> {
        let cell = self.cell(model_id.as_str());
        match cell.get() {
            Some(family) => Ok(family),
            // In a box: to ask takes more room than all that is done with the answer.
            None => Box::pin(cell.get_or_try_init(|| ask(client, model_id))).await.copied(),
        }
    }

    fn cell(&self, id: &str) -> Known {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = known.get(id) {
            return Arc::clone(cell);
        }
        if known.len() >= MAX_KEPT {
            known.clear();
        }
        Arc::clone(known.entry(id.to_owned()).or_default())
    }
}

async fn ask(client: &Client, model_id: &ModelId) -> Result<&'static Family, Error> {
    let id = model_id.as_str();
    if id.starts_with("arn:") {
        let tells = base_model_id(id, client.model_options().names()).is_some();
        if !tells && !is_application_profile(id) {
            return Ok(Family::of(""));
        }
        return Ok(Family::of(&client.model_family(id).await?));
    }
    if id.contains('.') || client.model_options().names().named(id).is_some() {
        return Ok(Family::of(&client.model_family(id).await?));
    }
    // A name that is newer than the table: the region's list may know it. Where it does not, the service is asked by
    // the name as it is, and refuses it.
    let resolved = client.resolve_model(id).await;
    Ok(Family::of(resolved.as_ref().map_or(model_id, |found| &found.model_id).family()))
}
