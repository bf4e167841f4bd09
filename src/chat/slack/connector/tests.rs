use super::super::fake::{Answer, Connection, Fake, HERE, Seen, answer, connector, ok, refusal, rough, start};
use super::*;
use crate::chat::Stage;
use crate::config::Secret;
use crate::domain::PlaceKind;

fn thread() -> Place {
    place::thread(HERE, "C1", "1700000000.000100")
}

fn typed() -> Place {
    place::own_thread(HERE, "C1", "k1")
}

fn words(text: &str) -> SlackMessage {
    SlackMessage::words(text.to_owned())
}

fn card() -> SlackMessage {
    let (blocks, plain) = (vec![json!({"type": "card"})], Some(vec![json!({"type": "section"})]));
    SlackMessage { blocks, plain, text: "ONB-1".to_owned() }
}

fn ada() -> Person {
    Person { id: "a-1".into(), chat_id: "U1".into(), name: "Ada".into(), upn: None }
}

fn gone(code: &str) -> SlackError {
    SlackError::Gone { code: code.to_owned() }
}

/// A workspace in which everything works; posting answers with the channel that was asked for.
fn works(seen: &Seen) -> Answer {
    match seen.path.as_str() {
        "/api/chat.postMessage" => ok(json!({"channel": seen.json()["channel"], "ts": "1700000001.000200"})),
        "/api/chat.postEphemeral" => ok(json!({"message_ts": "1700000001.000300"})),
        "/api/conversations.open" => ok(json!({"channel": {"id": "D9"}})),
        "/hooks/1" => answer(200, "ok"),
        _ => ok(json!({})),
    }
}

/// The bot is no member of C1; all else works.
fn outside(seen: &Seen) -> Answer {
    let member = !seen.path.starts_with("/api/chat.post") || seen.json()["channel"] != "C1";
    if member { works(seen) } else { refusal("not_in_channel") }
}

#[tokio::test]
async fn a_message_goes_into_its_thread_unfurls_nothing_and_names_its_post() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let place = thread();
    let target = Target { post: Some("p-1"), ..Target::new(&place) };
    let sent = slack.send(target, &card(), &Permit::granted()).await;
    assert_eq!(sent, Ok(Some("1700000001.000200".to_owned())));
    assert_eq!(
        fake.seen()[0].json(),
        json!({
            "channel": "C1", "thread_ts": "1700000000.000100", "text": "ONB-1", "blocks": [{"type": "card"}],
            "unfurl_links": false, "unfurl_media": false,
            "metadata": {"event_type": "onboard_bot_post", "event_payload": {"post": "p-1"}},
        })
    );
    slack.send(Target::new(&place::thread(HERE, "D1", "")), &words("hello"), &Permit::granted()).await.unwrap();
    let alone = json!({"channel": "D1", "text": "hello", "unfurl_links": false, "unfurl_media": false});
    assert_eq!(fake.seen()[1].json(), alone, "no blocks, no thread, no post");
}

#[tokio::test]
async fn the_first_message_after_a_slash_command_begins_the_thread() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let place = typed();
    let first = slack.send(Target::new(&place), &card(), &Permit::granted()).await.unwrap().unwrap();
    let next = Target { root: Some(&first), ..Target::new(&place) };
    slack.send(next, &words("done"), &Permit::granted()).await.unwrap();
    let threads: Vec<Value> = fake.seen().iter().map(|seen| seen.json()["thread_ts"].clone()).collect();
    assert_eq!(threads, [Value::Null, json!("1700000001.000200")]);
}

#[tokio::test]
async fn only_a_thread_that_the_bot_began_can_be_begun_anew() {
    for code in ["cannot_reply_to_message", "thread_not_found"] {
        let fake = Fake::start(move |_| refusal(code)).await;
        let (slack, _) = connector(&fake.url);
        let (own, theirs) = (typed(), thread());
        let reply = Target { root: Some("17.01"), ..Target::new(&own) };
        let error = slack.send(reply, &words("done"), &Permit::granted()).await.unwrap_err();
        assert_eq!(error, SlackError::MessageGone { code: code.to_owned() });
        let error = slack.send(Target::new(&theirs), &words("done"), &Permit::granted()).await.unwrap_err();
        assert_eq!(error, gone(code));
    }
}

