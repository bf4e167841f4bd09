//! The Bot Connector: what the bot posts, rewrites and removes, with the vendor's refusals and limits.
//!
//! Shapes and errors: <https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability>;
//! limits: <https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit>.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::card_rules::{card_fault, mention_fault};
use super::chat::Message;
use super::log::{Effect, EffectKind, System};
use super::login::{self, CONNECTOR_SCOPE, TokenFault};
use super::server::{Answer, Ask};
use super::state::State;
use super::{Inner, conversations};
use crate::domain::PlaceKind;

/// Larger activities are refused.
const MOST_BYTES: usize = 100 * 1024;
/// Calls allowed per bot and conversation within so many seconds: sends.
const SEND_LIMITS: [(usize, i64); 4] = [(7, 1), (8, 2), (60, 30), (1800, 3600)];
/// The same for reading members and conversations.
const READ_LIMITS: [(usize, i64); 4] = [(14, 1), (16, 2), (120, 30), (3600, 3600)];
/// The unpaged member list.
const UNPAGED_LIMITS: [(usize, i64); 1] = [(5, 60)];
/// Per app and tenant.
const APP_LIMITS: [(usize, i64); 1] = [(50, 1)];
/// After this time a private message is gone from every client.
const TARGETED_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The two-part body of every refusal.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": message}}))
}

pub(super) fn precondition_failed() -> Answer {
    refusal(412, "PreconditionFailed", "Another write to this conversation is under way.")
}

/// A write that is under way in a conversation; ends when dropped.
#[derive(Debug)]
pub(super) struct Writing {
    world: Arc<Inner>,
    conversation: String,
    /// Another one was there before.
    pub refused: bool,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.refused {
            let mut writing = self.world.writing.lock().unwrap_or_else(PoisonError::into_inner);
            writing.remove(&self.conversation);
        }
    }
}

/// Notes a write for as long as it lasts, where the knob asks for it.
pub(super) fn begin_write(world: &Arc<Inner>, state: &mut State, ask: &Ask, system: System) -> Option<Writing> {
    let conversation = match ask.segments.as_slice() {
        [first, id, second, ..] if first == "conversations" && second == "activities" => id.clone(),
        _ => return None,
    };
    if system != System::Connector || !state.knobs.refuse_concurrent_writes {
        return None;
    }
    let mut writing = world.writing.lock().unwrap_or_else(PoisonError::into_inner);
    let refused = !writing.insert(conversation.clone());
    Some(Writing { world: Arc::clone(world), conversation, refused })
}

