//! WASI with nothing granted: no files, environment, arguments or sockets. The clock is the hub's, and
//! standard output and error go to the log.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::state::State;
use crate::ambient::Ambient;

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        if self.wasi.is_none() {
            let call = self.call();
            let stdio = Stdio::new(call.limits().stdio);
            let wasi = nothing_granted(&call.shared.ambient, &stdio);
            self.stdio = Some(stdio);
            self.wasi = Some(Box::new(wasi));
        }
        match &mut self.wasi {
            Some(wasi) => WasiCtxView { ctx: wasi, table: &mut self.table },
            None => unreachable!("made above"),
        }
    }
}

fn nothing_granted(ambient: &Ambient, stdio: &Stdio) -> WasiCtx {
    let mut seed = [0; 16];
    ambient.entropy.fill(&mut seed);
    WasiCtxBuilder::new()
        .stdout(stdio.clone())
        .stderr(stdio.clone())
        .wall_clock(Wall(ambient.clone()))
        .secure_random(Random(ambient.clone()))
        .insecure_random(Random(ambient.clone()))
        .insecure_random_seed(u128::from_le_bytes(seed))
        .max_random_size(64 << 10)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build()
}

/// The hub's clock.
struct Wall(Ambient);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now_ms()).unwrap_or(0))
    }
}

/// The hub's randomness.
struct Random(Ambient);

impl rand_core::TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.entropy.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.entropy.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.entropy.fill(out);
        Ok(())
    }
}

/// Standard output and error together, up to a limit; what is beyond is dropped.
#[derive(Clone)]
pub(super) struct Stdio {
    limit: usize,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Stdio {
    fn new(limit: usize) -> Self {
        Self { limit, written: Arc::default() }
    }

    /// What was written, as far as it was kept.
    pub(super) fn text(&self) -> String {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&written).into_owned()
    }

    fn keep(&self, bytes: &[u8]) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.limit.saturating_sub(written.len());
        written.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

impl IsTerminal for Stdio {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stdio {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Asked for by WASI 0.3 alone, which is not linked.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Stdio {
    async fn ready(&mut self) {}
}

impl OutputStream for Stdio {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.keep(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}
