//! Asks at the terminal for the code of an MFA device.

use crate::client::credentials::AskMfaCode;
use crate::transport::{BoxFuture, in_thread};
use crate::{Error, ErrorKind};
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Asks on stderr, since stdout carries data only, and reads a line of stdin. What is typed is shown: a code works once.
pub(super) struct AskAtTerminal;

impl AskMfaCode for AskAtTerminal {
    fn code<'a>(&'a self, serial: &'a str) -> BoxFuture<'a, Result<String, Error>> {
        let question = format!("MFA code of {serial}: ");
        let no_code =
            |why: String| Error::new(ErrorKind::Credentials, format!("there is no MFA code: {why}"));
        Box::pin(async move {
            if !std::io::stdin().is_terminal() {
                return Err(no_code(
                    "the profile's role needs one, and stdin is no terminal to ask at".to_owned(),
                ));
            }
            // So that Ctrl-C is heard while it waits.
            let answer = in_thread("question for a code", move || {
                let mut stderr = std::io::stderr();
                let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line).map(|_| line)
            });
            let line = answer
                .await
                .map_err(|e| no_code(e.to_string()))?
                .map_err(|e| no_code(format!("stdin cannot be read: {e}")))?;
            let code = line.trim();
            if code.is_empty() {
                return Err(no_code("nothing was typed".to_owned()));
            }
            Ok(code.to_owned())
        })
    }
}
