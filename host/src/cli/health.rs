//! `switchboard health`: for container engines and load balancers that run a command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use super::args::Health as Args;
use super::output::Output;
use crate::config::Config;

/// Asks once; fails unless the hub says that it is ready.
pub(super) async fn run(args: &Args, config: &Config, out: &Output) -> anyhow::Result<()> {
    let base = args.url.clone().unwrap_or_else(|| near(config.http.listen));
    let status = ready(&base, args.timeout).await?;
    if status != 200 {
        bail!("the hub at {base} is not ready: it answered {status}; its log says why");
    }
    out.data(&json!({"url": base, "ready": true}), || format!("the hub at {base} is ready"));
    Ok(())
}

/// The status that the hub at `base` answers when it is asked whether it is ready.
pub(super) async fn ready(base: &str, patience: Duration) -> anyhow::Result<u16> {
    let url = format!("{}/readyz", base.trim_end_matches('/'));
    let uri: http::Uri = url.parse().with_context(|| format!("`{url}` is no address"))?;
    if uri.scheme_str() != Some("http") {
        bail!("`{base}` cannot be asked; name the hub's own address, such as `http://127.0.0.1:8080`");
    }
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = tokio::time::timeout(patience, client.get(uri)).await;
    let answer = answer.with_context(|| format!("no answer from {url} within {patience:?}"))?;
    Ok(answer
        .with_context(|| format!("no hub answers at {url}; `switchboard serve` starts one"))?
        .status()
        .as_u16())
}

/// How a hub that listens there is reached from the same machine.
pub(super) fn near(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_listens_everywhere_is_asked_on_this_machine() {
        let near = |listen: &str| near(listen.parse().expect("an address"));
        assert_eq!(near("0.0.0.0:80"), "http://127.0.0.1:80");
        assert_eq!(near("[::]:80"), "http://[::1]:80");
        assert_eq!(near("10.1.2.3:80"), "http://10.1.2.3:80");
    }
}
