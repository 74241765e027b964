//! Names of tools that Bedrock takes: 1 to 64 letters, digits, `_` and `-`, each but once.

use super::history::{has_tool_blocks, tool_uses};
use crate::gateway::chat::Chat;
use crate::gateway::refusal::Refusal;
use crate::protocol::distinct_names::DistinctNames;
use std::collections::{BTreeMap, BTreeSet};

/// The most characters of a name, and of the id of a use.
pub(super) const MAX_CHARS: usize = 64;

/// The client's names of tools, and those that Bedrock takes, where they differ.
#[derive(Debug, Default)]
pub(super) struct ToolNames {
    changed: BTreeMap<String, String>,
}

impl ToolNames {
    /// Of the tools, and of those in the history. Names that are fit stay as they are; another one gets a name that is
    /// none of them.
    pub(super) fn of(chat: &Chat) -> Self {
        let in_history = tool_uses(chat).map(|(_, name)| name);
        let names: BTreeSet<&str> =
            chat.tools.iter().map(|tool| tool.name.as_str()).chain(in_history).collect();
        let mut changed = BTreeMap::new();
        if names.iter().all(|name| is_fit(name)) {
            return Self { changed };
        }
        let mut distinct = DistinctNames::default();
        names.iter().filter(|name| is_fit(name)).for_each(|name| distinct.take(name));
        for name in names.iter().filter(|name| !is_fit(name)) {
            let fit = made_fit(name);
            let made = distinct.free(fit.clone(), |number| numbered(&fit, number));
            distinct.take(&made);
            changed.insert((*name).to_owned(), made);
        }
        Self { changed }
    }

    /// The name that Bedrock takes.
    pub(super) fn fit<'a>(&'a self, name: &'a str) -> &'a str {
        self.changed.get(name).map_or(name, String::as_str)
    }

    /// The names of all tools as Bedrock takes them, of those in the history too.
    pub(super) fn taken(&self, chat: &Chat) -> BTreeSet<String> {
        let tools = chat.tools.iter().map(|tool| tool.name.as_str());
        let names = tools.chain(tool_uses(chat).map(|(_, name)| name));
        let mut taken: BTreeSet<String> = names.map(|name| self.fit(name).to_owned()).collect();
        if taken.is_empty() && has_tool_blocks(chat) {
            // Results without uses: the service says so, in its own words.
            taken.insert("tool".to_owned());
        }
        taken
    }

    /// The way back.
    pub(super) fn back(self) -> BTreeMap<String, String> {
        self.changed.into_iter().map(|(client, bedrock)| (bedrock, client)).collect()
    }
}

/// A name like this one that is not taken.
pub(super) fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let mut made = name.to_owned();
    let mut numbers = 2..;
    while taken.contains(&made) {
        made = numbers.next().map_or_else(String::new, |number| numbered(name, number));
    }
    made
}

/// A tool that is chosen must be there.
pub(super) fn checked_tool<'a>(chat: &Chat, name: &'a str) -> Result<&'a str, Refusal> {
    if chat.tools.iter().any(|tool| tool.name == name) {
        return Ok(name);
    }
    Err(Refusal::field(chat.names.tool_choice, &format!("names {name:?}, which is none of the tools")))
}

/// The same name with a number at its end, as long as it may be.
pub(super) fn numbered(name: &str, number: u32) -> String {
    let number = format!("_{number}");
    let stem: String = name.chars().take(MAX_CHARS - number.len()).collect();
    stem + &number
}

fn is_fit(name: &str) -> bool {
    (1..=MAX_CHARS).contains(&name.len()) && name.bytes().all(fits)
}

fn fits(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn made_fit(name: &str) -> String {
    let fit = |c: char| if u8::try_from(c).is_ok_and(fits) { c } else { '_' };
    let name: String = name.chars().map(fit).take(MAX_CHARS).collect();
    if name.is_empty() { "tool".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::chat::Tool;

    fn named(names: &[&str]) -> ToolNames {
        let tool = |name: &&str| Tool {
            name: (*name).to_owned(),
            description: None,
            input_schema: None,
            strict: None,
            cache_point: None,
        };
        ToolNames::of(&Chat { tools: names.iter().map(tool).collect(), ..Chat::default() })
    }

    #[test]
    fn fit_names_stay() {
        let names = named(&["get_weather", "a-b"]);
        assert_eq!(names.fit("get_weather"), "get_weather");
        assert!(names.back().is_empty());
    }

    #[test]
    fn others_are_made_fit_and_unique_and_come_back() {
        let long = "x".repeat(80);
        let names = named(&["mcp.files/read", "mcp_files_read", "mcp/files.read", "wetter für", "", &long]);
        let made: Vec<String> = ["mcp.files/read", "mcp/files.read", "wetter für", "", &long]
            .iter()
            .map(|name| names.fit(name).to_owned())
            .collect();
        assert_eq!(made[..4], ["mcp_files_read_2", "mcp_files_read_3", "wetter_f_r", "tool"]);
        assert_eq!(made[4], "x".repeat(64));
        let back = names.back();
        assert_eq!(back["mcp_files_read_2"], "mcp.files/read");
        assert_eq!(back[&made[4]], long);
        assert_eq!(back.len(), 5);
        // As many as a request has room for, and nothing in common with what Bedrock takes.
        let many: Vec<String> =
            (0..20_000).filter_map(|n| char::from_u32(0x4e00 + n)).map(String::from).collect();
        let back = named(&many.iter().map(String::as_str).collect::<Vec<_>>()).back();
        assert_eq!(back.len(), 20_000);
        assert_eq!(back["__20000"], many[19_999]);
    }
}