#[tokio::test]
async fn a_message_is_rewritten_and_taken_back_where_it_is() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    slack.update((&thread(), "17.01"), &card(), &Permit::granted()).await.unwrap();
    slack.update((&typed(), "D9/17.01"), &words("done"), &Permit::granted()).await.unwrap();
    slack.delete(&typed(), "D9/17.01").await.unwrap();
    let seen = fake.seen();
    let update = json!({"channel": "C1", "ts": "17.01", "text": "ONB-1", "blocks": [{"type": "card"}]});
    assert_eq!(seen[0].json(), update);
    assert_eq!(seen[1].json(), json!({"channel": "D9", "ts": "17.01", "text": "done"}));
    assert_eq!((seen[2].path.as_str(), seen[2].body.as_str()), ("/api/chat.delete", "channel=D9&ts=17.01"));
    let fake = Fake::start(|_| refusal("message_not_found")).await;
    let (slack, _) = connector(&fake.url);
    let error = slack.update((&thread(), "17.01"), &card(), &Permit::granted()).await;
    assert_eq!(error, Err(SlackError::MessageGone { code: "message_not_found".to_owned() }));
}

#[tokio::test]
async fn blocks_that_slack_refuses_go_once_more_as_plain_ones() {
    let old = |seen: &Seen| if seen.body.contains("\"card\"") { refusal("invalid_blocks") } else { works(seen) };
    let fake = Fake::start(old).await;
    let (slack, _) = connector(&fake.url);
    let (place, permit) = (thread(), Permit::granted());
    assert!(slack.send(Target::new(&place), &card(), &permit).await.unwrap().is_some());
    slack.update((&place, "17.01"), &card(), &Permit::granted()).await.unwrap();
    let blocks: Vec<Value> = fake.seen().iter().map(|seen| seen.json()["blocks"][0]["type"].clone()).collect();
    assert_eq!(blocks, ["card", "section", "section"], "the workspace is not asked again at once");
    let without = SlackMessage { plain: None, ..card() };
    let error = slack.send(Target::new(&place), &without, &Permit::granted()).await.unwrap_err();
    assert!(matches!(error, SlackError::Payload { ref code, .. } if code == "invalid_blocks"), "{error:?}");
    assert_eq!(fake.seen().len(), 4, "there is nothing plainer");
    let fake = Fake::start(|_| refusal("invalid_blocks")).await;
    let (slack, _) = connector(&fake.url);
    slack.send(Target::new(&place), &card(), &Permit::granted()).await.unwrap_err();
    assert_eq!(fake.seen().len(), 2, "twice and no more");
}

