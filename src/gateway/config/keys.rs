//! `[keys]`: who may ask. No key stands in the file: its hash does, or the name of the variable that has it.

use super::Surroundings;
use super::fields::{Field, closest};
use super::problem::Problem;
use crate::gateway::keys::{Key, KeyHash, stands_for};

const KNOWN: [&str; 5] = ["sha256", "variable", "models", "requests_per_minute", "tokens_per_minute"];

/// All keys. `served` has the names of models that can be asked; `None`: any can.
pub(super) fn keys(
    field: &Field<'_>,
    surroundings: &Surroundings<'_>,
    served: Option<&[&str]>,
) -> Result<Vec<Key>, Problem> {
    let mut keys: Vec<Key> = Vec::new();
    for (name, field) in field.named()? {
        let key = key(name, &field, surroundings, served)?;
        if let Some(twin) = keys.iter().find(|other| other.hash == key.hash) {
            return Err(field.problem(format!("is the same key as {:?}", twin.name)));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn key(
    name: &str,
    field: &Field<'_>,
    surroundings: &Surroundings<'_>,
    served: Option<&[&str]>,
) -> Result<Key, Problem> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(field.problem("has no name that can be printed"));
    }
    if let Some((_, plain)) = field.named()?.iter().find(|(member, _)| *member == "key") {
        return Err(plain.problem(
            "a key in plain text is not taken; write sha256 = \"…\", which `bedwire serve --hash-key` prints for a key \
             on its stdin, or variable = \"NAME\"",
        ));
    }
    let fields = field.fields(&KNOWN)?;
    let hash = match (fields.find("sha256"), fields.find("variable")) {
        (Some(digits), None) => match KeyHash::from_hex(digits.text()?) {
            Some(hash) if hash == KeyHash::of(b"") => {
                return Err(digits.problem("is the hash of nothing: the key was empty when it was hashed"));
            }
            hash => hash.ok_or_else(|| digits.problem("takes the 64 hexadecimal digits of a SHA-256"))?,
        },
        (None, Some(variable)) => {
            let name = variable.text()?;
            let value = (surroundings.variable)(name).map_err(|e| variable.problem(e.message()))?;
            let value = value.filter(|value| !value.trim().is_empty());
            let value = value.ok_or_else(|| variable.problem(format!("{name} is not set")))?;
            let hash = KeyHash::of_written(name, value.as_bytes());
            hash.map_err(|problem| variable.problem(problem.to_string()))?
        }
        (Some(_), Some(both)) => return Err(both.problem("does not go with sha256; give one of them")),
        (None, None) => return Err(field.problem("has no sha256 and no variable")),
    };
    let mut key = Key::new(name, hash);
    fields.set("models", &mut key.models, |field| models(field, served))?;
    if let Some(models) = fields.find("models").filter(|_| key.models.is_empty()) {
        return Err(models.problem("is empty; leave it out where every model may be asked"));
    }
    fields.set("requests_per_minute", &mut key.requests_per_minute, |field| field.count().map(Some))?;
    fields.set("tokens_per_minute", &mut key.tokens_per_minute, |field| field.count().map(Some))?;
    Ok(key)
}

/// The models that a key may ask, each of which must be one.
fn models(field: &Field<'_>, served: Option<&[&str]>) -> Result<Vec<String>, Problem> {
    let models = field.texts()?;
    let Some(served) = served else { return Ok(models) };
    for element in field.elements().unwrap_or_default() {
        let allowed = element.text()?;
        if served.iter().any(|model| stands_for(allowed, model)) {
            continue;
        }
        let near = closest(allowed, served).map_or_else(String::new, |near| format!("; {near:?} is one"));
        return Err(element.problem(format!(
            "stands for no model: there is none {allowed:?} in [models], and any_model is false{near}"
        )));
    }
    Ok(models)
}
