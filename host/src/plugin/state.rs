//! What belongs to one call while it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::http::{Exchanged, Hooks};
use super::limiter::Limiter;
use super::loaded::Core;
use super::meter::Meter;
use super::over::Over;
use super::runtime::Shared;
use super::wasi::Stdio;
use super::{Binding, Limits};

/// Which call it is: the same for everything the call does, also in tasks of its own.
pub(super) struct Call {
    /// What all plugins share.
    pub(super) shared: Arc<Shared>,
    /// The plugin.
    pub(super) core: Arc<Core>,
    /// The connection.
    pub(super) binding: Arc<Binding>,
    /// How often the plugin was denied something in this call.
    pub(super) denials: AtomicU32,
    /// How often it wrote to the key-value store.
    pub(super) writes: AtomicU32,
    /// How long it had to wait for that, in milliseconds.
    pub(super) waited: AtomicU64,
    /// What it exchanged over HTTP.
    pub(super) exchanged: Exchanged,
}

impl Call {
    /// What it may use.
    pub(super) fn limits(&self) -> &Limits {
        &self.binding.limits
    }

    /// Takes computing time out of what the connection has left of its minute; `false` when nothing was.
    pub(super) fn take_cpu(&self, used: Duration) -> bool {
        let now = self.shared.ambient.now_ms();
        self.binding.ledger.cpu.take(self.limits().cpu_per_minute, now, used)
    }

    /// Waits where the connection had the one writer do more than its share, before it is given that many
    /// bytes to keep.
    pub(super) async fn may_write(&self, bytes: usize) {
        let (nth, rate) = (self.writes.fetch_add(1, Ordering::Relaxed), self.shared.options.kv_rate);
        if let Some(at) = self.shared.traffic.may_write_at(&self.binding.share, nth, bytes, rate) {
            let wait = at.saturating_duration_since(Instant::now());
            self.waited.fetch_add(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
            tokio::time::sleep_until(at).await;
        }
    }

    /// Its time is over: of that, or of what it waited for most of it.
    pub(super) fn out_of_time(&self) -> Over {
        let waited = Duration::from_millis(self.waited.load(Ordering::Relaxed));
        if waited > self.limits().wall / 2 { Over::Writes(self.shared.options.kv_rate) } else { Over::Wall }
    }

    /// Counts that the plugin was not allowed something, and logs it as often as the plugin itself may
    /// write to the log.
    pub(super) fn deny(&self, why: &str) {
        self.core.totals.denied.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("switchboard_plugin_denied_total", "plugin" => self.core.name().to_owned())
            .increment(1);
        if self.denials.fetch_add(1, Ordering::Relaxed) < self.limits().log_lines && self.binding.may_log() {
            tracing::warn!(plugin = self.core.name(), connection = %self.binding.connection(), why, "denied");
        }
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
    /// Computing time when the last slice of a long call ended.
    sliced: Duration,
    /// Computing time that the connection's minute was charged with.
    pub(super) charged: Duration,
    /// Calls to the hub.
    pub(super) host_calls: u64,
    /// Log lines written.
    pub(super) log_lines: u32,
    /// What the guest holds of the host.
    pub(super) table: ResourceTable,
    /// Made when it is first asked for: most plugins never do, and it costs as much as the call.
    pub(super) wasi: Option<Box<WasiCtx>>,
    /// Standard output and error, once there is a `wasi`.
    pub(super) stdio: Option<Stdio>,
    http: WasiHttpCtx,
}

impl State {
    /// A store for one call, with every limit armed.
    pub(super) fn store(engine: &Engine, call: Call) -> Store<Self> {
        let limits = call.limits();
        let share = Arc::clone(&call.binding.share);
        let limiter = Limiter::new(limits.memory, limits.table_elements, share);
        let hand_back = limits.hand_back;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(limits.headers);
        let state = Self {
            hooks: Hooks::new(Arc::new(call)),
            limiter,
            meter: Meter::start(),
            sliced: Duration::ZERO,
            charged: Duration::ZERO,
            host_calls: 0,
            log_lines: 0,
            table,
            wasi: None,
            stdio: None,
            http,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(hand_back);
        // At every tick: stop it, or let others run and go on; once it has computed long, behind them.
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            let state = context.data_mut();
            let spent = state.meter.running();
            let fresh = spent.saturating_sub(std::mem::replace(&mut state.charged, spent));
            let limits = state.call().limits();
            if spent > limits.cpu {
                return Err(Over::Cpu.into());
            }
            if !state.call().take_cpu(fresh) {
                return Err(Over::Minute.into());
            }
            if state.call().exchanged.over() {
                return Err(Over::Sent.into());
            }
            if spent < limits.burst {
                return Ok(UpdateDeadline::Yield(1));
            }
            let before = limits.burst.max(state.sliced);
            state.sliced = spent;
            let computed = spent.saturating_sub(before);
            let call = Arc::clone(&state.hooks.call);
            let make_way = async move {
                call.shared.traffic.make_way(&call.binding.share, computed).await;
            };
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(make_way)))
        });
        store
    }

    /// Which call this is.
    pub(super) fn call(&self) -> &Call {
        &self.hooks.call
    }

    /// Counts a line of the log, and ends the guest when there were too many.
    pub(super) fn count_log_line(&mut self) -> wasmtime::Result<()> {
        if self.log_lines >= self.call().limits().log_lines {
            return Err(Over::LogLines.into());
        }
        self.log_lines += 1;
        Ok(())
    }

    /// Counts a call to the hub, and ends the guest when there were too many.
    pub(super) fn count_host_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        if self.host_calls > self.call().limits().host_calls {
            return Err(Over::HostCalls.into());
        }
        if self.call().exchanged.over() {
            return Err(Over::Sent.into());
        }
        Ok(())
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}
