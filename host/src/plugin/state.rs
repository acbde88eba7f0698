//! What belongs to one call while it runs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::Binding;
use super::http::Hooks;
use super::limiter::Limiter;
use super::loaded::Core;
use super::meter::Meter;
use super::runtime::Shared;
use super::wasi::Stdio;

/// Which call it is: the same for everything the call does, also in tasks of its own.
pub(super) struct Call {
    /// What all plugins share.
    pub(super) shared: Arc<Shared>,
    /// The plugin.
    pub(super) core: Arc<Core>,
    /// The connection.
    pub(super) binding: Arc<Binding>,
}

impl Call {
    /// Counts and logs that the plugin was not allowed something.
    pub(super) fn deny(&self, why: &str) {
        self.core.totals.denied.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("switchboard_plugin_denied_total", "plugin" => self.core.name().to_owned())
            .increment(1);
        tracing::warn!(plugin = self.core.name(), connection = %self.binding.connection(), why, "denied");
    }
}

/// The data of a store.
pub(super) struct State {
    /// Outgoing requests, and which call this is.
    pub(super) hooks: Hooks,
    /// Memory and tables.
    pub(super) limiter: Limiter,
    /// Computing time.
    pub(super) meter: Arc<Meter>,
    /// Calls to the hub.
    pub(super) host_calls: u64,
    /// Log lines written, and wanted beyond the limit.
    pub(super) log_lines: u32,
    /// What the guest holds of the host.
    pub(super) table: ResourceTable,
    /// Made when it is first asked for: most plugins never do, and it costs as much as the call.
    pub(super) wasi: Option<Box<WasiCtx>>,
    /// Standard output and error, once there is a `wasi`.
    pub(super) stdio: Option<Stdio>,
    http: WasiHttpCtx,
}

/// The computing time is used up: what the ticker's callback stops a guest with.
#[derive(Debug, thiserror::Error)]
#[error("computing time is used up")]
pub(super) struct CpuSpent;

/// There were too many calls to the hub.
#[derive(Debug, thiserror::Error)]
#[error("too many calls to the hub")]
pub(super) struct TooManyHostCalls;

impl State {
    /// A store for one call, with every limit armed.
    pub(super) fn store(engine: &Engine, call: Call) -> Store<Self> {
        let limits = &call.core.limits;
        let limiter = Limiter::new(limits.memory, limits.table_elements);
        let hand_back = limits.hand_back;
        let mut table = ResourceTable::new();
        table.set_max_capacity(10_000);
        let state = Self {
            hooks: Hooks::new(Arc::new(call)),
            limiter,
            meter: Meter::start(),
            host_calls: 0,
            log_lines: 0,
            table,
            wasi: None,
            stdio: None,
            http: WasiHttpCtx::new(),
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(hand_back);
        // At every tick: stop it, or let others run and go on.
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            let state = context.data();
            if state.meter.running() > state.call().core.limits.cpu {
                return Err(CpuSpent.into());
            }
            Ok(UpdateDeadline::Yield(1))
        });
        store
    }

    /// Which call this is.
    pub(super) fn call(&self) -> &Call {
        &self.hooks.call
    }

    /// Counts a call to the hub, and ends the guest when there were too many.
    pub(super) fn count_host_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        if self.host_calls > self.call().core.limits.host_calls {
            return Err(TooManyHostCalls.into());
        }
        Ok(())
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}
