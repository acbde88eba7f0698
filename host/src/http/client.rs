//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::HeaderMap;
use http::request::Parts;

use super::state::Http;

/// The address of whoever sent a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(crate) IpAddr);

impl FromRequestParts<Http> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        // Without a connection there is nobody to tell apart.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Self(behind(peer, &parts.headers, &http.hub.config().http.proxies)))
    }
}

/// Whoever stands behind `peer`: the last address in `X-Forwarded-For` that is no proxy of ours, as far as proxies of
/// ours say so.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let all: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut nearest = peer;
    for text in all.into_iter().rev() {
        let Ok(address) = text.parse::<IpAddr>() else { break };
        nearest = address;
        if !proxies.contains(&address) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_a_proxy_of_ours_is_believed_and_only_for_whom_it_met_itself() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let proxies = [address("127.0.0.1"), address("10.0.0.1")];
        let told = |peer: &str, forwarded: &'static str| {
            let headers = HeaderMap::from_iter([(
                "x-forwarded-for".parse().expect("a name"),
                HeaderValue::from_static(forwarded),
            )]);
            behind(address(peer), &headers, &proxies).to_string()
        };
        assert_eq!(told("192.0.2.9", "198.51.100.1"), "192.0.2.9", "a stranger says so");
        assert_eq!(told("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            told("127.0.0.1", "203.0.113.5, 198.51.100.1"),
            "198.51.100.1",
            "the first one is made up"
        );
        assert_eq!(told("127.0.0.1", "198.51.100.1, 10.0.0.1"), "198.51.100.1");
        assert_eq!(told("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(told("127.0.0.1", "2001:db8::1"), "2001:db8::1");
    }
}
