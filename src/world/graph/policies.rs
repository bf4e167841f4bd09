//! Policies of Graph's Teams administration: one of a user's own is assigned and taken away at once, and shown later.
//!
//! Shape: <https://learn.microsoft.com/graph/api/resources/teamsadministration-teamspolicyuserassignment>.

use serde_json::Value;

use super::{Refusal, missing, only, permitted, wrong};
use crate::world::Inner;
use crate::world::log::{Effect, EffectKind};
use crate::world::server::{Answer, Ask};
use crate::world::state::{State, later};

const WRITE: &str = "TeamsPolicyUserAssign.ReadWrite.All";
const TYPE: &str = "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment";

pub(super) fn route(world: &Inner, state: &mut State, ask: &Ask) -> Option<Result<Answer, Refusal>> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match (ask.method.as_str(), segments.as_slice()) {
        ("POST", ["admin", "teams", "policy", "userAssignments", "assign"]) => Some(assign(world, state, ask)),
        ("POST", ["admin", "teams", "policy", "userAssignments", "unassign"]) => Some(unassign(world, state, ask)),
        _ => None,
    }
}

/// The one assignment of a body and the UPN of its user.
fn assignment(state: &State, ask: &Ask, keys: &[&str]) -> Result<(Value, String), Refusal> {
    permitted(state, &[WRITE])?;
    let body = ask.json().unwrap_or_default();
    only(&body, &["value"])?;
    let [one] = body["value"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(wrong("value must hold one assignment here."));
    };
    only(one, keys)?;
    if one["@odata.type"] != TYPE || one["policyType"] != "OnlineVoiceRoutingPolicy" {
        return Err(wrong("The assignment is not understood."));
    }
    let id = one["userId"].as_str().unwrap_or_default();
    let user = state.present_user(id).filter(|user| user.id == id).ok_or_else(|| missing(id))?;
    Ok((one.clone(), user.user_principal_name.clone()))
}

fn assign(world: &Inner, state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    let (one, upn) = assignment(state, ask, &["@odata.type", "userId", "policyType", "policyId"])?;
    let policy = one["policyId"].as_str().unwrap_or_default();
    if !state.seed.voice_policies.contains_key(policy) {
        return Err(missing(policy));
    }
    let at = later(world.clock.now(), state.knobs.policy_delay_ms);
    let line = state.direct.entry(upn.to_ascii_lowercase()).or_default();
    if line.policy.as_deref() == Some(policy) && line.policy_until.is_none() {
        return Ok(Answer::empty(204));
    }
    (line.policy, line.policy_at, line.policy_until) = (Some(policy.to_owned()), Some(at), None);
    Ok(Answer::empty(204).did(Effect::new(EffectKind::PolicyAssigned, upn)))
}

/// Back to the tenant's default, which the configuration of a user does not list. Whoever has no policy of their own is
/// answered the same (inferred).
fn unassign(world: &Inner, state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    let (_, upn) = assignment(state, ask, &["@odata.type", "userId", "policyType"])?;
    let at = later(world.clock.now(), state.knobs.policy_delay_ms);
    let own = state.direct.get_mut(&upn.to_ascii_lowercase());
    let Some(line) = own.filter(|line| line.policy.is_some() && line.policy_until.is_none()) else {
        return Ok(Answer::empty(204));
    };
    line.policy_until = Some(at);
    Ok(Answer::empty(204).did(Effect::new(EffectKind::PolicyUnassigned, upn)))
}
