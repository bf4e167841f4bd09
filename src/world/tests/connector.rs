//! The Bot Connector: posts, limits, members.

use super::*;

fn activities(place: &Place) -> String {
    let id: String = url::form_urlencoded::byte_serialize(place.id.as_bytes()).collect();
    format!("/connector/v3/conversations/{id}/activities")
}

fn text(text: &str) -> Option<Value> {
    Some(json!({"type": "message", "text": text}))
}

fn card(card: Value) -> Value {
    json!({"type": "message", "attachments": [
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]})
}

async fn code(outside: &Outside, method: &str, (path, body): (&str, Option<Value>)) -> (u16, String) {
    let token = outside.token("connector").await;
    let (status, body) = outside.call(method, path, (&token, body)).await;
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn only_the_bots_own_token_opens_the_connector() {
    let outside = outside().await;
    let path = activities(&outside.world.group_chat());
    assert_eq!(outside.call("POST", &path, ("", text("hello"))).await.0, 401);
    assert_eq!(outside.last_violation(), None);
    let graph = outside.token("graph").await;
    assert_eq!(outside.call("POST", &path, (&graph, text("hello"))).await.0, 401);
    assert!(outside.last_violation().unwrap().contains("another audience"));
}

#[tokio::test]
async fn messages_are_posted_rewritten_and_removed() {
    let outside = outside().await;
    let token = outside.token("connector").await;
    let place = outside.world.group_chat();
    let (status, sent) = outside.call("POST", &activities(&place), (&token, text("one"))).await;
    assert_eq!(status, 201);
    let id = sent["id"].as_str().unwrap();
    let one = format!("{}/{id}", activities(&place));
    assert_eq!(outside.call("PUT", &one, (&token, text("two"))).await.0, 200);
    let message = outside.world.mailbox(&place).next_message(|_| true).await.unwrap();
    assert_eq!((message.plain().as_str(), message.edits), ("two", 1));
    assert_eq!(outside.call("DELETE", &one, (&token, None)).await.0, 200);
    assert_eq!(code(&outside, "PUT", (&one, text("three"))).await, (404, "ActivityNotFoundInConversation".to_owned()));
    assert!(outside.world.mailbox(&place).messages().is_empty());
    outside.world.finish().unwrap();
}

#[tokio::test]
async fn a_bare_channel_id_starts_a_thread_and_a_thread_must_exist() {
    let outside = outside().await;
    let thread = outside.world.channel_thread();
    let bare = thread.id.split(';').next().unwrap().to_owned();
    let channel = Place { id: bare.clone(), ..thread.clone() };
    let token = outside.token("connector").await;
    outside.call("POST", &activities(&channel), (&token, text("new post"))).await;
    outside.call("POST", &activities(&thread), (&token, text("in the thread"))).await;
    let all = outside.world.all_mail().read_all();
    assert_eq!(all[0].place, format!("{bare};messageid={}", all[0].id));
    assert_eq!(all[1].place, thread.id);
    let nowhere = Place { id: format!("{bare};messageid=1"), ..thread };
    assert_eq!(
        code(&outside, "POST", (&activities(&nowhere), text("x"))).await,
        (404, "ConversationNotFound".to_owned())
    );
}

#[tokio::test]
async fn what_teams_would_garble_is_refused_or_noticed() {
    let outside = outside().await;
    let path = activities(&outside.world.group_chat());
    let refused = [
        (json!({"type": "event"}), 400, "Bad Argument"),
        (json!({"type": "message"}), 400, "BadSyntax"),
        (json!({"type": "message", "text": "x".repeat(101 * 1024)}), 413, "MessageSizeTooBig"),
        (card(json!("{}")), 400, "Bad Argument"),
        (card(json!({"type": "AdaptiveCard", "version": "1.6"})), 400, "Bad Argument"),
    ];
    for (body, status, error) in refused {
        assert_eq!(code(&outside, "POST", (&path, Some(body))).await, (status, error.to_owned()));
    }
    assert!(outside.last_violation().unwrap().starts_with("card:"));
    let mut both = card(json!({"type": "AdaptiveCard", "version": "1.5", "body": []}));
    both["text"] = "and text".into();
    let token = outside.token("connector").await;
    let (status, answer) = outside.call("POST", &path, (&token, Some(both))).await;
    assert_eq!((status, answer), (201, json!({})), "accepted, but without an id");
    assert_eq!(outside.last_violation().as_deref(), Some("text and a card in one activity"));
}

#[tokio::test]
async fn targeted_messages_name_their_recipient_once() {
    let outside = outside().await;
    let token = outside.token("connector").await;
    let (alan, bob) = (outside.world.person("alan"), outside.world.person("bob"));
    let place = outside.world.channel_thread();
    let path = format!("{}?isTargetedActivity=true", activities(&place));
    assert_eq!(code(&outside, "POST", (&path, text("psst"))).await, (400, "Bad Argument".to_owned()));
    let mut whisper = text("psst").unwrap();
    whisper["recipient"] = json!({"id": alan.human().mri(), "isTargeted": true});
    let (_, sent) = outside.call("POST", &path, (&token, Some(whisper.clone()))).await;
    assert_eq!(bob.mailbox(&place).messages(), []);
    assert_eq!(alan.mailbox(&place).wait_for_text("psst").await.unwrap().only_for, Some(alan.human().mri()));
    let one = format!("{}/{}", activities(&place), sent["id"].as_str().unwrap());
    let flagged = format!("{one}?isTargetedActivity=true");
    assert_eq!(code(&outside, "PUT", (&flagged, Some(whisper))).await.0, 400);
    assert_eq!(code(&outside, "PUT", (&one, text("louder"))).await.0, 404);
    assert_eq!(code(&outside, "PUT", (&flagged, text("softer"))).await.0, 200);
    outside.seconds(86_400);
    let gone = (404, "TARGETED_MESSAGE_EXPIRED_OR_DELETED".to_owned());
    assert_eq!(code(&outside, "PUT", (&flagged, text("late"))).await, gone);
}

#[tokio::test]
async fn conversations_start_with_people_who_have_the_bot() {
    let outside = outside().await;
    let path = "/connector/v3/conversations";
    let tenant = outside.world.state().seed.tenant_id.clone();
    let with = |member: &str| Some(json!({"members": [{"id": member}], "tenantId": tenant}));
    let bob = outside.world.person("bob").human().mri();
    let token = outside.token("connector").await;
    let (status, made) = outside.call("POST", path, (&token, with(&bob))).await;
    assert_eq!((status, made["id"].as_str()), (201, Some(outside.world.personal("bob").id.as_str())));
    assert_eq!(code(&outside, "POST", (path, with("bob@contoso.com"))).await, (400, "Bad Argument".to_owned()));
    {
        let mut state = outside.world.state();
        state.chat.installed.clear();
        state.chat.conversations.values_mut().for_each(|c| c.members.retain(|m| m.key != "bob"));
    }
    assert_eq!(code(&outside, "POST", (path, with(&bob))).await, (403, "ForbiddenOperationException".to_owned()));
    let channel = json!({"isGroup": true, "channelData": {"channel": {"id": "19:onboarding@thread.tacv2"}},
        "activity": {"type": "message", "text": "new"}});
    let (_, post) = outside.call("POST", path, (&token, Some(channel))).await;
    assert!(post["id"].as_str().unwrap().ends_with(post["activityId"].as_str().unwrap()));
}

#[tokio::test]
async fn members_are_found_by_any_of_their_ids_and_paged() {
    let outside = outside().await;
    let place = outside.world.group_chat();
    let token = outside.token("connector").await;
    let base = activities(&place).replace("/activities", "");
    let alan = outside.world.person("alan").human().clone();
    for name in [alan.mri(), alan.object_id(), alan.upn.clone()] {
        let (_, member) = outside.call("GET", &format!("{base}/members/{name}"), (&token, None)).await;
        assert_eq!(member["objectId"], alan.object_id());
    }
    assert_eq!(code(&outside, "GET", (&format!("{base}/members/nobody"), None)).await.0, 404);
    {
        let mut state = outside.world.state();
        let chat = state.chat.conversations.get_mut(&place.id).unwrap();
        chat.members = std::iter::repeat_n(alan, 60).collect();
    }
    let (_, first) = outside.call("GET", &format!("{base}/pagedMembers?pageSize=50"), (&token, None)).await;
    let next = first["continuationToken"].as_str().unwrap();
    let path = format!("{base}/pagedmembers?pageSize=50&continuationToken={next}");
    let (_, second) = outside.call("GET", &path, (&token, None)).await;
    assert_eq!((second["members"].as_array().unwrap().len(), second.get("continuationToken")), (10, None));
    assert!(second["members"][0]["aadObjectId"].is_string());
    assert_eq!(code(&outside, "GET", (&format!("{base}/pagedmembers?pageSize=49"), None)).await.0, 400);
    for _ in 0..5 {
        assert_eq!(outside.call("GET", &format!("{base}/members"), (&token, None)).await.0, 200);
    }
    assert_eq!(outside.call("GET", &format!("{base}/members"), (&token, None)).await.0, 429);
    let (_, channels) =
        outside.call("GET", "/connector/v3/teams/19:team@thread.tacv2/conversations", (&token, None)).await;
    assert_eq!(channels["conversations"][0], json!({"id": "19:team@thread.tacv2", "name": null}));
}

#[tokio::test]
async fn the_eighth_send_within_a_second_is_throttled() {
    let outside = outside().await;
    let token = outside.token("connector").await;
    let path = activities(&outside.world.group_chat());
    for _ in 0..7 {
        assert_eq!(outside.call("POST", &path, (&token, text("go"))).await.0, 201);
    }
    let request = outside.http.post(outside.url(&path)).bearer_auth(&token).json(&text("go"));
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    let elsewhere = activities(&outside.world.personal("alan"));
    assert_eq!(outside.call("POST", &elsewhere, (&token, text("go"))).await.0, 201);
    outside.seconds(1);
    assert_eq!(outside.call("POST", &path, (&token, text("go"))).await.0, 201);
    assert_eq!(outside.call("POST", &path, (&token, text("go"))).await.0, 429, "eight within two seconds");
}

#[tokio::test]
async fn a_second_write_at_the_same_time_is_refused_by_the_knob() {
    let outside = outside().await;
    outside.world.turn(|knobs| {
        knobs.refuse_concurrent_writes = true;
        knobs.latency_ms.insert(System::Connector, 100);
    });
    let token = outside.token("connector").await;
    let path = activities(&outside.world.group_chat());
    let send = || outside.http.post(outside.url(&path)).bearer_auth(&token).json(&text("go")).send();
    let first = tokio::spawn(send());
    while outside.clock.until_next().is_none() {
        tokio::task::yield_now().await;
    }
    // The first write is under way until the clock is turned; from here on nothing is slow any more.
    outside.world.turn(|knobs| knobs.latency_ms.clear());
    assert_eq!(send().await.unwrap().status(), 412);
    outside.seconds(1);
    assert_eq!(first.await.unwrap().unwrap().status(), 201);
    assert_eq!(send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_bot_outside_the_roster_cannot_speak() {
    let outside = outside().await;
    let place = outside.world.group_chat();
    outside.world.person("alan").remove_bot(&place).await;
    let expected = (403, "BotNotInConversationRoster".to_owned());
    assert_eq!(code(&outside, "POST", (&activities(&place), text("hello?"))).await, expected);
}
