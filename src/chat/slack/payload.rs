//! What Slack sends, as far as the bot reads it.
//!
//! Slack adds fields and kinds at any time, and one name holds a text in one event and an object in another. So nothing
//! here is required and nothing of another type is an error: what cannot be read is absent, and so is an empty text.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient::{flag, list, object, presence, text, texts};

/// Why a body is not a payload. Never holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON where JSON was promised, or not a form.
    #[error("the body cannot be read")]
    Unreadable,
    /// Neither an event, nor a command, nor an interaction.
    #[error("the body is none of the kinds that Slack sends")]
    UnknownKind,
    /// Without its trigger one press could not be told from another.
    #[error("the interaction has no trigger_id")]
    NoTrigger,
    /// Nobody did it, or nowhere.
    #[error("the payload does not say who or where")]
    NoSender,
    /// More than 50 inputs, or one over 4 KiB.
    #[error("the form carries too much")]
    TooMuch,
}

/// One delivery, however it came.
#[derive(Clone)]
pub enum Payload {
    /// Events API.
    Event(Box<Envelope>),
    /// A slash command.
    Command(Box<Command>),
    /// Somebody pressed, submitted, closed or chose something.
    Interaction(Box<Interaction>),
    /// Slack asks whether the certificate is good.
    SslCheck,
}

impl Payload {
    /// Tells an HTTP body's kind by its content, whatever path it came by.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        if body.trim_ascii_start().starts_with(b"{") {
            return Ok(Self::Event(Box::new(json(body)?)));
        }
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
        if let Some(payload) = form.get("payload") {
            return Ok(Self::Interaction(Box::new(json(payload.as_bytes())?)));
        }
        if form.get("ssl_check").is_some_and(|value| value == "1") {
            return Ok(Self::SslCheck);
        }
        if !form.contains_key("command") {
            return Err(Malformed::UnknownKind);
        }
        let form = form.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        Self::of_socket("slash_commands", Value::Object(form))
    }

    /// The payload of an envelope that came by the socket; there a command's form is an object.
    pub fn of_socket(kind: &str, payload: Value) -> Result<Self, Malformed> {
        fn read<T: for<'de> Deserialize<'de>>(payload: Value) -> Result<Box<T>, Malformed> {
            serde_json::from_value(payload).map(Box::new).map_err(|_| Malformed::Unreadable)
        }
        match kind {
            "events_api" => Ok(Self::Event(read(payload)?)),
            "slash_commands" => Ok(Self::Command(read(payload)?)),
            "interactive" => Ok(Self::Interaction(read(payload)?)),
            _ => Err(Malformed::UnknownKind),
        }
    }
}

/// True for the form by which Slack tests a certificate, signed or not. Whoever sends it learns nothing and does nothing.
pub fn is_ssl_check(body: &[u8]) -> bool {
    const LONGEST: usize = 1024;
    body.len() <= LONGEST && matches!(Payload::parse(body), Ok(Payload::SslCheck))
}

fn json<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Malformed> {
    serde_json::from_slice(body).map_err(|_| Malformed::Unreadable)
}

/// The outer part of the Events API. <https://docs.slack.dev/apis/events-api/>
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Envelope {
    /// `event_callback`, `url_verification`, `app_rate_limited`.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// To be sent back.
    #[serde(deserialize_with = "text")]
    pub challenge: Option<String>,
    /// The app.
    #[serde(deserialize_with = "text")]
    pub api_app_id: Option<String>,
    /// A workspace; in shared channels not always the one that installed the app.
    #[serde(deserialize_with = "text")]
    pub team_id: Option<String>,
    /// An organisation.
    #[serde(deserialize_with = "text")]
    pub enterprise_id: Option<String>,
    /// The workspace through which the event was seen.
    #[serde(deserialize_with = "text")]
    pub context_team_id: Option<String>,
    /// Its organisation.
    #[serde(deserialize_with = "text")]
    pub context_enterprise_id: Option<String>,
    /// Unique among all events; the same when an event is delivered again.
    #[serde(deserialize_with = "text")]
    pub event_id: Option<String>,
    /// One of the installations that see the event.
    #[serde(deserialize_with = "list")]
    pub authorizations: Vec<Authorization>,
    /// What happened.
    #[serde(deserialize_with = "object")]
    pub event: Event,
}

