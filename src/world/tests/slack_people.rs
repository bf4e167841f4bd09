//! People in Slack, their clients and the bot's answers, against a bot that only listens.

use std::sync::Mutex;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse;
use futures_util::{SinkExt, StreamExt};

use super::*;
use crate::world::{Message, SlackAnswer, SlackSeed};

/// A bot that keeps what it receives and gives one prepared answer.
#[derive(Clone, Default)]
struct StubBot {
    seen: Arc<Mutex<Vec<(String, HeaderMap, String)>>>,
    answer: Arc<Mutex<(u16, String)>>,
}

async fn receive(State(bot): State<StubBot>, uri: Uri, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let body = String::from_utf8(body.to_vec()).unwrap();
    bot.seen.lock().unwrap().push((uri.path().to_owned(), headers, body));
    let (status, body) = bot.answer.lock().unwrap().clone();
    (axum::http::StatusCode::from_u16(status).unwrap(), body)
}

impl StubBot {
    async fn connected_to(world: &World) -> Self {
        let bot = Self::default();
        bot.answers(200, "");
        let router = axum::Router::new().fallback(receive).with_state(bot.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        world.connect_bot(&format!("http://{}/", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        bot
    }

    fn answers(&self, status: u16, body: impl ToString) {
        *self.answer.lock().unwrap() = (status, body.to_string());
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Path and content of the last request: an event, a command or a payload.
    fn last(&self) -> (String, Value) {
        let (path, _, body) = self.seen.lock().unwrap().last().unwrap().clone();
        (path, content(&body))
    }
}

fn content(body: &str) -> Value {
    if body.starts_with('{') {
        return serde_json::from_str(body).unwrap();
    }
    let fields: serde_json::Map<String, Value> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().map(|(k, v)| (k, v.into())).collect();
    match fields.get("payload").and_then(Value::as_str) {
        Some(payload) => serde_json::from_str(payload).unwrap(),
        None => fields.into(),
    }
}

const TOKEN: &str = "xoxb-world-contoso";

async fn post(outside: &Outside, method: &str, body: Value) -> Value {
    let request = outside.http.post(outside.url(&format!("/slack-api/{method}"))).bearer_auth(TOKEN);
    request.json(&body).send().await.unwrap().json().await.unwrap()
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

fn option(title: &str, value: &str) -> Value {
    json!({"text": plain(title), "value": value})
}

fn inputs() -> Vec<Value> {
    let routes = [option("US East 2", "US East 2"), option("US West", "us-west")];
    vec![
        json!({"type": "input", "block_id": "route:1", "label": plain("Route"), "element": {"type": "static_select",
            "action_id": "route", "initial_option": routes[0], "options": routes}}),
        json!({"type": "input", "block_id": "note:1", "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "note", "max_length": 10}}),
    ]
}

fn form() -> Value {
    let mut blocks = inputs();
    blocks.push(json!({"type": "actions", "block_id": "buttons", "elements": [
        {"type": "button", "action_id": "submit", "text": plain("Request approval"), "value": "{\"request\":\"ONB-1\"}"}]}));
    blocks.into()
}

async fn posted(outside: &Outside, thread: &crate::world::Place) -> Message {
    let (channel, root) = thread.id.split_once(";thread=").unwrap();
    let body = json!({"channel": channel, "thread_ts": root, "text": "Choose", "blocks": form()});
    assert_eq!(post(outside, "chat.postMessage", body).await["ok"], true);
    outside.world.mailbox(thread).next_message(|_| true).await.unwrap()
}

#[tokio::test]
async fn what_people_type_arrives_signed_and_as_slack_writes_it() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let slack = outside.world.slack();
    let alan = slack.person("alan");
    let thread = slack.thread("phones");
    let sent = alan.mention(&thread, "onboard alice@contoso.com, for @bob at contoso.com & <co> ext 1000").await;
    let (path, event) = bot.last();
    assert_eq!(path, "/slack/events");
    assert_eq!(
        event["event"]["text"],
        "<@U0ONBOARD01> onboard <mailto:alice@contoso.com|alice@contoso.com>, for <@U0BOB000000> at \
         <http://contoso.com|contoso.com> &amp; &lt;co&gt; ext 1000"
    );
    assert_eq!((&event["event"]["type"], &event["event"]["user"]), (&json!("app_mention"), &json!("U0ALAN00000")));
    assert_eq!(format!("C0PHONES001;thread={}", event["event"]["thread_ts"].as_str().unwrap()), thread.id);
    {
        let (_, headers, body) = bot.seen.lock().unwrap()[0].clone();
        let timestamp = headers["x-slack-request-timestamp"].to_str().unwrap();
        assert_eq!(headers["x-slack-signature"], slack.sign(timestamp, &body));
    }
    let again = alan.redeliver(&sent, 1, "http_timeout").await;
    assert_eq!((again.status, bot.last().1["event_id"].clone()), (200, event["event_id"].clone()));
    assert_eq!(bot.seen.lock().unwrap()[1].1["x-slack-retry-num"], "1");

    let root = alan.mention(&slack.channel("phones"), "help").await;
    assert!(bot.last().1["event"].get("thread_ts").is_none(), "a message that begins a thread has no thread_ts");
    assert!(slack.thread_of(&root).id.ends_with(&root.id));
    alan.say_alone("help").await;
    let event = bot.last().1["event"].clone();
    assert_eq!(
        (&event["type"], &event["channel_type"], &event["text"]),
        (&json!("message"), &json!("im"), &json!("help"))
    );
    let before = bot.count();
    assert_eq!(alan.mention(&slack.channel("without-the-bot"), "help").await.status, 0, "the bot hears nothing there");
    assert_eq!(bot.count(), before);
    outside.world.turn(|knobs| knobs.slack.hears_channels = true);
    alan.mention(&thread, "help").await;
    let kinds: Vec<Value> =
        bot.seen.lock().unwrap()[before..].iter().map(|(_, _, b)| content(b)["event"]["type"].clone()).collect();
    assert!(kinds.contains(&json!("message")) && kinds.contains(&json!("app_mention")), "{kinds:?}");
    let abroad = slack.person("sven").mention(&thread, "help").await.activity;
    assert_eq!(
        (&abroad["team_id"], &abroad["authorizations"][0]["team_id"]),
        (&json!("T0FOREIGN01"), &json!("T0123456789"))
    );
    outside.world.finish().unwrap();
}

#[tokio::test]
async fn the_bots_own_messages_come_back_to_it() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let mut changes = outside.world.changes();
    post(&outside, "chat.postMessage", json!({"channel": "D0ALAN00000", "text": "hello"})).await;
    while bot.count() == 0 {
        changes.changed().await.unwrap();
    }
    assert_eq!(bot.last().1["event"]["bot_id"], "B0ONBOARD01");
}

#[tokio::test]
async fn a_command_is_a_form_and_its_answer_is_private() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let slack = outside.world.slack();
    let alan = slack.person("alan");
    bot.answers(200, "Working on it");
    let channel = slack.channel("phones");
    let answer = alan.command(&channel, "/onboard", "alice@contoso.com ext 1000").await;
    assert_eq!(answer, SlackAnswer::Shown("Working on it".to_owned()));
    let (path, fields) = bot.last();
    assert_eq!((path.as_str(), &fields["command"]), ("/slack/commands", &json!("/onboard")));
    assert_eq!(fields["text"], "<mailto:alice@contoso.com|alice@contoso.com> ext 1000");
    assert_eq!(slack.person("bob").mailbox(&channel).messages(), []);
    assert!(alan.mailbox(&channel).wait_for_text("Working on it").await.unwrap().only_for.is_some());
    let thread = slack.thread("phones");
    assert!(matches!(alan.command(&thread, "/onboard", "x").await, SlackAnswer::Refused(_)), "not in threads");
    bot.answers(200, json!({"response_type": "ephemeral", "txt": "?"}));
    alan.command(&channel, "/onboard", "x").await;
    assert!(outside.last_violation().unwrap().contains("the answer to a command"));
    bot.answers(500, "");
    assert_eq!(alan.command(&channel, "/onboard", "x").await, SlackAnswer::Failed(500));
    assert!(outside.last_violation().unwrap().contains("500"));
}

#[tokio::test]
async fn a_press_carries_what_was_filled_in() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let slack = outside.world.slack();
    let alan = slack.person("alan");
    let thread = slack.thread("phones");
    let message = posted(&outside, &thread).await;
    assert_eq!(alan.press(&message, "Request approval", &[("route", "US West")]).await, SlackAnswer::Taken);
    let (path, payload) = bot.last();
    assert_eq!(path, "/slack/interactivity");
    assert_eq!(payload["state"]["values"]["route:1"]["route"]["selected_option"]["value"], "us-west");
    assert_eq!(payload["state"]["values"]["note:1"]["note"]["value"], Value::Null, "a message lets empty inputs pass");
    assert_eq!(
        (&payload["actions"][0]["action_id"], &payload["actions"][0]["block_id"]),
        (&json!("submit"), &json!("buttons"))
    );
    assert_eq!(payload["container"]["thread_ts"], thread.id.split('=').nth(1).unwrap());
    assert!(payload["response_url"].as_str().unwrap().starts_with(outside.world.url()));
    let odd = [("route", "Moon")];
    assert!(matches!(alan.press(&message, "Request approval", &odd).await, SlackAnswer::Refused(_)));
    assert!(matches!(alan.press(&message, "Approve", &[]).await, SlackAnswer::Refused(_)));
    assert_eq!(alan.press_raw(&message, "Request approval", &odd).await, SlackAnswer::Taken);
    assert_eq!(bot.last().1["state"]["values"]["route:1"]["route"]["selected_option"]["value"], "Moon");
    assert!(matches!(slack.person("mallory").press(&message, "Request approval", &[]).await, SlackAnswer::Refused(_)));
    bot.answers(200, "thanks");
    alan.press(&message, "Request approval", &[]).await;
    assert!(outside.last_violation().unwrap().contains("shows nowhere"));
    let seed = outside.world.state().seed.slack.clone();
    outside.world.state().seed.slack = seed.on_enterprise_grid();
    bot.answers(200, "");
    alan.press(&message, "Request approval", &[]).await;
    let payload = bot.last().1;
    assert_eq!((&payload["team"], &payload["enterprise"]["id"]), (&Value::Null, &json!("E0CONTOSO01")));
}

#[tokio::test]
async fn a_modal_validates_submits_and_shows_errors_in_place() {
    let outside = outside().await;
    let bot = StubBot::connected_to(&outside.world).await;
    let alan = outside.world.slack().person("alan");
    alan.shortcut("onboard").await;
    let trigger = bot.last().1["trigger_id"].clone();
    let view = json!({"type": "modal", "callback_id": "submit", "title": plain("Onboard"), "submit": plain("Send"),
        "private_metadata": "{}", "blocks": inputs()});
    post(&outside, "views.open", json!({"trigger_id": trigger, "view": view})).await;
    let modal = alan.mailbox(&alan.modals()).wait_for_text("Route* [route] = US East 2").await.unwrap();
    let missing = SlackAnswer::Refused(vec!["Note: Please complete this required field.".to_owned()]);
    assert_eq!(alan.submit(&modal, &[]).await, missing);
    bot.answers(200, json!({"response_action": "errors", "errors": {"note:1": "Say more"}}));
    let answer = alan.submit(&modal, &[("note", "hi")]).await;
    assert_eq!(answer, SlackAnswer::Errors([("note".to_owned(), "Say more".to_owned())].into()));
    assert_eq!(bot.last().1["view"]["state"]["values"]["note:1"]["note"]["value"], "hi");
    assert_eq!(outside.last_violation(), None);
    bot.answers(200, json!({"response_action": "errors", "errors": {"note": "Say more"}}));
    alan.submit(&modal, &[("note", "hi")]).await;
    assert!(outside.last_violation().unwrap().contains("no inputs of the modal"));
    bot.answers(200, "{}");
    alan.submit(&modal, &[("note", "hi")]).await;
    assert!(outside.last_violation().unwrap().contains("neither empty"));
    post(&outside, "views.update", json!({"view_id": modal.id, "view": view})).await;
    assert!(alan.modal().is_none(), "it was closed; what comes after is lost");
}

#[tokio::test]
async fn sockets_are_opened_once_and_acknowledge_each_envelope() {
    let outside = outside().await;
    outside.world.turn(|knobs| knobs.slack.socket_mode = true);
    let seed: SlackSeed = outside.world.state().seed.slack.clone();
    let open = async || -> String {
        let request = outside.http.post(outside.url("/slack-api/apps.connections.open")).bearer_auth(&seed.app_token);
        request.send().await.unwrap().json::<Value>().await.unwrap()["url"].as_str().unwrap().to_owned()
    };
    let url = open().await;
    let (mut socket, _) = tokio_tungstenite::connect_async(url.as_str()).await.unwrap();
    assert!(tokio_tungstenite::connect_async(url.as_str()).await.is_err(), "an address works once");
    let hello: Value = serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    assert_eq!((&hello["type"], &hello["num_connections"]), (&json!("hello"), &json!(1)));
    let slack = outside.world.slack();
    let alan = slack.person("alan");
    let channel = slack.channel("phones");
    let command = tokio::spawn(async move { alan.command(&channel, "/onboard", "x").await });
    let envelope = loop {
        let frame = socket.next().await.unwrap().unwrap();
        if frame.is_text() {
            break serde_json::from_str::<Value>(frame.to_text().unwrap()).unwrap();
        }
    };
    assert_eq!((&envelope["type"], &envelope["payload"]["command"]), (&json!("slash_commands"), &json!("/onboard")));
    let ack = json!({"envelope_id": envelope["envelope_id"], "payload": {"text": "Working on it"}});
    socket.send(tokio_tungstenite::tungstenite::Message::text(ack.to_string())).await.unwrap();
    assert_eq!(command.await.unwrap(), SlackAnswer::Shown("Working on it".to_owned()));
    socket.send(tokio_tungstenite::tungstenite::Message::text(ack.to_string())).await.unwrap();
    let mut changes = outside.world.changes();
    while outside.last_violation().is_none() {
        changes.changed().await.unwrap();
    }
    assert!(outside.last_violation().unwrap().contains("nobody waits for"));
    slack.disconnect("warning");
    let warning: Value = serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    assert_eq!((&warning["reason"], slack.sockets()), (&json!("warning"), 0));
    slack.cut_sockets(false);
    while let Some(Ok(frame)) = socket.next().await {
        assert!(frame.is_close());
    }
    slack.disconnect("link_disabled");
    let request = outside.http.post(outside.url("/slack-api/apps.connections.open")).bearer_auth(&seed.app_token);
    assert_eq!(request.send().await.unwrap().json::<Value>().await.unwrap()["error"], "link_disabled");
}
