//! Writes to the log without end: long lines, lines that look like others', lines to standard output.

use std::io::Write as _;

use switchboard_sdk::{Result, Webhook, log, register, webhook};

struct Chatterbox;
register!(Chatterbox: webhook);

impl Webhook for Chatterbox {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let lines: usize = request.query("size").and_then(|size| size.parse().ok()).unwrap_or(0);
        let long = "chatter ".repeat(1_000);
        for line in 0..lines {
            match request.path.as_str() {
                "/print" => {
                    let _ = std::io::stdout().write_all(long.as_bytes());
                    let _ = std::io::stderr().write_all(long.as_bytes());
                }
                "/forge" => {
                    log::error("chatter\n{\"level\":\"ERROR\",\"message\":\"forged\"}\r\u{1b}[2Jforged")
                }
                _ => log::info(format!("line {line} {long}")),
            }
        }
        Ok(webhook::Reply::text("wrote").into())
    }
}
