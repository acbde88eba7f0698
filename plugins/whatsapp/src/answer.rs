//! What Meta answers to a request to send: taken, or why not and whether to try again.
//!
//! The codes are those of Meta's page "Error codes" of the WhatsApp Business Platform.

use switchboard_sdk::http::Response;
use switchboard_sdk::json::Raw;
use switchboard_sdk::sender::{Content, Outbound, Receipt};
use switchboard_sdk::{Error, Result, lenient, record, time};

use crate::field::{List, Text};
use crate::payload::{Contact, Fault};

/// Reads the answer.
pub(crate) fn read(message: &Outbound, response: &Response) -> Result<Receipt> {
    let text = response.text();
    let answer: Answer<'_> = lenient::read(&text).unwrap_or_default();
    if let Some(fault) = answer.error.map(lenient::part) {
        return Err(refusal(&fault, response, message.attempt));
    }
    match (response.status, &message.content) {
        (200..=299, Content::ReadReceipt(id)) => Ok(Receipt::new(id.as_str())),
        (200..=299, _) => {
            receipt(&answer).ok_or_else(|| Error::other("WhatsApp answered without a message id."))
        }
        (429 | 503, _) => Err(Error::Retry(response.retry_after())),
        (401 | 403, _) => Err(Error::misconfigured(TOKEN)),
        (status @ 400..=499, _) => {
            Err(Error::reject(format!("WhatsApp refused the request with status {status}.")))
        }
        // A gateway's 500, 502 or 504 does not say whether the message got through: it must not be sent twice.
        (status, _) => Err(Error::other(format!(
            "status {status} without a word of Meta's: it may or may not have been sent"
        ))),
    }
}

fn receipt(answer: &Answer<'_>) -> Option<Receipt> {
    let taken = answer.messages.first()?;
    let mut receipt = Receipt::new(taken.id.some()?);
    if let Some(status) = taken.message_status.some() {
        receipt = receipt.detail("status", status);
    }
    for contact in answer.contacts.iter() {
        let names = [("wa-id", &contact.wa_id), ("user-id", &contact.user_id)];
        receipt = names
            .iter()
            .filter_map(|(name, id)| Some((*name, id.some()?)))
            .fold(receipt, |r, (n, id)| r.detail(n, id));
    }
    Some(receipt)
}

const TOKEN: &str = "WhatsApp does not accept the access token. In Meta Business Settings, Users, System users, make a new \
    token with the permissions whatsapp_business_messaging and whatsapp_business_management, and set the secret access_token to it.";

/// What an error of Meta's means for the hub.
fn refusal(fault: &Fault<'_>, response: &Response, attempt: u32) -> Error {
    let code: u32 = fault.code.parse().unwrap_or(0);
    let said = said(fault);
    let wait = |milliseconds: u64| Error::Retry(Some(response.retry_after().unwrap_or(milliseconds)));
    // Meta's advice for both: wait 4^attempt seconds; between messages to one person at least 6 seconds.
    let growing = 1_000 * 4_u64.pow(attempt.clamp(1, 5));
    match code {
        130_429 => wait(growing),
        131_056 => wait(growing.max(6 * time::SECOND)),
        // Limits of the app or account that count by the hour.
        4 | 17 | 32 | 613 | 80_007 | 80_008 => wait(5 * time::MINUTE),
        // Under maintenance.
        131_057 => wait(5 * time::MINUTE),
        1 | 2 | 131_000 | 131_016 | 133_004 => Error::Retry(response.retry_after()),
        190 | 102 => Error::misconfigured(format!("{TOKEN} {said}")),
        // Code 0 is Meta's for a failed authentication; a code that is missing or no number is not.
        0 if *fault.code == *"0" => Error::misconfigured(format!("{TOKEN} {said}")),
        3 | 10 | 200..=299 | 131_005 => Error::misconfigured(format!(
            "The access token lacks a permission. In Meta Business Settings, give its system user full control of the \
             WhatsApp account, and the token whatsapp_business_messaging. {said}"
        )),
        33 => Error::misconfigured(number_unknown(&said)),
        100 if *fault.error_subcode == *"33" => Error::misconfigured(number_unknown(&said)),
        133_010 => Error::misconfigured(format!(
            "The phone number is not registered for the Cloud API: register it in WhatsApp Manager. {said}"
        )),
        131_042 => Error::misconfigured(format!(
            "WhatsApp has no valid way to bill the account: see WhatsApp Manager, Payment settings. {said}"
        )),
        368 | 131_031 => Error::misconfigured(format!(
            "Meta has restricted the WhatsApp account: see Business Support Home. {said}"
        )),
        131_047 => Error::reject(format!(
            "The 24-hour window is closed: send an approved template instead; when the person answers, the window opens again. {said}"
        )),
        131_030 => Error::reject(format!(
            "A test number only sends to numbers on its list of recipients: add this one in the app's API set-up. {said}"
        )),
        131_062 => Error::reject(format!(
            "This kind of message can only go to a phone number, and the person's is not known. {said}"
        )),
        _ if *fault.is_transient == *"true" => Error::Retry(response.retry_after()),
        _ if response.status == 429 => Error::Retry(response.retry_after()),
        _ if response.status >= 500 => Error::Retry(response.retry_after()),
        _ if response.status == 401 => Error::misconfigured(format!("{TOKEN} {said}")),
        _ => Error::reject(said),
    }
}

