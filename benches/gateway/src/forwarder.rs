//! A gateway that does nothing: plain hyper on both sides, which passes on what comes as it is. What HTTP costs in the
//! middle, and so what no gateway on this machine can be below.

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Uri};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

pub fn run(upstream: &str) {
    // As many threads as there are cores, as a gateway has them.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(serve(upstream.trim_end_matches('/').to_owned()));
}

async fn serve(upstream: String) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Incoming> = Client::builder(TokioExecutor::new()).build(connector);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    println!("listening on http://{}", listener.local_addr().expect("an address"));
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (client, upstream) = (client.clone(), upstream.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| client.request(to(&upstream, request)));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn to(upstream: &str, mut request: Request<Incoming>) -> Request<Incoming> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let uri: Uri = format!("{upstream}{target}").parse().expect("a URL");
    request.headers_mut().remove(hyper::header::HOST);
    *request.uri_mut() = uri;
    request
}
