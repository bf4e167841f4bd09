//! The usual world: the customer `contoso` of the example configuration, with one broken subject per condition.

use std::collections::BTreeMap;

use super::*;
use crate::world::slack;

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
        Self { domain: "contoso".to_owned(), more_domains: Vec::new(), users, addresses, numbers: BTreeMap::new() }
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

/// Who sits in front of a client, everybody of the customer.
pub(in crate::world) fn usual_people() -> Vec<Human> {
    let person = |(key, name): (&str, &str)| Human {
        key: key.to_owned(),
        name: name.to_owned(),
        upn: format!("{key}@contoso.com"),
        tenant: None,
    };
    let names = [
        ("alan", "Alan Admin"),
        ("bob", "Bob Brown"),
        ("carol", "Carol Clark"),
        ("ann", "Ann Archer"),
        ("olga", "Olga Operator"),
        ("steve", "Steve Stranger"),
        ("dave", "Dave Double"),
    ];
    names.map(person).into()
}

impl Default for Seed {
    fn default() -> Self {
        let mut people = usual_people();
        let mut users: Vec<User> = people.iter().map(|p| User::new(&p.upn, &p.name)).collect();
        users.extend(subjects().iter().map(|(_, upn, name)| User::new(upn, name)));
        users.iter_mut().for_each(afflict);
        users.extend(slack::directory_users());
        for user in users.iter_mut().filter(|u| u.user_principal_name == "dave@contoso.com") {
            user.mail = Some("david.double@contoso.com".to_owned());
        }
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
            group_types: if id == SYNC_GROUP { vec!["Unified".to_owned()] } else { Vec::new() },
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
            slack: SlackSeed::of(&people),
            people,
            pbx: Pbx::default(),
            routes: BTreeMap::from([(805, "US East 2".to_owned()), (806, "US West".to_owned())]),
            pbx_locations: vec!["4711".to_owned()],
            numbers: Vec::new(),
            voice_policies: ["Denver SBC", "Boston SBC"].map(|name| (object_id(name), name.to_owned())).into(),
        }
    }
}
