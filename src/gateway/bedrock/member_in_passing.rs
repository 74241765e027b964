//! One member of a JSON object whose text goes by in pieces: nothing else of it is kept.

/// More than any count of tokens has.
const MAX_VALUE: usize = 16 * 1024;

/// Looks for the first member of a name in the outermost object.
#[derive(Debug)]
pub(super) struct MemberInPassing {
    name: &'static str,
    depth: usize,
    string: Option<InString>,
    /// What may come next at depth 1 is a name.
    is_name_next: bool,
    /// As far as it can be the one that is looked for.
    last_name: Vec<u8>,
    value: Value,
}

#[derive(Clone, Copy, Debug, Default)]
struct InString {
    is_name: bool,
    is_escaped: bool,
}

#[derive(Debug, PartialEq)]
enum Value {
    Awaited,
    Begun(Vec<u8>),
    Whole(Vec<u8>),
    /// The object has ended without it, or it is too long to be it.
    Missing,
}

impl MemberInPassing {
    pub(super) fn new(name: &'static str) -> Self {
        let (last_name, value) = (Vec::new(), Value::Awaited);
        Self { name, depth: 0, string: None, is_name_next: false, last_name, value }
    }

    /// The next piece of the text, cut anywhere.
    pub(super) fn push(&mut self, mut piece: &[u8]) {
        while !self.is_over() {
            if let Some(string) = self.string.filter(|string| !string.is_escaped) {
                // Most of an answer is in strings.
                let end = piece.iter().position(|byte| matches!(byte, b'"' | b'\\'));
                let length = end.unwrap_or(piece.len());
                let (plain, rest) = piece.split_at_checked(length).unwrap_or((piece, &[]));
                self.keep(plain, string.is_name);
                piece = rest;
            }
            let Some((byte, rest)) = piece.split_first() else { return };
            match self.string {
                Some(string) => self.in_string(*byte, string),
                None => self.between_strings(*byte),
            }
            piece = rest;
        }
    }

    /// The text of its value, once that is whole.
    pub(super) fn value(&self) -> Option<&[u8]> {
        match &self.value {
            Value::Whole(value) => Some(value),
            _ => None,
        }
    }

    /// Nothing that comes can change what is found.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.value, Value::Whole(_) | Value::Missing)
    }

    fn in_string(&mut self, byte: u8, string: InString) {
        let ends = byte == b'"' && !string.is_escaped;
        if !(ends && string.is_name) {
            self.keep(&[byte], string.is_name);
        }
        let is_escaped = byte == b'\\' && !string.is_escaped;
        self.string = (!ends).then_some(InString { is_escaped, ..string });
    }

    fn between_strings(&mut self, byte: u8) {
        match byte {
            b'"' => {
                let is_name = self.depth == 1 && self.is_name_next;
                if is_name {
                    self.last_name.clear();
                    self.is_name_next = false;
                }
                self.string = Some(InString { is_name, is_escaped: false });
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.is_name_next = byte == b'{';
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.end(Value::Missing);
                }
            }
            b':' if self.is_awaited_here() => {
                self.value = Value::Begun(Vec::new());
                return;
            }
            b',' if self.depth == 1 => {
                self.is_name_next = true;
                self.end(Value::Awaited);
            }
            _ => {}
        }
        self.keep(&[byte], false);
    }

    /// The name that was read last is the one.
    fn is_awaited_here(&self) -> bool {
        self.depth == 1 && self.value == Value::Awaited && self.last_name == self.name.as_bytes()
    }

    /// A member has ended: the one that is looked for, or another.
    fn end(&mut self, other: Value) {
        self.value = match std::mem::replace(&mut self.value, Value::Missing) {
            Value::Begun(value) => Value::Whole(value),
            _ => other,
        };
    }

    fn keep(&mut self, bytes: &[u8], is_name: bool) {
        if is_name {
            let room = (self.name.len() + 1).saturating_sub(self.last_name.len());
            self.last_name.extend(bytes.iter().take(room));
        }
        if let Value::Begun(value) = &mut self.value {
            if value.len() + bytes.len() > MAX_VALUE {
                self.value = Value::Missing;
            } else {
                value.extend_from_slice(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value and whether more could change it, where the text comes in pieces of a length.
    fn found(text: &str, length: usize) -> (Option<String>, bool) {
        let mut member = MemberInPassing::new("usage");
        for piece in text.as_bytes().chunks(length) {
            member.push(piece);
        }
        let value = member.value().map(|value| String::from_utf8(value.to_vec()).unwrap());
        (value, member.is_over())
    }

    #[test]
    fn the_member_is_found_however_the_text_is_cut() {
        let usage = r#"{"a":[1,{"}":"\"]"}],"b":2}"#;
        for (text, value, is_over) in [
            (format!(r#"{{"usage":{usage}}}"#), Some(usage), true),
            (
                format!(r#"{{"output":{{"usage":{{"a":9}}}},"x":"\"usage\":1","usage":{usage},"z":1}}"#),
                Some(usage),
                true,
            ),
            (format!(r#"[{{"usage":1}}] {usage}"#), None, true),
            (r#"{"x":["usage",1],"y":"usage","usages":1,"usag":2}"#.to_owned(), None, true),
            (r#"{"\\":"usage","\"usage":1,"usage":null,"usage":2}"#.to_owned(), Some("null"), true),
            (r#"{"usage":{"a":"#.to_owned(), None, false),
            (r#"{"text":"it goes on \"#.to_owned(), None, false),
            (String::new(), None, false),
            ("}}]]\"".to_owned(), None, true),
        ] {
            for length in 1..=text.len().max(1) {
                assert_eq!(found(&text, length), (value.map(str::to_owned), is_over), "{text} by {length}");
            }
        }
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let text = format!(r#"{{"usage":"{}"}}"#, "x".repeat(2 * MAX_VALUE));
        assert_eq!(found(&text, 1000), (None, true));
    }
}
