//! Who looked at whom: what a request read of one person, for the audit log.

use axum::extract::RawPathParams;
use http::Method;

use crate::model::id::ProfileId;

/// The routes that show one person, the parameter that names the person, and what the audit log calls it.
const SHOWN: &[(&str, &str, &str)] = &[
    ("/api/v1/profiles/{profile}", "profile", "profile-viewed"),
    ("/api/v1/profiles/{profile}/timeline", "profile", "timeline-viewed"),
    ("/api/v1/profiles/{profile}/explain", "profile", "explanation-viewed"),
    ("/people/{profile}", "profile", "profile-viewed"),
    ("/people/{profile}/explain", "profile", "explanation-viewed"),
    ("/api/v1/conversations/{conversation}", "conversation", "conversation-viewed"),
    ("/api/v1/conversations/{conversation}/messages", "conversation", "conversation-viewed"),
];

/// Whom a request reads, and what the audit log calls that.
pub(super) fn look(
    method: &Method,
    route: &str,
    parameters: &RawPathParams,
) -> Option<(ProfileId, &'static str)> {
    if method != Method::GET {
        return None;
    }
    let (_, parameter, action) = SHOWN.iter().find(|(shown, ..)| *shown == route)?;
    let (_, id) = parameters.iter().find(|(name, _)| name == parameter)?;
    // A conversation has the id of its person under its own prefix.
    let id = id.split_once('_').map_or(id, |(_, rest)| rest);
    Some((format!("prof_{id}").parse().ok()?, action))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::roles;

    #[test]
    fn every_route_that_shows_one_person_is_one_of_the_hubs() {
        for (route, parameter, _) in SHOWN {
            assert!(roles::access(&Method::GET, route).is_some(), "{route}");
            assert!(route.contains(&format!("{{{parameter}}}")), "{route}");
        }
    }
}
