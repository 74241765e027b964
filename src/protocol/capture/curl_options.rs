//! The options of curl: which of them have a value, and how letters stand for them.
//! <https://curl.se/docs/manpage.html>

/// What stands on curl's command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Argument<'a> {
    /// No option, and no option's value: a URL.
    Url(&'a str),
    /// An option by its long name; the value is empty where it has none.
    Option(&'static str, &'a str),
    /// An option that is not known, of which the next word may be the value.
    Unknown(&'a str),
}

/// Reads the words behind `curl`, one argument after the other: a word may have millions of letters.
pub(super) fn arguments(words: &[String]) -> Arguments<'_> {
    Arguments { words: words.iter(), group: "", letters: "" }
}

/// What is left to read.
pub(super) struct Arguments<'a> {
    words: std::slice::Iter<'a, String>,
    /// The word at hand, and the letters of it that are left: `-sSXPOST`.
    group: &'a str,
    letters: &'a str,
}

impl<'a> Iterator for Arguments<'a> {
    type Item = Argument<'a>;

    fn next(&mut self) -> Option<Argument<'a>> {
        if !self.letters.is_empty() {
            return self.letter();
        }
        let word = self.words.next()?;
        if let Some(name) = word.strip_prefix("--") {
            return Some(match known(name) {
                Some((name, true)) => Argument::Option(name, self.word()),
                Some((name, false)) => Argument::Option(name, ""),
                None => Argument::Unknown(word),
            });
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Some(Argument::Url(word));
        };
        (self.group, self.letters) = (word, letters);
        self.letter()
    }
}

impl<'a> Arguments<'a> {
    /// The next of several letters; the first that has a value has the rest or the next word for it.
    fn letter(&mut self) -> Option<Argument<'a>> {
        let mut letters = self.letters.chars();
        let letter = letters.next()?;
        let rest = letters.as_str();
        let Some((_, name)) = LETTERS.iter().find(|(known, _)| *known == letter) else {
            self.letters = "";
            return Some(Argument::Unknown(self.group));
        };
        if !VALUED.contains(name) {
            self.letters = rest;
            return Some(Argument::Option(name, ""));
        }
        self.letters = "";
        Some(Argument::Option(name, if rest.is_empty() { self.word() } else { rest }))
    }

    fn word(&mut self) -> &'a str {
        self.words.next().map_or("", String::as_str)
    }
}

/// An option by its long name, or by as much of it as no other begins with, and whether it has a value.
fn known(given: &str) -> Option<(&'static str, bool)> {
    let all = || VALUED.iter().map(|name| (*name, true)).chain(FLAGS.iter().map(|name| (*name, false)));
    if let Some(found) = all().find(|(name, _)| *name == given) {
        return Some(found);
    }
    // `--no-…` turns a flag off; `--` alone ends the options.
    if given.is_empty() || given.starts_with("no-") {
        return Some(("no-", false));
    }
    let mut begun = all().filter(|(name, _)| name.starts_with(given));
    begun.next().filter(|_| begun.next().is_none())
}

/// Those with a value.
#[rustfmt::skip]
const VALUED: [&str; 144] = [
    "abstract-unix-socket", "alt-svc", "aws-sigv4", "cacert", "capath", "cert", "cert-type", "ciphers", "config",
    "connect-timeout", "connect-to", "continue-at", "cookie", "cookie-jar", "create-file-mode", "crlfile", "curves",
    "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "delegation", "dns-interface", "dns-ipv4-addr",
    "dns-ipv6-addr", "dns-servers", "doh-url", "dump-header", "ech", "egd-file", "engine", "etag-compare", "etag-save",
    "expect100-timeout", "form", "form-string", "ftp-account", "ftp-alternative-to-user", "ftp-method", "ftp-port",
    "ftp-ssl-ccc-mode", "happy-eyeballs-timeout-ms", "haproxy-clientip", "header", "hostpubmd5", "hostpubsha256",
    "hsts", "interface", "ip-tos", "ipfs-gateway", "json", "keepalive-cnt", "keepalive-time", "key", "key-type", "krb",
    "libcurl", "limit-rate", "local-port", "login-options", "mail-auth", "mail-from", "mail-rcpt", "max-filesize",
    "max-redirs", "max-time", "netrc-file", "noproxy", "oauth2-bearer", "output", "output-dir", "parallel-max",
    "parallel-max-host", "pass", "pinnedpubkey", "preproxy", "proto", "proto-default", "proto-redir", "proxy",
    "proxy-cacert", "proxy-capath", "proxy-cert", "proxy-cert-type", "proxy-ciphers", "proxy-crlfile", "proxy-header",
    "proxy-key", "proxy-key-type", "proxy-pass", "proxy-pinnedpubkey", "proxy-service-name", "proxy-tls13-ciphers",
    "proxy-tlsauthtype", "proxy-tlspassword", "proxy-tlsuser", "proxy-user", "proxy1.0", "pubkey", "quote",
    "random-file", "range", "rate", "referer", "request", "request-target", "resolve", "retry", "retry-delay",
    "retry-max-time", "sasl-authzid", "service-name", "sigalgs", "socks4", "socks4a", "socks5",
    "socks5-gssapi-service", "socks5-hostname", "speed-limit", "speed-time", "ssl-sessions", "stderr", "telnet-option",
    "tftp-blksize", "time-cond", "tls-max", "tls13-ciphers", "tlsauthtype", "tlspassword", "tlsuser", "trace", "trace-ascii",
    "trace-config", "unix-socket", "upload-file", "upload-flags", "url", "url-query", "user", "user-agent", "variable",
    "vlan-priority", "write-out",
];

