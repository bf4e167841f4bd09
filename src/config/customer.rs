//! One `[[customers]]` table.

use jiff::SignedDuration;
use serde::Deserialize;

use super::{Guided, Secret, duration};
use crate::domain::{
    CustomerId, E164, EmergencyAddress, MicrosoftSide, PbxLocation, RoutingPolicy, Surface, Upn, VoiceRoute,
};

/// Who connects Teams to the phone network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// TeamMate Connector, now ConnecttoTeams.
    #[serde(rename = "connecttoteams")]
    ConnecttoTeams,
    /// CallTower Connect.
    #[serde(rename = "calltower")]
    CallTower,
    /// Microsoft Graph alone.
    DirectRouting,
}

/// A company whose users are onboarded.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// Short name, unique.
    pub id: CustomerId,
    /// What people read.
    pub name: String,
    /// E-mail domains; the customer of a command follows from them. Unique over all customers.
    pub domains: Vec<String>,
    /// The Entra tenant of its people.
    pub teams_tenant_id: Option<String>,
    /// The Slack workspace of its people.
    pub slack_team_id: Option<String>,
    /// Who connects Teams to the phone network.
    pub carrier: Carrier,
    /// How to reach its directory.
    pub graph: Graph,
    /// Its PBX (carrier `connecttoteams`).
    pub netsapiens: Option<Netsapiens>,
    /// Its account at ConnecttoTeams.
    pub connecttoteams: Option<ConnecttoTeams>,
    /// Its account at CallTower.
    pub calltower: Option<CallTower>,
    /// What can be chosen with carrier `direct-routing`.
    pub direct_routing: Option<DirectRouting>,
    /// What becomes of a line that is taken away.
    #[serde(default)]
    pub offboard: Offboard,
    /// What people do by hand, and how they are asked.
    #[serde(default)]
    pub guided: Guided,
    /// Who may ask, decide and help.
    pub approval: Approval,
    /// Channels in which every request is shown as well, and can be decided: `slack:C0123456789`, `teams:19:…@thread.tacv2`.
    #[serde(default)]
    pub channels: Vec<ChannelRef>,
}

/// A channel in which a customer's requests are shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ChannelRef {
    /// In which product.
    pub surface: Surface,
    /// The vendor's id of the channel.
    pub conversation: String,
}

impl TryFrom<String> for ChannelRef {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let of = |surface, id: &str| Self { surface, conversation: id.to_owned() };
        let slack = |id: &str| id.starts_with(['C', 'G']) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        let teams = |id: &str| id.starts_with("19:") && id.contains('@') && !id.contains([';', '/', ' ']);
        match text.split_once(':') {
            Some(("slack", id)) if slack(id) => Ok(of(Surface::Slack, id)),
            Some(("teams", id)) if teams(id) => Ok(of(Surface::Teams, id)),
            _ => Err(format!("`{text}` is neither slack:C0123456789 nor teams:19:…@thread.tacv2")),
        }
    }
}

/// `[customers.graph]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// `https://graph.microsoft.com/v1.0` or a sovereign cloud's.
    pub base_url: String,
    /// Where tokens come from.
    pub token_url: String,
    /// The app registration that may read the directory.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// Object id of the group that the carrier syncs.
    pub sync_group: Option<String>,
}

/// `[customers.netsapiens]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Netsapiens {
    /// `https://{server}/ns-api/v2`
    pub base_url: String,
    /// An API key (`nsd_…` or `nsr_…`).
    pub api_key: Secret,
    /// The PBX domain.
    pub domain: String,
    /// What makes `1000` into `1000tm`.
    #[serde(default = "default_device_suffix")]
    pub device_suffix: String,
    /// Emergency addresses that exist at the PBX.
    #[serde(default)]
    pub emergency_addresses: Vec<EmergencyAddress>,
}

fn default_device_suffix() -> String {
    "tm".to_owned()
}

