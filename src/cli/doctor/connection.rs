//! From a name to an answer: DNS, TCP, proxy, TLS and the server's clock.

use super::{Report, State};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::outcome::WireFailure;
use crate::protocol::timestamp::parse_http_date;
use crate::transport::reqwest::Network;
use crate::transport::{Body, Transport as _, TransportError, resolve};
use crate::{Error, ErrorKind};
use http::{Response, Uri};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// The checks, in order. One more, `answer`, is there where it fails and none of them did.
pub(super) const NAMES: [&str; 5] = ["dns", "tcp", "proxy", "tls", "clock"];

/// How long an answer to the one unsigned request may take.
const ANSWER: Duration = Duration::from_secs(20);
/// How far a clock may be off before signatures are refused.
const MAX_SKEW: Duration = Duration::from_mins(5);

pub(super) async fn check(
    endpoint: &Endpoint,
    network: &Network,
    connect_timeout: Duration,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let uri = endpoint.uri("/")?;
    let is_tls = uri.scheme_str() == Some("https");
    let proxy = network.proxy_for(&uri);
    let (host, port) = if let Some(proxy) = proxy {
        (proxy.host().to_owned(), proxy.port())
    } else {
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        (uri.host().unwrap_or_default().to_owned(), port)
    };
    let addresses = match look_up(&host, port, connect_timeout).await {
        Ok(addresses) => addresses,
        Err(problem) => return no_name(problem, report),
    };
    let mut names = format!("{host} is {}", shown(&addresses));
    match proxy {
        Some(proxy) if proxy.looks_names_up() => {
            names.push_str(" (the proxy; it looks up the service's name itself)");
        }
        Some(_) => match look_up(uri.host().unwrap_or_default(), 0, connect_timeout).await {
            Ok(found) => {
                let service = uri.host().unwrap_or_default();
                names = format!("{names} (the proxy), {service} is {}", shown(&found));
            }
            Err(problem) => return no_name(problem, report),
        },
        None => {}
    }
    report.add("dns", State::Ok(names))?;
    match connect(&addresses, connect_timeout).await {
        Ok((address, took)) => {
            report.add("tcp", State::Ok(format!("connected to {address} in {} ms", took.as_millis())))?;
        }
        Err(why) => {
            let advice = unreachable(&addresses, port, proxy.is_some());
            let problem = format!("no connection to {host}:{port}: {why}");
            report.add("tcp", State::failed(ErrorKind::Network, problem, advice))?;
            return skip(&NAMES[2..], "there is no connection", report);
        }
    }
    let answer = ask(network, &uri).await;
    let not_through = answer.as_ref().err().filter(|error| error.failure() != WireFailure::Tls);
    match (proxy, not_through) {
        (None, _) => report.add("proxy", State::Skipped("none is set for this host".to_owned()))?,
        (Some(proxy), None) => {
            report.add("proxy", State::Ok(format!("{proxy} ({}) lets us through", proxy.source())))?;
        }
        (Some(proxy), Some(why)) => {
            let advice = "check the URL, user name and password of the proxy; NO_PROXY lists hosts to reach without it";
            let problem = format!("{proxy} ({}) does not let us through: {why}", proxy.source());
            report.add("proxy", State::failed(ErrorKind::Network, problem, advice))?;
            return skip(&NAMES[3..], "the proxy does not let us through", report);
        }
    }
    let signer = network.signed_by();
    let is_after_tls = not_through.is_some() && (!is_tls || signer.is_some());
    report.add("tls", tls(is_tls, answer.as_ref().err().filter(|_| !is_after_tls), signer))?;
    match answer {
        Ok(response) => report.add("clock", clock(&response)),
        Err(error) => {
            if is_after_tls {
                report.add("answer", failed(&error))?;
            }
            skip(&NAMES[4..], "there is no answer", report)
        }
    }
}

async fn look_up(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, String> {
    let why = match timeout(limit, resolve(host, port)).await {
        Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(addresses),
        Ok(Err(e)) => e.to_string(),
        Ok(Ok(_)) => "it has no address".to_owned(),
        Err(_) => "no answer in time".to_owned(),
    };
    Err(format!("{host} cannot be looked up: {why}"))
}

fn shown(addresses: &[SocketAddr]) -> String {
    let shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    shown.join(", ")
}

fn no_name(problem: String, report: &mut Report<'_>) -> Result<(), Error> {
    let advice = "is the region right, is there a DNS server (/etc/resolv.conf), and does a sealed VPC have an interface \
                  endpoint with private DNS, or need --endpoint-url or --proxy?";
    report.add("dns", State::failed(ErrorKind::Network, problem, advice))?;
    skip(&NAMES[1..], "the name is not known", report)
}

fn skip(names: &[&'static str], why: &str, report: &mut Report<'_>) -> Result<(), Error> {
    names.iter().try_for_each(|name| report.add(name, State::Skipped(why.to_owned())))
}

async fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<(SocketAddr, Duration), String> {
    let started = Instant::now();
    let mut last = String::new();
    for address in addresses {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok((*address, started.elapsed())),
            Ok(Err(e)) => last = e.to_string(),
            Err(_) => last = format!("nothing within {} s", limit.as_secs_f64()),
        }
    }
    Err(last)
}

/// What to do where nothing takes the connection.
fn unreachable(addresses: &[SocketAddr], port: u16, is_proxy: bool) -> String {
    if addresses.iter().all(|address| address.ip().is_loopback()) {
        let what = if is_proxy { "proxy" } else { "endpoint" };
        return format!("start the server at port {port} of this machine, or correct the URL of the {what}");
    }
    if is_proxy {
        return format!(
            "is that the proxy's address, and does a firewall or security group let port {port} out?"
        );
    }
    format!(
        "does a firewall or security group let port {port} out, and is a proxy needed (--proxy, HTTPS_PROXY)?"
    )
}

/// One unsigned request: what the service says to it does not matter.
async fn ask(network: &Network, uri: &Uri) -> Result<Response<Body>, TransportError> {
    let mut request = http::Request::new(Body::empty());
    *request.uri_mut() = uri.clone();
    timeout(ANSWER, network.send(request)).await.unwrap_or_else(|_| {
        let why = format!("no answer within {} s", ANSWER.as_secs());
        Err(TransportError::new(WireFailure::Timeout, why))
    })
}

fn tls(is_tls: bool, error: Option<&TransportError>, signer: Option<String>) -> State {
    match error {
        Some(error) => failed(error),
        None if !is_tls => State::Skipped("the endpoint is plain HTTP".to_owned()),
        None => {
            let signer = signer.unwrap_or_else(|| "the system's own TLS trusts it".to_owned());
            State::Ok(format!("the certificate is signed by {signer}"))
        }
    }
}

fn failed(error: &TransportError) -> State {
    State::Failed { problem: error.to_string(), advice: None, kind: ErrorKind::Network }
}

fn clock(response: &Response<Body>) -> State {
    let date = response.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
    let Some(server) = date.and_then(parse_http_date) else {
        return State::Skipped("the answer has no Date".to_owned());
    };
    let now = SystemTime::now();
    let (difference, word) = match now.duration_since(server) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let seconds = difference.as_secs();
    if difference < MAX_SKEW {
        return State::Ok(format!("{seconds} s {word} the server's"));
    }
    State::failed(
        ErrorKind::Credentials,
        format!("{seconds} s {word} the server's; signatures are refused from 300 s on"),
        "set this machine's clock (NTP)",
    )
}
