//! Events, as a plugin said them, with their phone numbers and mail addresses in one form.

use std::collections::BTreeMap;

use super::{Normal, Refusal, Region, Written, normal};
use crate::model::event::{Body, NewEvent};
use crate::model::id::ConnectionId;
use crate::model::identifier::{Evidence, Evident, Identifier, MAX_NAMESPACE};

/// Brings the names in one connection's events into their one form.
#[derive(Debug, Clone, Copy)]
pub struct Rewrite<'a> {
    /// The connection's plugin.
    pub plugin: &'a str,
    /// The connection.
    pub connection: &'a ConnectionId,
    /// Where its phone numbers are dialled when they say no country.
    pub region: Option<Region>,
}

/// What a rewriting came upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Names that the connection writes otherwise than they are compared.
    pub written: Vec<Written>,
    /// How many names could not be read, by namespace and why.
    pub refused: BTreeMap<(&'static str, Refusal), u64>,
}

impl Rewrite<'_> {
    /// Rewrites every `phone` and `email` of the events: whom they are about, who became whom, what replaced what.
    /// One that cannot be read becomes a name of the connection's own (`plugin:conn_…:phone`), with its value as it
    /// was said: the person can still be told from others, and is joined with nobody by it.
    #[must_use]
    pub fn events(&self, events: &mut [NewEvent]) -> Report {
        let mut report = Report::default();
        for event in events {
            self.list(&mut event.subject, &mut report);
            match &mut event.body {
                Body::CustomerMerged(merge) => self.list(&mut merge.merged, &mut report),
                Body::IdentifierChanged(change) => {
                    self.one(&mut change.previous, &mut report);
                    self.one(&mut change.current, &mut report);
                }
                _ => {}
            }
        }
        report
    }

    /// Two spellings of one name become one name, with the stronger evidence.
    fn list(&self, names: &mut Vec<Evident>, report: &mut Report) {
        for name in names.iter_mut() {
            self.one(name, report);
        }
        let mut kept: Vec<Evident> = Vec::with_capacity(names.len());
        for name in names.drain(..) {
            match kept.iter_mut().find(|other| other.identifier == name.identifier) {
                Some(other) => other.evidence = other.evidence.max(name.evidence),
                None => kept.push(name),
            }
        }
        *names = kept;
    }

    fn one(&self, name: &mut Evident, report: &mut Report) {
        let Identifier { namespace, value } = &mut name.identifier;
        match normal(namespace, value, name.evidence, self.region) {
            None => {}
            Some(Ok(Normal { value: one_form, written })) => {
                *value = one_form;
                let written = written.filter(|_| name.evidence > Evidence::Claimed);
                report.note(&name.identifier, written);
            }
            Some(Err(why)) => {
                let kind = if namespace == super::PHONE { super::PHONE } else { super::EMAIL };
                *report.refused.entry((kind, why)).or_default() += 1;
                *namespace = self.own(kind);
            }
        }
    }

    /// The namespace of what this connection alone knows somebody by.
    fn own(&self, kind: &str) -> String {
        let scope = format!(":{}:{kind}", self.connection);
        let room = MAX_NAMESPACE.saturating_sub(scope.len());
        let plugin = &self.plugin[..self.plugin.floor_char_boundary(room)];
        format!("{plugin}{scope}")
    }
}

impl Report {
    fn note(&mut self, identifier: &Identifier, written: Option<String>) {
        let Some(address) = written else { return };
        let written = Written { identifier: identifier.clone(), address };
        if !self.written.contains(&written) {
            self.written.push(written);
        }
    }
}
