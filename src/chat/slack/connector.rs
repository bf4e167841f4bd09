//! What the bot does in Slack, in the words of [`crate::chat::Surfaces`].
//!
//! A message that goes elsewhere than its place names (see [`Connector::send_or_turn`]) has an id that carries its channel
//! ([`super::place::message_id`]), so that it is rewritten where it is and the conversation goes on there.

use std::sync::Arc;

use dashmap::DashMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::api::{Api, Encoding};
use super::desk::Desk;
use super::errors::SlackError;
use super::place::{self, Thread, Workspace, workspace};
use super::reply::{Reply, reply};
use crate::cards::SlackMessage;
use crate::chat::Permit;
use crate::chat::pace::Way;
use crate::clock::SharedClock;
use crate::domain::{Person, Place};

const POST: (&str, Encoding) = ("chat.postMessage", Encoding::Json);
const UPDATE: (&str, Encoding) = ("chat.update", Encoding::Json);
const WHISPER: (&str, Encoding) = ("chat.postEphemeral", Encoding::Json);
const DELETE: (&str, Encoding) = ("chat.delete", Encoding::Form);
const PUBLISH: (&str, Encoding) = ("views.publish", Encoding::Json);

/// chat.update refuses a longer text (`msg_too_long`); for the others Slack recommends this limit.
const LONGEST_TEXT: usize = 4000;
/// Where a 429 does not say how long to wait, and the longest wait that is believed.
const WAIT: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// A workspace that refused newer blocks is sent plain ones at once for so long: trying both each time would be one call too
/// many for a channel that takes one message a second.
const PLAIN_LASTS: SignedDuration = SignedDuration::from_hours(1);

/// Where a new message goes.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The conversation.
    pub place: &'a Place,
    /// The first message that the bot posted there, under which the others go where the bot began the thread itself.
    pub root: Option<&'a str>,
    /// Our id of the post, so that a copy can be recognised.
    pub post: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// A place as a whole.
    pub fn new(place: &'a Place) -> Self {
        Self { place, root: None, post: None }
    }
}

/// Posts, rewrites, opens forms, looks people up.
#[derive(Debug)]
pub struct Connector {
    api: Api,
    desk: Desk,
    clock: SharedClock,
    /// Methods that a workspace asked too much of, and until when they rest.
    resting: DashMap<(String, &'static str), Timestamp>,
    /// Workspaces that refused newer blocks, and until when they get plain ones.
    plain: DashMap<String, Timestamp>,
}

impl Connector {
    /// A connector over a client.
    pub fn new(api: Api, desk: Desk, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { api, desk, clock, resting: DashMap::new(), plain: DashMap::new() })
    }

    /// Reply addresses.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The client.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Time.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Until when this way is closed in the workspace of a place, because Slack said so. A whisper has more than one way.
    pub fn open_from(&self, place: &Place, way: Way) -> Option<Timestamp> {
        let (method, _) = match way {
            Way::Post => POST,
            Way::Rewrite => UPDATE,
            Way::TakeBack => DELETE,
            Way::Home => PUBLISH,
            Way::Whisper => return None,
        };
        self.rests_until(&place.tenant, method)
    }

