//! The API under `/api/v1`: a file for each noun, its shapes and its routes.

use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::state::Http;

pub mod account;
pub mod audit;
pub mod channel;
pub mod connection;
pub mod consent;
pub mod conversation;
pub mod delivery;
pub mod event;
pub mod export;
pub mod handling;
pub mod identity;
pub mod message;
pub mod order;
pub mod outbox;
pub mod page;
pub mod plugin;
pub mod privacy;
pub mod profile;
pub mod reading;
pub mod schedule;
pub mod search;
pub mod secret;
pub mod shortcut;
pub mod suggestion;
pub mod time;
pub mod timeline;
pub mod token;
pub mod usage;

/// What the description says of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Switchboard",
        description = "Customers, conversations, orders and connections of one hub.\n\n\
            Send `Authorization: Bearer TOKEN`. A token's role is `read-only`, `agent`, `supervisor`, `operator` or `owner`, \
            each may all that the one before it may. A token may have scopes (`people:read`, `plugins:write`: the area of \
            a route, and `write` for whatever is no GET), which confine it further, and an end, after which it is \
            refused with 401. Whoever is signed in with a browser may use the API, too, with the session's cookie and the \
            header `x-csrf-token`. Lists come in pages: follow `next`. Errors are RFC 9457 \
            problem details. Times are RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("token" = [])),
    modifiers(&Tokens),
    components(schemas(super::problem::Problem)),
    tags(
        (name = "profiles", description = "People, and what happened with them"),
        (name = "conversations", description = "Messages, read and written"),
        (name = "orders", description = "Orders with their parcels, refunds and payments"),
        (name = "events", description = "What happens, as it happens"),
        (name = "connections", description = "Installed plugins with settings and secrets"),
        (name = "plugins", description = "What can be connected, and what it wants"),
        (name = "audit", description = "Who did what, and when"),
        (name = "deliveries", description = "What came in, and trying again"),
        (name = "accounts", description = "People who work with the hub, and their teams"),
        (name = "tokens", description = "Who may use this API")
    )
)]
struct Description;

struct Tokens;

impl utoipa::Modify for Tokens {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Every route of the API with its description. `most` is the largest plugin that can be installed, in bytes.
pub(super) fn routes(most: usize) -> OpenApiRouter<Http> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(profile::list))
        .routes(routes!(profile::one))
        .routes(routes!(search::list))
        .routes(routes!(identity::explain))
        .routes(routes!(identity::merge))
        .routes(routes!(identity::split))
        .routes(routes!(identity::undo))
        .routes(routes!(consent::record))
        .routes(routes!(suggestion::list))
        .routes(routes!(suggestion::of_one))
        .routes(routes!(suggestion::confirm))
        .routes(routes!(suggestion::reject))
        .routes(routes!(export::one))
        .routes(routes!(privacy::erase))
        .routes(routes!(privacy::requests))
        .routes(routes!(privacy::answer))
        .routes(routes!(timeline::list))
        .routes(routes!(conversation::list))
        .routes(routes!(conversation::counts))
        .routes(routes!(conversation::one))
        .routes(routes!(handling::act))
        .routes(routes!(handling::act_on_many))
        .routes(routes!(reading::read, reading::unread))
        .routes(routes!(reading::draft, reading::keep_draft))
        .routes(routes!(shortcut::list, shortcut::create))
        .routes(routes!(shortcut::remove))
        .routes(routes!(shortcut::filled))
        .routes(routes!(shortcut::run))
        .routes(routes!(channel::list))
        .routes(routes!(outbox::take_back))
        .routes(routes!(outbox::try_again))
        .routes(routes!(message::list, message::send))
        .routes(routes!(message::one))
        .routes(routes!(outbox::one))
        .routes(routes!(order::list))
        .routes(routes!(order::one))
        .routes(routes!(event::stream))
        .routes(routes!(connection::list, connection::create))
        .routes(routes!(connection::one, connection::remove))
        .routes(routes!(connection::pause))
        .routes(routes!(connection::resume))
        .routes(routes!(connection::limit))
        .routes(routes!(secret::replace))
        .routes(routes!(schedule::set))
        .routes(routes!(connection::region))
        .routes(routes!(connection::act))
        .routes(routes!(plugin::list, plugin::install).layer(DefaultBodyLimit::max(most)))
        .routes(routes!(plugin::one, plugin::remove))
        .routes(routes!(plugin::approve))
        .routes(routes!(plugin::revoke))
        .routes(routes!(plugin::upgrade))
        .routes(routes!(plugin::roll_back))
        .routes(routes!(audit::list))
        .routes(routes!(usage::plugin))
        .routes(routes!(usage::connection))
        .routes(routes!(delivery::list))
        .routes(routes!(delivery::one))
        .routes(routes!(delivery::replay))
        .routes(routes!(delivery::replay_many))
        .routes(routes!(delivery::discard))
        .routes(routes!(account::list))
        .routes(routes!(account::teams))
        .routes(routes!(token::list, token::create))
        .routes(routes!(token::revoke))
}
