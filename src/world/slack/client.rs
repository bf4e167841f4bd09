//! Messages, modals and shortcuts as a Slack client uses them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chat;
use super::delivery::{Kind, Parcel};
use super::form::{self, Filled};
use super::person::SlackPerson;
use super::state::OpenView;
use super::views;
use crate::world::chat::Message;
use crate::world::state::State;

/// What a person sees at once; whatever the bot says later comes as a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlackAnswer {
    /// Nothing for now.
    Taken,
    /// The answer to a command.
    Shown(String),
    /// The modal is gone.
    Closed,
    /// Sentences under inputs, by `action_id`.
    Errors(BTreeMap<String, String>),
    /// The modal shows something else, or another one lies on it.
    View(Value),
    /// The client itself refused; nothing was sent.
    Refused(Vec<String>),
    /// "Something went wrong": the HTTP status, 0 without an answer.
    Failed(u16),
}

fn refused(why: impl Into<String>) -> SlackAnswer {
    SlackAnswer::Refused(vec![why.into()])
}

/// What was pressed where: a message, or a view of which only the id counts.
enum Surface {
    Message,
    View(OpenView),
}

fn view_of(state: &State, id: &str) -> Option<OpenView> {
    let home = state.slack.homes.values().find(|view| view.id == id);
    state.slack.modal(id).or(home).cloned()
}

impl SlackPerson {
    /// What payloads of this person have in common.
    fn payload(&self, state: &State, kind: &str, team: &str) -> Value {
        let seed = &state.seed.slack;
        let workspace = seed.workspace(team);
        let enterprise = workspace.and_then(|w| w.enterprise.clone());
        let whole = enterprise.is_some();
        json!({"type": kind, "token": "deprecated", "api_app_id": seed.app_id,
            "user": {"id": self.account.id, "username": self.account.key, "name": self.account.key,
                "team_id": self.account.team},
            // Installed for the whole organisation, a payload may name no workspace.
            "team": if whole { Value::Null } else { json!({"id": team, "domain": workspace.map(|w| w.domain.clone())}) },
            "enterprise": enterprise.map(|id| json!({"id": id, "name": "Contoso"})), "is_enterprise_install": whole})
    }

    /// A message as this person sees it now.
    fn sees(&self, state: &State, message: &Message) -> Option<Message> {
        let now = state.chat.message(&message.id).filter(|m| !m.deleted)?;
        let own = now.only_for.as_ref().is_none_or(|only| *only == self.account.id);
        let channel = chat::channel_of(now);
        let mut channels = state.seed.slack.channels.iter();
        let inside = channel == self.account.direct_message()
            || now.only_for.is_some()
            || channels.any(|c| c.id == channel && c.members.contains(&self.account.id));
        (own && inside).then(|| now.clone())
    }

    /// Presses the button with this title on a message, modal or Home tab as it is now, with presets overlaid by `inputs`
    /// (`action_id`; a choice by value or title).
    pub async fn press(&self, message: &Message, title: &str, inputs: &[(&str, &str)]) -> SlackAnswer {
        let seen = self.sees(&self.world.lock(), message);
        let Some(seen) = seen else { return refused(format!("{} does not see this message", self.account.key)) };
        let Some(card) = seen.card.clone() else { return refused("there is nothing to press") };
        let filled = form::fill(&card, inputs, false);
        if !filled.errors.is_empty() {
            return SlackAnswer::Refused(filled.errors);
        }
        self.press_on(&seen, title, filled).await
    }

    /// Presses a button of exactly this card, even if it was rewritten since, with any values: a late or forged click.
    pub async fn press_raw(&self, message: &Message, title: &str, inputs: &[(&str, &str)]) -> SlackAnswer {
        let card = message.card.clone().unwrap_or_default();
        let filled = form::forge(&card, inputs);
        self.press_on(message, title, filled).await
    }

    async fn press_on(&self, message: &Message, title: &str, filled: Filled) -> SlackAnswer {
        let card = message.card.clone().unwrap_or_default();
        let Some(button) = form::button(&card, title, &self.account.id) else {
            return refused(format!("{} sees no button {title:?}", self.account.key));
        };
        let mut actions: Vec<Value> = filled.chosen.into_iter().map(|(_, action)| action).collect();
        let mut action = button.element;
        action["block_id"] = button.block_id.into();
        actions.push(action);
        let mut last = SlackAnswer::Taken;
        for action in actions {
            let payload = self.block_actions(message, (action, filled.values.clone().into()));
            let (status, _) = self.deliver(&Parcel::new(Kind::Action, payload)).await;
            last = if status == 200 { SlackAnswer::Taken } else { SlackAnswer::Failed(status) };
        }
        last
    }

