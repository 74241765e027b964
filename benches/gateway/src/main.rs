//! The two ends of a gateway: an upstream that answers as Bedrock and as OpenAI do, and clients that load what stands
//! between. Both speak plain HTTP/1.1 over sockets, so that what they cost is small beside what is measured. And a
//! gateway that does nothing, for others to be compared with.

mod clients;
mod forwarder;
mod frames;
mod http;
mod upstream;

const USAGE: &str = "usage: gateway-bench upstream PORT
       gateway-bench forward URL                              a gateway that only passes on
       gateway-bench chat URL REQUESTS AT_ONCE [HEADER …]     all answered? how many a second?
       gateway-bench streams URL STREAMS SECONDS [HEADER …]   opens streams and holds them
       gateway-bench first-token URL TIMES [HEADER …]         from the request to the first piece of text";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["forward", url] = arguments.as_slice() {
        return forwarder::run(url);
    }
    // One thread at each end: the cores are for what stands between.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let number = |text: &str| text.parse().expect("a number");
    match arguments.as_slice() {
        ["upstream", port] => runtime.block_on(upstream::serve(port.parse().expect("a port"))),
        ["chat", url, requests, at_once, headers @ ..] => {
            runtime.block_on(clients::chat(url, number(requests), number(at_once), headers));
        }
        ["streams", url, streams, seconds, headers @ ..] => {
            runtime.block_on(clients::streams(url, number(streams), number(seconds), headers));
        }
        ["first-token", url, times, headers @ ..] => {
            runtime.block_on(clients::first_token(url, number(times), headers));
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
}
