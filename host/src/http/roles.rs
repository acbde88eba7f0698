//! Who may do what: one table, a row for every route of the hub.

use http::Method;

use crate::model::token::Role;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody: it proves itself in another way, or tells nothing.
    Open,
    /// Holders of a token of this role or a greater one.
    Least(Role),
    /// Everybody where `http.open_metrics` says so, else holders of any token.
    Metrics,
}

use Access::{Least, Metrics, Open};
use Role::{Agent, Operator, Owner, ReadOnly};

/// A row: the method (`*` is every one), the route's pattern, who may use it.
pub type Row = (&'static str, &'static str, Access);

/// The table. A route without a row is refused, and a test fails.
pub const TABLE: &[Row] = &[
    ("*", "/hooks/{connection}", Open),
    ("*", "/hooks/{connection}/", Open),
    ("*", "/hooks/{connection}/{*rest}", Open),
    ("GET", "/hooks/{connection}/assets/{*path}", Open),
    ("GET", "/hooks/{connection}/live", Open),
    ("GET", "/healthz", Open),
    ("GET", "/readyz", Open),
    ("GET", "/metrics", Metrics),
    ("GET", "/api/docs", Open),
    ("GET", "/api/docs/", Open),
    ("GET", "/api/docs/index.html", Open),
    ("GET", "/api/docs/{*rest}", Open),
    ("GET", "/api/v1/openapi.json", Open),
    ("GET", "/api/v1/profiles", Least(ReadOnly)),
    ("GET", "/api/v1/search", Least(ReadOnly)),
    ("GET", "/api/v1/profiles/{profile}", Least(ReadOnly)),
    ("GET", "/api/v1/profiles/{profile}/timeline", Least(ReadOnly)),
    ("GET", "/api/v1/profiles/{profile}/explain", Least(ReadOnly)),
    ("POST", "/api/v1/profiles/{profile}/merge", Least(Agent)),
    ("POST", "/api/v1/profiles/{profile}/split", Least(Agent)),
    ("POST", "/api/v1/profiles/{profile}/consents", Least(Agent)),
    ("POST", "/api/v1/decisions/{event}/undo", Least(Agent)),
    ("GET", "/api/v1/suggestions", Least(ReadOnly)),
    ("GET", "/api/v1/profiles/{profile}/suggestions", Least(ReadOnly)),
    ("POST", "/api/v1/suggestions/{suggestion}/confirm", Least(Agent)),
    ("POST", "/api/v1/suggestions/{suggestion}/reject", Least(Agent)),
    ("GET", "/api/v1/profiles/{profile}/export", Least(Operator)),
    ("POST", "/api/v1/profiles/{profile}/erase", Least(Owner)),
    ("GET", "/api/v1/privacy/requests", Least(Operator)),
    ("POST", "/api/v1/privacy/requests/{event}/answer", Least(Operator)),
    ("GET", "/api/v1/conversations", Least(ReadOnly)),
    ("GET", "/api/v1/conversations/{conversation}", Least(ReadOnly)),
    ("GET", "/api/v1/conversations/{conversation}/messages", Least(ReadOnly)),
    ("POST", "/api/v1/conversations/{conversation}/messages", Least(Agent)),
    ("GET", "/api/v1/messages/{message}", Least(ReadOnly)),
    ("GET", "/api/v1/outbox/{item}", Least(ReadOnly)),
    ("GET", "/api/v1/orders", Least(ReadOnly)),
    ("GET", "/api/v1/orders/{connection}/{vendor_id}", Least(ReadOnly)),
    ("GET", "/api/v1/events", Least(ReadOnly)),
    ("GET", "/api/v1/connections", Least(Operator)),
    ("POST", "/api/v1/connections", Least(Operator)),
    ("GET", "/api/v1/connections/{connection}", Least(Operator)),
    ("DELETE", "/api/v1/connections/{connection}", Least(Operator)),
    ("POST", "/api/v1/connections/{connection}/pause", Least(Operator)),
    ("POST", "/api/v1/connections/{connection}/resume", Least(Operator)),
    ("PATCH", "/api/v1/connections/{connection}/limits", Least(Operator)),
    ("PUT", "/api/v1/connections/{connection}/secrets/{name}", Least(Operator)),
    ("PUT", "/api/v1/connections/{connection}/schedule", Least(Operator)),
    ("PUT", "/api/v1/connections/{connection}/region", Least(Operator)),
    ("POST", "/api/v1/connections/{connection}/actions/{name}", Least(Agent)),
    ("GET", "/api/v1/plugins", Least(Operator)),
    ("POST", "/api/v1/plugins", Least(Operator)),
    ("GET", "/api/v1/plugins/{plugin}", Least(Operator)),
    ("DELETE", "/api/v1/plugins/{plugin}", Least(Operator)),
    ("POST", "/api/v1/plugins/{plugin}/approve", Least(Operator)),
    ("POST", "/api/v1/plugins/{plugin}/revoke", Least(Operator)),
    ("POST", "/api/v1/plugins/{plugin}/rollback", Least(Operator)),
    ("POST", "/api/v1/plugins/{plugin}/upgrade", Least(Operator)),
    ("GET", "/api/v1/audit", Least(Operator)),
    ("GET", "/api/v1/plugins/{plugin}/usage", Least(Operator)),
    ("GET", "/api/v1/connections/{connection}/usage", Least(Operator)),
    ("GET", "/api/v1/deliveries", Least(Operator)),
    ("GET", "/api/v1/deliveries/{delivery}", Least(Operator)),
    ("POST", "/api/v1/deliveries/{delivery}/replay", Least(Operator)),
    ("POST", "/api/v1/deliveries/{delivery}/discard", Least(Operator)),
    ("POST", "/api/v1/deliveries/replay", Least(Operator)),
    ("GET", "/api/v1/tokens", Least(Owner)),
    ("POST", "/api/v1/tokens", Least(Owner)),
    ("DELETE", "/api/v1/tokens/{token}", Least(Owner)),
    ("GET", "/assets/{hash}/{file}", Open),
    ("GET", "/", Least(ReadOnly)),
];

/// Who may use a route with a method; a `HEAD` is a `GET` without the body. `None`: there is no row.
#[must_use]
pub fn access(method: &Method, pattern: &str) -> Option<Access> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    TABLE
        .iter()
        .find(|(of, path, _)| *path == pattern && (*of == "*" || *of == method))
        .map(|(_, _, access)| *access)
}

/// The methods that a route takes.
#[must_use]
pub fn methods(pattern: &str) -> Vec<&'static str> {
    TABLE.iter().filter(|(_, path, _)| *path == pattern).map(|(method, _, _)| *method).collect()
}
