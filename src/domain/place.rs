//! Where people talk to the bot.

use serde::{Deserialize, Serialize};

/// A product in which people talk to the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// Microsoft Teams.
    Teams,
    /// Slack.
    Slack,
}

/// What kind of conversation a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceKind {
    /// One person and the bot.
    Personal,
    /// Several people, no threads.
    Group,
    /// A thread in a channel.
    Channel,
}

/// One conversation, a thread being one of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The product.
    pub surface: Surface,
    /// The vendor's conversation id; in a Teams channel it names the thread (`19:…;messageid=…`).
    pub conversation: String,
    /// Personal, group or channel thread.
    pub kind: PlaceKind,
    /// Where the vendor wants answers sent: Teams' `serviceUrl`. Checked against the allow-list at every use.
    pub address: String,
    /// The tenant or workspace.
    pub tenant: String,
}
