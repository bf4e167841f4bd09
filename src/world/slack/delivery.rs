//! From Slack to the bot: signed requests, or envelopes down a socket; and whether the bot answers as Slack wants it.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>, <https://docs.slack.dev/apis/events-api/>

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::blocks::{Stage, view_faults};
use super::{chat, form, socket};
use crate::world::Inner;
use crate::world::log::{Call, System, redacted};
use crate::world::state::State;

/// Slack waits so long for the bot, in real time.
const DEADLINE: Duration = Duration::from_secs(3);

/// What is sent, which decides where it goes and what may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Event,
    Command,
    /// A press or a shortcut.
    Action,
    /// A modal was submitted.
    Submission,
}

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Event => "/slack/events",
            Self::Command => "/slack/commands",
            Self::Action | Self::Submission => "/slack/interactivity",
        }
    }

    /// What the envelope of a socket calls it.
    pub(super) fn envelope(self) -> &'static str {
        match self {
            Self::Event => "events_api",
            Self::Command => "slash_commands",
            Self::Action | Self::Submission => "interactive",
        }
    }
}

/// One delivery.
#[derive(Debug, Clone)]
pub(super) struct Parcel {
    pub kind: Kind,
    /// JSON as it is in an envelope; the form or body of HTTP is made of it.
    pub payload: Value,
    /// Which delivery of the same event it is (0: the first), and why it is repeated.
    pub retry: Option<(u32, String)>,
    /// The modal that was submitted, as the person saw it.
    pub view: Option<Value>,
}

impl Parcel {
    pub(super) fn new(kind: Kind, payload: Value) -> Self {
        Self { kind, payload, retry: None, view: None }
    }

    fn body(&self) -> (String, &'static str) {
        const FORM: &str = "application/x-www-form-urlencoded";
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        match self.kind {
            Kind::Event => (self.payload.to_string(), "application/json"),
            Kind::Command => {
                for (key, value) in self.payload.as_object().into_iter().flatten() {
                    form.append_pair(key, value.as_str().unwrap_or_default());
                }
                (form.finish(), FORM)
            }
            Kind::Action | Kind::Submission => {
                form.append_pair("payload", &self.payload.to_string());
                (form.finish(), FORM)
            }
        }
    }
}

/// `v0=…` for a raw body.
pub(super) fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(tag))
}

/// Sends it by whichever way the app is set to; status 0 when there is no bot or no answer.
pub(super) async fn send(world: &Arc<Inner>, parcel: &Parcel, bot: Option<&str>) -> (u16, Value) {
    let (status, answer, late) = if world.lock().knobs.slack.socket_mode {
        socket::send(world, parcel).await
    } else {
        post(world, parcel, bot).await
    };
    let violation = if late {
        Some("the bot did not answer within 3 s".to_owned())
    } else {
        answer_fault(&world.lock(), parcel, status, &answer)
    };
    world.record(Call {
        at: world.clock.now(),
        system: System::Bot,
        method: "POST".to_owned(),
        path: parcel.kind.path().to_owned(),
        status,
        body: redacted(parcel.payload.clone()),
        effect: None,
        violation,
    });
    (status, answer)
}

async fn post(world: &Arc<Inner>, parcel: &Parcel, bot: Option<&str>) -> (u16, Value, bool) {
    let (bot, secret) = {
        let state = world.lock();
        (bot.map(str::to_owned).or_else(|| state.bot.clone()), state.seed.slack.signing_secret.clone())
    };
    let Some(bot) = bot else { return (0, Value::Null, false) };
    let (body, mime) = parcel.body();
    let timestamp = world.clock.now().as_second().to_string();
    let mut request = world
        .http
        .post(format!("{bot}{}", parcel.kind.path()))
        .timeout(DEADLINE)
        .header("content-type", mime)
        .header("x-slack-request-timestamp", &timestamp)
        .header("x-slack-signature", signature(&secret, &timestamp, &body));
    if let Some((number, reason)) = &parcel.retry {
        request = request.header("x-slack-retry-num", *number).header("x-slack-retry-reason", reason);
    }
    match request.body(body).send().await {
        Err(error) => (0, Value::Null, error.is_timeout()),
        Ok(response) => {
            let status = response.status().as_u16();
            match response.bytes().await {
                // An answer that breaks off is none.
                Err(error) => (0, Value::Null, error.is_timeout()),
                Ok(bytes) if bytes.is_empty() => (status, Value::Null, false),
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)), false)
                }
            }
        }
    }
}

