//! The sandbox: one engine, one pool of places, one ticker, one cache of compiled code.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, HasSelf, InstancePre, Lift, Linker, Lower,
};

use super::cache::Cache;
use super::convert::WebhookArgument;
use super::file::{self, ComponentFile};
use super::http::HttpClient;
use super::ledger::Ledgers;
use super::loaded::{Core, Export, Results};
use super::share::{Share, Shares, Traffic};
use super::state::State;
use super::usage::Meters;
use super::{CallError, HostServices, Limits, Plugin, PluginError, RuntimeOptions};
use super::{bindings, engine};
use crate::ambient::Ambient;
use crate::model::id::ConnectionId;
use crate::model::manifest::{Budget, Capability};
use crate::model::usage::Usage;

/// What all plugins share.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) options: RuntimeOptions,
    pub(super) services: Arc<dyn HostServices>,
    pub(super) ambient: Ambient,
    pub(super) http: HttpClient,
    pub(super) shares: Shares,
    pub(super) traffic: Traffic,
    pub(super) ledgers: Ledgers,
    places: Semaphore,
}

/// A call's place in the pool, which is one of its connection's too.
pub(super) struct Place<'a> {
    _seat: SemaphorePermit<'a>,
    _place: SemaphorePermit<'a>,
}

impl Shared {
    /// A place in the pool; waits for one where the connection has taken all of its own, or all are taken.
    pub(super) async fn place<'a>(&'a self, share: &'a Share) -> Result<Place<'a>, CallError> {
        let may_say_more_at = self.traffic.may_say_more_at(share);
        if may_say_more_at.is_none()
            && let Ok(seat) = share.seats.try_acquire()
            && let Ok(place) = self.places.try_acquire()
        {
            return Ok(Place { _seat: seat, _place: place });
        }
        let wait = self.options.queue_wait;
        let until = tokio::time::Instant::now() + wait;
        if let Some(at) = may_say_more_at {
            if at > until {
                return Err(CallError::Unavailable(format!(
                    "the connection said more events than {} a second, and must wait for more than {wait:?}: raise \
                     `plugin.event_rate` in the configuration if it needs more",
                    self.options.event_rate
                )));
            }
            tokio::time::sleep_until(at).await;
        }
        let Ok(Ok(seat)) = tokio::time::timeout_at(until, share.seats.acquire()).await else {
            return Err(CallError::Unavailable(format!(
                "the {} places that one connection may take stayed taken for {wait:?}: its plugin is slow, or asked \
                 faster than it works; if it needs more, raise `plugin.per_connection` in the configuration",
                self.options.per_connection
            )));
        };
        match tokio::time::timeout_at(until, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(Place { _seat: seat, _place: place }),
            _ => Err(CallError::Unavailable(format!(
                "all {} places for plugins stayed taken for {wait:?}: raise `plugin.instances` in the configuration, \
                 or find the plugin that is slow",
                self.options.instances
            ))),
        }
    }
}

/// Runs plugins. Cheap to clone. Needs a tokio runtime with time and I/O wherever it is used.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
    linker: Arc<Linker<State>>,
    cache: Option<Arc<Cache>>,
}

impl Runtime {
    /// Sets the sandbox up: reserves the pool's address space, opens the cache, starts the ticker.
    ///
    /// # Errors
    /// When the options cannot be met on this machine; the message says which to change.
    pub fn new(
        options: &RuntimeOptions,
        services: Arc<dyn HostServices>,
        ambient: Ambient,
    ) -> Result<Self, PluginError> {
        let (engine, places) = engine::engine(options)?;
        engine::start_ticker(&engine, options.tick)?;
        let cache =
            options.cache_dir.as_deref().map(|dir| Cache::open(dir, &engine, &ambient)).transpose()?;
        let linker = linker(&engine).map_err(|error| PluginError::Link(format!("{error:#}")))?;
        let http = HttpClient::new(&options.http, &services)?;
        let places_sem = Semaphore::new(places as usize);
        let options = RuntimeOptions { instances: places, ..options.clone() };
        let shares = Shares::new(&options);
        let traffic = Traffic::new();
        let ledgers = Ledgers::new(options.http.connection_concurrent);
        let shared =
            Shared { engine, options, services, ambient, http, shares, traffic, ledgers, places: places_sem };
        Ok(Self { shared: Arc::new(shared), linker: Arc::new(linker), cache: cache.map(Arc::new) })
    }

    /// How many instances can live at once: as many as asked for, or fewer where memory is short.
    #[must_use]
    pub fn instances(&self) -> u32 {
        self.shared.options.instances
    }

    /// What connections used since this was last asked, of those that were called.
    #[must_use]
    pub fn take_usage(&self) -> Vec<(ConnectionId, Usage)> {
        self.shared.ledgers.take_usage()
    }

    /// Forgets what is kept of connections that are gone; to be said after [`Runtime::take_usage`], so that
    /// nothing they used is lost.
    pub fn forget_gone(&self, exists: impl Fn(&ConnectionId) -> bool) {
        self.shared.ledgers.keep(exists);
    }

