//! Who and what exists in the world at the start: people, directory, groups, PBX, carrier.
//!
//! The default is the customer `contoso` of the example configuration, with one broken subject per condition.

mod usual;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::slack::SlackSeed;
pub(super) use usual::usual_people;

/// Phone System; the numbers are in Microsoft's list
/// <https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference>.
pub const MCOEV: &str = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7";
/// Phone System of a resource account.
pub const MCOEV_VIRTUALUSER: &str = "f47330e9-c134-43b3-9993-e7f004506889";
/// Teams itself.
pub const TEAMS1: &str = "57ff2da0-773e-42df-b2af-ffb7a2317929";
/// The group that the carrier syncs.
pub const SYNC_GROUP: &str = "44444444-4444-4444-4444-444444444444";
/// Requesters by group.
pub const REQUESTER_GROUP: &str = "55555555-5555-5555-5555-555555555555";
/// Approvers by group.
pub const APPROVER_GROUP: &str = "66666666-6666-6666-6666-666666666666";

/// Everything that exists at the start. A JSON file names only what differs from the default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// The Entra tenant of the customer.
    pub tenant_id: String,
    /// The bot's app id.
    pub app_id: String,
    /// What people see as the bot's name.
    pub bot_name: String,
    /// What logs in where.
    pub credentials: Credentials,
    /// The directory.
    pub users: Vec<User>,
    /// Groups of the directory.
    pub groups: Vec<Group>,
    /// Who sits in front of a Teams client.
    pub people: Vec<Human>,
    /// The PBX.
    pub pbx: Pbx,
    /// Voice routes of the carrier: name by SBC gateway id.
    pub routes: BTreeMap<u64, String>,
    /// Ids of the PBX locations that the carrier knows.
    pub pbx_locations: Vec<String>,
    /// Numbers of the tenant besides those of users.
    pub numbers: Vec<Number>,
    /// Slack.
    pub slack: SlackSeed,
    /// Voice routing policies of the tenant: name by id.
    pub voice_policies: BTreeMap<String, String>,
}

/// Client ids, secrets, keys and passwords of the simulated systems.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credentials {
    /// Secret of the bot's app registration.
    pub bot_secret: String,
    /// Client id of the app registration that reads the directory.
    pub graph_client_id: String,
    /// Its secret.
    pub graph_secret: String,
    /// NetSapiens API key.
    pub api_key: String,
    /// ConnecttoTeams API client.
    pub carrier_client_id: String,
    /// Its secret.
    pub carrier_secret: String,
    /// ConnecttoTeams API administrator.
    pub carrier_username: String,
    /// Their password.
    pub carrier_password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials([secret])")
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            bot_secret: "world-bot-secret".to_owned(),
            graph_client_id: "33333333-3333-3333-3333-333333333333".to_owned(),
            graph_secret: "world-graph-secret".to_owned(),
            api_key: format!("nsd_{}", "world".repeat(12).chars().take(56).collect::<String>()),
            carrier_client_id: "onboard-bot".to_owned(),
            carrier_secret: "world-carrier-secret".to_owned(),
            carrier_username: "api-admin@reseller.example".to_owned(),
            carrier_password: "world-carrier-password".to_owned(),
        }
    }
}

/// A user of the directory, as Graph spells it, and what Teams knows about their phone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct User {
    /// Object id.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub surname: Option<String>,
    /// UPN.
    pub user_principal_name: String,
    /// E-mail address.
    pub mail: Option<String>,
    /// May sign in.
    pub account_enabled: bool,
    /// `Member` or `Guest`.
    pub user_type: String,
    /// Two-letter country.
    pub usage_location: Option<String>,
    /// Desk phones.
    pub business_phones: Vec<String>,
    /// Service plans.
    pub assigned_plans: Vec<Plan>,
    /// Licences.
    pub assigned_licenses: Vec<Value>,
    /// Synced from an own directory.
    pub on_premises_sync_enabled: Option<bool>,
    /// Teams has not heard of the user yet: their configuration answers 404.
    pub unprovisioned: bool,
    /// A number that was there before.
    pub telephone_number: Option<String>,
    /// Id of a voice routing policy that they have through a group, where they have none of their own.
    pub group_policy: Option<String>,
    /// In the recycle container: the directory finds nobody, while what others keep about them stays.
    pub deleted: bool,
}

