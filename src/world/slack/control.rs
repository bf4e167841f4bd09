//! Slack by HTTP, below `/_world/slack`, for tests of another process. JSON in and out.
//!
//! - read: `GET account/{person}`, `GET modal/{person}`, `GET sockets`
//! - places: `POST places/{channel}` (a channel as a whole), `POST places/{channel}/thread`,
//!   `POST people/{person}/{direct | modals | home}`
//! - people: `POST people/{person}/{say | command | press | submit | close | shortcut | message-shortcut | open-home}`
//! - sockets: `POST disconnect` (the reason), `POST cut`

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Slack, SlackPerson};
use crate::world::Inner;
use crate::world::chat::{Message, Place};
use crate::world::control::{bad, body, shown};
use crate::world::server::{Answer, Ask};

#[derive(Deserialize)]
struct Act {
    place: Option<Place>,
    message: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    command: String,
    #[serde(default)]
    callback_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    all: bool,
}

pub(in crate::world) async fn route(world: &Arc<Inner>, ask: &Ask, path: &[&str]) -> Result<Answer, Answer> {
    let slack = Slack::new(world);
    match (ask.method.as_str(), path) {
        ("GET", ["account", key]) => shown(slack.person(key).account()),
        ("GET", ["modal", key]) => shown(slack.person(key).modal()),
        ("GET", ["sockets"]) => shown(json!({"open": slack.sockets()})),
        ("POST", ["places", channel]) => shown(slack.channel(channel)),
        ("POST", ["places", channel, "thread"]) => shown(slack.thread(channel)),
        ("POST", ["people", key, "direct"]) => shown(slack.person(key).direct()),
        ("POST", ["people", key, "modals"]) => shown(slack.person(key).modals()),
        ("POST", ["people", key, "home"]) => shown(slack.person(key).home()),
        ("POST", ["people", key, act]) => act_as(world, &slack.person(key), (act, body(ask)?)).await,
        ("POST", ["disconnect"]) => {
            slack.disconnect(&body::<String>(ask)?);
            shown(json!({}))
        }
        ("POST", ["cut"]) => {
            slack.cut_sockets(true);
            shown(json!({}))
        }
        _ => Err(Answer::json(404, &json!({"error": "Slack has no such control"}))),
    }
}

async fn act_as(world: &Arc<Inner>, person: &SlackPerson, (what, act): (&str, Act)) -> Result<Answer, Answer> {
    let message = || -> Result<Message, Answer> {
        let id = act.message.as_deref().unwrap_or_default();
        world.lock().chat.message(id).cloned().ok_or_else(|| bad("no such message"))
    };
    let place = || act.place.clone().ok_or_else(|| bad("no place is given"));
    let inputs: Vec<(&str, &str)> = act.inputs.iter().map(|(id, value)| (id.as_str(), value.as_str())).collect();
    match what {
        "say" => shown(person.say(&place()?, &act.text).await),
        "command" => shown(person.command(&place()?, &act.command, &act.text).await),
        "press" => shown(person.press(&message()?, &act.title, &inputs).await),
        "submit" => shown(person.submit(&message()?, &inputs).await),
        "close" => shown(person.close(act.all).await),
        "shortcut" => shown(person.shortcut(&act.callback_id).await),
        "message-shortcut" => shown(person.message_shortcut(&message()?, &act.callback_id).await),
        "open-home" => shown(person.open_home().await),
        _ => Err(Answer::json(404, &Value::from("people cannot do this in Slack"))),
    }
}
