//! Microsoft Graph v1.0 as far as the bot needs it: users, groups, the phone side of a user, number assignments.
//!
//! Shapes: <https://learn.microsoft.com/graph/api/user-get>,
//! <https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups>,
//! <https://learn.microsoft.com/graph/api/teamsadministration-teamsuserconfiguration-get>.

mod members;
mod numbers;
mod policies;

use serde_json::{Map, Value, json};

use super::Inner;
use super::login::{self, GRAPH_SCOPE, TokenFault};
use super::seed::{Group, MCOEV_VIRTUALUSER, SYNC_GROUP, User};
use super::server::{Answer, Ask};
use super::state::State;

/// What a user read without `$select` holds.
const DEFAULT_USER: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
/// What has to be asked for.
const FURTHER_USER: [&str; 6] =
    ["accountEnabled", "userType", "usageLocation", "assignedPlans", "assignedLicenses", "onPremisesSyncEnabled"];
/// How many group ids one `checkMemberGroups` may hold.
const MOST_GROUPS: usize = 20;
/// Page size where `$top` does not say otherwise.
const PAGE: usize = 100;

pub(super) fn answer(world: &Inner, state: &mut State, ask: &Ask) -> Answer {
    let request_id = uuid::Uuid::new_v4().to_string();
    let client = state.seed.credentials.graph_client_id.clone();
    let result = match login::check(world, state, ask, (&client, GRAPH_SCOPE)) {
        Ok(()) => {
            let changed = numbers::route(world, state, ask).or_else(|| policies::route(world, state, ask));
            let changed = changed.or_else(|| members::route(world, state, ask));
            changed.unwrap_or_else(|| route(world, state, ask).map(|body| Answer::json(200, &body)))
        }
        Err(TokenFault::Invalid) => Err(refused(401, "InvalidAuthenticationToken", "Access token validation failure.")),
        Err(TokenFault::Foreign) => {
            let mut refusal =
                refused(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.");
            refusal.rule = Some("a token for another audience was sent to Graph");
            Err(refusal)
        }
    };
    let answer = match result {
        Ok(answer) => answer,
        Err(refusal) => refusal.answer(world, ask, &request_id),
    };
    answer.header("request-id", request_id)
}

#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    rule: Option<&'static str>,
}

pub(super) fn refused(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status, code, message: message.into(), rule: None }
}

pub(super) fn missing(what: &str) -> Refusal {
    let message =
        format!("Resource '{what}' does not exist or one of its queried reference-property objects are not present.");
    refused(404, "Request_ResourceNotFound", message)
}

fn wrong(why: &str) -> Refusal {
    refused(400, "Request_BadRequest", why)
}

/// What may be done with any of these permissions.
fn permitted(state: &State, any: &[&str]) -> Result<(), Refusal> {
    let withheld = |name: &&str| state.knobs.withheld_permissions.iter().any(|w| w == name);
    if any.iter().all(withheld) {
        return Err(refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."));
    }
    Ok(())
}

/// A body may hold these properties and no others.
fn only(body: &Value, keys: &[&str]) -> Result<(), Refusal> {
    let unknown = body.as_object().and_then(|body| body.keys().find(|key| !keys.contains(&key.as_str())));
    unknown.map_or(Ok(()), |key| Err(wrong(&format!("The property '{key}' does not exist."))))
}

impl Refusal {
    fn answer(self, world: &Inner, ask: &Ask, request_id: &str) -> Answer {
        let body = json!({"error": {"code": self.code, "message": self.message, "innerError": {
            "date": world.clock.now().strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": request_id,
            "client-request-id": ask.header("client-request-id").unwrap_or(request_id),
        }}});
        let answer = Answer::json(self.status, &body);
        match self.rule {
            Some(rule) => answer.broke(rule),
            None => answer,
        }
    }
}

fn route(world: &Inner, state: &mut State, ask: &Ask) -> Result<Value, Refusal> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match (ask.method.as_str(), segments.as_slice()) {
        ("GET", ["users"]) => find_users(state, ask),
        ("GET", [one]) if one.starts_with("users('") => {
            let name = one.strip_prefix("users('").and_then(|n| n.strip_suffix("')")).ok_or_else(|| missing(one))?;
            user(state, &name.replace("''", "'"), ask)
        }
        // A `$` would start a query option: such a name must be written users('$…').
        ("GET", ["users", name]) if name.starts_with('$') => Err(refused(400, "Request_BadRequest", "Bad request.")),
        ("GET", ["users", name]) => user(state, name, ask),
        ("POST", ["users", name, "checkMemberGroups"]) => check_member_groups(world, state, (name, ask)),
        ("GET", ["groups", id]) => {
            let group = state.group(id).ok_or_else(|| missing(id))?;
            select(&group_json(group), ask, &[], &[])
        }
        ("GET", ["groups", id, "transitiveMembers", "microsoft.graph.user"]) => members(world, state, id, ask),
        ("GET", ["admin", "teams", "userConfigurations", id]) => configuration(world, state, id),
        _ => {
            let mut refusal = refused(404, "ResourceNotFound", "Resource not found for the segment.");
            refusal.rule = Some("unexpected call");
            Err(refusal)
        }
    }
}