/// One service plan of a user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Plan {
    /// When it was assigned.
    pub assigned_date_time: String,
    /// `Enabled`, `Warning`, `Suspended`, `Deleted` or `LockedOut`.
    pub capability_status: String,
    /// Which product it belongs to.
    pub service: String,
    /// Which plan.
    pub service_plan_id: String,
}

impl Plan {
    /// A plan in a given state.
    pub fn new(id: &str, status: &str) -> Self {
        Self {
            assigned_date_time: "2026-01-15T08:00:00Z".to_owned(),
            capability_status: status.to_owned(),
            service: "MicrosoftCommunicationsOnline".to_owned(),
            service_plan_id: id.to_owned(),
        }
    }
}

impl User {
    /// A member with names, Teams and Phone System: nothing is wrong with them.
    pub fn new(upn: &str, name: &str) -> Self {
        let (first, last) = name.split_once(' ').unwrap_or((name, name));
        Self {
            id: object_id(upn),
            display_name: name.to_owned(),
            given_name: Some(first.to_owned()),
            surname: Some(last.to_owned()),
            user_principal_name: upn.to_owned(),
            mail: Some(upn.to_owned()),
            account_enabled: true,
            user_type: "Member".to_owned(),
            usage_location: Some("US".to_owned()),
            assigned_plans: vec![Plan::new(TEAMS1, "Enabled"), Plan::new(MCOEV, "Enabled")],
            ..Self::default()
        }
    }

    /// A Phone System plan that works, and no virtual-user plan.
    pub(super) fn has_phone_system(&self) -> bool {
        let usable = |p: &Plan| matches!(p.capability_status.as_str(), "Enabled" | "Warning");
        let has = |id: &str| self.assigned_plans.iter().any(|p| p.service_plan_id == id && usable(p));
        has(MCOEV) && !has(MCOEV_VIRTUALUSER)
    }

    /// Microsoft keeps calling enabled: the account is there, and a licence for it that was not taken away. What a removed
    /// licence does to the voice flag is not documented; that it ends is this world's assumption.
    pub(super) fn may_call(&self) -> bool {
        let kept = |p: &Plan| matches!(p.service_plan_id.as_str(), MCOEV | MCOEV_VIRTUALUSER);
        !self.deleted && self.assigned_plans.iter().any(|p| kept(p) && p.capability_status != "Deleted")
    }
}

/// A group of the directory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Group {
    /// Object id.
    pub id: String,
    /// Display name.
    pub display_name: String,
    /// The part before the @ of its address.
    pub mail_nickname: String,
    /// `Unified` for groups of Microsoft 365.
    pub group_types: Vec<String>,
    /// UPNs, and object ids of groups inside it.
    pub members: Vec<String>,
}

/// A number of the tenant that no user of the directory has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Number {
    /// With its `+`.
    pub telephone_number: String,
    /// `directRouting`, `callingPlan` or `operatorConnect`.
    pub number_type: String,
    /// `activated`, `assignmentPending`, …
    pub activation_state: String,
    /// `unassigned`, `userAssigned`, `conferenceAssigned`, …
    pub assignment_status: String,
    /// Whose; an id that the directory does not know is that of somebody deleted.
    pub assignment_target_id: Option<String>,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            telephone_number: String::new(),
            number_type: "directRouting".to_owned(),
            activation_state: "activated".to_owned(),
            assignment_status: "unassigned".to_owned(),
            assignment_target_id: None,
        }
    }
}