    fn block_actions(&self, message: &Message, (mut action, values): (Value, Value)) -> Value {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        let surface = view_of(&state, &message.id).map_or(Surface::Message, Surface::View);
        let channel = chat::channel_of(message).to_owned();
        let team = self.team_at(&state, &channel);
        let mut payload = self.payload(&state, "block_actions", &team);
        action["action_ts"] = state.slack.next_ts(now).into();
        payload["actions"] = json!([action]);
        match surface {
            Surface::Message => {
                let private = message.only_for.is_some();
                let thread = chat::thread_of(message);
                payload["container"] = json!({"type": "message", "message_ts": message.id, "channel_id": channel,
                    "is_ephemeral": private});
                if let Some(thread) = thread {
                    payload["container"]["thread_ts"] = thread.into();
                }
                payload["channel"] = json!({"id": channel, "name": self.channel_name(&state, &channel)});
                if !private {
                    payload["message"] = chat::shown(&state, &team, message);
                }
                payload["state"] = json!({"values": values});
                let hook = state.slack.new_hook(
                    (&channel, thread.map(str::to_owned)),
                    (&self.account.id, Some(message.id.clone())),
                    now,
                );
                payload["response_url"] = format!("{}/slack-hooks/actions/{hook}", self.world.url).into();
                payload["trigger_id"] = state.slack.new_trigger(&self.account.id, None, now).into();
            }
            Surface::View(view) => {
                payload["container"] = json!({"type": "view", "view_id": view.id});
                payload["view"] = views::shown(&state, &view);
                payload["view"]["state"] = json!({"values": values});
                let modal = state.slack.modal(&view.id).map(|view| view.id.clone());
                payload["trigger_id"] = state.slack.new_trigger(&self.account.id, modal, now).into();
            }
        }
        payload
    }

    fn channel_name(&self, state: &State, channel: &str) -> String {
        let found = state.seed.slack.channels.iter().find(|c| c.id == channel);
        found.map_or_else(|| "directmessage".to_owned(), |c| c.name.clone())
    }

    /// The modal that lies on top, as it is now.
    pub fn modal(&self) -> Option<Message> {
        let state = self.world.lock();
        let top = state.slack.modals.get(&self.account.id)?.last()?;
        state.chat.message(&top.id).cloned()
    }

    /// Fills in and submits a modal as it is now; the client lets nothing pass that is required and empty.
    pub async fn submit(&self, modal: &Message, inputs: &[(&str, &str)]) -> SlackAnswer {
        let view = view_of(&self.world.lock(), &modal.id);
        let Some(view) = view.filter(|view| view.user == self.account.id) else {
            return refused("there is no such modal");
        };
        if view.content["submit"].is_null() {
            return refused("the modal has nothing to submit");
        }
        let filled = form::fill(&view.content, inputs, true);
        if !filled.errors.is_empty() {
            return SlackAnswer::Refused(filled.errors);
        }
        self.submit_filled(view, filled).await
    }

    /// Submits a modal with the content and values that somebody forged or kept.
    pub async fn submit_raw(&self, modal: &Message, inputs: &[(&str, &str)]) -> SlackAnswer {
        let content = modal.card.clone().unwrap_or_default();
        let filled = form::forge(&content, inputs);
        let known = view_of(&self.world.lock(), &modal.id);
        let view = OpenView {
            id: modal.id.clone(),
            user: self.account.id.clone(),
            team: self.account.team.clone(),
            hash: known.map(|view| view.hash).unwrap_or_default(),
            content,
        };
        self.submit_filled(view, filled).await
    }

    async fn submit_filled(&self, view: OpenView, filled: Filled) -> SlackAnswer {
        let now = self.world.clock.now();
        let payload = {
            let mut state = self.world.lock();
            let mut payload = self.payload(&state, "view_submission", &view.team);
            payload["view"] = views::shown(&state, &view);
            payload["view"]["state"] = json!({"values": filled.values});
            payload["trigger_id"] = state.slack.new_trigger(&self.account.id, Some(view.id.clone()), now).into();
            payload["response_urls"] = json!([]);
            payload
        };
        let parcel = Parcel { view: Some(view.content.clone()), ..Parcel::new(Kind::Submission, payload) };
        let (status, answer) = self.deliver(&parcel).await;
        if status != 200 {
            return SlackAnswer::Failed(status);
        }
        let seen = self.answered(&view, &answer);
        self.world.changed();
        seen
    }