/// `[customers.connecttoteams]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnecttoTeams {
    /// `https://api.connecttoteams.com`
    #[serde(default = "default_connecttoteams_url")]
    pub base_url: String,
    /// API client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The API administrator.
    pub username: String,
    /// Their password.
    pub password: Secret,
    /// The enterprise that this customer is.
    pub enterprise_id: i64,
    /// The enterprise allowed the provider to sync and enable users. Without it these become guided steps.
    #[serde(default)]
    pub service_provider_consent: bool,
    /// How long to wait for the automatic sync before asking a human.
    #[serde(default = "default_sync_wait", deserialize_with = "duration")]
    pub sync_wait: SignedDuration,
    /// When waiting ends and a failure is told.
    #[serde(default = "default_day", deserialize_with = "duration")]
    pub sync_deadline: SignedDuration,
    /// PBX locations to choose from.
    #[serde(default)]
    pub pbx_locations: Vec<PbxLocation>,
    /// Voice routes to choose from.
    #[serde(default)]
    pub voice_routes: Vec<VoiceRoute>,
}

fn default_connecttoteams_url() -> String {
    "https://api.connecttoteams.com".to_owned()
}

fn default_sync_wait() -> SignedDuration {
    SignedDuration::from_mins(2)
}

fn default_day() -> SignedDuration {
    SignedDuration::from_hours(24)
}

/// `[customers.calltower]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallTower {
    /// The portal that guided cards link to.
    pub portal_url: String,
    /// Locations to choose from.
    #[serde(default)]
    pub locations: Vec<String>,
    /// Service plans to choose from.
    #[serde(default)]
    pub plans: Vec<String>,
    /// The pool of numbers.
    #[serde(default)]
    pub numbers: Vec<E164>,
    /// How long Microsoft may take.
    #[serde(default = "default_day", deserialize_with = "duration")]
    pub ready_deadline: SignedDuration,
}

/// `[customers.direct_routing]`. Without it whoever asks names the number, and voice routing policies stay as they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectRouting {
    /// The pool of numbers; empty: any number may be named in the command.
    #[serde(default)]
    pub numbers: Vec<E164>,
    /// Voice routes to choose from; empty: the policy of the user stays as it is.
    #[serde(default)]
    pub voice_routes: Vec<RoutingPolicy>,
    /// How long Microsoft may take.
    #[serde(default = "default_day", deserialize_with = "duration")]
    pub ready_deadline: SignedDuration,
}

impl Default for DirectRouting {
    fn default() -> Self {
        Self { numbers: Vec::new(), voice_routes: Vec::new(), ready_deadline: default_day() }
    }
}

/// `[customers.offboard]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offboard {
    /// For so long nobody else gets the number and the extension.
    #[serde(default = "default_cooling", deserialize_with = "duration")]
    pub cooling: SignedDuration,
    /// What may be done at Microsoft once the carrier is clean, if somebody chooses it: `licence`, `delete`. Empty: nothing.
    #[serde(default)]
    pub microsoft: Vec<MicrosoftSide>,
}

fn default_cooling() -> SignedDuration {
    SignedDuration::from_hours(30 * 24)
}

impl Default for Offboard {
    fn default() -> Self {
        Self { cooling: default_cooling(), microsoft: Vec::new() }
    }
}

/// `[customers.approval]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who may ask.
    pub requesters: Vec<PersonRef>,
    /// Who may decide about somebody else's request.
    pub approvers: Vec<PersonRef>,
    /// Who is asked to do guided steps.
    #[serde(default)]
    pub operators: Vec<PersonRef>,
    /// How many approvers must agree.
    #[serde(default = "default_required")]
    pub required: u32,
    /// After this long without a decision the request expires.
    #[serde(default = "default_day", deserialize_with = "duration")]
    pub expires_after: SignedDuration,
}

fn default_required() -> u32 {
    1
}

/// One entry of a list of people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PersonRef {
    /// One person by UPN.
    Upn(Upn),
    /// Everybody in an Entra group, by object id.
    EntraGroup(String),
    /// Everybody in a Slack user group.
    SlackUsergroup(String),
}

impl TryFrom<String> for PersonRef {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let filled = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match text.split_once(':') {
            Some(("entra-group", id)) if filled(id) => Ok(Self::EntraGroup(id.to_owned())),
            Some(("slack-usergroup", id)) if filled(id) => Ok(Self::SlackUsergroup(id.to_owned())),
            _ => Upn::parse(&text).map(Self::Upn).map_err(|why| {
                format!("`{text}` is neither a user principal name ({why}) nor entra-group:ID nor slack-usergroup:ID")
            }),
        }
    }
}
