//! Who looked at whom: what a request read of one person, for the audit log.

use axum::extract::RawPathParams;
use http::Method;

use crate::model::id::ProfileId;

/// The routes that show one person, the parameter that names the person, and what the audit log calls it. Routes of
/// a conversation say themselves whose it is.
const SHOWN: &[(&str, &str, &str)] = &[
    ("/api/v1/profiles/{profile}", "profile", "profile-viewed"),
    ("/api/v1/profiles/{profile}/timeline", "profile", "timeline-viewed"),
    ("/api/v1/profiles/{profile}/explain", "profile", "explanation-viewed"),
    ("/people/{profile}", "profile", "profile-viewed"),
    ("/people/{profile}/explain", "profile", "explanation-viewed"),
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
    Some((id.parse().ok()?, action))
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
