//! What comes back from a vendor, on its way to the plugin: within its size, within its time, and
//! without the credentials it may echo.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error;
use zeroize::Zeroizing;

/// Replaces every occurrence of the spellings, also one that two pieces of a body share.
pub(super) struct Redactor {
    spellings: Vec<Zeroizing<Vec<u8>>>,
    held: BytesMut,
}

impl Redactor {
    /// `spellings` stand longest first.
    pub(super) fn new(spellings: Vec<Zeroizing<Vec<u8>>>) -> Self {
        Self { spellings, held: BytesMut::new() }
    }

    /// Takes a piece, and gives what is surely free of credentials by now.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        let Some(longest) = self.spellings.first().map(|spelling| spelling.len()) else { return piece };
        self.held.extend_from_slice(&piece);
        self.hide();
        let ready = self.held.len().saturating_sub(longest - 1);
        self.held.split_to(ready).freeze()
    }

    /// What was held back at the end.
    pub(super) fn finish(&mut self) -> Bytes {
        self.held.split().freeze()
    }

    /// Hides them in a text of its own.
    pub(super) fn hide_in(&mut self, text: &[u8]) -> Bytes {
        self.held = BytesMut::from(text);
        self.hide();
        self.finish()
    }

    fn hide(&mut self) {
        for spelling in &self.spellings {
            let mut from = 0;
            while let Some(at) = find(&self.held[from..], spelling) {
                self.held[from + at..from + at + spelling.len()].fill(b'*');
                from += at + spelling.len();
            }
        }
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = hay[from..].iter().position(|&byte| byte == first).map(|at| from + at) {
        if hay[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// A response's body under guard. `T` is what is held until it ends: the request's place among those
/// that may be under way.
pub(super) struct Guarded<B, T> {
    inner: B,
    left: usize,
    limit: usize,
    redactor: Redactor,
    patience: Duration,
    deadline: Pin<Box<Sleep>>,
    ended: bool,
    _held: T,
}

impl<B, T> Guarded<B, T> {
    pub(super) fn new(inner: B, limit: usize, redactor: Redactor, patience: Duration, held: T) -> Self {
        let deadline = Box::pin(tokio::time::sleep(patience));
        Self { inner, left: limit, limit, redactor, patience, deadline, ended: false, _held: held }
    }
}

impl<B, T> Body for Guarded<B, T>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Error>,
    T: Unpin,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Pending => {
                    return self.deadline.as_mut().poll(cx).map(|()| {
                        self.ended = true;
                        Some(Err(Error::ConnectionReadTimeout))
                    });
                }
                Poll::Ready(None) => {
                    self.ended = true;
                    let rest = self.redactor.finish();
                    return Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))));
                }
                Poll::Ready(Some(Err(error))) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error.into())));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    let deadline = Instant::now() + self.patience;
                    self.deadline.as_mut().reset(deadline);
                    // Trailers could carry an echo past the redactor, and no vendor needs them.
                    let Ok(data) = frame.into_data() else { continue };
                    match self.left.checked_sub(data.len()) {
                        Some(left) => self.left = left,
                        None => {
                            self.ended = true;
                            let limit = self.limit as u64;
                            return Poll::Ready(Some(Err(Error::HttpResponseBodySize(Some(limit)))));
                        }
                    }
                    let ready = self.redactor.push(data);
                    if !ready.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(ready))));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_hidden_wherever_the_pieces_are_cut() {
        let body = b"token=abcdef123&again=abcdef123";
        for cut in 0..body.len() {
            let mut redactor = Redactor::new(vec![Zeroizing::new(b"abcdef123".to_vec())]);
            let mut seen = redactor.push(Bytes::copy_from_slice(&body[..cut])).to_vec();
            seen.extend_from_slice(&redactor.push(Bytes::copy_from_slice(&body[cut..])));
            seen.extend_from_slice(&redactor.finish());
            assert_eq!(seen, b"token=*********&again=*********", "cut at {cut}");
        }
    }

    #[test]
    fn without_credentials_nothing_is_copied_or_held() {
        let piece = Bytes::from_static(b"hello");
        let mut redactor = Redactor::new(Vec::new());
        assert_eq!(redactor.push(piece.clone()).as_ptr(), piece.as_ptr());
        assert!(redactor.finish().is_empty());
    }
}
