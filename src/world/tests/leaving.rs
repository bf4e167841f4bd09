//! What is taken away again: numbers, policies, accounts, and groups that are joined.

use super::*;

const MANAGEMENT: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement";
const UNASSIGN: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/unassignNumber";
const POLICIES: &str = "/graph/v1.0/admin/teams/policy/userAssignments";

fn upn(name: &str) -> String {
    format!("{name}@contoso.com")
}

fn id(name: &str) -> String {
    crate::world::object_id(&upn(name))
}

/// A world and a token of the directory reader.
async fn set() -> (Outside, String) {
    let outside = outside().await;
    let token = outside.token("graph").await;
    (outside, token)
}

fn line(outside: &Outside, name: &str) -> Option<String> {
    outside.world.state().phone(&upn(name), outside.clock.now()).line
}

fn unassigned(number: &str) -> Option<Value> {
    Some(json!({"telephoneNumber": number, "numberType": "directRouting"}))
}

async fn assign(outside: &Outside, token: &str, (number, name): (&str, &str)) -> u16 {
    let body = json!({"telephoneNumber": number, "assignmentTargetId": id(name), "numberType": "directRouting"});
    let path = format!("{MANAGEMENT}/numberAssignments/assignNumber");
    outside.call("POST", &path, (token, Some(body))).await.0
}

/// The inventory's row for a number.
async fn row(outside: &Outside, token: &str, digits: &str) -> Value {
    let path = format!("{MANAGEMENT}/numberAssignments?$filter=telephoneNumber%20eq%20'%2B{digits}'");
    outside.call("GET", &path, (token, None)).await.1["value"][0].clone()
}

#[tokio::test]
async fn a_number_is_taken_away_by_an_operation_and_free_at_its_end() {
    let (outside, token) = set().await;
    let request = outside.http.post(outside.url(UNASSIGN)).bearer_auth(&token).json(&unassigned("13035550199"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let place = answer.headers()["location"].to_str().unwrap().strip_prefix(outside.world.url()).unwrap().to_owned();
    let status = async || outside.call("GET", &place, (&token, None)).await.1["status"].clone();
    assert_eq!((status().await, line(&outside, "hasnumber")), (json!("running"), Some("+13035550199".to_owned())));
    assert_eq!(row(&outside, &token, "13035550199").await["activationState"], "updatePending");
    // Neither again nor to somebody else before the end.
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("+13035550199"))).await.0, 409);
    assert_eq!(assign(&outside, &token, ("13035550199", "alice")).await, 409);
    outside.seconds(3);
    assert_eq!((status().await, line(&outside, "hasnumber")), (json!("succeeded"), None));
    assert_eq!(row(&outside, &token, "13035550199").await, Value::Null);
    assert!(!outside.world.state().phone(&upn("hasnumber"), outside.clock.now()).voice);
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("13035550199"))).await.0, 400, "nobody has it");
    assert_eq!(outside.world.effects(EffectKind::NumberUnassigned), ["+13035550199"]);

    assert_eq!(assign(&outside, &token, ("13035550199", "alice")).await, 202);
    outside.seconds(3);
    assert_eq!((line(&outside, "alice"), line(&outside, "hasnumber")), (Some("+13035550199".to_owned()), None));
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("13035550199"))).await.0, 202);
    outside.seconds(3);
    // The same person may have it again.
    assert_eq!(assign(&outside, &token, ("13035550199", "alice")).await, 202);
    outside.seconds(3);
    assert_eq!(line(&outside, "alice").as_deref(), Some("+13035550199"));
}

