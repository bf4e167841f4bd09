//! chat.*: what the bot posts, rewrites and removes.

use serde_json::{Value, json};

use super::blocks::{self, Stage};
use super::render::{self, Names};
use super::web::{Called, Refusal, Reply, refused, wrong};
use crate::world::chat::Message;
use crate::world::log::{Effect, EffectKind};
use crate::world::state::State;

/// Longer texts are cut when they are posted, and refused when a message is rewritten.
const MOST_POSTED: usize = 40_000;
const MOST_UPDATED: usize = 4000;
/// All blocks of a message together, in characters of JSON; observed, not documented.
const MOST_BLOCKS: usize = 13_000;

/// Where a message may go.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// `C…` or `D…`
    pub channel: String,
    /// User ids of everybody in it.
    pub members: Vec<String>,
}

impl Spot {
    /// What the world calls the place of a message here.
    pub(super) fn place(&self, root: Option<&str>) -> String {
        place_of(&self.channel, root)
    }
}

/// A direct message is one place; in a channel every thread is one.
pub(super) fn place_of(channel: &str, root: Option<&str>) -> String {
    match root.filter(|_| !channel.starts_with('D')) {
        Some(root) => format!("{channel};thread={root}"),
        None => channel.to_owned(),
    }
}

/// A conversation that the bot of a workspace can see; whether it may write there is another question.
pub(super) fn find(state: &State, team: &str, channel: &str) -> Result<Spot, Refusal> {
    let seed = &state.seed.slack;
    let bot = seed.workspace(team).map_or("", |w| w.bot_user.as_str());
    let direct = seed.accounts.iter().find(|a| a.team == team && a.direct_message() == channel);
    if let Some(account) = direct {
        return Ok(Spot { channel: channel.to_owned(), members: vec![account.id.clone(), bot.to_owned()] });
    }
    let found = seed.channels.iter().find(|c| c.id == channel && c.team == team);
    let inside = |members: &[String]| members.iter().any(|m| m == bot);
    match found.filter(|c| !c.private || inside(&c.members)) {
        Some(channel) => Ok(Spot { channel: channel.id.clone(), members: channel.members.clone() }),
        None => Err(refused("channel_not_found")),
    }
}

/// The same, where the bot may write.
pub(super) fn writable(state: &State, team: &str, channel: &str) -> Result<Spot, Refusal> {
    let spot = find(state, team, channel)?;
    if spot.channel.starts_with('D') && !state.knobs.slack.messages_tab {
        return Err(refused("messages_tab_disabled"));
    }
    let archived = state.seed.slack.channels.iter().any(|c| c.id == channel && c.archived);
    if archived {
        return Err(refused("is_archived"));
    }
    let bot = state.seed.slack.workspace(team).map_or("", |w| w.bot_user.as_str());
    if spot.members.iter().any(|m| m == bot) { Ok(spot) } else { Err(refused("not_in_channel")) }
}

/// What a message says, checked.
#[derive(Debug)]
pub(super) struct Content {
    pub text: String,
    pub card: Option<Value>,
    pub names: Names,
    pub rule: Option<String>,
    pub cut: bool,
}

/// Names of everybody who is mentioned anywhere in it.
pub(super) fn names_in(state: &State, text: &str) -> Names {
    let seed = &state.seed.slack;
    let name = |id: &String| {
        let bot = seed.workspaces.iter().find(|w| w.bot_user == *id).map(|_| state.seed.bot_name.clone());
        seed.account(id).map(|a| a.name.clone()).or(bot)
    };
    render::mentioned(text).into_iter().filter_map(|id| Some((id.clone(), name(&id)?))).collect()
}

/// Refuses what Slack refuses of text and blocks, and notices what it takes although it should not be sent.
pub(super) fn content(state: &State, (text, given): (&str, &Value)) -> Result<Content, Refusal> {
    let mut rules = Vec::new();
    let card = match given.as_array() {
        _ if given.is_null() => None,
        Some(blocks) if blocks.is_empty() => None,
        _ => {
            check_blocks(state, given)?;
            Some(json!({"blocks": given}))
        }
    };
    let (text, cut) = match text.char_indices().nth(MOST_POSTED) {
        Some((at, _)) => (text[..at].to_owned(), true),
        None => (text.to_owned(), false),
    };
    if text.is_empty() && card.is_none() {
        return Err(wrong("no_text", "neither text nor blocks"));
    }
    let names = names_in(state, &format!("{text} {given}"));
    let knows = |id: &str| names.contains_key(id);
    rules.extend(render::text_fault(&text, knows));
    if let Some(blocks) = given.as_array() {
        rules.extend(marked_texts(given).iter().filter_map(|text| render::text_fault(text, knows)));
        if card.is_some() && text.trim().is_empty() {
            rules.push("blocks without the text that stands for them".to_owned());
        } else {
            rules.extend(render::missing_words(&blocks::shown_texts(blocks), &text, &names));
        }
    }
    let rule = (!rules.is_empty()).then(|| rules.join("; "));
    Ok(Content { text, card, names, rule, cut })
}

