//! The description of the API, and the page that shows it without reaching for the network.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CONTENT_TYPE, HeaderValue};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use super::extract::Path;
use super::problem::Problem;
use super::state::Http;

const OPENAPI: &str = "/api/v1/openapi.json";

/// Ours instead of the library's, which a phone would show at the width of a desk.
const PAGE: &str = include_str!("../../assets/api-docs.html");

/// The routes of both.
pub(super) fn routes(openapi: OpenApi) -> Router<Http> {
    let openapi = Arc::new(openapi);
    let config = Arc::new(
        Config::from(OPENAPI).validator_url("none").persist_authorization(false).try_it_out_enabled(true),
    );
    let files = get(move |State(_): State<Http>, Path(path): Path<String>| {
        let config = config.clone();
        async move { file(&path, config) }
    });
    Router::new()
        .route(OPENAPI, get(move || async move { Json((*openapi).clone()) }))
        .route("/api/docs", get(|| async { Redirect::permanent("/api/docs/") }))
        .route("/api/docs/", get(|| async { Html(PAGE) }))
        .route("/api/docs/index.html", get(|| async { Html(PAGE) }))
        .route("/api/docs/{*rest}", files)
}

/// A file of the page; it comes with the binary.
fn file(path: &str, config: Arc<Config<'static>>) -> Result<Response, Problem> {
    let found = utoipa_swagger_ui::serve(path, config)
        .map_err(|error| Problem::internal(error.as_ref()))?
        .ok_or_else(|| Problem::not_found("the page has no such file"))?;
    let mime = HeaderValue::try_from(found.content_type);
    let mut response = Body::from(match found.bytes {
        Cow::Borrowed(bytes) => bytes::Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    })
    .into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    Ok(response)
}
