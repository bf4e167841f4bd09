//! People who talk to the bot: what they do becomes a signed activity, as the Connector would send it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Inner;
use super::botframework::ISSUER;
use super::chat::{CHANNEL, Message, Place, TEAM, TEAM_GROUP};
use super::log::{Call, System, redacted};
use super::mailbox::Mailbox;
use super::seed::Human;
use crate::domain::PlaceKind;

/// How long the Connector waits for the bot, in real time. Microsoft says 10 to 15 s.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(15);
/// Seconds that an inbound token lives.
const TOKEN_LIFE: i64 = 3600;

/// Somebody in front of a Teams client.
#[derive(Debug, Clone)]
pub struct Person {
    pub(super) world: Arc<Inner>,
    human: Human,
    pub(super) old_client: bool,
    bot: Option<String>,
}

/// An activity that was delivered to the bot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// Activity id.
    pub id: String,
    /// The bot's HTTP status; 0: no answer.
    pub status: u16,
    /// The activity as it was sent.
    pub activity: Value,
}

pub(super) fn person(world: &Arc<Inner>, key: &str) -> Person {
    let known = world.lock().seed.people.iter().find(|p| p.key == key).cloned();
    let human = known.unwrap_or_else(|| Human {
        key: key.to_owned(),
        name: key.to_owned(),
        upn: format!("{key}@nowhere.example"),
        tenant: None,
    });
    Person { world: Arc::clone(world), human, old_client: false, bot: None }
}

impl Person {
    /// Who it is.
    pub fn human(&self) -> &Human {
        &self.human
    }

    /// The same person with a client that knows neither `Action.Execute` nor refresh.
    #[must_use]
    pub fn with_old_client(mut self) -> Self {
        self.old_client = true;
        self
    }

