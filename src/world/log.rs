//! What happened: every call with its effect, and what broke the vendors' or the contract's rules.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of the simulated systems, or the bot as the receiver of activities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// Entra's token endpoint.
    Login,
    /// The Bot Framework's keys.
    Botframework,
    /// The Bot Connector.
    Connector,
    /// Microsoft Graph.
    Graph,
    /// The PBX.
    Netsapiens,
    /// The carrier.
    Connecttoteams,
    /// Slack: the Web API, reply addresses, sockets.
    Slack,
    /// The bot: activities that people caused.
    Bot,
    /// Nothing that exists.
    Unknown,
}

/// What a call changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// A token was issued; the subject is its scope.
    TokenIssued,
    /// A PBX device exists now.
    DeviceCreated,
    /// A PBX device was changed.
    DeviceChanged,
    /// A PBX device is gone.
    DeviceDeleted,
    /// The carrier knows a user; the subject is the UPN.
    UserConfigured,
    /// A number is on its way to a user; the subject is the UPN.
    NumberAssigned,
    /// A user gets a voice routing policy; the subject is the UPN.
    PolicyAssigned,
    /// A number is on its way from a user; the subject is the number.
    NumberUnassigned,
    /// A user loses a voice routing policy; the subject is the UPN.
    PolicyUnassigned,
    /// A user is in a group now; the subject is the UPN.
    MemberAdded,
    /// The bot posted; the subject is the activity id.
    MessagePosted,
    /// The bot rewrote a message.
    MessageUpdated,
    /// The bot removed a message.
    MessageDeleted,
    /// A conversation was made or found; the subject is its id.
    ConversationCreated,
    /// A modal was opened; the subject is the view's id.
    ViewOpened,
    /// A modal was given another content.
    ViewUpdated,
    /// Somebody's Home tab was shown.
    HomePublished,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What kind.
    pub kind: EffectKind,
    /// What it was done to.
    pub subject: String,
}

impl Effect {
    pub(super) fn new(kind: EffectKind, subject: impl Into<String>) -> Self {
        Self { kind, subject: subject.into() }
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When it arrived.
    pub at: Timestamp,
    /// Which system was called.
    pub system: System,
    /// HTTP method.
    pub method: String,
    /// Path below the system's prefix, with the query.
    pub path: String,
    /// Status that was answered; 0 when the connection was dropped or left hanging.
    pub status: u16,
    /// The request's body with secrets and tokens removed.
    pub body: Value,
    /// What it changed, also when the answer was lost.
    pub effect: Option<Effect>,
    /// The rule that it broke.
    pub violation: Option<String>,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {} -> {}", self.system, self.method, self.path, self.status)?;
        self.violation.as_ref().map_or(Ok(()), |rule| write!(f, " ({rule})"))
    }
}

const SECRET_KEYS: [&str; 16] = [
    "client_secret",
    "client_assertion",
    "password",
    "repassword",
    "portalpassword",
    "provisioningpassword",
    "access_token",
    "refresh_token",
    "authenticationresult",
    "device-sip-registration-password",
    "device-provisioning-password",
    "key",
    "authorization",
    "response_url",
    "trigger_id",
    "code",
];

/// The same without values of secret keys.
pub(super) fn redacted(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| {
                let secret = SECRET_KEYS.contains(&key.to_ascii_lowercase().as_str());
                let value = if secret { Value::from("[removed]") } else { redacted(value) };
                (key, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(redacted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_never_reach_the_log() {
        let body = json!({"device": "1000tm", "x": [{"rePassword": "hush"}], "client_secret": "hush"});
        let shown = redacted(body).to_string();
        assert!(shown.contains("1000tm") && !shown.contains("hush"), "{shown}");
    }
}
