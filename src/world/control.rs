//! The world by HTTP, below `/_world`: what a test of another process reads, turns and lets people do. JSON in and out.
//!
//! - read: `GET log | messages | links | seed | knobs | finish`, `GET config?listen=&store_url=&sync_wait=&expires_after=&slack=http`,
//!   `GET changes?after=N` (answers once the world has changed more than `N` times, at the latest after 20 s)
//! - change: `PUT knobs | users/{upn} | groups/{id}` (merged), `PUT pbx/users/{extension}`, `POST | DELETE faults`,
//!   `PUT bot` (the bot's base URL), `POST rotate-keys`, `POST messages/{id}/read`
//! - portal: `POST portal/sync-teams-users`, `POST portal/{enable-calling | disable-user | delete-user}/{upn}`,
//!   `POST portal/{save-in-connect | change-in-connect}/{upn}?number=`, `POST portal/delete-in-connect/{upn}`
//! - accounts: `POST microsoft/{disable | enable | delete | restore}-account/{upn}`,
//!   `POST microsoft/{remove | restore}-licence/{upn}`
//! - people: `POST places/{channel-thread | group-chat}`, `POST places/personal/{person}`, then
//!   `POST people/{person}/{say | press | look | edit | redeliver | install-bot | remove-bot}`
//! - Slack: below `slack`, see its `control`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chat::{Chat, Place};
use super::faults::Fault;
use super::people::{self, Sent};
use super::seed::PbxUser;
use super::server::{Answer, Ask};
use super::settings::{self, BotSettings, SlackSettings};
use super::{AdminCenter, Inner, Portal, mailbox, slack};

/// How long `changes` waits, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Say {
    place: Place,
    text: String,
    #[serde(default)]
    private: bool,
}

#[derive(Deserialize)]
struct Pressed {
    message: String,
    title: String,
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    #[serde(default)]
    raw: bool,
    #[serde(default)]
    old_client: bool,
}

#[derive(Deserialize)]
struct Edit {
    sent: Sent,
    text: Option<String>,
}

pub(super) fn bad(why: impl ToString) -> Answer {
    Answer::json(400, &json!({"error": why.to_string()}))
}

pub(super) fn body<T: DeserializeOwned>(ask: &Ask) -> Result<T, Answer> {
    serde_json::from_slice(&ask.body).map_err(bad)
}

pub(super) fn shown(value: impl Serialize) -> Result<Answer, Answer> {
    serde_json::to_value(value).map(|v| Answer::json(200, &v)).map_err(bad)
}

/// Overlays the given fields.
fn merge<T: Serialize + DeserializeOwned>(target: &mut T, change: Value) -> Result<Answer, Answer> {
    let mut whole = serde_json::to_value(&*target).map_err(bad)?;
    for (name, value) in change.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    *target = serde_json::from_value(whole).map_err(bad)?;
    shown(&*target)
}

pub(super) async fn answer(world: &Arc<Inner>, ask: &Ask) -> Answer {
    route(world, ask).await.unwrap_or_else(|answer| answer)
}

