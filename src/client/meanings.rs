//! What names meant, each found once: a program asks for few models, and for each of them often.

use crate::protocol::model::ModelId;
use std::sync::{PoisonError, RwLock};
use tokio::time::Instant;

/// Names that are kept.
const KEPT: usize = 32;

/// What names meant, by region.
#[derive(Debug, Default)]
pub(super) struct Meanings(RwLock<Vec<Meaning>>);

#[derive(Debug)]
struct Meaning {
    name: ModelId,
    region: Box<str>,
    /// Until when the list is good that it was found with; `None`: it needs none.
    until: Option<Instant>,
    id: ModelId,
}

impl Meanings {
    /// The id to send for this name, where that is known: the name itself where it goes out as it is.
    pub(super) fn find(&self, name: &ModelId, region: &str) -> Option<ModelId> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().find(|kept| kept.name == *name && *kept.region == *region)?;
        known.until.is_none_or(|until| Instant::now() < until).then(|| known.id.clone())
    }

    pub(super) fn keep(&self, name: &ModelId, region: &str, until: Option<Instant>, id: ModelId) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.name != *name || *kept.region != *region);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.push(Meaning { name: name.clone(), region: region.into(), until, id });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn a_meaning_is_as_good_as_the_list_behind_it() {
        let id = |id: &str| ModelId::new(id).unwrap();
        let (meanings, minute) = (Meanings::default(), Duration::from_mins(1));
        meanings.keep(&id("a"), "us-west-2", Some(Instant::now() + minute), id("us.a"));
        meanings.keep(&id("b"), "us-west-2", None, id("b"));
        assert_eq!(meanings.find(&id("a"), "us-west-2"), Some(id("us.a")));
        assert_eq!(meanings.find(&id("a"), "eu-west-1"), None);
        advance(minute).await;
        assert_eq!(meanings.find(&id("a"), "us-west-2"), None);
        assert_eq!(meanings.find(&id("b"), "us-west-2"), Some(id("b")));
        for number in 0..3 * KEPT {
            let name = id(&format!("name-{number}"));
            meanings.keep(&name, "us-west-2", None, name.clone());
        }
        assert!(meanings.0.read().unwrap().len() <= KEPT);
    }
}
