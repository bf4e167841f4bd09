//! The numbers of the tenant:
//! <https://learn.microsoft.com/graph/api/teamsadministration-telephonenumbermanagementroot-list-numberassignments>.

use serde_json::{Value, json};

use super::{Refusal, account_type, refused};
use crate::world::Inner;
use crate::world::server::Ask;
use crate::world::state::State;

/// Page size, and the largest that `$top` may ask for.
const PAGE: usize = 500;
const LARGEST_PAGE: usize = 1000;

/// What can be filtered by; every field but id and city.
const FILTERS: [&str; 3] = ["telephoneNumber", "assignmentTargetId", "assignmentStatus"];

/// What users have, as far as it is visible now, and the rest of the inventory.
fn inventory(world: &Inner, state: &State) -> Vec<Value> {
    let now = world.clock.now();
    let assigned = state.seed.users.iter().filter_map(|user| {
        let line = state.phone(&user.user_principal_name, now).line?;
        let resource = account_type(user) == "resourceAccount";
        let (status, capability) = match resource {
            true => ("voiceApplicationAssigned", "voiceApplicationAssignment"),
            false => ("userAssigned", "userAssignment"),
        };
        Some(json!({"telephoneNumber": line, "numberType": "directRouting", "activationState": "activated",
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

pub(super) fn list(world: &Inner, state: &State, ask: &Ask) -> Result<Value, Refusal> {
    let wrong = |why: &str| refused(400, "Request_BadRequest", why);
    let top = ask.query("$top").map_or(Ok(PAGE), str::parse).ok().filter(|top| (1..=LARGEST_PAGE).contains(top));
    let top = top.ok_or_else(|| wrong("Invalid page size."))?;
    let skip = ask.query("$skip").map_or(Ok(0), str::parse::<usize>).map_err(|_| wrong("Invalid value of $skip."))?;
    let wanted = match ask.query("$filter") {
        None => None,
        Some(filter) => Some(condition(filter).ok_or_else(|| wrong("The filter is not understood."))?),
    };
    let meets = |number: &Value| wanted.as_ref().is_none_or(|(field, value)| number[*field] == value.as_str());
    let found = inventory(world, state).into_iter().filter(meets);
    Ok(json!({"value": found.skip(skip).take(top).collect::<Vec<_>>()}))
}