    /// What the answer to a submission does to the modals.
    fn answered(&self, view: &OpenView, answer: &Value) -> SlackAnswer {
        let now = self.world.clock.now();
        let mut state = self.world.lock();
        match answer["response_action"].as_str() {
            Some("errors") => {
                let inputs = form::input_blocks(&view.content);
                let action =
                    |block: &String| inputs.iter().find(|(id, _)| id == block).map(|(_, action)| action.clone());
                let errors = answer["errors"].as_object().into_iter().flatten();
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                SlackAnswer::Errors(
                    errors
                        .map(|(block, value)| (action(block).unwrap_or_else(|| block.clone()), text(value)))
                        .collect(),
                )
            }
            Some("update") => {
                views::refill(&mut state, &view.id, answer["view"].clone(), now);
                SlackAnswer::View(answer["view"].clone())
            }
            Some("push") => {
                views::lay(&mut state, (&view.user, &view.team), answer["view"].clone(), now);
                SlackAnswer::View(answer["view"].clone())
            }
            other => {
                views::clear(&mut state, &view.user, other == Some("clear"));
                SlackAnswer::Closed
            }
        }
    }

    /// Closes the modal on top, or all with `all`. The bot hears of it only where the view asks for that.
    pub async fn close(&self, all: bool) -> SlackAnswer {
        let top = self.modal();
        let Some(view) = top.and_then(|top| view_of(&self.world.lock(), &top.id)) else {
            return refused("there is no modal");
        };
        let payload = {
            let mut state = self.world.lock();
            let mut payload = self.payload(&state, "view_closed", &view.team);
            payload["view"] = views::shown(&state, &view);
            payload["is_cleared"] = all.into();
            views::clear(&mut state, &self.account.id, all);
            payload
        };
        self.world.changed();
        if view.content["notify_on_close"] == true {
            let (status, _) = self.deliver(&Parcel::new(Kind::Action, payload)).await;
            if status != 200 {
                return SlackAnswer::Failed(status);
            }
        }
        SlackAnswer::Closed
    }

    /// Uses a global shortcut of the app.
    pub async fn shortcut(&self, callback_id: &str) -> SlackAnswer {
        let now = self.world.clock.now();
        let payload = {
            let mut state = self.world.lock();
            let mut payload = self.payload(&state, "shortcut", &self.account.team);
            payload["callback_id"] = callback_id.into();
            payload["action_ts"] = state.slack.next_ts(now).into();
            payload["trigger_id"] = state.slack.new_trigger(&self.account.id, None, now).into();
            payload
        };
        self.taken(payload).await
    }

    /// Uses a shortcut of the app on a message.
    pub async fn message_shortcut(&self, message: &Message, callback_id: &str) -> SlackAnswer {
        let now = self.world.clock.now();
        let payload = {
            let mut state = self.world.lock();
            let channel = chat::channel_of(message).to_owned();
            let team = self.team_at(&state, &channel);
            let mut payload = self.payload(&state, "message_action", &team);
            payload["callback_id"] = callback_id.into();
            payload["action_ts"] = state.slack.next_ts(now).into();
            payload["message_ts"] = message.id.clone().into();
            payload["message"] = chat::shown(&state, &team, message);
            payload["channel"] = json!({"id": channel, "name": self.channel_name(&state, &channel)});
            let thread = chat::thread_of(message).map(str::to_owned);
            let hook = state.slack.new_hook((&channel, thread), (&self.account.id, None), now);
            payload["response_url"] = format!("{}/slack-hooks/app/{hook}", self.world.url).into();
            payload["trigger_id"] = state.slack.new_trigger(&self.account.id, None, now).into();
            payload
        };
        self.taken(payload).await
    }

    async fn taken(&self, payload: Value) -> SlackAnswer {
        let (status, _) = self.deliver(&Parcel::new(Kind::Action, payload)).await;
        if status == 200 { SlackAnswer::Taken } else { SlackAnswer::Failed(status) }
    }
}
