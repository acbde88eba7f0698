//! What of the log goes by its age.
//!
//! An event that is too old loses its content and stays where it is; whom it is about and the matter that it
//! is part of stay with it, so that who is who does not change with time.

use serde::Serialize;

use super::event::EventKind;

/// A class of events that have one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Messages, what became of them, calls, and what was noted of any of it.
    Messages,
    /// Pages and articles that were looked at.
    Pages,
    /// What assistants said.
    Insights,
    /// Orders, parcels, refunds, carts, payments and subscriptions.
    Orders,
    /// Tickets, answers to surveys, notices, and what has no case.
    Others,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] = [Self::Messages, Self::Pages, Self::Insights, Self::Orders, Self::Others];

    /// The key of the configuration that names its age.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Pages => "pages",
            Self::Insights => "insights",
            Self::Orders => "orders",
            Self::Others => "others",
        }
    }

    /// The class of a kind of event; `None` for what says who is who, what was agreed to and what was decided:
    /// that goes with the person alone.
    #[must_use]
    pub fn of(kind: EventKind) -> Option<Self> {
        use EventKind as K;
        match kind {
            K::MessageReceived
            | K::MessageSent
            | K::MessageEdited
            | K::MessageDeleted
            | K::Reaction
            | K::MessageStatus
            | K::Call
            | K::Note => Some(Self::Messages),
            K::PageViewed | K::ArticleViewed => Some(Self::Pages),
            K::Insight => Some(Self::Insights),
            K::Order | K::Fulfilment | K::Refund | K::Cart | K::Payment | K::Subscription => {
                Some(Self::Orders)
            }
            K::Ticket | K::SurveyAnswer | K::Notice | K::Other => Some(Self::Others),
            K::CustomerUpdated
            | K::CustomerMerged
            | K::CustomerDeleted
            | K::IdentifierChanged
            | K::Consent
            | K::PrivacyRequest
            | K::Decision
            | K::Conversation => None,
        }
    }
}

/// Before which moment what goes: milliseconds since the epoch, UTC; what is not named is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ages {
    /// By class.
    pub classes: Vec<(Class, i64)>,
    /// People of whom nothing was heard since.
    pub people: Option<i64>,
}

impl Ages {
    /// Whether everything is kept.
    #[must_use]
    pub fn keep_all(&self) -> bool {
        self.classes.is_empty() && self.people.is_none()
    }

    /// The class of an event that is too old.
    #[must_use]
    pub fn over(&self, kind: EventKind, at: i64) -> Option<Class> {
        let class = Class::of(kind)?;
        self.classes.iter().find(|(of, before)| *of == class && at < *before).map(|(class, _)| *class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_who_and_what_was_agreed_to_have_no_age_of_their_own() {
        let ages = Ages { classes: Class::ALL.map(|class| (class, i64::MAX)).to_vec(), people: None };
        let kept: Vec<_> =
            EventKind::ALL.iter().filter(|kind| ages.over(**kind, 0).is_none()).map(|k| k.as_str()).collect();
        assert_eq!(
            kept,
            [
                "customer-updated",
                "customer-merged",
                "customer-deleted",
                "identifier-changed",
                "consent",
                "privacy-request"
            ]
        );
        assert!(Ages::default().keep_all() && !ages.keep_all());
        let ages = Ages { classes: vec![(Class::Pages, 100)], people: None };
        assert_eq!(ages.over(EventKind::PageViewed, 99), Some(Class::Pages));
        assert_eq!(ages.over(EventKind::PageViewed, 100), None);
        assert_eq!(ages.over(EventKind::Order, 99), None);
    }
}
