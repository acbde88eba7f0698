//! The engine: how components are compiled, where their instances live, and the clock that interrupts
//! them.

use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::{PluginError, RuntimeOptions};

/// Linear memory that a slot keeps when its instance is gone. Measured: with this, the table and the
/// stack figure below and page-map scans, a fresh instance costs a quarter of what it costs without.
const KEEP_MEMORY: usize = 64 << 10;
/// Table bytes that a slot keeps.
const KEEP_TABLE: usize = 16 << 10;
/// Stack bytes that a slot keeps.
const KEEP_STACK: usize = 64 << 10;
/// Core modules of which one component may consist: a Rust component has 3, an interpreter some more.
const CORE_INSTANCES: u32 = 20;
/// Memories and tables of one component.
const MEMORIES: u32 = 2;
const TABLES: u32 = 8;
/// The fewest places worth running with.
const FEWEST: u32 = 8;

/// Makes the engine, and says how many places its pool has: as many as asked for, or fewer where this
/// machine's address space does not hold them.
///
/// # Errors
/// When not even a few places fit; the message names the options to lower.
pub(super) fn engine(options: &RuntimeOptions) -> Result<(Engine, u32), PluginError> {
    let wanted = options.instances.max(1);
    let mut places = wanted;
    loop {
        // Wide slots need no bounds checks in compiled code; narrow ones fit where address space is short.
        for wide in [true, false] {
            match Engine::new(&config(options, places, wide)) {
                Ok(engine) => {
                    if !wide || places < wanted {
                        tracing::warn!(
                            wanted,
                            places,
                            wide,
                            "little address space: the plugin pool was made smaller"
                        );
                    }
                    return Ok((engine, places));
                }
                Err(error) if places <= FEWEST.min(wanted) && !wide => {
                    return Err(PluginError::Options(format!(
                        "cannot reserve memory for {places} plugin instances of {} MiB: {error:#}; lower \
                         `plugin.instances` or `plugin.max_memory`, or allow the process more address space",
                        options.limits.memory.max(options.max_memory) >> 20
                    )));
                }
                Err(error) => tracing::debug!(places, wide, error = %error, "the plugin pool does not fit"),
            }
        }
        places = (places / 2).max(FEWEST.min(wanted));
    }
}

fn config(options: &RuntimeOptions, places: u32, wide: bool) -> Config {
    let page = 64 << 10;
    let memory = options.limits.memory.max(options.max_memory).next_multiple_of(page).clamp(page, 4 << 30);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(places)
        .total_core_instances(places.saturating_mul(CORE_INSTANCES / 2))
        .total_memories(places.saturating_mul(MEMORIES))
        .total_tables(places.saturating_mul(TABLES / 2))
        // One stack is in use at a time per call, and a dropped one is given back a moment later.
        .total_stacks(places.saturating_add(places / 4).saturating_add(8))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memory_size(memory)
        .table_elements(options.limits.table_elements)
        .max_unused_warm_slots(places)
        .linear_memory_keep_resident(KEEP_MEMORY)
        .table_keep_resident(KEEP_TABLE)
        .async_stack_keep_resident(KEEP_STACK)
        .pagemap_scan(Enabled::Auto);

    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        // Calls into one instance never overlap, so the bookkeeping for it is left out: it doubles the
        // cost of a call.
        .concurrency_support(false)
        .wasm_component_model(true);
    if !wide {
        config.memory_reservation(memory as u64).memory_guard_size(page as u64);
    }
    config
}

/// Advances the engine's epoch from a thread of its own until the engine is gone.
pub(super) fn start_ticker(engine: &Engine, tick: Duration) -> Result<(), PluginError> {
    let engine = engine.weak();
    let tick = tick.max(Duration::from_micros(100));
    std::thread::Builder::new()
        .name("plugin-ticker".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(tick);
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => break,
                }
            }
        })
        .map(drop)
        .map_err(|error| {
            PluginError::Options(format!(
                "cannot start the thread that limits plugins' computing time: {error}"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_of_narrow_slots_fits_where_a_wide_one_does_not() {
        let options = RuntimeOptions { instances: 4, ..RuntimeOptions::default() };
        assert!(Engine::new(&config(&options, 4, false)).is_ok());
        let huge = RuntimeOptions { instances: 200_000, ..RuntimeOptions::default() };
        let (_, places) = engine(&huge).unwrap_or_else(|e| panic!("{e}"));
        assert!((FEWEST..200_000).contains(&places), "{places}");
    }

    #[test]
    fn the_ticker_lets_go_of_an_engine_that_nobody_holds() {
        let options = RuntimeOptions { instances: 1, ..RuntimeOptions::default() };
        let (engine, _) = engine(&options).unwrap_or_else(|e| panic!("{e}"));
        start_ticker(&engine, Duration::from_millis(1)).unwrap_or_else(|e| panic!("{e}"));
        let weak = engine.weak();
        drop(engine);
        std::thread::sleep(Duration::from_millis(50));
        assert!(weak.upgrade().is_none());
    }
}
