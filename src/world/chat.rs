//! Teams as the bot and the people share it: conversations, threads and messages.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::render;
use super::seed::{Human, Seed};
use super::slack::render as slack_render;
use crate::domain::PlaceKind;

/// The channel of the seed.
pub(super) const CHANNEL: &str = "19:onboarding@thread.tacv2";
/// Its team; in Teams the General channel's id is the team's.
pub(super) const TEAM: &str = "19:team@thread.tacv2";
/// The team's Entra group.
pub(super) const TEAM_GROUP: &str = "7ea00000-0000-4000-8000-000000000001";
/// The group chat of the seed.
const GROUP_CHAT: &str = "19:phones@thread.v2";

/// Where people and the bot talk: a thread of the channel, the group chat or somebody's personal chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Conversation id; a thread's names its root: `19:…;messageid=…`.
    pub id: String,
    /// Personal, group or channel.
    pub kind: PlaceKind,
}

/// A conversation without its threads.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Personal, group or channel.
    pub kind: PlaceKind,
    /// Everybody in it but the bot.
    pub members: Vec<Human>,
    /// The bot is in it.
    pub bot_inside: bool,
}

/// One message as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Activity id.
    pub id: String,
    /// Conversation id, with the thread.
    pub place: String,
    /// Short name of the person who wrote it; `None`: the bot.
    pub author: Option<String>,
    /// The text as it was sent.
    pub text: String,
    /// Its Adaptive Card.
    pub card: Option<Value>,
    /// The whole activity.
    pub activity: Value,
    /// Slack: display names of everybody who is mentioned, by user id.
    pub names: BTreeMap<String, String>,
    /// Only this person (`29:…`) sees it.
    pub only_for: Option<String>,
    /// When it was posted.
    pub at: Timestamp,
    /// How often it was rewritten.
    pub edits: u32,
    /// It was removed.
    pub deleted: bool,
    /// Nobody has looked at it since it was posted or rewritten.
    pub unread: bool,
    /// Nobody has ever looked at it.
    pub never_read: bool,
}

impl Place {
    /// In Slack, not in Teams.
    pub fn is_in_slack(&self) -> bool {
        is_in_slack(&self.id)
    }
}

/// Every conversation id of Teams has a colon, none of Slack has.
fn is_in_slack(place: &str) -> bool {
    !place.contains(':')
}

impl Message {
    /// In Slack, not in Teams.
    pub fn is_in_slack(&self) -> bool {
        is_in_slack(&self.place)
    }

    /// What a person reads: the text with mentions as `@Name`, then the card.
    pub fn plain(&self) -> String {
        if self.is_in_slack() {
            let card = self.card.as_ref();
            return card.map_or_else(
                || slack_render::plain(&self.text, &self.names),
                |c| slack_render::render(c, &self.names),
            );
        }
        let text = render::render_mentions(&self.text);
        match &self.card {
            Some(card) if text.is_empty() => render::render_text(card),
            Some(card) => format!("{text}\n{}", render::render_text(card)),
            None => text,
        }
    }
}

/// All conversations and messages.
#[derive(Debug)]
pub struct Chat {
    /// By id without thread.
    pub conversations: BTreeMap<String, Conversation>,
    /// For whom the bot is installed personally, by short name.
    pub installed: BTreeSet<String>,
    pub(super) threads: BTreeSet<String>,
    pub(super) messages: Vec<Message>,
    /// What a person sees instead of the message's card, by short name and activity id.
    pub(super) views: HashMap<(String, String), Value>,
    /// Times of calls per conversation and kind, for the limits.
    pub(super) traffic: HashMap<String, VecDeque<Timestamp>>,
    last_id: i64,
}

impl Chat {
    pub(super) fn new(seed: &Seed) -> Self {
        let shared = |kind| Conversation { kind, members: seed.people.clone(), bot_inside: true };
        let mut conversations = BTreeMap::from([
            (CHANNEL.to_owned(), shared(PlaceKind::Channel)),
            (GROUP_CHAT.to_owned(), shared(PlaceKind::Group)),
        ]);
        for human in &seed.people {
            let own = Conversation { kind: PlaceKind::Personal, members: vec![human.clone()], bot_inside: true };
            conversations.insert(personal_id(human), own);
        }
        Self {
            conversations,
            installed: seed.people.iter().map(|p| p.key.clone()).collect(),
            threads: BTreeSet::new(),
            messages: Vec::new(),
            views: HashMap::new(),
            traffic: HashMap::new(),
            last_id: 0,
        }
    }

    /// Milliseconds since 1970, and never the same twice.
    pub(super) fn next_id(&mut self, now: Timestamp) -> String {
        self.last_id = now.as_millisecond().max(self.last_id + 1);
        self.last_id.to_string()
    }

    pub(super) fn new_thread(&mut self, now: Timestamp) -> Place {
        let id = format!("{CHANNEL};messageid={}", self.next_id(now));
        self.threads.insert(id.clone());
        Place { id, kind: PlaceKind::Channel }
    }

    pub(super) fn group_chat() -> Place {
        Place { id: GROUP_CHAT.to_owned(), kind: PlaceKind::Group }
    }

    pub(super) fn personal(human: &Human) -> Place {
        Place { id: personal_id(human), kind: PlaceKind::Personal }
    }

    /// The conversation of an id with or without thread; a thread must have been started.
    pub(super) fn find(&self, id: &str) -> Option<&Conversation> {
        let base = id.split(';').next().unwrap_or(id);
        let known = base == id || self.threads.contains(id);
        self.conversations.get(base).filter(|_| known)
    }

    pub(super) fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|m| m.id == id)
    }

    pub(super) fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|m| m.id == id)
    }

    /// Forgets messages that were posted before `at`, with what people saw of them and when they were counted.
    pub(super) fn forget_before(&mut self, at: Timestamp) {
        self.messages.retain(|m| m.at >= at);
        let kept: BTreeSet<&str> = self.messages.iter().map(|m| m.id.as_str()).collect();
        self.views.retain(|(_, message), _| kept.contains(message.as_str()));
        let hour = jiff::SignedDuration::from_hours(1);
        self.traffic.retain(|_, times| times.back().is_some_and(|last| at.duration_since(*last) < hour));
    }

    /// The id that the next message in a place gets: a thread's first message is its root.
    pub(super) fn id_in(&mut self, place: &str, now: Timestamp) -> String {
        let root = place.split_once(";messageid=").map(|(_, root)| root.to_owned());
        match root.filter(|root| self.message(root).is_none()) {
            Some(root) => root,
            None => self.next_id(now),
        }
    }
}

/// The id of somebody's chat with the bot.
fn personal_id(human: &Human) -> String {
    format!("a:1{}", &human.mri()[4..])
}
