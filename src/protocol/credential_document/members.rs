//! The members of a JSON object, each taken out on its own, so that no copy of a secret stays behind.

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The members of a JSON object.
pub(crate) struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    /// The members, or what the bytes are instead.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        if bytes.trim_ascii().is_empty() {
            return Err("it is empty".to_owned());
        }
        if bytes.trim_ascii_start().starts_with(b"<") {
            return Err("it is HTML or XML, not JSON".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_owned())?;
        serde_json::from_str(text)
            .map(Self)
            .map_err(|e| format!("it is no JSON object (line {}, column {})", e.line(), e.column()))
    }

    /// A string that is there and not empty. What is anything else counts as not there: for what nothing hangs on.
    pub(crate) fn text(&self, name: &str) -> Option<Zeroizing<String>> {
        self.text_if_any(name).ok().flatten()
    }

    /// The same, where anything but a string or `null` is an error: without it, other credentials would be read than
    /// were meant.
    pub(crate) fn text_if_any(&self, name: &str) -> Result<Option<Zeroizing<String>>, String> {
        Ok(self.string(name)?.filter(|text| !text.is_empty()))
    }

    /// The same, or a sentence that it is not there.
    pub(crate) fn required(&self, name: &str) -> Result<Zeroizing<String>, String> {
        self.text_if_any(name)?.ok_or_else(|| format!("it has no {name}"))
    }

    fn string(&self, name: &str) -> Result<Option<Zeroizing<String>>, String> {
        let Some(raw) = self.0.get(name) else { return Ok(None) };
        let text: Option<String> =
            serde_json::from_str(raw.get()).map_err(|_| format!("its {name} is no string"))?;
        Ok(text.map(Zeroizing::new))
    }

    /// A whole number from 0.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    /// A date, where it is there; one that cannot be read is an error: what ends would never be renewed.
    pub(crate) fn date(&self, name: &str) -> Result<Option<SystemTime>, String> {
        let no_date = || format!("its {name} is no date such as 2026-01-02T03:04:05Z");
        let Some(text) = self.string(name).map_err(|_| no_date())? else { return Ok(None) };
        // Version 1 of the AWS CLI wrote `2020-06-17T10:02:08UTC`.
        let zulu = text.strip_suffix("UTC").map(|date| format!("{date}Z"));
        crate::protocol::timestamp::parse_iso_8601(zulu.as_deref().unwrap_or(&text))
            .map(Some)
            .ok_or_else(no_date)
    }

    /// An object inside it.
    pub(crate) fn object(&self, name: &str) -> Result<Members<'a>, String> {
        let raw = self.0.get(name).ok_or_else(|| format!("it has no {name}"))?;
        Members::read(raw.get().as_bytes()).map_err(|problem| format!("in its {name}, {problem}"))
    }
}
