//! A Teams client in front of a card: fetches its own view, validates, sends the invoke, shows the answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::card::{self, Filled};
use super::card_rules::card_fault;
use super::chat::{Message, Place};
use super::people::Person;
use crate::domain::PlaceKind;

/// Up to so many people a card without `userIds` is refreshed for everybody.
const MOST_REFRESHED: usize = 60;
const CARD: &str = "application/vnd.microsoft.card.adaptive";
const MESSAGE: &str = "application/vnd.microsoft.activity.message";
const ERROR: &str = "application/vnd.microsoft.error";

/// What a person sees after pressing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvokeAnswer {
    /// The card was replaced for this person.
    Card(Value),
    /// A sentence under the card.
    Message(String),
    /// An error bar with this text.
    Error(String),
    /// An old client's message was taken; answers come as messages.
    Taken,
    /// The client itself refused; nothing was sent.
    Refused(Vec<String>),
    /// "Something went wrong": the HTTP status, 0 without an answer.
    Failed(u16),
}

impl InvokeAnswer {
    /// What can be read, as plain text.
    pub fn text(&self) -> String {
        match self {
            Self::Card(card) => super::render::render_text(card),
            Self::Message(text) | Self::Error(text) => text.clone(),
            Self::Taken => String::new(),
            Self::Refused(errors) => errors.join("\n"),
            Self::Failed(status) => format!("Something went wrong ({status})"),
        }
    }
}

fn read(status: u16, body: Option<&Value>) -> InvokeAnswer {
    let Some(body) = body.filter(|_| status == 200) else { return InvokeAnswer::Failed(status) };
    match body["type"].as_str() {
        Some(CARD) if body["statusCode"] == 200 => InvokeAnswer::Card(body["value"].clone()),
        Some(MESSAGE) if body["statusCode"] == 200 => {
            InvokeAnswer::Message(body["value"].as_str().unwrap_or_default().to_owned())
        }
        Some(ERROR) => InvokeAnswer::Error(body["value"]["message"].as_str().unwrap_or_default().to_owned()),
        _ => InvokeAnswer::Failed(status),
    }
}

/// The rule that an answer to an invoke breaks.
pub(super) fn answer_fault(status: u16, body: Option<&Value>) -> Option<String> {
    match read(status, body) {
        InvokeAnswer::Card(card) => card_fault(&card).map(|fault| format!("card in an answer: {fault}")),
        InvokeAnswer::Message(text) | InvokeAnswer::Error(text) if text.is_empty() => {
            Some("an invoke was answered with an empty sentence".to_owned())
        }
        // Authentication and tenant refusals are the bot's right; a broken connection is the test's doing.
        InvokeAnswer::Failed(status) if (200..300).contains(&status) || status == 500 => {
            Some("an invoke was answered with nothing that a client can show".to_owned())
        }
        _ => None,
    }
}

impl Person {
    fn place_of(message: &Message) -> Place {
        let kind = match &message.place {
            id if id.starts_with("a:") => PlaceKind::Personal,
            id if id.contains("@thread.tacv2") => PlaceKind::Channel,
            _ => PlaceKind::Group,
        };
        Place { id: message.place.clone(), kind }
    }

    async fn invoke(
        &self,
        message: &Message,
        action: &Value,
        (data, trigger): (Map<String, Value>, &str),
    ) -> InvokeAnswer {
        let mut activity = self.envelope(&Self::place_of(message), "invoke");
        let sent = json!({"type": "Action.Execute", "id": action["id"].as_str().unwrap_or_default(),
            "title": action["title"], "verb": action["verb"], "data": data});
        activity["name"] = "adaptiveCard/action".into();
        activity["replyToId"] = message.id.clone().into();
        activity["value"] = json!({"action": sent, "trigger": trigger});
        activity["channelData"]["source"] = json!({"name": "message"});
        let (status, body) = self.post(&activity).await;
        let answer = read(status, body.as_ref());
        if let InvokeAnswer::Card(card) = &answer {
            let key = (self.human().key.clone(), message.id.clone());
            self.world.lock().chat.views.insert(key, card.clone());
            self.world.changed();
        }
        answer
    }

