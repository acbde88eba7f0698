//! Every page with what it may be given: its markup is what browsers, keyboards and screen readers need.

use std::collections::BTreeSet;

use askama::Template;
use regex::Regex;

use super::frame::Frame;
use super::words::Language;
use super::{account, connections, conversations, people, plugins};
use super::{
    audit::AuditPage, deliveries::DeliveriesPage, deliveries::DeliveryPage, orders::OrderPage,
    orders::OrdersPage, problem::ProblemPage, settings::SettingsPage, start::StartPage,
    suggestions::SuggestionsPage,
};

/// Pages of one kind, rendered, with the name of their context.
pub(super) fn all<T: Template>(pages: Vec<T>) -> impl Iterator<Item = (&'static str, String)> {
    pages.into_iter().map(|page| (std::any::type_name::<T>(), page.render().expect("a page")))
}

/// What every page becomes in a language, by the name of its context.
fn rendered(language: Language) -> Vec<(&'static str, String)> {
    let frame = &Frame::sample(language);
    let mut pages: Vec<(&'static str, String)> = Vec::new();
    pages.extend(all(ProblemPage::samples(frame)));
    pages.extend(conversations::samples(frame));
    pages.extend(people::samples(frame));
    pages.extend(all(SuggestionsPage::samples(frame)));
    pages.extend(all(OrdersPage::samples(frame)));
    pages.extend(all(OrderPage::samples(frame)));
    pages.extend(account::samples::pages(frame));
    pages.extend(plugins::samples(frame));
    pages.extend(connections::samples(frame));
    pages.extend(all(DeliveriesPage::samples(frame)));
    pages.extend(all(DeliveryPage::samples(frame)));
    pages.extend(all(AuditPage::samples(frame)));
    pages.extend(all(SettingsPage::samples(frame)));
    pages.extend(all(StartPage::samples(frame)));
    pages
}

/// What pages in every language hold, checked one by one.
fn each(check: impl Fn(&str, &str)) {
    for language in Language::ALL {
        for (name, html) in rendered(language) {
            check(name, &html);
        }
    }
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

fn found(html: &str, what: &str) -> Vec<String> {
    pattern(what).captures_iter(html).map(|found| found[1].to_owned()).collect()
}

#[test]
fn no_page_holds_a_script_a_style_or_anything_of_another_host() {
    let inline = pattern(r#"<style|\sstyle=|\son[a-z]+=|<script(?:\s[^>]*)?>[^<]|javascript:"#);
    let loaded = pattern(r#"<(?:link|script|img|iframe)[^>]*(?:href|src)="(?:https?:)?//"#);
    each(|name, html| {
        assert!(!inline.is_match(html), "{name}: {:?}", inline.find(html));
        assert!(!loaded.is_match(html), "{name}: {:?}", loaded.find(html));
    });
}

#[test]
fn whatever_was_said_is_text_and_never_markup() {
    each(|name, html| {
        for markup in ["<script>", "<b>bold", "<kettle>", "</pre>\""] {
            assert!(!html.contains(markup), "{name} holds {markup}");
        }
    });
}

#[test]
fn every_page_has_one_heading_and_no_level_is_left_out() {
    each(|name, html| {
        let levels: Vec<u8> =
            found(html, r"<h([1-6])[ >]").iter().map(|level| level.parse().expect("a level")).collect();
        assert_eq!(levels.first(), Some(&1), "{name}: {levels:?}");
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}: {levels:?}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    });
}

#[test]
fn every_id_stands_once_and_whatever_names_one_finds_it() {
    each(|name, html| {
        let ids = found(html, r#"\sid="([^"]*)""#);
        let set: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(ids.len(), set.len(), "{name} has an id twice: {ids:?}");
        for attribute in ["for", "aria-labelledby", "aria-describedby", "data-copy"] {
            for value in found(html, &format!(r#"\s{attribute}="([^"]*)""#)) {
                for id in value.split(' ') {
                    assert!(
                        set.contains(&id.to_owned()),
                        "{name}: {attribute} names {id}, which is not there"
                    );
                }
            }
        }
    });
}

#[test]
fn every_field_has_a_label_and_every_button_and_link_a_name() {
    let control = pattern(r"<(input|select|textarea)\b[^>]*>");
    let named = pattern(r"(?s)<(button|a|summary)\b([^>]*)>(.*?)</(?:button|a|summary)>");
    let tag = pattern(r"<[^>]*>");
    each(|name, html| {
        let labels: BTreeSet<String> = found(html, r#"<label[^>]*\sfor="([^"]*)""#).into_iter().collect();
        for field in control.find_iter(html) {
            let text = field.as_str();
            if text.contains("type=\"hidden\"") {
                continue;
            }
            let own = found(text, r#"\sid="([^"]*)""#);
            let before = &html[..field.start()];
            let within = before.rfind("<label").is_some_and(|start| !before[start..].contains("</label>"));
            assert!(within || own.iter().any(|id| labels.contains(id)), "{name}: {text} has no label");
        }
        for one in named.captures_iter(html) {
            let text = tag.replace_all(&one[3], "");
            assert!(!text.trim().is_empty(), "{name}: {} says nothing", &one[0]);
        }
    });
}

#[test]
fn every_form_that_changes_something_carries_the_readers_token() {
    let form = pattern(r#"(?s)<form[^>]*method="post"[^>]*>(.*?)</form>"#);
    each(|name, html| {
        // Strangers have none: where their forms come from is all that is checked of them.
        let forms = form.captures_iter(html).filter(|_| !html.contains("<body class=\"alone\">"));
        for one in forms {
            assert!(one[1].contains("name=\"csrf\" value=\"a-token\""), "{name}: {}", &one[0]);
        }
    });
}

#[test]
fn every_key_of_a_message_was_said() {
    let key = pattern(r">\s*[a-z]+(?:-[a-z]+)+\s*<");
    each(|name, html| {
        // What is called so by programs stands in `<code>`, and plugins have such names.
        let odd: Vec<&str> = key
            .find_iter(html)
            .map(|found| found.as_str())
            .filter(|text| !text.contains("echo-channel") && !text.contains("content-type"))
            .collect();
        assert!(odd.is_empty(), "{name}: {odd:?}");
    });
}

#[test]
fn whoever_may_only_look_is_offered_nothing_that_changes() {
    let mut frame = Frame::sample(Language::English);
    if let Some(viewer) = &mut frame.viewer {
        viewer.role = crate::model::token::Role::ReadOnly;
    }
    for (name, html) in people::samples(&frame) {
        let posts = found(&html, r#"method="post" action="([^"]*)""#);
        let others: Vec<_> = posts
            .iter()
            .filter(|path| *path != "/sign-out")
            // These pages are for those who may change something, and nobody else gets to see them.
            .filter(|path| !["merge", "split", "consents", "erase"].iter().any(|last| path.ends_with(last)))
            .collect();
        assert!(others.is_empty(), "{name}: {others:?}");
        assert!(!html.contains("href=\"/plugins\""), "{name} leads to what its reader may not open");
    }
}