/// Somebody in front of a Teams client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Human {
    /// Short name: `alan`.
    pub key: String,
    /// Display name.
    pub name: String,
    /// UPN.
    pub upn: String,
    /// Their own tenant; `None`: the customer's.
    #[serde(default)]
    pub tenant: Option<String>,
}

impl Human {
    /// The id under which Teams knows them.
    pub fn mri(&self) -> String {
        format!("29:1{}", &hex::encode(Sha256::digest(&self.upn))[..24])
    }

    /// Their Entra object id.
    pub fn object_id(&self) -> String {
        object_id(&self.upn)
    }
}

/// The PBX domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pbx {
    /// Name of the domain.
    pub domain: String,
    /// Further domains that hold the same users.
    pub more_domains: Vec<String>,
    /// Users by extension.
    pub users: BTreeMap<String, PbxUser>,
    /// Emergency addresses by id.
    pub addresses: BTreeMap<String, Address>,
    /// Numbers by their digits, and the extension that each reaches; empty: none.
    pub numbers: BTreeMap<String, String>,
}

impl Pbx {
    /// There is such a domain.
    pub fn has_domain(&self, name: &str) -> bool {
        self.domain == name || self.more_domains.iter().any(|domain| domain == name)
    }
}

/// Where the police and the ambulance go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// What people see.
    pub name: String,
    /// Who the dispatcher calls back.
    pub callback_number: String,
}

/// A user of the PBX.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PbxUser {
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
    /// E-mail address.
    pub email: String,
    /// `system-…` for objects that are no persons.
    pub service_code: String,
    /// Devices by bare name.
    pub devices: BTreeMap<String, Device>,
    /// Answer rules as the PBX spells them; empty: the usual one, which rings all devices.
    pub answer_rules: Vec<Value>,
}

/// A SIP device.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// SIP password.
    pub password: String,
    /// Where help goes.
    pub emergency_address_id: Option<String>,
    /// Who is called back; `[*]`: not set.
    pub callback: String,
    /// User agent of the registration; `None`: not registered.
    pub registered: Option<String>,
    /// Further writable fields.
    pub other: Map<String, Value>,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Device");
        shown.field("emergency_address_id", &self.emergency_address_id).field("registered", &self.registered);
        shown.finish_non_exhaustive()
    }
}

/// An Entra object id made of a name: the same at every start.
pub fn object_id(name: &str) -> String {
    let digest = Sha256::digest(name.to_ascii_lowercase());
    let bytes: [u8; 16] = std::array::from_fn(|i| digest[i]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

impl Seed {
    /// Reads a seed; keys that are left out keep their default, unknown ones are refused.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// The same, with a second customer `fabrikam` in the same tenant, who has its own domain on the PBX, and Fred and Fay
    /// to be onboarded at 3001 and 3002. Goes with [`BotSettings::second_customer`](super::BotSettings).
    #[must_use]
    pub fn with_second_customer(mut self) -> Self {
        self.pbx.more_domains.push("fabrikam".to_owned());
        for (extension, key, last) in [("3001", "fred", "Fabrikam"), ("3002", "fay", "Fabrikam")] {
            let (upn, first) = (format!("{key}@fabrikam.com"), key[..1].to_uppercase() + &key[1..]);
            self.users.push(User::new(&upn, &format!("{first} {last}")));
            let user = PbxUser { first, last: last.to_owned(), email: upn.clone(), ..PbxUser::default() };
            self.pbx.users.insert(extension.to_owned(), user);
            for group in self.groups.iter_mut().filter(|g| g.id == SYNC_GROUP) {
                group.members.push(upn.clone());
            }
        }
        self
    }

    /// The same, with the sync group being Microsoft 365's default group of everybody.
    #[must_use]
    pub fn with_all_company_as_sync_group(mut self) -> Self {
        for group in self.groups.iter_mut().filter(|g| g.id == SYNC_GROUP) {
            group.display_name = "All Company".to_owned();
            group.mail_nickname = "allcompany".to_owned();
        }
        self
    }
}

#[cfg(test)]
mod tests;