    /// The card of a message as this person sees it now: their own view where the card offers one.
    pub async fn look(&self, message: &Message) -> Option<Value> {
        let key = (self.human().key.clone(), message.id.clone());
        let (shown, view) = {
            let state = self.world.lock();
            let own = self.human().mri();
            let shown = state.chat.message(&message.id).filter(|m| !m.deleted)?;
            let inside = state.chat.find(&shown.place).is_some_and(|c| c.members.contains(self.human()));
            if !inside || shown.only_for.as_ref().is_some_and(|only| *only != own) {
                return None;
            }
            let shown = shown.clone();
            (shown, state.chat.views.get(&key).cloned())
        };
        if self.old_client || view.is_some() {
            return view.filter(|_| !self.old_client).or(shown.card);
        }
        let card = shown.card.clone()?;
        if !self.refreshes(&shown, &card) {
            return Some(card);
        }
        let action = &card["refresh"]["action"];
        match self.invoke(&shown, action, (data_of(action), "automatic")).await {
            InvokeAnswer::Card(view) => Some(view),
            _ => Some(card),
        }
    }

    /// The card offers this person a view of their own and their client has not got it: the bot did not answer.
    pub fn lacks_own_view(&self, message: &Message) -> bool {
        let key = (self.human().key.clone(), message.id.clone());
        let has = self.world.lock().chat.views.contains_key(&key);
        !has && message.card.as_ref().is_some_and(|card| self.refreshes(message, card))
    }

    /// The client asks for an own view: named in `userIds`, or everybody where that is left out and few are there.
    fn refreshes(&self, message: &Message, card: &Value) -> bool {
        let own = self.human().mri();
        match (&card["refresh"], card["refresh"]["userIds"].as_array()) {
            (Value::Null, _) => false,
            (_, Some(ids)) => ids.iter().any(|id| *id == *own),
            (_, None) => {
                let state = self.world.lock();
                state.chat.find(&message.place).is_some_and(|c| c.members.len() <= MOST_REFRESHED)
            }
        }
    }

    /// Presses the button with this title on the card as this person sees it, with presets overlaid by `inputs`
    /// (ids; a choice by value or title).
    pub async fn press(&self, message: &Message, title: &str, inputs: &[(&str, &str)]) -> InvokeAnswer {
        let Some(card) = self.look(message).await else { return refused("there is no card to be seen") };
        let Some(action) = card::action(&card, title) else {
            return refused(&format!("{} sees no button {title:?}", self.human().key));
        };
        if action["isEnabled"] == false {
            return refused(&format!("the button {title:?} is disabled"));
        }
        let mut data = data_of(action);
        if action["associatedInputs"] != "none" {
            let filled: Filled = inputs.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
            match card::submitted(&card, &filled) {
                Ok(values) => data.extend(values),
                Err(errors) => return InvokeAnswer::Refused(errors),
            }
        }
        self.send(message, action, data).await
    }

    /// Presses a button of exactly this card, even if it was rewritten since, with any values: a late or forged click.
    pub async fn press_raw(&self, message: &Message, title: &str, inputs: &[(&str, &str)]) -> InvokeAnswer {
        let action = message.card.as_ref().and_then(|card| card::action(card, title));
        let Some(action) = action else { return refused(&format!("the card has no button {title:?}")) };
        let mut data = data_of(action);
        data.extend(inputs.iter().map(|(id, value)| ((*id).to_owned(), Value::from(*value))));
        self.send(message, action, data).await
    }

    async fn send(&self, message: &Message, action: &Value, data: Map<String, Value>) -> InvokeAnswer {
        let execute = action["type"] == "Action.Execute";
        if execute && !self.old_client {
            return self.invoke(message, action, (data, "manual")).await;
        }
        let submit = if execute { &action["fallback"] } else { action };
        if submit["type"] != "Action.Submit" {
            return refused("an old client cannot show this button");
        }
        // The fallback has data of its own; what was typed is the same.
        let mut value = data_of(submit);
        let preset = data_of(action);
        value.extend(data.into_iter().filter(|(key, _)| !preset.contains_key(key)));
        let mut activity = self.envelope(&Self::place_of(message), "message");
        activity["replyToId"] = message.id.clone().into();
        activity["value"] = Value::Object(value);
        activity["channelData"]["source"] = json!({"name": "message"});
        let (status, _) = self.post(&activity).await;
        if (200..300).contains(&status) { InvokeAnswer::Taken } else { InvokeAnswer::Failed(status) }
    }
}

fn refused(why: &str) -> InvokeAnswer {
    InvokeAnswer::Refused(vec![why.to_owned()])
}

fn data_of(action: &Value) -> Map<String, Value> {
    action["data"].as_object().cloned().unwrap_or_default()
}
