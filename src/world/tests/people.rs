//! People, their client and the mailbox, against a bot that only listens.

use std::sync::Mutex;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;

use super::*;
use crate::world::{InvokeAnswer, Place};

/// A bot that keeps what it receives and gives prepared answers to invokes.
#[derive(Clone, Default)]
struct StubBot {
    seen: Arc<Mutex<Vec<(String, Value)>>>,
    answer: Arc<Mutex<Value>>,
}

async fn receive(State(bot): State<StubBot>, headers: HeaderMap, Json(activity): Json<Value>) -> Json<Value> {
    let token = headers["authorization"].to_str().unwrap().to_owned();
    bot.seen.lock().unwrap().push((token, activity));
    Json(bot.answer.lock().unwrap().clone())
}

impl StubBot {
    async fn connected_to(world: &World) -> Self {
        let bot = Self::default();
        let router = axum::Router::new().route("/api/messages", post(receive)).with_state(bot.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        world.connect_bot(&format!("http://{}/", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        bot
    }

    fn answers(&self, kind: &str, value: Value) {
        *self.answer.lock().unwrap() = json!({"statusCode": 200, "type": kind, "value": value});
    }

    fn last(&self) -> Value {
        self.seen.lock().unwrap().last().unwrap().1.clone()
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

const MESSAGE: &str = "application/vnd.microsoft.activity.message";
const CARD: &str = "application/vnd.microsoft.card.adaptive";

fn form() -> Value {
    json!({"type": "AdaptiveCard", "version": "1.5", "body": [
        {"type": "Input.ChoiceSet", "id": "route", "label": "Route", "value": "US West", "isRequired": true,
         "choices": [{"title": "East", "value": "US East 2"}, {"title": "West", "value": "US West"}]},
        {"type": "Input.ChoiceSet", "id": "emergency_address", "label": "Address", "isRequired": true,
         "errorMessage": "Choose where help goes", "choices": [{"title": "Denver HQ", "value": "Denver HQ"}]},
        {"type": "Input.Text", "id": "note", "label": "Note", "regex": "^[a-z ]*$", "errorMessage": "Letters only"}],
        "actions": [
            {"type": "Action.Execute", "title": "Request approval", "verb": "submit", "data": {"request": "ONB-1"},
             "fallback": {"type": "Action.Submit", "title": "Request approval", "data": {"request": "ONB-1", "verb": "submit"}}},
            {"type": "Action.Execute", "title": "Cancel", "verb": "cancel", "associatedInputs": "none"}]})
}

async fn post_card(outside: &Outside, place: &Place, card: Value) -> crate::world::Message {
    let token = outside.token("connector").await;
    let id: String = url::form_urlencoded::byte_serialize(place.id.as_bytes()).collect();
    let body = json!({"type": "message", "attachments": [{"contentType": CARD, "content": card}]});
    let path = format!("/connector/v3/conversations/{id}/activities");
    assert_eq!(outside.call("POST", &path, (&token, Some(body))).await.0, 201);
    outside.world.mailbox(place).next_message(|_| true).await.unwrap()
}

#[tokio::test]
async fn what_people_say_arrives_as_teams_sends_it() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let alan = outside.world.person("alan");
    let thread = outside.world.channel_thread();
    let sent = alan.say(&thread, "/onboard alice@contoso.com ext 1000").await;
    let seen = bot.last();
    assert_eq!(seen["text"], "<at>Onboarding Bot</at> /onboard alice@contoso.com ext 1000");
    assert_eq!(seen["entities"][0]["mentioned"]["id"], seen["recipient"]["id"]);
    assert_eq!(seen["conversation"]["id"], thread.id);
    assert!(thread.id.ends_with(seen["id"].as_str().unwrap()), "the first message is the root of its thread");
    assert_eq!(seen["from"]["aadObjectId"], alan.human().object_id());
    let token = bot.seen.lock().unwrap()[0].0.clone();
    let claims = token.split('.').nth(1).unwrap().to_owned();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["serviceurl"], seen["serviceUrl"]);
    assert_eq!(claims["aud"], outside.world.state().seed.app_id);

    assert_eq!(alan.redeliver(&sent).await.activity, bot.last());
    let edited = alan.edit_message(&sent, "help").await;
    assert_eq!((edited.id, bot.last()["type"].as_str()), (sent.id, Some("messageUpdate")));
    alan.say_privately(&thread, "onboard").await;
    assert_eq!((&bot.last()["recipient"]["isTargeted"], &bot.last()["text"]), (&json!(true), &json!("onboard")));
    alan.say(&outside.world.personal("alan"), "help").await;
    assert_eq!(
        (&bot.last()["text"], &bot.last()["conversation"]["conversationType"]),
        (&json!("help"), &json!("personal"))
    );
    outside.world.person("frank").say(&outside.world.group_chat(), "let me in").await;
    assert_ne!(bot.last()["channelData"]["tenant"]["id"], outside.world.state().seed.tenant_id);
}

#[tokio::test]
async fn a_client_validates_merges_and_sends_once() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    bot.answers(MESSAGE, json!("Sent for approval"));
    let alan = outside.world.person("alan");
    let message = post_card(&outside, &outside.world.group_chat(), form()).await;
    let refused = |text: &str| InvokeAnswer::Refused(vec![text.to_owned()]);
    assert_eq!(alan.press(&message, "Request approval", &[]).await, refused("Choose where help goes"));
    let filled = [("emergency_address", "Denver HQ"), ("note", "N0")];
    assert_eq!(alan.press(&message, "Request approval", &filled).await, refused("Letters only"));
    let odd = [("emergency_address", "Denver HQ"), ("route", "Moon")];
    assert!(matches!(alan.press(&message, "Request approval", &odd).await, InvokeAnswer::Refused(_)));
    assert!(matches!(alan.press(&message, "Approve", &[]).await, InvokeAnswer::Refused(_)));
    assert_eq!(bot.count(), 0, "nothing was sent");
    let good = [("emergency_address", "Denver HQ"), ("route", "East")];
    let answer = alan.press(&message, "Request approval", &good).await;
    assert_eq!(answer, InvokeAnswer::Message("Sent for approval".to_owned()));
    let seen = bot.last();
    assert_eq!(seen["value"]["trigger"], "manual");
    assert_eq!(seen["replyToId"], message.id);
    let data = json!({"request": "ONB-1", "route": "US East 2", "emergency_address": "Denver HQ"});
    assert_eq!(seen["value"]["action"]["data"], data, "the empty note is absent");
    alan.press(&message, "Cancel", &[]).await;
    assert_eq!(bot.last()["value"]["action"]["data"], json!({}), "a cancel button takes no inputs");
    alan.press_raw(&message, "Request approval", &[("route", "Moon")]).await;
    assert_eq!(bot.last()["value"]["action"]["data"]["route"], "Moon");
    outside.world.finish().unwrap();
}

#[tokio::test]
async fn an_old_client_submits_a_message_instead() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let alan = outside.world.person("alan").with_old_client();
    let message = post_card(&outside, &outside.world.group_chat(), form()).await;
    let answer = alan.press(&message, "Request approval", &[("emergency_address", "Denver HQ")]).await;
    assert_eq!(answer, InvokeAnswer::Taken);
    let seen = bot.last();
    assert_eq!((&seen["type"], &seen["replyToId"]), (&json!("message"), &json!(message.id)));
    let value = json!({"request": "ONB-1", "verb": "submit", "route": "US West", "emergency_address": "Denver HQ"});
    assert_eq!(seen["value"], value);
    assert!(seen.get("text").is_none());
}

#[tokio::test]
async fn whoever_is_named_in_refresh_sees_their_own_card() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let (alan, bob) = (outside.world.person("alan"), outside.world.person("bob"));
    let base = json!({"type": "AdaptiveCard", "version": "1.5", "body": [],
        "refresh": {"action": {"type": "Action.Execute", "verb": "view", "data": {"request": "ONB-1"}},
            "userIds": [bob.human().mri()]}});
    let message = post_card(&outside, &outside.world.group_chat(), base).await;
    bot.answers(CARD, form());
    assert!(matches!(alan.press(&message, "Cancel", &[]).await, InvokeAnswer::Refused(_)), "alan sees no buttons");
    assert_eq!(bot.count(), 0);
    assert_eq!(bob.press(&message, "Cancel", &[]).await, InvokeAnswer::Card(form()));
    let triggers: Vec<Value> = bot.seen.lock().unwrap().iter().map(|(_, a)| a["value"]["trigger"].clone()).collect();
    assert_eq!(triggers, ["automatic", "manual"]);
    *bot.answer.lock().unwrap() = json!({});
    assert_eq!(bob.press(&message, "Cancel", &[]).await, InvokeAnswer::Failed(200));
    assert!(outside.world.finish().unwrap_err().to_string().contains("nothing that a client can show"));
}

