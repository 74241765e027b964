//! `request METHOD PATH|URL`: any signed request. It signs exactly host, x-amz-date, the session token, and the
//! headers that are given: nothing of its own.

use super::output::Output;
use super::session::Session;
use super::{dry_run, input};
use crate::protocol::MAX_HEADERS;
use crate::protocol::endpoint::{Service, SigningScope, has_possible_port, refuse_other_region};
use crate::protocol::host_name::service_in_host;
use crate::protocol::redact;
use crate::protocol::sigv4::SignedRequest;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// Headers that a signature brings with it, and what sets them.
const MADE_BY_SIGNING: [(&str, &str); 2] =
    [("x-amz-date", "--signing-date"), ("x-amz-security-token", "AWS_SESSION_TOKEN")];

#[derive(Args)]
pub(super) struct RequestArgs {
    /// HTTP method
    method: String,

    /// Path at the service's endpoint (/foundation-models), or a whole URL; percent-encoded as it shall be sent
    target: String,

    /// A header to send and sign; repeatable
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,

    /// The body: text, @FILE, or - for standard input; sent byte for byte
    #[arg(short, long, value_name = "TEXT|@FILE|-")]
    data: Option<String>,

    /// The service to reach and to sign for, by the first word of its host: bedrock-runtime, bedrock, s3, sts or any other
    /// [default: told from the URL's host, else bedrock-runtime]
    #[arg(long, value_name = "SERVICE", value_parser = service_name)]
    pub(super) service: Option<String>,
}

/// It becomes the beginning of a host's name, and a part of the signature.
pub(super) fn service_name(text: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    if text.is_empty()
        || !text.chars().all(is_name)
        || text.starts_with(['-', '.'])
        || text.ends_with(['-', '.'])
    {
        return Err("a service has a name such as bedrock-runtime or s3".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) async fn run(args: RequestArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let method = Method::from_bytes(args.method.as_bytes())
        .map_err(|_| invalid(format!("{:?} is no HTTP method", args.method)))?;
    let (uri, scope) = target(&args, session)?;
    let body = args.data.as_deref().map_or(Ok(Bytes::new()), |data| input::read("--data", data))?;
    let repeatable = method.is_idempotent();
    let mut request = http::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    for (number, header) in args.headers.iter().enumerate() {
        let (name, value) = parse_header(number + 1, header)?;
        if name == "authorization" {
            return Err(invalid(
                "-H authorization: the signature is made here; leave that header out".to_owned(),
            ));
        }
        if request.headers().len() == MAX_HEADERS {
            return Err(invalid(format!(
                "-H is given more than {MAX_HEADERS} times; no service takes as many headers"
            )));
        }
        request.headers_mut().append(name, value);
    }
    let form = session.dry_run();
    if form.is_some() || MADE_BY_SIGNING.iter().any(|(name, _)| request.headers().contains_key(*name)) {
        let signed = session.client().prepare_request(request.clone(), scope.clone()).await?;
        refuse_overruled(request.headers(), &signed)?;
        if let Some(form) = form {
            return dry_run::print(form, &signed, output);
        }
    }
    let response = session.client().request(request, scope, repeatable).await?;
    output.raw(response.body())
}

/// A date or token that was given by `-H` must be the one that is signed.
fn refuse_overruled(given: &HeaderMap, signed: &SignedRequest) -> Result<(), Error> {
    for (name, option) in MADE_BY_SIGNING {
        if given.get(name).is_some_and(|value| signed.request().headers().get(name) != Some(value)) {
            return Err(invalid(format!(
                "-H {name} is not what is signed; set it by {option}, or leave that header out"
            )));
        }
    }
    Ok(())
}

/// The URL, and what to sign for.
fn target(args: &RequestArgs, session: &Session) -> Result<(Uri, SigningScope), Error> {
    if args.target.starts_with('/') {
        let service = Service::named(args.service.as_deref().unwrap_or("bedrock-runtime"));
        let endpoint = session.client().endpoint(service, None)?;
        return Ok((endpoint.uri(&args.target)?, endpoint.scope().clone()));
    }
    let uri: Uri = args.target.parse().map_err(|e| {
        invalid(format!(
            "{:?} is neither a path that begins with / nor a URL ({e})",
            redact::url(&args.target)
        ))
    })?;
    let (Some("http" | "https"), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(invalid(format!(
            "{:?} is neither a path that begins with / nor an http(s) URL",
            redact::url(&args.target)
        )));
    };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(invalid(format!(
            "{:?} contains a user name or password; requests are signed instead",
            redact::url(&args.target)
        )));
    }
    if !has_possible_port(&uri) {
        return Err(invalid(format!(
            "{:?} has a port that is none; ports are numbers up to 65535",
            redact::url(&args.target)
        )));
    }
    let service = match &args.service {
        Some(name) => Service::named(name),
        None => service_in_host(&host.to_ascii_lowercase()).unwrap_or(Service::BedrockRuntime),
    };
    let scope = SigningScope::new(session.client().region(), service.signing_name());
    refuse_other_region(host, &scope.region)?;
    Ok((uri, scope))
}

/// No value is quoted, nor a text that may be one.
fn parse_header(number: usize, text: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let refuse = |what: &str| invalid(format!("-H number {number} {what}; write it as 'name: value'"));
    let (name, value) = text.split_once(':').ok_or_else(|| refuse("has no ':'"))?;
    let name =
        HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| refuse("has a name that is none"))?;
    let value = HeaderValue::from_str(value.trim())
        .map_err(|_| refuse(&format!("gives {name} a value that no header can carry")))?;
    Ok((name, value))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
