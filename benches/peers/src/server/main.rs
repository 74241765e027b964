//! A Bedrock on the loopback that throttles, for the clients that are measured. It checks no signature.
//!
//! `server [rate=20] [burst=20] [changes=3:10,7:20] [answer_ms=20] [events=1000] [frames=1]`: calls a second, how many at
//! once after a pause, what the rate becomes so many seconds after the first call; how long an answer takes; how many
//! events a stream has, and how many of them come in one chunk. Without a rate nothing is refused. It prints
//! `listening on http://ADDRESS`, tells at `/stats` what came, and ends with its standard input, or after an hour.

mod answers;
mod bucket;

use answers::Answer;
use bucket::Bucket;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

type Failure = Box<dyn std::error::Error>;

const LONGEST_LIFE: Duration = Duration::from_hours(1);

struct Options {
    rate: Option<f64>,
    burst: f64,
    changes: Vec<(Duration, f64)>,
    answer: Duration,
    events: usize,
    frames: usize,
}

struct Service {
    answer: Duration,
    events: usize,
    frames: usize,
    seen: Mutex<Seen>,
}

struct Seen {
    bucket: Bucket,
    first_call: Option<Instant>,
    last_answer: Option<Instant>,
    admitted: usize,
    throttled: usize,
}

fn main() -> Result<(), Failure> {
    let options = options(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whoever started it may be killed: then its input ends.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        let _ = tokio::time::timeout(LONGEST_LIFE, accept(listener, Arc::new(Service::new(options)))).await;
        Ok(())
    })
}

fn options(arguments: impl Iterator<Item = String>) -> Result<Options, Failure> {
    let mut options = Options {
        rate: None,
        burst: 1.0,
        changes: Vec::new(),
        answer: Duration::ZERO,
        events: 1000,
        frames: 1,
    };
    for argument in arguments {
        match argument.split_once('=').ok_or("an argument is NAME=VALUE")? {
            ("rate", value) => options.rate = Some(value.parse()?),
            ("burst", value) => options.burst = value.parse()?,
            ("changes", value) => options.changes = value.split(',').map(change).collect::<Result<_, _>>()?,
            ("answer_ms", value) => options.answer = Duration::from_millis(value.parse()?),
            ("events", value) => options.events = value.parse()?,
            ("frames", value) => options.frames = value.parse()?,
            (name, _) => return Err(format!("there is no option '{name}'").into()),
        }
    }
    Ok(options)
}

fn change(text: &str) -> Result<(Duration, f64), Failure> {
    let (at, rate) = text.split_once(':').ok_or("a change is SECONDS:RATE")?;
    Ok((Duration::from_secs_f64(at.parse()?), rate.parse()?))
}

async fn accept(listener: TcpListener, service: Arc<Service>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                let service = Arc::clone(&service);
                async move { Ok::<_, Infallible>(service.answer(request).await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

impl Service {
    fn new(options: Options) -> Self {
        let bucket = Bucket::new(options.rate, options.burst, options.changes);
        let seen = Seen { bucket, first_call: None, last_answer: None, admitted: 0, throttled: 0 };
        Self {
            answer: options.answer,
            events: options.events,
            frames: options.frames,
            seen: Mutex::new(seen),
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (head, mut body) = request.into_parts();
        while let Some(Ok(_)) = body.frame().await {}
        if head.method == Method::GET {
            return answers::text(self.seen().to_json());
        }
        if !self.seen().lets_in(Instant::now()) {
            return answers::throttled();
        }
        if !self.answer.is_zero() {
            tokio::time::sleep(self.answer).await;
        }
        self.seen().last_answer = Some(Instant::now());
        match head.uri.path().rsplit('/').next() {
            Some("invoke") => answers::message(),
            Some("converse-stream") => answers::stream(self.events, self.frames),
            _ => answers::not_found(),
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn lets_in(&mut self, now: Instant) -> bool {
        let first = *self.first_call.get_or_insert(now);
        let room = self.bucket.take(now - first);
        if room {
            self.admitted += 1;
        } else {
            self.throttled += 1;
        }
        room
    }

    /// The seconds are those from the first call to the last answer.
    fn to_json(&self) -> String {
        let span = self.first_call.zip(self.last_answer).map(|(first, last)| last - first);
        format!(
            r#"{{"admitted":{},"throttled":{},"seconds":{:.4}}}"#,
            self.admitted,
            self.throttled,
            span.unwrap_or_default().as_secs_f64()
        )
    }
}
