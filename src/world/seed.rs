//! Who and what exists in the world at the start: people, directory, groups, PBX, carrier.
//!
//! The default is the customer `contoso` of the example configuration, with one broken subject per condition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

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
    /// UPNs, and object ids of groups inside it.
    pub members: Vec<String>,
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

impl Default for Pbx {
    fn default() -> Self {
        let mut users = BTreeMap::new();
        let mut add = |extension: &str, name: &str, upn: &str| {
            let (first, last) = name.split_once(' ').unwrap_or((name, ""));
            let user = PbxUser { first: first.into(), last: last.into(), email: upn.to_owned(), ..PbxUser::default() };
            users.insert(extension.to_owned(), user);
        };
        for (extension, upn, name) in subjects() {
            add(&extension, &name, &upn);
        }
        add("1900", "Bob Brown", "bob@contoso.com");
        add("1920", "Main Menu", "");
        let device = |callback: &str| Device {
            password: "S1mulatedPasswrd".to_owned(),
            callback: callback.to_owned(),
            ..Device::default()
        };
        if let Some(user) = users.get_mut("1910") {
            let known = Device {
                emergency_address_id: Some("a-denver-hq".to_owned()),
                registered: Some("ConnecttoTeams SBC".to_owned()),
                ..device("+13035550100")
            };
            user.devices.insert("1910tm".to_owned(), known);
        }
        if let Some(user) = users.get_mut("1920") {
            user.service_code = "system-aa".to_owned();
        }
        if let Some(user) = users.get_mut("1930") {
            user.devices.insert("1930tm".to_owned(), device("[*]"));
        }
        let address = |(id, name, callback): (&str, &str, &str)| {
            (id.to_owned(), Address { name: name.to_owned(), callback_number: callback.to_owned() })
        };
        let addresses = [("a-denver-hq", "Denver HQ", "+13035550100"), ("a-boulder", "Boulder office", "+13035550101")];
        let addresses = addresses.map(address).into();
        Self { domain: "contoso".to_owned(), more_domains: Vec::new(), users, addresses }
    }
}

const BROKEN: [(&str, &str, &str); 11] = [
    ("1101", "nolicence", "Nora Licence"),
    ("1102", "disabled", "Dora Disabled"),
    ("1103", "guest", "Gus Guest"),
    ("1104", "noname", "Noname"),
    ("1105", "virtual", "Vera Virtual"),
    ("1106", "hasnumber", "Hasan Number"),
    ("1107", "nogroup", "Nils Group"),
    ("1108", "suspended", "Susan Suspended"),
    ("1109", "grace", "Grace Period"),
    ("1110", "brokenall", "Broken All"),
    ("1111", "unprovisioned", "Una Provisioned"),
];

/// Extension, UPN and name of everybody who can be onboarded.
fn subjects() -> Vec<(String, String, String)> {
    let contoso = |name: &str| format!("{name}@contoso.com");
    let good = [("1000", "alice", "Alice Adams"), ("1001", "amir", "Amir Aziz"), ("1002", "zoe", "Zoe Zimmer")];
    let named = good.iter().chain(&BROKEN).map(|(e, upn, name)| (e.to_string(), contoso(upn), name.to_string()));
    let series = (1..=100).map(|n| (format!("{}", 2000 + n), contoso(&format!("good{n:03}")), format!("Good {n:03}")));
    let mut all: Vec<_> = named.chain(series).collect();
    all.push(("1910".to_owned(), contoso("nina"), "Nina Norris".to_owned()));
    all.push(("1930".to_owned(), contoso("omar"), "Omar Ortiz".to_owned()));
    all
}

/// Breaks one condition of a subject, by the subject's own name.
fn afflict(user: &mut User) {
    let phone = |status| vec![Plan::new(TEAMS1, "Enabled"), Plan::new(MCOEV, status)];
    match user.user_principal_name.split('@').next().unwrap_or_default() {
        "nolicence" => user.assigned_plans.truncate(1),
        "disabled" => user.account_enabled = false,
        "guest" => user.user_type = "Guest".to_owned(),
        "noname" => (user.given_name, user.surname) = (None, None),
        "virtual" => user.assigned_plans.push(Plan::new(MCOEV_VIRTUALUSER, "Enabled")),
        "hasnumber" => user.telephone_number = Some("+13035550199".to_owned()),
        "suspended" => user.assigned_plans = phone("Suspended"),
        "grace" => user.assigned_plans = phone("Warning"),
        "unprovisioned" => user.unprovisioned = true,
        "brokenall" => {
            user.account_enabled = false;
            user.surname = None;
            user.assigned_plans = vec![Plan::new(MCOEV_VIRTUALUSER, "Enabled")];
            user.telephone_number = Some("+13035550198".to_owned());
        }
        _ => {}
    }
}

