//! Microsoft Graph.

use super::*;

async fn get(outside: &Outside, path: &str) -> (u16, Value) {
    let token = outside.token("graph").await;
    outside.call("GET", &format!("/graph/v1.0{path}"), (&token, None)).await
}

#[tokio::test]
async fn a_user_read_shows_what_was_selected_and_nothing_else() {
    let outside = outside().await;
    let (status, whole) = get(&outside, "/users/Alice@contoso.com").await;
    assert_eq!((status, &whole["surname"]), (200, &json!("Adams")));
    assert!(whole.get("accountEnabled").is_none(), "the default set has no accountEnabled");
    let (_, some) = get(&outside, "/users/alice%40contoso.com?$select=id,accountEnabled").await;
    let mut keys: Vec<&str> = some.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort();
    assert_eq!((keys, &some["accountEnabled"]), (vec!["accountEnabled", "id"], &json!(true)));
    let (status, body) = get(&outside, "/users/alice@contoso.com?$select=shoeSize").await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!("Request_BadRequest")));
    let id = some["id"].as_str().unwrap();
    assert_eq!(get(&outside, &format!("/users('{id}')")).await.0, 200);
}

#[tokio::test]
async fn unknown_people_are_not_found_in_the_documented_shape() {
    let outside = outside().await;
    for path in ["/users/nobody@contoso.com", "/users('$x@contoso.com')", "/groups/none"] {
        let (status, body) = get(&outside, path).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("Request_ResourceNotFound")), "{path}");
        assert!(body["error"]["innerError"]["request-id"].is_string());
    }
    let frank = outside.world.person("frank").human().object_id();
    assert_eq!(get(&outside, &format!("/users/{frank}")).await.0, 404);
}

#[tokio::test]
async fn tokens_of_others_and_old_ones_are_refused() {
    let outside = outside().await;
    let bots = outside.token("connector").await;
    let own = outside.token("graph").await;
    for token in ["", "guess"] {
        let (status, body) = outside.call("GET", "/graph/v1.0/users/alice@contoso.com", (token, None)).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
        assert_eq!(outside.last_violation(), None);
    }
    assert_eq!(outside.call("GET", "/graph/v1.0/users/alice@contoso.com", (&bots, None)).await.0, 401);
    assert!(outside.last_violation().is_some());
    outside.seconds(3598);
    assert_eq!(outside.call("GET", "/graph/v1.0/users/alice@contoso.com", (&own, None)).await.0, 200);
    outside.seconds(1);
    assert_eq!(outside.call("GET", "/graph/v1.0/users/alice@contoso.com", (&own, None)).await.0, 401);
}

#[tokio::test]
async fn membership_is_transitive_and_asked_for_twenty_groups_at_most() {
    let outside = outside().await;
    let token = outside.token("graph").await;
    let carol = outside.world.person("carol").human().object_id();
    let path = format!("/graph/v1.0/users/{carol}/checkMemberGroups");
    let ask = async |ids: Vec<String>| outside.call("POST", &path, (&token, Some(json!({"groupIds": ids})))).await;
    let groups = vec![crate::world::REQUESTER_GROUP.to_owned(), crate::world::APPROVER_GROUP.to_owned()];
    assert_eq!(ask(groups.clone()).await, (200, json!({"value": [crate::world::APPROVER_GROUP]})));
    outside.world.state().group_mut(crate::world::REQUESTER_GROUP).unwrap().members.push(groups[1].clone());
    assert_eq!(ask(groups).await.1["value"].as_array().unwrap().len(), 2);
    assert_eq!(ask(vec!["x".to_owned(); 21]).await.0, 400);
}

#[tokio::test]
async fn a_large_group_is_read_page_by_page() {
    let outside = outside().await;
    let path =
        format!("/groups/{}/transitiveMembers/microsoft.graph.user?$select=id&$top=60", crate::world::SYNC_GROUP);
    let (_, first) = get(&outside, &path).await;
    assert_eq!(first["value"].as_array().unwrap().len(), 60);
    let next = first["@odata.nextLink"].as_str().unwrap();
    let next = next.strip_prefix(&format!("{}/graph/v1.0", outside.world.url())).unwrap();
    let (_, second) = get(&outside, next).await;
    assert!(second.get("@odata.nextLink").is_none());
    assert_ne!(first["value"][0], second["value"][0]);
}

