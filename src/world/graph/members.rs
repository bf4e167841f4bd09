//! Putting a user into a group.
//!
//! Shape: <https://learn.microsoft.com/graph/api/group-post-members>.

use super::{Refusal, missing, only, permitted, wrong};
use crate::world::Inner;
use crate::world::log::{Effect, EffectKind};
use crate::world::server::{Answer, Ask};
use crate::world::state::{State, later};

const WRITE: &str = "GroupMember.ReadWrite.All";

pub(super) fn route(world: &Inner, state: &mut State, ask: &Ask) -> Option<Result<Answer, Refusal>> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match (ask.method.as_str(), segments.as_slice()) {
        ("POST", ["groups", id, "members", "$ref"]) => Some(add(world, state, (ask, id))),
        _ => None,
    }
}

fn add(world: &Inner, state: &mut State, (ask, id): (&Ask, &str)) -> Result<Answer, Refusal> {
    permitted(state, &[WRITE])?;
    let body = ask.json().unwrap_or_default();
    only(&body, &["@odata.id"])?;
    let reference = body["@odata.id"].as_str().unwrap_or_default();
    let start = format!("{}/graph/v1.0/directoryObjects/", world.url);
    let member = reference.strip_prefix(&start).ok_or_else(|| wrong("@odata.id is no reference to an object."))?;
    let user = state.present_user(member).filter(|user| user.id == member).ok_or_else(|| missing(member))?;
    let upn = user.user_principal_name.to_ascii_lowercase();
    let group = state.group_mut(id).ok_or_else(|| missing(id))?;
    // The statuses of these two are inferred from how Graph refuses other wrong bodies.
    if group.group_types.iter().any(|kind| kind == "DynamicMembership") {
        return Err(wrong("The members of a group with dynamic membership cannot be changed."));
    }
    if group.mail_nickname == "allcompany" {
        return Err(wrong("The members of this group cannot be changed."));
    }
    if group.members.iter().any(|member| member.eq_ignore_ascii_case(&upn)) {
        let there =
            "One or more added object references already exist for the following modified properties: 'members'.";
        return Err(wrong(there));
    }
    group.members.push(upn.clone());
    let (now, key) = (world.clock.now(), (id.to_owned(), upn.clone()));
    let shown_at = later(now, state.knobs.group_delay_ms);
    state.joining.insert(key, shown_at);
    state.sync_by_itself(now);
    Ok(Answer::empty(204).did(Effect::new(EffectKind::MemberAdded, upn)))
}