pub(super) fn answer(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let app = state.seed.app_id.clone();
    match login::check(world, state, ask, (&app, CONNECTOR_SCOPE)) {
        Ok(()) => {}
        Err(TokenFault::Invalid) => return refusal(401, "BotNotRegistered", "The token is not valid."),
        Err(TokenFault::Foreign) => {
            let answer = refusal(401, "BotNotRegistered", "The token is meant for somebody else.");
            return answer.broke("a token for another audience was sent to the Connector");
        }
    }
    if let Some(throttled) = throttle(world, state, ask) {
        return throttled;
    }
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match (ask.method.as_str(), segments.as_slice()) {
        ("POST", ["conversations"]) => conversations::create(world, state, ask),
        ("GET", ["teams", team]) => conversations::team(state, team),
        ("GET", ["teams", team, "conversations"]) => conversations::channels(state, team),
        (method, ["conversations", id, rest @ ..]) => {
            let Some(conversation) = state.chat.find(id) else {
                return refusal(404, "ConversationNotFound", "The conversation was not found.");
            };
            if !conversation.bot_inside {
                return refusal(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.");
            }
            match (method, rest) {
                ("POST", ["activities"]) | ("POST", ["activities", _]) => post(world, state, ask, id),
                ("PUT", ["activities", activity]) => update(world, state, ask, (id, activity)),
                ("DELETE", ["activities", activity]) => delete(world, state, ask, (id, activity)),
                ("GET", ["members"]) => conversations::members(state, id),
                ("GET", ["members", member]) => conversations::member(state, (id, member)),
                ("GET", ["pagedmembers" | "pagedMembers"]) => conversations::paged(state, ask, id),
                _ => Answer::unexpected(),
            }
        }
        _ => Answer::unexpected(),
    }
}

/// Counts a call; the refusal when there were too many.
fn throttle(world: &Inner, state: &mut State, ask: &Ask) -> Option<Answer> {
    if !state.knobs.rate_limits {
        return None;
    }
    let now = world.clock.now();
    let place = ask.segments.get(1).map_or("", String::as_str);
    let unpaged = ask.method == "GET" && ask.segments.len() == 3 && ask.segments[2] == "members";
    let kinds: [(String, &[(usize, i64)]); 2] = match ask.method.as_str() {
        "GET" if unpaged => [(format!("unpaged {place}"), &UNPAGED_LIMITS), ("app".to_owned(), &APP_LIMITS)],
        "GET" => [(format!("read {place}"), &READ_LIMITS), ("app".to_owned(), &APP_LIMITS)],
        _ => [(format!("send {place}"), &SEND_LIMITS), ("app".to_owned(), &APP_LIMITS)],
    };
    let mut wait = None;
    for (kind, limits) in &kinds {
        let times = state.chat.traffic.entry(kind.clone()).or_default();
        let oldest = now - SignedDuration::from_hours(1);
        while times.front().is_some_and(|t| *t <= oldest) {
            times.pop_front();
        }
        let full = limits.iter().find(|(most, seconds)| {
            times.iter().rev().take_while(|t| **t > now - SignedDuration::from_secs(*seconds)).count() >= *most
        });
        wait = wait.max(full.map(|(_, seconds)| *seconds));
    }
    if let Some(seconds) = wait {
        let answer = refusal(429, "Throttled", "Too many requests.");
        return Some(answer.header("Retry-After", seconds));
    }
    for (kind, _) in kinds {
        state.chat.traffic.entry(kind).or_default().push_back(now);
    }
    None
}

/// What an activity may hold; the rule that it breaks otherwise.
fn checked(ask: &Ask) -> Result<Value, Answer> {
    if ask.body.len() > MOST_BYTES {
        return Err(refusal(413, "MessageSizeTooBig", "Message size too large."));
    }
    let Some(activity) = ask.json().filter(Value::is_object) else {
        return Err(refusal(400, "BadSyntax", "The body is not a JSON object."));
    };
    let kind = activity["type"].as_str().unwrap_or_default();
    if kind != "message" && kind != "typing" {
        return Err(refusal(400, "Bad Argument", "Activities of this type cannot be sent."));
    }
    if kind == "message" && text_of(&activity).is_empty() && attachments(&activity).is_empty() {
        return Err(refusal(400, "BadSyntax", "The message is empty."));
    }
    for attachment in attachments(&activity) {
        let kind = attachment["contentType"].as_str().unwrap_or_default();
        if kind != "application/vnd.microsoft.card.adaptive" {
            continue;
        }
        if let Some(fault) = card_fault(&attachment["content"]) {
            return Err(refusal(400, "Bad Argument", "The card is not valid.").broke(format!("card: {fault}")));
        }
    }
    Ok(activity)
}

fn text_of(activity: &Value) -> &str {
    activity["text"].as_str().unwrap_or_default()
}

fn attachments(activity: &Value) -> &[Value] {
    activity["attachments"].as_array().map_or(&[], Vec::as_slice)
}

fn card_of(activity: &Value) -> Option<Value> {
    let card = |a: &&Value| a["contentType"] == "application/vnd.microsoft.card.adaptive";
    attachments(activity).iter().find(card).map(|a| a["content"].clone())
}

fn targeted(ask: &Ask) -> bool {
    ask.query("isTargetedActivity") == Some("true")
}

fn post(world: &Inner, state: &mut State, ask: &Ask, place: &str) -> Answer {
    let activity = match checked(ask) {
        Ok(activity) => activity,
        Err(answer) => return answer,
    };
    if activity["type"] == "typing" {
        return Answer::json(202, &json!({}));
    }
    let only_for = if targeted(ask) {
        let conversation = state.chat.find(place);
        let id = activity["recipient"]["id"].as_str().unwrap_or_default();
        let private = conversation.is_some_and(|c| c.kind != PlaceKind::Personal);
        if !private || !conversation.is_some_and(|c| c.members.iter().any(|m| m.mri() == id)) {
            return refusal(400, "Bad Argument", "A targeted message needs a recipient in the conversation.");
        }
        Some(id.to_owned())
    } else {
        None
    };
    let rule = broken_rule(&activity);
    let split = rule.as_deref() == Some(SPLIT);
    let id = put_message(state, activity, (place, only_for), world.clock.now());
    let effect = Effect::new(EffectKind::MessagePosted, id.clone());
    // Teams splits the two into separate messages and tells no id that could be rewritten.
    let body = if split { json!({}) } else { json!({"id": id}) };
    noticed(Answer::json(201, &body).did(effect), rule)
}

/// Accepted by Teams, but not what anybody wanted.
const SPLIT: &str = "text and a card in one activity";

fn broken_rule(activity: &Value) -> Option<String> {
    if !text_of(activity).is_empty() && !attachments(activity).is_empty() {
        return Some(SPLIT.to_owned());
    }
    mention_fault(activity, card_of(activity).as_ref())
}

fn noticed(answer: Answer, rule: Option<String>) -> Answer {
    match rule {
        Some(rule) => answer.broke(rule),
        None => answer,
    }
}

/// Stores a message of the bot; a bare channel id starts a thread.
pub(super) fn put_message(
    state: &mut State,
    activity: Value,
    (place, only_for): (&str, Option<String>),
    now: Timestamp,
) -> String {
    let channel = state.chat.find(place).is_some_and(|c| c.kind == PlaceKind::Channel);
    let (id, place) = if channel && !place.contains(';') {
        let thread = state.chat.new_thread(now).id;
        (state.chat.id_in(&thread, now), thread)
    } else {
        (state.chat.id_in(place, now), place.to_owned())
    };
    state.chat.messages.push(Message {
        id: id.clone(),
        place,
        author: None,
        text: text_of(&activity).to_owned(),
        card: card_of(&activity),
        activity,
        names: BTreeMap::new(),
        only_for,
        at: now,
        edits: 0,
        deleted: false,
        unread: true,
        never_read: true,
    });
    id
}

/// The bot's own message that an edit names, or the refusal.
fn edited<'a>(
    world: &Inner,
    state: &'a mut State,
    ask: &Ask,
    (place, id): (&str, &str),
) -> Result<&'a mut Message, Answer> {
    let targeted = targeted(ask);
    let base = |id: &str| id.split(';').next().unwrap_or(id).to_owned();
    let gone = || refusal(404, "ActivityNotFoundInConversation", "The activity was not found in the conversation.");
    let found = state.chat.message_mut(id).filter(|m| !m.deleted && base(&m.place) == base(place));
    let message = found.ok_or_else(gone)?;
    if message.author.is_some() {
        return Err(refusal(403, "NotEnoughPermissions", "Only own messages can be changed."));
    }
    match (&message.only_for, targeted) {
        (Some(_), false) => Err(gone()),
        (None, true) => Err(refusal(400, "INVALID_TARGETED_MESSAGE_ID", "This is not a targeted message.")),
        (Some(_), true) if world.clock.now().duration_since(message.at) >= TARGETED_LIFE => {
            Err(refusal(404, "TARGETED_MESSAGE_EXPIRED_OR_DELETED", "The targeted message is gone."))
        }
        _ => Ok(message),
    }
}