#[tokio::test]
async fn what_microsoft_would_not_take_away_stays() {
    let (outside, token) = set().await;
    let odd = |key: &str, value: &str| {
        let mut body = unassigned("13035550199").unwrap();
        body[key] = value.into();
        Some(body)
    };
    for body in [
        odd("numberType", "callingPlan"),
        odd("telephoneNumber", "none"),
        odd("assignmentTargetId", "x"),
        unassigned("13035550142"),
        None,
    ] {
        assert_eq!(outside.call("POST", UNASSIGN, (&token, body.clone())).await.0, 400, "{body:?}");
    }
    outside.world.turn(|knobs| knobs.withheld_permissions = vec!["TeamsTelephoneNumber.ReadWrite.All".to_owned()]);
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("13035550199"))).await.0, 403);
    assert!(outside.world.effects(EffectKind::NumberUnassigned).is_empty());

    outside.world.turn(|knobs| (knobs.withheld_permissions, knobs.number_removal_fails) = (Vec::new(), true));
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("13035550199"))).await.0, 202);
    outside.seconds(3);
    let operation = outside.world.state().operations.keys().next().cloned().unwrap();
    let (_, told) = outside.call("GET", &format!("{MANAGEMENT}/operations/{operation}"), (&token, None)).await;
    assert_eq!((&told["status"], line(&outside, "hasnumber").is_some()), (&json!("failed"), true));
    assert_eq!(row(&outside, &token, "13035550199").await["activationState"], "activated");
}

#[tokio::test]
async fn a_number_of_somebody_unknown_is_taken_away_too() {
    let (outside, token) = set().await;
    let number = crate::world::Number {
        telephone_number: "+13035550166".to_owned(),
        assignment_status: "userAssigned".to_owned(),
        assignment_target_id: Some("gone-1".to_owned()),
        ..Default::default()
    };
    outside.world.state().seed.numbers.push(number);
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("13035550166"))).await.0, 202);
    outside.seconds(3);
    let row = row(&outside, &token, "13035550166").await;
    assert_eq!((&row["assignmentStatus"], &row["assignmentTargetId"]), (&json!("unassigned"), &Value::Null));
    assert_eq!(outside.world.effects(EffectKind::NumberUnassigned), ["+13035550166"]);
    assert_eq!(assign(&outside, &token, ("13035550166", "alice")).await, 202);
}

#[tokio::test]
async fn a_policy_is_taken_away_and_the_tenants_default_holds_again() {
    let (outside, token) = set().await;
    let denver = crate::world::object_id("Denver SBC");
    let body = |name: &str, policy: Option<&str>| {
        let mut one = json!({"@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
            "userId": id(name), "policyType": "OnlineVoiceRoutingPolicy"});
        if let Some(policy) = policy {
            one["policyId"] = policy.into();
        }
        Some(json!({ "value": [one] }))
    };
    let post = async |action: &str, body: Option<Value>| {
        outside.call("POST", &format!("{POLICIES}/{action}"), (&token, body)).await.0
    };
    let own = async || {
        let path = format!("/graph/v1.0/admin/teams/userConfigurations/{}", id("alice"));
        outside.call("GET", &path, (&token, None)).await.1["effectivePolicyAssignments"].clone()
    };
    assert_eq!(post("assign", body("alice", Some(&denver))).await, 204);
    outside.seconds(1);
    assert_eq!(own().await[0]["policyAssignment"]["policyId"], denver);
    assert_eq!(post("unassign", body("alice", None)).await, 204);
    assert_eq!(own().await[0]["policyAssignment"]["policyId"], denver, "it takes its time");
    outside.seconds(1);
    assert_eq!(own().await, json!([]));
    // Nothing is left to be taken away, and nothing is said about that.
    for name in ["alice", "amir"] {
        assert_eq!(post("unassign", body(name, None)).await, 204);
    }
    assert_eq!(outside.world.effects(EffectKind::PolicyUnassigned), ["alice@contoso.com"]);
    assert_eq!(post("assign", body("alice", Some(&denver))).await, 204);
    outside.seconds(1);
    assert_eq!(own().await[0]["policyAssignment"]["displayName"], "Denver SBC");

    assert_eq!(post("unassign", body("alice", Some(&denver))).await, 400, "only user and type are told");
    assert_eq!(post("unassign", body("nobody", None)).await, 404);
    assert_eq!(post("unassign", Some(json!({ "value": [] }))).await, 400);
    outside.world.turn(|knobs| knobs.withheld_permissions = vec!["TeamsPolicyUserAssign.ReadWrite.All".to_owned()]);
    assert_eq!(post("unassign", body("alice", None)).await, 403);
}