/// Only the fields of `$select`; without it the default set (all fields when that is empty).
fn select(whole: &Value, ask: &Ask, default: &[&str], further: &[&str]) -> Result<Value, Refusal> {
    let wanted: Vec<&str> = match ask.query("$select") {
        Some(list) => list.split(',').map(str::trim).collect(),
        None if default.is_empty() => return Ok(whole.clone()),
        None => default.to_vec(),
    };
    let mut chosen = Map::new();
    for field in wanted {
        let known = default.contains(&field) || further.contains(&field) || whole.get(field).is_some();
        if !known {
            return Err(refused(400, "Request_BadRequest", format!("Could not find a property named '{field}'.")));
        }
        chosen.insert(field.to_owned(), whole.get(field).cloned().unwrap_or(Value::Null));
    }
    Ok(Value::Object(chosen))
}

fn user_json(user: &User) -> Value {
    let mut whole = serde_json::to_value(user).unwrap_or_default();
    if let Some(map) = whole.as_object_mut() {
        // Ours alone: Graph tells the phone side elsewhere.
        map.remove("unprovisioned");
        map.remove("telephoneNumber");
        map.remove("deleted");
    }
    whole
}

fn user(state: &State, name: &str, ask: &Ask) -> Result<Value, Refusal> {
    let user = state.present_user(name).ok_or_else(|| missing(name))?;
    select(&user_json(user), ask, &DEFAULT_USER, &FURTHER_USER)
}

