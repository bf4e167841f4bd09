//! What a customer's configuration offers to choose from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::E164;

/// The short name of a customer in the configuration, such as `contoso`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(pub String);

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A PBX as ConnecttoTeams knows it ("PBX Locations").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PbxLocation {
    /// The id that `configureUser` wants as `pbxLocation`.
    pub id: String,
    /// What people see and choose.
    pub name: String,
}

/// A way from Teams to the phone network ("Available Voice Routes").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceRoute {
    /// What people see and choose, such as `US East 2`.
    pub name: String,
    /// The SBC gateway behind it.
    pub sbc_gateway_id: u64,
}

/// A voice route of a tenant with its own session border controllers: a policy of Teams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoutingPolicy {
    /// What people see and choose.
    pub name: String,
    /// The `policyId` of the OnlineVoiceRoutingPolicy.
    pub policy_id: String,
}

/// Where the police and the ambulance go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergencyAddress {
    /// The PBX's `emergency-address-id`.
    pub id: String,
    /// What people see and choose.
    pub name: String,
    /// Who the dispatcher calls back.
    pub callback_number: E164,
}

/// Whose voicemail takes a call that nobody answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voicemail {
    /// The PBX's: call queues keep working as they do for desk phones.
    #[default]
    Pbx,
    /// Microsoft Teams': the PBX voicemail is no longer reached.
    Teams,
}

impl Voicemail {
    /// The value of the card's input: `pbx` or `teams`.
    pub fn value(self) -> &'static str {
        match self {
            Self::Pbx => "pbx",
            Self::Teams => "teams",
        }
    }

    /// Reads what [`Self::value`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pbx, Self::Teams].into_iter().find(|choice| choice.value() == text)
    }
}

/// What is done at Microsoft once the carrier is clean. The bot does none of it itself: it asks a human and looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MicrosoftSide {
    /// Nothing.
    #[default]
    Leave,
    /// The licence for calling is removed.
    Licence,
    /// The account is deleted.
    Delete,
}

impl MicrosoftSide {
    /// The value of the card's input.
    pub fn value(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Licence => "licence",
            Self::Delete => "delete",
        }
    }

    /// Reads what [`Self::value`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Leave, Self::Licence, Self::Delete].into_iter().find(|side| side.value() == text)
    }
}
