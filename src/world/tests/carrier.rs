//! The carrier: login, configureUser, what Microsoft follows.

use super::*;

const CONFIGURE: &str = "/connecttoteams/enterprise/configureUser";

async fn carrier_token(outside: &Outside) -> String {
    let known = outside.world.state().seed.credentials.clone();
    let fields =
        [("grant_type", "password"), ("username", &known.carrier_username), ("password", &known.carrier_password)];
    let request = outside.http.post(outside.url("/connecttoteams/oauth/token"));
    let request = request.basic_auth(known.carrier_client_id, Some(known.carrier_secret)).form(&fields);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn alice() -> Value {
    json!({"loginID": "alice@contoso.com", "teamsUserId": "alice@contoso.com", "pbxLocation": "4711",
        "sbcGatewayId": 805, "pbxUserId": "1000@contoso", "pbxAuthUserId": "1000tm", "phoneNumber": "+11000",
        "useTeamsVoicemail": false, "pbxCallPolicyInfo": {"callPolicyCNAM": "TRANSPARENT",
        "callPolicyName": "Global", "forwardedCallsCallerId": "USER_CALLER_ID"}})
}

fn with_device(outside: &Outside) {
    let mut state = outside.world.state();
    let user = state.seed.pbx.users.get_mut("1000").unwrap();
    user.devices.insert("1000tm".to_owned(), crate::world::Device::default());
}

fn phone(outside: &Outside) -> (Option<String>, bool, Option<String>) {
    let phone = outside.world.state().phone("alice@contoso.com", outside.clock.now());
    (phone.line, phone.voice, phone.policy)
}

#[tokio::test]
async fn the_login_wants_client_and_administrator() {
    let outside = outside().await;
    let url = outside.url("/connecttoteams/oauth/token");
    let wrong = outside.http.post(&url).basic_auth("onboard-bot", Some("guess")).form(&[("grant_type", "password")]);
    assert_eq!(wrong.send().await.unwrap().status(), 401);
    let token = carrier_token(&outside).await;
    let me = outside.http.put(outside.url("/connecttoteams/reseller/getAuthenticatedUser")).bearer_auth(&token);
    let bare = me.try_clone().unwrap().body("api-admin@reseller.example").send().await.unwrap();
    let bare: Value = bare.json().await.unwrap();
    assert_eq!(bare["type"], "RESELLER");
    let quoted = me.json("api-admin@reseller.example").send().await.unwrap();
    assert_eq!(quoted.status(), 400);
    let routes = format!("/connecttoteams/reseller/getAvailableSBCGatewayRegionsByResellerId/{}", bare["resellerId"]);
    let (_, routes) = outside.call("GET", &routes, (&token, None)).await;
    assert_eq!(routes[1], json!({"sbcGatewayId": 806, "sbcGatewayRegion": "US-West"}));
    assert_eq!(outside.call("POST", CONFIGURE, ("guess", Some(alice()))).await.0, 401);
}

#[tokio::test]
async fn a_saved_user_shows_up_at_microsoft_after_the_delays() {
    let outside = outside().await;
    with_device(&outside);
    let token = carrier_token(&outside).await;
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(alice()))).await.0, 200);
    assert_eq!(phone(&outside), (None, false, None));
    outside.seconds(3);
    assert_eq!(phone(&outside), (Some("+11000".to_owned()), false, None));
    // The same body again converges: nothing starts over.
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(alice()))).await.0, 200);
    outside.seconds(1);
    assert_eq!(phone(&outside), (Some("+11000".to_owned()), true, Some("US East 2".to_owned())));
    assert_eq!(outside.world.state().registration("1000tm", outside.clock.now()), None);
    outside.seconds(1);
    assert!(outside.world.state().registration("1000tm", outside.clock.now()).is_some());
    assert!(outside.world.violations().is_empty());
}

#[tokio::test]
async fn without_consent_a_global_admin_presses_the_buttons() {
    let outside = outside().await;
    with_device(&outside);
    outside.world.turn(|knobs| knobs.consent = false);
    let token = carrier_token(&outside).await;
    outside.call("POST", CONFIGURE, (&token, Some(alice()))).await;
    outside.seconds(3600);
    assert_eq!(phone(&outside).0, None);
    let portal = outside.world.portal();
    assert!(!portal.enable_calling("alice@contoso.com"), "not offered before the sync");
    portal.sync_teams_users();
    outside.seconds(3);
    assert_eq!(phone(&outside), (Some("+11000".to_owned()), false, None));
    assert!(portal.enable_calling("alice@contoso.com"));
    outside.seconds(1);
    assert!(phone(&outside).1);
    assert!(!portal.delete_user("alice@contoso.com"), "it must be disabled first");
    portal.disable_user("alice@contoso.com");
    assert_eq!(phone(&outside).0, None);
    assert!(portal.delete_user("alice@contoso.com"));
}