#[tokio::test]
async fn what_may_have_been_posted_is_not_posted_as_plain_blocks() {
    for behave in
        [|_: &Seen| answer(200, ""), |_: &Seen| answer(500, "invalid_blocks"), |_: &Seen| refusal("fatal_error")]
    {
        let fake = Fake::start(behave).await;
        let (slack, _) = connector(&fake.url);
        let permit = Permit::granted();
        let error = slack.send(Target::new(&thread()), &card(), &permit).await;
        assert_eq!((error, permit.stage()), (Err(SlackError::Lost), Stage::Gone));
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_text_is_cut_at_a_word_before_slack_refuses_it() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let long = words(&"äöü ".repeat(2000));
    slack.update((&thread(), "17.01"), &long, &Permit::granted()).await.unwrap();
    let told = fake.seen()[0].json()["text"].as_str().unwrap().to_owned();
    assert!(told.chars().count() <= 4000 && told.ends_with("äöü…"), "{}", &told[told.len() - 20..]);
    let exact = "x".repeat(4000);
    assert_eq!(shortened(&exact, "(cut)"), exact);
    let hinted = shortened(&format!("{} {}", "x".repeat(3000), "y".repeat(2000)), "(cut)");
    assert_eq!(hinted, format!("{}… (cut)", "x".repeat(3000)));
    assert_eq!(shortened(&"z".repeat(5000), "(cut)").chars().count(), 4000, "one word is cut within");
    let link = format!("{} <https://contoso.com|a long name of {}>", "x".repeat(3900), "y ".repeat(400));
    assert_eq!(shortened(&link, ""), format!("{}…", "x".repeat(3900)), "half a link is none");
    let entity = format!("{}&amp;{}", "x".repeat(3997), "y".repeat(50));
    assert_eq!(shortened(&entity, ""), format!("{}…", "x".repeat(3997)));
}

#[tokio::test]
async fn a_whisper_takes_the_reply_address_then_an_ephemeral_message_then_the_direct_message() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let place = thread();
    let whisper =
        async |message: &SlackMessage| slack.whisper((Target::new(&place), &ada()), message, &Permit::granted()).await;
    slack.desk().may_reply(&place.conversation, "U1", Secret::new(fake.at("/hooks/1")), start());
    assert_eq!(whisper(&card()).await, Ok(None));
    let reply = &fake.seen()[0];
    assert_eq!(
        (reply.path.as_str(), reply.authorization.as_deref(), reply.content_type.as_str()),
        ("/hooks/1", None, "application/json;charset=utf-8"),
        "no token goes to a reply address"
    );
    assert_eq!(
        reply.json(),
        json!({
            "response_type": "ephemeral", "replace_original": false, "text": "ONB-1", "blocks": [{"type": "card"}],
            "thread_ts": "1700000000.000100",
        })
    );
    for _ in 0..5 {
        whisper(&words("no")).await.unwrap();
    }
    let seen = fake.seen();
    assert_eq!(seen.iter().filter(|seen| seen.path == "/hooks/1").count(), 5, "an address is good for five");
    assert_eq!(seen[5].path, "/api/chat.postEphemeral");
    let ephemeral = json!({"channel": "C1", "user": "U1", "text": "no", "thread_ts": "1700000000.000100"});
    assert_eq!(seen[5].json(), ephemeral);
}

