//! Images that a chat names by an http(s) URL. The URL comes from a stranger: only public addresses are connected to, by
//! the network itself ([`Network::public`]), each redirect is a URL like the first, and sizes and times are bounded.
//! A proxy looks names up itself, so only hosts that the operator has named are asked through one.

use super::options::ImageFetching;
use super::refusal::Refusal;
use crate::error::Error;
use crate::protocol::content::{Image, ImageFormat};
use crate::transport::proxy::Proxies;
use crate::transport::reqwest::Network;
use crate::transport::{Body, Transport};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http::header::{ACCEPT, LOCATION, USER_AGENT};
use http::{HeaderMap, Request, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;

/// What was fetched, by its URL.
pub(super) type Images = BTreeMap<String, Bytes>;

/// An image that is to be fetched, and the field that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageUrl {
    pub(super) url: String,
    pub(super) field: String,
}

const MAX_REDIRECTS: usize = 3;
const MAX_PROBLEM: usize = 300;
const MAX_AT_ONCE: usize = 4;
/// Of all images of a request: as base64 they must fit into 25 MB.
const MAX_TOTAL_BYTES: usize = 18_000_000;
const BY_PROXY: &str = "images come through a proxy here, and so only from hosts that the gateway's operator has named \
                        (hosts in [images])";
/// What browsers send in a path or a query as percent-escapes.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Fetches images.
pub(super) struct ImageFetch {
    hosts: Vec<String>,
    max_bytes: usize,
    /// For one image, redirects included.
    timeout: Duration,
    network: Arc<dyn Transport>,
    proxies: Proxies,
}

impl ImageFetch {
    pub(super) fn new(options: &ImageFetching) -> Result<Self, Error> {
        let network = Network::public(&options.network)?;
        Ok(Self::through(Arc::new(network), options))
    }

    /// The transport must refuse what is not public.
    fn through(network: Arc<dyn Transport>, options: &ImageFetching) -> Self {
        let hosts = options.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        // Bedrock takes no longer one, whatever is allowed here.
        let max_bytes = options.max_bytes.min(Image::MAX_BYTES);
        let settings = &options.network;
        let proxies = if settings.direct { Proxies::default() } else { settings.proxies.clone() };
        Self { hosts, max_bytes, timeout: options.timeout, network, proxies }
    }

    /// Fetches all of them, each once.
    pub(super) async fn fetch(&self, urls: &[ImageUrl]) -> Result<Images, Refusal> {
        // Owned: a closure over borrowed ones makes a future that no compiler can send to another thread.
        let fields: BTreeMap<String, String> =
            urls.iter().rev().map(|one| (one.url.clone(), one.field.clone())).collect();
        let fetched = stream::iter(fields).map(|(url, field)| async move {
            let image = match tokio::time::timeout(self.timeout, self.follow(&url)).await {
                Ok(image) => image,
                Err(_) => Err(format!("it did not arrive in {} s", self.timeout.as_secs_f64())),
            };
            let image = image.map_err(|problem| cannot_fetch(&field, &problem))?;
            Ok::<_, Refusal>((url, field, image))
        });
        let mut fetched = fetched.buffer_unordered(MAX_AT_ONCE);
        let (mut images, mut total) = (Images::new(), 0);
        while let Some((url, field, image)) = fetched.try_next().await? {
            total += image.len();
            if total > MAX_TOTAL_BYTES {
                let problem = format!("the images have more than {MAX_TOTAL_BYTES} bytes together");
                return Err(cannot_fetch(&field, &problem));
            }
            images.insert(url, image);
        }
        Ok(images)
    }

    async fn follow(&self, url: &str) -> Result<Bytes, String> {
        let mut uri = self.checked(url)?;
        for _ in 0..=MAX_REDIRECTS {
            let request = Request::get(uri.clone())
                .header(ACCEPT, "image/png, image/jpeg, image/gif, image/webp")
                // Some hosts answer nobody who has no name.
                .header(USER_AGENT, concat!("bedwire/", env!("CARGO_PKG_VERSION")))
                .body(Body::empty())
                .map_err(|e| e.to_string())?;
            let answer = self.network.send(request).await.map_err(|e| e.to_string())?;
            let status = answer.status();
            if status.is_redirection() {
                uri = self.checked(&next_url(&uri, answer.headers())?)?;
                continue;
            }
            if !status.is_success() {
                return Err(format!("{} answered {status}", host_of(&uri)));
            }
            let image = answer.into_body().collect(self.max_bytes).await.map_err(|e| e.to_string())?;
            return match ImageFormat::of_bytes(&image) {
                Some(_) => Ok(image),
                None => Err("it is no PNG, JPEG, GIF or WebP by its first bytes".to_owned()),
            };
        }
        Err(format!("it was redirected more than {MAX_REDIRECTS} times"))
    }