/// All users, or those of `$filter=mail eq '…'`, alone or with the documented `proxyAddresses` half, which is an advanced query.
fn find_users(state: &State, ask: &Ask) -> Result<Value, Refusal> {
    let Some(filter) = ask.query("$filter") else {
        let top = ask.query("$top").and_then(|t| t.parse().ok()).unwrap_or(PAGE);
        let some = state.seed.users.iter().filter(|user| !user.deleted).take(top);
        let some: Result<Vec<Value>, Refusal> =
            some.map(|u| select(&user_json(u), ask, &DEFAULT_USER, &FURTHER_USER)).collect();
        return Ok(json!({"value": some?}));
    };
    let mail = quoted(filter, "mail eq '")
        .ok_or_else(|| refused(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause."))?;
    let advanced = ask.header("consistencylevel") == Some("eventual") && ask.query("$count") == Some("true");
    if filter.contains("proxyAddresses") && !advanced {
        return Err(refused(400, "Request_UnsupportedQuery", "ConsistencyLevel: eventual and $count are needed."));
    }
    let is = |u: &&User| !u.deleted && u.mail.as_deref().is_some_and(|m| m.eq_ignore_ascii_case(&mail));
    let found: Result<Vec<Value>, Refusal> = (state.seed.users.iter().filter(is))
        .map(|u| select(&user_json(u), ask, &DEFAULT_USER, &FURTHER_USER))
        .collect();
    Ok(json!({"value": found?}))
}

/// The text between `start` and the closing quote; two quotes stand for one.
pub(super) fn quoted(filter: &str, start: &str) -> Option<String> {
    let rest = filter.split_once(start)?.1;
    let rest = rest.replace("''", "\u{0}");
    Some(rest.split_once('\'')?.0.replace('\u{0}', "'"))
}

fn check_member_groups(world: &Inner, state: &State, (name, ask): (&str, &Ask)) -> Result<Value, Refusal> {
    let upn = state.present_user(name).ok_or_else(|| missing(name))?.user_principal_name.to_ascii_lowercase();
    let body = ask.json().unwrap_or_default();
    let wrong = |why: &str| refused(400, "Request_BadRequest", why);
    let ids = body["groupIds"].as_array().ok_or_else(|| wrong("groupIds is needed."))?;
    if ids.is_empty() || ids.len() > MOST_GROUPS {
        return Err(wrong("The number of group ids must be between 1 and 20."));
    }
    let now = world.clock.now();
    let joining = |id: &str| state.joining.get(&(id.to_owned(), upn.clone())).is_some_and(|shown_at| now < *shown_at);
    let inside = |id: &&Value| id.as_str().is_some_and(|id| state.members(id).contains(&upn) && !joining(id));
    Ok(json!({"value": ids.iter().filter(inside).collect::<Vec<_>>()}))
}

fn group_json(group: &Group) -> Value {
    let unified = group.group_types.iter().any(|kind| kind == "Unified");
    json!({"id": group.id, "displayName": group.display_name, "mailNickname": group.mail_nickname,
        "mailEnabled": unified, "securityEnabled": !unified, "groupTypes": group.group_types, "description": null})
}

fn members(world: &Inner, state: &State, id: &str, ask: &Ask) -> Result<Value, Refusal> {
    state.group(id).ok_or_else(|| missing(id))?;
    let top = ask.query("$top").map_or(Ok(PAGE), str::parse);
    let top = top.ok().filter(|t| (1..=999).contains(t));
    let top = top.ok_or_else(|| refused(400, "Request_BadRequest", "Invalid page size."))?;
    let start = ask.query("$skiptoken").and_then(|t| t.parse().ok()).unwrap_or(0);
    let upns = state.members(id);
    let page = upns.iter().skip(start).take(top).filter_map(|upn| state.present_user(upn));
    let page: Result<Vec<Value>, Refusal> =
        page.map(|u| select(&user_json(u), ask, &DEFAULT_USER, &FURTHER_USER)).collect();
    let mut body = json!({"value": page?});
    if start + top < upns.len() {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.extend_pairs(ask.query.iter().filter(|(name, _)| name != "$skiptoken"));
        next.append_pair("$skiptoken", &(start + top).to_string());
        let path = format!("{}/graph/v1.0/groups/{id}/transitiveMembers/microsoft.graph.user", world.url);
        body["@odata.nextLink"] = format!("{path}?{}", next.finish()).into();
    }
    Ok(body)
}

fn configuration(world: &Inner, state: &State, id: &str) -> Result<Value, Refusal> {
    let user = state.present_user(id).filter(|u| u.id == id && !u.unprovisioned).ok_or_else(|| missing(id))?;
    let phone = state.phone(&user.user_principal_name, world.clock.now());
    let numbers: Vec<Value> =
        (phone.line.iter()).map(|line| json!({"telephoneNumber": line, "assignmentCategory": "primary"})).collect();
    let policies: Vec<Value> = (phone.policy.iter())
        .map(|name| {
            let (how, group) = if phone.by_group { ("group", Some(SYNC_GROUP)) } else { ("direct", None) };
            json!({"policyType": "OnlineVoiceRoutingPolicy", "policyAssignment": {"displayName": name,
                "assignmentType": how, "policyId": policy_id(state, name), "groupId": group}})
        })
        .collect();
    let mut features = vec!["Teams"];
    if user.has_phone_system() {
        features.push("PhoneSystem");
    }
    let body = json!({
        "id": user.id,
        "userPrincipalName": user.user_principal_name,
        "tenantId": state.seed.tenant_id,
        "accountType": account_type(user),
        "isEnterpriseVoiceEnabled": phone.voice,
        "featureTypes": features,
        "telephoneNumbers": numbers,
        "effectivePolicyAssignments": policies,
        "createdDateTime": "2026-01-15T08:00:00Z",
        "modifiedDateTime": world.clock.now().to_string(),
    });
    Ok(if state.knobs.wrapped_user_configuration { json!({"value": body}) } else { body })
}

/// Policies of the tenant by their own id, those that the carrier made by one of their name.
fn policy_id(state: &State, name: &str) -> String {
    let own = state.seed.voice_policies.iter().find(|(_, known)| *known == name).map(|(id, _)| id.clone());
    own.unwrap_or_else(|| super::seed::object_id(name))
}

fn account_type(user: &User) -> &'static str {
    if user.assigned_plans.iter().any(|p| p.service_plan_id == MCOEV_VIRTUALUSER) {
        return "resourceAccount";
    }
    if user.user_type == "Guest" { "guest" } else { "user" }
}