#[tokio::test]
async fn a_reply_address_that_works_no_longer_or_is_not_slacks_costs_nothing() {
    let evil = Fake::start(works).await;
    for (status, body) in [(404, "no_service"), (200, r#"{"ok":false,"error":"used_url"}"#), (410, ""), (200, "<html>")]
    {
        let behave = move |seen: &Seen| if seen.path == "/hooks/1" { answer(status, body) } else { works(seen) };
        let fake = Fake::start(behave).await;
        let (slack, _) = connector(&fake.url);
        let (place, permit) = (thread(), Permit::granted());
        slack.desk().may_reply(&place.conversation, "U1", Secret::new(fake.at("/hooks/1")), start());
        slack.whisper((Target::new(&place), &ada()), &words("no"), &permit).await.unwrap();
        assert_eq!(
            fake.seen().iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(),
            ["/hooks/1", "/api/chat.postEphemeral"]
        );
        let foreign = evil.at("/hooks/1").replace("127.0.0.1", "localhost");
        slack.desk().may_reply(&place.conversation, "U1", Secret::new(foreign), start());
        slack.whisper((Target::new(&place), &ada()), &words("no"), &Permit::granted()).await.unwrap();
        assert_eq!(fake.seen().last().unwrap().path, "/api/chat.postEphemeral");
    }
    assert!(evil.seen().is_empty(), "nothing is told to strangers");
}

#[tokio::test]
async fn a_reply_whose_fate_is_unknown_is_not_told_by_another_way() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let address = rough(Connection::ClosedAfterTheRequest).await;
    let place = thread();
    slack.desk().may_reply(&place.conversation, "U1", Secret::new(address), start());
    let told = slack.whisper((Target::new(&place), &ada()), &words("no"), &Permit::granted()).await;
    assert_eq!(told, Err(SlackError::Lost));
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn whoever_is_not_in_the_channel_is_told_in_their_direct_message() {
    let absent = |seen: &Seen| match seen.path.as_str() {
        "/api/chat.postEphemeral" => refusal("user_not_in_channel"),
        _ => works(seen),
    };
    let fake = Fake::start(absent).await;
    let (slack, _) = connector(&fake.url);
    let place = thread();
    let told = slack.whisper((Target::new(&place), &ada()), &words("no"), &Permit::granted()).await;
    assert_eq!(told, Ok(Some("D9/1700000001.000200".to_owned())));
    assert_eq!(fake.paths(), ["chat.postEphemeral", "conversations.open", "chat.postMessage"]);
    assert_eq!(fake.seen()[1].body, "users=U1");
    let nowhere = |seen: &Seen| match seen.path.as_str() {
        "/api/conversations.open" => refusal("user_disabled"),
        _ => refusal("not_in_channel"),
    };
    let fake = Fake::start(nowhere).await;
    let (slack, _) = connector(&fake.url);
    let told = slack.whisper((Target::new(&place), &ada()), &words("no"), &Permit::granted()).await;
    assert_eq!(told, Err(gone("user_disabled")));
}

#[tokio::test]
async fn a_card_for_a_channel_without_the_bot_goes_to_whoever_typed_and_the_conversation_goes_on_there() {
    let fake = Fake::start(outside).await;
    let (slack, _) = connector(&fake.url);
    let (place, permit) = (typed(), Permit::granted());
    slack.desk().may_reply(&place.conversation, "U1", Secret::new(fake.at("/hooks/1")), start());
    let target = Target { post: Some("p-1"), ..Target::new(&place) };
    let sent = slack.send_or_turn(target, &card(), &words("look there"), &permit).await.unwrap().unwrap();
    assert_eq!(sent, "D9/1700000001.000200");
    let seen = fake.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(paths, ["/api/chat.postMessage", "/api/conversations.open", "/api/chat.postMessage", "/hooks/1"]);
    assert_eq!(
        (&seen[2].json()["channel"], &seen[2].json()["metadata"]["event_payload"]["post"]),
        (&json!("D9"), &json!("p-1"))
    );
    assert_eq!(
        (&seen[3].json()["text"], &seen[3].json()["response_type"]),
        (&json!("look there"), &json!("ephemeral"))
    );
    let next = Target { root: Some(&sent), ..Target::new(&place) };
    slack.send_or_turn(next, &words("done"), &words("look there"), &Permit::granted()).await.unwrap();
    let last = fake.seen().last().unwrap().json();
    assert_eq!((&last["channel"], &last["thread_ts"]), (&json!("D9"), &json!("1700000001.000200")));
    assert_eq!(fake.seen().len(), 5, "the pointer is told once");
}

#[tokio::test]
async fn words_for_a_channel_without_the_bot_are_seen_where_they_were_asked_for_by_one_person() {
    let fake = Fake::start(outside).await;
    let (slack, clock) = connector(&fake.url);
    let place = typed();
    slack.desk().may_reply(&place.conversation, "U1", Secret::new(fake.at("/hooks/1")), start());
    let say = async |slack: &Connector| {
        slack.send_or_turn(Target::new(&place), &words("help"), &words("look there"), &Permit::granted()).await
    };
    assert_eq!(say(&slack).await, Ok(None));
    assert_eq!(
        fake.seen().iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(),
        ["/api/chat.postMessage", "/hooks/1"]
    );
    clock.advance(SignedDuration::from_mins(31));
    assert_eq!(say(&slack).await, Err(gone("not_in_channel")), "nobody knows who typed");
}

#[tokio::test]
async fn a_channel_that_did_not_ask_is_not_answered_elsewhere() {
    let fake = Fake::start(|_| refusal("is_archived")).await;
    let (slack, _) = connector(&fake.url);
    let place = thread();
    slack.desk().may_reply(&place.conversation, "U1", Secret::new(fake.at("/hooks/1")), start());
    let sent = slack.send_or_turn(Target::new(&place), &card(), &words("look there"), &Permit::granted()).await;
    assert_eq!(sent, Err(gone("is_archived")), "a thread in which others took part");
    assert_eq!(fake.paths(), ["chat.postMessage"]);
}

#[tokio::test]
async fn an_answer_to_a_press_on_the_home_tab_goes_to_the_direct_message() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let home = place::home(HERE, "U1");
    let first = slack.send(Target::new(&home), &words("no"), &Permit::granted()).await.unwrap().unwrap();
    assert_eq!(first, "D9/1700000001.000200");
    let next = Target { root: Some(&first), ..Target::new(&home) };
    slack.send(next, &words("no"), &Permit::granted()).await.unwrap();
    assert_eq!(fake.paths(), ["conversations.open", "chat.postMessage", "chat.postMessage"]);
    assert!(fake.seen()[1..].iter().all(|seen| seen.json()["channel"] == "D9" && seen.json()["thread_ts"].is_null()));
}

#[tokio::test]
async fn a_direct_message_is_opened_by_its_id() {
    let fake = Fake::start(works).await;
    let (slack, _) = connector(&fake.url);
    let there = Workspace { team: "T1", enterprise: "E1" };
    let place = slack.open_personal(there, "U1").await.unwrap();
    assert_eq!((place.conversation.as_str(), place.kind), ("D9", PlaceKind::Personal));
    assert_eq!((place.tenant.as_str(), place.address.as_str()), ("T1", "E1"));
    let fake = Fake::start(|_| ok(json!({"channel": {"id": "C1"}}))).await;
    let (slack, _) = connector(&fake.url);
    let error = slack.open_personal(HERE, "U1").await;
    assert_eq!(error, Err(SlackError::Other { code: "no direct message".to_owned() }));
}

#[tokio::test]
async fn a_method_of_which_too_much_was_asked_rests_in_that_workspace_and_no_other() {
    let busy = |seen: &Seen| match seen.path.as_str() {
        "/api/chat.update" => Answer { headers: vec![("retry-after", "30".to_owned())], ..answer(429, "") },
        _ => works(seen),
    };
    let fake = Fake::start(busy).await;
    let (slack, clock) = connector(&fake.url);
    let place = thread();
    let rewrite = async || slack.update((&place, "17.01"), &card(), &Permit::granted()).await.unwrap_err();
    let wait = |seconds| SlackError::Throttled { retry_after: Some(SignedDuration::from_secs(seconds)) };
    assert_eq!(rewrite().await, wait(30));
    clock.advance(SignedDuration::from_secs(10));
    assert_eq!(rewrite().await, wait(20));
    assert_eq!(fake.seen().len(), 1, "Slack is left alone");
    assert_eq!(slack.open_from(&place, Way::Rewrite), start().checked_add(SignedDuration::from_secs(30)).ok());
    let elsewhere = Place { tenant: "T2".to_owned(), ..place.clone() };
    assert_eq!((slack.open_from(&place, Way::Post), slack.open_from(&elsewhere, Way::Rewrite)), (None, None));
    slack.whisper((Target::new(&place), &ada()), &words("no"), &Permit::granted()).await.unwrap();
    slack.send(Target::new(&place), &words("yes"), &Permit::granted()).await.unwrap();
    clock.advance(SignedDuration::from_secs(20));
    assert_eq!(slack.open_from(&place, Way::Rewrite), None);
    assert_eq!(rewrite().await, wait(30));
    assert_eq!(fake.paths(), ["chat.update", "chat.postEphemeral", "chat.postMessage", "chat.update"]);
}

#[tokio::test]
async fn forms_are_opened_filled_and_pages_shown() {
    let fake = Fake::start(|_| ok(json!({"view": {"id": "V1"}}))).await;
    let (slack, _) = connector(&fake.url);
    let (modal, home) = (json!({"type": "modal"}), json!({"type": "home"}));
    assert_eq!(slack.open_view(HERE, "1.2.x", &modal).await.as_deref(), Ok("V1"));
    slack.update_view(HERE, "V1", &modal).await.unwrap();
    slack.publish_home(HERE, "U1", &home).await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen[0].json(), json!({"trigger_id": "1.2.x", "view": modal}));
    assert_eq!(seen[1].json(), json!({"view_id": "V1", "view": modal}));
    assert_eq!(seen[2].json(), json!({"user_id": "U1", "view": home}));
    let fake = Fake::start(|_| refusal("trigger_expired")).await;
    let (slack, _) = connector(&fake.url);
    let error = slack.open_view(HERE, "1.2.x", &modal).await;
    assert_eq!(error, Err(SlackError::TriggerOver { code: "trigger_expired".to_owned() }));
    let fake = Fake::start(|_| ok(json!({}))).await;
    let (slack, _) = connector(&fake.url);
    assert_eq!(slack.open_view(HERE, "1.2.x", &modal).await, Err(SlackError::Other { code: "no view".to_owned() }));
}

