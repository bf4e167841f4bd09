//! What the bot does in Slack, in the words of [`crate::chat::Surfaces`].

use std::sync::Arc;

use serde_json::Value;

use super::api::Api;
use super::desk::Desk;
use super::errors::SlackError;
use super::place::Workspace;
use crate::cards::SlackMessage;
use crate::chat::{Permit, Roster};
use crate::clock::SharedClock;
use crate::domain::{Person, Place};

/// Somebody's account, as far as it decides who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `U…` or `W…`
    pub id: String,
    /// Display name. Never a ground for a right.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Slack has seen them confirm it.
    pub email_confirmed: bool,
    /// A single- or multi-channel guest (`is_restricted`, `is_ultra_restricted`), or somebody of another company (`is_stranger`).
    pub guest: bool,
    /// A bot, an app or Slackbot.
    pub bot: bool,
    /// Deactivated.
    pub deleted: bool,
    /// Their workspace.
    pub team: String,
    /// Their organisation, or empty.
    pub enterprise: String,
}

/// Posts, rewrites, opens forms, looks people up.
#[derive(Debug)]
pub struct Connector {
    api: Api,
    desk: Desk,
    clock: SharedClock,
}

impl Connector {
    /// A connector over a client.
    pub fn new(api: Api, desk: Desk, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { api, desk, clock })
    }

    /// Reply addresses.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The client.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Time.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Posts a new message and returns its `ts`. `root`: the `ts` of the first message in a thread of the bot's own.
    pub async fn send(
        &self,
        (place, root): (&Place, Option<&str>),
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<Option<String>, SlackError> {
        let _ = (place, root, message, permit);
        Err(SlackError::Unreachable)
    }

    /// Rewrites a message.
    pub async fn update(
        &self,
        (place, ts): (&Place, &str),
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<(), SlackError> {
        let _ = (place, ts, message, permit);
        Err(SlackError::Unreachable)
    }

    /// Takes a message back.
    pub async fn delete(&self, place: &Place, ts: &str) -> Result<(), SlackError> {
        let _ = (place, ts);
        Err(SlackError::Unreachable)
    }

    /// For one person alone: by their reply address, else ephemeral, else in their direct message with the bot.
    pub async fn whisper(
        &self,
        (place, root, person): (&Place, Option<&str>, &Person),
        message: &SlackMessage,
        permit: &Permit,
    ) -> Result<Option<String>, SlackError> {
        let _ = (place, root, person, message, permit);
        Err(SlackError::Unreachable)
    }

    /// Who is in a conversation; directory ids are unknown to Slack.
    pub async fn members(&self, place: &Place) -> Result<Vec<Roster>, SlackError> {
        let _ = place;
        Err(SlackError::Unreachable)
    }

    /// The direct message with somebody.
    pub async fn open_personal(&self, workspace: Workspace<'_>, user: &str) -> Result<Place, SlackError> {
        let _ = (workspace, user);
        Err(SlackError::Unreachable)
    }

    /// Somebody's account.
    pub async fn profile(&self, workspace: Workspace<'_>, user: &str) -> Result<Profile, SlackError> {
        let _ = (workspace, user);
        Err(SlackError::Unreachable)
    }

    /// Whoever has this e-mail address; `None`: nobody in this workspace.
    pub async fn by_email(&self, workspace: Workspace<'_>, email: &str) -> Result<Option<Profile>, SlackError> {
        let _ = (workspace, email);
        Err(SlackError::Unreachable)
    }

    /// The user ids of a user group.
    pub async fn usergroup(&self, workspace: Workspace<'_>, group: &str) -> Result<Vec<String>, SlackError> {
        let _ = (workspace, group);
        Err(SlackError::Unreachable)
    }

    /// Opens a modal within the trigger's 3 s and returns the view's id.
    pub async fn open_view(&self, workspace: Workspace<'_>, trigger: &str, view: &Value) -> Result<String, SlackError> {
        let _ = (workspace, trigger, view);
        Err(SlackError::Unreachable)
    }

    /// Replaces the content of an open modal.
    pub async fn update_view(&self, workspace: Workspace<'_>, id: &str, view: &Value) -> Result<(), SlackError> {
        let _ = (workspace, id, view);
        Err(SlackError::Unreachable)
    }

    /// Shows somebody's Home tab.
    pub async fn publish_home(&self, workspace: Workspace<'_>, user: &str, view: &Value) -> Result<(), SlackError> {
        let _ = (workspace, user, view);
        Err(SlackError::Unreachable)
    }
}