#[tokio::test]
async fn whoever_microsoft_would_not_accept_never_syncs() {
    for spoil in ["licence", "group", "device"] {
        let outside = outside().await;
        if spoil != "device" {
            with_device(&outside);
        }
        match spoil {
            "licence" => outside.world.state().user_mut("alice@contoso.com").unwrap().assigned_plans.clear(),
            "group" => outside.world.state().group_mut(crate::world::SYNC_GROUP).unwrap().members.clear(),
            _ => {}
        }
        let token = carrier_token(&outside).await;
        assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(alice()))).await.0, 200);
        outside.seconds(86_400);
        outside.world.portal().sync_teams_users();
        outside.seconds(86_400);
        assert_eq!(phone(&outside), (None, false, None), "{spoil}");
    }
}

#[tokio::test]
async fn bodies_that_are_not_documented_are_refused() {
    let outside = outside().await;
    let token = carrier_token(&outside).await;
    for (key, value) in [
        ("dialPlan", json!(true)),
        ("sbcGatewayId", json!("805")),
        ("sbcGatewayId", json!(0)),
        ("pbxLocation", json!(4711)),
        ("pbxLocation", json!("PBX")),
        ("pbxUserId", json!("1000")),
        ("loginID", json!("")),
        ("useTeamsVoicemail", json!("false")),
        ("pbxCallPolicyInfo", json!({"callPolicyCNAM": "Transparent"})),
    ] {
        let mut body = alice();
        body[key] = value;
        assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(body))).await.0, 400, "{key}");
    }
    let mut body = alice();
    body.as_object_mut().unwrap().remove("sbcGatewayId");
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(body))).await.0, 400);
    assert!(outside.world.state().links.is_empty());
}

#[tokio::test]
async fn a_sip_user_belongs_to_one_teams_user_and_passwords_are_noticed() {
    let outside = outside().await;
    let token = carrier_token(&outside).await;
    let mut body = alice();
    body["password"] = "hush".into();
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(body))).await.0, 200);
    assert_eq!(outside.last_violation().as_deref(), Some("configureUser was sent password"));
    let mut amir = alice();
    amir["teamsUserId"] = "amir@contoso.com".into();
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(amir))).await.0, 409);
    let mut other = alice();
    other["loginID"] = "admin@contoso.com".into();
    outside.call("POST", CONFIGURE, (&token, Some(other))).await;
    assert!(outside.last_violation().unwrap().contains("another loginID"));
    assert!(!serde_json::to_string(&outside.world.log()).unwrap().contains("hush"));
}

/// Alice's line, saved and working.
async fn working() -> (Outside, String) {
    let outside = outside().await;
    with_device(&outside);
    let token = carrier_token(&outside).await;
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(alice()))).await.0, 200);
    outside.seconds(5);
    assert!(works(&outside));
    (outside, token)
}

/// Voice flag and registration.
fn works(outside: &Outside) -> bool {
    let registered = outside.world.state().registration("1000tm", outside.clock.now()).is_some();
    let voice = phone(outside).1;
    assert_eq!(registered, voice);
    voice
}

#[tokio::test]
async fn a_user_is_disabled_then_deleted_and_then_everything_is_free() {
    let (outside, token) = working().await;
    let portal = outside.world.portal();
    outside.world.turn(|knobs| knobs.disable_delay_ms = 2000);
    assert!(!portal.disable_user("amir@contoso.com"), "not set up");
    assert!(portal.disable_user("alice@contoso.com") && !portal.disable_user("alice@contoso.com"));
    outside.seconds(1);
    assert!(works(&outside), "it takes its time");
    outside.seconds(1);
    assert!(!works(&outside));
    portal.sync_teams_users();
    outside.seconds(60);
    assert_eq!((phone(&outside), portal.enable_calling("alice@contoso.com")), ((None, false, None), false));
    // Disabled, it still holds the SIP user.
    let mut amir = alice();
    amir["teamsUserId"] = "amir@contoso.com".into();
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(amir.clone()))).await.0, 409);
    assert!(portal.delete_user("alice@contoso.com") && !portal.delete_user("alice@contoso.com"));
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(amir))).await.0, 200);
    outside.seconds(5);
    let line = outside.world.state().phone("amir@contoso.com", outside.clock.now()).line;
    assert_eq!(line.as_deref(), Some("+11000"));
}

