//! Numbers and policies of Graph's Teams administration.

use super::*;

const MANAGEMENT: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement";
const ASSIGN: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/assignNumber";
const POLICY: &str = "/graph/v1.0/admin/teams/policy/userAssignments/assign";

fn id(name: &str) -> String {
    crate::world::object_id(&format!("{name}@contoso.com"))
}

fn asked(number: &str, name: &str) -> Value {
    json!({"telephoneNumber": number, "assignmentTargetId": id(name), "numberType": "directRouting",
        "assignmentCategory": "primary"})
}

#[tokio::test]
async fn a_number_is_assigned_by_an_operation_and_shown_at_its_end() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    let request = outside.http.post(outside.url(ASSIGN)).bearer_auth(&token).json(&asked("13035550142", "alice"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    let place = place.strip_prefix(outside.world.url()).unwrap();
    let status = async || outside.call("GET", place, (&token, None)).await.1["status"].clone();
    let list = format!("{MANAGEMENT}/numberAssignments?$filter=telephoneNumber%20eq%20'%2B13035550142'");
    let shown = async || outside.call("GET", &list, (&token, None)).await.1["value"][0]["activationState"].clone();
    assert_eq!((status().await, shown().await), (json!("running"), json!("assignmentPending")));
    // Pending is taken already, for everybody.
    for name in ["alice", "zoe"] {
        assert_eq!(outside.call("POST", ASSIGN, (&token, Some(asked("+13035550142", name)))).await.0, 409);
    }
    outside.seconds(3);
    assert_eq!((status().await, shown().await), (json!("succeeded"), json!("activated")));
    let path = format!("/graph/v1.0/admin/teams/userConfigurations/{}", id("alice"));
    let (_, voice) = outside.call("GET", &path, (&token, None)).await;
    assert_eq!(voice["telephoneNumbers"][0]["telephoneNumber"], "+13035550142");
    assert_eq!(voice["isEnterpriseVoiceEnabled"], true);
    assert_eq!(outside.world.effects(EffectKind::NumberAssigned), ["alice@contoso.com"]);
}

#[tokio::test]
async fn what_microsoft_refuses_is_refused() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    let with = |key: &str, value: &str| {
        let mut body = asked("13035550142", "alice");
        body[key] = value.into();
        body
    };
    for (body, status) in [
        (with("numberType", "callingPlan"), 400),
        (with("telephoneNumber", "none"), 400),
        (with("password", "x"), 400),
        (with("assignmentTargetId", "nobody"), 404),
        (asked("13035550142", "nolicence"), 400),
        (asked("13035550142", "unprovisioned"), 400),
        (asked("13035550199", "alice"), 409),
    ] {
        assert_eq!(outside.call("POST", ASSIGN, (&token, Some(body.clone()))).await.0, status, "{body}");
    }
    outside.world.turn(|knobs| knobs.withheld_permissions = vec!["TeamsTelephoneNumber.ReadWrite.All".to_owned()]);
    let (status, body) = outside.call("POST", ASSIGN, (&token, Some(asked("13035550142", "alice")))).await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    assert_eq!(outside.call("GET", &format!("{MANAGEMENT}/numberAssignments"), (&token, None)).await.0, 200);
    assert!(outside.world.effects(EffectKind::NumberAssigned).is_empty());
}

#[tokio::test]
async fn an_operation_can_fail_and_a_policy_takes_its_time() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    outside.world.turn(|knobs| knobs.number_assignment_fails = true);
    assert_eq!(outside.call("POST", ASSIGN, (&token, Some(asked("13035550142", "alice")))).await.0, 202);
    outside.seconds(3);
    let operation = outside.world.state().operations.keys().next().cloned().unwrap();
    let (_, told) = outside.call("GET", &format!("{MANAGEMENT}/operations/{operation}"), (&token, None)).await;
    assert_eq!(told["status"], "failed");
    assert_eq!(outside.world.state().phone("alice@contoso.com", outside.clock.now()).line, None);

    let policy = |policy: &str| {
        json!({"value": [{"@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
            "userId": id("alice"), "policyType": "OnlineVoiceRoutingPolicy", "policyId": policy}]})
    };
    let denver = crate::world::object_id("Denver SBC");
    assert_eq!(outside.call("POST", POLICY, (&token, Some(policy("p-none")))).await.0, 404);
    assert_eq!(outside.call("POST", POLICY, (&token, Some(json!({"value": [{}]})))).await.0, 400);
    assert_eq!(outside.call("POST", POLICY, (&token, Some(policy(&denver)))).await.0, 204);
    let shown = || outside.world.state().phone("alice@contoso.com", outside.clock.now()).policy;
    assert_eq!(shown(), None);
    outside.seconds(1);
    assert_eq!(shown().as_deref(), Some("Denver SBC"));
}

#[tokio::test]
async fn a_second_customer_of_any_carrier_has_a_configuration_that_loads() {
    use crate::config::Carrier;
    let outside = outside().await;
    for carrier in [Carrier::ConnecttoTeams, Carrier::CallTower, Carrier::DirectRouting] {
        let settings = BotSettings { second_customer: true, second_carrier: carrier, ..BotSettings::default() };
        let config = crate::config::load_text(&outside.world.bot_config(&settings), Vec::new()).unwrap();
        assert_eq!(config.customers[1].carrier, carrier);
        assert!(crate::plan::Offer::of(&config.customers[1]).is_some());
    }
}
