//! Telephone numbers of Graph's Teams administration: one is assigned and unassigned by a long-running operation.
//!
//! Shapes: <https://learn.microsoft.com/graph/api/teamsadministration-numberassignment-assignnumber>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-numberassignment-unassignnumber>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-telephonenumberlongrunningoperation-get>.

use serde_json::{Value, json};

use super::{Refusal, account_type, missing, only, permitted, refused, wrong};
use crate::world::Inner;
use crate::world::lines::Operation;
use crate::world::log::{Effect, EffectKind};
use crate::world::seed::{Number, object_id};
use crate::world::server::{Answer, Ask};
use crate::world::state::State;

/// Page size, and the largest that `$top` may ask for.
const PAGE: usize = 500;
const LARGEST_PAGE: usize = 1000;

/// What can be filtered by; every field but id and city.
const FILTERS: [&str; 3] = ["telephoneNumber", "assignmentTargetId", "assignmentStatus"];

const READ: &str = "TeamsTelephoneNumber.Read.All";
const WRITE: &str = "TeamsTelephoneNumber.ReadWrite.All";

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
        _ => return None,
    })
}

/// What users have, as far as it is visible now, and the rest of the inventory.
fn inventory(world: &Inner, state: &State) -> Vec<Value> {
    let now = world.clock.now();
    let assigned = state.seed.users.iter().filter_map(|user| {
        let shown = state.phone(&user.user_principal_name, now).line;
        let pending = state.operations.values().find(|o| o.user == user.id && o.is_running(now));
        let coming = pending.filter(|o| !o.unassigns).map(|o| o.number.clone());
        let line = shown.or(coming)?;
        // Which of the states a number shows on its way back is not documented.
        let activation = match pending {
            Some(operation) if operation.unassigns => "updatePending",
            Some(_) => "assignmentPending",
            None => "activated",
        };
        let resource = account_type(user) == "resourceAccount";
        let (status, capability) = match resource {
            true => ("voiceApplicationAssigned", "voiceApplicationAssignment"),
            false => ("userAssigned", "userAssignment"),
        };
        let kind = state.seed.numbers.iter().find(|n| n.telephone_number == line).map(|n| n.number_type.as_str());
        Some(json!({"telephoneNumber": line, "numberType": kind.unwrap_or("directRouting"), "activationState": activation,
            "assignmentStatus": status, "assignmentTargetId": user.id, "assignmentCategory": "primary",
            "capabilities": [capability]}))
    });
    let shown = |number: &&Number| state.holder_among_users(&number.telephone_number, now).is_none();
    let others = state.seed.numbers.iter().filter(shown).map(|number| {
        let mut shown = serde_json::to_value(number).unwrap_or_default();
        shown["capabilities"] = json!(["userAssignment"]);
        if state.status(number, now) == "unassigned" {
            (shown["assignmentStatus"], shown["assignmentTargetId"]) = ("unassigned".into(), Value::Null);
        }
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
    only(&body, &["telephoneNumber", "assignmentTargetId", "numberType", "assignmentCategory", "locationId"])?;
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let number = with_plus(text("telephoneNumber")).ok_or_else(|| wrong("telephoneNumber is not valid."))?;
    if text("numberType") != "directRouting" {
        return Err(wrong("Only numbers of type directRouting are known here."));
    }
    if !matches!(text("assignmentCategory"), "" | "primary" | "private") {
        return Err(wrong("assignmentCategory is not valid."));
    }
    let target = text("assignmentTargetId");
    let user = state.present_user(target).filter(|u| u.id == target).ok_or_else(|| missing(target))?;
    let (upn, ready) = (user.user_principal_name.clone(), !user.unprovisioned && user.has_phone_system());
    if !ready {
        return Err(wrong("The user is not enabled for Teams Phone."));
    }
    let now = world.clock.now();
    let asked = state.operations.values().any(|o| !o.unassigns && o.number == number && o.is_running(now));
    if asked || state.holder(&number, now).is_some() {
        return Err(refused(409, "Conflict", "The telephone number is assigned already."));
    }
    let operation = Operation::assign(target, number, (&state.knobs, now));
    if !operation.fails {
        state.give_number(&upn, &operation.number, (now, operation.ends_at));
    }
    Ok(begun(world, state, operation).did(Effect::new(EffectKind::NumberAssigned, upn)))
}

/// Only the number is told: whoever has it loses it, also somebody who is deleted or has no licence any more (inferred).
fn unassign(world: &Inner, state: &mut State, ask: &Ask) -> Result<Answer, Refusal> {
    permitted(state, &[WRITE])?;
    let body = ask.json().unwrap_or_default();
    only(&body, &["telephoneNumber", "numberType"])?;
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let number = with_plus(text("telephoneNumber")).ok_or_else(|| wrong("telephoneNumber is not valid."))?;
    if text("numberType") != "directRouting" {
        return Err(wrong("Only numbers of type directRouting are known here."));
    }
    let now = world.clock.now();
    // Neither this status nor the next is documented.
    if state.operations.values().any(|o| o.number == number && o.is_running(now)) {
        return Err(refused(409, "Conflict", "Another operation on the telephone number is running."));
    }
    let holder = state.holder(&number, now).ok_or_else(|| wrong("The telephone number is not assigned."))?;
    if state.seed.numbers.iter().any(|n| n.telephone_number == number && n.number_type != "directRouting") {
        return Err(wrong("The telephone number is of another type."));
    }
    let id = state.user(&holder).map_or(holder.clone(), |user| user.id.clone());
    // Reported by those who tried: <https://github.com/KelvinTegelaar/CIPP/issues/4632>. How it fails is not.
    let kept = state.present_user(&holder).is_some_and(|user| !user.has_phone_system());
    let operation = Operation::unassign(&id, number.clone(), (&state.knobs, now));
    let operation = Operation { fails: operation.fails || kept, ..operation };
    if !operation.fails {
        state.release(&holder, &number, operation.ends_at);
    }
    Ok(begun(world, state, operation).did(Effect::new(EffectKind::NumberUnassigned, number)))
}

/// Keeps an operation and tells where to look.
fn begun(world: &Inner, state: &mut State, operation: Operation) -> Answer {
    // The same at every run, so that a fault can be aimed at it.
    let id = object_id(&format!("operation {}", state.operations.len() + 1));
    let place = format!("{}/graph/v1.0/admin/teams/telephoneNumberManagement/operations('{id}')", world.url);
    state.operations.insert(id, operation);
    Answer::empty(202).header("Location", place)
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
