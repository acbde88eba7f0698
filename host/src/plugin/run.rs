//! One call: a place in the pool, a fresh instance, every limit, and the account of it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::Trap;
use wasmtime::component::{ComponentNamedList, Lower, ResourceTableError, TypedFunc};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::FieldMapError;

use super::amount;
use super::convert::{self, Checker, Garbage};
use super::http::Exchanged;
use super::limiter::Refused;
use super::loaded::{HandedBack, Results};
use super::meter::{Meter, Metered};
use super::over::Over;
use super::state::{Call, State};
use super::{Binding, CallError, Plugin};
use crate::model::manifest::Capability;
use crate::model::usage::Cost;

/// What the sandbox says when a guest hands over more than its share; its type is not public.
const FUEL: &str = "fuel allocated for hostcalls";

impl Plugin {
    /// Calls an exported function in a fresh instance and converts what it hands back. `bytes_in` is how much
    /// it is handed.
    pub(super) async fn call<P, X, T>(
        &self,
        capability: Capability,
        binding: &Arc<Binding>,
        bytes_in: usize,
        params: P,
        convert: impl FnOnce(&mut Checker<'_>, X) -> Result<T, Garbage>,
    ) -> Result<T, CallError>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        X: HandedBack,
    {
        let core = &self.core;
        let Some(export) = &core.exports[capability as usize] else {
            let what = format!("the plugin `{}` does not export `{capability}`", core.name());
            return Err(CallError::Unavailable(what));
        };
        let call = Call {
            shared: Arc::clone(&self.shared),
            core: Arc::clone(core),
            binding: Arc::clone(binding),
            denials: AtomicU32::new(0),
            writes: AtomicU32::new(0),
            waited: AtomicU64::new(0),
            exchanged: Exchanged::default(),
        };
        if !call.take_cpu(Duration::ZERO) {
            let error = Over::Minute.error(binding);
            export.meters.refuse(&error);
            binding.ledger.add(&Cost::default(), Some(error.outcome()));
            return Err(error);
        }
        let _place = self.shared.place(&binding.share).await?;
        self.shared.traffic.begin();
        let mut store = State::store(&self.shared.engine, call);
        let meter = Arc::clone(&store.data().meter);
        let mut running = false;
        let ended = {
            let work = pin!(async {
                let instance = core.pre.instantiate_async(&mut store).await?;
                let func = instance.get_func(&mut store, export.index);
                let func = func.ok_or_else(|| wasmtime::format_err!("the component lost an export"))?;
                #[expect(unsafe_code, reason = "checking the types again would cost more than the call")]
                // SAFETY: `Runtime::load` checked this export of this component against these types.
                let func = unsafe { TypedFunc::<P, Results<X>>::new_unchecked(func) };
                running = true;
                func.call_async(&mut store, params).await
            });
            tokio::time::timeout(binding.limits.wall, Metered::new(Arc::clone(&meter), work)).await
        };
        let mut bytes_out = 0;
        let result = match ended {
            Err(_) => Err(store.data().call().out_of_time().error(binding)),
            Ok(Err(error)) => Err(self.failure(&error, store.data(), running)),
            Ok(Ok((Err(error),))) => Err(CallError::Plugin(convert::said(error))),
            Ok(Ok((Ok(given),))) => {
                let mut check = Checker::new(&core.manifest, &core.asks, &binding.limits);
                let converted = convert(&mut check, given).map_err(CallError::from);
                bytes_out = check.bytes as u64;
                self.shared.traffic.said(&binding.share, check.events, self.shared.options.event_rate);
                converted
            }
        };
        let call = store.data().call();
        call.take_cpu(meter.spent().saturating_sub(store.data().charged));
        let result = match result {
            Err(CallError::Unavailable(why)) => Err(CallError::Unavailable(why)),
            _ if call.exchanged.over() => Err(Over::Sent.error(binding)),
            result => result,
        };
        let cost = cost(&meter, store.data(), bytes_in, bytes_out);
        let failure = result.as_ref().err().map(CallError::outcome);
        export.meters.count(&cost, failure);
        binding.ledger.add(&cost, failure);
        core.totals.add(&cost, result.as_ref().err().is_some_and(CallError::is_failure));
        tell(self, capability, binding, store.data());
        result
    }

    /// What a call's end in the sandbox means.
    fn failure(&self, error: &wasmtime::Error, state: &State, running: bool) -> CallError {
        let binding = &state.call().binding;
        if let Some(refused) = state.limiter.refused
            && (!running || error.downcast_ref::<Trap>().is_some())
        {
            let value = amount::bytes(self.shared.options.connection_memory);
            return match refused {
                Refused::Memory => Over::Memory.error(binding),
                // Its own share is large enough, so that it may well run when the others are done.
                Refused::Together if !running => CallError::Unavailable(format!(
                    "the calls of this connection hold {value} of memory together, all that they may: raise \
                     `plugin.connection_memory` in the configuration if it needs more"
                )),
                Refused::Together => CallError::Budget {
                    budget: "memory for all calls of the connection",
                    value,
                    key: "plugin.connection_memory",
                    connection: binding.connection().clone(),
                },
                Refused::Table => Over::Tables.error(binding),
            };
        }
        if let Some(over) = error.downcast_ref::<Over>() {
            return over.error(binding);
        }
        if matches!(error.downcast_ref::<ResourceTableError>(), Some(ResourceTableError::Full)) {
            return Over::Handles.error(binding);
        }
        if matches!(
            error.downcast_ref::<FieldMapError>(),
            Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields)
        ) {
            return Over::Headers.error(binding);
        }
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return CallError::Unavailable(
                "the plugin pool is full: raise `plugin.instances` in the configuration".to_owned(),
            );
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return CallError::Trap(trap.to_string());
        }
        if let Some(I32Exit(status)) = error.downcast_ref::<I32Exit>() {
            return CallError::Trap(format!("it ended itself with the status {status}"));
        }
        let text = format!("{error:#}");
        if text.contains(FUEL) {
            return Over::HandBack.error(binding);
        }
        if running { CallError::Garbage(text) } else { CallError::Trap(text) }
    }
}

fn cost(meter: &Meter, state: &State, bytes_in: usize, bytes_out: u64) -> Cost {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let call = state.call();
    Cost {
        wall_us: micros(meter.wall()),
        cpu_us: micros(meter.spent()),
        memory: state.limiter.peak_memory as u64,
        bytes_in: bytes_in as u64,
        bytes_out,
        host_calls: state.host_calls,
        requests: call.exchanged.requests.load(Ordering::Relaxed),
        sent: call.exchanged.sent.load(Ordering::Relaxed),
        received: call.exchanged.received.load(Ordering::Relaxed),
        denied: call.denials.load(Ordering::Relaxed).into(),
    }
}

/// What is worth a line in the log besides the result: denials that were not told, and what was printed.
fn tell(plugin: &Plugin, capability: Capability, binding: &Binding, state: &State) {
    let name = plugin.core.name();
    let untold = state.call().denials.load(Ordering::Relaxed).saturating_sub(binding.limits.log_lines);
    if untold > 0 {
        let connection = binding.connection();
        tracing::warn!(plugin = name, %connection, untold, "denials over `plugin.limits.log_lines` were counted and not told");
    }
    if let Some(stdio) = &state.stdio {
        let text = stdio.text();
        if !text.is_empty() {
            let connection = binding.connection();
            tracing::debug!(target: "switchboard::plugin::said", plugin = name, %connection, %capability, "printed: {text:?}");
        }
    }
}