    /// Checks, compiles (or takes from the cache) and links a component file.
    ///
    /// # Errors
    /// When the file is not a plugin this hub can run; the message says what to do.
    pub async fn load(&self, wasm: &[u8]) -> Result<Plugin, PluginError> {
        let file = file::read(wasm, self.shared.options.max_file)?;
        let component = self.compiled(&file, wasm).await?;
        let pre = self
            .linker
            .instantiate_pre(&component)
            .map_err(|error| PluginError::Link(link_problem(&error)))?;
        let manifest = Arc::new(file.manifest);
        let core = Core {
            limits: cut(&self.shared.options.limits, manifest.budget),
            secret_places: manifest.secret_places(),
            exports: exports(&pre, &file.exports, manifest.name.as_str())?.into(),
            totals: Arc::default(),
            manifest: Arc::clone(&manifest),
            asks: Arc::clone(&manifest),
            pre,
        };
        Ok(Plugin {
            manifest,
            hash: file.hash,
            capabilities: file.capabilities,
            assets: file.assets.into(),
            core: Arc::new(core),
            shared: Arc::clone(&self.shared),
        })
    }

    async fn compiled(&self, file: &ComponentFile, wasm: &[u8]) -> Result<Component, PluginError> {
        let (engine, cache, hash) = (self.shared.engine.clone(), self.cache.clone(), file.hash.clone());
        if let Some(component) = cache.as_ref().and_then(|cache| cache.load(&engine, &hash)) {
            return Ok(component);
        }
        let (wasm, ambient) = (wasm.to_vec(), self.shared.ambient.clone());
        let compiling = tokio::task::spawn_blocking(move || {
            let component = Component::from_binary(&engine, &wasm)?;
            if let Some(cache) = cache {
                cache.keep(&component, &hash, &ambient);
            }
            Ok::<_, wasmtime::Error>(component)
        });
        match compiling.await {
            Ok(Ok(component)) => Ok(component),
            Ok(Err(error)) => Err(PluginError::Compile(compile_problem(&error))),
            Err(error) => Err(PluginError::Compile(format!("the compiler broke down: {error}"))),
        }
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    bindings::Plugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut State| state)?;
    Ok(linker)
}

/// What is wrong with an import, and what can be done.
fn link_problem(error: &wasmtime::Error) -> String {
    format!(
        "{error:#}; a plugin may import `switchboard:plugin`, `wasi:http/outgoing-handler` and WASI 0.2: build it \
         with the SDK for `wasm32-wasip2`"
    )
}

/// Why a component does not compile, and what can be done where it claims more than a call may have.
fn compile_problem(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    let key = match text.split_once("minimum byte size") {
        Some(_) => "plugin.max_memory",
        None if text.contains("minimum element size") => "plugin.limits.table_elements",
        None => return text,
    };
    format!("{text}; raise `{key}` in the configuration if it needs that much from the beginning")
}

/// The operator's limits, lowered where the manifest wishes for less.
pub(super) fn cut(limits: &Limits, wish: Budget) -> Limits {
    let mut limits = limits.clone();
    if let Some(memory) = wish.memory {
        limits.memory = limits.memory.min(usize::try_from(memory.bytes()).unwrap_or(usize::MAX));
    }
    if let Some(wall) = wish.wall {
        limits.wall = limits.wall.min(wall.duration());
    }
    if let Some(key_value) = wish.key_value {
        limits.kv_total = limits.kv_total.min(key_value.bytes());
    }
    limits
}

/// Finds the contract's functions among a component's exports and checks their types, once.
fn exports(
    pre: &InstancePre<State>,
    names: &[String],
    plugin: &str,
) -> Result<[Option<Export>; 5], PluginError> {
    use bindings::{actions, assistant, poller, sender, webhook};
    let mut found = [const { None }; 5];
    for name in names {
        let Some(capability) = file::capability(name) else { continue };
        let index = match capability {
            Capability::Webhook => {
                export::<(WebhookArgument<'static>,), Results<webhook::Outcome>>(pre, name, "handle")
            }
            Capability::Sender => {
                export::<(&'static sender::Outbound,), Results<sender::Receipt>>(pre, name, "send")
            }
            Capability::Poller => export::<(Option<&'static str>,), Results<poller::Page>>(pre, name, "poll"),
            Capability::Actions => export::<
                (&'static str, &'static str, &'static str),
                Results<actions::Outcome>,
            >(pre, name, "call"),
            Capability::Assistant => {
                export::<(&'static assistant::Input,), Results<Vec<assistant::Insight>>>(pre, name, "analyse")
            }
        }
        .map_err(|error| {
            PluginError::Link(format!(
                "the export `{name}` is not the contract's: {error:#}; build it with the SDK"
            ))
        })?;
        found[capability as usize] = Some(Export { index, meters: Meters::new(plugin, capability) });
    }
    Ok(found)
}

fn export<P, R>(
    pre: &InstancePre<State>,
    interface: &str,
    function: &str,
) -> wasmtime::Result<ComponentExportIndex>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let missing = || wasmtime::format_err!("it has no function `{function}`");
    let component = pre.component();
    let interface = component.get_export_index(None, interface).ok_or_else(missing)?;
    match component.get_export(Some(&interface), function).ok_or_else(missing)? {
        (ComponentItem::ComponentFunc(func), index) => {
            func.typecheck::<P, R>(&pre.instance_type())?;
            Ok(index)
        }
        _ => Err(missing()),
    }
}