/// An installation of the app.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Authorization {
    /// The workspace.
    #[serde(deserialize_with = "text")]
    pub team_id: Option<String>,
    /// The organisation.
    #[serde(deserialize_with = "text")]
    pub enterprise_id: Option<String>,
    /// Whose token.
    #[serde(deserialize_with = "text")]
    pub user_id: Option<String>,
    /// It is the bot's own user.
    #[serde(deserialize_with = "flag")]
    pub is_bot: bool,
}

/// The inner part.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// `message`, `app_mention`, `app_home_opened`, …
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// What makes a message no plain one.
    #[serde(deserialize_with = "text")]
    pub subtype: Option<String>,
    /// Who.
    #[serde(deserialize_with = "text")]
    pub user: Option<String>,
    /// Set when an app wrote it.
    #[serde(deserialize_with = "text")]
    pub bot_id: Option<String>,
    /// mrkdwn.
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    /// Where.
    #[serde(deserialize_with = "text")]
    pub channel: Option<String>,
    /// Which message: with the channel it is unique.
    #[serde(deserialize_with = "text")]
    pub ts: Option<String>,
    /// The first message of its thread.
    #[serde(deserialize_with = "text")]
    pub thread_ts: Option<String>,
    /// `home` or `messages`.
    #[serde(deserialize_with = "text")]
    pub tab: Option<String>,
    /// Who invited the one that joined.
    #[serde(deserialize_with = "text")]
    pub inviter: Option<String>,
    /// Present when the message was edited after it was posted.
    #[serde(deserialize_with = "presence")]
    pub edited: bool,
    /// Which tokens were revoked.
    #[serde(deserialize_with = "object")]
    pub tokens: Revoked,
}

/// The tokens of a `tokens_revoked` event, by user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Revoked {
    /// Bot users whose tokens are gone.
    #[serde(deserialize_with = "texts")]
    pub bot: Vec<String>,
}

/// A slash command. <https://docs.slack.dev/interactivity/implementing-slash-commands>
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Command {
    /// With its slash.
    #[serde(deserialize_with = "text")]
    pub command: Option<String>,
    /// What follows it.
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    /// Who.
    #[serde(deserialize_with = "text")]
    pub user_id: Option<String>,
    /// Where.
    #[serde(deserialize_with = "text")]
    pub channel_id: Option<String>,
    /// The workspace.
    #[serde(deserialize_with = "text")]
    pub team_id: Option<String>,
    /// The organisation.
    #[serde(deserialize_with = "text")]
    pub enterprise_id: Option<String>,
    /// The app.
    #[serde(deserialize_with = "text")]
    pub api_app_id: Option<String>,
    /// Opens one modal within 3 s.
    #[serde(deserialize_with = "text")]
    pub trigger_id: Option<String>,
    /// Takes five answers within 30 minutes; a bearer secret.
    #[serde(deserialize_with = "text")]
    pub response_url: Option<String>,
}

/// A press, a submitted or closed modal, a shortcut.
/// <https://docs.slack.dev/interactivity/handling-user-interaction>
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Interaction {
    /// `block_actions`, `view_submission`, `view_closed`, `shortcut`, `message_action`, …
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// The app.
    #[serde(deserialize_with = "text")]
    pub api_app_id: Option<String>,
    /// The workspace; null where an organisation installed the app.
    #[serde(deserialize_with = "object")]
    pub team: Named,
    /// The organisation.
    #[serde(deserialize_with = "object")]
    pub enterprise: Named,
    /// Who.
    #[serde(deserialize_with = "object")]
    pub user: User,
    /// Where; absent on the Home tab and in modals.
    #[serde(deserialize_with = "object")]
    pub channel: Named,
    /// What holds the button.
    #[serde(deserialize_with = "object")]
    pub container: Container,
    /// The message that holds the button, or that the shortcut was used on.
    #[serde(deserialize_with = "object")]
    pub message: Message,
    /// The modal or the Home tab.
    #[serde(deserialize_with = "object")]
    pub view: View,
    /// The inputs of a message.
    #[serde(deserialize_with = "object")]
    pub state: State,
    /// What was pressed.
    #[serde(deserialize_with = "list")]
    pub actions: Vec<Action>,
    /// Which shortcut.
    #[serde(deserialize_with = "text")]
    pub callback_id: Option<String>,
    /// Opens one modal within 3 s.
    #[serde(deserialize_with = "text")]
    pub trigger_id: Option<String>,
    /// Takes five answers within 30 minutes; a bearer secret.
    #[serde(deserialize_with = "text")]
    pub response_url: Option<String>,
}

