//! Looks around on the machine: files, environment, arguments, input, clocks, randomness, the network.

#![expect(clippy::disallowed_methods, reason = "what a guest reads of the clock is the matter")]

use std::io::Read as _;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::time::SystemTime;

use switchboard_sdk::{Result, Webhook, random, register, webhook};

struct Snoop;
register!(Snoop: webhook);

impl Webhook for Snoop {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let size: usize = request.query("size").and_then(|size| size.parse().ok()).unwrap_or(0);
        let said = match request.path.as_str() {
            "/files" => {
                let tried = [
                    std::fs::read("/etc/passwd").is_ok(),
                    std::fs::read("hub.db").is_ok(),
                    std::fs::read_dir("/").is_ok(),
                    std::fs::read_dir(".").is_ok(),
                    std::fs::write("/tmp/snoop", "x").is_ok(),
                    std::fs::create_dir("snoop").is_ok(),
                    std::fs::metadata("..").is_ok(),
                ];
                format!("{} of {} worked", tried.iter().filter(|worked| **worked).count(), tried.len())
            }
            "/environment" => {
                format!("{} variables, {} arguments", std::env::vars().count(), std::env::args().count())
            }
            "/input" => {
                let mut all = Vec::new();
                let read = std::io::stdin().take(1_000_000).read_to_end(&mut all);
                format!("{} bytes, {}", all.len(), read.is_ok())
            }
            "/network" => {
                let address = String::from_utf8_lossy(&request.body).into_owned();
                let tried = [
                    TcpStream::connect(&address).is_ok(),
                    TcpListener::bind("127.0.0.1:0").is_ok(),
                    UdpSocket::bind("127.0.0.1:0").is_ok(),
                    ("localhost", 80).to_socket_addrs().is_ok_and(|mut found| found.next().is_some()),
                ];
                format!("{} of {} worked", tried.iter().filter(|worked| **worked).count(), tried.len())
            }
            "/processes" => {
                let threads = std::thread::Builder::new().spawn(|| ()).is_ok();
                let commands = std::process::Command::new("/bin/true").status().is_ok();
                format!("threads {threads} commands {commands}")
            }
            "/clock" => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|t| t.as_millis());
                format!("{}", now.unwrap_or(0))
            }
            "/clock-loop" => loop {
                std::hint::black_box(SystemTime::now());
            },
            "/random" => format!("{} bytes", random::bytes(size).len()),
            _ => loop {
                std::hint::black_box(random::bytes(65_536));
            },
        };
        Ok(webhook::Reply::text(said).into())
    }
}