#[tokio::test]
async fn somebody_is_put_into_a_group_once() {
    let (outside, token) = set().await;
    let path = |group: &str| format!("/graph/v1.0/groups/{group}/members/$ref");
    let reference = |id: &str| {
        let member = format!("{}/graph/v1.0/directoryObjects/{id}", outside.world.url());
        Some(json!({ "@odata.id": member }))
    };
    let post = async |group: &str, body: Option<Value>| outside.call("POST", &path(group), (&token, body)).await;
    let sync = crate::world::SYNC_GROUP;
    assert_eq!(post(sync, reference(&id("nogroup"))).await.0, 204);
    assert!(outside.world.state().members(sync).contains("nogroup@contoso.com"));
    let (status, told) = post(sync, reference(&id("nogroup"))).await;
    let text = told["error"]["message"].as_str().unwrap();
    assert!(status == 400 && text.starts_with("One or more added object references already exist"), "{text}");
    assert_eq!(outside.world.effects(EffectKind::MemberAdded), ["nogroup@contoso.com"]);

    assert_eq!(post(sync, reference("nobody")).await.0, 404);
    assert_eq!(post("none", reference(&id("zoe"))).await.0, 404);
    for body in [None, Some(json!({"@odata.id": "zoe@contoso.com"})), Some(json!({"id": id("zoe")}))] {
        assert_eq!(post(sync, body).await.0, 400);
    }
    outside.world.admin_center().delete_account(&upn("zoe"));
    assert_eq!(post(sync, reference(&id("zoe"))).await.0, 404);
    outside.world.state().group_mut(sync).unwrap().group_types.push("DynamicMembership".to_owned());
    assert_eq!(post(sync, reference(&id("brokenall"))).await.0, 400);
    {
        let mut state = outside.world.state();
        let group = state.group_mut(sync).unwrap();
        group.group_types.pop();
        group.mail_nickname = "allcompany".to_owned();
    }
    assert_eq!(post(sync, reference(&id("brokenall"))).await.0, 400);
    outside.world.turn(|knobs| knobs.withheld_permissions = vec!["GroupMember.ReadWrite.All".to_owned()]);
    assert_eq!(post(sync, reference(&id("brokenall"))).await.0, 403);
    assert_eq!(outside.world.effects(EffectKind::MemberAdded).len(), 1);
}

#[tokio::test]
async fn a_deleted_account_is_found_nowhere_and_keeps_its_number() {
    let (outside, token) = set().await;
    let microsoft = outside.world.admin_center();
    let gone = id("hasnumber");
    assert!(microsoft.delete_account(&upn("hasnumber")) && !microsoft.delete_account(&upn("hasnumber")));
    let get = async |path: String| outside.call("GET", &format!("/graph/v1.0{path}"), (&token, None)).await;
    for path in [
        format!("/users/{gone}"),
        "/users/hasnumber@contoso.com".to_owned(),
        format!("/admin/teams/userConfigurations/{gone}"),
    ] {
        let (status, told) = get(path.clone()).await;
        assert_eq!((status, &told["error"]["code"]), (404, &json!("Request_ResourceNotFound")), "{path}");
    }
    let (_, found) = get("/users?$filter=mail%20eq%20'hasnumber@contoso.com'".to_owned()).await;
    assert_eq!(found["value"], json!([]));
    let group = crate::world::SYNC_GROUP;
    let (_, members) = get(format!("/groups/{group}/transitiveMembers/microsoft.graph.user?$top=999")).await;
    assert!(members["value"].as_array().unwrap().iter().all(|member| member["id"] != gone.as_str()));
    let filter = format!("$filter=assignmentTargetId%20eq%20'{gone}'");
    let (_, kept) = get(format!("/admin/teams/telephoneNumberManagement/numberAssignments?{filter}")).await;
    assert_eq!(kept["value"][0]["telephoneNumber"], "+13035550199");
    assert_eq!(assign(&outside, &token, ("13035550142", "hasnumber")).await, 404);
    assert!(!microsoft.disable_account(&upn("hasnumber")) && !microsoft.restore_account(&upn("alice")));

    assert!(microsoft.restore_account(&upn("hasnumber")));
    assert_eq!(get(format!("/users/{gone}")).await.0, 200);
    microsoft.delete_account(&upn("hasnumber"));
    assert_eq!(outside.call("POST", UNASSIGN, (&token, unassigned("13035550199"))).await.0, 202);
    outside.seconds(3);
    assert_eq!(row(&outside, &token, "13035550199").await, Value::Null);
}

