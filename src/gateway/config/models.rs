//! `[models]`: what clients say → where it leads.

use super::Surroundings;
use super::fields::Field;
use super::problem::Problem;
use crate::client::Route;
use crate::gateway::options::ModelAlias;
use crate::protocol::model::{ModelId, ResolveOptions, Unresolved, resolve};
use crate::protocol::partition::is_region;
use std::collections::BTreeMap;

const KNOWN: [&str; 4] = ["model", "region", "routes", "max_tokens"];
const FORMS: &str = "takes a model (\"claude-sonnet-4\"), a table { region, model, max_tokens }, or an array of those: the routes in \
     the order in which they are tried";

/// All aliases. One that names another alias leads where that one leads.
pub(super) fn models(field: &Field<'_>, surroundings: &Surroundings<'_>) -> Result<Vec<ModelAlias>, Problem> {
    let members = field.named()?;
    let by_name: BTreeMap<&str, Field<'_>> = members.iter().cloned().collect();
    members
        .iter()
        .map(|(name, field)| {
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err(field.problem("has a name that no client can send"));
            }
            let reader = Reader { surroundings, by_name: &by_name };
            let (routes, max_tokens) = reader.alias(name, field, &mut vec![name])?;
            Ok(ModelAlias { name: (*name).to_owned(), routes, max_tokens })
        })
        .collect()
}

struct Reader<'a> {
    surroundings: &'a Surroundings<'a>,
    by_name: &'a BTreeMap<&'a str, Field<'a>>,
}

impl<'a> Reader<'a> {
    /// The routes of an alias, and its `max_tokens`. `seen` is how it was come to.
    fn alias(
        &self,
        name: &str,
        field: &Field<'a>,
        seen: &mut Vec<&'a str>,
    ) -> Result<(Vec<Route>, Option<u64>), Problem> {
        if let Some(elements) = field.elements() {
            return Ok((self.routes(field, &elements)?, None));
        }
        if !field.is_table() {
            let model = field.text().map_err(|_| field.problem(FORMS))?;
            // A model may have the name that the table has for it.
            if let Some(other) = self.by_name.get(model).filter(|_| model != name) {
                if seen.contains(&model) {
                    return Err(field.problem(format!("leads in a circle: {} and {model}", seen.join(", "))));
                }
                seen.push(model);
                return self.alias(model, other, seen);
            }
            return Ok((vec![self.route_to(model, field, None)?], None));
        }
        let fields = field.fields(&KNOWN)?;
        let max_tokens = fields.find("max_tokens").map(|field| field.count()).transpose()?;
        let Some(list) = fields.find("routes") else {
            return Ok((vec![self.route(field)?], max_tokens));
        };
        for single in ["model", "region"] {
            if let Some(field) = fields.find(single) {
                return Err(field.problem("does not go with routes; write it into one of them"));
            }
        }
        let elements = list.elements().ok_or_else(|| list.problem("takes an array of models and tables"))?;
        Ok((self.routes(&list, &elements)?, max_tokens))
    }

    fn routes(&self, list: &Field<'_>, elements: &[Field<'_>]) -> Result<Vec<Route>, Problem> {
        if elements.is_empty() {
            return Err(list.problem("has no route"));
        }
        let mut routes: Vec<Route> = Vec::new();
        for element in elements {
            let route = self.route(element)?;
            if routes.contains(&route) {
                return Err(element.problem("is there twice"));
            }
            routes.push(route);
        }
        Ok(routes)
    }

    fn route(&self, field: &Field<'_>) -> Result<Route, Problem> {
        if !field.is_table() {
            let model = field.text().map_err(|_| field.problem(FORMS))?;
            return self.route_to(model, field, None);
        }
        let fields = field.fields(&["model", "region", "max_tokens"])?;
        let model = fields.find("model").ok_or_else(|| field.problem("has no model"))?;
        let region = fields.find("region");
        self.route_to(model.text()?, &model, region.as_ref())
    }

    fn route_to(
        &self,
        model: &str,
        field: &Field<'_>,
        region_field: Option<&Field<'_>>,
    ) -> Result<Route, Problem> {
        let model_id = ModelId::new(model).map_err(|e| field.problem(e.to_string()))?;
        let arn_region = model_id.arn_region();
        let region = match region_field {
            Some(given) => {
                let region = given.text()?;
                if !is_region(region) {
                    return Err(given.problem(format!("{region:?} is no region; give one such as us-west-2")));
                }
                if let Some(other) = arn_region.filter(|arn| *arn != region) {
                    return Err(given.problem(format!("is {region}, and the ARN is in {other}")));
                }
                region
            }
            None => arn_region.unwrap_or(self.surroundings.region),
        };
        let names = self.surroundings.names;
        if let Err(Unresolved::Unknown { near, .. }) =
            resolve(model, region, names, None, ResolveOptions::default())
        {
            let near = if near.is_empty() { String::new() } else { format!("; close: {}", near.join(", ")) };
            return Err(field.problem(format!(
                "there is no model called {model:?}{near}; an id, a profile or an ARN is taken as it is"
            )));
        }
        let region = region.to_owned();
        Route::new(region, model_id)
            .map_err(|e| region_field.unwrap_or(field).problem(e.problem().to_owned()))
    }
}
