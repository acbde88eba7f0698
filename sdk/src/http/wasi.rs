//! One exchange over `wasi:http`.
//!
//! Handles that the protocol does not need dropped are forgotten: an instance lives for one call, and the
//! host clears its table with it. Whatever is imported, each kind of handle's drop included, costs every
//! fresh instance a little, used or not: all of this about 4 µs.

use core::mem::{ManuallyDrop, forget};

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

use super::{Request, Response, split};
use crate::error::{Error, Result};
use crate::events::Pair;

pub(super) fn exchange(request: Request) -> Result<Response> {
    let Some((secure, authority, path)) = split(&request.url) else {
        return Err(Error::other("not an http or https URL"));
    };
    let refused = |what| Error::other(format!("{what} in a request to {authority}"));
    let mut fields: Vec<(String, Vec<u8>)> = Vec::with_capacity(request.headers.len() + 1);
    for header in request.headers {
        fields.push((header.name, header.value.into_bytes()));
    }
    if !request.body.is_empty() {
        let length = request.body.len().to_string();
        fields.push(("content-length".to_owned(), length.into_bytes()));
    }
    let fields = Fields::from_list(&fields).map_err(|_| refused("a bad header"))?;
    let outgoing = ManuallyDrop::new(OutgoingRequest::new(fields));
    let scheme = if secure { Scheme::Https } else { Scheme::Http };
    let slash = if path.starts_with('/') { "" } else { "/" };
    outgoing
        .set_method(&method(request.method))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&format!("{slash}{path}"))))
        .map_err(|()| refused("a bad method, host or path"))?;
    let body = ManuallyDrop::new(outgoing.body().map_err(|()| refused("no body"))?);

    let future = handle(ManuallyDrop::into_inner(outgoing), None).map_err(failure)?;
    let future = ManuallyDrop::new(future);
    let stream = body.write().map_err(|()| refused("no body"))?;
    for chunk in request.body.chunks(4096) {
        match stream.blocking_write_and_flush(chunk) {
            Ok(()) => {}
            // The other side hung up early; its answer, or the error, says why.
            Err(StreamError::LastOperationFailed(why)) => {
                forget(why);
                break;
            }
            Err(StreamError::Closed) => break,
        }
    }
    drop(stream);
    // An error here is one of the exchange, which the answer tells.
    forget(OutgoingBody::finish(ManuallyDrop::into_inner(body), None));

    let answer = future.get().or_else(|| {
        let ready = ManuallyDrop::new(future.subscribe());
        ready.block();
        future.get()
    });
    let answer = answer.and_then(|once| once.ok()).ok_or_else(|| refused("no answer"))?;
    let answer = ManuallyDrop::new(answer.map_err(failure)?);
    let headers = ManuallyDrop::new(answer.headers()).entries().into_iter();
    let headers = headers.map(|(name, value)| Pair { name, value: text(value) }).collect();
    let incoming = ManuallyDrop::new(answer.consume().map_err(|()| refused("no answer body"))?);
    let stream = ManuallyDrop::new(incoming.stream().map_err(|()| refused("no answer body"))?);
    let mut body = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(chunk) if body.is_empty() => body = chunk,
            Ok(chunk) => body.extend_from_slice(&chunk),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(why)) => {
                forget(why);
                return Err(refused("the answer broke off"));
            }
        }
    }
    Ok(Response { status: answer.status(), headers, body })
}

/// Bytes as text; what is no UTF-8 becomes U+FFFD.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn method(name: String) -> Method {
    match name.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "PATCH" => Method::Patch,
        "OPTIONS" => Method::Options,
        _ => Method::Other(name),
    }
}

/// What a failed exchange means: only what certainly happened before the request left may be retried.
fn failure(code: ErrorCode) -> Error {
    match code {
        ErrorCode::HttpRequestDenied => Error::AccessDenied(
            "the host is not among those granted: name it under [[hosts]] in plugin.toml".to_owned(),
        ),
        ErrorCode::DestinationIpProhibited => {
            Error::AccessDenied("the host's address is private or reserved".to_owned())
        }
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsAlertReceived(_) => Error::Retry(None),
        ErrorCode::TlsCertificateError => {
            Error::misconfigured("the other side's TLS certificate is not valid")
        }
        ErrorCode::ConfigurationError => Error::misconfigured(
            "a secret or access token that the request needs is not set or was refused; the hub's log says which",
        ),
        ErrorCode::HttpResponseTimeout | ErrorCode::ConnectionReadTimeout => {
            Error::other("the other side did not answer in time")
        }
        ErrorCode::InternalError(Some(why)) => Error::other(format!("the exchange failed: {why}")),
        _ => Error::other("the exchange broke off"),
    }
}
