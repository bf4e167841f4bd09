//! Whom Slack knows: accounts and user groups.

use serde::Deserialize;
use serde_json::json;

use super::api::Encoding;
use super::connector::{Connector, parse};
use super::errors::SlackError;
use super::place::Workspace;

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

/// Slack's own bot, which no field marks.
const SLACKBOT: &str = "USLACKBOT";

#[derive(Deserialize)]
struct Found {
    user: User,
}

/// <https://docs.slack.dev/reference/objects/user-object>. What is absent is not so.
#[derive(Deserialize)]
struct User {
    id: String,
    team_id: Option<String>,
    name: Option<String>,
    deleted: Option<bool>,
    is_bot: Option<bool>,
    is_restricted: Option<bool>,
    is_ultra_restricted: Option<bool>,
    is_stranger: Option<bool>,
    is_email_confirmed: Option<bool>,
    enterprise_user: Option<EnterpriseUser>,
    #[serde(default)]
    profile: Shown,
}

#[derive(Deserialize)]
struct EnterpriseUser {
    enterprise_id: Option<String>,
}

#[derive(Default, Deserialize)]
struct Shown {
    display_name: Option<String>,
    real_name: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
struct Users {
    #[serde(default)]
    users: Vec<String>,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let is = |flag: Option<bool>| flag.unwrap_or(false);
        let name = filled(user.profile.display_name).or(filled(user.profile.real_name)).or(filled(user.name));
        Self {
            name: name.unwrap_or_else(|| user.id.clone()),
            email: filled(user.profile.email),
            email_confirmed: is(user.is_email_confirmed),
            guest: is(user.is_restricted) || is(user.is_ultra_restricted) || is(user.is_stranger),
            bot: is(user.is_bot) || user.id == SLACKBOT,
            deleted: is(user.deleted),
            team: user.team_id.unwrap_or_default(),
            enterprise: user.enterprise_user.and_then(|user| user.enterprise_id).unwrap_or_default(),
            id: user.id,
        }
    }
}

impl Connector {
    /// Somebody's account. [`SlackError::Unknown`]: there is none, or this workspace may not see it.
    pub async fn profile(&self, workspace: Workspace<'_>, user: &str) -> Result<Profile, SlackError> {
        let found = self.call(workspace, ("users.info", Encoding::Form), &json!({"user": user}), None).await?;
        Ok(parse::<Found>(found)?.user.into())
    }

    /// Whoever has this e-mail address; `None`: nobody in this workspace.
    pub async fn by_email(&self, workspace: Workspace<'_>, email: &str) -> Result<Option<Profile>, SlackError> {
        let method = ("users.lookupByEmail", Encoding::Form);
        match self.call(workspace, method, &json!({"email": email}), None).await {
            Ok(found) => Ok(Some(parse::<Found>(found)?.user.into())),
            Err(SlackError::Unknown { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The user ids of a user group. [`SlackError::Unknown`]: there is none.
    pub async fn usergroup(&self, workspace: Workspace<'_>, group: &str) -> Result<Vec<String>, SlackError> {
        let mut arguments = json!({"usergroup": group});
        // An installation of a whole organisation must say in which workspace; elsewhere it does no harm.
        if !workspace.enterprise.is_empty() {
            arguments["team_id"] = json!(workspace.team);
        }
        let method = ("usergroups.users.list", Encoding::Form);
        Ok(parse::<Users>(self.call(workspace, method, &arguments, None).await?)?.users)
    }
}

#[cfg(test)]
mod tests;
