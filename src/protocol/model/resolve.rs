//! A name → the id to use in a region: alias → base id → the profile of the region's own geography, for a model that
//! needs one. From ListInferenceProfiles where its answer is at hand, else from the table.

use super::geography::{GLOBAL, geographies_of, is_commercial, split_geography};
use super::id::ModelId;
use super::inference_profile::InferenceProfile;
use super::table::{Row, Table, looks_like_id};
use crate::protocol::invalid_input::InvalidInput;
use serde_json::{Value, json};
use std::fmt;

/// The id to use, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resolution {
    /// What was asked for.
    pub name: String,
    /// What to send.
    pub model_id: ModelId,
    /// What kind of id it is.
    pub kind: ModelKind,
    /// The region to send it to: that of an ARN, else the one that was asked for.
    pub region: String,
    /// The geography of the profile: the request may be answered in any region of it.
    pub geography: Option<String>,
    /// Where the answer comes from.
    pub from: ResolvedFrom,
}

/// What kind of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelKind {
    /// A base id.
    Direct,
    /// An inference profile's id.
    Profile,
    /// An ARN of anything.
    Arn,
}

/// Where a resolution comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolvedFrom {
    /// ListInferenceProfiles in that region.
    List,
    /// The alias table.
    Table,
    /// Nowhere: it is an id already, and an id is never looked up.
    Literal,
}

/// What a resolution may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResolveOptions {
    /// Take a `global.` profile where the region's own geography has none. Such a request may be answered in any
    /// commercial region, so this is never done unasked.
    pub allow_global: bool,
}

impl ResolveOptions {
    /// Allows global profiles, or not.
    #[must_use]
    pub fn allow_global(mut self, allow: bool) -> Self {
        self.allow_global = allow;
        self
    }
}

/// Finds the id to use for a name in a region. `profiles` is what ListInferenceProfiles answered there, where it was
/// asked; a list without the model does not hide what the table knows.
pub fn resolve(
    name: &str,
    region: &str,
    table: &Table,
    profiles: Option<&[InferenceProfile]>,
    options: ResolveOptions,
) -> Result<Resolution, Unresolved> {
    let literal = ModelId::new(name).map_err(Unresolved::Invalid)?;
    if looks_like_id(name) {
        return Ok(unchanged(literal, region));
    }
    match table.named(name) {
        Some(row) => resolve_row(name, row, region, profiles, options),
        None => match profiles.and_then(|listed| base_called(name, listed)) {
            // The list knows a model that is newer than the table.
            Some(base) => listed_profile(&base, region, profiles, options)
                .and_then(|profile| found(name, profile, region, ResolvedFrom::List))
                .ok_or_else(|| Unresolved::elsewhere_in_list(name, &base, region, profiles)),
            None => {
                Err(Unresolved::Unknown { name: name.to_owned(), near: names_near(name, aliases(table)) })
            }
        },
    }
}

/// Whether finding a name's id needs the list: it is neither an id nor the alias of a model that answers directly.
pub fn needs_list(name: &str, region: &str, table: &Table) -> bool {
    !looks_like_id(name) && !table.named(name).is_some_and(|row| row.is_direct_in(region))
}

/// The id of a row's model in a region.
pub(super) fn resolve_row(
    name: &str,
    row: &Row,
    region: &str,
    profiles: Option<&[InferenceProfile]>,
    options: ResolveOptions,
) -> Result<Resolution, Unresolved> {
    let direct = row.is_direct_in(region).then(|| row.base_id().to_owned());
    direct
        .and_then(|id| found(name, id, region, ResolvedFrom::Table))
        .or_else(|| profile_of_row(name, row, region, profiles, options))
        .ok_or_else(|| Unresolved::elsewhere(name, row, region))
}

/// The profile that serves a row's model in a region.
pub(super) fn profile_of_row(
    name: &str,
    row: &Row,
    region: &str,
    profiles: Option<&[InferenceProfile]>,
    options: ResolveOptions,
) -> Option<Resolution> {
    if let Some(id) = listed_profile(row.base_id(), region, profiles, options) {
        return found(name, id, region, ResolvedFrom::List);
    }
    let geography = row.geography_in(region, options.allow_global)?;
    found(name, format!("{geography}.{}", row.base_id()), region, ResolvedFrom::Table)
}

