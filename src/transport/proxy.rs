//! Which requests go through which proxy. The decision is made here once: the wire and `doctor` both ask.

use crate::error::{Error, ErrorKind};
use crate::protocol::endpoint::{has_possible_port, is_loopback};
use http::Uri;
use std::fmt;
use std::net::IpAddr;

/// A proxy, and what named it. Its user name and password are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: String,
    host: String,
    port: u16,
    shown: String,
    source: String,
}

/// The proxies by scheme, and the hosts that are reached without one. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    for_http: Option<Proxy>,
    for_https: Option<Proxy>,
    /// Whether this machine's own servers are reached through them, too.
    for_loopback: bool,
    except: Vec<Exception>,
    /// The exceptions as they were given, and the variable that named them.
    no_proxy: Option<(String, String)>,
}

impl Proxy {
    /// Reads `http://[user:password@]host:port`, or `https://`, and with the feature `socks` `socks5://` (names are
    /// looked up here), `socks5h://` (by the proxy), `socks4://` and `socks4a://`. A URL without a scheme is `http://`.
    pub fn new(url: &str, source: impl Into<String>) -> Result<Self, Error> {
        Self::read(url, source.into())
    }

    fn read(url: &str, source: String) -> Result<Self, Error> {
        // The text itself is not in the message: it may have a password.
        let refuse = |why: &str| {
            Error::new(ErrorKind::InvalidInput, format!("{source} is no proxy URL: {why}"))
                .with_hint("give one such as http://user:password@proxy.example.com:3128")
        };
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        // A password ends where one of these stands as it is; what is behind it would be no part of the URL's host.
        let after_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
        if after_scheme.split_once(['/', '?', '#']).is_some_and(|(_, rest)| rest.contains('@')) {
            return Err(refuse("a /, ? or # is before its @; percent-encode the password"));
        }
        let parsed: Uri =
            url.parse().map_err(|_| refuse("it cannot be parsed; percent-encode the password"))?;
        let scheme = parsed.scheme_str().unwrap_or_default();
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => 1080,
            "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return Err(refuse("this build has no SOCKS (the feature socks)"));
            }
            other => return Err(refuse(&format!("{other}:// is neither http, https nor socks5"))),
        };
        let host = parsed.host().filter(|host| !host.is_empty()).ok_or_else(|| refuse("it has no host"))?;
        if !has_possible_port(&parsed) {
            return Err(refuse("its port is none; ports are numbers up to 65535"));
        }
        let port = parsed.port_u16().unwrap_or(default_port);
        let has_secret = parsed.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let secret = if has_secret { "***@" } else { "" };
        Ok(Self {
            shown: format!("{scheme}://{secret}{host}:{port}"),
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            source,
            url,
        })
    }

    /// What named it: an option or a variable.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its host name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is told a service's name, which it looks up itself, and no address.
    pub fn looks_names_up(&self) -> bool {
        !self.shown.starts_with("socks4://") && !self.shown.starts_with("socks5://")
    }

    /// Whether its URL has a user name.
    #[cfg(feature = "_network")]
    pub(super) fn has_secret(&self) -> bool {
        self.shown.contains('@')
    }

    /// Its URL with user name and password, for who connects to it.
    pub fn reveal(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.shown, self.source)
    }
}

impl Proxies {
    /// A given proxy for everything, else those of `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` (each in lower case
    /// too, which wins, as in curl and botocore); `NO_PROXY` lists the hosts that are reached without one.
    ///
    /// Those of variables are the way out of this machine, so they are for no loopback host, as in Go: a company's
    /// proxy would be shown what is meant for an emulator, and cannot reach it. A given one is asked for those, too,
    /// such as one that shows what is sent.
    pub fn from_variables(
        given: Option<Proxy>,
        variable: &dyn Fn(&str) -> Result<Option<String>, Error>,
    ) -> Result<Self, Error> {
        let set = |name: &str| {
            let lower = name.to_ascii_lowercase();
            let set = |name: &str| Some((variable(name).transpose()?, name.to_owned()));
            let found = set(&lower).or_else(|| set(name));
            found.map(|(value, source)| Ok::<_, Error>((value?, source))).transpose()
        };
        let read = |name: &str| set(name)?.map(|(url, source)| Proxy::new(&url, source)).transpose();
        let no_proxy = set("NO_PROXY")?;
        let hosts = no_proxy.as_ref().map(|(hosts, _)| hosts.as_str()).unwrap_or_default();
        let except = hosts.split([',', ' ']).filter_map(Exception::read).collect();
        if let Some(given) = given {
            let (for_http, for_https) = (Some(given.clone()), Some(given));
            return Ok(Self { for_http, for_https, for_loopback: true, except, no_proxy });
        }
        let all = read("ALL_PROXY")?;
        // A web server hands the header `Proxy:` of anyone's request to a CGI program as HTTP_PROXY, which is the same
        // variable as http_proxy on Windows alone.
        let for_http = match (variable("REQUEST_METHOD")?, variable("http_proxy")?) {
            (None, _) => read("HTTP_PROXY")?,
            (Some(_), Some(url)) if !cfg!(windows) => Some(Proxy::new(&url, "http_proxy")?),
            (Some(_), _) => None,
        };
        Ok(Self {
            for_http: for_http.or_else(|| all.clone()),
            for_https: read("HTTPS_PROXY")?.or(all),
            for_loopback: false,
            except,
            no_proxy,
        })
    }

