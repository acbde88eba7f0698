//! `switchboard demo`: the whole path, once, with sample data in a temporary folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use zeroize::Zeroizing;

use super::account;
use super::args::Demo;
use super::customer::Customer;
use super::output::Output;
use super::scenario::{SampleConnection, SampleDelivery, Scenario};
use super::serve::stopped;
use crate::ambient::Ambient;
use crate::app::{App, Running};
use crate::author::build;
use crate::config::{Approval, Config};
use crate::model::account::LinkKind;
use crate::model::connection::Connection;
use crate::model::identifier::Identifier;
use crate::model::signature::{Request, Signer};
use crate::model::token::Role;
use crate::pipeline::AddConnection;
use crate::store::{NewAccount, TokenAsk};

/// How long the assistants get for the sample's few messages.
const PATIENCE: Duration = Duration::from_secs(20);

/// Plays the story.
pub(super) async fn run(demo: &Demo, config: Config, out: &Output) -> anyhow::Result<()> {
    let story = Scenario::load()?;
    let names: Vec<&str> = story.connection.iter().map(|connection| connection.plugin.as_str()).collect();
    let folder = Scratch::new()?;
    let plugins = folder.0.join("plugins");
    std::fs::create_dir_all(&plugins).with_context(|| format!("cannot make {}", plugins.display()))?;
    match &demo.plugins {
        Some(from) => copy(&names, from, &plugins)?,
        None => build_bundled(&names, &plugins, out)?,
    }
    let config = in_folder(config, &folder.0, &plugins);
    let ambient = Ambient::system();
    let running = App::start(config, ambient.clone()).await?;
    out.line(&format!("\n{} — everybody and everything in it is made up.\n", story.title));
    let mut connections = HashMap::new();
    for sample in &story.connection {
        let made = add(&running, sample).await?;
        out.line(&format!("  connected  {}  ({})", made.title, made.plugin));
        connections.insert(sample.name.as_str(), (sample, made));
    }
    for sample in &story.delivery {
        let (connection, made) =
            connections.get(sample.to.as_str()).with_context(|| format!("no connection `{}`", sample.to))?;
        deliver(&running, sample, connection, made, ambient.now_ms()).await?;
        out.line(&format!("  delivered  {}", sample.about));
    }
    let identifier: Identifier = story.customer.parse()?;
    settle(&running).await?;
    let profile = running
        .store
        .profile_by(&identifier)
        .await?
        .with_context(|| format!("{identifier} did not become a customer"))?;
    let customer = Customer::load(&running.store, profile).await?;
    let token =
        running.store.create_token(TokenAsk::all("the demo's", Role::Owner), "the demo").await?.secret;
    let base = format!("http://{}", running.addr);
    let link = sign_in(&running).await?;
    out.line("");
    let data = json!({"customer": customer.data(), "url": base, "token": token, "sign_in": link});
    out.data(&data, || customer.words());
    if demo.exit {
        running.stop().await;
        return Ok(());
    }
    out.line(&format!(
        "\nThe hub serves at {base} until Ctrl-C; its data is in a temporary folder and goes with it.\n\n  \
         sign in, once          {link}\n  \
         API, to read and try   {base}/api/docs\n  this customer          curl -H 'Authorization: Bearer {token}' \
         '{base}/api/v1/profiles?identifier={}'\n  metrics                {base}/metrics",
        identifier.to_string().replace('+', "%2B")
    ));
    stopped().await?;
    running.stop().await;
    Ok(())
}

/// An owner, and a link that signs in as one.
async fn sign_in(running: &Running) -> anyhow::Result<String> {
    let new = NewAccount {
        login: "demo@example.com".parse()?,
        name: Some("Dana Demo".to_owned()),
        role: Role::Owner,
        joined: true,
    };
    let owner = running.store.create_account(new, "the demo").await?;
    let lasts = running.hub.config().accounts.link_lasts(LinkKind::SignIn);
    let link = running.store.make_link(LinkKind::SignIn, Some(&owner.id), lasts, "the demo").await?;
    Ok(account::address(running.hub.public_url(), &link))
}

