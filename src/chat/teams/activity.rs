//! Inbound activities as far as the bot reads them. Unknown fields are ignored; what clients leave out is optional.
//!
//! Shape: <https://github.com/microsoft/Agents/blob/main/specs/activity/protocol-activity.md>.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Why a body is not an activity that can be taken. Never holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON, or a field of the wrong type.
    #[error("the body is not an activity")]
    NotAnActivity,
    /// Without `id` a redelivery could not be told from a new event.
    #[error("the activity has no id")]
    NoId,
    /// Nowhere to answer.
    #[error("the activity names no conversation")]
    NoConversation,
    /// Nobody did it.
    #[error("the activity names no sender")]
    NoSender,
    /// An `adaptiveCard/action` without a verb.
    #[error("the card action has no verb")]
    NoVerb,
    /// More than 50 inputs, or one over 4 KiB.
    #[error("the card action carries too much")]
    TooMuch,
}

/// One activity.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// `message`, `invoke`, `conversationUpdate`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Unique within the conversation.
    pub id: Option<String>,
    /// `msteams`.
    pub channel_id: Option<String>,
    /// Where answers go.
    pub service_url: Option<String>,
    /// Who did it.
    pub from: Option<Account>,
    /// The bot.
    pub recipient: Option<Account>,
    /// Where it happened.
    pub conversation: Option<Conversation>,
    /// What was written.
    pub text: Option<String>,
    /// What was pressed: card data and inputs, or the value of an invoke.
    pub value: Option<Value>,
    /// The kind of an invoke.
    pub name: Option<String>,
    /// The kind of an `installationUpdate`.
    pub action: Option<String>,
    /// The message whose card was pressed.
    pub reply_to_id: Option<String>,
    /// Mentions among others.
    pub entities: Option<Vec<Entity>>,
    /// Who joined.
    pub members_added: Option<Vec<Account>>,
    /// Who left.
    pub members_removed: Option<Vec<Account>>,
    /// What only Teams knows.
    pub channel_data: Option<ChannelData>,
}

/// Somebody or the bot.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Account {
    /// `29:…` for people, `28:…` for bots.
    pub id: String,
    /// Display name; local clients leave it out at times.
    pub name: Option<String>,
    /// Entra object id.
    pub aad_object_id: Option<String>,
    /// On the recipient: only the sender can see the message.
    pub is_targeted: Option<bool>,
}

/// Where an activity happened.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// In a channel it names the thread: `19:…;messageid=…`.
    #[serde(default)]
    pub id: String,
    /// `personal`, `groupChat` or `channel`.
    pub conversation_type: Option<String>,
    /// Entra tenant.
    pub tenant_id: Option<String>,
    /// More than one person.
    pub is_group: Option<bool>,
}

/// `channelData`.
#[derive(Debug, Clone, Deserialize)]
pub struct ChannelData {
    /// Entra tenant.
    pub tenant: Option<Tenant>,
}

/// `channelData.tenant`.
#[derive(Debug, Clone, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: Option<String>,
}

/// An entity; only mentions are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Entity {
    /// Has somebody mentioned.
    Mention(Mention),
    /// Anything else.
    Other(IgnoredAny),
}

/// Somebody is named in the text.
#[derive(Debug, Clone, Deserialize)]
pub struct Mention {
    /// `mention`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who.
    pub mentioned: Account,
    /// As it stands in the text: `<at>Ada</at>`.
    pub text: Option<String>,
}

/// `channelData.tenant.id` and `conversation.tenantId` contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantsDisagree;

impl Envelope {
    /// Parses a request body.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        serde_json::from_slice(body).map_err(|_| Malformed::NotAnActivity)
    }

    /// The tenant, told once or twice.
    pub fn tenant(&self) -> Result<Option<&str>, TenantsDisagree> {
        let channel = self.channel_data.as_ref().and_then(|data| data.tenant.as_ref()?.id.as_deref());
        let conversation = self.conversation.as_ref().and_then(|place| place.tenant_id.as_deref());
        match (channel, conversation) {
            (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other) => Err(TenantsDisagree),
            (one, other) => Ok(one.or(other)),
        }
    }
}

/// Without text and values: what people write is not for logs.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}
