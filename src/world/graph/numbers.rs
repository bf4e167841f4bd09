//! Telephone numbers and policies of Graph's Teams administration: a number is assigned by a long-running operation.
//!
//! Shapes: <https://learn.microsoft.com/graph/api/teamsadministration-numberassignment-assignnumber>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-telephonenumberlongrunningoperation-get>,
//! <https://learn.microsoft.com/graph/api/resources/teamsadministration-teamspolicyuserassignment>.

use serde_json::{Value, json};

use super::{Refusal, account_type, missing, refused};
use crate::world::Inner;
use crate::world::log::{Effect, EffectKind};
use crate::world::seed::{Number, User, object_id};
use crate::world::server::{Answer, Ask};
use crate::world::state::{Operation, State, later};

/// Page size, and the largest that `$top` may ask for.
const PAGE: usize = 500;
const LARGEST_PAGE: usize = 1000;

/// What can be filtered by; every field but id and city.
const FILTERS: [&str; 3] = ["telephoneNumber", "assignmentTargetId", "assignmentStatus"];

const READ: &str = "TeamsTelephoneNumber.Read.All";
const WRITE: &str = "TeamsTelephoneNumber.ReadWrite.All";
const POLICIES: &str = "TeamsPolicyUserAssign.ReadWrite.All";

/// What may be done with any of these permissions.
pub(super) fn permitted(state: &State, any: &[&str]) -> Result<(), Refusal> {
    let withheld = |name: &&str| state.knobs.withheld_permissions.iter().any(|w| w == name);
    if any.iter().all(withheld) {
        return Err(refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."));
    }
    Ok(())
}

fn wrong(why: &str) -> Refusal {
    refused(400, "Request_BadRequest", why)
}

/// Calls that change something or answer with more than a body.
pub(super) fn route(world: &Inner, state: &mut State, ask: &Ask) -> Option<Result<Answer, Refusal>> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    Some(match (ask.method.as_str(), segments.as_slice()) {
        ("GET", ["admin", "teams", "telephoneNumberManagement", "numberAssignments"]) => list(world, state, ask),
        ("POST", ["admin", "teams", "telephoneNumberManagement", "numberAssignments", "assignNumber"]) => {
            assign(world, state, ask)
        }
        ("POST", ["admin", "teams", "telephoneNumberManagement", "numberAssignments", "unassignNumber"]) => {
            unassign(world, state, ask)
        }
        ("GET", ["admin", "teams", "telephoneNumberManagement", one]) if one.starts_with("operations('") => {
            let id = one.strip_prefix("operations('").and_then(|id| id.strip_suffix("')"));
            id.ok_or_else(|| missing(one)).and_then(|id| operation(world, state, id))
        }
        ("GET", ["admin", "teams", "telephoneNumberManagement", "operations", id]) => operation(world, state, id),
        ("POST", ["admin", "teams", "policy", "userAssignments", "assign"]) => assign_policy(world, state, ask),
        ("POST", ["admin", "teams", "policy", "userAssignments", "unassign"]) => unassign_policy(state, ask),
        _ => return None,
    })
}

/// What users have, as far as it is visible now, and the rest of the inventory.
fn inventory(world: &Inner, state: &State) -> Vec<Value> {
    let now = world.clock.now();
    // Whoever is deleted keeps their number until it is taken from them.
    let assigned = state.seed.users.iter().chain(&state.deleted).filter_map(|user| {
        let shown = state.phone(&user.user_principal_name, now).line;
        let pending = state.operations.values().find(|o| o.user == user.id && !o.removes && o.is_running(now));
        let line = shown.or_else(|| pending.map(|o| o.number.clone()))?;
        let activation = if pending.is_some() { "assignmentPending" } else { "activated" };
        let resource = account_type(user) == "resourceAccount";
        let (status, capability) = match resource {
            true => ("voiceApplicationAssigned", "voiceApplicationAssignment"),
            false => ("userAssigned", "userAssignment"),
        };
        Some(json!({"telephoneNumber": line, "numberType": "directRouting", "activationState": activation,
            "assignmentStatus": status, "assignmentTargetId": user.id, "assignmentCategory": "primary",
            "capabilities": [capability]}))
    });
    let others = state.seed.numbers.iter().map(|number| {
        let mut shown = serde_json::to_value(number).unwrap_or_default();
        shown["capabilities"] = json!(["userAssignment"]);
        shown
    });
    assigned.chain(others).collect()
}

/// `field eq 'value'`, and nothing else.
fn condition(filter: &str) -> Option<(&str, String)> {
    let (field, value) = filter.split_once(" eq '")?;
    let value = value.strip_suffix('\'')?.replace("''", "\u{0}");
    let closed = !value.contains('\'');
    (closed && FILTERS.contains(&field)).then(|| (field, value.replace('\u{0}', "'")))
}

