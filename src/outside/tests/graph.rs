//! The directory and Teams' view of a line.

use serde_json::{Value, json as value};

use super::stage::{Stage, json, text};
use super::{fault, noon, patience, secret, shared};
use crate::config;
use crate::outside::{Assignee, Fault, Graph, PhoneSystem, Plan, Policy, User};

const ALICE: &str = "GET /graph/v1.0/users/alice%40contoso.com";
const MCOEV: &str = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7";
const MCOEV_GOV: &str = "DB23FCE2-A974-42EF-9002-D78DD42A0F22";
const VIRTUAL: &str = "f47330e9-c134-43b3-9993-e7f004506889";

/// A stage, already logged in to by its first call, and the client.
pub(super) async fn set() -> (Stage, Graph) {
    let stage = Stage::open().await;
    stage.expect("POST /token", json(200, value!({"access_token": "token-1", "expires_in": 3600})));
    let config = config::Graph {
        base_url: format!("{}/graph/v1.0", stage.url),
        token_url: format!("{}/token", stage.url),
        client_id: "reader".to_owned(),
        client_secret: secret("hush"),
        sync_group: None,
    };
    let graph = Graph::with_patience(&config, shared(&noon()), patience()).unwrap();
    (stage, graph)
}

fn not_found() -> Value {
    value!({"error": {"code": "Request_ResourceNotFound", "message": "Resource 'x' does not exist", "innerError": {}}})
}

fn alice() -> Value {
    value!({
        "id": "a-1", "displayName": "Alice Smith", "givenName": "Alice", "surname": "Smith",
        "userPrincipalName": "Alice@contoso.com", "mail": null, "accountEnabled": true, "userType": "Member",
        "usageLocation": "US",
        "assignedPlans": [
            {"servicePlanId": MCOEV, "capabilityStatus": "Deleted", "service": "MicrosoftCommunicationsOnline"},
            {"servicePlanId": MCOEV, "capabilityStatus": "Enabled", "service": "MicrosoftCommunicationsOnline"},
        ],
    })
}

#[tokio::test]
async fn alice_is_found_with_everything_that_must_be_asked_for_by_name() {
    let (stage, graph) = set().await;
    stage.expect(ALICE, json(200, alice()));
    let user = graph.user("alice@contoso.com").await.unwrap().unwrap();
    assert_eq!((user.id.as_str(), user.upn.as_str(), user.mail.as_deref()), ("a-1", "Alice@contoso.com", None));
    assert_eq!((user.given_name.as_deref(), user.surname.as_deref()), (Some("Alice"), Some("Smith")));
    assert_eq!((user.account_enabled, user.user_type.as_deref()), (Some(true), Some("Member")));
    assert_eq!(user.phone_system(), PhoneSystem::Usable);
    let calls = stage.calls();
    assert_eq!(calls[0].form()["scope"], "https://graph.microsoft.com/.default");
    assert_eq!(calls[1].header("authorization"), "Bearer token-1");
    assert_eq!(calls[1].header("client-request-id").len(), 36);
    for field in ["accountEnabled", "userType", "usageLocation", "assignedPlans", "givenName", "surname"] {
        assert!(calls[1].query["$select"].split(',').any(|f| f == field), "{field}");
    }
}

#[tokio::test]
async fn nobody_is_none_and_a_missing_permission_is_not() {
    let (stage, graph) = set().await;
    stage.expect(ALICE, json(404, not_found()));
    assert_eq!(graph.user("alice@contoso.com").await, Ok(None));
    stage.expect(ALICE, json(403, value!({"error": {"code": "Authorization_RequestDenied", "message": "no"}})));
    let denied = Fault::Forbidden { code: Some("Authorization_RequestDenied".to_owned()) };
    assert_eq!(fault(graph.user("alice@contoso.com").await), denied);
    stage.expect(ALICE, text(200, "<html>Sign in</html>"));
    assert_eq!(fault(graph.user("alice@contoso.com").await), Fault::Garbled);
    stage.expect(ALICE, json(200, value!({"displayName": "no id"})));
    assert_eq!(fault(graph.user("alice@contoso.com").await), Fault::Garbled);
}