    /// The hosts that are reached without one, as they were given, and the variable that named them.
    pub fn no_proxy(&self) -> Option<(&str, &str)> {
        self.no_proxy.as_ref().map(|(hosts, source)| (hosts.as_str(), source.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.for_http.is_none() && self.for_https.is_none()
    }

    /// Whether a host of this name is one of them.
    #[cfg(feature = "_network")]
    pub(super) fn is_one(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        self.for_http.iter().chain(&self.for_https).any(|proxy| proxy.host.eq_ignore_ascii_case(host))
    }

    /// The proxy for `https` or `http`, exceptions aside.
    pub fn for_scheme(&self, scheme: &str) -> Option<&Proxy> {
        if scheme == "https" { self.for_https.as_ref() } else { self.for_http.as_ref() }
    }

    /// The proxy for requests of this scheme to this host and port.
    pub fn for_host(&self, scheme: &str, host: &str, port: u16) -> Option<&Proxy> {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        if !self.for_loopback && is_ours(&host) {
            return None;
        }
        self.for_scheme(scheme)
            .filter(|_| !self.except.iter().any(|exception| exception.matches(&host, port)))
    }

    /// The proxy for requests to this URL.
    pub fn for_uri(&self, uri: &Uri) -> Option<&Proxy> {
        let scheme = uri.scheme_str()?;
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        self.for_host(scheme, uri.host()?, port)
    }
}

/// One entry of `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    Everything,
    /// A name and all below it, perhaps at one port only.
    Name(String, Option<u16>),
    /// An address, or as many leading bits of one, perhaps at one port only.
    Network(IpAddr, u8, Option<u16>),
}

impl Exception {
    /// Reads `*`, `example.com`, `.example.com`, `*.example.com`, `host:8080`, `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`,
    /// `[::1]:8080`.
    fn read(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_ascii_lowercase();
        if entry == "*" {
            return Some(Self::Everything);
        }
        // An address of IPv6 has colons of its own.
        if let Some(network) = Self::network(&entry, None) {
            return Some(network);
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (entry.as_str(), None),
        };
        if let Some(network) = Self::network(name, port) {
            return Some(network);
        }
        let name = name.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
        (!name.is_empty()).then(|| Self::Name(name.to_owned(), port))
    }

    fn network(text: &str, port: Option<u16>) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        Some(Self::Network(address, bits.unwrap_or(all), port))
    }

    fn matches(&self, host: &str, port: u16) -> bool {
        match self {
            Self::Everything => true,
            Self::Name(_, Some(at)) | Self::Network(_, _, Some(at)) if *at != port => false,
            Self::Name(name, _) => {
                let before = host.strip_suffix(name.as_str());
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            Self::Network(network, bits, _) => {
                host.parse().is_ok_and(|address| same_bits(*network, address, *bits))
            }
        }
    }
}

fn same_bits(network: IpAddr, address: IpAddr, bits: u8) -> bool {
    let differ = |a: &[u8], b: &[u8]| {
        let first = a.iter().zip(b).enumerate().find(|(_, (a, b))| a != b);
        first.map_or(usize::MAX, |(at, (a, b))| at * 8 + (a ^ b).leading_zeros() as usize)
    };
    let first_difference = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => differ(&a.octets(), &b.octets()),
        (IpAddr::V6(a), IpAddr::V6(b)) => differ(&a.octets(), &b.octets()),
        _ => 0,
    };
    match (network, address) {
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        _ => first_difference >= usize::from(bits),
    }
}