fn list(world: &Inner, state: &State, ask: &Ask) -> Result<Answer, Refusal> {
    permitted(state, &[READ, WRITE])?;
    let top = ask.query("$top").map_or(Ok(PAGE), str::parse).ok().filter(|top| (1..=LARGEST_PAGE).contains(top));
    let top = top.ok_or_else(|| wrong("Invalid page size."))?;
    let skip = ask.query("$skip").map_or(Ok(0), str::parse::<usize>).map_err(|_| wrong("Invalid value of $skip."))?;
    let wanted = match ask.query("$filter") {
        None => None,
        Some(filter) => Some(condition(filter).ok_or_else(|| wrong("The filter is not understood."))?),
    };
    let meets = |number: &Value| wanted.as_ref().is_none_or(|(field, value)| number[*field] == value.as_str());
    let found = inventory(world, state).into_iter().filter(meets);
    let page: Vec<Value> = found.skip(skip).take(top).collect();
    Ok(Answer::json(200, &json!({ "value": page })))
}

/// Digits with or without `+`, as Graph takes and shows them.
fn with_plus(number: &str) -> Option<String> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let good = (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| format!("+{digits}"))
}

fn assign(world: &Inner, state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    permitted(state, &[WRITE])?;
    let body = ask.json().unwrap_or_default();
    const KEYS: [&str; 5] = ["telephoneNumber", "assignmentTargetId", "numberType", "assignmentCategory", "locationId"];
    if let Some(unknown) = body.as_object().and_then(|b| b.keys().find(|key| !KEYS.contains(&key.as_str()))) {
        return Err(wrong(&format!("The property '{unknown}' does not exist.")));
    }
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let number = with_plus(text("telephoneNumber")).ok_or_else(|| wrong("telephoneNumber is not valid."))?;
    if text("numberType") != "directRouting" {
        return Err(wrong("Only numbers of type directRouting are known here."));
    }
    if !matches!(text("assignmentCategory"), "" | "primary" | "private") {
        return Err(wrong("assignmentCategory is not valid."));
    }
    let target = text("assignmentTargetId");
    let user = state.seed.users.iter().find(|u| u.id == target).ok_or_else(|| missing(target))?;
    let (upn, ready) = (user.user_principal_name.clone(), !user.unprovisioned && user.has_phone_system());
    if !ready {
        return Err(wrong("The user is not enabled for Teams Phone."));
    }
    let now = world.clock.now();
    let holder = |u: &&User| {
        let shown = state.phone(&u.user_principal_name, now).line.as_deref() == Some(&number);
        let coming = |o: &Operation| o.user == u.id && o.number == number && !o.removes && o.is_running(now);
        shown || state.operations.values().any(coming)
    };
    let elsewhere = |n: &&Number| n.telephone_number == number && n.assignment_status != "unassigned";
    if state.seed.users.iter().chain(&state.deleted).any(|u| holder(&u))
        || state.seed.numbers.iter().any(|n| elsewhere(&n))
    {
        return Err(refused(409, "Conflict", "The telephone number is assigned already."));
    }
    let operation = Operation::new(target, number, (&state.knobs, now));
    if !state.knobs.number_assignment_fails {
        let line = state.direct.entry(upn.to_ascii_lowercase()).or_default();
        (line.number, line.number_at) = (Some(operation.number.clone()), Some(operation.ends_at));
        (line.gone_at, line.old_number) = (None, None);
    }
    accepted(world, state, operation, Effect::new(EffectKind::NumberAssigned, upn))
}

