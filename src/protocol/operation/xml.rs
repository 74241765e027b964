//! Reads the XML that STS and S3 answer: elements and text. Attributes, comments and declarations are passed over; what
//! could be anything but such an answer (a DTD, CDATA, depth without end) is refused.

use zeroize::Zeroizing;

/// An answer is a handful of levels deep.
const MAX_DEPTH: usize = 16;

/// An element: its name without a prefix, its own text, and the elements in it.
#[derive(Default)]
pub(crate) struct Element {
    name: String,
    /// It may be a secret key.
    text: Zeroizing<String>,
    children: Vec<Element>,
}

impl Element {
    /// The first element of that name directly below.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements directly below.
    #[cfg(feature = "emulator")]
    pub(crate) fn children(&self) -> &[Self] {
        &self.children
    }

    /// Takes the first element of that name directly below.
    pub(super) fn take_child(&mut self, name: &str) -> Option<Self> {
        let index = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.swap_remove(index))
    }

    /// Its text, without white space around it, where there is any.
    pub(crate) fn text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// The root element, or what is wrong with the document.
pub(crate) fn read(document: &str) -> Result<Element, String> {
    let mut rest = document.trim_start_matches('\u{feff}');
    // Elements that are open; the first stands for the document itself.
    let mut open = vec![Element::default()];
    while let Some(start) = rest.find('<') {
        let (before, tag_and_rest) = rest.split_at(start);
        add_text(&mut open, before)?;
        let tag_and_rest = &tag_and_rest[1..];
        if let Some(comment) = tag_and_rest.strip_prefix("!--") {
            rest = comment.split_once("-->").ok_or("a comment that does not end")?.1;
            continue;
        }
        let (tag, after) = tag_and_rest.split_once('>').ok_or("a tag that does not end")?;
        rest = after;
        if tag.starts_with('!') {
            return Err("a declaration that no answer has".to_owned());
        }
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            close(&mut open, local_name(name))?;
            continue;
        }
        let empty = tag.ends_with('/');
        let name = local_name(tag.trim_end_matches('/'));
        if name.is_empty() {
            return Err("a tag without a name".to_owned());
        }
        if open.len() > MAX_DEPTH {
            return Err(format!("elements in each other, more than {MAX_DEPTH} deep"));
        }
        open.push(Element { name: name.to_owned(), ..Element::default() });
        if empty {
            close(&mut open, name)?;
        }
    }
    add_text(&mut open, rest)?;
    match <[Element; 1]>::try_from(open) {
        Ok([document]) => {
            let mut roots = document.children.into_iter();
            match (roots.next(), roots.next()) {
                (Some(root), None) => Ok(root),
                (None, _) => Err("there is no element in it".to_owned()),
                _ => Err("there is more than one element at its top".to_owned()),
            }
        }
        Err(open) => {
            let name = open.last().map_or("", |element| element.name.as_str());
            Err(format!("<{name}> does not end"))
        }
    }
}

/// `sts:Arn xmlns="…"` is `Arn`.
fn local_name(tag: &str) -> &str {
    let name = tag.split(char::is_whitespace).next().unwrap_or("");
    name.rsplit(':').next().unwrap_or("")
}

fn close(open: &mut Vec<Element>, name: &str) -> Result<(), String> {
    let closed = if open.len() > 1 { open.pop() } else { None };
    match (closed, open.last_mut()) {
        (Some(element), Some(parent)) if element.name == name => {
            parent.children.push(element);
            Ok(())
        }
        _ => Err(format!("</{name}> ends nothing")),
    }
}

fn add_text(open: &mut [Element], text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Ok(());
    }
    match open {
        [_, .., element] => unescape(text, &mut element.text),
        _ => Err("text outside every element".to_owned()),
    }
}

fn unescape(text: &str, into: &mut String) -> Result<(), String> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let (entity, after) = after.split_once(';').ok_or("an '&' that begins no entity")?;
        rest = after;
        into.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => {
                let code = other.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => number.parse().ok(),
                });
                code.and_then(char::from_u32).ok_or("an entity that XML does not have")?
            }
        });
    }
    into.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_text_are_read() {
        let root = read(
            "<?xml version=\"1.0\"?>\n<a xmlns=\"x\"><!-- <c> -->\n<p:b>1 &lt;&#x32;&#51;</p:b><c/></a>\n",
        )
        .unwrap();
        assert_eq!((root.name(), root.child("b").unwrap().text()), ("a", Some("1 <23")));
        assert_eq!(root.child("c").unwrap().text(), None);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bad in [
            "",
            "text",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a",
            "<>",
            "<a>&nope;</a>",
            "<a>&",
            "<!DOCTYPE html><a/>",
            "<a><![CDATA[x]]></a>",
            "<a>&#xD800;</a>",
            "<!-- ",
            "<a></a>x",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(&"<a>".repeat(100_000)).is_err());
    }
}
