//! What came in from a chat, in our own words: who, where, what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Person, Place, RequestId};

/// The sender's own name of an event. The inbox holds each of them once, so redeliveries have no effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventKey(pub String);

/// One authenticated event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// Unique by sender.
    pub key: EventKey,
    /// Where it happened, and where answers go.
    pub place: Place,
    /// Who did it.
    pub who: Person,
    /// What they did.
    pub what: What,
}

/// The things people do that the bot cares about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// They wrote to the bot.
    Said {
        /// The text, mentions of the bot already removed.
        text: String,
        /// Only the writer can see it (a Teams targeted message): answers must be private too.
        private: bool,
    },
    /// They pressed a button.
    Pressed(Press),
    /// They opened the bot's own page (Slack's Home tab).
    Opened,
    /// The bot was added to a team, a group chat or a personal chat.
    Added,
    /// The bot was removed; nothing can be posted there any more.
    Removed,
}

/// A pressed button: an id and a version, and what was typed. It carries no right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// The verb of the contract: `submit`, `approve`, …
    pub verb: String,
    /// The request that the card names; `None` when the card names none that can be read.
    pub request: Option<RequestId>,
    /// The version of the request that the card showed.
    pub version: Option<u64>,
    /// Values by input id. An empty input is absent.
    pub inputs: BTreeMap<String, String>,
    /// The person is waiting for an answer on the same connection (Teams invoke).
    pub waiting: bool,
    /// Which copy of the card was pressed, where it can be told.
    #[serde(default)]
    pub copy: Option<SeenCopy>,
}

/// One copy of a card that somebody has before them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenCopy {
    /// Our id of the post.
    pub post: String,
    /// The chat's id of the message.
    pub message: String,
}
