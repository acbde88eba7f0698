//! An export as one page: nothing is loaded from elsewhere and no script runs, so that it reads the same in
//! ten years and tells nobody that it is being read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::api::export::Export;
use super::api::identity::Sentence;
use super::api::message::{Message, Way};
use super::api::order::Order;
use super::api::profile::Attribute;
use super::api::time::Timestamp;

const STYLE: &str = include_str!("export_page.css");

/// Text as it stands in HTML, between tags and in quoted attributes.
struct Text<'a>(&'a str);

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                char => f.write_char(char)?,
            }
        }
        Ok(())
    }
}

/// The page. What is written piece by piece goes into a text, which cannot fail.
struct Page<'a> {
    out: String,
    titles: BTreeMap<&'a str, &'a str>,
    parts: Vec<(&'static str, &'static str)>,
}

/// The page of an export.
#[must_use]
pub(crate) fn render(export: &Export) -> String {
    let sources = export.sources.iter();
    let titles = sources.map(|source| (source.connection.as_str(), source.title.as_str())).collect();
    let mut page = Page { out: String::new(), titles, parts: Vec::new() };
    page.who(export);
    page.values(&export.profile.attributes);
    page.consents(export);
    page.messages(&export.messages);
    page.records(&export.records);
    page.timeline(export);
    page.reasons(export);
    page.sources(export);
    let name = export.profile.name.as_deref().unwrap_or("Somebody without a name");
    let mut links = String::new();
    for (id, title) in &page.parts {
        let _ = write!(links, "<a href=\"#{id}\">{title}</a>");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"referrer\" content=\"no-referrer\"><title>What is held of {title}</title><style>{STYLE}</style></head>\n\
         <body><header><h1>What is held of {title}</h1>\
         <p class=\"soft\">{id}, put together on {made}. Times are in UTC.</p><nav aria-label=\"Parts\">{links}</nav></header>\n\
         <main>{body}</main></body></html>\n",
        title = Text(name),
        id = Text(&export.profile.id),
        made = time(export.made_at),
        body = page.out,
    )
}

/// A time for people and for programs.
fn time(at: Timestamp) -> String {
    let text = at.to_string();
    let shown = text.get(..16).map_or_else(|| text.clone(), |minute| minute.replace('T', " "));
    format!("<time datetime=\"{text}\">{shown}</time>")
}