/// Something with an id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// The id.
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
}

/// Somebody.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct User {
    /// `U…` or `W…`.
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    /// Their workspace.
    #[serde(deserialize_with = "text")]
    pub team_id: Option<String>,
}

/// What holds a button.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Container {
    /// The message.
    #[serde(deserialize_with = "text")]
    pub message_ts: Option<String>,
    /// The first message of its thread.
    #[serde(deserialize_with = "text")]
    pub thread_ts: Option<String>,
    /// Where.
    #[serde(deserialize_with = "text")]
    pub channel_id: Option<String>,
    /// Only the person who pressed sees it.
    #[serde(deserialize_with = "flag")]
    pub is_ephemeral: bool,
}

/// A message as far as it says where it is and who wrote it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Which message.
    #[serde(deserialize_with = "text")]
    pub ts: Option<String>,
    /// The first message of its thread.
    #[serde(deserialize_with = "text")]
    pub thread_ts: Option<String>,
    /// Who wrote it.
    #[serde(deserialize_with = "text")]
    pub user: Option<String>,
    /// Set when an app wrote it.
    #[serde(deserialize_with = "text")]
    pub bot_id: Option<String>,
    /// mrkdwn.
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
}

/// A modal or a Home tab.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct View {
    /// Its id.
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    /// Which of our forms.
    #[serde(deserialize_with = "text")]
    pub callback_id: Option<String>,
    /// What we wrote into it.
    #[serde(deserialize_with = "text")]
    pub private_metadata: Option<String>,
    /// The workspace that installed the app.
    #[serde(deserialize_with = "text")]
    pub app_installed_team_id: Option<String>,
    /// What was typed and chosen.
    #[serde(deserialize_with = "object")]
    pub state: State,
    /// What it shows, from top to bottom.
    #[serde(deserialize_with = "list")]
    pub blocks: Vec<Block>,
}

/// A block as far as errors can be shown under it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Block {
    /// `input` among others.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// Its id.
    #[serde(deserialize_with = "text")]
    pub block_id: Option<String>,
    /// What is in it.
    #[serde(deserialize_with = "object")]
    pub element: Element,
}

/// An element of a block.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Element {
    /// Our id of an input.
    #[serde(deserialize_with = "text")]
    pub action_id: Option<String>,
}

/// Values by block and action.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct State {
    /// `values[block_id][action_id]`
    #[serde(deserialize_with = "object")]
    pub values: BTreeMap<String, Value>,
}

/// A pressed or changed element.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Action {
    /// `button` among others.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// Our verb.
    #[serde(deserialize_with = "text")]
    pub action_id: Option<String>,
    /// What we wrote on the button.
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
    /// The button is a link.
    #[serde(deserialize_with = "text")]
    pub url: Option<String>,
}

/// What our buttons carry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ButtonValue {
    /// Which request.
    #[serde(deserialize_with = "text")]
    pub request: Option<String>,
    /// Its version when the card was made.
    pub version: Option<u64>,
    /// Our id of the post.
    #[serde(deserialize_with = "text")]
    pub post: Option<String>,
    /// Whom an answer to `why` is about.
    #[serde(deserialize_with = "text")]
    pub subject: Option<String>,
}

/// What our modals carry in `private_metadata`. Slack gives it back as it was; people cannot see or change it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Which request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Its version when the form was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The conversation in which the button was pressed that opened the form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// The workspace to answer in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Its organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<String>,
    /// Where to answer; absent: in the direct message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Under which message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<String>,
}

/// A form that also says in which conversation it was opened.
pub(crate) fn opened_in(mut form: Value, conversation: &str) -> Value {
    let known = form.get("private_metadata").and_then(Value::as_str).unwrap_or_default();
    let metadata: Metadata = serde_json::from_str(known).unwrap_or_default();
    let metadata = Metadata { conversation: Some(conversation.to_owned()), ..metadata };
    // A struct of texts and a number becomes JSON without fail.
    form["private_metadata"] = serde_json::to_string(&metadata).unwrap_or_default().into();
    form
}

/// Without content: what people write is not for logs, and neither are triggers and reply addresses.
macro_rules! silent {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        })*
    };
}

silent!(Payload, Envelope, Event, Command, Interaction, Message, View, State, Action);

#[cfg(test)]
mod tests;
