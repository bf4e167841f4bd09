//! views.*: modals and Home tabs. Everybody has a stack of at most three modals.

use serde_json::{Value, json};

use super::blocks::{self, Stage};
use super::chat::names_in;
use super::state::OpenView;
use super::web::{Called, Refusal, Reply, refused, wrong};
use crate::world::chat::Message;
use crate::world::log::{Effect, EffectKind};
use crate::world::state::State;

/// How many modals lie on each other at most.
const DEPTH: usize = 3;

/// The place in which somebody's modals are messages.
pub(super) fn modal_place(user: &str) -> String {
    format!("{user};modal")
}

/// The place in which somebody's Home tab is a message.
pub(super) fn home_place(user: &str) -> String {
    format!("{user};home")
}

/// What is wrong with a view, as a refusal.
pub(super) fn checked(view: &Value, stage: Stage) -> Result<(), Refusal> {
    let faults = blocks::view_faults(view, stage);
    if faults.is_empty() {
        return Ok(());
    }
    Err(wrong("invalid_arguments", format!("view: {}", faults.join(", "))).explained(&faults))
}

/// The view as answers and payloads show it.
pub(super) fn shown(state: &State, view: &OpenView) -> Value {
    let mut shown = view.content.clone();
    let workspace = state.seed.slack.workspace(&view.team);
    for (key, value) in [
        ("id", Value::from(view.id.clone())),
        ("team_id", view.team.clone().into()),
        ("hash", view.hash.clone().into()),
        ("app_id", state.seed.slack.app_id.clone().into()),
        ("app_installed_team_id", view.team.clone().into()),
        ("bot_id", workspace.map_or("", |w| w.bot_id.as_str()).into()),
        ("root_view_id", view.id.clone().into()),
        ("previous_view_id", Value::Null),
        ("state", json!({"values": {}})),
    ] {
        shown[key] = value;
    }
    for key in ["private_metadata", "callback_id", "external_id"] {
        if shown[key].is_null() {
            shown[key] = "".into();
        }
    }
    shown
}

/// Shows a view as a message, new or rewritten.
fn display(state: &mut State, (place, view): (String, &OpenView), now: jiff::Timestamp) {
    let names = names_in(state, &view.content.to_string());
    if let Some(message) = state.chat.message_mut(&view.id) {
        message.card = Some(view.content.clone());
        message.names = names;
        message.edits += 1;
        message.unread = true;
        return;
    }
    state.chat.messages.push(Message {
        id: view.id.clone(),
        place,
        author: None,
        text: String::new(),
        card: Some(view.content.clone()),
        activity: Value::Null,
        names,
        only_for: Some(view.user.clone()),
        at: now,
        edits: 0,
        deleted: false,
        unread: true,
        never_read: true,
    });
}

/// Puts a new modal on somebody's stack.
pub(super) fn lay(state: &mut State, (user, team): (&str, &str), content: Value, now: jiff::Timestamp) -> OpenView {
    let count = state.slack.count();
    let view = OpenView {
        id: format!("V{count:010}"),
        user: user.to_owned(),
        team: team.to_owned(),
        hash: format!("{}.{count}", now.as_second()),
        content,
    };
    display(state, (modal_place(user), &view), now);
    state.slack.modals.entry(user.to_owned()).or_default().push(view.clone());
    view
}

/// Gives an open modal another content.
pub(super) fn refill(state: &mut State, id: &str, content: Value, now: jiff::Timestamp) -> Option<OpenView> {
    let count = state.slack.count();
    let view = state.slack.modals.values_mut().flatten().find(|view| view.id == id)?;
    view.content = content;
    view.hash = format!("{}.{count}", now.as_second());
    let view = view.clone();
    display(state, (modal_place(&view.user), &view), now);
    Some(view)
}

/// Takes modals from a stack: the top one, or all.
pub(super) fn clear(state: &mut State, user: &str, all: bool) {
    let Some(stack) = state.slack.modals.get_mut(user) else { return };
    let from = if all { 0 } else { stack.len().saturating_sub(1) };
    let gone: Vec<String> = stack.drain(from..).map(|view| view.id).collect();
    for message in state.chat.messages.iter_mut().filter(|m| gone.contains(&m.id)) {
        message.deleted = true;
    }
}

