//! users.*, usergroups.*, conversations.*: who is who and where.

use serde_json::{Value, json};

use super::chat::find;
use super::seed::Account;
use super::web::{Called, Refusal, Reply, refused, wrong};
use crate::world::log::{Effect, EffectKind};
use crate::world::state::State;

/// Everybody of the workspace, and whoever shares a channel with it.
fn visible<'a>(state: &'a State, team: &str, id: &str) -> Option<&'a Account> {
    let account = state.seed.slack.accounts.iter().find(|a| a.id == id)?;
    let shares = || state.seed.slack.channels.iter().any(|c| c.team == team && c.members.contains(&account.id));
    (account.team == team || shares()).then_some(account)
}

fn shown(state: &State, call: &Called<'_>, account: &Account) -> Value {
    let enterprise = state.seed.slack.workspace(&account.team).and_then(|w| w.enterprise.clone());
    let mut profile = json!({"real_name": account.name, "display_name": account.key, "team": account.team});
    if call.needs("users:read.email").is_ok()
        && let Some(email) = &account.email
    {
        profile["email"] = email.clone().into();
    }
    let mut user = json!({"id": account.id, "team_id": account.team, "name": account.key, "deleted": account.deleted,
        "real_name": account.name, "profile": profile, "is_bot": account.bot, "is_app_user": false});
    if account.deleted {
        return user;
    }
    for (key, value) in [
        ("is_admin", false),
        ("is_owner", false),
        ("is_primary_owner", false),
        ("is_restricted", account.guest || account.single_channel_guest),
        ("is_ultra_restricted", account.single_channel_guest),
        ("is_email_confirmed", account.confirmed),
    ] {
        user[key] = value.into();
    }
    if account.team != call.caller.team {
        user["is_stranger"] = true.into();
        // Another company's confirmation is not shown.
        user.as_object_mut().map(|map| map.remove("is_email_confirmed"));
    }
    if let Some(enterprise) = enterprise {
        user["enterprise_user"] = json!({"id": account.id, "enterprise_id": enterprise, "teams": [account.team],
            "enterprise_name": "Contoso", "is_admin": false, "is_owner": false});
    }
    user
}

pub(super) fn info(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let account = visible(state, &call.caller.team, call.text("user")).ok_or_else(|| refused("user_not_found"))?;
    Ok(Reply::of(json!({"user": shown(state, call, account)})))
}

pub(super) fn by_email(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    call.needs("users:read")?;
    let wanted = call.text("email");
    let is = |a: &&Account| {
        a.team == call.caller.team && !a.deleted && a.email.as_deref().is_some_and(|e| e.eq_ignore_ascii_case(wanted))
    };
    let account = state.seed.slack.accounts.iter().find(is).ok_or_else(|| refused("users_not_found"))?;
    Ok(Reply::of(json!({"user": shown(state, call, account)})))
}

pub(super) fn usergroup(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let wanted = call.text("usergroup");
    let group = state.seed.slack.usergroups.iter().find(|g| g.id == wanted && g.team == call.caller.team);
    let group = group.ok_or_else(|| refused("no_such_subteam"))?;
    Ok(Reply::of(json!({"users": group.users})))
}

/// The direct message with one person.
pub(super) fn open(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    let users = call.text("users");
    if users.is_empty() {
        return Err(wrong("users_list_not_supplied", "nobody to open a conversation with"));
    }
    if users.contains(',') {
        call.needs("mpim:write")?;
    }
    let account = visible(state, &call.caller.team, users).ok_or_else(|| refused("user_not_found"))?;
    if account.bot {
        return Err(refused("cannot_dm_bot"));
    }
    if account.deleted {
        return Err(refused("user_disabled"));
    }
    let id = account.direct_message();
    let body = json!({"no_op": true, "already_open": true, "channel": {"id": id}});
    Ok(Reply::of(body).did(Effect::new(EffectKind::ConversationCreated, id)))
}

/// The scope that reading a conversation needs, by its kind.
fn may_read(state: &State, call: &Called<'_>) -> Result<(), Refusal> {
    let channel = call.text("channel");
    let private = state.seed.slack.channels.iter().any(|c| c.id == channel && c.private);
    call.needs(match () {
        () if channel.starts_with('D') => "im:read",
        () if private => "groups:read",
        () => "channels:read",
    })
}

pub(super) fn channel_info(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    may_read(state, call)?;
    let spot = find(state, &call.caller.team, call.text("channel"))?;
    let bot = state.seed.slack.workspace(&call.caller.team).map_or("", |w| w.bot_user.as_str());
    let found = state.seed.slack.channels.iter().find(|c| c.id == spot.channel);
    let direct = found.is_none();
    let body = json!({"channel": {"id": spot.channel, "is_im": direct, "is_channel": !direct,
        "name": found.map(|c| c.name.as_str()), "is_archived": found.is_some_and(|c| c.archived),
        "is_private": found.is_some_and(|c| c.private), "is_member": spot.members.iter().any(|m| m == bot)}});
    Ok(Reply::of(body))
}

pub(super) fn members(state: &State, call: &Called<'_>) -> Result<Reply, Refusal> {
    may_read(state, call)?;
    let spot = find(state, &call.caller.team, call.text("channel"))?;
    let number = |name: &str| call.text(name).parse::<usize>().ok();
    let limit = if call.value("limit").is_null() { Some(100) } else { number("limit") };
    let limit = limit.filter(|n| (1..=1000).contains(n)).ok_or_else(|| wrong("invalid_limit", "limit is 1 to 1000"))?;
    let start = match call.text("cursor") {
        "" => 0,
        cursor => cursor.parse().map_err(|_| wrong("invalid_cursor", "a cursor that Slack never gave"))?,
    };
    let page: Vec<&String> = spot.members.iter().skip(start).take(limit).collect();
    let next = if start + limit < spot.members.len() { (start + limit).to_string() } else { String::new() };
    Ok(Reply::of(json!({"members": page, "response_metadata": {"next_cursor": next}})))
}