#[tokio::test]
async fn a_licence_is_taken_away_and_the_number_stays_without_calling() {
    let (outside, token) = set().await;
    let microsoft = outside.world.admin_center();
    let phone = || {
        let phone = outside.world.state().phone(&upn("hasnumber"), outside.clock.now());
        (phone.line.is_some(), phone.voice)
    };
    assert_eq!(phone(), (true, true));
    assert!(microsoft.remove_licence(&upn("hasnumber")) && !microsoft.remove_licence(&upn("hasnumber")));
    assert_eq!(phone(), (true, false));
    let path = format!("/graph/v1.0/users/{}?$select=assignedPlans,accountEnabled", id("hasnumber"));
    let (_, user) = outside.call("GET", &path, (&token, None)).await;
    let plans = user["assignedPlans"].as_array().unwrap();
    assert!(plans.iter().all(|plan| plan["servicePlanId"] != crate::world::MCOEV));
    assert_eq!(user["accountEnabled"], true);
    assert!(microsoft.restore_licence(&upn("hasnumber")));
    assert_eq!(phone(), (true, true));
    assert!(microsoft.disable_account(&upn("hasnumber")) && !microsoft.disable_account(&upn("hasnumber")));
    let (_, user) = outside.call("GET", &path, (&token, None)).await;
    assert_eq!((&user["accountEnabled"], phone()), (&json!(false), (true, true)));
    assert!(microsoft.enable_account(&upn("hasnumber")) && !microsoft.enable_account(&upn("hasnumber")));
    assert!(!microsoft.remove_licence(&upn("nolicence")) && !microsoft.delete_account("nobody@contoso.com"));
}

#[tokio::test]
async fn connect_deletes_while_the_account_is_there_and_not_after() {
    let outside = outside().await;
    let (portal, microsoft) = (outside.world.portal(), outside.world.admin_center());
    let alice = upn("alice");
    assert!(!portal.delete_in_connect(&alice), "no number");
    assert!(portal.save_in_connect(&alice, "+13035550142"));
    outside.seconds(3);
    microsoft.delete_account(&alice);
    assert!(!portal.delete_in_connect(&alice) && !portal.save_in_connect(&alice, "+13035550143"));
    assert_eq!(line(&outside, "alice").as_deref(), Some("+13035550142"), "stuck");
    microsoft.restore_account(&alice);
    assert!(portal.delete_in_connect(&alice) && !portal.delete_in_connect(&alice));
    assert!(!portal.save_in_connect(&upn("zoe"), "+13035550142"), "not before Microsoft lets go of it");
    outside.seconds(3);
    let phone = outside.world.state().phone(&alice, outside.clock.now());
    assert_eq!((phone.line, phone.voice), (None, false));
    assert!(portal.save_in_connect(&upn("zoe"), "+13035550142"));
    outside.seconds(3);
    assert_eq!((line(&outside, "zoe").as_deref(), line(&outside, "alice")), (Some("+13035550142"), None));
}

