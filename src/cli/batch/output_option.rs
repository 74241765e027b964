//! `batch … --output FILE`: the option that is the form of what is printed everywhere else. After the name of a command
//! that has `--results`, a value that is no form is a file.

use clap::Command;
use std::ffi::{OsStr, OsString};

const FORMS: [&str; 2] = ["text", "json"];

/// The arguments, with `--output FILE` of such a command as `--results FILE`. The first one is the program's name.
pub(in crate::cli) fn with_results_option(
    arguments: impl Iterator<Item = OsString>,
    program: impl FnOnce() -> Command,
) -> Vec<OsString> {
    let given: Vec<OsString> = arguments.collect();
    // The commands are looked through where it may matter alone.
    let begin =
        given.iter().any(|argument| argument == "batch").then(|| begin_of_results(&given, &program()));
    let Some(begin) = begin.flatten() else { return given };
    let mut changed: Vec<OsString> = Vec::new();
    let mut arguments = given.into_iter().enumerate().peekable();
    while let Some((index, argument)) = arguments.next() {
        let text = argument.to_str().filter(|_| index >= begin).unwrap_or_default();
        if text == "--output" && arguments.peek().is_some_and(|(_, value)| is_file(value)) {
            changed.push("--results".into());
        } else if let Some(value) = text.strip_prefix("--output=").filter(|value| is_file(value)) {
            changed.push(format!("--results={value}").into());
        } else {
            changed.push(argument);
        }
    }
    changed
}

/// Where the arguments of a command begin that has `--results`. The name of a command is the first word that is neither
/// an option nor an option's value.
fn begin_of_results(arguments: &[OsString], program: &Command) -> Option<usize> {
    let (mut command, mut begin) = (program, 1);
    let mut words = arguments.iter().enumerate().skip(1);
    while let Some((index, word)) = words.next() {
        let word = word.to_str().unwrap_or_default();
        if word.starts_with('-') {
            if [program, command].into_iter().any(|command| takes_next(command, word)) {
                words.next();
            }
            continue;
        }
        let Some(found) = command.find_subcommand(word) else { break };
        (command, begin) = (found, index + 1);
    }
    command.get_arguments().any(|option| option.get_long() == Some("results")).then_some(begin)
}

/// Whether the word behind this option is its value.
fn takes_next(command: &Command, option: &str) -> bool {
    let Some(name) = option.strip_prefix("--") else { return false };
    command.get_arguments().any(|known| {
        known.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
            && known.get_action().takes_values()
            && !known.is_require_equals_set()
    })
}

fn is_file(value: impl AsRef<OsStr>) -> bool {
    !FORMS.iter().any(|form| value.as_ref() == *form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    #[test]
    fn a_value_that_is_no_form_is_a_file_after_commands_with_results_only() {
        let program = || {
            let results = Arg::new("results").long("results");
            let input = Arg::new("input").long("input");
            let batch = Command::new("batch")
                .args([results.clone(), input])
                .subcommands([Command::new("status"), Command::new("fetch").arg(results)]);
            Command::new("bedwire")
                .arg(Arg::new("output").long("output").global(true))
                .arg(Arg::new("profile").long("profile").global(true))
                .arg(Arg::new("form").long("dry-run").require_equals(true).num_args(0..=1))
                .subcommands([batch, Command::new("invoke"), Command::new("policy")])
        };
        let changed = |line: &str| {
            let words = std::iter::once("bedwire").chain(line.split(' ')).map(OsString::from);
            let words = with_results_option(words, program).into_iter().skip(1);
            words.map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        for (given, expected) in [
            ("batch m --input a --output b", "batch m --input a --results b"),
            ("--output json batch m --output=b", "--output json batch m --results=b"),
            ("batch m --output b --output json", "batch m --results b --output json"),
            ("batch fetch arn --output b", "batch fetch arn --results b"),
            ("--dry-run batch --input status --output b", "--dry-run batch --input status --results b"),
            ("--output b batch m --output c", "--output b batch m --results c"),
            ("batch status arn --output b", "batch status arn --output b"),
            ("policy batch --output b", "policy batch --output b"),
            ("--profile batch invoke m --output b", "--profile batch invoke m --output b"),
            ("invoke m --output b", "invoke m --output b"),
            ("batch --output", "batch --output"),
        ] {
            assert_eq!(changed(given), expected);
        }
    }
}
