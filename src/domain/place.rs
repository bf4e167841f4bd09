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

/// What follows the channel in the name of a thread that the bot's own first message begins.
const OWN_THREAD: &str = ";request=";

impl Place {
    /// The channel or chat without its thread.
    pub fn base(&self) -> &str {
        self.conversation.split(';').next().unwrap_or_default()
    }

    /// A thread in this channel that the bot begins itself; `key` tells it from others. Its first message, once posted,
    /// is where the others go: only the vendor knows the name of such a thread.
    #[must_use]
    pub fn own_thread(&self, key: &str) -> Place {
        Place { conversation: format!("{}{OWN_THREAD}{key}", self.base()), kind: PlaceKind::Channel, ..self.clone() }
    }

    /// It is a thread that the bot's own first message begins.
    pub fn is_own_thread(&self) -> bool {
        self.conversation.contains(OWN_THREAD)
    }

    /// How the work goes is shown in the message that begins this thread: it is the bot's own, and in Slack it is what
    /// people in the channel see of a thread. In Teams they see the last replies as well.
    pub fn leads_with_progress(&self) -> bool {
        self.surface == Surface::Slack && self.is_own_thread()
    }

    /// What is posted here may be what somebody at `other` has before them: the same conversation, or a thread of the
    /// bot's own in the same channel.
    pub fn may_be(&self, other: &Place) -> bool {
        let here = match self.is_own_thread() {
            true => self.base() == other.base(),
            false => self.conversation == other.conversation,
        };
        here && self.surface == other.surface && self.tenant.eq_ignore_ascii_case(&other.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_of_the_bots_own_may_be_any_in_its_channel() {
        let thread = |conversation: &str| Place {
            surface: Surface::Slack,
            conversation: conversation.to_owned(),
            kind: PlaceKind::Channel,
            address: String::new(),
            tenant: "T1".to_owned(),
        };
        let own = thread("C1;thread=5").own_thread("ONB-1");
        assert_eq!(own.conversation, "C1;request=ONB-1");
        assert!(own.leads_with_progress() && !thread("C1;thread=5").leads_with_progress());
        assert!(!Place { surface: Surface::Teams, ..own.clone() }.leads_with_progress());
        assert!(own.may_be(&thread("C1;thread=9")) && own.may_be(&own));
        assert!(!own.may_be(&thread("C2;thread=9")) && !thread("C1;thread=9").may_be(&own));
        assert!(!own.may_be(&Place { surface: Surface::Teams, ..thread("C1") }));
        assert!(!own.may_be(&Place { tenant: "T2".to_owned(), ..thread("C1") }));
    }
}