/// Those without one.
#[rustfmt::skip]
const FLAGS: [&str; 119] = [
    "anyauth", "append", "basic", "ca-native", "cert-status", "compressed", "compressed-ssh", "create-dirs", "crlf",
    "digest", "disable", "disable-eprt", "disable-epsv", "disallow-username-in-url", "doh-cert-status", "doh-insecure",
    "fail", "fail-early", "fail-with-body", "false-start", "form-escape", "ftp-create-dirs", "ftp-pasv", "ftp-pret",
    "ftp-skip-pasv-ip", "ftp-ssl-ccc", "ftp-ssl-control", "get", "globoff", "haproxy-protocol", "head", "help",
    "http0.9", "http1.0", "http1.1", "http2", "http2-prior-knowledge", "http3", "http3-only", "ignore-content-length",
    "include", "insecure", "ipv4", "ipv6", "junk-session-cookies", "list-only", "location", "location-trusted",
    "mail-rcpt-allowfails", "manual", "metalink", "mptcp", "negotiate", "netrc", "netrc-optional", "next", "ntlm",
    "ntlm-wb", "out-null", "parallel", "parallel-immediate", "path-as-is", "post301", "post302", "post303",
    "progress-bar", "proxy-anyauth", "proxy-basic", "proxy-ca-native", "proxy-digest", "proxy-http2", "proxy-insecure",
    "proxy-negotiate", "proxy-ntlm", "proxy-ssl-allow-beast", "proxy-ssl-auto-client-cert", "proxy-tlsv1",
    "proxytunnel", "raw", "remote-header-name", "remote-name", "remote-name-all", "remote-time", "remove-on-error",
    "retry-all-errors", "retry-connrefused", "sasl-ir", "sessionid", "show-error", "show-headers", "silent",
    "skip-existing", "socks5-basic", "socks5-gssapi", "socks5-gssapi-nec", "ssl", "ssl-allow-beast",
    "ssl-auto-client-cert", "ssl-no-revoke", "ssl-reqd", "ssl-revoke-best-effort", "sslv2", "sslv3", "styled-output",
    "suppress-connect-headers", "tcp-fastopen", "tcp-nodelay", "tftp-no-options", "tls-earlydata",
    "tlsv1", "tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3", "tr-encoding", "trace-ids", "trace-time", "use-ascii",
    "verbose",
];

/// The letters, and what they are short for.
#[rustfmt::skip]
const LETTERS: [(char, &str); 59] = [
    ('#', "progress-bar"), ('0', "http1.0"), ('1', "tlsv1"), ('2', "sslv2"), ('3', "sslv3"), ('4', "ipv4"),
    ('6', "ipv6"), (':', "next"), ('A', "user-agent"), ('B', "use-ascii"), ('C', "continue-at"), ('D', "dump-header"),
    ('E', "cert"), ('F', "form"), ('G', "get"), ('H', "header"), ('I', "head"), ('J', "remote-header-name"),
    ('K', "config"), ('L', "location"), ('M', "manual"), ('N', "no-"), ('O', "remote-name"), ('P', "ftp-port"),
    ('Q', "quote"), ('R', "remote-time"), ('S', "show-error"), ('T', "upload-file"), ('U', "proxy-user"),
    ('V', "help"), ('X', "request"), ('Y', "speed-limit"), ('Z', "parallel"), ('a', "append"), ('b', "cookie"),
    ('c', "cookie-jar"), ('d', "data"), ('e', "referer"), ('f', "fail"), ('g', "globoff"), ('h', "help"),
    ('i', "include"), ('j', "junk-session-cookies"), ('k', "insecure"), ('l', "list-only"), ('m', "max-time"),
    ('n', "netrc"), ('o', "output"), ('p', "proxytunnel"), ('q', "disable"), ('r', "range"), ('s', "silent"),
    ('t', "telnet-option"), ('u', "user"), ('v', "verbose"), ('w', "write-out"), ('x', "proxy"), ('y', "speed-time"),
    ('z', "time-cond"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_in_groups_and_values_where_curl_takes_them() {
        use Argument::{Option as Opt, Unknown, Url};
        let read = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            format!("{:?}", arguments(&words).collect::<Vec<_>>())
        };
        for (line, expected) in [
            ("-sSX POST u", vec![Opt("silent", ""), Opt("show-error", ""), Opt("request", "POST"), Url("u")]),
            ("-sXPOST u", vec![Opt("silent", ""), Opt("request", "POST"), Url("u")]),
            ("--noproxy * u", vec![Opt("noproxy", "*"), Url("u")]),
            ("--compressed-s u", vec![Opt("compressed-ssh", ""), Url("u")]),
            ("--no-silent -- u", vec![Opt("no-", ""), Opt("no-", ""), Url("u")]),
            ("--data={} -s+ u", vec![Unknown("--data={}"), Opt("silent", ""), Unknown("-s+"), Url("u")]),
            ("--da x u", vec![Unknown("--da"), Url("x"), Url("u")]),
            ("- -H", vec![Url("-"), Opt("header", "")]),
        ] {
            assert_eq!(read(line), format!("{expected:?}"), "{line}");
        }
        for (letter, name) in LETTERS {
            assert!(VALUED.contains(&name) || FLAGS.contains(&name) || name == "no-", "-{letter} {name}");
        }
    }
}