#[tokio::test]
async fn teams_knows_a_user_only_once_provisioned() {
    let outside = outside().await;
    let id = |name: &str| crate::world::object_id(&format!("{name}@contoso.com"));
    let path = |name| format!("/admin/teams/userConfigurations/{}", id(name));
    assert_eq!(get(&outside, &path("unprovisioned")).await.0, 404);
    let (_, plain) = get(&outside, &path("hasnumber")).await;
    assert_eq!(plain["telephoneNumbers"][0]["telephoneNumber"], "+13035550199");
    outside.world.turn(|knobs| knobs.wrapped_user_configuration = true);
    let (_, wrapped) = get(&outside, &path("hasnumber")).await;
    assert_eq!(wrapped["value"]["telephoneNumbers"], plain["telephoneNumbers"]);
    let filter = "$filter=telephoneNumber%20eq%20'%2B13035550199'";
    let (_, found) = get(&outside, &format!("/admin/teams/telephoneNumberManagement/numberAssignments?{filter}")).await;
    assert_eq!(found["value"][0]["assignmentTargetId"], id("hasnumber"));
}

#[tokio::test]
async fn the_inventory_of_numbers_is_filtered_as_documented() {
    let outside = outside().await;
    let number = |number: &str, status: &str, target: Option<&str>| crate::world::Number {
        telephone_number: number.to_owned(),
        assignment_status: status.to_owned(),
        assignment_target_id: target.map(str::to_owned),
        ..Default::default()
    };
    {
        let mut state = outside.world.state();
        state.user_mut("virtual@contoso.com").unwrap().telephone_number = Some("+13035550177".to_owned());
        state.seed.numbers = vec![
            number("+13035550188", "unassigned", None),
            number("+13035550166", "userAssigned", Some("99999999-9999-9999-9999-999999999999")),
        ];
    }
    let path = "/admin/teams/telephoneNumberManagement/numberAssignments";
    let status = async |digits: &str| {
        let (_, found) = get(&outside, &format!("{path}?$filter=telephoneNumber%20eq%20'%2B{digits}'")).await;
        assert_eq!(found["value"].as_array().unwrap().len(), 1, "{digits}");
        found["value"][0]["assignmentStatus"].clone()
    };
    assert_eq!(status("13035550199").await, "userAssigned");
    assert_eq!(status("13035550177").await, "voiceApplicationAssigned");
    assert_eq!(status("13035550188").await, "unassigned");
    assert_eq!(status("13035550166").await, "userAssigned");
    let (_, free) = get(&outside, &format!("{path}?$filter=assignmentStatus%20eq%20'unassigned'")).await;
    assert_eq!(free["value"].as_array().unwrap().len(), 1);
    let (_, all) = get(&outside, &format!("{path}?$top=2&$skip=1")).await;
    assert_eq!(all["value"].as_array().unwrap().len(), 2);
    for refused in [
        "$top=1001",
        "$top=0",
        "$skip=x",
        "$filter=city%20eq%20'Denver'",
        "$filter=telephoneNumber%20eq%20'a'%20or%20'b'",
    ] {
        assert_eq!(get(&outside, &format!("{path}?{refused}")).await.0, 400, "{refused}");
    }
}

#[tokio::test]
async fn the_sync_group_is_one_of_microsoft_365_and_the_others_are_not() {
    let outside = outside().await;
    let (_, sync) = get(&outside, &format!("/groups/{}?$select=id,groupTypes", crate::world::SYNC_GROUP)).await;
    assert_eq!(sync["groupTypes"], json!(["Unified"]));
    let (_, other) = get(&outside, &format!("/groups/{}", crate::world::REQUESTER_GROUP)).await;
    assert_eq!((&other["groupTypes"], &other["securityEnabled"]), (&json!([]), &json!(true)));
}
