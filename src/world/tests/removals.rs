//! What goes: numbers, policies, users at the carrier, accounts; and who still holds what then.

use super::*;
use crate::world::{SYNC_GROUP, object_id};

const MANAGEMENT: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement";
const UNASSIGN: &str = "/graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/unassignNumber";
const POLICY: &str = "/graph/v1.0/admin/teams/policy/userAssignments/unassign";
const HAS: &str = "hasnumber@contoso.com";

fn body(number: &str) -> Value {
    json!({"telephoneNumber": number, "numberType": "directRouting"})
}

fn holder_of(number: &str) -> String {
    format!("{MANAGEMENT}/numberAssignments?$filter=telephoneNumber%20eq%20'%2B{number}'")
}

#[tokio::test]
async fn a_number_goes_by_an_operation_and_is_shown_until_its_end() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    let shown = async || {
        let (_, list) = outside.call("GET", &holder_of("13035550199"), (&token, None)).await;
        list["value"].as_array().unwrap().len()
    };
    assert_eq!(outside.call("POST", UNASSIGN, (&token, Some(body("13035550199")))).await.0, 202);
    assert_eq!(outside.call("POST", UNASSIGN, (&token, Some(body("+13035550199")))).await.0, 409, "one at a time");
    assert_eq!(shown().await, 1);
    outside.seconds(3);
    assert_eq!(shown().await, 0);
    assert_eq!(outside.call("POST", UNASSIGN, (&token, Some(body("13035550199")))).await.0, 400, "nobody has it");
    assert_eq!(outside.world.effects(EffectKind::NumberUnassigned), ["+13035550199"]);
    for (wrong, status) in [
        (json!({"telephoneNumber": "none", "numberType": "directRouting"}), 400),
        (json!({"telephoneNumber": "13035550199", "numberType": "callingPlan"}), 400),
        (json!({"telephoneNumber": "13035550199", "numberType": "directRouting", "user": "x"}), 400),
    ] {
        assert_eq!(outside.call("POST", UNASSIGN, (&token, Some(wrong.clone()))).await.0, status, "{wrong}");
    }
    outside.world.turn(|knobs| knobs.withheld_permissions = vec!["TeamsTelephoneNumber.ReadWrite.All".to_owned()]);
    assert_eq!(outside.call("POST", UNASSIGN, (&token, Some(body("13035550199")))).await.0, 403);
}

#[tokio::test]
async fn whoever_is_deleted_still_has_their_number() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    assert!(outside.world.admin_center().delete_account(HAS));
    assert!(!outside.world.admin_center().delete_account(HAS));
    let id = object_id(HAS);
    assert_eq!(outside.call("GET", &format!("/graph/v1.0/users/{HAS}"), (&token, None)).await.0, 404);
    let voice = format!("/graph/v1.0/admin/teams/userConfigurations/{id}");
    assert_eq!(outside.call("GET", &voice, (&token, None)).await.0, 404);
    let (_, list) = outside.call("GET", &holder_of("13035550199"), (&token, None)).await;
    assert_eq!(list["value"][0]["assignmentTargetId"], json!(id));
    assert!(outside.world.admin_center().restore_account(HAS));
    assert_eq!(outside.call("GET", &voice, (&token, None)).await.0, 200);
}

#[tokio::test]
async fn a_policy_goes_and_the_default_is_in_force() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    let one = |user: &str| json!({"value": [{"userId": user, "policyType": "OnlineVoiceRoutingPolicy"}]});
    let alice = object_id("alice@contoso.com");
    assert_eq!(outside.call("POST", POLICY, (&token, Some(one(&alice)))).await.0, 204);
    assert!(outside.world.effects(EffectKind::PolicyUnassigned).is_empty(), "there was none");
    assert_eq!(outside.call("POST", POLICY, (&token, Some(one("nobody")))).await.0, 404);
    assert_eq!(outside.call("POST", POLICY, (&token, Some(json!({"value": []})))).await.0, 400);
}

#[tokio::test]
async fn a_group_takes_members_once_and_a_dynamic_one_takes_nobody() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    let place = format!("/graph/v1.0/groups/{SYNC_GROUP}/members/$ref");
    let member = |upn: &str| {
        let root = format!("{}/graph/v1.0/directoryObjects", outside.world.url());
        json!({"@odata.id": format!("{root}/{}", object_id(upn))})
    };
    let join = async |body: Value| outside.call("POST", &place, (&token, Some(body))).await.0;
    assert_eq!(join(member("nogroup@contoso.com")).await, 204);
    assert_eq!(join(member("nogroup@contoso.com")).await, 400);
    assert_eq!(join(member("nobody@contoso.com")).await, 404);
    assert_eq!(join(json!({"@odata.id": "https://evil.example/directoryObjects/1"})).await, 400);
    assert_eq!(outside.world.effects(EffectKind::MemberAdded), ["nogroup@contoso.com"]);
    outside.world.state().group_mut(SYNC_GROUP).unwrap().group_types.push("DynamicMembership".to_owned());
    assert_eq!(join(member("steve@contoso.com")).await, 400);
    outside.world.turn(|knobs| knobs.withheld_permissions = vec!["GroupMember.ReadWrite.All".to_owned()]);
    assert_eq!(join(member("steve@contoso.com")).await, 403);
}

#[tokio::test]
async fn the_portals_do_only_what_they_can() {
    let outside = outside().await;
    let (portal, center) = (outside.world.portal(), outside.world.admin_center());
    let zoe = "zoe@contoso.com";
    assert!(!portal.delete_user(zoe), "it must be disabled first");
    assert!(center.remove_licence(zoe));
    assert!(!portal.disable_user(zoe), "who has no licence is not listed");
    assert!(center.restore_licence(zoe));
    assert!(portal.disable_user(zoe) && portal.delete_user(zoe));
    assert!(!portal.delete_in_connect(zoe), "Connect does not know her");
    assert!(portal.save_in_connect(zoe, "+13035550142"));
    outside.seconds(3);
    assert!(!portal.save_in_connect(zoe, "+13035550143"), "she has one");
    assert!(portal.change_in_connect(zoe, "+13035550143"));
    let line = || outside.world.state().phone(zoe, outside.clock.now()).line;
    assert_eq!(line().as_deref(), Some("+13035550142"), "until Microsoft follows");
    outside.seconds(3);
    assert_eq!(line().as_deref(), Some("+13035550143"));
    center.delete_account(zoe);
    assert!(!portal.delete_in_connect(zoe), "Microsoft first is the wrong order");
    center.restore_account(zoe);
    assert!(portal.delete_in_connect(zoe));
    outside.seconds(3);
    assert_eq!(line(), None);
}