#[tokio::test]
async fn connect_changes_a_number_after_the_delay() {
    let outside = outside().await;
    let portal = outside.world.portal();
    let alice = upn("alice");
    assert!(!portal.change_in_connect(&alice, "+13035550143"), "no number");
    portal.save_in_connect(&alice, "+13035550142");
    portal.save_in_connect(&upn("zoe"), "+13035550144");
    outside.seconds(3);
    assert!(!portal.change_in_connect(&alice, "+13035550144"), "Zoe has it");
    assert!(!portal.change_in_connect(&alice, "+13035550142"), "she has it");
    assert!(portal.change_in_connect(&alice, "+13035550143"));
    assert_eq!(line(&outside, "alice").as_deref(), Some("+13035550142"));
    outside.seconds(3);
    assert_eq!(line(&outside, "alice").as_deref(), Some("+13035550143"));
    assert!(portal.change_in_connect(&upn("zoe"), "+13035550142"), "the old one is free");
    // And back, as when a change is undone.
    outside.seconds(3);
    assert!(portal.change_in_connect(&upn("zoe"), "+13035550144"));
    outside.seconds(3);
    assert!(portal.change_in_connect(&alice, "+13035550142"));
    outside.seconds(3);
    assert_eq!(line(&outside, "alice").as_deref(), Some("+13035550142"));
    outside.world.admin_center().remove_licence(&alice);
    assert!(!portal.change_in_connect(&alice, "+13035550145"), "no licence");
    assert!(portal.delete_in_connect(&alice), "deleting needs none");
}

#[tokio::test]
async fn the_bots_own_clients_take_everything_away() {
    use crate::domain::{E164, Extension};
    use crate::outside::{Graph, Netsapiens, OperationStatus, VOICE_ROUTING_POLICY};
    let outside = outside().await;
    let clock: crate::clock::SharedClock = Arc::new(outside.clock.clone());
    let config = crate::config::load_text(&outside.world.bot_config(&BotSettings::default()), Vec::new()).unwrap();
    let customer = &config.customers[0];
    let graph = Graph::new(&customer.graph, clock.clone()).unwrap();
    let pbx = Netsapiens::new(customer.netsapiens.as_ref().unwrap(), clock).unwrap();
    let number = E164::parse("+13035550142").unwrap();
    let alice = id("alice");

    graph.assign_number(&number, &alice).await.unwrap();
    graph.assign_policy(&alice, (VOICE_ROUTING_POLICY, &crate::world::object_id("Denver SBC"))).await.unwrap();
    outside.seconds(3);
    outside.world.admin_center().delete_account(&upn("alice"));
    assert_eq!((graph.user(&alice).await, graph.voice(&alice).await), (Ok(None), Ok(None)));
    let kept = graph.number(&number).await.unwrap().unwrap();
    assert_eq!(kept.holder(), Some(alice.as_str()), "a number stays with whom the directory does not find any more");
    outside.world.admin_center().restore_account(&upn("alice"));
    let place = graph.unassign_number(&number).await.unwrap();
    graph.unassign_policy(&alice, VOICE_ROUTING_POLICY).await.unwrap();
    assert_eq!(graph.operation(&place).await, Ok(Some(OperationStatus::UnderWay)));
    outside.seconds(3);
    assert_eq!(graph.operation(&place).await, Ok(Some(OperationStatus::Succeeded)));
    let voice = graph.voice(&alice).await.unwrap().unwrap();
    assert!(voice.numbers.is_empty() && voice.policies.is_empty() && !voice.enterprise_voice);
    assert_eq!(graph.number(&number).await.unwrap().and_then(|found| found.holder().map(str::to_owned)), None);

    assert_eq!(graph.add_member(crate::world::SYNC_GROUP, &id("nogroup")).await, Ok(()));
    assert_eq!(outside.world.effects(EffectKind::MemberAdded), ["nogroup@contoso.com"]);
    let extension = Extension::parse("1930").unwrap();
    assert_eq!(pbx.delete_device(&extension, "1930tm").await, Ok(()));
    assert_eq!(pbx.device(&extension, "1930tm").await, Ok(None));
    assert_eq!(pbx.delete_device(&extension, "1930tm").await.unwrap_err().fault, crate::outside::Fault::NotFound);
    assert_eq!(outside.world.effects(EffectKind::DeviceDeleted), ["1930tm"]);
    assert_eq!(outside.world.violations(), Vec::<String>::new());
}
