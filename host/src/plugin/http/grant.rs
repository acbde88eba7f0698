//! Whether a request may go where it wants to, and with which credentials.

use std::net::IpAddr;

use http::{Method, Uri};
use wasmtime_wasi_http::Error;

use super::address::is_public;
use super::secret::{self, Wanted};
use crate::model::grant::Grants;
use crate::model::manifest::AllowedHost;
use crate::plugin::state::Call;

/// Where a request goes, once it is allowed to.
pub(super) struct Destination {
    pub(super) scheme: &'static str,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// Whether the operator lets this host stand on a private address.
    pub(super) private: bool,
}

/// Checks a request against what the connection was granted.
pub(super) fn allowed(call: &Call, method: &Method, uri: &Uri) -> Result<Destination, Error> {
    let deny = |why: String| {
        call.deny(&why);
        Err(Error::HttpRequestDenied)
    };
    let Some(authority) = uri.authority() else { return deny("a request without a host".to_owned()) };
    // A user name in an address only ever hides where it goes.
    if authority.as_str().contains('@') {
        return deny("a request with a user name in its address".to_owned());
    }
    let scheme = match uri.scheme_str() {
        Some("https") => "https",
        Some("http") => "http",
        _ => return deny("a request that is neither http nor https".to_owned()),
    };
    let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let port = authority.port_u16();
    let granted = call.binding.hosts.iter().filter(|grant| grant.host.allows(scheme, &host, port));
    let methods: Vec<&str> = granted.flat_map(|grant| grant.methods.iter().map(String::as_str)).collect();
    if !methods.contains(&method.as_str())
        && let Some(ask) = call.binding.needed(scheme, &host, port, method.as_str())
    {
        return deny(call.core.refusal(&ask, || format!("`{ask}` was not granted")));
    }
    if methods.is_empty() {
        return deny(format!(
            "{scheme}://{} is not among the hosts of its manifest: add it to [[hosts]]",
            authority.as_str()
        ));
    }
    if !methods.contains(&method.as_str()) {
        return deny(format!("{method} {host}: its manifest allows {} there", methods.join(", ")));
    }
    let named = |entry: &String| {
        entry.eq_ignore_ascii_case(&host)
            || entry.rsplit_once(':').is_some_and(|(entry_host, entry_port)| {
                let own = if scheme == "http" { 80 } else { 443 };
                entry_host.eq_ignore_ascii_case(&host) && entry_port.parse() == Ok(port.unwrap_or(own))
            })
    };
    let private = call.shared.options.http.allow_private_hosts.iter().any(named);
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if !private && scheme == "http" {
        return deny(format!(
            "http://{host} is not encrypted: list it in `plugin.http.allow_private_hosts` if it is yours"
        ));
    }
    if !private && literal.is_ok_and(|address| !is_public(address)) {
        call.deny(&format!(
            "{host} is a private address: list it in `plugin.http.allow_private_hosts` if it is yours"
        ));
        return Err(Error::DestinationIpProhibited);
    }
    Ok(Destination { scheme, host, port, private })
}

impl Destination {
    /// Whether this host is meant.
    pub(super) fn is(&self, host: &AllowedHost) -> bool {
        host.allows(self.scheme, &self.host, self.port)
    }

    /// Whether one of these hosts is this one.
    pub(super) fn is_among(&self, hosts: &[AllowedHost]) -> bool {
        hosts.iter().any(|host| self.is(host))
    }

    /// Refuses a credential that was not granted for this host.
    fn check(&self, call: &Call, wanted: &Wanted) -> Result<(), Error> {
        let (binding, asks) = (&call.binding, &call.core.asks);
        let (what, name, known, granted, ask) = match wanted {
            Wanted::Secret(name) | Wanted::Basic(_, name) => {
                let secret = binding.secrets.iter().find(|secret| secret.name == *name);
                let granted = secret.is_some_and(|secret| secret.hosts.iter().any(|(_, host)| self.is(host)));
                let ask = binding.asked_for(name, self.scheme, &self.host, self.port);
                ("secret", name, secret.is_some(), granted, ask)
            }
            Wanted::OAuth(name) => {
                let oauth = binding.oauth.iter().find(|oauth| oauth.name == *name);
                let granted = oauth.is_some_and(|oauth| self.is_among(&oauth.hosts));
                let asked = asks.oauth.iter().find(|oauth| oauth.name.as_str() == name);
                let ask = asked.and_then(|oauth| {
                    Grants::of_token(oauth)
                        .into_iter()
                        .find(|ask| !Grants::asked(&call.core.manifest).covers(ask))
                });
                ("access token", name, asked.is_some(), granted, ask)
            }
            Wanted::Hmac(name) | Wanted::Time(name) => {
                let signing = binding.signing.iter().find(|signing| signing.name == *name);
                let granted = signing.is_some_and(|signing| self.is_among(&signing.hosts));
                let asked = asks.signing.iter().find(|signing| signing.name.as_str() == name);
                let ask = asked.and_then(|signing| {
                    Grants::of_signing(signing)
                        .into_iter()
                        .find(|ask| !Grants::asked(&call.core.manifest).covers(ask))
                });
                ("signature", name, asked.is_some(), granted, ask)
            }
        };
        if granted {
            return Ok(());
        }
        let why = match ask {
            Some(ask) => call.core.refusal(&ask, || format!("`{ask}` was not granted")),
            None if known => {
                format!("the {what} `{name}` may not be sent to {}: add the host to its `hosts`", self.host)
            }
            None => format!("its manifest declares no {what} `{name}`"),
        };
        call.deny(&why);
        Err(Error::HttpRequestDenied)
    }
}

/// Everything that a request wants written in, once each; all of it is granted for where the request goes.
pub(super) fn wanted(
    call: &Call,
    to: &Destination,
    parts: &http::request::Parts,
) -> Result<Vec<Wanted>, Error> {
    let mut all: Vec<Wanted> = Vec::new();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let in_headers = parts.headers.values().filter_map(|value| value.to_str().ok());
    let in_headers = in_headers.flat_map(secret::placeholders).map(|place| place.wanted);
    for wanted in in_headers.chain(secret::wanted_in_path(path)) {
        if !all.contains(&wanted) {
            to.check(call, &wanted)?;
            all.push(wanted);
        }
    }
    Ok(all)
}
