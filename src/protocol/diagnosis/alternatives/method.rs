//! Other methods: a URL that was signed for one is used with another, or a redirect made a GET of a POST.

use super::{Found, Origin};
use crate::protocol::diagnosis::mistake::Mistake;
use crate::protocol::diagnosis::search::{Alternative, Part};
use crate::protocol::diagnosis::view::Change;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "HEAD", "DELETE"];

pub(super) fn add(origin: &Origin<'_>, found: &mut Found) {
    let sent = origin.base.method.as_str();
    let mut methods: Vec<String> = METHODS.into_iter().map(str::to_owned).collect();
    methods.extend([sent.to_ascii_lowercase(), sent.to_ascii_uppercase()]);
    for method in methods.into_iter().filter(|method| method != sent) {
        found.push(Alternative {
            mistakes: vec![Mistake::MethodChanged],
            what: format!("whose method was {method}, and it was sent as {sent}"),
            changes: vec![Change::Method(method)],
            part: Part::Method,
            alone: true,
        });
    }
}
