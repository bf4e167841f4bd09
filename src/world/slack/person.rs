//! Somebody in front of a Slack client: what they type becomes a signed event or command.

use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::{Value, json};

use super::chat::{self, place_of};
use super::delivery::{self, Kind, Parcel};
use super::seed::Account;
use super::{client::SlackAnswer, render, views};
use crate::domain::PlaceKind;
use crate::world::Inner;
use crate::world::chat::{Message, Place};
use crate::world::mailbox::Mailbox;
use crate::world::people::Sent;
use crate::world::state::State;

/// Somebody in front of a Slack client.
#[derive(Debug, Clone)]
pub struct SlackPerson {
    pub(super) world: Arc<Inner>,
    pub(super) account: Account,
    pub(super) bot: Option<String>,
}

static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^([\w.+-]+@[\w-]+(?:\.[\w-]+)+)([.,;:!?)]*)$").ok());
static DOMAIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^([\w-]+\.(?:com|org|net|example))([.,;:!?)]*)$").ok());

/// What the client makes of typed text: addresses, domains and `@names` become links and mentions.
fn typed(state: &State, text: &str, with_names: bool) -> String {
    let word = |word: &str| {
        let escaped = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let account = word.strip_prefix('@').and_then(|name| state.seed.slack.account(name));
        if let Some(account) = account {
            let name = if with_names { format!("|{}", account.key) } else { String::new() };
            return format!("<@{}{name}>", account.id);
        }
        let link = |pattern: &LazyLock<Option<Regex>>, scheme: &str| {
            let found = pattern.as_ref()?.captures(word)?;
            Some(format!("<{scheme}{0}|{0}>{1}", &found[1], &found[2]))
        };
        link(&ADDRESS, "mailto:").or_else(|| link(&DOMAIN, "http://")).unwrap_or(escaped)
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A message of this person, stored in the chat.
pub(super) fn write(state: &mut State, account: &Account, place: &Place, text: &str, now: jiff::Timestamp) -> Message {
    let ts = state.slack.next_ts(now);
    let base = place.id.split(';').next().unwrap_or_default();
    let root = place.id.split_once(";thread=").map(|(_, root)| root);
    let message = Message {
        place: place_of(base, Some(root.unwrap_or(&ts))),
        id: ts,
        author: Some(account.key.clone()),
        text: text.to_owned(),
        card: None,
        activity: Value::Null,
        names: chat::names_in(state, text),
        only_for: None,
        at: now,
        edits: 0,
        deleted: false,
        unread: false,
        never_read: false,
    };
    state.chat.messages.push(message.clone());
    message
}

impl SlackPerson {
    /// Who it is.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The same person, whose requests reach the bot at this base URL: one replica of several.
    #[must_use]
    pub fn through(mut self, url: &str) -> Self {
        self.bot = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// What this person can see of the bot in a place.
    pub fn mailbox(&self, place: &Place) -> Mailbox {
        Mailbox::new(&self.world, Some(place.clone())).of(&self.account.id)
    }

    /// Their direct message with the bot.
    pub fn direct(&self) -> Place {
        Place { id: self.account.direct_message(), kind: PlaceKind::Personal }
    }

    /// Where modals appear.
    pub fn modals(&self) -> Place {
        Place { id: views::modal_place(&self.account.id), kind: PlaceKind::Personal }
    }

    /// Their Home tab.
    pub fn home(&self) -> Place {
        Place { id: views::home_place(&self.account.id), kind: PlaceKind::Personal }
    }

    /// The workspace in which something happens: that of the channel, or their own.
    pub(super) fn team_at(&self, state: &State, channel: &str) -> String {
        let channel = state.seed.slack.channels.iter().find(|c| c.id == channel);
        channel.map_or_else(|| self.account.team.clone(), |c| c.team.clone())
    }

    /// Writes to the bot: in the direct message as it is, in a channel or thread with a mention.
    pub async fn say(&self, place: &Place, text: &str) -> Sent {
        let shown = {
            let state = self.world.lock();
            let text = typed(&state, text, false);
            match place.kind {
                PlaceKind::Personal => text,
                _ => format!("<@{}> {text}", self.bot_user(&state, &place.id)),
            }
        };
        self.say_raw(place, &shown).await
    }

    /// Writes exactly this mrkdwn.
    pub async fn say_raw(&self, place: &Place, text: &str) -> Sent {
        let now = self.world.clock.now();
        let message = write(&mut self.world.lock(), &self.account, place, text, now);
        self.world.changed();
        self.tell_of(&message).await
    }

    /// Mentions the bot in a channel or thread.
    pub async fn mention(&self, place: &Place, text: &str) -> Sent {
        self.say(place, text).await
    }

    /// Writes in the direct message with the bot.
    pub async fn say_alone(&self, text: &str) -> Sent {
        self.say(&self.direct(), text).await
    }

    fn bot_user(&self, state: &State, place: &str) -> String {
        let team = self.team_at(state, place.split(';').next().unwrap_or_default());
        state.seed.slack.workspace(&team).map_or_else(String::new, |w| w.bot_user.clone())
    }

    /// The events that a message causes: one in a direct message, one or two for a mention, none where the bot is not.
    async fn tell_of(&self, message: &Message) -> Sent {
        let channel = chat::channel_of(message).to_owned();
        let direct = channel.starts_with('D');
        let (mention, plain) = {
            let mut state = self.world.lock();
            let team = self.team_at(&state, &channel);
            let bot = self.bot_user(&state, &channel);
            let inside = chat::find(&state, &team, &channel).is_ok_and(|spot| spot.members.contains(&bot));
            let mentioned = render::mentioned(&message.text).contains(&bot);
            let hears = direct || state.knobs.slack.hears_channels;
            let mut event = chat::shown(&state, &team, message);
            event["channel"] = channel.into();
            event["event_ts"] = message.id.clone().into();
            if chat::thread_of(message) == Some(&message.id) {
                event.as_object_mut().map(|map| map.remove("thread_ts"));
            }
            let now = self.world.clock.now();
            let mut parcel = |event: Value| {
                Parcel::new(Kind::Event, delivery::event(&mut state, (&team, &self.account.team), event, now))
            };
            let mut plain = event.clone();
            plain["channel_type"] = if direct { "im" } else { "channel" }.into();
            event["type"] = "app_mention".into();
            ((inside && !direct && mentioned).then(|| parcel(event)), (inside && hears).then(|| parcel(plain)))
        };
        let (first, second) = tokio::join!(self.maybe(mention), self.maybe(plain));
        let (status, payload) = match (first, second) {
            (Some((200, payload)), Some((status, _))) => (status, payload),
            (Some(first), _) => first,
            (None, Some(second)) => second,
            (None, None) => (0, Value::Null),
        };
        Sent { id: message.id.clone(), status, activity: payload }
    }

    async fn maybe(&self, parcel: Option<Parcel>) -> Option<(u16, Value)> {
        let parcel = parcel?;
        let (status, _) = self.deliver(&parcel).await;
        Some((status, parcel.payload))
    }

    pub(super) async fn deliver(&self, parcel: &Parcel) -> (u16, Value) {
        delivery::send(&self.world, parcel, self.bot.as_deref()).await
    }

    /// Slack sends the same event once more, as after a time-out. `number`: 1 to 3.
    pub async fn redeliver(&self, sent: &Sent, number: u32, reason: &str) -> Sent {
        let retry = Some((number, reason.to_owned()));
        let parcel = Parcel { retry, ..Parcel::new(Kind::Event, sent.activity.clone()) };
        let (status, _) = self.deliver(&parcel).await;
        Sent { status, ..sent.clone() }
    }

    /// Any event of this person in a workspace, for what a normal client never causes.
    pub async fn cause(&self, event: Value) -> Sent {
        let now = self.world.clock.now();
        let team = self.account.team.clone();
        let payload = delivery::event(&mut self.world.lock(), (&team, &team), event, now);
        let (status, _) = self.deliver(&Parcel::new(Kind::Event, payload.clone())).await;
        Sent { id: payload["event_id"].as_str().unwrap_or_default().to_owned(), status, activity: payload }
    }

    /// Changes an earlier message of theirs in the direct message.
    pub async fn edit_message(&self, sent: &Sent, text: &str) -> Sent {
        let channel = sent.activity["event"]["channel"].clone();
        let edited = json!({"type": "message", "user": self.account.id, "text": text, "ts": sent.id,
            "edited": {"user": self.account.id, "ts": sent.id}});
        let kind = if channel.as_str().is_some_and(|c| c.starts_with('D')) { "im" } else { "channel" };
        let ts = self.world.lock().slack.next_ts(self.world.clock.now());
        self.cause(json!({"type": "message", "subtype": "message_changed", "hidden": true, "channel": channel,
            "channel_type": kind, "ts": ts, "event_ts": ts, "message": edited,
            "previous_message": sent.activity["event"]}))
            .await
    }

    /// Looks at the bot's Home tab.
    pub async fn open_home(&self) -> Sent {
        self.open_tab("home").await
    }

    /// Looks at the direct message with the bot.
    pub async fn open_messages(&self) -> Sent {
        self.open_tab("messages").await
    }

    async fn open_tab(&self, tab: &str) -> Sent {
        let event = {
            let mut state = self.world.lock();
            let ts = state.slack.next_ts(self.world.clock.now());
            let mut event = json!({"type": "app_home_opened", "user": self.account.id, "tab": tab,
                "channel": self.account.direct_message(), "event_ts": ts});
            if let Some(view) = state.slack.homes.get(&self.account.id).filter(|_| tab == "home") {
                event["view"] = views::shown(&state, view);
            }
            event
        };
        self.cause(event).await
    }

    /// Types a slash command in a channel or direct message. In a thread the client itself refuses.
    pub async fn command(&self, place: &Place, command: &str, text: &str) -> SlackAnswer {
        if place.id.contains(';') {
            let why = format!("{command} is not supported in threads. Sorry!");
            return SlackAnswer::Refused(vec![why]);
        }
        let now = self.world.clock.now();
        let payload = {
            let mut state = self.world.lock();
            let trigger = state.slack.new_trigger(&self.account.id, None, now);
            let hook = state.slack.new_hook((&place.id, None), (&self.account.id, None), now);
            let text = if state.knobs.slack.escaped_commands { typed(&state, text, true) } else { text.to_owned() };
            let seed = &state.seed.slack;
            let workspace = seed.workspace(&self.account.team);
            let channel = seed.channels.iter().find(|c| c.id == place.id).map_or("directmessage", |c| &c.name);
            let mut payload = json!({"token": "deprecated", "team_id": self.account.team,
                "team_domain": workspace.map(|w| w.domain.clone()), "channel_id": place.id, "channel_name": channel,
                "user_id": self.account.id, "user_name": self.account.key, "command": command, "text": text,
                "api_app_id": seed.app_id, "is_enterprise_install": "false",
                "response_url": format!("{}/slack-hooks/commands/{hook}", self.world.url), "trigger_id": trigger});
            if let Some(enterprise) = workspace.and_then(|w| w.enterprise.clone()) {
                payload["enterprise_id"] = enterprise.into();
                payload["enterprise_name"] = "Contoso".into();
                payload["is_enterprise_install"] = "true".into();
            }
            payload
        };
        let (status, answer) = self.deliver(&Parcel::new(Kind::Command, payload)).await;
        self.show_reply(place, status, &answer)
    }

    /// The answer to a command is a message that only this person sees, unless it says otherwise.
    fn show_reply(&self, place: &Place, status: u16, answer: &Value) -> SlackAnswer {
        if status != 200 {
            return SlackAnswer::Failed(status);
        }
        let text = answer.as_str().or(answer["text"].as_str()).unwrap_or_default();
        let mut state = self.world.lock();
        let Ok(said) = chat::content(&state, (text, &answer["blocks"])) else { return SlackAnswer::Taken };
        let spot = chat::Spot { channel: place.id.clone(), members: Vec::new() };
        let only_for = (answer["response_type"] != "in_channel").then_some(self.account.id.as_str());
        let message = chat::message(&mut state, (&spot, None, only_for), said, self.world.clock.now());
        let shown = message.plain();
        state.chat.messages.push(message);
        drop(state);
        self.world.changed();
        SlackAnswer::Shown(shown)
    }
}