/// The trigger, used up; who pressed, and in which modal.
fn pulled(state: &mut State, call: &Called<'_>) -> Result<(String, Option<String>), Refusal> {
    let now = call.now;
    let Some(trigger) = state.slack.triggers.get_mut(call.text("trigger_id")) else {
        return Err(wrong("invalid_trigger_id", "a trigger that Slack never gave"));
    };
    if trigger.until <= now {
        return Err(refused("trigger_expired"));
    }
    if trigger.used {
        return Err(wrong("trigger_exchanged", "a trigger is used twice"));
    }
    trigger.used = true;
    Ok((trigger.user.clone(), trigger.view.clone()))
}

pub(super) fn open(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    checked(call.value("view"), Stage::Modal)?;
    let (user, _) = pulled(state, call)?;
    clear(state, &user, true);
    let view = lay(state, (&user, &call.caller.team), call.value("view").clone(), call.now);
    let body = json!({"view": shown(state, &view)});
    Ok(Reply::of(body).did(Effect::new(EffectKind::ViewOpened, view.id)))
}

pub(super) fn push(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    checked(call.value("view"), Stage::Modal)?;
    let (user, from) = pulled(state, call)?;
    let stack = state.slack.modals.get(&user).map_or(&[][..], Vec::as_slice);
    if !stack.iter().any(|view| Some(&view.id) == from.as_ref()) {
        return Err(wrong("invalid_trigger_id", "views.push needs a trigger from inside a modal"));
    }
    if stack.len() >= DEPTH {
        return Err(refused("push_limit_reached"));
    }
    let view = lay(state, (&user, &call.caller.team), call.value("view").clone(), call.now);
    let body = json!({"view": shown(state, &view)});
    Ok(Reply::of(body).did(Effect::new(EffectKind::ViewOpened, view.id)))
}

pub(super) fn update(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    checked(call.value("view"), Stage::Modal)?;
    let external = call.text("external_id");
    let by_id = state.slack.modal(call.text("view_id"));
    let by_name = || state.slack.modals.values().flatten().find(|v| v.content["external_id"] == external);
    let found = if external.is_empty() { by_id } else { by_id.or_else(by_name) };
    let view = found.filter(|view| view.team == call.caller.team).ok_or_else(|| refused("not_found"))?;
    if !call.value("hash").is_null() && call.text("hash") != view.hash {
        return Err(refused("hash_conflict"));
    }
    let id = view.id.clone();
    let view = refill(state, &id, call.value("view").clone(), call.now).ok_or_else(|| refused("not_found"))?;
    let body = json!({"view": shown(state, &view)});
    Ok(Reply::of(body).did(Effect::new(EffectKind::ViewUpdated, view.id)))
}

pub(super) fn publish(state: &mut State, call: &Called<'_>) -> Result<Reply, Refusal> {
    checked(call.value("view"), Stage::Home)?;
    let user = call.text("user_id").to_owned();
    let known = state.seed.slack.account(&user).is_some_and(|a| a.id == user && a.team == call.caller.team);
    if !known {
        return Err(wrong("invalid_arguments", "a Home tab of somebody who is not in the workspace"));
    }
    let before = state.slack.homes.get(&user).map(|view| (view.id.clone(), view.hash.clone()));
    if !call.value("hash").is_null() && before.as_ref().is_some_and(|(_, hash)| call.text("hash") != hash) {
        return Err(refused("hash_conflict"));
    }
    let count = state.slack.count();
    let view = OpenView {
        id: before.map_or_else(|| format!("V{count:010}"), |(id, _)| id),
        user: user.clone(),
        team: call.caller.team.clone(),
        hash: format!("{}.{count}", call.now.as_second()),
        content: call.value("view").clone(),
    };
    display(state, (home_place(&user), &view), call.now);
    state.slack.homes.insert(user, view.clone());
    let body = json!({"view": shown(state, &view)});
    Ok(Reply::of(body).did(Effect::new(EffectKind::HomePublished, view.id)))
}