fn check_blocks(state: &State, given: &Value) -> Result<(), Refusal> {
    let faults = blocks::block_faults(given, Stage::Message, true);
    let invalid = |faults: &[String], rule: Option<String>| {
        let mut refusal = Refusal { rule, ..refused("invalid_blocks") }.explained(faults);
        refusal.more.insert("errors".to_owned(), faults.iter().map(|f| f.replace("[ERROR] ", "")).collect());
        Err(refusal)
    };
    if !faults.is_empty() {
        return invalid(&faults, Some(format!("invalid_blocks: {}", faults.join(", "))));
    }
    if given.to_string().chars().count() > MOST_BLOCKS {
        return Err(wrong("msg_blocks_too_long", "the blocks are too long together"));
    }
    // A client that is not up to date is nobody's fault.
    let old = blocks::block_faults(given, Stage::Message, state.knobs.slack.newer_blocks);
    if old.is_empty() { Ok(()) } else { invalid(&old, None) }
}

/// Every text in which markup counts.
fn marked_texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(marked_texts).collect(),
        Value::Object(map) if value["type"] == "mrkdwn" => {
            map.get("text").and_then(Value::as_str).map(str::to_owned).into_iter().collect()
        }
        Value::Object(map) => map.values().flat_map(marked_texts).collect(),
        _ => Vec::new(),
    }
}

