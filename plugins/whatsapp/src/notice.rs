//! What Meta says of the account, its numbers and its templates, for the operator to see.

use switchboard_sdk::events::Notice;
use switchboard_sdk::lenient::{array, members, words};

/// The fields of the webhook that are about the business itself, and what each is about in words.
const FIELDS: &[(&str, &str)] = &[
    ("account_alerts", "Account alert"),
    ("account_review_update", "Account review"),
    ("account_settings_update", "Account settings"),
    ("account_update", "Account"),
    ("business_capability_update", "Business limits"),
    ("business_status_update", "Business status"),
    ("business_username_update", "Business username"),
    ("flows", "Flow"),
    ("message_template_components_update", "Template content"),
    ("message_template_quality_update", "Template quality"),
    ("message_template_status_update", "Template"),
    ("partner_solutions", "Partner solution"),
    ("payment_configuration_update", "Payment configuration"),
    ("phone_number_name_update", "Display name"),
    ("phone_number_quality_update", "Phone number quality"),
    ("security", "Security"),
    ("template_category_update", "Template category"),
    ("template_correct_category_detection", "Template category"),
];

/// Which members say what happened, the best first.
const NEWS: &[&str] = &[
    "event",
    "decision",
    "status",
    "new_status",
    "new_quality_score",
    "new_category",
    "correct_category",
    "alert_info.alert_type",
    "alert_type",
    "max_daily_conversations_per_business",
    "max_daily_conversation_per_phone",
];

/// Which members say to what it happened, the best first.
const NAMES: &[&str] = &[
    "message_template_name",
    "username",
    "requested_verified_name",
    "entity_id",
    "configuration_name",
    "solution_id",
    "flow_id",
    "display_phone_number",
    "phone_number",
];

const GOOD: &[&str] =
    &["APPROVED", "VERIFIED", "REINSTATE", "UNBAN", "UNLOCK", "UNPAUSE", "GREEN", "ENABLED"];
const BAD: &[&str] = &[
    "REJECT",
    "DISABLE",
    "BANNED",
    "RESTRICT",
    "VIOLATION",
    "DELETE",
    "REMOVED",
    "LOCK",
    "CRITICAL",
    "DENIED",
    "DECLINED",
    "FAILED",
    "RED",
];
const DOUBTFUL: &[&str] = &[
    "FLAG",
    "PAUSED",
    "PENDING_DELETION",
    "LIMIT_EXCEEDED",
    "DOWNGRADE",
    "YELLOW",
    "WARNING",
    "PIN_",
    "THROTTLED",
    "BLOCKED",
    "APPEAL",
];

/// The notice that a change of such a field makes; `None` for a field about something else.
pub(crate) fn notice(field: &str, value: &str) -> Option<Notice> {
    let (_, about) = FIELDS.iter().find(|(name, _)| *name == field)?;
    let mut facts = Vec::new();
    flatten("", value, &mut facts);
    let first = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| facts.iter().find(|(path, _)| path == name))
            .map_or("", |(_, fact)| fact.as_str())
    };
    let (name, news) = (first(NAMES), first(NEWS));
    let mut title = (*about).to_owned();
    if !name.is_empty() {
        title.push_str(&format!(" {name}"));
    }
    if !news.is_empty() {
        title.push_str(&format!(": {news}"));
    }
    let loud =
        format!("{news} {}", first(&["alert_info.alert_severity", "alert_severity"])).to_ascii_uppercase();
    let lines: Vec<String> = facts.iter().map(|(path, fact)| format!("{path}: {fact}")).collect();
    Some(Notice {
        severity: severity(&loud).to_owned(),
        title,
        detail: (!lines.is_empty()).then(|| lines.join("\n")),
    })
}

fn severity(words: &str) -> &'static str {
    let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if says(GOOD) && !says(&["UNVERIFIED", "NOT_VERIFIED"]) {
        "info"
    } else if says(DOUBTFUL) {
        "warning"
    } else if says(BAD) {
        "error"
    } else {
        "info"
    }
}

/// Every scalar in a document, with the dotted path to it; `null` is nothing.
fn flatten(path: &str, document: &str, facts: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(members) = members(document) {
        members.iter().for_each(|(name, raw)| flatten(&below(name), raw.get(), facts));
    } else if let Some(elements) = array(document) {
        elements.iter().enumerate().for_each(|(at, raw)| flatten(&below(&at.to_string()), raw.get(), facts));
    } else if document.trim() != "null" {
        facts.push((path.to_owned(), words(document).into_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_template_is_an_error_with_its_reason() {
        let value = r#"{"event":"REJECTED","message_template_id":9007199254740993,"message_template_name":"parcel_late","reason":"SCAM","x":null}"#;
        let notice = notice("message_template_status_update", value).unwrap();
        assert_eq!((&*notice.severity, &*notice.title), ("error", "Template parcel_late: REJECTED"));
        assert!(notice.detail.unwrap().contains(
            "message_template_id: 9007199254740993\nmessage_template_name: parcel_late\nreason: SCAM"
        ));
    }

    #[test]
    fn severity_follows_the_news() {
        let of = |news: &str| notice("account_update", &format!(r#"{{"event":"{news}"}}"#)).unwrap().severity;
        assert_eq!(of("VERIFIED_ACCOUNT"), "info");
        assert_eq!(of("DISABLED_UPDATE"), "error");
        assert_eq!(of("ACCOUNT_RESTRICTION"), "error");
        assert_eq!(of("FLAGGED"), "warning");
        assert_eq!(of("REINSTATE"), "info");
        assert_eq!(of("BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE"), "info");
    }

    #[test]
    fn a_field_about_something_else_is_no_notice() {
        assert_eq!(notice("automatic_events", "{}"), None);
    }
}