impl Default for Seed {
    fn default() -> Self {
        let person = |key: &str, name: &str| Human {
            key: key.to_owned(),
            name: name.to_owned(),
            upn: format!("{key}@contoso.com"),
            tenant: None,
        };
        let mut people: Vec<Human> = [
            ("alan", "Alan Admin"),
            ("bob", "Bob Brown"),
            ("carol", "Carol Clark"),
            ("ann", "Ann Archer"),
            ("olga", "Olga Operator"),
            ("steve", "Steve Stranger"),
            ("dave", "Dave Double"),
        ]
        .map(|(key, name)| person(key, name))
        .into();
        let mut users: Vec<User> = people.iter().map(|p| User::new(&p.upn, &p.name)).collect();
        users.extend(subjects().iter().map(|(_, upn, name)| User::new(upn, name)));
        users.iter_mut().for_each(afflict);
        people.push(Human {
            key: "frank".to_owned(),
            name: "Frank Foreign".to_owned(),
            upn: "frank@foreign.example".to_owned(),
            tenant: Some("99999999-9999-9999-9999-999999999999".to_owned()),
        });
        let synced = subjects().into_iter().map(|(_, upn, _)| upn);
        let synced = synced.filter(|upn| !upn.starts_with("nogroup@") && !upn.starts_with("brokenall@")).collect();
        let group = |id: &str, name: &str, members: Vec<String>| Group {
            id: id.to_owned(),
            display_name: name.to_owned(),
            mail_nickname: name.to_lowercase().replace(' ', ""),
            members,
        };
        let upns = |names: &[&str]| names.iter().map(|n| format!("{n}@contoso.com")).collect();
        Self {
            tenant_id: "22222222-2222-2222-2222-222222222222".to_owned(),
            app_id: "11111111-1111-1111-1111-111111111111".to_owned(),
            bot_name: "Onboarding Bot".to_owned(),
            credentials: Credentials::default(),
            users,
            groups: vec![
                group(SYNC_GROUP, "Teammate Sync", synced),
                group(REQUESTER_GROUP, "Phone Requesters", upns(&["ann", "dave"])),
                group(APPROVER_GROUP, "Phone Approvers", upns(&["carol", "dave"])),
            ],
            people,
            pbx: Pbx::default(),
            routes: BTreeMap::from([(805, "US East 2".to_owned()), (806, "US West".to_owned())]),
            pbx_locations: vec!["4711".to_owned()],
        }
    }
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
mod tests {
    use super::*;

    #[test]
    fn a_file_names_only_what_differs() {
        let seed = Seed::from_json(r#"{"bot_name": "Phone Bot", "pbx_locations": ["1", "2"]}"#).unwrap();
        assert_eq!((seed.bot_name.as_str(), seed.pbx_locations.len()), ("Phone Bot", 2));
        assert_eq!(seed.users, Seed::default().users);
        assert!(Seed::from_json(r#"{"bot_nmae": "Phone Bot"}"#).is_err());
        let whole = serde_json::to_string(&Seed::default()).unwrap();
        assert_eq!(Seed::from_json(&whole).unwrap().pbx, Pbx::default());
    }

    #[test]
    fn every_subject_has_an_extension_and_one_condition() {
        let seed = Seed::default();
        let user = |name: &str| {
            let upn = format!("{name}@contoso.com");
            seed.users.iter().find(|u| u.user_principal_name == upn).unwrap()
        };
        for (name, extension) in
            [("alice", "1000"), ("amir", "1001"), ("zoe", "1002"), ("good001", "2001"), ("good100", "2100")]
        {
            assert!(user(name).has_phone_system());
            assert_eq!(seed.pbx.users[extension].email, format!("{name}@contoso.com"));
        }
        for name in ["nolicence", "virtual", "suspended", "brokenall"] {
            assert!(!user(name).has_phone_system(), "{name}");
        }
        assert!(user("grace").has_phone_system());
        assert!(!user("disabled").account_enabled);
        assert_eq!(user("noname").surname, None);
        let renamed = Seed::default().with_all_company_as_sync_group();
        assert_eq!(renamed.groups[0].mail_nickname, "allcompany");
    }
}