/// A message of the bot as it is stored.
pub(super) fn message(
    state: &mut State,
    (spot, thread, only_for): (&Spot, Option<&str>, Option<&str>),
    content: Content,
    now: jiff::Timestamp,
) -> Message {
    let ts = state.slack.next_ts(now);
    let root = match (thread, only_for) {
        (Some(thread), _) => Some(thread.to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some(ts.clone()),
    };
    Message {
        id: ts,
        place: spot.place(root.as_deref()),
        author: None,
        text: content.text,
        card: content.card,
        activity: Value::Null,
        names: content.names,
        only_for: only_for.map(str::to_owned),
        at: now,
        edits: 0,
        deleted: false,
        unread: true,
        never_read: true,
    }
}

/// The message as events and answers show it.
pub(super) fn shown(state: &State, team: &str, message: &Message) -> Value {
    let workspace = state.seed.slack.workspace(team);
    let mut shown = json!({"type": "message", "ts": message.id, "text": message.text, "team": team});
    match &message.author {
        None => {
            shown["user"] = workspace.map_or("", |w| w.bot_user.as_str()).into();
            shown["bot_id"] = workspace.map_or("", |w| w.bot_id.as_str()).into();
            shown["app_id"] = state.seed.slack.app_id.clone().into();
        }
        Some(key) => shown["user"] = state.seed.slack.account(key).map_or("", |a| a.id.as_str()).into(),
    }
    if let Some(card) = &message.card {
        shown["blocks"] = card["blocks"].clone();
    }
    if let Some(thread) = thread_of(message) {
        shown["thread_ts"] = thread.into();
    }
    shown
}

/// The root of the thread that a message is in.
pub(super) fn thread_of(message: &Message) -> Option<&str> {
    message.place.split_once(";thread=").map(|(_, root)| root)
}

/// The conversation of a message, without its thread.
pub(super) fn channel_of(message: &Message) -> &str {
    message.place.split(';').next().unwrap_or_default()
}

pub(super) fn post(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let (team, now) = (call.caller.team.clone(), call.now);
    let wanted = call.text("channel");
    // A user's id stands for the direct message with them.
    let direct = state.seed.slack.accounts.iter().find(|a| a.id == wanted && a.team == team);
    let channel = direct.map_or_else(|| wanted.to_owned(), super::seed::Account::direct_message);
    let spot = writable(state, &team, &channel)?;
    let thread = call.arguments.get("thread_ts").and_then(Value::as_str);
    let mut rule = None;
    if let Some(ts) = thread {
        let root = state.chat.messages.iter().find(|m| m.id == ts && channel_of(m) == channel);
        let root = root.ok_or_else(|| wrong("cannot_reply_to_message", "a thread that no message begins"))?;
        // That somebody deleted it is no fault of the bot's.
        if root.deleted {
            return Err(refused("cannot_reply_to_message"));
        }
        if !channel.starts_with('D') && thread_of(root) != Some(ts) {
            rule = Some("thread_ts is the ts of a reply".to_owned());
        }
    }
    let content = content(state, (call.text("text"), call.value("blocks")))?;
    let (noticed, cut) = (content.rule.clone(), content.cut);
    let message = message(state, (&spot, thread, None), content, now);
    let shown = shown(state, &team, &message);
    let body = json!({"channel": channel, "ts": message.id, "message": shown});
    let effect = Effect::new(EffectKind::MessagePosted, message.id.clone());
    let mut event = shown;
    event["channel"] = channel.into();
    event["event_ts"] = message.id.clone().into();
    state.chat.messages.push(message);
    echo(state, &team, event);
    let mut reply = Reply::of(body).did(effect).noticed(rule).noticed(noticed);
    reply.warning = cut.then_some("message_truncated");
    Ok(reply)
}

/// What the bot itself posted comes back to it wherever it listens to messages.
fn echo(state: &mut State, team: &str, mut event: Value) {
    let channel = event["channel"].as_str().unwrap_or_default();
    let direct = channel.starts_with('D');
    if direct || state.knobs.slack.hears_channels {
        event["channel_type"] = if direct { "im" } else { "channel" }.into();
        state.slack.echoes.push((team.to_owned(), event));
    }
}

/// Words or blocks for one person, who must be in the conversation. Nobody can rewrite them.
pub(super) fn post_ephemeral(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let spot = writable(state, &call.caller.team, call.text("channel"))?;
    let user = call.text("user");
    if !spot.members.iter().any(|m| m == user) {
        return Err(refused("user_not_in_channel"));
    }
    let content = content(state, (call.text("text"), call.value("blocks")))?;
    let noticed = content.rule.clone();
    let thread = call.arguments.get("thread_ts").and_then(Value::as_str);
    let message = message(state, (&spot, thread, Some(user)), content, call.now);
    let body = json!({"message_ts": message.id});
    let effect = Effect::new(EffectKind::MessagePosted, message.id.clone());
    state.chat.messages.push(message);
    Ok(Reply::of(body).did(effect).noticed(noticed))
}

/// The bot's own message that a call names.
fn own<'a>(state: &'a mut State, call: &Called<'_>, others: &str) -> Result<&'a mut Message, Refusal> {
    let (channel, ts) = (call.text("channel"), call.text("ts"));
    find(state, &call.caller.team, channel)?;
    let found = state.chat.messages.iter_mut().find(|m| m.id == ts && channel_of(m) == channel && !m.deleted);
    let message = found.filter(|m| m.only_for.is_none()).ok_or_else(|| refused("message_not_found"))?;
    if message.author.is_some() { Err(wrong(others, "somebody else's message")) } else { Ok(message) }
}

pub(super) fn update(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let (team, channel) = (call.caller.team.clone(), call.text("channel").to_owned());
    own(state, call, "cant_update_message")?;
    writable(state, &team, &channel)?;
    if call.text("text").chars().count() > MOST_UPDATED {
        return Err(wrong("msg_too_long", "a text of more than 4000 characters"));
    }
    let content = content(state, (call.text("text"), call.value("blocks")))?;
    let message = own(state, call, "cant_update_message")?;
    let kept = kept_ids(message.card.as_ref(), content.card.as_ref());
    let noticed = content.rule.or(kept);
    // Without blocks the old ones are gone.
    (message.text, message.card, message.names) = (content.text, content.card, content.names);
    message.edits += 1;
    message.unread = true;
    let message = message.clone();
    let shown = shown(state, &team, &message);
    let event_ts = state.slack.next_ts(call.now);
    echo(
        state,
        &team,
        json!({"type": "message", "subtype": "message_changed", "hidden": true, "channel": channel, "ts": event_ts,
            "event_ts": event_ts, "message": shown}),
    );
    let body = json!({"channel": channel, "ts": message.id, "text": message.text, "message": shown});
    Ok(Reply::of(body).did(Effect::new(EffectKind::MessageUpdated, message.id)).noticed(noticed))
}

/// Clients keep what was chosen by `block_id`: an input that changed needs a new one.
fn kept_ids(before: Option<&Value>, after: Option<&Value>) -> Option<String> {
    let inputs = |card: Option<&Value>| -> Vec<Value> {
        let blocks = card.and_then(|c| c["blocks"].as_array()).cloned().unwrap_or_default();
        blocks.into_iter().filter(|b| b["type"] == "input").collect()
    };
    let before = inputs(before);
    let changed = |b: &Value| before.iter().any(|old| old["block_id"] == b["block_id"] && old != b);
    let kept = inputs(after).into_iter().find(|b| !b["block_id"].is_null() && changed(b))?;
    Some(format!("the input {} changed and kept its block_id", kept["block_id"]))
}

pub(super) fn delete(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let message = own(state, call, "cant_delete_message")?;
    (message.deleted, message.unread, message.never_read) = (true, false, false);
    let id = message.id.clone();
    let body = json!({"channel": call.text("channel"), "ts": id});
    Ok(Reply::of(body).did(Effect::new(EffectKind::MessageDeleted, id)))
}

pub(super) fn permalink(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let (channel, ts) = (call.text("channel"), call.text("message_ts"));
    find(state, &call.caller.team, channel)?;
    if !state.chat.messages.iter().any(|m| m.id == ts && channel_of(m) == channel && !m.deleted) {
        return Err(refused("message_not_found"));
    }
    let domain = state.seed.slack.workspace(&call.caller.team).map_or("", |w| w.domain.as_str());
    let link = format!("https://{domain}.slack.com/archives/{channel}/p{}", ts.replace('.', ""));
    Ok(Reply::of(json!({"channel": channel, "permalink": link})))
}
