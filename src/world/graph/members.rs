//! Joining a group of Graph: <https://learn.microsoft.com/graph/api/group-post-members>.

use super::{Refusal, missing, numbers, refused};
use crate::world::Inner;
use crate::world::log::{Effect, EffectKind};
use crate::world::server::{Answer, Ask};
use crate::world::state::State;

/// The permission that it takes.
const WRITE: &str = "GroupMember.ReadWrite.All";

pub(super) fn route(world: &Inner, state: &mut State, ask: &Ask) -> Option<Result<Answer, Refusal>> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match (ask.method.as_str(), segments.as_slice()) {
        ("POST", ["groups", id, "members", "$ref"]) => Some(join(world, state, ask, id)),
        _ => None,
    }
}

fn join(world: &Inner, state: &mut State, ask: &Ask, id: &str) -> Result<Answer, Refusal> {
    numbers::permitted(state, &[WRITE])?;
    let wrong = |why: &str| refused(400, "Request_BadRequest", why);
    let body = ask.json().unwrap_or_default();
    let root = format!("{}/graph/v1.0/directoryObjects/", world.url);
    let only = body.as_object().is_some_and(|body| body.len() == 1);
    let object = body["@odata.id"].as_str().filter(|_| only).and_then(|place| place.strip_prefix(&root));
    let object = object.ok_or_else(|| wrong("Invalid reference in the request body."))?;
    let upn = state.user(object).map(|user| user.user_principal_name.clone()).ok_or_else(|| missing(object))?;
    let everybody = |name: &str| name.replace(' ', "").eq_ignore_ascii_case("allcompany");
    let group = state.group_mut(id).ok_or_else(|| missing(id))?;
    if group.group_types.iter().any(|kind| kind == "DynamicMembership") || everybody(&group.display_name) {
        return Err(wrong("Insufficient privileges or a dynamic group: members cannot be added."));
    }
    if group.members.iter().any(|member| member.eq_ignore_ascii_case(&upn)) {
        let why = "One or more added object references already exist for the following modified properties: 'members'.";
        return Err(wrong(why));
    }
    group.members.push(upn.clone());
    Ok(Answer::empty(204).did(Effect::new(EffectKind::MemberAdded, upn)))
}