fn update(world: &Inner, state: &mut State, ask: &Ask, (place, id): (&str, &str)) -> Answer {
    let activity = match checked(ask) {
        Ok(activity) => activity,
        Err(answer) => return answer,
    };
    if targeted(ask) && activity.get("recipient").is_some() {
        return refusal(400, "Bad Argument", "The recipient of a targeted message cannot be changed.");
    }
    let rule = broken_rule(&activity);
    let message = match edited(world, state, ask, (place, id)) {
        Ok(message) => message,
        Err(answer) => return answer,
    };
    message.text = text_of(&activity).to_owned();
    message.card = card_of(&activity);
    message.activity = activity;
    message.edits += 1;
    message.unread = true;
    // The new card is everybody's again until their client asks for their own view.
    state.chat.views.retain(|(_, message), _| message != id);
    noticed(Answer::json(200, &json!({"id": id})).did(Effect::new(EffectKind::MessageUpdated, id)), rule)
}

fn delete(world: &Inner, state: &mut State, ask: &Ask, at: (&str, &str)) -> Answer {
    match edited(world, state, ask, at) {
        Ok(message) => {
            (message.deleted, message.unread, message.never_read) = (true, false, false);
            Answer::empty(200).did(Effect::new(EffectKind::MessageDeleted, at.1))
        }
        Err(answer) => answer,
    }
}
