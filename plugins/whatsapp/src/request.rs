//! The bodies of requests to the Cloud API's `messages` endpoint.

use serde::Serialize;
use switchboard_sdk::json::Raw;
use switchboard_sdk::sender::OptionItem;

fn absent<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A request to send. Only the member that `kind` names is there.
#[derive(Default, Serialize)]
pub(crate) struct Body<'a> {
    pub(crate) messaging_product: &'a str,
    pub(crate) recipient_type: &'a str,
    #[serde(skip_serializing_if = "absent")]
    pub(crate) to: Option<&'a str>,
    #[serde(skip_serializing_if = "absent")]
    pub(crate) recipient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<Context<'a>>,
    #[serde(skip_serializing_if = "absent")]
    pub(crate) biz_opaque_callback_data: &'a str,
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) video: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audio: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sticker: Option<File<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) interactive: Option<Interactive<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<Approved<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reaction: Option<Reaction<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Read<'a> {
    pub(crate) messaging_product: &'a str,
    pub(crate) status: &'a str,
    pub(crate) message_id: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Context<'a> {
    pub(crate) message_id: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Text<'a> {
    pub(crate) body: &'a str,
    pub(crate) preview_url: bool,
}

#[derive(Serialize)]
pub(crate) struct File<'a> {
    pub(crate) link: &'a str,
    #[serde(skip_serializing_if = "absent")]
    pub(crate) caption: Option<&'a str>,
    #[serde(skip_serializing_if = "absent")]
    pub(crate) filename: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Interactive<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    pub(crate) body: Words<'a>,
    pub(crate) action: Action<'a>,
}

#[derive(Serialize)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
}

#[derive(Default, Serialize)]
pub(crate) struct Action<'a> {
    #[serde(skip_serializing_if = "absent")]
    pub(crate) button: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) buttons: Vec<Button<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Button<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    pub(crate) reply: Row<'a>,
}

#[derive(Serialize)]
pub(crate) struct Section<'a> {
    pub(crate) rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    #[serde(skip_serializing_if = "absent")]
    pub(crate) description: Option<&'a str>,
}

impl<'a> Row<'a> {
    /// The button or line that an agent chose.
    pub(crate) fn of(item: &'a OptionItem) -> Self {
        Self {
            id: &item.id,
            title: &item.title,
            description: item.description.as_deref().filter(|line| !line.is_empty()),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Approved<'a> {
    pub(crate) name: &'a str,
    pub(crate) language: Language<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) components: Vec<Component<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Language<'a> {
    pub(crate) code: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Component<'a> {
    Body {
        #[serde(rename = "type")]
        kind: &'a str,
        parameters: Vec<Parameter<'a>>,
    },
    Other(Raw<'a>),
}

#[derive(Serialize)]
pub(crate) struct Parameter<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    pub(crate) text: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Reaction<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) emoji: &'a str,
}
