//! Counts what a call sends over HTTP, and ends it where that is more than it may.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::plugin::state::Call;

/// What a call exchanged over HTTP.
#[derive(Debug, Default)]
pub(in crate::plugin) struct Exchanged {
    /// Bytes of requests: address, headers and body.
    pub(in crate::plugin) sent: AtomicU64,
    /// Bytes of the bodies of answers.
    pub(in crate::plugin) received: AtomicU64,
    /// Requests that were begun.
    pub(in crate::plugin) requests: AtomicU64,
    /// Whether more was to be sent than the call may.
    over: AtomicBool,
}

impl Exchanged {
    /// Takes bytes that are to be sent; an error when they are too many, and then the call ends.
    pub(super) fn send(&self, bytes: usize, limit: u64) -> Result<(), Error> {
        let sent = self.sent.fetch_add(bytes as u64, Ordering::Relaxed).saturating_add(bytes as u64);
        if sent > limit {
            self.over.store(true, Ordering::Relaxed);
            return Err(Error::HttpRequestBodySize(Some(limit)));
        }
        Ok(())
    }

    /// Whether the call must end.
    pub(in crate::plugin) fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// The bytes of a request's head, about as they go out.
pub(super) fn head(parts: &http::request::Parts) -> usize {
    let path = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    let headers = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    parts.method.as_str().len() + path + headers.sum::<usize>()
}

/// A request's body that is counted as it is sent.
pub(super) struct Counted {
    pub(super) inner: WasiBody,
    pub(super) call: Arc<Call>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            if let Err(over) = self.call.exchanged.send(bytes, self.call.limits().http_out) {
                return Poll::Ready(Some(Err(over)));
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