#[tokio::test]
async fn nobody_presses_what_they_cannot_see() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    bot.answers(MESSAGE, json!("Cancelled"));
    let message = post_card(&outside, &outside.world.personal("alan"), form()).await;
    let foreign = outside.world.person("bob").press(&message, "Cancel", &[]).await;
    assert!(matches!(foreign, InvokeAnswer::Refused(_)));
    assert_eq!(bot.count(), 0);
    assert_eq!(outside.world.person("alan").press(&message, "Cancel", &[]).await.text(), "Cancelled");
}

#[tokio::test]
async fn a_story_is_not_finished_while_a_message_is_unread() {
    let outside = outside().await;
    let place = outside.world.group_chat();
    post_card(&outside, &place, form()).await;
    outside.world.finish().unwrap();
    let token = outside.token("connector").await;
    let path = format!("/connector/v3/conversations/{}/activities", place.id);
    let body = json!({"type": "message", "text": "anybody?"});
    outside.call("POST", &path, (&token, Some(body))).await;
    assert!(outside.world.finish().unwrap_err().to_string().contains("anybody?"));
    let impatient = outside.world.mailbox(&place).with_patience(std::time::Duration::ZERO);
    assert!(impatient.wait_for_text("somebody").await.unwrap_err().to_string().contains("anybody?"));
    impatient.wait_for_text("anybody?").await.unwrap();
    outside.world.finish().unwrap();
}