/// A folder that goes when the demo ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let name = Ambient::system().random16().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let path = std::env::temp_dir().join(format!("switchboard-demo-{name}"));
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The configuration with everything that lasts moved into the demo's folder. The compiled code stays where
/// a second demo finds it.
fn in_folder(mut config: Config, folder: &Path, plugins: &Path) -> Config {
    let defaults = Config::load(None, [], &[]).map(|defaults| defaults.http.listen);
    if defaults.is_ok_and(|listen| listen == config.http.listen) {
        config.http.listen.set_port(0);
    }
    config.storage.path = folder.join("demo.db");
    config.plugin.directory = plugins.to_path_buf();
    // The demo brings its own plugins, and there is nobody to ask.
    config.plugin.approval = Approval::Automatic;
    config
}

fn copy(names: &[&str], from: &Path, to: &Path) -> anyhow::Result<()> {
    for name in names {
        let file = format!("{name}.wasm");
        std::fs::copy(from.join(&file), to.join(&file))
            .with_context(|| format!("cannot copy {file} from {}", from.display()))?;
    }
    Ok(())
}

/// Builds the bundled plugins from this program's own sources; what is up to date is built at once.
fn build_bundled(names: &[&str], to: &Path, out: &Output) -> anyhow::Result<()> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    if !sources.is_dir() {
        bail!(
            "the bundled plugins' sources are not on this machine; name a folder with built ones: `--plugins DIR`"
        );
    }
    let progress = ProgressBar::new(names.len() as u64);
    if out.json {
        progress.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template(
        "  building the bundled plugins  [{bar:30}] {pos}/{len}  {msg}  {elapsed}",
    );
    progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    progress.enable_steady_tick(Duration::from_millis(200));
    for name in names {
        progress.set_message((*name).to_owned());
        build::build(&sources.join(name), Some(to), true)
            .with_context(|| format!("cannot build the plugin {name}"))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(())
}

async fn add(running: &Running, sample: &SampleConnection) -> anyhow::Result<Connection> {
    let secrets = sample
        .secrets
        .iter()
        .map(|(name, value)| (name.clone(), Zeroizing::new(value.clone().into_bytes())))
        .collect();
    let new = AddConnection {
        plugin: sample.plugin.clone(),
        title: Some(sample.title.clone()),
        settings: sample.settings.clone().into(),
        priority: sample.priority,
        region: None,
        secrets,
    };
    Ok(running.hub.add_connection(new).await?)
}

/// Signs the delivery as its vendor would and sends it over HTTP.
async fn deliver(
    running: &Running,
    sample: &SampleDelivery,
    connection: &SampleConnection,
    made: &Connection,
    now_ms: i64,
) -> anyhow::Result<()> {
    let plugin = running.hub.plugin(&made.plugin).with_context(|| format!("no plugin {}", made.plugin))?;
    let body = sample.body(now_ms)?;
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &sample.headers {
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
    }
    let url = running.hub.hook_url(&made.id);
    let path = url::Url::parse(&url)?.path().to_owned();
    let request = Request {
        method: "POST",
        url: &url,
        path: &path,
        query_raw: "",
        headers: &headers,
        body: body.as_bytes(),
    };
    let secret =
        |name: &str| connection.secrets.get(name).map(|value| Zeroizing::new(value.clone().into_bytes()));
    let proof = Signer::new(&plugin.manifest, secret).sign(&request, now_ms)?;
    let url = proof.url(&format!("http://{}{path}", running.addr));
    headers.extend(proof.headers.into_iter().map(|(name, value)| (Some(name), value)));
    let mut request = http::Request::post(url).body(Full::new(bytes::Bytes::from(body)))?;
    *request.headers_mut() = headers;
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await?;
    let status = answer.status();
    if !status.is_success() {
        let body = answer.into_body().collect().await?.to_bytes();
        bail!("the hub answered {status} to “{}”: {}", sample.about, String::from_utf8_lossy(&body));
    }
    Ok(())
}

/// Waits until the assistants have read what came.
async fn settle(running: &Running) -> anyhow::Result<()> {
    let waiting = async {
        loop {
            if running.store.stats().await?.jobs == 0 {
                return anyhow::Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .context("the assistants did not finish; see the log with RUST_LOG=info")?
}