#[tokio::test]
async fn in_the_wrong_order_the_carrier_cannot_let_go() {
    for spoil in ["licence", "account"] {
        let (outside, token) = working().await;
        let (portal, microsoft) = (outside.world.portal(), outside.world.admin_center());
        match spoil {
            "licence" => microsoft.remove_licence("alice@contoso.com"),
            _ => microsoft.delete_account("alice@contoso.com"),
        };
        assert_eq!(phone(&outside).0.as_deref(), Some("+11000"), "{spoil}: the number stays");
        assert!(!portal.disable_user("alice@contoso.com") && !portal.delete_user("alice@contoso.com"));
        assert!(!portal.enable_calling("alice@contoso.com"));
        let mut amir = alice();
        amir["teamsUserId"] = "amir@contoso.com".into();
        assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(amir))).await.0, 409);
        match spoil {
            "licence" => microsoft.restore_licence("alice@contoso.com"),
            _ => microsoft.restore_account("alice@contoso.com"),
        };
        assert!(portal.disable_user("alice@contoso.com") && portal.delete_user("alice@contoso.com"), "{spoil}");
        assert_eq!(phone(&outside), (None, false, None));
    }
}

#[tokio::test]
async fn a_sync_that_fails_changes_nothing_until_it_works_again() {
    let outside = outside().await;
    with_device(&outside);
    outside.world.turn(|knobs| knobs.sync_fails = true);
    let token = carrier_token(&outside).await;
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(alice()))).await.0, 200);
    outside.world.portal().sync_teams_users();
    outside.seconds(3600);
    assert_eq!(phone(&outside), (None, false, None));
    outside.world.turn(|knobs| knobs.sync_fails = false);
    outside.world.portal().sync_teams_users();
    outside.seconds(5);
    assert!(works(&outside));
}

#[tokio::test]
async fn an_edit_interrupts_calling_and_the_same_again_does_not() {
    let (outside, token) = working().await;
    outside.world.turn(|knobs| knobs.edit_interrupts_ms = 600_000);
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(alice()))).await.0, 200);
    assert!(works(&outside));
    let mut other = alice();
    other["sbcGatewayId"] = 806.into();
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(other))).await.0, 200);
    assert!(!works(&outside));
    assert_eq!(phone(&outside), (Some("+11000".to_owned()), false, Some("US West".to_owned())));
    outside.seconds(599);
    assert!(!works(&outside));
    outside.seconds(1);
    assert!(works(&outside));
}

#[tokio::test]
async fn an_edit_is_not_seen_at_microsoft_before_the_sync() {
    let (outside, token) = working().await;
    let before = phone(&outside);
    outside.world.turn(|knobs| (knobs.auto_sync, knobs.edit_interrupts_ms) = (false, 600_000));
    let mut other = alice();
    other["sbcGatewayId"] = 806.into();
    assert_eq!(outside.call("POST", CONFIGURE, (&token, Some(other))).await.0, 200);
    outside.seconds(3600);
    assert!(works(&outside));
    assert_eq!(phone(&outside), before);
    outside.world.portal().sync_teams_users();
    assert!(!works(&outside), "the sync interrupts");
    outside.seconds(600);
    assert!(works(&outside));
    assert_eq!(phone(&outside).2.as_deref(), Some("US West"));
}

#[tokio::test]
async fn a_number_that_graph_takes_away_comes_back_with_the_next_sync() {
    let (outside, _) = working().await;
    let token = outside.token("graph").await;
    let path = "/graph/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/unassignNumber";
    let body = json!({"telephoneNumber": "11000", "numberType": "directRouting"});
    assert_eq!(outside.call("POST", path, (&token, Some(body))).await.0, 202);
    outside.seconds(3);
    assert_eq!(phone(&outside), (None, false, None));
    outside.world.portal().sync_teams_users();
    outside.seconds(5);
    assert!(works(&outside));
}

#[tokio::test]
async fn whoever_is_put_into_the_sync_group_is_synced() {
    let outside = outside().await;
    with_device(&outside);
    outside.world.state().group_mut(crate::world::SYNC_GROUP).unwrap().members.clear();
    let token = carrier_token(&outside).await;
    outside.call("POST", CONFIGURE, (&token, Some(alice()))).await;
    outside.seconds(3600);
    assert_eq!(phone(&outside).0, None);
    let token = outside.token("graph").await;
    let id = crate::world::object_id("alice@contoso.com");
    let member = json!({"@odata.id": format!("{}/graph/v1.0/directoryObjects/{id}", outside.world.url())});
    let path = format!("/graph/v1.0/groups/{}/members/$ref", crate::world::SYNC_GROUP);
    assert_eq!(outside.call("POST", &path, (&token, Some(member))).await.0, 204);
    outside.seconds(5);
    assert!(works(&outside));
}
