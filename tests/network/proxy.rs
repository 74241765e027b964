//! Forward proxies: an HTTP one that tunnels, a SOCKS 5 one, and tinyproxy.

use super::Running;
use std::net::TcpListener as PortFinder;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a proxy was asked for, in order.
type Targets = Arc<Mutex<Vec<String>>>;

/// `CONNECT` only, with a password or without one. `forbidden.test` is no host that it connects to.
pub(crate) struct HttpProxy {
    running: Running,
    targets: Targets,
}

impl HttpProxy {
    pub(crate) fn start(user_and_password: Option<&str>) -> Self {
        let targets = Targets::default();
        let seen = Arc::clone(&targets);
        let wanted = user_and_password
            .map(|pair| format!("basic {}", base64_simd::STANDARD.encode_to_string(pair)).to_lowercase());
        let running = Running::start(move |listener| async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (seen, wanted) = (Arc::clone(&seen), wanted.clone());
                tokio::spawn(async move {
                    let _ = Self::tunnel(client, &seen, wanted.as_deref()).await;
                });
            }
        });
        Self { running, targets }
    }

    async fn tunnel(mut client: TcpStream, seen: &Targets, wanted: Option<&str>) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        seen.lock().unwrap().push(head.split(' ').nth(1).unwrap_or_default().to_owned());
        let given = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim().to_lowercase())
        });
        if wanted.is_some() && given.as_deref() != wanted {
            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
            return client.write_all(refusal).await;
        }
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(head.starts_with("CONNECT "), "{head}");
        if target.starts_with("forbidden.test:") {
            return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
        }
        let port: u16 = target.rsplit(':').next().unwrap().parse().unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
    }

    /// `http://{user}127.0.0.1:PORT`
    pub(crate) fn url(&self, user: &str) -> String {
        format!("http://{user}127.0.0.1:{}", self.running.port)
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

/// SOCKS 5 for names, which are all this machine's, and addresses of IPv4. It wants no password, or takes none.
pub(crate) struct SocksProxy {
    running: Running,
    targets: Targets,
}

impl SocksProxy {
    pub(crate) fn start() -> Self {
        Self::with(Self::tunnel)
    }

    /// One that accepts no password, and holds each for a target.
    pub(crate) fn that_accepts_no_password() -> Self {
        Self::with(Self::refuse)
    }

    fn with<F>(answer: fn(TcpStream, Targets) -> F) -> Self
    where
        F: Future<Output = std::io::Result<()>> + Send + 'static,
    {
        let targets = Targets::default();
        let seen = Arc::clone(&targets);
        let running = Running::start(move |listener| async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let _ = answer(client, seen).await;
                });
            }
        });
        Self { running, targets }
    }

    /// <https://www.rfc-editor.org/rfc/rfc1929>
    async fn refuse(mut client: TcpStream, seen: Targets) -> std::io::Result<()> {
        let (_version, methods) = (client.read_u8().await?, client.read_u8().await?);
        let mut offered = vec![0; methods.into()];
        client.read_exact(&mut offered).await?;
        if !offered.contains(&2) {
            seen.lock().unwrap().push("none".to_owned());
            return client.write_all(&[5, 0xFF]).await;
        }
        client.write_all(&[5, 2]).await?;
        let _version = client.read_u8().await?;
        for name in [true, false] {
            let mut text = vec![0; client.read_u8().await?.into()];
            client.read_exact(&mut text).await?;
            if !name {
                seen.lock().unwrap().push(String::from_utf8_lossy(&text).into_owned());
            }
        }
        client.write_all(&[1, 1]).await
    }

    /// <https://www.rfc-editor.org/rfc/rfc1928>
    async fn tunnel(mut client: TcpStream, seen: Targets) -> std::io::Result<()> {
        let (_version, methods) = (client.read_u8().await?, client.read_u8().await?);
        client.read_exact(&mut vec![0; methods.into()]).await?;
        client.write_all(&[5, 0]).await?;
        let mut request = [0; 4];
        client.read_exact(&mut request).await?;
        assert_eq!(request[..3], [5, 1, 0], "a connection");
        let length = if request[3] == 3 { client.read_u8().await? } else { 4 };
        let mut name = vec![0; length.into()];
        client.read_exact(&mut name).await?;
        if request[3] == 1 {
            name = name.iter().map(u8::to_string).collect::<Vec<_>>().join(".").into_bytes();
        }
        let port = client.read_u16().await?;
        seen.lock().unwrap().push(format!("{}:{port}", String::from_utf8_lossy(&name)));
        let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
    }

    pub(crate) fn url(&self, user: &str) -> String {
        format!("socks5h://{user}127.0.0.1:{}", self.running.port)
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap().clone()
    }
}

/// A forward proxy that people really run, from Debian's package of that name.
pub(crate) struct Tinyproxy {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Tinyproxy {
    /// Starts it, and installs it before where one is root and apt can; else says that the test is skipped.
    pub(crate) fn start() -> Option<Self> {
        if !is_installed() {
            let mut install = Command::new("apt-get");
            install.args(["install", "--yes", "--no-install-recommends", "tinyproxy"]);
            let _ = install.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).output();
        }
        if !is_installed() {
            println!("SKIPPED: there is no tinyproxy, and apt-get cannot install it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = PortFinder::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = folder.path().join("log");
        let config = format!(
            "Port {port}\nListen 127.0.0.1\nLogFile \"{}\"\nLogLevel Connect\nMaxClients 10\nTimeout 60\n",
            log.display()
        );
        let path = folder.path().join("tinyproxy.conf");
        std::fs::write(&path, config).unwrap();
        let child =
            Command::new("tinyproxy").arg("-d").arg("-c").arg(&path).stdout(Stdio::null()).spawn().unwrap();
        let proxy = Self { child, folder, port };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(proxy);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("tinyproxy does not listen: {}", proxy.log());
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every connection that it made.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_installed() -> bool {
    ["/usr/bin/tinyproxy", "/usr/sbin/tinyproxy"].iter().any(|path| Path::new(path).exists())
}