/// The base id behind a name, for operations that take no profile (CountTokens, StartAsyncInvoke): of an alias, of a
/// profile's id or ARN. `None` for an ARN that does not tell: of an application profile, GetInferenceProfile does; that
/// of a custom or provisioned model stands for more than its base.
pub fn base_model_id(name: &str, table: &Table) -> Option<ModelId> {
    let Some(arn) = name.strip_prefix("arn:") else {
        let base = table.named(name).map_or(split_geography(name).1, Row::base_id);
        return ModelId::new(base).ok();
    };
    let parts: Vec<&str> = arn.splitn(5, ':').collect();
    let [partition, service, region, _, resource] = parts[..] else { return None };
    match resource.split_once('/')? {
        ("foundation-model", _) => ModelId::new(name).ok(),
        ("inference-profile", profile) => {
            let (_, base) = split_geography(profile);
            ModelId::new(format!("arn:{partition}:{service}:{region}::foundation-model/{base}")).ok()
        }
        _ => None,
    }
}

impl Resolution {
    /// `{"name","model_id","kind","region","geography","from"}`
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "model_id": self.model_id.as_str(),
            "kind": self.kind.as_str(),
            "region": self.region,
            "geography": self.geography,
            "from": self.from.as_str(),
        })
    }
}

impl ModelKind {
    /// `direct`, `profile`, `arn`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Profile => "profile",
            Self::Arn => "arn",
        }
    }
}

impl ResolvedFrom {
    /// `list`, `table`, `literal`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Table => "table",
            Self::Literal => "literal",
        }
    }
}

/// Why a name has no id in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unresolved {
    /// It cannot be an id or a name.
    Invalid(InvalidInput),
    /// Nobody knows it.
    Unknown {
        /// What was asked for.
        name: String,
        /// Names that are written alike.
        near: Vec<String>,
    },
    /// The model is known, but not to answer in this region.
    Elsewhere {
        /// What was asked for.
        name: String,
        /// The model.
        base_id: String,
        /// Where it was asked for.
        region: String,
        /// The geographies that have a profile of it.
        profiles: Vec<String>,
        /// The regions where its base id answers; `*` for every commercial one.
        direct: Vec<String>,
    },
}

impl Unresolved {
    pub(super) fn elsewhere(name: &str, row: &Row, region: &str) -> Self {
        Self::Elsewhere {
            name: name.to_owned(),
            base_id: row.base_id().to_owned(),
            region: region.to_owned(),
            profiles: row.profiles().to_vec(),
            direct: row.direct().to_vec(),
        }
    }

