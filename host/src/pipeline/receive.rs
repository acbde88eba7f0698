//! A request comes in.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

/// A request to a connection, as whoever serves HTTP read it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The method.
    pub method: Method,
    /// What follows `/hooks/{connection}`, undecoded: empty, or it begins with `/`.
    pub path: String,
    /// The query as it was received, without `?`; empty when there is none.
    pub raw_query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte by byte.
    pub body: Bytes,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}
