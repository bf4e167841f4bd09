//! Telephone numbers and policies through Graph.

use serde_json::{Value, json as value};

use super::fault;
use super::graph::set;
use super::stage::{Stage, json, text};
use crate::domain::E164;
use crate::outside::{Fault, OperationStatus, VOICE_ROUTING_POLICY};

const NUMBERS: &str = "GET /graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments";
const ASSIGN: &str = "POST /graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/assignNumber";
const UNASSIGN: &str = "POST /graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/unassignNumber";
const UNASSIGN_POLICY: &str = "POST /graph/v1.0/admin/teams/policy/userAssignments/unassign";
const OPERATION: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement/operations('o-1')";
const POLICY: &str = "POST /graph/v1.0/admin/teams/policy/userAssignments/assign";

fn number() -> E164 {
    E164::parse("+13035550142").unwrap()
}

fn assignment(number: &str, status: &str, activation: &str) -> Value {
    value!({"telephoneNumber": number, "assignmentTargetId": "a-1", "assignmentStatus": status,
        "activationState": activation, "numberType": "directRouting"})
}

#[tokio::test]
async fn a_number_tells_who_has_it() {
    let (stage, graph) = set().await;
    for (found, holder) in [
        (vec![], None),
        (vec![assignment("+13035550142", "userAssigned", "activated")], Some("a-1")),
        (vec![assignment("+13035550142", "userAssigned", "assignmentPending")], Some("a-1")),
        (vec![assignment("+13035550142", "userAssigned", "assignmentFailed")], None),
        (vec![assignment("+13035550142", "unassigned", "activated")], None),
        // Not what was asked for.
        (vec![assignment("+13035550143", "userAssigned", "activated")], None),
    ] {
        stage.expect(NUMBERS, json(200, value!({ "value": found })));
        let told = graph.number(&number()).await.unwrap();
        assert_eq!(told.as_ref().and_then(|n| n.holder()), holder);
    }
    assert_eq!(stage.calls()[1].query["$filter"], "telephoneNumber eq '+13035550142'");
}

#[tokio::test]
async fn the_numbers_of_a_tenant_are_read_page_by_page() {
    let (stage, graph) = set().await;
    let full: Vec<Value> =
        (0..1000).map(|n| assignment(&format!("+1303555{n:04}"), "userAssigned", "activated")).collect();
    stage.expect(NUMBERS, json(200, value!({ "value": full })));
    stage.expect(NUMBERS, json(200, value!({"value": [assignment("+13035551000", "userAssigned", "activated")]})));
    assert_eq!(graph.all_numbers().await.unwrap().len(), 1001);
    let calls = stage.calls();
    assert_eq!((calls[1].query["$top"].as_str(), calls[2].query["$skip"].as_str()), ("1000", "1000"));
}

#[tokio::test]
async fn a_number_is_asked_for_and_the_operation_asked_after_where_graph_says() {
    let (stage, graph) = set().await;
    let place = format!("{}{OPERATION}", stage.url);
    stage.expect(ASSIGN, text(202, "").header("location", &place));
    assert_eq!(graph.assign_number(&number(), "a-1").await.unwrap(), place);
    let sent = stage.calls()[1].json();
    let expected = value!({"telephoneNumber": "13035550142", "assignmentTargetId": "a-1",
        "numberType": "directRouting", "assignmentCategory": "primary"});
    assert_eq!(sent, expected);
    for (status, told) in [
        ("notStarted", OperationStatus::UnderWay),
        ("running", OperationStatus::UnderWay),
        ("unknownFutureValue", OperationStatus::UnderWay),
        ("succeeded", OperationStatus::Succeeded),
        ("failed", OperationStatus::Failed),
        ("skipped", OperationStatus::Failed),
    ] {
        stage.expect(&format!("GET {OPERATION}"), json(200, value!({"id": "o-1", "status": status})));
        assert_eq!(graph.operation(&place).await, Ok(Some(told)), "{status}");
    }
    stage.expect(&format!("GET {OPERATION}"), json(404, value!({})));
    assert_eq!(graph.operation(&place).await, Ok(None));
}

#[tokio::test]
async fn a_token_goes_nowhere_but_to_graph() {
    let (stage, graph) = set().await;
    let foreign = Stage::open().await;
    let elsewhere = format!("{}{OPERATION}", foreign.url);
    for reply in [text(202, ""), text(202, "").header("location", &elsewhere), text(202, "").header("location", "/op")]
    {
        stage.expect(ASSIGN, reply);
        // It was accepted all the same: only reading tells.
        assert_eq!(fault(graph.assign_number(&number(), "a-1").await), Fault::Garbled);
    }
    assert_eq!(fault(graph.operation(&elsewhere).await), Fault::Garbled);
    stage.calls();
    assert!(foreign.calls().is_empty());
}

#[tokio::test]
async fn a_policy_is_assigned_as_documented() {
    let (stage, graph) = set().await;
    stage.expect(POLICY, text(204, ""));
    graph.assign_policy("a-1", (VOICE_ROUTING_POLICY, "p-1")).await.unwrap();
    let one = value!({"@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
        "userId": "a-1", "policyType": "OnlineVoiceRoutingPolicy", "policyId": "p-1"});
    assert_eq!(stage.calls()[1].json(), value!({ "value": [one] }));
    let refused = value!({"error": {"code": "Authorization_RequestDenied", "message": "no"}});
    stage.expect(POLICY, json(403, refused));
    let told = fault(graph.assign_policy("a-1", (VOICE_ROUTING_POLICY, "p-1")).await);
    assert_eq!(told, Fault::Forbidden { code: Some("Authorization_RequestDenied".to_owned()) });
}

#[tokio::test]
async fn a_number_and_a_policy_are_taken_away_with_the_documented_bodies() {
    let (stage, graph) = set().await;
    let place = format!("{}{OPERATION}", stage.url);
    stage.expect(UNASSIGN, text(202, "").header("location", &place));
    assert_eq!(graph.unassign_number(&number()).await.unwrap(), place);
    stage.expect(UNASSIGN_POLICY, text(204, ""));
    graph.unassign_policy("a-1", VOICE_ROUTING_POLICY).await.unwrap();
    let calls = stage.calls();
    assert_eq!(calls[1].json(), value!({"telephoneNumber": "13035550142", "numberType": "directRouting"}));
    let one = value!({"@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
        "userId": "a-1", "policyType": VOICE_ROUTING_POLICY});
    assert_eq!(calls[2].json(), value!({ "value": [one] }));
    // Elsewhere nobody is told the token.
    stage.expect(UNASSIGN, text(202, "").header("location", "https://evil.example/operations('o-1')"));
    assert!(graph.unassign_number(&number()).await.is_err());
    stage.expect(UNASSIGN, text(202, ""));
    assert_eq!(fault(graph.unassign_number(&number()).await), Fault::Garbled);
}
