//! Writes to the log without end: long lines, lines that look like others', lines to standard output.

use switchboard_sdk::{Result, Webhook, log, register, webhook};

struct Chatterbox;
register!(Chatterbox: webhook);

impl Webhook for Chatterbox {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let lines: usize = request.query("size").and_then(|size| size.parse().ok()).unwrap_or(0);
        let long = "chatter ".repeat(1_000);
        for line in 0..lines {
            match request.path.as_str() {
                "/print" => print(long.as_bytes()),
                "/forge" => {
                    log::error("chatter\n{\"level\":\"ERROR\",\"message\":\"forged\"}\r\u{1b}[2Jforged")
                }
                _ => log::info(format!("line {line} {long}")),
            }
        }
        Ok(webhook::Reply::text("wrote").into())
    }
}

/// Past the SDK, which makes a line of the log of what is printed.
#[cfg(target_family = "wasm")]
fn print(text: &[u8]) {
    let _ = wasip2::cli::stdout::get_stdout().blocking_write_and_flush(&text[..4_096]);
    let _ = wasip2::cli::stderr::get_stderr().blocking_write_and_flush(&text[..4_096]);
}

#[cfg(not(target_family = "wasm"))]
fn print(_: &[u8]) {}
