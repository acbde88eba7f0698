//! Forms: what was typed, what is wrong with it, and each field as its page draws it.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};

use crate::http::Problem;

/// What a form sent, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// What was typed into a field, without spaces around it; empty where the form has none of that name.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default().trim()
    }

    /// The same, unless nothing was typed.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Every value of a field.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let axum::Form(pairs) = axum::Form::from_request(request, state)
            .await
            .map_err(|_| Problem::bad_request("the form did not arrive as a browser sends it"))?;
        Ok(Self(pairs))
    }
}

/// What is wrong, by the name of the field; the empty name is the form as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wrong(BTreeMap<String, Vec<String>>);

impl Wrong {
    /// Nothing yet.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// One thing.
    pub(crate) fn one(name: &str, message: impl Into<String>) -> Self {
        let mut wrong = Self::none();
        wrong.add(name, message);
        wrong
    }

    /// Adds a thing.
    pub(crate) fn add(&mut self, name: &str, message: impl Into<String>) {
        self.0.entry(name.to_owned()).or_default().push(message.into());
    }

    /// Whether all is well.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field.
    pub(crate) fn with(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|messages| messages.join(" "))
    }

    /// What is wrong with anything but these fields, which show it themselves.
    pub(crate) fn beside(&self, fields: &[Field]) -> Vec<String> {
        let shown = |name: &str| fields.iter().any(|field| field.name == name);
        self.0.iter().filter(|(name, _)| !shown(name)).flat_map(|(_, messages)| messages.clone()).collect()
    }
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// One line.
    Text,
    /// One line that nobody may read over a shoulder; never filled in by the hub.
    Secret,
    /// A number, whole unless the flag says otherwise.
    Number { decimals: bool },
    /// Several lines.
    Lines,
    /// Yes or no.
    Check,
    /// One of a few.
    Choice,
    /// Any of a few.
    Several,
}

/// One of the things that a field offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// What the form sends.
    pub(crate) value: String,
    /// What it says.
    pub(crate) text: String,
    /// More about it; possibly empty.
    pub(crate) hint: String,
    /// Whether it is chosen.
    pub(crate) chosen: bool,
}

impl Offer {
    /// Something to choose.
    pub(crate) fn new(value: impl Into<String>, text: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), text: text.into(), hint: String::new(), chosen }
    }
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// What the form calls it.
    pub(crate) name: String,
    /// What stands beside it.
    pub(crate) label: String,
    /// More about it; possibly empty.
    pub(crate) hint: String,
    /// What stands in it; for a check `on` or nothing.
    pub(crate) value: String,
    /// How it is filled in.
    pub(crate) input: Input,
    /// What it offers, for those of which one chooses.
    pub(crate) offers: Vec<Offer>,
    /// Whether it must be filled in.
    pub(crate) required: bool,
    /// What is wrong with it.
    pub(crate) wrong: Option<String>,
    /// Which of several forms with the same fields it stands in.
    form: String,
}

impl Field {
    /// A field that is empty.
    pub(crate) fn new(name: impl Into<String>, label: impl Into<String>, input: Input) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            hint: String::new(),
            value: String::new(),
            input,
            offers: Vec::new(),
            required: false,
            wrong: None,
            form: String::new(),
        }
    }

    /// Says more about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Puts something into it.
    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Says that it must be filled in.
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Says what one may choose.
    pub(crate) fn offers(mut self, offers: Vec<Offer>) -> Self {
        self.offers = offers;
        self
    }

    /// Puts in what was typed, and says what is wrong with it. A secret is typed anew.
    pub(crate) fn typed(mut self, fields: &Fields, wrong: &Wrong) -> Self {
        self.wrong = wrong.with(&self.name);
        let given: Vec<&str> = fields.all(&self.name).collect();
        for offer in &mut self.offers {
            offer.chosen = given.contains(&offer.value.as_str());
        }
        if self.input != Input::Secret {
            self.value = given.first().map(|value| (*value).to_owned()).unwrap_or_default();
        }
        self
    }

    /// Says which of several forms with the same fields it stands in, for its id.
    pub(crate) fn of(mut self, form: &str) -> Self {
        form.clone_into(&mut self.form);
        self
    }

    /// The id of its element.
    pub(crate) fn id(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        format!("f{}-{}", self.form, self.name).chars().map(plain).collect()
    }

    /// The ids of what describes it; empty where nothing does.
    pub(crate) fn described(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id()));
        }
        if self.wrong.is_some() {
            ids.push(format!("{}-wrong", self.id()));
        }
        ids.join(" ")
    }

    /// Whether it is this kind, for the template.
    pub(crate) fn is(&self, kind: &str) -> bool {
        let own = match self.input {
            Input::Text => "text",
            Input::Secret => "secret",
            Input::Number { .. } => "number",
            Input::Lines => "lines",
            Input::Check => "check",
            Input::Choice => "choice",
            Input::Several => "several",
        };
        own == kind
    }

    /// The steps that a number may take.
    pub(crate) fn step(&self) -> &'static str {
        if self.input == (Input::Number { decimals: true }) { "any" } else { "1" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_that_comes_back_holds_what_was_typed_but_no_secret() {
        let typed = fields(&[("title", " Shop "), ("token", "s3cret"), ("kind", "b")]);
        let wrong = Wrong::one("token", "It is too short.");
        let title = Field::new("title", "Title", Input::Text).typed(&typed, &wrong);
        assert_eq!((title.value.as_str(), title.wrong), (" Shop ", None));
        let token = Field::new("token", "Token", Input::Secret).typed(&typed, &wrong);
        assert_eq!((token.value.as_str(), token.wrong.as_deref()), ("", Some("It is too short.")));
        let offers = vec![Offer::new("a", "A", true), Offer::new("b", "B", false)];
        let kind = Field::new("kind", "Kind", Input::Choice).offers(offers).typed(&typed, &wrong);
        assert_eq!(kind.offers.iter().map(|offer| offer.chosen).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_no_field_shows_is_told_of_the_whole_form() {
        let mut wrong = Wrong::one("", "It cannot work.");
        wrong.add("title", "Too long.");
        let shown = [Field::new("title", "Title", Input::Text)];
        assert_eq!(wrong.beside(&shown), ["It cannot work."]);
        assert_eq!(wrong.beside(&[]), ["It cannot work.", "Too long."]);
    }

    #[test]
    fn an_id_is_one_word_whatever_the_name() {
        assert_eq!(Field::new("settings/a b.c", "", Input::Text).id(), "f-settings_a_b_c");
    }
}
