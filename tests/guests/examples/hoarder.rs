//! Takes things of the hub and gives none back: headers, requests under way.

use switchboard_sdk::{Result, Webhook, register, webhook};

struct Hoarder;
register!(Hoarder: webhook);

impl Webhook for Hoarder {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        Ok(webhook::Reply::text(hoard(&request)).into())
    }
}

#[cfg(not(target_family = "wasm"))]
fn hoard(_: &webhook::Request) -> String {
    String::new()
}

#[cfg(target_family = "wasm")]
fn hoard(request: &webhook::Request) -> String {
    use core::mem::forget;

    use wasip2::http::outgoing_handler::handle;
    use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

    match request.path.as_str() {
        // As many requests as can be begun, none of which is waited for.
        "/requests" => {
            let authority = String::from_utf8_lossy(&request.body).into_owned();
            let mut begun = 0;
            for _ in 0..200 {
                let outgoing = OutgoingRequest::new(Fields::new());
                let _ = outgoing.set_scheme(Some(&Scheme::Http));
                let _ = outgoing.set_authority(Some(&authority));
                let _ = outgoing.set_path_with_query(Some("/"));
                match handle(outgoing, None) {
                    Ok(answer) => {
                        begun += 1;
                        forget(answer);
                    }
                    Err(_) => break,
                }
            }
            format!("begun {begun}")
        }
        // One set of headers, as large as it may be.
        "/large" => {
            let fields = Fields::new();
            let value = [b'x'; 1_000];
            let kept = (0..100_000).take_while(|_| fields.append("x-hoard", &value).is_ok()).count();
            format!("kept {kept}")
        }
        _ => loop {
            forget(Fields::new());
        },
    }
}