async fn route(world: &Arc<Inner>, ask: &Ask) -> Result<Answer, Answer> {
    let segments: Vec<&str> = ask.segments.iter().skip(1).map(String::as_str).collect();
    let done = || Ok(Answer::json(200, &json!({})));
    match (ask.method.as_str(), segments.as_slice()) {
        ("GET", ["log"]) => shown(&world.lock().log),
        ("GET", ["messages"]) => shown(&world.lock().chat.messages),
        ("GET", ["links"]) => shown(&world.lock().links),
        ("GET", ["seed"]) => shown(&world.lock().seed),
        ("GET", ["knobs"]) => shown(&world.lock().knobs),
        ("GET", ["finish"]) => {
            let rest = mailbox::finish(&world.lock()).err().map(|u| u.0).unwrap_or_default();
            shown(json!({"finished": rest.is_empty(), "rest": rest}))
        }
        ("GET", ["changes"]) => {
            let after: u64 = ask.query("after").and_then(|n| n.parse().ok()).unwrap_or(0);
            let mut changes = world.changes.subscribe();
            // Whether it changed or the time is over: the count tells.
            let _ = tokio::time::timeout(PATIENCE, changes.wait_for(|count| *count > after)).await;
            shown(json!({"count": *world.changes.borrow()}))
        }
        ("GET", ["config"]) => {
            let mut bot = BotSettings::default();
            let fields = [
                ("listen", &mut bot.listen),
                ("store_url", &mut bot.store_url),
                ("sync_wait", &mut bot.sync_wait),
                ("expires_after", &mut bot.expires_after),
            ];
            for (name, field) in fields {
                if let Some(value) = ask.query(name) {
                    value.clone_into(field);
                }
            }
            bot.slack =
                ask.query("slack").map(|mode| SlackSettings { socket: mode == "socket", ..SlackSettings::default() });
            shown(json!({"toml": settings::toml(world, &bot)}))
        }
        ("PUT", ["knobs"]) => {
            let change = body(ask)?;
            let mut state = world.lock();
            merge(&mut state.knobs, change)
        }
        ("PUT", ["users", name]) => {
            let change = body(ask)?;
            let mut state = world.lock();
            merge(state.user_mut(name).ok_or_else(|| bad("no such user"))?, change)
        }
        ("PUT", ["groups", id]) => {
            let change = body(ask)?;
            let mut state = world.lock();
            merge(state.group_mut(id).ok_or_else(|| bad("no such group"))?, change)
        }
        ("PUT", ["pbx", "users", extension]) => {
            let user: PbxUser = body(ask)?;
            world.lock().seed.pbx.users.insert((*extension).to_owned(), user);
            done()
        }
        ("POST", ["faults"]) => {
            world.lock().faults.add(body::<Fault>(ask)?).map_err(bad)?;
            done()
        }
        ("DELETE", ["faults"]) => {
            world.lock().faults.clear();
            done()
        }
        ("PUT", ["bot"]) => {
            let url: String = body(ask)?;
            world.lock().bot = Some(url.trim_end_matches('/').to_owned());
            done()
        }
        ("POST", ["rotate-keys"]) => {
            world.keys.rotate().map_err(bad)?;
            done()
        }
        ("POST", ["portal", "sync-teams-users"]) => {
            Portal::new(world).sync_teams_users();
            done()
        }
        ("POST", ["portal", action, upn]) => {
            let portal = Portal::new(world);
            let pressed = match *action {
                "enable-calling" => portal.enable_calling(upn),
                "save-in-connect" => portal.save_in_connect(upn, ask.query("number").unwrap_or_default()),
                "change-in-connect" => portal.change_in_connect(upn, ask.query("number").unwrap_or_default()),
                "delete-in-connect" => portal.delete_in_connect(upn),
                "delete-user" => portal.delete_user(upn),
                "disable-user" => portal.disable_user(upn),
                _ => return Err(Answer::unexpected()),
            };
            shown(json!({"done": pressed}))
        }
        ("POST", ["microsoft", action, upn]) => {
            let microsoft = AdminCenter::new(world);
            let done = match *action {
                "disable-account" => microsoft.disable_account(upn),
                "enable-account" => microsoft.enable_account(upn),
                "delete-account" => microsoft.delete_account(upn),
                "restore-account" => microsoft.restore_account(upn),
                "remove-licence" => microsoft.remove_licence(upn),
                "restore-licence" => microsoft.restore_licence(upn),
                _ => return Err(Answer::unexpected()),
            };
            shown(json!({ "done": done }))
        }
        ("POST", ["places", "channel-thread"]) => shown(world.lock().chat.new_thread(world.clock.now())),
        ("POST", ["places", "group-chat"]) => shown(Chat::group_chat()),
        ("POST", ["places", "personal", key]) => shown(Chat::personal(people::person(world, key).human())),
        ("POST", ["messages", id, "read"]) => {
            let mut state = world.lock();
            let message = state.chat.message_mut(id).ok_or_else(|| bad("no such message"))?;
            (message.unread, message.never_read) = (false, false);
            shown(&*message)
        }
        (_, ["slack", rest @ ..]) => slack::control(world, ask, rest).await,
        ("POST", ["people", key, act]) => act_as(world, ask, (key, act)).await,
        _ => Err(Answer::json(404, &json!({"error": "the world has no such control"}))),
    }
}

async fn act_as(world: &Arc<Inner>, ask: &Ask, (key, act): (&str, &str)) -> Result<Answer, Answer> {
    let person = people::person(world, key);
    match act {
        "say" => {
            let say: Say = body(ask)?;
            if say.private {
                shown(person.say_privately(&say.place, &say.text).await)
            } else {
                shown(person.say(&say.place, &say.text).await)
            }
        }
        "edit" => {
            let edit: Edit = body(ask)?;
            shown(person.edit_message(&edit.sent, edit.text.as_deref().unwrap_or_default()).await)
        }
        "redeliver" => shown(person.redeliver(&body::<Edit>(ask)?.sent).await),
        "install-bot" => shown(person.install_bot(&body(ask)?).await),
        "remove-bot" => shown(person.remove_bot(&body(ask)?).await),
        "press" | "look" => {
            let pressed: Pressed = if act == "press" {
                body(ask)?
            } else {
                let message = body::<Value>(ask)?["message"].as_str().unwrap_or_default().to_owned();
                Pressed { message, title: String::new(), inputs: BTreeMap::new(), raw: false, old_client: false }
            };
            let message = world.lock().chat.message(&pressed.message).cloned();
            let message = message.ok_or_else(|| bad("no such message"))?;
            let person = if pressed.old_client { person.with_old_client() } else { person };
            if act == "look" {
                return shown(person.look(&message).await);
            }
            let inputs: Vec<(&str, &str)> = pressed.inputs.iter().map(|(i, v)| (i.as_str(), v.as_str())).collect();
            if pressed.raw {
                shown(person.press_raw(&message, &pressed.title, &inputs).await)
            } else {
                shown(person.press(&message, &pressed.title, &inputs).await)
            }
        }
        _ => Err(Answer::json(404, &json!({"error": "people cannot do this"}))),
    }
}
