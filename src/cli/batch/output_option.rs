//! `batch … --output FILE`: the option that is the form of what is printed everywhere else. After the word `batch`, a
//! value that is no form is a file.

use std::ffi::{OsStr, OsString};

const FORMS: [&str; 2] = ["text", "json"];

/// The arguments, with `--output FILE` after `batch` as `--results FILE`.
pub(in crate::cli) fn with_results_option(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut changed: Vec<OsString> = Vec::new();
    let mut is_batch = false;
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        is_batch |= argument == "batch";
        let text = argument.to_str().unwrap_or_default();
        if is_batch && text == "--output" && arguments.peek().is_some_and(is_file) {
            changed.push("--results".into());
        } else if let Some(value) = text.strip_prefix("--output=").filter(|value| is_batch && is_file(value))
        {
            changed.push(format!("--results={value}").into());
        } else {
            changed.push(argument);
        }
    }
    changed
}

fn is_file(value: impl AsRef<OsStr>) -> bool {
    !FORMS.iter().any(|form| value.as_ref() == *form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_no_form_is_a_file_after_batch_only() {
        let changed = |line: &str| {
            let words = with_results_option(line.split(' ').map(OsString::from));
            words.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        for (given, expected) in [
            ("batch m --input a --output b", "batch m --input a --results b"),
            ("--output json batch m --output=b", "--output json batch m --results=b"),
            ("batch m --output b --output json", "batch m --results b --output json"),
            ("invoke m --output b", "invoke m --output b"),
            ("batch --output", "batch --output"),
        ] {
            assert_eq!(changed(given), expected);
        }
    }
}