    /// The same person, whose activities reach the bot at this base URL: one replica of several.
    #[must_use]
    pub fn through(mut self, url: &str) -> Self {
        self.bot = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// What this person can see of the bot in a place.
    pub fn mailbox(&self, place: &Place) -> Mailbox {
        Mailbox::new(&self.world, Some(place.clone())).of(&self.human.mri())
    }

    /// Writes to the bot; in a channel or group chat the text mentions it, as it must.
    pub async fn say(&self, place: &Place, text: &str) -> Sent {
        let bot = self.world.lock().seed.bot_name.clone();
        let shown = if place.kind == PlaceKind::Personal { text.to_owned() } else { format!("<at>{bot}</at> {text}") };
        let mut activity = self.message(place, &shown);
        if place.kind != PlaceKind::Personal {
            let mention =
                json!({"type": "mention", "mentioned": activity["recipient"], "text": format!("<at>{bot}</at>")});
            if let Some(entities) = activity["entities"].as_array_mut() {
                entities.insert(0, mention);
            }
        }
        self.write(place, activity).await
    }

    /// Writes so that only the bot sees it: a targeted message, without a mention.
    pub async fn say_privately(&self, place: &Place, text: &str) -> Sent {
        let mut activity = self.message(place, text);
        activity["recipient"]["isTargeted"] = true.into();
        self.write(place, activity).await
    }

    /// Changes an earlier message of theirs.
    pub async fn edit_message(&self, sent: &Sent, text: &str) -> Sent {
        let mut activity = sent.activity.clone();
        activity["type"] = "messageUpdate".into();
        activity["channelData"]["eventType"] = "editMessage".into();
        let mention = activity["entities"][0]["text"].as_str().map(|m| format!("{m} {text}"));
        activity["text"] = mention.unwrap_or_else(|| text.to_owned()).into();
        if let Some(message) = self.world.lock().chat.message_mut(&sent.id) {
            message.text = activity["text"].as_str().unwrap_or_default().to_owned();
        }
        self.deliver(activity).await
    }

    /// The Connector sends the same activity once more, as after a time-out.
    pub async fn redeliver(&self, sent: &Sent) -> Sent {
        self.deliver(sent.activity.clone()).await
    }

    /// Adds the bot to a place.
    pub async fn install_bot(&self, place: &Place) -> Sent {
        self.set_inside(place, true);
        let mut added = self.envelope(place, "conversationUpdate");
        added["membersAdded"] = json!([{"id": added["recipient"]["id"]}]);
        self.deliver(added).await;
        let mut activity = self.envelope(place, "installationUpdate");
        activity["action"] = "add".into();
        self.deliver(activity).await
    }

    /// Takes the bot out of a place.
    pub async fn remove_bot(&self, place: &Place) -> Sent {
        self.set_inside(place, false);
        let mut activity = self.envelope(place, "installationUpdate");
        activity["action"] = "remove".into();
        self.deliver(activity).await
    }

    fn set_inside(&self, place: &Place, inside: bool) {
        let base = place.id.split(';').next().unwrap_or(&place.id).to_owned();
        if let Some(conversation) = self.world.lock().chat.conversations.get_mut(&base) {
            conversation.bot_inside = inside;
        }
    }

    /// An activity of this person in this place with everything but its content.
    pub fn envelope(&self, place: &Place, kind: &str) -> Value {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let (app, bot) = (state.seed.app_id.clone(), state.seed.bot_name.clone());
        let tenant = self.human.tenant.clone().unwrap_or_else(|| state.seed.tenant_id.clone());
        let id = if kind == "message" { state.chat.id_in(&place.id, now) } else { state.chat.next_id(now) };
        drop(state);
        let mut conversation = json!({"id": place.id, "tenantId": tenant, "conversationType": match place.kind {
            PlaceKind::Personal => "personal",
            PlaceKind::Group => "groupChat",
            PlaceKind::Channel => "channel",
        }});
        let mut channel_data = json!({"tenant": {"id": tenant}});
        if place.kind != PlaceKind::Personal {
            conversation["isGroup"] = true.into();
        }
        if place.kind == PlaceKind::Channel {
            channel_data["team"] = json!({"id": TEAM, "aadGroupId": TEAM_GROUP});
            channel_data["channel"] = json!({"id": CHANNEL});
            channel_data["teamsTeamId"] = TEAM.into();
            channel_data["teamsChannelId"] = CHANNEL.into();
        }
        json!({
            "type": kind, "id": id, "timestamp": now.to_string(), "channelId": "msteams",
            "serviceUrl": self.world.service_url(), "locale": "en-US",
            "from": {"id": self.human.mri(), "name": self.human.name, "aadObjectId": self.human.object_id()},
            "recipient": {"id": format!("28:{app}"), "name": bot},
            "conversation": conversation, "channelData": channel_data,
            "entities": [{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web",
                "timezone": "America/Denver"}],
        })
    }

    fn message(&self, place: &Place, text: &str) -> Value {
        let mut activity = self.envelope(place, "message");
        activity["text"] = text.into();
        activity["textFormat"] = "plain".into();
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        activity["attachments"] = json!([{"contentType": "text/html", "content": format!("<p>{escaped}</p>")}]);
        activity
    }

    /// Shows the message in the chat, then delivers it.
    async fn write(&self, place: &Place, activity: Value) -> Sent {
        let private = activity["recipient"]["isTargeted"] == true;
        let message = Message {
            id: activity["id"].as_str().unwrap_or_default().to_owned(),
            place: place.id.clone(),
            author: Some(self.human.key.clone()),
            text: activity["text"].as_str().unwrap_or_default().to_owned(),
            card: None,
            activity: activity.clone(),
            names: BTreeMap::new(),
            only_for: private.then(|| self.human.mri()),
            at: self.world.clock.now(),
            edits: 0,
            deleted: false,
            unread: false,
            never_read: false,
        };
        self.world.lock().chat.messages.push(message);
        self.deliver(activity).await
    }

    /// Posts any activity as the Connector would, for activities that a normal client never sends.
    pub async fn deliver(&self, activity: Value) -> Sent {
        let (status, _) = self.post(&activity).await;
        let id = activity["id"].as_str().unwrap_or_default().to_owned();
        Sent { id, status, activity }
    }

    /// Signs, posts, logs; status 0 when there is no bot or no answer.
    pub(super) async fn post(&self, activity: &Value) -> (u16, Option<Value>) {
        let (bot, app) = {
            let state = self.world.lock();
            (self.bot.clone().or_else(|| state.bot.clone()), state.seed.app_id.clone())
        };
        let at = self.world.clock.now();
        let claims = json!({"iss": ISSUER, "aud": app, "nbf": at.as_second() - 60, "exp": at.as_second() + TOKEN_LIFE,
            "serviceurl": self.world.service_url()});
        let (mut status, mut body) = (0, None);
        if let (Some(bot), Ok(token)) = (bot, self.world.keys.sign(&claims)) {
            let request = self.world.http.post(format!("{bot}/api/messages")).bearer_auth(token).timeout(DEADLINE);
            let conversation = activity["conversation"]["id"].as_str().unwrap_or_default();
            let request = request.header("x-ms-conversation-id", conversation).json(activity);
            // An answer that breaks off is none.
            if let Ok(response) = request.send().await {
                let answered = response.status().as_u16();
                if let Ok(bytes) = response.bytes().await {
                    (status, body) = (answered, serde_json::from_slice(&bytes).ok());
                }
            }
        }
        let violation = match activity["type"].as_str() {
            Some("invoke") => super::client::answer_fault(status, body.as_ref()),
            _ => None,
        };
        self.world.record(Call {
            at,
            system: System::Bot,
            method: "POST".to_owned(),
            path: "/api/messages".to_owned(),
            status,
            body: redacted(activity.clone()),
            effect: None,
            violation,
        });
        (status, body)
    }
}
