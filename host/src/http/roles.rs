//! Who may do what: one table, a row for every route of the hub.

use http::Method;

use crate::model::scope::{Area, Scope};
use crate::model::token::Role;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody: it proves itself in another way, or tells nothing.
    Open,
    /// Strangers who may become somebody: signing in and set-up. A form of it must come from the hub's own page.
    Door,
    /// Whoever is signed in, for what is their own. A token is nobody's, so none is let in.
    Own,
    /// The same, also while a second factor that the account must have is not set up.
    Enrol,
    /// Accounts and tokens of this role or a greater one; a token with scopes needs one for the area.
    Least(Role, Area),
    /// Everybody where `http.open_metrics` says so, else as if it were `Least(ReadOnly, Metrics)`.
    Metrics,
}

use Access::{Door, Enrol, Least, Metrics, Open, Own};
use Area::{
    Accounts, Audit, Connections, Conversations, Deliveries, Events, Orders, Pages, People, Plugins, Privacy,
    Tokens,
};
use Role::{Agent, Operator, Owner, ReadOnly, Supervisor};

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
    ("GET", "/api/v1/profiles", Least(ReadOnly, People)),
    ("GET", "/api/v1/search", Least(ReadOnly, People)),
    ("GET", "/api/v1/profiles/{profile}", Least(ReadOnly, People)),
    ("GET", "/api/v1/profiles/{profile}/timeline", Least(ReadOnly, People)),
    ("GET", "/api/v1/profiles/{profile}/explain", Least(ReadOnly, People)),
    ("POST", "/api/v1/profiles/{profile}/merge", Least(Agent, People)),
    ("POST", "/api/v1/profiles/{profile}/split", Least(Agent, People)),
    ("POST", "/api/v1/profiles/{profile}/consents", Least(Agent, People)),
    ("POST", "/api/v1/decisions/{event}/undo", Least(Agent, People)),
    ("GET", "/api/v1/suggestions", Least(ReadOnly, People)),
    ("GET", "/api/v1/profiles/{profile}/suggestions", Least(ReadOnly, People)),
    ("POST", "/api/v1/suggestions/{suggestion}/confirm", Least(Agent, People)),
    ("POST", "/api/v1/suggestions/{suggestion}/reject", Least(Agent, People)),
    ("GET", "/api/v1/profiles/{profile}/export", Least(Operator, Privacy)),
    ("POST", "/api/v1/profiles/{profile}/erase", Least(Owner, Privacy)),
    ("GET", "/api/v1/privacy/requests", Least(Operator, Privacy)),
    ("POST", "/api/v1/privacy/requests/{event}/answer", Least(Operator, Privacy)),
    ("GET", "/api/v1/conversations", Least(ReadOnly, Conversations)),
    ("GET", "/api/v1/conversations/counts", Least(ReadOnly, Conversations)),
    ("POST", "/api/v1/conversations/actions", Least(Agent, Conversations)),
    ("GET", "/api/v1/conversations/{conversation}", Least(ReadOnly, Conversations)),
    ("POST", "/api/v1/conversations/{conversation}/actions", Least(Agent, Conversations)),
    ("PUT", "/api/v1/conversations/{conversation}/read", Least(ReadOnly, Conversations)),
    ("DELETE", "/api/v1/conversations/{conversation}/read", Least(ReadOnly, Conversations)),
    ("GET", "/api/v1/conversations/{conversation}/draft", Least(Agent, Conversations)),
    ("PUT", "/api/v1/conversations/{conversation}/draft", Least(Agent, Conversations)),
    ("GET", "/api/v1/conversations/{conversation}/templates/{shortcut}", Least(Agent, Conversations)),
    ("POST", "/api/v1/conversations/{conversation}/macros/{shortcut}", Least(Agent, Conversations)),
    ("GET", "/api/v1/shortcuts", Least(ReadOnly, Conversations)),
    ("POST", "/api/v1/shortcuts", Least(Agent, Conversations)),
    ("DELETE", "/api/v1/shortcuts/{shortcut}", Least(Agent, Conversations)),
    ("GET", "/api/v1/profiles/{profile}/channels", Least(ReadOnly, Conversations)),
    ("POST", "/api/v1/outbox/{item}/take-back", Least(Agent, Conversations)),
    ("POST", "/api/v1/outbox/{item}/retry", Least(Agent, Conversations)),
    ("GET", "/api/v1/conversations/{conversation}/messages", Least(ReadOnly, Conversations)),
    ("POST", "/api/v1/conversations/{conversation}/messages", Least(Agent, Conversations)),
    ("GET", "/api/v1/messages/{message}", Least(ReadOnly, Conversations)),
    ("GET", "/api/v1/outbox/{item}", Least(ReadOnly, Conversations)),
    ("GET", "/api/v1/orders", Least(ReadOnly, Orders)),
    ("GET", "/api/v1/orders/{connection}/{vendor_id}", Least(ReadOnly, Orders)),
    ("GET", "/api/v1/events", Least(ReadOnly, Events)),
    ("GET", "/api/v1/connections", Least(Operator, Connections)),
    ("POST", "/api/v1/connections", Least(Operator, Connections)),
    ("GET", "/api/v1/connections/{connection}", Least(Operator, Connections)),
    ("DELETE", "/api/v1/connections/{connection}", Least(Operator, Connections)),
    ("POST", "/api/v1/connections/{connection}/pause", Least(Operator, Connections)),
    ("POST", "/api/v1/connections/{connection}/resume", Least(Operator, Connections)),
    ("PATCH", "/api/v1/connections/{connection}/limits", Least(Operator, Connections)),
    ("PUT", "/api/v1/connections/{connection}/secrets/{name}", Least(Operator, Connections)),
    ("PUT", "/api/v1/connections/{connection}/schedule", Least(Operator, Connections)),
    ("PUT", "/api/v1/connections/{connection}/region", Least(Operator, Connections)),
    ("POST", "/api/v1/connections/{connection}/actions/{name}", Least(Agent, Connections)),
    ("GET", "/api/v1/plugins", Least(Operator, Plugins)),
    ("POST", "/api/v1/plugins", Least(Operator, Plugins)),
    ("GET", "/api/v1/plugins/{plugin}", Least(Operator, Plugins)),
    ("DELETE", "/api/v1/plugins/{plugin}", Least(Operator, Plugins)),
    ("POST", "/api/v1/plugins/{plugin}/approve", Least(Operator, Plugins)),
    ("POST", "/api/v1/plugins/{plugin}/revoke", Least(Operator, Plugins)),
    ("POST", "/api/v1/plugins/{plugin}/rollback", Least(Operator, Plugins)),
    ("POST", "/api/v1/plugins/{plugin}/upgrade", Least(Operator, Plugins)),
    ("GET", "/api/v1/audit", Least(Operator, Audit)),
    ("GET", "/api/v1/plugins/{plugin}/usage", Least(Operator, Plugins)),
    ("GET", "/api/v1/connections/{connection}/usage", Least(Operator, Connections)),
    ("GET", "/api/v1/deliveries", Least(Operator, Deliveries)),
    ("GET", "/api/v1/deliveries/{delivery}", Least(Operator, Deliveries)),
    ("POST", "/api/v1/deliveries/{delivery}/replay", Least(Operator, Deliveries)),
    ("POST", "/api/v1/deliveries/{delivery}/discard", Least(Operator, Deliveries)),
    ("POST", "/api/v1/deliveries/replay", Least(Operator, Deliveries)),
    ("GET", "/api/v1/accounts", Least(Agent, Accounts)),
    ("GET", "/api/v1/teams", Least(Agent, Accounts)),
    ("GET", "/api/v1/tokens", Least(Owner, Tokens)),
    ("POST", "/api/v1/tokens", Least(Owner, Tokens)),
    ("DELETE", "/api/v1/tokens/{token}", Least(Owner, Tokens)),
    ("GET", "/assets/{hash}/{file}", Open),
    ("GET", "/", Least(ReadOnly, Pages)),
    ("GET", "/start", Least(Operator, Pages)),
    ("GET", "/inbox", Least(ReadOnly, Pages)),
    ("POST", "/inbox/actions", Least(Agent, Pages)),
    ("GET", "/conversations/{conversation}", Least(ReadOnly, Pages)),
    ("POST", "/conversations/{conversation}/reply", Least(Agent, Pages)),
    ("POST", "/conversations/{conversation}/note", Least(Agent, Pages)),
    ("POST", "/conversations/{conversation}/actions", Least(Agent, Pages)),
    ("POST", "/conversations/{conversation}/take-back/{item}", Least(Agent, Pages)),
    ("POST", "/conversations/{conversation}/retry/{item}", Least(Agent, Pages)),
    ("GET", "/people", Least(ReadOnly, Pages)),
    ("GET", "/people/{profile}", Least(ReadOnly, Pages)),
    ("GET", "/people/{profile}/explain", Least(ReadOnly, Pages)),
    ("GET", "/people/{profile}/merge", Least(Agent, Pages)),
    ("POST", "/people/{profile}/merge", Least(Agent, Pages)),
    ("GET", "/people/{profile}/split", Least(Agent, Pages)),
    ("POST", "/people/{profile}/split", Least(Agent, Pages)),
    ("GET", "/people/{profile}/consents", Least(Agent, Pages)),
    ("POST", "/people/{profile}/consents", Least(Agent, Pages)),
    ("GET", "/people/{profile}/export", Least(Operator, Pages)),
    ("GET", "/people/{profile}/erase", Least(Owner, Pages)),
    ("POST", "/people/{profile}/erase", Least(Owner, Pages)),
    ("POST", "/decisions/{event}/undo", Least(Agent, Pages)),
    ("GET", "/suggestions", Least(ReadOnly, Pages)),
    ("POST", "/suggestions/{suggestion}/confirm", Least(Agent, Pages)),
    ("POST", "/suggestions/{suggestion}/reject", Least(Agent, Pages)),
    ("GET", "/orders", Least(ReadOnly, Pages)),
    ("GET", "/orders/{connection}/{vendor_id}", Least(ReadOnly, Pages)),
    ("GET", "/plugins", Least(Operator, Pages)),
    ("GET", "/plugins/{plugin}", Least(Operator, Pages)),
    ("POST", "/plugins/{plugin}/approve", Least(Operator, Pages)),
    ("POST", "/plugins/{plugin}/upgrade", Least(Operator, Pages)),
    ("POST", "/plugins/{plugin}/rollback", Least(Operator, Pages)),
    ("POST", "/plugins/{plugin}/revoke", Least(Operator, Pages)),
    ("GET", "/plugins/{plugin}/remove", Least(Operator, Pages)),
    ("POST", "/plugins/{plugin}/remove", Least(Operator, Pages)),
    ("GET", "/connections", Least(Operator, Pages)),
    ("GET", "/connections/new", Least(Operator, Pages)),
    ("GET", "/connections/new/{plugin}", Least(Operator, Pages)),
    ("POST", "/connections/new/{plugin}", Least(Operator, Pages)),
    ("GET", "/connections/{connection}", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/pause", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/resume", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/limits", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/schedule", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/region", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/secrets/{name}", Least(Operator, Pages)),
    ("GET", "/connections/{connection}/remove", Least(Operator, Pages)),
    ("POST", "/connections/{connection}/remove", Least(Operator, Pages)),
    ("GET", "/deliveries", Least(Operator, Pages)),
    ("POST", "/deliveries/replay", Least(Operator, Pages)),
    ("GET", "/deliveries/{delivery}", Least(Operator, Pages)),
    ("POST", "/deliveries/{delivery}/replay", Least(Operator, Pages)),
    ("POST", "/deliveries/{delivery}/discard", Least(Operator, Pages)),
    ("GET", "/audit", Least(Operator, Pages)),
    ("GET", "/settings", Least(ReadOnly, Pages)),
    ("POST", "/settings/appearance", Least(ReadOnly, Pages)),
    ("GET", "/sign-in", Door),
    ("POST", "/sign-in", Door),
    ("GET", "/sign-in/second-factor", Door),
    ("POST", "/sign-in/second-factor", Door),
    ("GET", "/sign-in/oidc", Door),
    ("GET", "/sign-in/oidc/callback", Door),
    ("GET", "/setup/{token}", Door),
    ("POST", "/setup/{token}", Door),
    ("POST", "/sign-out", Enrol),
    ("GET", "/account", Own),
    ("POST", "/account", Own),
    ("POST", "/account/password", Own),
    ("POST", "/account/sessions/{session}/end", Own),
    ("POST", "/account/sessions/end", Own),
    ("GET", "/account/second-factor", Enrol),
    ("POST", "/account/second-factor", Enrol),
    ("GET", "/account/second-factor/code.svg", Enrol),
    ("POST", "/account/second-factor/remove", Own),
    ("POST", "/account/second-factor/codes", Own),
    ("GET", "/settings/team", Least(Supervisor, Pages)),
    ("POST", "/settings/team/invite", Least(Owner, Pages)),
    ("POST", "/settings/team/members/{account}/role", Least(Owner, Pages)),
    ("POST", "/settings/team/members/{account}/disable", Least(Owner, Pages)),
    ("POST", "/settings/team/members/{account}/enable", Least(Owner, Pages)),
    ("POST", "/settings/team/members/{account}/link", Least(Owner, Pages)),
    ("POST", "/settings/teams", Least(Supervisor, Pages)),
    ("POST", "/settings/teams/{team}", Least(Supervisor, Pages)),
    ("POST", "/settings/teams/{team}/remove", Least(Supervisor, Pages)),
    ("GET", "/settings/tokens", Least(Owner, Pages)),
    ("POST", "/settings/tokens", Least(Owner, Pages)),
    ("POST", "/settings/tokens/{token}/revoke", Least(Owner, Pages)),
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

/// What a token with scopes needs one for, to use a method in an area.
#[must_use]
pub fn needed(method: &Method, area: Area) -> Scope {
    Scope { area, write: !method.is_safe() }
}

/// The methods that a route takes.
#[must_use]
pub fn methods(pattern: &str) -> Vec<&'static str> {
    TABLE.iter().filter(|(_, path, _)| *path == pattern).map(|(method, _, _)| *method).collect()
}
