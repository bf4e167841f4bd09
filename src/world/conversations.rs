//! The Connector's conversations: starting one, who is in it, what a team has.

use serde_json::{Value, json};

use super::Inner;
use super::chat::{CHANNEL, Chat, TEAM, TEAM_GROUP};
use super::connector::{put_message, refusal};
use super::log::{Effect, EffectKind};
use super::seed::Human;
use super::server::{Answer, Ask};
use super::state::State;
use crate::domain::PlaceKind;

/// Page sizes that `pagedMembers` allows, and the default.
const PAGES: std::ops::RangeInclusive<usize> = 50..=500;
const PAGE: usize = 200;

fn json_of(state: &State, human: &Human, id_key: &str) -> Value {
    let (first, last) = human.name.split_once(' ').unwrap_or((&human.name, ""));
    let tenant = human.tenant.as_ref().unwrap_or(&state.seed.tenant_id);
    let mut shown = json!({"id": human.mri(), "name": human.name, "givenName": first, "surname": last,
        "email": human.upn, "userPrincipalName": human.upn, "tenantId": tenant, "userRole": "user"});
    shown[id_key] = human.object_id().into();
    shown
}

pub(super) fn members(state: &State, place: &str) -> Answer {
    let all = state.chat.find(place).map_or(&[][..], |c| &c.members);
    Answer::json(200, &all.iter().map(|m| json_of(state, m, "objectId")).collect())
}

/// One member by Teams id, Entra object id or UPN.
pub(super) fn member(state: &State, (place, name): (&str, &str)) -> Answer {
    let all = state.chat.find(place).map_or(&[][..], |c| &c.members);
    let is = |m: &&Human| m.mri() == name || m.object_id() == name || m.upn.eq_ignore_ascii_case(name);
    match all.iter().find(is) {
        Some(human) => Answer::json(200, &json_of(state, human, "objectId")),
        None => refusal(404, "MemberNotFoundInConversation", "The member was not found in the conversation."),
    }
}

pub(super) fn paged(state: &State, ask: &Ask, place: &str) -> Answer {
    let size = ask.query("pageSize").map_or(Ok(PAGE), str::parse);
    let Some(size) = size.ok().filter(|s| PAGES.contains(s)) else {
        return refusal(400, "Bad Argument", "pageSize must be between 50 and 500.");
    };
    let start: usize = match ask.query("continuationToken").filter(|t| !t.is_empty()).map(str::parse) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return refusal(403, "Bad Argument", "The continuation token is not valid."),
    };
    let all = state.chat.find(place).map_or(&[][..], |c| &c.members);
    let page: Vec<Value> = all.iter().skip(start).take(size).map(|m| json_of(state, m, "aadObjectId")).collect();
    let mut body = json!({"members": page});
    if start + size < all.len() {
        body["continuationToken"] = (start + size).to_string().into();
    }
    Answer::json(200, &body)
}

pub(super) fn team(state: &State, team: &str) -> Answer {
    if team != TEAM {
        return refusal(404, "ConversationNotFound", "The team was not found.");
    }
    let count = state.chat.find(CHANNEL).map_or(0, |c| c.members.len());
    let body = json!({"id": TEAM, "name": "Phones", "aadGroupId": TEAM_GROUP, "channelCount": 2, "memberCount": count});
    Answer::json(200, &body)
}

pub(super) fn channels(_state: &State, team: &str) -> Answer {
    if team != TEAM {
        return refusal(404, "ConversationNotFound", "The team was not found.");
    }
    Answer::json(200, &json!({"conversations": [{"id": TEAM, "name": null}, {"id": CHANNEL, "name": "Onboarding"}]}))
}

/// A chat with one person, or a new post in a channel.
pub(super) fn create(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let body = ask.json().unwrap_or_default();
    let activity = body.get("activity").filter(|a| a.is_object()).cloned();
    if body["isGroup"] == true {
        let channel = body["channelData"]["channel"]["id"].as_str().unwrap_or_default().to_owned();
        if state.chat.find(&channel).is_none_or(|c| c.kind != PlaceKind::Channel) {
            return refusal(404, "ConversationNotFound", "The channel was not found.");
        }
        let Some(activity) = activity else { return refusal(400, "BadSyntax", "An activity is needed.") };
        let id = put_message(state, activity, (&channel, None), world.clock.now());
        let place = state.chat.message(&id).map(|m| m.place.clone()).unwrap_or_default();
        return created(world, (&place, Some(&id)));
    }
    let wanted = body["members"][0]["id"].as_str().unwrap_or_default();
    if !wanted.starts_with("29:") {
        return refusal(400, "Bad Argument", "The member id must be that of a Teams user.");
    }
    let human = state.seed.people.iter().find(|p| p.mri() == wanted).cloned();
    let Some(human) = human else { return refusal(403, "ForbiddenOperationException", "The user is not known.") };
    let tenant = body["tenantId"].as_str().or(body["channelData"]["tenant"]["id"].as_str());
    if tenant != Some(human.tenant.as_ref().unwrap_or(&state.seed.tenant_id)) {
        return refusal(400, "Bad Argument", "The tenant does not fit the member.");
    }
    let shares_team = state.chat.find(CHANNEL).is_some_and(|c| c.bot_inside && c.members.contains(&human));
    if !shares_team && !state.chat.installed.contains(&human.key) {
        return refusal(403, "ForbiddenOperationException", "The bot is not installed for the user.");
    }
    let place = Chat::personal(&human).id;
    let id = activity.map(|activity| put_message(state, activity, (&place, None), world.clock.now()));
    created(world, (&place, id.as_deref()))
}

fn created(world: &Inner, (place, activity): (&str, Option<&str>)) -> Answer {
    let mut body = json!({"id": place, "serviceUrl": world.service_url()});
    if let Some(id) = activity {
        body["activityId"] = id.into();
    }
    Answer::json(201, &body).did(Effect::new(EffectKind::ConversationCreated, place))
}