/// Takes a direct-routing number from whoever has it. What Graph answers for a number that nobody has is not documented.
/// <https://learn.microsoft.com/graph/api/teamsadministration-numberassignment-unassignnumber>
fn unassign(world: &Inner, state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    permitted(state, &[WRITE])?;
    let body = ask.json().unwrap_or_default();
    const KEYS: [&str; 2] = ["telephoneNumber", "numberType"];
    if let Some(unknown) = body.as_object().and_then(|b| b.keys().find(|key| !KEYS.contains(&key.as_str()))) {
        return Err(wrong(&format!("The property '{unknown}' does not exist.")));
    }
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let number = with_plus(text("telephoneNumber")).ok_or_else(|| wrong("telephoneNumber is not valid."))?;
    if text("numberType") != "directRouting" {
        return Err(wrong("Only numbers of type directRouting are known here."));
    }
    let now = world.clock.now();
    let shows = |user: &&User| state.phone(&user.user_principal_name, now).line.as_deref() == Some(&number);
    let holder = state.seed.users.iter().chain(&state.deleted).find(shows);
    let (id, upn) = match holder {
        Some(user) => (user.id.clone(), user.user_principal_name.to_ascii_lowercase()),
        None => return Err(wrong("The telephone number is not assigned.")),
    };
    // How Graph refuses a second one is not documented; that it refuses is what the first one would need.
    if state.operations.values().any(|o| o.removes && o.number == number && o.is_running(now)) {
        return Err(refused(409, "Conflict", "The telephone number is being changed already."));
    }
    let operation = Operation::removal(&id, number.clone(), (&state.knobs, now));
    if !state.knobs.number_removal_fails {
        if let Some(user) = state.user_mut(&id) {
            user.telephone_number = None;
        }
        let line = state.direct.entry(upn).or_default();
        line.number_at.get_or_insert(now);
        (line.number, line.gone_at) = (Some(number.clone()), Some(operation.ends_at));
    }
    accepted(world, state, operation, Effect::new(EffectKind::NumberUnassigned, number))
}

fn accepted(world: &Inner, state: &mut State, operation: Operation, effect: Effect) -> Result<Answer, Refusal> {
    // The same at every run, so that a fault can be aimed at it.
    let id = object_id(&format!("operation {}", state.operations.len() + 1));
    let place = format!("{}/graph/v1.0/admin/teams/telephoneNumberManagement/operations('{id}')", world.url);
    state.operations.insert(id, operation);
    Ok(Answer::empty(202).header("Location", place).did(effect))
}

fn operation(world: &Inner, state: &State, id: &str) -> Result<Answer, Refusal> {
    permitted(state, &[READ, WRITE])?;
    let operation = state.operations.get(id).ok_or_else(|| missing(id))?;
    let status = match () {
        () if operation.is_running(world.clock.now()) => "running",
        () if operation.fails => "failed",
        () => "succeeded",
    };
    let path = format!("{}/graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments", world.url);
    Ok(Answer::json(
        200,
        &json!({"id": id, "createdDateTime": operation.created_at.to_string(), "status": status,
        "numbers": [{"resourceLocation": format!("{path}('{}')", operation.number), "status": status}]}),
    ))
}

fn assign_policy(world: &Inner, state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    permitted(state, &[POLICIES])?;
    const TYPE: &str = "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment";
    let body = ask.json().unwrap_or_default();
    let [one] = body["value"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(wrong("value must hold one assignment here."));
    };
    if one["@odata.type"] != TYPE || one["policyType"] != "OnlineVoiceRoutingPolicy" {
        return Err(wrong("The assignment is not understood."));
    }
    let (user, policy) = (one["userId"].as_str().unwrap_or_default(), one["policyId"].as_str().unwrap_or_default());
    if !state.seed.voice_policies.contains_key(policy) {
        return Err(missing(policy));
    }
    let upn = state.seed.users.iter().find(|u| u.id == user).map(|u| u.user_principal_name.clone());
    let upn = upn.ok_or_else(|| missing(user))?;
    let at = later(world.clock.now(), state.knobs.policy_delay_ms);
    let line = state.direct.entry(upn.to_ascii_lowercase()).or_default();
    if line.policy.as_deref() == Some(policy) {
        return Ok(Answer::empty(204));
    }
    (line.policy, line.policy_at) = (Some(policy.to_owned()), Some(at));
    Ok(Answer::empty(204).did(Effect::new(EffectKind::PolicyAssigned, upn)))
}

/// The user follows the tenant's default again.
fn unassign_policy(state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    permitted(state, &[POLICIES])?;
    let body = ask.json().unwrap_or_default();
    let [one] = body["value"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(wrong("value must hold one assignment here."));
    };
    let keys = one.as_object().map(|one| one.keys().map(String::as_str).collect::<Vec<_>>()).unwrap_or_default();
    let typed = one["@odata.type"] == "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment";
    if !typed || keys != ["@odata.type", "policyType", "userId"] || one["policyType"] != "OnlineVoiceRoutingPolicy" {
        return Err(wrong("The assignment is not understood."));
    }
    let user = one["userId"].as_str().unwrap_or_default();
    let upn = state.user(user).map(|u| u.user_principal_name.clone()).ok_or_else(|| missing(user))?;
    let line = state.direct.entry(upn.to_ascii_lowercase()).or_default();
    if line.policy.is_none() {
        return Ok(Answer::empty(204));
    }
    (line.policy, line.policy_at) = (None, None);
    Ok(Answer::empty(204).did(Effect::new(EffectKind::PolicyUnassigned, upn)))
}