    fn elsewhere_in_list(
        name: &str,
        base: &str,
        region: &str,
        profiles: Option<&[InferenceProfile]>,
    ) -> Self {
        let of_base = profiles.unwrap_or_default().iter().filter(|profile| profile.contains(base));
        let geographies = of_base.filter_map(|profile| split_geography(profile.inference_profile_id()).0);
        Self::Elsewhere {
            name: name.to_owned(),
            base_id: base.to_owned(),
            region: region.to_owned(),
            profiles: geographies.map(str::to_owned).collect(),
            direct: Vec::new(),
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::Unknown { name, near } if near.is_empty() => {
                write!(f, "no model is called {name:?}; `bedwire models list` shows the ids of a region")
            }
            Self::Unknown { name, near } => {
                write!(f, "no model is called {name:?}; is it {}?", near.join(" or "))
            }
            Self::Elsewhere { name, base_id, region, profiles, direct } => {
                write!(f, "{name} ({base_id}) is not known to answer in {region}: it is in ")?;
                let global = profiles.iter().any(|geography| geography == GLOBAL) && is_commercial(region);
                f.write_str(&places(profiles, direct))?;
                if global {
                    f.write_str(
                        "; a global profile may send the request anywhere: allow_global permits that",
                    )?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Unresolved {}

fn places(profiles: &[String], direct: &[String]) -> String {
    let mut places = Vec::new();
    if !profiles.is_empty() {
        places.push(format!("the geographies {} (by profile)", profiles.join(", ")));
    }
    if !direct.is_empty() {
        let regions: Vec<&str> = direct
            .iter()
            .map(|region| if region == "*" { "the commercial regions" } else { region })
            .collect();
        places.push(format!("{} (by its own id)", regions.join(", ")));
    }
    places.join(" and in ")
}

fn unchanged(model_id: ModelId, region: &str) -> Resolution {
    let name = model_id.as_str().to_owned();
    let resource = name.rsplit('/').next().unwrap_or(&name);
    let geography = split_geography(resource).0.map(str::to_owned);
    let kind = match (name.starts_with("arn:"), &geography) {
        (true, _) => ModelKind::Arn,
        (false, Some(_)) => ModelKind::Profile,
        (false, None) => ModelKind::Direct,
    };
    let region = model_id.arn_region().unwrap_or(region).to_owned();
    Resolution { name, model_id, kind, region, geography, from: ResolvedFrom::Literal }
}

fn found(name: &str, id: String, region: &str, from: ResolvedFrom) -> Option<Resolution> {
    let geography = split_geography(&id).0.map(str::to_owned);
    Some(Resolution {
        name: name.to_owned(),
        kind: if geography.is_some() { ModelKind::Profile } else { ModelKind::Direct },
        // An id out of a list or a file is checked like any other.
        model_id: ModelId::new(id).ok()?,
        region: region.to_owned(),
        geography,
        from,
    })
}

/// The system's profile of a model that serves a region, the narrowest geography first.
fn listed_profile(
    base_id: &str,
    region: &str,
    profiles: Option<&[InferenceProfile]>,
    options: ResolveOptions,
) -> Option<String> {
    let global = (options.allow_global && is_commercial(region)).then_some(GLOBAL);
    geographies_of(region).into_iter().chain(global).find_map(|geography| {
        let fits = |profile: &&InferenceProfile| {
            profile.is_system_defined()
                && split_geography(profile.inference_profile_id()).0 == Some(geography)
                && profile.contains(base_id)
        };
        Some(profiles?.iter().find(fits)?.inference_profile_id().to_owned())
    })
}

/// The base id in a list that a name most plainly names: all of it after the provider, with or without version and
/// date. The newest where there are several.
fn base_called(name: &str, profiles: &[InferenceProfile]) -> Option<String> {
    let names_of = |base: &str| -> Option<[String; 3]> {
        let whole = base.split_once('.')?.1.split(':').next()?.to_owned();
        let id = ModelId::new(base).ok()?;
        let unversioned = id.family().split_once('.')?.1.to_owned();
        let date = unversioned
            .rsplit_once('-')
            .filter(|(_, date)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
        let undated = date.map_or(&*unversioned, |(rest, _)| rest).to_owned();
        Some([whole, unversioned, undated])
    };
    profiles
        .iter()
        .filter(|profile| profile.is_system_defined())
        .map(|profile| split_geography(profile.inference_profile_id()).1)
        .filter(|base| names_of(base).is_some_and(|names| names.iter().any(|known| known == name)))
        .max()
        .map(str::to_owned)
}

/// Of these names, those that begin like this one, the likeliest first: at most three.
pub fn names_near<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let common =
        |known: &str| known.bytes().zip(name.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let mut closest: Vec<(usize, &str)> = Vec::new();
    for known in names {
        let count = common(known);
        // A word and a bit in common: `claude-3`.
        if count < 5 || count * 2 < name.len() {
            continue;
        }
        let before = |other: &(usize, &str)| (other.0, known.len()) >= (count, other.1.len());
        let at = closest.iter().take_while(|other| before(other)).count();
        closest.insert(at, (count, known));
        closest.truncate(3);
    }
    closest.into_iter().map(|(_, known)| known.to_owned()).collect()
}

impl Unresolved {
    /// What was sent as an id, and is none: a name that is written like others. `None` where there are no such.
    pub(super) fn misspelt(name: &str, table: &Table) -> Option<Self> {
        let near = if looks_like_id(name) { Vec::new() } else { names_near(name, aliases(table)) };
        (!near.is_empty()).then(|| Self::Unknown { name: name.to_owned(), near })
    }
}

fn aliases(table: &Table) -> impl Iterator<Item = &str> {
    table.rows().iter().flat_map(Row::aliases).map(String::as_str)
}
