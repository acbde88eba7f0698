//! Live chat on a website: a widget from this plugin's assets, and what it says and is told.

mod chat;
mod file;
mod history;
mod hours;
mod message;
mod proof;
mod send;
mod settings;
mod tell;
mod visitor;
mod words;

use switchboard_sdk::sender::{Outbound, Receipt};
use switchboard_sdk::webhook::{Outcome, Reply, Request};
use switchboard_sdk::{Error, Result, Sender, Webhook, register, time};

use crate::proof::Use;
use crate::settings::Settings;

/// The plugin.
pub struct Webchat;
register!(Webchat: webhook, sender);

impl Webhook for Webchat {
    /// Whatever is refused of a `POST` is rejected, so that nothing of it is kept: the widget then comes again with
    /// `GET /chat`, which tells what is wrong.
    fn handle(request: Request) -> Result<Outcome> {
        if let ("GET", Some(path)) = (&*request.method, request.path.strip_prefix("/files/")) {
            return file::open(path).map(Outcome::reply);
        }
        let settings = Settings::load()?;
        let origin = request.header("origin").unwrap_or_default().to_owned();
        if !settings.allows(&origin) {
            return match &*request.method {
                "POST" => Err(Error::reject("this website is not among the connection's `sites`")),
                _ => Ok(refusal(403, "site").into()),
            };
        }
        let mut outcome = answer(&request, &settings)?;
        let reply = outcome.reply.header("access-control-allow-origin", origin).header("vary", "origin");
        outcome.reply = match reply.headers.iter().any(|header| header.name == "cache-control") {
            true => reply,
            false => reply.header("cache-control", "no-store"),
        };
        Ok(outcome)
    }
}

/// Answers a request that comes from an allowed site.
fn answer(request: &Request, settings: &Settings) -> Result<Outcome> {
    let (method, path) = (&*request.method, &*request.path);
    match (method, path) {
        ("OPTIONS", _) => return Ok(preflight().into()),
        ("GET", "/config") => return words::config(request, settings).map(Outcome::reply),
        ("GET", "/chat") => return chat::come(request, settings).map(Outcome::reply),
        _ => {}
    }
    let token = request.header("x-webchat-token").unwrap_or_default();
    let Some(visitor) = proof::holder(Use::Session, token, time::now())? else {
        return match method {
            "POST" => Err(Error::reject("the token is missing, over or not this connection's")),
            _ => Ok(refusal(401, "token").into()),
        };
    };
    match (method, path) {
        ("GET", "/typing") => tell::typing(request, &visitor).map(Outcome::reply),
        ("POST", "/messages") => message::message(request, settings, &visitor),
        ("POST", "/files") => message::upload(request, settings, &visitor),
        ("POST", "/seen") => tell::seen(request, settings, &visitor),
        ("POST", "/pages") => tell::pages(request, settings, &visitor),
        ("POST", "/person") => tell::person(request, settings, &visitor),
        ("POST", "/end") => tell::end(request, &visitor),
        ("POST", _) => Err(Error::reject("there is nothing at this address")),
        _ => Ok(refusal(404, "address").into()),
    }
}

/// A status with the reason, as the widget reads it.
pub(crate) fn refusal(status: u16, why: &str) -> Reply {
    Reply { status, ..Reply::json(format!("{{\"error\":\"{why}\"}}")) }
}

/// What a browser asks before it lets a page of another host send more than a form could.
fn preflight() -> Reply {
    Reply::status(204)
        .header("access-control-allow-methods", "GET, POST")
        .header(
            "access-control-allow-headers",
            "content-type, x-webchat-token, x-webchat-visitor, x-webchat-signature",
        )
        .header("access-control-max-age", "7200")
}

impl Sender for Webchat {
    fn send(message: Outbound) -> Result<Receipt> {
        send::send(&message, &Settings::load()?)
    }
}