/// The rule that an answer of the bot breaks. Refusing is the bot's right; a broken connection is the test's doing.
fn answer_fault(state: &State, parcel: &Parcel, status: u16, answer: &Value) -> Option<String> {
    if matches!(status, 0 | 401 | 403 | 503) {
        return None;
    }
    if status != 200 {
        return Some(format!("a delivery was answered with {status}"));
    }
    match parcel.kind {
        _ if answer.is_null() => None,
        Kind::Event if parcel.payload["type"] == "url_verification" => None,
        Kind::Event | Kind::Action => Some("an answer that Slack shows nowhere".to_owned()),
        Kind::Command => command_fault(state, answer),
        Kind::Submission => submission_fault(parcel.view.as_ref().unwrap_or(&Value::Null), answer),
    }
}

fn command_fault(state: &State, answer: &Value) -> Option<String> {
    let known = ["response_type", "text", "blocks"];
    let shaped = |map: &serde_json::Map<String, Value>| map.keys().all(|key| known.contains(&key.as_str()));
    if !(answer.is_string() || answer.as_object().is_some_and(shaped)) {
        return Some("the answer to a command has fields that Slack does not know".to_owned());
    }
    let text = answer.as_str().or(answer["text"].as_str()).unwrap_or_default();
    let rule = match chat::content(state, (text, &answer["blocks"])) {
        Ok(said) => said.rule,
        Err(refusal) => refusal.rule.or(Some(refusal.error)),
    };
    rule.map(|rule| format!("the answer to a command: {rule}"))
}

fn submission_fault(view: &Value, answer: &Value) -> Option<String> {
    match answer["response_action"].as_str() {
        Some("clear") => None,
        Some("update" | "push") => {
            let faults = view_faults(&answer["view"], Stage::Modal);
            faults.first().map(|fault| format!("the answer to a submission: {fault}"))
        }
        Some("errors") => {
            let ids: Vec<String> = form::input_blocks(view).into_iter().map(|(id, _)| id).collect();
            let errors = answer["errors"].as_object().filter(|errors| !errors.is_empty());
            let good = errors.is_some_and(|errors| errors.keys().all(|id| ids.contains(id)));
            (!good).then(|| "errors under blocks that are no inputs of the modal".to_owned())
        }
        _ => Some("the answer to a submission is neither empty nor a response_action".to_owned()),
    }
}

/// The envelope of an event in a workspace; `author_team`: where its author comes from.
pub(super) fn event(state: &mut State, (team, author_team): (&str, &str), event: Value, now: Timestamp) -> Value {
    let number = state.slack.count();
    let seed = &state.seed.slack;
    let workspace = seed.workspace(team);
    let enterprise = workspace.and_then(|w| w.enterprise.clone());
    let whole = enterprise.is_some();
    json!({"token": "deprecated", "team_id": author_team, "context_team_id": team,
        "context_enterprise_id": enterprise, "api_app_id": seed.app_id, "event": event, "type": "event_callback",
        "event_id": format!("Ev{number:010}"), "event_time": now.as_second(),
        "authorizations": [{"enterprise_id": enterprise, "team_id": if whole { Value::Null } else { team.into() },
            "user_id": workspace.map(|w| w.bot_user.clone()), "is_bot": true, "is_enterprise_install": whole}],
        "is_ext_shared_channel": team != author_team, "event_context": format!("4-{number}")})
}

/// Delivers what the bot's own messages cause, one after another.
pub(in crate::world) fn echo(world: &Arc<Inner>) {
    let parcels: Vec<Parcel> = {
        let mut state = world.lock();
        let echoes = std::mem::take(&mut state.slack.echoes);
        let now = world.clock.now();
        let envelopes = echoes.into_iter().map(|(team, what)| event(&mut state, (&team, &team), what, now));
        envelopes.map(|payload| Parcel::new(Kind::Event, payload)).collect()
    };
    if parcels.is_empty() {
        return;
    }
    let world = Arc::clone(world);
    tokio::spawn(async move {
        for parcel in parcels {
            send(&world, &parcel, None).await;
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documented_example_is_signed_as_documented() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                    channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                    response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                    trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signed = super::signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body);
        assert_eq!(signed, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    }
}