/// Every call that the bot makes, once, as it goes over the wire. With `SLACK_WIRE_OUT` they are written to that file, where
/// tests/node/slack-wire holds them against those of Slack's own client.
#[tokio::test]
async fn every_call_is_made_once_for_slacks_own_client_to_be_held_against() {
    let all = |seen: &Seen| match seen.path.as_str() {
        "/api/views.open" => ok(json!({"view": {"id": "V1"}})),
        "/api/users.info" | "/api/users.lookupByEmail" => ok(json!({"user": {"id": "U1"}})),
        _ => works(seen),
    };
    let fake = Fake::start(all).await;
    let (slack, _) = connector(&fake.url);
    let (place, permit) = (thread(), Permit::granted);
    let text = "*ONB-1* “é” <@U1> &amp; 100 % + 1".to_owned();
    let blocks = vec![json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}), json!({"type": "divider"})];
    let message = SlackMessage { blocks, plain: None, text };
    let modal =
        json!({"type": "modal", "title": {"type": "plain_text", "text": "Phone line"}, "blocks": message.blocks});
    let home = json!({"type": "home", "blocks": message.blocks});
    let (token, app_token) = (Secret::new("xoxb-1"), Secret::new("xapp-1"));
    slack.api().call_with(&token, ("auth.test", Encoding::Json), &Value::Null).await.unwrap();
    slack.api().call_with(&app_token, ("apps.connections.open", Encoding::Json), &Value::Null).await.unwrap();
    slack.send(Target { post: Some("p-1"), ..Target::new(&place) }, &message, &permit()).await.unwrap();
    slack.update((&place, "1700000001.000200"), &message, &permit()).await.unwrap();
    slack.whisper((Target::new(&place), &ada()), &message, &permit()).await.unwrap();
    slack.delete(&place, "1700000001.000200").await.unwrap();
    slack.open_view(HERE, "1337.42.x", &modal).await.unwrap();
    slack.update_view(HERE, "V1", &modal).await.unwrap();
    slack.publish_home(HERE, "U1", &home).await.unwrap();
    slack.profile(HERE, "U1").await.unwrap();
    slack.by_email(HERE, "ada+phone@contoso.com").await.unwrap();
    slack.open_personal(HERE, "U1").await.unwrap();
    slack.usergroup(Workspace { team: "T1", enterprise: "E1" }, "S1").await.unwrap();
    let seen = fake.seen();
    let mut methods = fake.paths();
    methods.sort();
    methods.dedup();
    assert_eq!(methods.len(), 13, "each once: {methods:?}");
    assert!(seen.iter().all(|seen| seen.method == "POST" && seen.authorization.is_some()));
    if let Some(file) = std::env::var_os("SLACK_WIRE_OUT") {
        let call = |seen: &Seen| {
            json!({"method": seen.method, "path": seen.path, "content_type": seen.content_type,
                "authorization": seen.authorization, "body": seen.body})
        };
        let file = std::path::PathBuf::from(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, serde_json::to_vec_pretty(&seen.iter().map(call).collect::<Vec<_>>()).unwrap()).unwrap();
    }
}