#[tokio::test]
async fn a_rewritten_message_is_unread_again() {
    let outside = outside().await;
    let place = outside.world.group_chat();
    let message = post_card(&outside, &place, form()).await;
    let mailbox = outside.world.mailbox(&place);
    assert!(mailbox.unread().is_empty());
    let rewritten = tokio::spawn({
        let mailbox = mailbox.clone();
        async move { mailbox.next_message(|m| m.edits == 1).await.unwrap() }
    });
    let token = outside.token("connector").await;
    let path = format!("/connector/v3/conversations/{}/activities/{}", place.id, message.id);
    outside.call("PUT", &path, (&token, Some(json!({"type": "message", "text": "over"})))).await;
    assert_eq!(rewritten.await.unwrap().plain(), "over");
    assert!(mailbox.unread().is_empty());
}

#[tokio::test]
async fn another_process_drives_the_world_by_http() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let (_, place) = outside.call("POST", "/_world/places/channel-thread", ("", None)).await;
    let say = json!({"place": place, "text": "help"});
    let (status, sent) = outside.call("POST", "/_world/people/alan/say", ("", Some(say))).await;
    assert_eq!((status, sent["activity"].clone()), (200, bot.last()));
    let (_, knobs) = outside.call("PUT", "/_world/knobs", ("", Some(json!({"consent": false})))).await;
    assert_eq!((&knobs["consent"], &knobs["auto_sync"]), (&json!(false), &json!(true)));
    let fault = json!({"system": "graph", "times": 1, "mishap": {"answer": {"status": 503}}});
    assert_eq!(outside.call("POST", "/_world/faults", ("", Some(fault))).await.0, 200);
    assert_eq!(outside.call("GET", "/graph/v1.0/users", ("", None)).await.0, 503);
    let change = json!({"accountEnabled": false});
    outside.call("PUT", "/_world/users/alice@contoso.com", ("", Some(change))).await;
    assert!(!outside.world.state().user("alice@contoso.com").unwrap().account_enabled);
    let (_, before) = outside.call("GET", "/_world/changes", ("", None)).await;
    let message = post_card(&outside, &outside.world.group_chat(), form()).await;
    let path = format!("/_world/changes?after={}", before["count"]);
    assert!(outside.call("GET", &path, ("", None)).await.1["count"].as_u64() > before["count"].as_u64());
    let press = json!({"message": message.id, "title": "Request approval"});
    let (_, answer) = outside.call("POST", "/_world/people/alan/press", ("", Some(press))).await;
    assert_eq!(answer, json!({"refused": ["Choose where help goes"]}));
    let (_, finish) = outside.call("GET", "/_world/finish", ("", None)).await;
    assert_eq!(finish["finished"], true);
    assert_eq!(outside.call("GET", "/_world/nothing", ("", None)).await.0, 404);
}
