//! The words of a command for a POSIX shell, with `$'…'` as browsers write it.

use std::str::Chars;

/// The most words that are kept of a command.
const MAX_WORDS: usize = 100_000;

/// A command: what stands before its first `|`, `;` or `&&`, without what goes to and from files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ShellCommand<'a> {
    pub(super) words: Vec<String>,
    /// Whether the shell puts values of its own into them: `$NAME`, `$(…)`, backquotes.
    pub(super) is_expanded: bool,
    /// Whether there are more words than are kept.
    pub(super) is_cut: bool,
    /// What comes after the command's line.
    pub(super) rest: &'a str,
}

/// Reads the command that a text begins with.
pub(super) fn command(text: &str) -> ShellCommand<'_> {
    let mut reader = Reader {
        chars: text.chars(),
        words: Vec::new(),
        word: None,
        is_expanded: false,
        is_cut: false,
        next_word: NextWord::Kept,
    };
    reader.run();
    let Reader { words, is_expanded, is_cut, chars, .. } = reader;
    ShellCommand { words, is_expanded, is_cut, rest: chars.as_str() }
}

struct Reader<'a> {
    chars: Chars<'a>,
    words: Vec<String>,
    word: Option<String>,
    is_expanded: bool,
    /// Whether there were more words than are kept.
    is_cut: bool,
    next_word: NextWord,
}

/// Whose the next word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NextWord {
    /// The command's own.
    Kept,
    /// The file of a redirection.
    File,
    /// That of another command in the same line, as are all after it.
    OtherCommand,
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(c) = self.chars.next() {
            match c {
                '\n' => break,
                '\\' => match self.chars.next() {
                    Some('\r') => drop(self.next_if(|c| c == '\n')),
                    Some('\n') | None => {}
                    Some(other) => self.push(other),
                },
                '\'' => {
                    let word = self.word.get_or_insert_default();
                    word.extend(self.chars.by_ref().take_while(|c| *c != '\''));
                }
                '$' if self.chars.as_str().starts_with('\'') => self.escaped(),
                '"' => self.double_quoted(),
                '#' if self.word.is_none() => {
                    // A comment ends with its line.
                    while self.next_if(|c| c != '\n').is_some() {}
                }
                '<' | '>' => {
                    // `2>` is no word.
                    self.word.take_if(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
                    self.end_word();
                    while self.next_if(|c| matches!(c, '<' | '>' | '&' | '|')).is_some() {}
                    if self.next_word == NextWord::Kept {
                        self.next_word = NextWord::File;
                    }
                }
                '|' => self.end_command(),
                // In a word they belong to a URL that nobody has quoted.
                '&' if self.word.is_none() => self.end_command(),
                ';' if self.word.is_none() || self.ends_here() => self.end_command(),
                c if c.is_whitespace() => self.end_word(),
                c => {
                    self.note_expansion(c);
                    self.push(c);
                }
            }
        }
        self.end_word();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.next_word {
            NextWord::Kept if self.words.len() < MAX_WORDS => self.words.push(word),
            NextWord::Kept => self.is_cut = true,
            NextWord::File => self.next_word = NextWord::Kept,
            NextWord::OtherCommand => {}
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.next_word = NextWord::OtherCommand;
    }

    fn ends_here(&self) -> bool {
        self.chars.as_str().chars().next().is_none_or(char::is_whitespace)
    }

    /// `$NAME`, `${NAME}`, `$(command)` and `` `command` ``, which are something else when they are sent.
    fn note_expansion(&mut self, c: char) {
        let next = self.chars.as_str().chars().next();
        let is_name = next.is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '_' | '{' | '('));
        self.is_expanded |= self.next_word != NextWord::OtherCommand && (c == '`' || (c == '$' && is_name));
    }

    fn double_quoted(&mut self) {
        self.word.get_or_insert_default();
        while let Some(c) = self.chars.next().filter(|c| *c != '"') {
            match (c, self.chars.as_str().chars().next()) {
                ('\\', Some('"' | '\\' | '$' | '`')) => {
                    let escaped = self.chars.next();
                    self.word.get_or_insert_default().extend(escaped);
                }
                ('\\', Some('\n')) => drop(self.chars.next()),
                _ => {
                    self.note_expansion(c);
                    self.push(c);
                }
            }
        }
    }

    /// `$'q\'\u00e9\n'`
    fn escaped(&mut self) {
        self.chars.next();
        self.word.get_or_insert_default();
        while let Some(c) = self.chars.next().filter(|c| *c != '\'') {
            if c != '\\' {
                self.push(c);
                continue;
            }
            match self.chars.next() {
                Some('n') => self.push('\n'),
                Some('r') => self.push('\r'),
                Some('t') => self.push('\t'),
                Some(kind @ ('u' | 'x')) => {
                    let most = if kind == 'u' { 4 } else { 2 };
                    let mut digits = String::new();
                    while digits.len() < most
                        && let Some(digit) = self.next_if(|c| c.is_ascii_hexdigit())
                    {
                        digits.push(digit);
                    }
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    self.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                Some(other) => self.push(other),
                None => {}
            }
        }
    }

    fn next_if(&mut self, fits: impl Fn(char) -> bool) -> Option<char> {
        self.chars.as_str().starts_with(fits).then(|| self.chars.next())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        command(text).words
    }

    #[test]
    fn a_shell_would_see_the_same_words() {
        assert_eq!(
            command("curl \\\n -H 'a: it'\\''s' \"x\\\"y\" $'q\\'\\u00e9\\n' b\\ c ''\nnext é"),
            ShellCommand {
                words: ["curl", "-H", "a: it's", "x\"y", "q'é\n", "b c", ""].map(str::to_owned).to_vec(),
                is_expanded: false,
                is_cut: false,
                rest: "next é",
            }
        );
    }

    #[test]
    fn no_more_words_are_kept_than_a_command_has() {
        let words = "a ".repeat(2 * MAX_WORDS);
        let long = command(&words);
        assert!(long.is_cut && long.words.len() == MAX_WORDS);
        assert!(!command(&"a ".repeat(MAX_WORDS)).is_cut);
    }

    #[test]
    fn other_commands_and_files_are_no_words() {
        for text in [
            "curl 'a|b' > out.json 2>&1 c",
            "curl 'a|b' 2>/dev/null c | jq '.x\n.y'",
            "curl 'a|b' c; echo \"$done\"",
            "curl 'a|b' c && echo",
            "curl 'a|b' c # $what",
        ] {
            let read = command(text);
            assert_eq!((read.words, read.is_expanded), (words("curl 'a|b' c"), false), "{text}");
        }
        assert_eq!(words("curl http://h/?a=1&b=2;c d"), ["curl", "http://h/?a=1&b=2;c", "d"]);
    }

    #[test]
    fn what_the_shell_puts_in_is_noticed() {
        for text in ["curl $URL", "curl \"a: ${B}\"", "curl \"$(date)\"", "curl `date`"] {
            assert!(command(text).is_expanded, "{text}");
        }
        for text in ["curl '$URL'", "curl \"5$\"", "curl \\$URL", "curl \"\\$URL\"", "curl a$"] {
            assert!(!command(text).is_expanded, "{text}");
        }
    }
}