#[tokio::test]
async fn a_name_never_becomes_a_path_or_a_query() {
    let (stage, graph) = set().await;
    for (name, path) in [
        ("alice@contoso.com/memberOf?", "users/alice%40contoso.com%2FmemberOf%3F"),
        ("bob_gmail.com#EXT#@contoso.com", "users/bob_gmail.com%23EXT%23%40contoso.com"),
        ("$alice@contoso.com", "users('%24alice%40contoso.com')"),
        ("$o'neil@contoso.com", "users('%24o%27%27neil%40contoso.com')"),
    ] {
        stage.expect(&format!("GET /graph/v1.0/{path}"), json(404, not_found()));
        assert_eq!(graph.user(name).await, Ok(None));
        let calls = stage.calls();
        assert_eq!(calls.last().unwrap().query.keys().collect::<Vec<_>>(), ["$select"], "{name}");
    }
    for name in ["", ".", ".."] {
        assert_eq!(graph.user(name).await, Ok(None), "nothing is sent for {name:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_renewed_once() {
    let (stage, graph) = set().await;
    let stale = || json(401, value!({"error": {"code": "InvalidAuthenticationToken"}}));
    stage.expect(ALICE, stale());
    stage.expect("POST /token", json(200, value!({"access_token": "token-2", "expires_in": 3600})));
    stage.expect(ALICE, json(200, alice()));
    assert!(graph.user("alice@contoso.com").await.unwrap().is_some());
    assert_eq!(stage.calls().last().unwrap().header("authorization"), "Bearer token-2");

    stage.expect(ALICE, stale());
    stage.expect("POST /token", json(200, value!({"access_token": "token-3", "expires_in": 3600})));
    stage.expect(ALICE, stale());
    let refused = Fault::Unauthorized { code: Some("InvalidAuthenticationToken".to_owned()) };
    assert_eq!(fault(graph.user("alice@contoso.com").await), refused);
}

#[tokio::test]
async fn everybody_with_a_mail_address_is_told() {
    let (stage, graph) = set().await;
    let users = |people: Vec<Value>| json(200, value!({"@odata.count": people.len(), "value": people}));
    for people in [vec![], vec![alice()], vec![alice(), alice()]] {
        let count = people.len();
        stage.expect("GET /graph/v1.0/users", users(people));
        assert_eq!(graph.users_by_mail("al'ice@contoso.com").await.unwrap().len(), count);
    }
    let call = &stage.calls()[1];
    assert_eq!(
        call.query["$filter"],
        "mail eq 'al''ice@contoso.com' or proxyAddresses/any(p:p eq 'smtp:al''ice@contoso.com')"
    );
    assert_eq!((call.header("consistencylevel"), call.query["$count"].as_str()), ("eventual", "true"));
}

#[tokio::test]
async fn groups_are_asked_for_by_twenties_and_only_the_asked_count() {
    let (stage, graph) = set().await;
    let groups: Vec<String> = (0..45).map(|n| format!("group-{n}")).collect();
    let line = "POST /graph/v1.0/users/a-1/checkMemberGroups";
    stage.expect(line, json(200, value!({"value": ["GROUP-3", "never-asked"]})));
    stage.expect(line, json(200, value!({"value": []})));
    stage.expect(line, json(200, value!({"value": ["group-44"]})));
    assert_eq!(graph.member_groups("a-1", &groups).await.unwrap(), ["group-3", "group-44"]);
    let sent: Vec<Value> = stage.calls()[1..].iter().map(|call| call.json()["groupIds"].clone()).collect();
    assert_eq!(sent, [value!(groups[..20]), value!(groups[20..40]), value!(groups[40..])]);

    stage.expect(line, json(404, not_found()));
    assert_eq!(graph.member_groups("a-1", &groups[..1]).await, Ok(Vec::new()));
    stage.expect(line, json(403, value!({"error": {"code": "Authorization_RequestDenied"}})));
    assert!(graph.member_groups("a-1", &groups[..1]).await.is_err(), "no permission must not read as no role");
    assert_eq!(graph.member_groups("a-1", &[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_group_is_told_by_name() {
    let (stage, graph) = set().await;
    let group = value!({"id": "g-1", "displayName": "Teammate Sync", "mailNickname": "teammate"});
    stage.expect("GET /graph/v1.0/groups/g-1", json(200, group)).expect("GET /graph/v1.0/groups/g-2", text(404, ""));
    let found = graph.group("g-1").await.unwrap().unwrap();
    assert_eq!(
        (found.display_name.as_deref(), found.mail_nickname.as_deref()),
        (Some("Teammate Sync"), Some("teammate"))
    );
    assert_eq!(graph.group("g-2").await, Ok(None));
    assert_eq!(stage.calls()[1].query["$select"], "id,displayName,mailNickname,groupTypes");
}

const PEOPLE: &str = "GET /graph/v1.0/groups/g-1/transitiveMembers/microsoft.graph.user";

fn page(name: &str, next: Option<String>) -> Value {
    let person = value!({"id": name, "displayName": null, "userPrincipalName": format!("{name}@contoso.com")});
    let mut page = value!({ "value": [person] });
    if let Some(next) = next {
        page["@odata.nextLink"] = next.into();
    }
    page
}

#[tokio::test]
async fn the_people_of_a_group_come_in_pages_and_at_most_five() {
    let (stage, graph) = set().await;
    let next = |n: u8| format!("{}/graph/v1.0/more?$skiptoken={n}", stage.url);
    stage.expect(PEOPLE, json(200, page("p1", Some(next(2)))));
    stage.expect("GET /graph/v1.0/more", json(200, page("p2", None)));
    let people = graph.group_people("g-1").await.unwrap();
    assert_eq!(people.iter().map(|p| p.upn.as_str()).collect::<Vec<_>>(), ["p1@contoso.com", "p2@contoso.com"]);
    let calls = stage.calls();
    assert_eq!((calls[1].query["$top"].as_str(), calls[2].query["$skiptoken"].as_str()), ("999", "2"));
    assert_eq!(calls[1].query["$select"], "id,displayName,userPrincipalName");

    stage.expect(PEOPLE, json(200, page("p1", Some(next(2)))));
    for n in 2..=5 {
        stage.expect("GET /graph/v1.0/more", json(200, page(&format!("p{n}"), Some(next(n + 1)))));
    }
    assert_eq!(graph.group_people("g-1").await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_next_page_on_a_foreign_host_never_sees_the_token() {
    let (stage, graph) = set().await;
    let foreign = Stage::open().await;
    for next in [format!("{}/graph/v1.0/more", foreign.url), "/graph/v1.0/more".to_owned()] {
        stage.expect(PEOPLE, json(200, page("p1", Some(next))));
        assert_eq!(fault(graph.group_people("g-1").await), Fault::Garbled);
    }
    assert!(foreign.calls().is_empty());
}

const VOICE: &str = "GET /graph/v1.0/admin/teams/userConfigurations/a-1";

#[tokio::test]
async fn the_voice_state_reads_the_same_wrapped_and_bare() {
    let (stage, graph) = set().await;
    let bare = value!({
        "id": "a-1", "accountType": "user", "isEnterpriseVoiceEnabled": true, "featureTypes": ["Teams", "PhoneSystem"],
        "telephoneNumbers": [{"telephoneNumber": "+11000", "assignmentCategory": "primary"}],
        "effectivePolicyAssignments": [
            {"policyType": "OnlineVoiceRoutingPolicy", "policyAssignment": {"displayName": "US West", "policyId": "x"}},
            {"policyType": "TenantDialPlan", "policyAssignment": null},
        ],
    });
    stage.expect(VOICE, json(200, bare.clone())).expect(VOICE, json(200, value!({ "value": bare })));
    let voice = graph.voice("a-1").await.unwrap().unwrap();
    assert!(voice.enterprise_voice);
    assert_eq!((voice.numbers[0].number.as_str(), voice.numbers[0].category.as_deref()), ("+11000", Some("primary")));
    assert_eq!(voice.feature_types, ["Teams", "PhoneSystem"]);
    let policy = |kind: &str, name: Option<&str>| Policy {
        by_group: false,
        policy_type: kind.to_owned(),
        name: name.map(str::to_owned),
        id: name.map(|_| "x".to_owned()),
    };
    let policies = [policy("OnlineVoiceRoutingPolicy", Some("US West")), policy("TenantDialPlan", None)];
    assert_eq!(voice.policies, policies);
    assert_eq!(graph.voice("a-1").await, Ok(Some(voice)));
    assert_eq!(stage.calls()[1].header("prefer"), "include-unknown-enum-members");
}

#[tokio::test]
async fn a_user_that_teams_does_not_know_yet_has_no_voice_state() {
    let (stage, graph) = set().await;
    stage.expect(VOICE, json(404, not_found()));
    assert_eq!(graph.voice("a-1").await, Ok(None));
    stage.expect(VOICE, json(200, value!({"id": "a-1", "telephoneNumbers": null})));
    let silent = graph.voice("a-1").await.unwrap().unwrap();
    assert!(!silent.enterprise_voice && silent.numbers.is_empty());
    stage.expect(VOICE, json(200, value!({"telephoneNumbers": "many"})));
    assert_eq!(fault(graph.voice("a-1").await), Fault::Garbled);
}

#[tokio::test]
async fn nothing_secret_shows_itself() {
    let (stage, graph) = set().await;
    stage.expect(ALICE, json(200, alice()));
    graph.user("alice@contoso.com").await.unwrap();
    let shown = format!("{graph:?}");
    assert!(!shown.contains("hush") && !shown.contains("token-1"), "{shown}");
}

fn user_with(plans: &[(&str, &str)]) -> User {
    let plan = |(id, status): &(&str, &str)| Plan {
        service_plan_id: (*id).to_owned(),
        capability_status: (*status).to_owned(),
        assigned_at: None,
    };
    User {
        id: "a-1".to_owned(),
        display_name: None,
        given_name: None,
        surname: None,
        upn: "alice@contoso.com".to_owned(),
        mail: None,
        account_enabled: None,
        user_type: None,
        usage_location: None,
        assigned_plans: plans.iter().map(plan).collect(),
        on_premises_sync: None,
    }
}

#[test]
fn any_usable_phone_system_plan_wins() {
    use PhoneSystem::{Grace, Missing, Unusable, Usable};
    let unusable = |status: &str| Unusable(status.to_owned());
    for (plans, expected) in [
        (vec![(MCOEV, "Enabled")], Usable),
        (vec![(MCOEV, "Deleted"), (MCOEV, "Enabled")], Usable),
        (vec![(MCOEV, "Warning"), (MCOEV_GOV, "Enabled")], Usable),
        (vec![(MCOEV, "Deleted"), (MCOEV, "Warning")], Grace),
        (vec![(MCOEV, "Suspended")], unusable("Suspended")),
        (vec![(MCOEV, "LockedOut"), (MCOEV, "Deleted")], unusable("LockedOut")),
        (vec![(MCOEV, "SomethingNew")], unusable("SomethingNew")),
        (vec![(VIRTUAL, "Enabled")], Missing),
        (vec![], Missing),
    ] {
        assert_eq!(user_with(&plans).phone_system(), expected, "{plans:?}");
    }
}

#[test]
fn only_a_usable_virtual_user_plan_makes_a_resource_account() {
    assert!(user_with(&[(VIRTUAL, "Deleted"), (VIRTUAL, "Enabled")]).has_virtual_user_plan());
    assert!(user_with(&[(VIRTUAL, "Warning")]).has_virtual_user_plan());
    assert!(!user_with(&[(VIRTUAL, "Deleted"), (MCOEV, "Enabled")]).has_virtual_user_plan());
}

#[tokio::test]
async fn calls_may_run_on_any_thread() {
    let (stage, graph) = set().await;
    stage.expect(ALICE, json(200, alice())).expect(VOICE, text(404, "")).expect(PEOPLE, json(200, page("p1", None)));
    let all = tokio::spawn(async move {
        graph.user("alice@contoso.com").await.unwrap();
        graph.voice("a-1").await.unwrap();
        graph.group_people("g-1").await.unwrap().len()
    });
    assert_eq!(all.await.unwrap(), 1);
}

#[tokio::test]
async fn since_when_somebody_has_their_licence_is_read_from_the_plan_that_counts() {
    let (stage, graph) = set().await;
    let plan =
        |status: &str, at: &str| value!({"servicePlanId": MCOEV, "capabilityStatus": status, "assignedDateTime": at});
    let mut alice = alice();
    alice["assignedPlans"] = value!([
        plan("Deleted", "2020-01-01T00:00:00Z"), plan("Enabled", "2026-01-15T08:00:00Z"), plan("Enabled", "soon"),
        {"servicePlanId": "57FF2DA0-773E-42DF-B2AF-FFB7A2317929", "capabilityStatus": "Warning"},
    ]);
    alice["onPremisesSyncEnabled"] = false.into();
    stage.expect(ALICE, json(200, alice));
    let user = graph.user("alice@contoso.com").await.unwrap().unwrap();
    assert_eq!(user.phone_system_since(), Some("2026-01-15T08:00:00Z".parse().unwrap()));
    assert_eq!((user.teams(), user.on_premises_sync), (PhoneSystem::Grace, Some(false)));
}

#[tokio::test]
async fn groups_tell_what_kind_they_are() {
    let (stage, graph) = set().await;
    for (body, unified, all_company) in [
        (value!({"id": "g", "displayName": "Teammate Sync", "groupTypes": ["Unified"]}), true, false),
        (value!({"id": "g", "displayName": "ALL  Company", "groupTypes": []}), false, true),
        (value!({"id": "g", "mailNickname": "allcompany", "groupTypes": null}), false, true),
        (value!({"id": "g"}), false, false),
    ] {
        stage.expect("GET /graph/v1.0/groups/g", json(200, body.clone()));
        let group = graph.group("g").await.unwrap().unwrap();
        assert_eq!((group.is_unified(), group.is_all_company()), (unified, all_company), "{body}");
    }
    assert_eq!(stage.calls().last().unwrap().query["$select"], "id,displayName,mailNickname,groupTypes");
}

const NUMBERS: &str = "GET /graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments";

#[tokio::test]
async fn a_number_is_assigned_to_somebody_something_or_nobody() {
    let (stage, graph) = set().await;
    let row = |status: &str, target: Value| {
        value!({"telephoneNumber": "+11000", "numberType": "directRouting", "activationState": "activated",
            "assignmentStatus": status, "assignmentTargetId": target, "assignmentCategory": "primary"})
    };
    let somebody = |application| Assignee::Somebody { id: "a-1".to_owned(), application };
    for (row, expected) in [
        (row("userAssigned", value!("a-1")), somebody(false)),
        (row("voiceApplicationAssigned", value!("a-1")), somebody(true)),
        (row("unassigned", Value::Null), Assignee::Nobody),
        (row("conferenceAssigned", value!("a-1")), Assignee::Other("conferenceAssigned".to_owned())),
        (row("userAssigned", value!("")), Assignee::Other("userAssigned".to_owned())),
    ] {
        stage.expect(NUMBERS, json(200, value!({"value": [row]})));
        let found = graph.number_assignments("+11000").await.unwrap();
        assert_eq!((found.len(), &found[0].assignee), (1, &expected));
        assert_eq!((found[0].kind.as_str(), found[0].activation.as_str()), ("directRouting", "activated"));
    }
    assert_eq!(stage.calls().last().unwrap().query["$filter"], "telephoneNumber eq '+11000'");
    // What was not asked for is nobody's answer.
    let other = value!({"telephoneNumber": "+110001", "assignmentStatus": "userAssigned", "assignmentTargetId": "b"});
    stage.expect(NUMBERS, json(200, value!({"value": [other]})));
    assert_eq!(graph.number_assignments("+11000").await.unwrap(), []);
    stage.expect(NUMBERS, json(403, value!({"error": {"code": "Authorization_RequestDenied", "message": "no"}})));
    let denied = Fault::Forbidden { code: Some("Authorization_RequestDenied".to_owned()) };
    assert_eq!(fault(graph.number_assignments("+11000").await), denied);
}