    /// A URL that may be fetched, as it is sent.
    fn checked(&self, url: &str) -> Result<Uri, String> {
        let url = url.split('#').next().unwrap_or(url);
        let encoded = utf8_percent_encode(url, ENCODED).to_string();
        let uri: Uri = encoded.parse().map_err(|e| format!("it is no URL: {e}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("it is neither http nor https".to_owned());
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err("it has a user name, which is not sent".to_owned());
        }
        let host = host_of(&uri);
        if !is_host(&host) {
            return Err(format!("{host:?} is no host"));
        }
        let is_allowed = |allowed: &String| {
            let below = host.strip_suffix(allowed.as_str());
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        };
        if self.hosts.iter().any(is_allowed) {
            return Ok(uri);
        }
        if !self.hosts.is_empty() {
            return Err(format!("images of {host} are not allowed here"));
        }
        if self.proxies.for_uri(&uri).is_some() {
            return Err(BY_PROXY.to_owned());
        }
        Ok(uri)
    }
}

/// Whether this is a name or an address, as URLs have it: without a port, and with nothing that would be escaped.
pub(super) fn is_host(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = address {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    host.split('.').all(is_label)
}

fn cannot_fetch(field: &str, problem: &str) -> Refusal {
    // A URL may be part of it, and as long as its writer likes.
    let problem: String = problem.chars().take(MAX_PROBLEM).collect();
    Refusal::field(field, &format!("cannot be fetched: {problem}")).code("invalid_image_url")
}

fn host_of(uri: &Uri) -> String {
    uri.host().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}

/// Where a redirect leads.
fn next_url(from: &Uri, headers: &HeaderMap) -> Result<String, String> {
    let location = headers.get(LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let location = location.ok_or("it was redirected without a location")?;
    let has_scheme = |(scheme, _): (&str, &str)| scheme.bytes().all(|b| b.is_ascii_alphanumeric());
    if location.split_once("://").is_some_and(has_scheme) {
        return Ok(location.to_owned());
    }
    let scheme = from.scheme_str().unwrap_or("https");
    if location.starts_with("//") {
        return Ok(format!("{scheme}:{location}"));
    }
    let authority = from.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let slash = if location.starts_with('/') { "" } else { "/" };
    let folder = if location.starts_with('/') { "" } else { folder };
    Ok(format!("{scheme}://{authority}{folder}{slash}{location}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::shape::Shape;
    use crate::transport::{BoxFuture, TransportError};
    use http::Response;
    use std::sync::Mutex;

    const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00";

    /// A host of its own for each behaviour.
    #[derive(Default)]
    struct Hosts {
        asked: Mutex<Vec<String>>,
    }

    impl Transport for Hosts {
        fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
            let url = request.uri().to_string();
            self.asked.lock().unwrap().push(url.clone());
            Box::pin(async move {
                let (status, location, body) = match url.as_str() {
                    "https://silent.example/" => std::future::pending().await,
                    "https://moved.example/a/b" => (302, "c?x=%7B1%7D", Body::empty()),
                    "https://moved.example/a/c?x=%7B1%7D" => (301, "//img.example/i.gif", Body::empty()),
                    "https://inside.example/" => (302, "ftp://10.0.0.1/", Body::empty()),
                    "https://circle.example/?u=http://x" => (302, "/?u=http://x", Body::empty()),
                    "https://lost.example/" => (404, "", Body::empty()),
                    "https://page.example/" => (200, "", Body::Whole(Bytes::from_static(b"<html>"))),
                    "https://big.example/" => (200, "", big()),
                    large if large.starts_with("https://large.example/") => {
                        let mut image = GIF.to_vec();
                        image.resize(3_700_000, 0);
                        (200, "", Body::Whole(image.into()))
                    }
                    _ => (200, "", Body::Whole(Bytes::from_static(GIF))),
                };
                let mut answer = Response::builder().status(status);
                if !location.is_empty() {
                    answer = answer.header(LOCATION, location);
                }
                Ok(answer.body(body).unwrap())
            })
        }
    }

    /// More than is read, of a length that nobody tells.
    fn big() -> Body {
        let chunk = Bytes::from(vec![0; 1 << 20]);
        Body::stream(stream::repeat_with(move || Ok(chunk.clone())), None)
    }

    async fn fetch(hosts: &[&str], url: &str) -> (Result<Images, String>, Vec<String>) {
        let network = Arc::new(Hosts::default());
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let options = ImageFetching { hosts, ..ImageFetching::default() };
        let fetch = ImageFetch::through(Arc::clone(&network) as Arc<dyn Transport>, &options);
        let image =
            ImageUrl { url: url.to_owned(), field: "messages[0].content[1].image_url.url".to_owned() };
        let fetched = fetch.fetch(&[image.clone(), image]).await;
        let fetched = fetched.map_err(|refusal| {
            let document = refusal.document(Shape::OpenAi);
            assert_eq!(document["error"]["param"], "messages[0].content[1].image_url.url");
            let message = document["error"]["message"].as_str().unwrap().to_owned();
            message
                .strip_prefix("messages[0].content[1].image_url.url cannot be fetched: ")
                .unwrap()
                .to_owned()
        });
        let asked = network.asked.lock().unwrap().clone();
        (fetched, asked)
    }

    #[tokio::test]
    async fn an_image_is_fetched_once_and_redirects_are_followed() {
        let (images, asked) = fetch(&[], "https://img.example/ä b.gif?q='#top").await;
        assert_eq!(images.unwrap()["https://img.example/ä b.gif?q='#top"], GIF);
        assert_eq!(asked, ["https://img.example/%C3%A4%20b.gif?q=%27"]);
        let (images, asked) = fetch(&[], "https://moved.example/a/b").await;
        assert_eq!(images.unwrap()["https://moved.example/a/b"], GIF);
        assert_eq!(asked.last().unwrap(), "https://img.example/i.gif");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_image_is_refused() {
        for (url, problem) in [
            ("https://silent.example/", "it did not arrive in 10 s"),
            ("https://inside.example/", "it is neither http nor https"),
            ("https://circle.example/?u=http://x", "it was redirected more than 3 times"),
            ("https://lost.example/", "lost.example answered 404 Not Found"),
            ("https://page.example/", "it is no PNG, JPEG, GIF or WebP by its first bytes"),
            ("https://big.example/", "the body is longer than 3750000 bytes"),
            ("https://user:secret@img.example/", "it has a user name, which is not sent"),
            ("https://%31.example/", "it is no URL: invalid authority"),
        ] {
            assert_eq!(fetch(&[], url).await.0.unwrap_err(), problem, "{url}");
        }
    }

    #[tokio::test]
    async fn images_are_bounded_one_by_one_and_together_whatever_is_allowed() {
        let options = ImageFetching { max_bytes: usize::MAX, ..ImageFetching::default() };
        let fetch = ImageFetch::through(Arc::new(Hosts::default()), &options);
        let fetched = async |urls: &[&str]| {
            let image = |url: &&str| ImageUrl { url: (*url).to_owned(), field: "image".to_owned() };
            let urls: Vec<_> = urls.iter().map(image).collect();
            let fetched = fetch.fetch(&urls).await.map(|images| images.len());
            fetched.map_err(|refusal| refusal.document(Shape::OpenAi)["error"]["message"].to_string())
        };
        let large = ["1", "2", "3", "4", "5"].map(|number| format!("https://large.example/{number}"));
        let large: Vec<&str> = large.iter().map(String::as_str).collect();
        assert_eq!(fetched(&large[..4]).await, Ok(4));
        let refused = fetched(&large).await.unwrap_err();
        assert!(refused.contains("more than 18000000 bytes together"), "{refused}");
        let refused = fetched(&["https://big.example/"]).await.unwrap_err();
        assert!(refused.contains(&format!("longer than {} bytes", Image::MAX_BYTES)), "{refused}");
    }

    #[tokio::test]
    async fn only_hosts_of_the_list_are_asked() {
        for (hosts, url, is_allowed) in [
            (&["img.example"][..], "https://IMG.example./x", true),
            (&["img.example"], "https://a.b.img.example/x", true),
            (&["img.example"], "https://badimg.example/x", false),
            (&["img.example"], "https://example/x", false),
            // A redirect leads to a host that is not on the list.
            (&["moved.example"], "https://moved.example/a/b", false),
        ] {
            let (images, asked) = fetch(hosts, url).await;
            assert_eq!(images.is_ok(), is_allowed, "{hosts:?} {url}: {images:?}");
            assert!(!asked.iter().any(|asked| asked.contains("i.gif")), "{asked:?}");
        }
    }

    #[tokio::test]
    async fn the_network_reaches_no_private_address() {
        let fetch = ImageFetch::new(&ImageFetching::default()).unwrap();
        for host in [
            "127.0.0.1",
            "localhost",
            "2130706433",
            "0x7f.1",
            "017700000001",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "10.0.0.1",
        ] {
            let image = ImageUrl { url: format!("http://{host}:9/x.png"), field: "f".to_owned() };
            let refusal = fetch.fetch(&[image]).await.unwrap_err();
            assert!(refusal.message().ends_with("it has no public address"), "{host}: {}", refusal.message());
        }
    }
}
