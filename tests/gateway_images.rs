//! Images that are named by URL: by which network they are fetched, and that no stranger reaches what is private.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;
mod network;

use bedwire::gateway::{GatewayOptions, ImageFetching};
use bedwire::transport::proxy::{Proxies, Proxy};
use bedwire::transport::{Body, NetworkSettings, Sourced};
use gateway::support::{Script, answer};
use gateway::{Answer, options, over, post_with};
use network::{Authority, HttpProxy, Running};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00";

/// The APIs' ways to name an image. In a Claude's body and in Converse's it stands as base64.
async fn asked(url: &str, options: &GatewayOptions) -> Vec<(Answer, Option<String>)> {
    let of_anthropic = format!(
        r#"{{"model":"claude","max_tokens":1,"messages":[{{"role":"user","content":[{{"type":"image","source":{{"type":"url","url":"{url}"}}}}]}}]}}"#
    );
    let of_openai = format!(
        r#"{{"model":"nova","messages":[{{"role":"user","content":[{{"type":"image_url","image_url":{{"url":"{url}"}}}}]}}]}}"#
    );
    let of_responses = format!(
        r#"{{"model":"nova","input":[{{"role":"user","content":[{{"type":"input_image","image_url":"{url}"}}]}}]}}"#
    );
    let mut answers = Vec::new();
    for (path, body) in
        [("/v1/messages", of_anthropic), ("/v1/chat/completions", of_openai), ("/v1/responses", of_responses)]
    {
        // An answer of either operation.
        let said = r#"{"content":[{"type":"text","text":"Hi"}],"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
        let script = Script::new([answer(200, &[], said)]);
        let answer = post_with(&over(script.clone(), options.clone()), path, &[], body).await;
        let sent = script.seen().first().map(|(_, request)| match request.body() {
            Body::Whole(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Body::Stream { .. } => panic!("a stream"),
        });
        answers.push((answer, sent));
    }
    answers
}

fn fetching(hosts: &[&str], network: NetworkSettings) -> GatewayOptions {
    let mut images = ImageFetching::default();
    images.hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    images.network = network;
    let mut options = options();
    options.fetch_images = Some(images);
    options
}

/// The way out is this proxy, but for the hosts that are excepted.
fn through(proxy: &str, except: &str) -> NetworkSettings {
    let proxy = Proxy::new(proxy, "--proxy").unwrap();
    let except = |name: &str| Ok((name == "NO_PROXY").then(|| except.to_owned()));
    NetworkSettings {
        proxies: Proxies::from_variables(Some(proxy), &except).unwrap(),
        ..NetworkSettings::default()
    }
}

fn assert_refused(answers: Vec<(Answer, Option<String>)>, problem: &str) {
    for (answer, sent) in answers {
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(answer.status, 400, "{message}");
        assert!(message.contains(problem), "{problem:?} is not in {message:?}");
        assert_eq!(sent, None, "nothing goes to Bedrock");
    }
}

/// Gives the image to whoever asks, over TLS that an authority of its own signed.
fn image_server(authority: &Authority, host: &str) -> Running {
    let acceptor = authority.acceptor(host, &[]);
    Running::start(move |listener| async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            assert!(head.starts_with(b"GET /cat.gif HTTP/1.1\r\n"), "{}", String::from_utf8_lossy(&head));
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", GIF.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.write_all(GIF).await.unwrap();
            let _ = stream.shutdown().await;
        }
    })
}

#[tokio::test]
async fn the_proxy_and_the_certificates_of_the_gateway_are_used() {
    let authority = Authority::new("Example CA");
    let server = image_server(&authority, "img.example");
    let proxy = HttpProxy::start(None);
    let url = format!("https://img.example:{}/cat.gif", server.port);
    // The proxy's own name may be one of the private network.
    let by_name = proxy.url("").replace("127.0.0.1", "localhost");
    let mut network = through(&by_name, "");
    assert_refused(
        asked(&url, &fetching(&["img.example"], network.clone())).await,
        "no TLS with img.example",
    );
    network.ca_bundle = Some(Sourced::new(authority.pem(), "--ca-bundle"));
    let image = base64_simd::STANDARD.encode_to_string(GIF);
    for (answer, sent) in asked(&url, &fetching(&["img.example"], network.clone())).await {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let sent = sent.unwrap();
        assert!(sent.contains(&image), "{sent}");
    }
    let target = format!("img.example:{}", server.port);
    assert_eq!(proxy.targets(), [target.as_str(); 6]);
}

#[tokio::test]
async fn through_a_proxy_only_named_hosts_are_asked_and_no_private_address() {
    let proxy = HttpProxy::start(None);
    let everything = fetching(&[], through(&proxy.url(""), ""));
    assert_refused(asked("https://img.example/cat.gif", &everything).await, "(hosts in [images])");
    let private = ["127.0.0.1", "169.254.169.254", "[::1]"];
    for host in private {
        let named = fetching(&[host], through(&proxy.url(""), ""));
        let url = format!("https://{host}/cat.gif");
        assert_refused(asked(&url, &named).await, "it has no public address");
    }
    assert!(proxy.targets().is_empty());
}

#[tokio::test]
async fn without_a_proxy_private_addresses_are_refused_the_proxys_own_too() {
    let direct = fetching(&[], NetworkSettings::default());
    assert_refused(asked("http://127.0.0.1:1/x.png", &direct).await, "it has no public address");
    let proxy = HttpProxy::start(None);
    let by_name = proxy.url("").replace("127.0.0.1", "localhost");
    let past_the_proxy = fetching(&["localhost"], through(&by_name, "localhost"));
    let url = format!("{by_name}/x.png");
    assert_refused(asked(&url, &past_the_proxy).await, "it has no public address");
}