fn number_unknown(said: &str) -> String {
    format!(
        "The setting phone_number_id names no number this token can see: copy it from the Meta app, WhatsApp, API set-up \
         (it is an id, not the phone number itself). {said}"
    )
}

/// Meta's own words, with the code.
fn said(fault: &Fault<'_>) -> String {
    let words = fault.message.some().or(fault.title.some()).unwrap_or("no reason given");
    let more = fault.more().map(|more| format!(": {more}")).unwrap_or_default();
    format!("WhatsApp says: {words}{more} (code {})", fault.code.some().unwrap_or("none"))
}

record! {
    /// An answer.
    pub(crate) struct Answer {
        error: Option<Raw<'a>>,
        messages: List<Taken<'a>>,
        contacts: List<Contact<'a>>,
    }

    /// A message that was taken.
    pub(crate) struct Taken {
        id: Text<'a>,
        message_status: Text<'a>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbound(content: Content) -> Outbound {
        Outbound {
            correlation: "msg_1".to_owned(),
            to: Vec::new(),
            content,
            reply_to: None,
            thread: None,
            subject: None,
            last_received_at: None,
            attempt: 2,
        }
    }

    fn answered(status: u16, body: &str) -> Result<Receipt> {
        let response = Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        read(&outbound(Content::Text("Hi".to_owned())), &response)
    }

    fn failed(code: u32) -> Error {
        let body = format!(
            r##"{{"error":{{"message":"(#{code}) No","type":"OAuthException","code":{code},"error_data":{{"details":"Because."}}}}}}"##
        );
        answered(400, &body).unwrap_err()
    }

    #[test]
    fn the_vendors_id_is_the_receipt() {
        let body = r#"{"messaging_product":"whatsapp","contacts":[{"input":"+49","wa_id":"49"}],"messages":[{"id":"wamid.1","message_status":"accepted"}]}"#;
        assert_eq!(
            answered(200, body),
            Ok(Receipt::new("wamid.1").detail("status", "accepted").detail("wa-id", "49"))
        );
        assert!(matches!(answered(200, "{}"), Err(Error::Other(_))));
    }

    #[test]
    fn a_rate_limit_is_waited_for() {
        assert_eq!(failed(130_429), Error::Retry(Some(16_000)));
        assert_eq!(failed(131_056), Error::Retry(Some(16_000)));
        assert_eq!(failed(80_007), Error::Retry(Some(300_000)));
        assert_eq!(failed(4), Error::Retry(Some(300_000)));
        assert_eq!(failed(131_016), Error::Retry(None));
        assert_eq!(answered(429, ""), Err(Error::Retry(None)));
        assert_eq!(answered(503, "upstream"), Err(Error::Retry(None)));
        assert_eq!(answered(500, r#"{"error":{"message":"x","code":7}}"#), Err(Error::Retry(None)));
    }

    #[test]
    fn a_gateways_error_is_never_taken_for_a_refusal() {
        assert!(matches!(answered(502, "<html>"), Err(Error::Other(_))));
        assert!(matches!(answered(504, ""), Err(Error::Other(_))));
    }

    #[test]
    fn what_the_operator_must_mend_is_said_with_how() {
        assert!(matches!(failed(190), Error::Misconfigured(what) if what.contains("access_token")));
        assert!(matches!(failed(10), Error::Misconfigured(what) if what.contains("permission")));
        assert!(matches!(failed(200), Error::Misconfigured(_)));
        let unknown = r#"{"error":{"message":"Unsupported post request","code":100,"error_subcode":33}}"#;
        assert!(
            matches!(answered(400, unknown), Err(Error::Misconfigured(what)) if what.contains("phone_number_id"))
        );
    }

    #[test]
    fn everything_else_is_refused_in_the_vendors_words() {
        assert!(
            matches!(failed(131_047), Error::Reject(why) if why.contains("24-hour window") && why.contains("131047"))
        );
        assert_eq!(
            failed(132_001),
            Error::Reject("WhatsApp says: (#132001) No: Because. (code 132001)".to_owned())
        );
    }

    #[test]
    fn a_read_receipt_needs_no_id() {
        let response = Response { status: 200, headers: Vec::new(), body: br#"{"success":true}"#.to_vec() };
        assert_eq!(
            read(&outbound(Content::ReadReceipt("wamid.9".to_owned())), &response),
            Ok(Receipt::new("wamid.9"))
        );
    }
}
