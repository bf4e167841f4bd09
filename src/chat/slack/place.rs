//! How a Slack conversation is named in a [`Place`].
//!
//! `C123;thread=1700000000.000100`: a thread in a channel. `C123;request=…`: a thread whose first message is the first one
//! that the bot posts there (a slash command has no message of its own). `D123`: a direct message. `U123;home`: somebody's
//! Home tab. [`Place::tenant`] is the workspace (`T…`), [`Place::address`] the Enterprise organisation (`E…`) or empty.

use crate::domain::{Place, PlaceKind, Surface};

/// Where in Slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot<'a> {
    /// `C…`, `G…`, `D…`, or `U…` for a Home tab.
    pub channel: &'a str,
    /// Where in it.
    pub thread: Thread<'a>,
}

/// Where in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread<'a> {
    /// Not in a thread.
    None,
    /// Under the message with this `ts`.
    Under(&'a str),
    /// Under the first message that the bot posts in this conversation.
    OwnFirst,
    /// Not a conversation: somebody's Home tab.
    Home,
}

/// Takes the name of a conversation apart.
pub fn spot(conversation: &str) -> Spot<'_> {
    let (channel, rest) = conversation.split_once(';').unwrap_or((conversation, ""));
    let thread = match rest.split_once('=') {
        Some(("thread", ts)) => Thread::Under(ts),
        Some(_) => Thread::OwnFirst,
        None if rest == "home" => Thread::Home,
        None => Thread::None,
    };
    Spot { channel, thread }
}

/// Which workspace of which organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workspace<'a> {
    /// `T…`
    pub team: &'a str,
    /// `E…`; empty outside Enterprise Grid.
    pub enterprise: &'a str,
}

/// The workspace of a place in Slack.
pub fn workspace(place: &Place) -> Workspace<'_> {
    Workspace { team: &place.tenant, enterprise: &place.address }
}

fn place(workspace: Workspace<'_>, kind: PlaceKind, conversation: String) -> Place {
    let (address, tenant) = (workspace.enterprise.to_owned(), workspace.team.to_owned());
    Place { surface: Surface::Slack, conversation, kind, address, tenant }
}

/// What a channel is, by its id: `D…` is a direct message. Group direct messages and channels both have threads.
pub fn kind(channel: &str) -> PlaceKind {
    if channel.starts_with('D') { PlaceKind::Personal } else { PlaceKind::Channel }
}

/// The thread under a message; a direct message as a whole.
pub fn thread(workspace: Workspace<'_>, channel: &str, ts: &str) -> Place {
    match kind(channel) {
        PlaceKind::Personal => place(workspace, PlaceKind::Personal, channel.to_owned()),
        kind => place(workspace, kind, format!("{channel};thread={ts}")),
    }
}

/// A thread that the bot's own first message begins; `key` tells it from others in the channel.
pub fn own_thread(workspace: Workspace<'_>, channel: &str, key: &str) -> Place {
    let whole = place(workspace, kind(channel), channel.to_owned());
    if whole.kind == PlaceKind::Personal { whole } else { whole.own_thread(key) }
}

/// A channel as a whole: not in a thread.
pub fn whole(workspace: Workspace<'_>, channel: &str) -> Place {
    place(workspace, kind(channel), channel.to_owned())
}

/// A conversation by its name, as [`Place::conversation`] holds it.
pub fn named(workspace: Workspace<'_>, conversation: &str) -> Place {
    let spot = spot(conversation);
    let kind = if spot.thread == Thread::Home { PlaceKind::Personal } else { kind(spot.channel) };
    place(workspace, kind, conversation.to_owned())
}

/// Somebody's Home tab.
pub fn home(workspace: Workspace<'_>, user: &str) -> Place {
    place(workspace, PlaceKind::Personal, format!("{user};home"))
}

/// The id of a message as the journal keeps it: its `ts`, and before that the channel where that is not the place's own
/// (`D9/1700000000.000100`): what cannot be posted where somebody asked goes to their direct message, and a message to a
/// Home tab's owner goes there as well.
pub fn message_id(place: &Place, channel: &str, ts: &str) -> String {
    if spot(&place.conversation).channel == channel { ts.to_owned() } else { format!("{channel}/{ts}") }
}

/// The channel and the `ts` of a message in a place.
pub fn message<'a>(place: &'a Place, id: &'a str) -> (&'a str, &'a str) {
    id.split_once('/').unwrap_or((spot(&place.conversation).channel, id))
}

/// The channel to which a new message goes. `root`: the first message that the bot posted in the place.
pub fn channel<'a>(place: &'a Place, root: Option<&'a str>) -> &'a str {
    root.map_or(spot(&place.conversation).channel, |root| message(place, root).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_taken_apart_as_it_was_put_together() {
        let here = Workspace { team: "T1", enterprise: "" };
        let spots = [
            (thread(here, "C1", "17.01"), Spot { channel: "C1", thread: Thread::Under("17.01") }),
            (thread(here, "D1", "17.01"), Spot { channel: "D1", thread: Thread::None }),
            (own_thread(here, "C1", "k"), Spot { channel: "C1", thread: Thread::OwnFirst }),
            (home(here, "U1"), Spot { channel: "U1", thread: Thread::Home }),
            (whole(here, "C1"), Spot { channel: "C1", thread: Thread::None }),
        ];
        for (place, expected) in spots {
            assert_eq!(spot(&place.conversation), expected, "{place:?}");
            assert_eq!(named(here, &place.conversation), place);
        }
    }

    #[test]
    fn a_message_elsewhere_carries_its_channel() {
        let place = own_thread(Workspace { team: "T1", enterprise: "" }, "C1", "k");
        assert_eq!(message_id(&place, "C1", "17.01"), "17.01");
        assert_eq!(message_id(&place, "D9", "17.01"), "D9/17.01");
        assert_eq!(message(&place, "17.01"), ("C1", "17.01"));
        assert_eq!(message(&place, "D9/17.01"), ("D9", "17.01"));
        assert_eq!(
            [channel(&place, None), channel(&place, Some("17.01")), channel(&place, Some("D9/17.01"))],
            ["C1", "C1", "D9"]
        );
    }
}