/// Whether a host is this machine. Names below localhost lead there, too: that of a bucket.
pub(super) fn is_ours(host: &str) -> bool {
    is_loopback(host) || host.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let variable = |name: &str| {
            Ok(variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        Proxies::from_variables(None, &variable).unwrap()
    }

    #[test]
    fn a_password_is_never_shown() {
        let proxy = Proxy::new("http://user:hid%40den@proxy.example.com:3128", "HTTPS_PROXY").unwrap();
        assert_eq!(proxy.to_string(), "http://***@proxy.example.com:3128");
        let all = format!(
            "{proxy} {proxy:?} {:?}",
            Proxies { for_http: Some(proxy.clone()), ..Proxies::default() }
        );
        assert!(!all.contains("hid") && !all.contains("user"), "{all}");
        assert_eq!(Proxy::new("10.0.0.1:3128", "x").unwrap().to_string(), "http://10.0.0.1:3128");
        for bad in [
            "",
            "http://",
            "ftp://user:hidden@h",
            "http://user:hid den@h",
            "http://user:hidden@",
            "http://user:2024#hidden@h:1",
            "http://user:2024/hidden@h",
            "user:2024?hidden@h",
        ] {
            let refused = Proxy::new(bad, "HTTPS_PROXY").unwrap_err().to_string();
            assert!(
                refused.starts_with("HTTPS_PROXY is no proxy URL")
                    && !refused.contains("hid")
                    && !refused.contains("2024"),
                "{refused}"
            );
        }
    }

    #[test]
    fn variables_go_by_scheme() {
        let found = proxies(&[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1"), ("ALL_PROXY", "c:1")]);
        assert_eq!(found.for_host("https", "h", 443).unwrap().host(), "b");
        assert_eq!(found.for_host("http", "h", 80).unwrap().host(), "c");
        assert!(proxies(&[("HTTP_PROXY", "a:1"), ("REQUEST_METHOD", "GET")]).is_empty());
        let lower_case = proxies(&[("HTTP_PROXY", "a:1"), ("http_proxy", "b:1"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(lower_case.for_host("http", "h", 80).map(Proxy::host), (!cfg!(windows)).then_some("b"));
        assert!(proxies(&[]).is_empty());
    }

    #[test]
    fn variables_are_for_no_loopback_host_and_a_given_proxy_is() {
        let found = proxies(&[("ALL_PROXY", "p:1")]);
        let given =
            Proxies::from_variables(Some(Proxy::new("p:1", "--proxy").unwrap()), &|_| Ok(None)).unwrap();
        for host in ["localhost", "LocalHost.", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            for scheme in ["http", "https"] {
                assert_eq!(found.for_host(scheme, host, 80), None, "{scheme}://{host}");
                assert!(given.for_host(scheme, host, 80).is_some(), "{scheme}://{host}");
            }
        }
        for host in ["localhost.example", "notlocalhost", "10.0.0.1", "[::2]"] {
            assert!(found.for_host("http", host, 80).is_some(), "{host}");
        }
    }

    #[test]
    fn no_proxy_lists_hosts() {
        let list = "example.com, .corp.example,10.0.0.0/8 host:8080,fd00::/8,*.local,192.168.1.1,,x/y,bad:port,\
             [fe80::3]:8080,172.16.0.1:443,dotted.example.,[fe80::2]";
        let found = proxies(&[("ALL_PROXY", "p:1"), ("NO_PROXY", list)]);
        for (host, port, direct) in [
            ("example.com", 443, true),
            ("Sub.Example.com.", 443, true),
            ("notexample.com", 443, false),
            ("corp.example", 443, true),
            ("a.corp.example", 443, true),
            ("10.200.0.1", 443, true),
            ("11.0.0.1", 443, false),
            ("host", 8080, true),
            ("host", 80, false),
            ("[fd00::1]", 443, true),
            ("fe80::1", 443, false),
            ("[fe80::3]", 8080, true),
            ("[fe80:0::3]", 8080, true),
            ("[fe80::3]", 443, false),
            ("[fe80::2]", 443, true),
            ("172.16.0.1", 443, true),
            ("172.16.0.1", 80, false),
            ("dotted.example", 443, true),
            ("a.dotted.example.", 443, true),
            ("printer.local", 443, true),
            ("192.168.1.1", 80, true),
            ("192.168.1.2", 80, false),
        ] {
            assert_eq!(found.for_host("https", host, port).is_none(), direct, "{host}:{port}");
        }
        assert!(proxies(&[("ALL_PROXY", "p:1"), ("NO_PROXY", "*")]).for_host("http", "h", 80).is_none());
    }
}
