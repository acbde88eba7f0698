//! A load generator that costs little itself: requests are bytes prepared beforehand, each connection
//! sends one, reads the answer, sends the next.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run showed.
#[derive(Debug, Clone)]
pub struct Run {
    /// Requests answered per second.
    pub rate: f64,
    /// Time from sending to the whole answer: median.
    pub p50: Duration,
    /// The same, 99th percentile.
    pub p99: Duration,
}

/// The bytes of one POST.
pub fn post(path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut out =
        format!("POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// Sends every request once over `connections` connections.
///
/// # Panics
/// When an answer is not 200: a figure for refusals would say nothing.
pub async fn run(addr: SocketAddr, requests: Arc<Vec<Vec<u8>>>, connections: usize) -> Run {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(addr).await.expect("the server listens");
                stream.set_nodelay(true).expect("a TCP option");
                let mut times = Vec::with_capacity(requests.len() / connections + 1);
                let mut buffer = vec![0u8; 64 * 1024];
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(request) = requests.get(at) else { return times };
                    let sent = Instant::now();
                    stream.write_all(request).await.expect("the server reads");
                    answer(&mut stream, &mut buffer).await;
                    times.push(sent.elapsed());
                }
            })
        })
        .collect();
    let mut times = Vec::with_capacity(requests.len());
    for worker in workers {
        times.extend(worker.await.expect("a worker ends well"));
    }
    let took = begun.elapsed();
    times.sort_unstable();
    Run {
        rate: times.len() as f64 / took.as_secs_f64(),
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    }
}

async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut have = 0;
    loop {
        let read = stream.read(&mut buffer[have..]).await.expect("the server answers");
        assert!(read > 0, "the server closed the connection: {}", String::from_utf8_lossy(&buffer[..have]));
        have += read;
        let Some(end) = buffer[..have].windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).expect("headers are text");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{}", String::from_utf8_lossy(&buffer[end..have]));
        let length: usize = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")
                    .map(|v| v.trim().parse().expect("a length"))
            })
            .unwrap_or(0);
        if have >= end + 4 + length {
            return;
        }
    }
}