impl<'a> Page<'a> {
    fn title(&self, connection: &'a str) -> Text<'a> {
        Text(self.titles.get(connection).copied().unwrap_or(connection))
    }

    /// Adds a part of which there is something.
    fn part(&mut self, id: &'static str, title: &'static str, body: &str) {
        if !body.is_empty() {
            self.parts.push((id, title));
            let _ = writeln!(self.out, "<section id=\"{id}\"><h2>{title}</h2>{body}</section>");
        }
    }

    fn who(&mut self, export: &'a Export) {
        let mut body = String::new();
        for known in &export.profile.identifiers {
            let _ = write!(
                body,
                "<li>{} <span class=\"soft\">{}, since {}</span></li>",
                Text(&known.identifier),
                Text(&known.evidence),
                time(known.first_seen)
            );
        }
        for claim in &export.profile.claims {
            let _ = write!(
                body,
                "<li>{} <span class=\"soft\">typed on {} and not checked, {}</span></li>",
                Text(&claim.identifier),
                self.title(&claim.connection),
                time(claim.at)
            );
        }
        let body = if body.is_empty() { body } else { format!("<ul>{body}</ul>") };
        self.part("names", "Names", &body);
    }

    fn values(&mut self, attributes: &'a [Attribute]) {
        let mut body = String::new();
        for attribute in attributes {
            let _ = write!(body, "<div><dt>{}</dt><dd>", Text(&attribute.field));
            for held in &attribute.values {
                let _ = write!(body, "<p>{}</p>", Text(&held.value));
                for source in &held.sources {
                    let _ =
                        write!(body, "<p class=\"soft\">{}, {}</p>", Text(&source.title), time(source.at));
                }
            }
            for other in &attribute.others {
                let value = if other.value.is_empty() { "no value" } else { &other.value };
                let _ = write!(
                    body,
                    "<p class=\"soft\">also said: {} ({}, {})</p>",
                    Text(value),
                    Text(&other.source.title),
                    time(other.source.at)
                );
            }
            body.push_str("</dd></div>");
        }
        let body = if body.is_empty() { body } else { format!("<dl>{body}</dl>") };
        self.part("values", "What is stated", &body);
    }

    fn consents(&mut self, export: &Export) {
        let mut body = String::new();
        for consent in &export.profile.consents {
            let _ = write!(
                body,
                "<li><p>{} on {}: {}</p>",
                Text(&consent.purpose),
                Text(&consent.channel),
                if consent.granted { "agreed" } else { "not agreed" }
            );
            for said in std::iter::once(&consent.decisive).chain(&consent.earlier) {
                let _ = write!(
                    body,
                    "<p class=\"soft\">{} on {}, {} {}</p>",
                    if said.given { "given" } else { "withdrawn" },
                    Text(&said.title),
                    time(said.at),
                    Text(said.proof.as_deref().unwrap_or_default())
                );
            }
            body.push_str("</li>");
        }
        let body = if body.is_empty() { body } else { format!("<ul>{body}</ul>") };
        self.part("consents", "Consents", &body);
    }

    fn messages(&mut self, messages: &'a [Message]) {
        let mut body = String::new();
        for message in messages {
            let out = matches!(message.direction, Some(Way::Out));
            let text = if message.deleted_at.is_some() { "(taken back)" } else { &message.text };
            let _ = write!(
                body,
                "<li class=\"{}\"><p class=\"soft\">{} on {}, {}</p><p class=\"text\">{}</p>",
                if out { "out" } else { "in" },
                if out { "To the person" } else { "From the person" },
                self.title(&message.connection),
                message.at.map(time).unwrap_or_default(),
                Text(text)
            );
            for insight in &message.insights {
                let _ = write!(
                    body,
                    "<p class=\"soft\">an assistant said: {}: {}</p>",
                    Text(&insight.kind),
                    Text(&insight.label)
                );
            }
            if let Some(content) = &message.content {
                let whole = serde_json::to_string_pretty(content).unwrap_or_default();
                let _ = write!(
                    body,
                    "<details><summary>as it came</summary><pre>{}</pre></details>",
                    Text(&whole)
                );
            }
            body.push_str("</li>");
        }
        let body = if body.is_empty() { body } else { format!("<ol class=\"talk\">{body}</ol>") };
        self.part("messages", "Messages", &body);
    }

    fn records(&mut self, records: &'a [Order]) {
        let mut body = String::new();
        for record in records {
            self.record(&mut body, record);
        }
        let body = if body.is_empty() { body } else { format!("<ul>{body}</ul>") };
        self.part("records", "Orders and other records", &body);
    }

    fn record(&self, body: &mut String, record: &'a Order) {
        let total = record.total.as_ref().map(|total| format!(", {} {}", total.amount, total.currency));
        let name = if record.name.is_empty() { &record.vendor_id } else { &record.name };
        let _ = write!(
            body,
            "<li><p>{} {}: {}{}</p><p class=\"soft\">{}, {}</p><details><summary>as it was said</summary><pre>{}</pre>\
             </details>",
            Text(&record.kind),
            Text(name),
            Text(&record.state),
            Text(total.as_deref().unwrap_or_default()),
            self.title(&record.connection),
            time(record.changed_at),
            Text(record.said.get())
        );
        if !record.parts.is_empty() {
            body.push_str("<ul>");
            record.parts.iter().for_each(|part| self.record(body, part));
            body.push_str("</ul>");
        }
        body.push_str("</li>");
    }

    fn timeline(&mut self, export: &'a Export) {
        let mut body = String::new();
        for entry in &export.timeline {
            let _ = write!(
                body,
                "<li><p>{}</p><p class=\"soft\">{}, {}</p><details><summary>as it was said</summary><pre>{}</pre>\
                 </details></li>",
                Text(&entry.summary),
                self.title(&entry.connection),
                time(entry.at),
                Text(entry.said.get())
            );
        }
        let body = if body.is_empty() { body } else { format!("<ol>{body}</ol>") };
        self.part("timeline", "What happened", &body);
    }

    fn reasons(&mut self, export: &Export) {
        let mut body = String::new();
        let lists = [&export.reasons, &export.doubts, &export.decisions];
        for Sentence { text, at, .. } in lists.into_iter().flatten() {
            let _ = write!(body, "<li><p>{}</p><p class=\"soft\">{}</p></li>", Text(text), time(*at));
        }
        let body = if body.is_empty() { body } else { format!("<ul>{body}</ul>") };
        self.part("reasons", "Why these names are taken for one person’s", &body);
    }

    fn sources(&mut self, export: &Export) {
        let mut body = String::new();
        for source in &export.sources {
            let kept = export.deliveries.iter().filter(|delivery| delivery.connection == source.connection);
            let _ = write!(
                body,
                "<li>{} <span class=\"soft\">{}, {}; {} of its requests are kept as they came in</span></li>",
                Text(&source.title),
                Text(&source.plugin),
                Text(&source.connection),
                kept.count()
            );
        }
        let body = if body.is_empty() { body } else { format!("<ul>{body}</ul>") };
        self.part("sources", "Where it came from", &body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_said_is_text_and_never_markup() {
        let said = "<script>alert(\"x\")</script> & 'y'";
        let text = Text(said).to_string();
        assert_eq!(text, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;");
    }

    #[test]
    fn a_time_is_for_people_and_for_programs() {
        assert_eq!(
            time(Timestamp(1_772_357_400_120)),
            "<time datetime=\"2026-03-01T09:30:00.120Z\">2026-03-01 09:30</time>"
        );
    }
}
