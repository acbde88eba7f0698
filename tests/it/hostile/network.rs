//! Guests that go where they were not let: other hosts, the hub's own network, wherever an answer points.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{connect_to, hub, others_work, says};

/// How a vendor answers.
#[derive(Clone)]
pub(super) enum Manner {
    /// Not at all.
    Silent,
    /// With a byte every 50 ms, and a promise of a million.
    Dripping,
    /// With all that it was sent, in its head and its body.
    Echoing,
    /// The same, and `/redirect` with a pointer to that address.
    Pointing(String),
}

/// A vendor whose every visit is kept.
pub(super) struct Visited {
    pub(super) addr: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Visited {
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub(super) fn allowed(&self) -> String {
        format!("plugin.http.allow_private_hosts={}", self.addr)
    }

    /// How many came, with or without a request.
    pub(super) fn visits(&self) -> usize {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Everything that was said.
    pub(super) fn heard(&self) -> String {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

/// Starts a vendor on this machine.
pub(super) async fn vendor(manner: Manner) -> Visited {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let visited = Visited { addr: listener.local_addr().expect("an address"), heard: Arc::default() };
    let heard = Arc::clone(&visited.heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, manner.clone(), Arc::clone(&heard)));
        }
    });
    visited
}

/// One visit: one request, one answer.
async fn serve(mut stream: TcpStream, manner: Manner, heard: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let at = {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(String::new());
        heard.len() - 1
    };
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.to_ascii_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").and_then(|length| length.trim().parse().ok())
            });
            body.len() >= length.unwrap_or(0)
        });
        heard.lock().unwrap_or_else(PoisonError::into_inner)[at] = text;
        if whole || read == 0 {
            break;
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    match manner {
        Manner::Silent => tokio::time::sleep(Duration::from_secs(3_600)).await,
        Manner::Dripping => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await?;
            loop {
                stream.write_all(b"d").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Manner::Pointing(to) if text.starts_with("GET /redirect") => {
            let head = format!(
                "HTTP/1.1 302 Found\r\nlocation: {to}/taken\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await?;
        }
        Manner::Echoing | Manner::Pointing(_) => {
            let first = text.lines().next().unwrap_or_default();
            let sent = text.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
            let head = format!(
                "HTTP/1.1 200 OK\r\nx-line: {first}\r\nx-sent: {sent}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                text.len()
            );
            stream.write_all(&[head.as_bytes(), text.as_bytes()].concat()).await?;
        }
    }
    stream.shutdown().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_not_granted_is_denied_by_name() {
    let (granted, other) = (vendor(Manner::Echoing).await, vendor(Manner::Echoing).await);
    let both = format!("plugin.http.allow_private_hosts={},{}", granted.addr, other.addr);
    let app = hub("prober", &[&both]).await;
    let bad = connect_to(&app, "prober", &granted.url()).await;
    assert!(says(&app, &bad, "/here", "").await.starts_with("200 GET /here"), "its own vendor answers");
    let elsewhere = [
        other.url(),
        format!("http://user@{}/", granted.addr),
        format!("http://{}@{}/", granted.addr, other.addr),
        format!("https://{}/", granted.addr),
        "ftp://vendor.example/".to_owned(),
    ];
    for url in elsewhere {
        let said = says(&app, &bad, "", &url).await;
        assert!(said.contains("AccessDenied") || said.contains("not an http or https URL"), "{url}: {said}");
    }
    assert_eq!((granted.visits(), other.visits()), (1, 0));
    let denied = switchboard_tests::log::text();
    let told =
        denied.lines().find(|line| line.contains(bad.id.as_str()) && line.contains(&other.addr.to_string()));
    assert!(told.is_some_and(|line| line.contains("add it to [[hosts]]")), "{told:?}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_another_host_is_a_request_of_its_own() {
    let other = vendor(Manner::Echoing).await;
    let granted = vendor(Manner::Pointing(other.url())).await;
    let both = format!("plugin.http.allow_private_hosts={},{}", granted.addr, other.addr);
    let app = hub("prober", &[&both]).await;
    let bad = connect_to(&app, "prober", &granted.url()).await;
    let said = says(&app, &bad, "/redirect", "").await;
    assert!(said.starts_with("302 ") && said.contains("AccessDenied"), "{said}");
    assert_eq!((granted.visits(), other.visits()), (1, 0));
}

/// The hub's own machine and its network, in spellings that a filter of names does not see.
const SPELLINGS: [&str; 20] = [
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0",
    "0.0.0.0",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "169.254.169.254",
    "10.0.0.1",
];

/// Those that are numbers and no names, and one that not every system knows.
const NAMELESS: [&str; 5] = ["2130706433", "0177.0.0.1", "127.1", "0", "localhost."];

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_out_of_reach_in_every_spelling() {
    let inside = vendor(Manner::Echoing).await;
    let app = hub("prober", &["plugin.http.connect_timeout=500ms"]).await;
    let mut reached = 0;
    for host in SPELLINGS {
        for scheme in ["https", "http"] {
            let base = format!("{scheme}://{host}:{}", inside.addr.port());
            let settings = serde_json::json!({ "base_url": base });
            let secrets = [("entry", super::ENTRY), ("token", super::TOKEN), ("signing", super::SIGNING)];
            let new = switchboard::pipeline::AddConnection {
                plugin: "prober".to_owned(),
                title: None,
                settings,
                priority: 0,
                region: None,
                secrets: secrets
                    .iter()
                    .map(|(name, value)| {
                        ((*name).to_owned(), zeroize::Zeroizing::new(value.as_bytes().to_vec()))
                    })
                    .collect(),
            };
            // Some are no host at all to the hub, and are refused where the connection is added.
            let Ok(made) = app.running().hub.add_connection(new).await else { continue };
            reached += 1;
            app.knows(&made, &secrets);
            let said = says(&app, &made, "/", "").await;
            // What is no name to TLS, or none that this machine knows, is not even looked up.
            let nameless = NAMELESS.contains(&host) && scheme == "https" && said.contains("Retry");
            assert!(said.contains("AccessDenied") || nameless, "{base}: {said}");
        }
    }
    assert!(reached >= 20, "{reached} of them were tried");
    assert_eq!(inside.visits(), 0, "nobody came through");
    others_work(&app).await;
}