    /// Posts a new message and returns its id.
    pub async fn send(
        &self,
        target: Target<'_>,
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<Option<String>, SlackError> {
        let Target { place, root, post } = target;
        let (spot, begun) = (place::spot(&place.conversation), root.map(|root| place::message(place, root)));
        let opened;
        let (channel, thread) = match (spot.thread, begun) {
            (Thread::Under(ts), _) => (spot.channel, Some(ts)),
            (Thread::OwnFirst, Some((channel, ts))) => (channel, Some(ts)),
            (Thread::Home, Some((channel, _))) => (channel, None),
            (Thread::Home, None) => {
                opened = self.open_personal(workspace(place), spot.channel).await?.conversation;
                (opened.as_str(), None)
            }
            (Thread::OwnFirst | Thread::None, _) => (spot.channel, None),
        };
        match self.post((place, channel, thread), message, post, permit).await {
            // The bot's own first message was deleted: that is no reason to leave the channel.
            Err(SlackError::Gone { code }) if begun.is_some() && is_about_the_thread(&code) => {
                Err(SlackError::MessageGone { code })
            }
            sent => sent,
        }
    }

    /// Posts a new message; where the bot may not write, whoever typed the command there is answered all the same.
    ///
    /// A slash command works in every channel, also where the bot is no member. Words then go to the reply address: only the
    /// person who typed sees them, where they typed. A card must last longer than such an address and be rewritten, so it
    /// goes to their direct message, where the conversation goes on; `pointer` says so where they typed. Nothing is shown to
    /// others in a channel that did not invite the bot. Without a reply address words too go to the direct message.
    pub async fn send_or_turn(
        &self,
        target: Target<'_>,
        message: &SlackMessage,
        pointer: &SlackMessage,
        permit: &Permit,
    ) -> Result<Option<String>, SlackError> {
        let error = match self.send(target, message, permit).await {
            Err(error @ SlackError::Gone { .. }) => error,
            sent => return sent,
        };
        let place = target.place;
        let is_new = place::spot(&place.conversation).thread == Thread::OwnFirst && target.root.is_none();
        let Some(user) = self.desk.asker(&place.conversation, self.clock.now()).filter(|_| is_new) else {
            return Err(error);
        };
        if target.post.is_none() && self.reply((place, &user), message, Some(permit)).await? == Reply::Posted {
            return Ok(None);
        }
        let alone = self.open_personal(workspace(place), &user).await?;
        let sent = self.post((place, &alone.conversation, None), message, target.post, permit).await?;
        if target.post.is_some()
            && let Err(why) = self.reply((place, &user), pointer, None).await
        {
            tracing::debug!(%why, "nobody is told that the answer went to a direct message");
        }
        Ok(sent)
    }

    /// Rewrites a message.
    pub async fn update(
        &self,
        (place, id): (&Place, &str),
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<(), SlackError> {
        let (channel, ts) = place::message(place, id);
        let arguments = json!({"channel": channel, "ts": ts});
        self.offer((workspace(place), UPDATE), arguments, message, permit).await.map(drop)
    }

    /// Takes a message back.
    pub async fn delete(&self, place: &Place, id: &str) -> Result<(), SlackError> {
        let (channel, ts) = place::message(place, id);
        self.call(workspace(place), DELETE, &json!({"channel": channel, "ts": ts}), None).await.map(drop)
    }

    /// For one person alone: by their reply address, else ephemeral, else in their direct message with the bot. What is not in
    /// a direct message cannot be rewritten and has no id.
    pub async fn whisper(
        &self,
        (target, person): (Target<'_>, &Person),
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<Option<String>, SlackError> {
        let (place, user) = (target.place, person.chat_id.as_str());
        if self.reply((place, user), message, Some(permit)).await? == Reply::Posted {
            return Ok(None);
        }
        let (spot, begun) = (place::spot(&place.conversation), target.root.map(|root| place::message(place, root)));
        let thread = match (spot.thread, begun) {
            (Thread::Under(ts), _) => Some(ts),
            (Thread::OwnFirst, Some((_, ts))) => Some(ts),
            _ => None,
        };
        let is_elsewhere = begun.is_some_and(|(channel, _)| channel != spot.channel);
        if spot.thread != Thread::Home && !is_elsewhere {
            let mut arguments = json!({"channel": spot.channel, "user": user});
            if let Some(ts) = thread {
                arguments["thread_ts"] = json!(ts);
            }
            match self.offer((workspace(place), WHISPER), arguments, message, permit).await {
                Err(SlackError::Gone { code }) => {
                    tracing::debug!(code, "a private message goes to a direct message");
                }
                sent => return sent.map(|_| None),
            }
        }
        let alone = self.open_personal(workspace(place), user).await?;
        self.post((place, &alone.conversation, None), message, target.post, permit).await
    }

    /// The direct message with somebody.
    pub async fn open_personal(&self, workspace: Workspace<'_>, user: &str) -> Result<Place, SlackError> {
        let method = ("conversations.open", Encoding::Form);
        let opened = self.call(workspace, method, &json!({"users": user}), None).await?;
        match opened.pointer("/channel/id").and_then(Value::as_str) {
            Some(id) if id.starts_with('D') => Ok(place::thread(workspace, id, "")),
            _ => Err(SlackError::Other { code: "no direct message".to_owned() }),
        }
    }

    /// Opens a modal within the trigger's 3 s and returns the view's id.
    pub async fn open_view(&self, workspace: Workspace<'_>, trigger: &str, view: &Value) -> Result<String, SlackError> {
        let arguments = json!({"trigger_id": trigger, "view": view});
        let opened = self.call(workspace, ("views.open", Encoding::Json), &arguments, None).await?;
        let id = opened.pointer("/view/id").and_then(Value::as_str).filter(|id| !id.is_empty());
        id.map(str::to_owned).ok_or_else(|| SlackError::Other { code: "no view".to_owned() })
    }

    /// Replaces the content of an open modal.
    pub async fn update_view(&self, workspace: Workspace<'_>, id: &str, view: &Value) -> Result<(), SlackError> {
        let arguments = json!({"view_id": id, "view": view});
        self.call(workspace, ("views.update", Encoding::Json), &arguments, None).await.map(drop)
    }

    /// Shows somebody's Home tab.
    pub async fn publish_home(&self, workspace: Workspace<'_>, user: &str, view: &Value) -> Result<(), SlackError> {
        self.call(workspace, PUBLISH, &json!({"user_id": user, "view": view}), None).await.map(drop)
    }

    async fn post(
        &self,
        (place, channel, thread): (&Place, &str, Option<&str>),
        message: &SlackMessage,
        post: Option<&str>,
        permit: &Permit,
    ) -> Result<Option<String>, SlackError> {
        let mut arguments = json!({"channel": channel, "unfurl_links": false, "unfurl_media": false});
        if let Some(ts) = thread {
            arguments["thread_ts"] = json!(ts);
        }
        if let Some(post) = post {
            arguments["metadata"] = json!({"event_type": "onboard_bot_post", "event_payload": {"post": post}});
        }
        let posted = self.offer((workspace(place), POST), arguments, message, permit).await?;
        let text = |key: &str| posted.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        Ok(text("ts").map(|ts| place::message_id(place, text("channel").unwrap_or(channel), ts)))
    }

    /// A reply to a person in a place, if there is an address for it.
    async fn reply(
        &self,
        (place, user): (&Place, &str),
        message: &SlackMessage,
        permit: Option<&Permit>,
    ) -> Result<Reply, SlackError> {
        let Some(address) = self.desk.reply_address(&place.conversation, user, self.clock.now()) else {
            return Ok(Reply::Unusable);
        };
        let text = shortened(&message.text, "");
        let mut body = json!({"response_type": "ephemeral", "replace_original": false, "text": text});
        if let Thread::Under(ts) = place::spot(&place.conversation).thread {
            body["thread_ts"] = json!(ts);
        }
        if !message.blocks.is_empty() {
            body["blocks"] = json!(message.blocks);
        }
        reply(&self.api, &address, &body, permit).await
    }

    /// A call with a message in it; with plain blocks where Slack refuses the newer ones, or did lately. Slack has said then
    /// that it took nothing, so that the permit still stands.
    async fn offer(
        &self,
        (workspace, method): (Workspace<'_>, (&'static str, Encoding)),
        mut arguments: Value,
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<Value, SlackError> {
        arguments["text"] = json!(shortened(&message.text, ""));
        let with = |blocks: &[Value]| {
            let mut arguments = arguments.clone();
            if !blocks.is_empty() {
                arguments["blocks"] = json!(blocks);
            }
            arguments
        };
        let now = self.clock.now();
        if let Some(plain) = message.plain.as_ref().filter(|_| self.takes_plain_only(workspace.team, now)) {
            return self.call(workspace, method, &with(plain), Some(permit)).await;
        }
        match (self.call(workspace, method, &with(&message.blocks), Some(permit)).await, &message.plain) {
            (Err(SlackError::Payload { code, .. }), Some(plain)) if is_about_blocks(&code) => {
                tracing::warn!(method = method.0, %code, "Slack refuses the blocks; plain ones go instead");
                let until = now.checked_add(PLAIN_LASTS).unwrap_or(Timestamp::MAX);
                self.plain.insert(workspace.team.to_owned(), until);
                self.call(workspace, method, &with(plain), Some(permit)).await
            }
            (answer, _) => answer,
        }
    }

    fn takes_plain_only(&self, team: &str, now: Timestamp) -> bool {
        self.plain.get(team).is_some_and(|until| *until > now)
    }

    /// One call, unless the workspace has asked to leave this method alone.
    pub(super) async fn call(
        &self,
        workspace: Workspace<'_>,
        (method, encoding): (&'static str, Encoding),
        arguments: &Value,
        permit: Option<&Permit>,
    ) -> Result<Value, SlackError> {
        if let Some(until) = self.rests_until(workspace.team, method) {
            let retry_after = Some(until.duration_since(self.clock.now()).max(SignedDuration::ZERO));
            return Err(SlackError::Throttled { retry_after });
        }
        let answer = self.api.call(workspace, (method, encoding), arguments, permit).await;
        if let Err(SlackError::Throttled { retry_after }) = &answer {
            let wait = retry_after.unwrap_or(WAIT).min(LONGEST_WAIT);
            let until = self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
            self.resting.insert((workspace.team.to_owned(), method), until);
        }
        answer
    }

    fn rests_until(&self, team: &str, method: &'static str) -> Option<Timestamp> {
        let until = *self.resting.get(&(team.to_owned(), method))?;
        (until > self.clock.now()).then_some(until)
    }
}

fn is_about_the_thread(code: &str) -> bool {
    matches!(code, "cannot_reply_to_message" | "thread_not_found")
}

fn is_about_blocks(code: &str) -> bool {
    matches!(code, "invalid_blocks" | "invalid_blocks_format" | "msg_blocks_too_long" | "only_one_table_allowed")
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, SlackError> {
    serde_json::from_value(answer).map_err(|_| SlackError::Other { code: "unreadable".to_owned() })
}

/// A text that Slack takes: cut at a word where it is too long, with a hint that it was.
pub(crate) fn shortened(text: &str, hint: &str) -> String {
    if text.chars().count() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let hint = format!("… {hint}");
    let most = LONGEST_TEXT - hint.trim_end().chars().count();
    let mut kept: &str = text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end]);
    if let Some(blank) = kept.rfind(char::is_whitespace).filter(|blank| *blank > 0) {
        kept = &kept[..blank];
    }
    // Half a link is none, and half an entity is noise.
    for (open, close) in [('<', '>'), ('&', ';')] {
        let cut = kept.rfind(open).filter(|at| !kept[*at..].contains(close));
        kept = cut.map_or(kept, |at| &kept[..at]);
    }
    format!("{}{}", kept.trim_end(), hint.trim_end())
}

#[cfg(test)]
mod tests;
