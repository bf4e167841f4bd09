//! The simulated Slack, at the strictness of the simulated Teams.
//!
//! - [`SlackSeed`]: workspaces, accounts, channels, user groups; `state`: installations, triggers, views, sockets
//! - `web`: the Web API's door (tokens, encodings, scopes, limits, arguments); `chat`, `views`, `directory`, `oauth`: methods;
//!   `hooks`: reply addresses
//! - `blocks`, `elements`: what Slack checks of Block Kit; `render`: what a person reads
//! - [`SlackPerson`]: types, presses, fills in; `delivery`, `socket`: how it reaches the bot, and what may come back
//!
//! Messages are the world's own [`Message`](super::Message)s: of a channel in the place `C…;thread=ts`, of a direct
//! message in `D…`. A modal is a message in `U…;modal`, a Home tab one in `U…;home`, so that both have to be read as well.

mod blocks;
mod chat;
mod client;
mod control;
mod delivery;
mod directory;
mod elements;
mod form;
mod hooks;
mod oauth;
mod person;
pub(super) mod render;
mod seed;
mod socket;
mod state;
mod views;
mod web;

use std::sync::Arc;

use serde_json::{Value, json};

pub use client::SlackAnswer;
pub use person::SlackPerson;
pub use seed::{
    APPROVER_USERGROUP, Account, ENTERPRISE, FOREIGN_TEAM, SlackChannel, SlackSeed, SlackWorkspace, TEAM, Usergroup,
};
pub use state::{SlackKnobs, SlackState, SlackToken};

pub(super) use control::route as control;
pub(super) use delivery::echo;
pub(super) use seed::{DOUBTFUL_REQUESTERS, directory_users};
pub(super) use socket::upgrade;
pub(super) use web::answer;

use super::Inner;
use super::chat::{Message, Place};
use super::people::Sent;
use crate::domain::PlaceKind;
use delivery::{Kind, Parcel};

/// Slack as a story uses it.
#[derive(Debug, Clone)]
pub struct Slack {
    world: Arc<Inner>,
}

impl Slack {
    pub(super) fn new(world: &Arc<Inner>) -> Self {
        Self { world: Arc::clone(world) }
    }

    /// Somebody by short name or user id; any other name is an account without an e-mail address.
    pub fn person(&self, key: &str) -> SlackPerson {
        let known = self.world.lock().seed.slack.account(key).cloned();
        let account = known.unwrap_or_else(|| Account { email: None, ..Account::member(key, key, "") });
        SlackPerson { world: Arc::clone(&self.world), account, bot: None }
    }

    /// A channel as a whole, with all its threads. An unknown name is an id.
    pub fn channel(&self, name: &str) -> Place {
        let state = self.world.lock();
        let found = state.seed.slack.channels.iter().find(|c| c.name == name && c.team == TEAM);
        Place { id: found.map_or_else(|| name.to_owned(), |c| c.id.clone()), kind: PlaceKind::Channel }
    }

    /// A thread in a channel under a message that Steve wrote, and nobody answered yet.
    pub fn thread(&self, channel: &str) -> Place {
        let channel = self.channel(channel);
        let steve = self.person("steve");
        let now = self.world.clock.now();
        let root = person::write(&mut self.world.lock(), steve.account(), &channel, "Somebody needs a phone", now);
        Place { id: root.place, kind: PlaceKind::Channel }
    }

    /// The thread under a message that somebody wrote.
    pub fn thread_of(&self, sent: &Sent) -> Place {
        let place = self.world.lock().chat.message(&sent.id).map(|m| m.place.clone()).unwrap_or_default();
        let kind = if place.starts_with('D') { PlaceKind::Personal } else { PlaceKind::Channel };
        Place { id: place, kind }
    }

    /// An administrator deletes a message of the bot. Nobody can reply to it any more.
    pub fn remove(&self, message: &Message) {
        for found in self.world.lock().chat.messages.iter_mut().filter(|m| m.id == message.id) {
            (found.deleted, found.unread, found.never_read) = (true, false, false);
        }
        self.world.changed();
    }

    /// What somebody wrote.
    pub fn message(&self, sent: &Sent) -> Option<Message> {
        self.world.lock().chat.message(&sent.id).cloned()
    }

    /// The signature of a raw body, to try what the bot refuses.
    pub fn sign(&self, timestamp: &str, body: &str) -> String {
        delivery::signature(&self.world.lock().seed.slack.signing_secret, timestamp, body)
    }

    /// Slack asks whether the request URL is the bot's; its answer.
    pub async fn verify_url(&self) -> (u16, Value) {
        let payload = json!({"type": "url_verification", "token": "deprecated", "challenge": "3eZbrw1aBm2rZgRN"});
        delivery::send(&self.world, &Parcel::new(Kind::Event, payload), None).await
    }

    /// How many sockets the bot has open.
    pub fn sockets(&self) -> usize {
        self.world.lock().slack.sockets.iter().filter(|s| !s.leaving).count()
    }

    /// Tells every socket `warning`, `refresh_requested` or `link_disabled`. After a warning they stay open until
    /// [`Self::cut_sockets`].
    pub fn disconnect(&self, reason: &str) {
        socket::disconnect(&self.world, reason);
    }

    /// Cuts the sockets that were told to leave; `all`: every one, without a word.
    pub fn cut_sockets(&self, all: bool) {
        socket::cut(&self.world, all);
    }

    /// Somebody removes the app from a workspace: its tokens are dead at once, and both events come, in either order.
    pub async fn uninstall(&self, team: &str) -> [u16; 2] {
        for token in self.world.lock().slack.tokens.values_mut().filter(|t| t.team == team) {
            token.revoked = Some("account_inactive");
        }
        let bot = self.world.lock().seed.slack.workspace(team).map(|w| w.bot_user.clone());
        let mut statuses = [0; 2];
        let events = [
            json!({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}}),
            json!({"type": "app_uninstalled"}),
        ];
        for (status, event) in statuses.iter_mut().zip(events) {
            let now = self.world.clock.now();
            let payload = delivery::event(&mut self.world.lock(), (team, team), event, now);
            *status = delivery::send(&self.world, &Parcel::new(Kind::Event, payload), None).await.0;
        }
        statuses
    }
}
