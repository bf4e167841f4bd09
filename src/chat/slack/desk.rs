//! What lives for minutes only and is never stored: reply addresses (`response_url`, bearer secrets). A restart forgets them;
//! whoever needs one then falls back to an ephemeral message.

use std::sync::Arc;

use dashmap::DashMap;
use jiff::{SignedDuration, Timestamp};

use crate::config::Secret;

/// A reply address takes so many posts within [`REPLIES_LAST`].
/// <https://docs.slack.dev/interactivity/handling-user-interaction>
const MOST_REPLIES: u32 = 5;

/// A reply address works this long.
const REPLIES_LAST: SignedDuration = SignedDuration::from_mins(30);

#[derive(Debug)]
struct Reply {
    address: Secret,
    left: u32,
    until: Timestamp,
}

#[derive(Debug, Default)]
struct Tables {
    /// By conversation and person.
    replies: DashMap<(String, String), Reply>,
}

/// Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Desk(Arc<Tables>);

impl Desk {
    /// Notes the newest reply address for a person in a conversation.
    pub fn may_reply(&self, conversation: &str, user: &str, address: Secret, now: Timestamp) {
        self.0.replies.retain(|_, reply| reply.until > now && reply.left > 0);
        let until = now.checked_add(REPLIES_LAST).unwrap_or(now);
        let reply = Reply { address, left: MOST_REPLIES, until };
        self.0.replies.insert((conversation.to_owned(), user.to_owned()), reply);
    }

    /// A reply address that still works; one use is counted.
    pub fn reply_address(&self, conversation: &str, user: &str, now: Timestamp) -> Option<Secret> {
        let mut reply = self.0.replies.get_mut(&(conversation.to_owned(), user.to_owned()))?;
        if reply.until <= now || reply.left == 0 {
            return None;
        }
        reply.left -= 1;
        Some(reply.address.clone())
    }

    /// Who last got a reply address in a conversation that still works. In one that a slash command began, whoever typed it.
    pub fn asker(&self, conversation: &str, now: Timestamp) -> Option<String> {
        let replies = self.0.replies.iter();
        let here = replies.filter(|reply| reply.key().0 == conversation && reply.until > now);
        here.max_by_key(|reply| reply.until).map(|reply| reply.key().1.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_address_works_five_times_within_thirty_minutes() {
        let (desk, now) = (Desk::default(), Timestamp::UNIX_EPOCH);
        let at = |minutes| now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
        desk.may_reply("C1", "U1", Secret::new("https://hooks"), now);
        assert!((0..5).all(|_| desk.reply_address("C1", "U1", at(29)).is_some()));
        assert!(desk.reply_address("C1", "U1", at(29)).is_none());
        desk.may_reply("C1", "U1", Secret::new("https://hooks"), now);
        assert!(desk.reply_address("C1", "U1", at(30)).is_none());
        assert!(desk.reply_address("C1", "U2", now).is_none());
        assert_eq!(desk.asker("C1", at(29)).as_deref(), Some("U1"));
        assert_eq!((desk.asker("C1", at(30)), desk.asker("C2", now)), (None, None));
    }
}
