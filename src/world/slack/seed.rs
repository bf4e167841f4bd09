//! Who and what exists in the simulated Slack: workspaces, accounts, channels, user groups, and what the app may do.
//!
//! Everybody of the usual seed has an account whose confirmed e-mail address is their UPN. Beside them are accounts that
//! differ in one thing each and must not be taken for a person with a role.

use serde::{Deserialize, Serialize};

use crate::world::seed::{Human, User};

/// The workspace of the customer.
pub const TEAM: &str = "T0123456789";
/// Another company's workspace, which has the app as well.
pub const FOREIGN_TEAM: &str = "T0FOREIGN01";
/// The organisation, when the workspace is part of an Enterprise Grid.
pub const ENTERPRISE: &str = "E0CONTOSO01";
/// The user group of approvers.
pub const APPROVER_USERGROUP: &str = "S0123456789";

/// What [`crate::package`] asks for, and nothing else.
const SCOPES: [&str; 8] = [
    "app_mentions:read",
    "chat:write",
    "commands",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
];

/// The simulated Slack at the start.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlackSeed {
    /// The app's id.
    pub app_id: String,
    /// What requests are signed with.
    pub signing_secret: String,
    /// For OAuth.
    pub client_id: String,
    /// For OAuth.
    pub client_secret: String,
    /// App-level token with `connections:write`.
    pub app_token: String,
    /// Scopes of every installation.
    pub scopes: Vec<String>,
    /// Where the app is installed by hand.
    pub workspaces: Vec<SlackWorkspace>,
    /// Everybody, bots included.
    pub accounts: Vec<Account>,
    /// Channels; direct messages come into being by themselves.
    pub channels: Vec<SlackChannel>,
    /// User groups.
    pub usergroups: Vec<Usergroup>,
}

impl std::fmt::Debug for SlackSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackSeed").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// A workspace.
#[derive(Clone, Serialize, Deserialize)]
pub struct SlackWorkspace {
    /// `T…`
    pub id: String,
    /// The part of its address before `.slack.com`.
    pub domain: String,
    /// Its organisation.
    #[serde(default)]
    pub enterprise: Option<String>,
    /// The bot's user id.
    pub bot_user: String,
    /// The bot's id as an app.
    pub bot_id: String,
    /// Token of the app that was installed by hand; `None`: it has to be installed.
    #[serde(default)]
    pub bot_token: Option<String>,
}

impl std::fmt::Debug for SlackWorkspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackWorkspace").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Somebody's account in a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// `U…` or `W…`
    pub id: String,
    /// Short name: `alan`.
    pub key: String,
    /// The workspace.
    pub team: String,
    /// Display name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// They have confirmed it.
    pub confirmed: bool,
    /// `is_restricted`: a multi-channel guest.
    pub guest: bool,
    /// `is_ultra_restricted`: a single-channel guest; they are `guest` too.
    pub single_channel_guest: bool,
    /// A bot.
    pub bot: bool,
    /// Deactivated.
    pub deleted: bool,
}

impl Account {
    /// A full member with a confirmed address; nothing is wrong with them.
    pub fn member(key: &str, name: &str, email: &str) -> Self {
        Self {
            id: user_id('U', key),
            key: key.to_owned(),
            team: TEAM.to_owned(),
            name: name.to_owned(),
            email: Some(email.to_owned()),
            confirmed: true,
            ..Self::default()
        }
    }

    /// What `chat.conversations` calls it: the direct message with the bot.
    pub fn direct_message(&self) -> String {
        format!("D{}", &self.id[1..])
    }
}

/// `U0ALAN00000`
fn user_id(kind: char, key: &str) -> String {
    format!("{kind}0{:0<9}", key.to_ascii_uppercase())
}

/// A channel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlackChannel {
    /// `C…`
    pub id: String,
    /// Its name, without `#`.
    pub name: String,
    /// The workspace.
    pub team: String,
    /// User ids of everybody in it, the bot included where it is inside.
    pub members: Vec<String>,
    /// Only its members can see it.
    pub private: bool,
    /// Nothing can be posted any more.
    pub archived: bool,
}

/// A user group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usergroup {
    /// `S…`
    pub id: String,
    /// The workspace.
    pub team: String,
    /// `@phone-approvers`
    pub handle: String,
    /// User ids.
    pub users: Vec<String>,
}

/// Accounts that must not be taken for somebody with a role: key, name, and the directory's address that they claim.
const DOUBTFUL: [(&str, &str, &str); 10] = [
    // Would have a role, but for one thing.
    ("gina", "Gina Guest", "gina@contoso.com"),
    ("uma", "Uma Unconfirmed", "uma@contoso.com"),
    ("robo", "Robo Helper", "robo@contoso.com"),
    ("dorian", "Dorian Departed", "dorian@contoso.com"),
    ("nomail", "Nomi Nomail", ""),
    // Nobody in the directory.
    ("nadia", "Nadia Nobody", "nadia@partner.example"),
    // Two in the directory.
    ("pat", "Pat Parker", "pat@contoso.com"),
    // Dave once more, by another of his addresses.
    ("davealias", "Dave Double", "david.double@contoso.com"),
    // Somebody of another company under the name and address of an approver.
    ("mallory", "Bob Brown", "bob@contoso.com"),
    // The same, in one of our own channels, which is shared with that company.
    ("sven", "Carol Clark", "carol@contoso.com"),
];

/// UPNs that a bot which serves Slack lists as requesters, so that only the account is in the way.
pub(in crate::world) const DOUBTFUL_REQUESTERS: [&str; 6] = [
    "gina@contoso.com",
    "uma@contoso.com",
    "robo@contoso.com",
    "dorian@contoso.com",
    "pat@contoso.com",
    "wanda@contoso.com",
];

/// The people of the directory behind the doubtful accounts.
pub(in crate::world) fn directory_users() -> Vec<User> {
    let named = |key: &str, name: &str| User::new(&format!("{key}@contoso.com"), name);
    let mut users: Vec<User> = DOUBTFUL.iter().take(4).map(|(key, name, _)| named(key, name)).collect();
    users.push(named("pat", "Pat Parker"));
    users.push(User { mail: Some("pat@contoso.com".to_owned()), ..named("patricia", "Patricia Parker") });
    users.push(named("wanda", "Wanda Wide"));
    users.push(named("ursula", "Ursula Usergroup"));
    users
}

fn doubtful(key: &str, name: &str, email: &str) -> Account {
    let account = Account::member(key, name, email);
    match key {
        "gina" => Account { guest: true, ..account },
        "uma" => Account { confirmed: false, ..account },
        "robo" => Account { bot: true, ..account },
        "dorian" => Account { deleted: true, ..account },
        "nomail" => Account { email: None, confirmed: false, ..account },
        "mallory" | "sven" => Account { team: FOREIGN_TEAM.to_owned(), ..account },
        _ => account,
    }
}

impl SlackSeed {
    /// Everybody of these people, and the doubtful ones.
    pub(in crate::world) fn of(people: &[Human]) -> Self {
        let own = people.iter().filter(|p| p.tenant.is_none());
        let mut accounts: Vec<Account> = own.map(|p| Account::member(&p.key, &p.name, &p.upn)).collect();
        // Has no role but by the user group.
        accounts.push(Account::member("ursula", "Ursula Usergroup", "ursula@contoso.com"));
        // Whoever is to get a line writes messages as well.
        accounts.push(Account::member("alice", "Alice Adams", "alice@contoso.com"));
        accounts.extend(DOUBTFUL.iter().map(|(key, name, email)| doubtful(key, name, email)));
        accounts
            .push(Account { id: user_id('W', "wanda"), ..Account::member("wanda", "Wanda Wide", "wanda@contoso.com") });
        let workspace = |id: &str, domain: &str, bot: &str, token: Option<&str>| SlackWorkspace {
            id: id.to_owned(),
            domain: domain.to_owned(),
            enterprise: None,
            bot_user: format!("U0{bot}"),
            bot_id: format!("B0{bot}"),
            bot_token: token.map(str::to_owned),
        };
        let here: Vec<String> =
            accounts.iter().filter(|a| a.team == TEAM && !a.deleted).map(|a| a.id.clone()).collect();
        let channel = |id: &str, name: &str, members: Vec<String>| SlackChannel {
            id: id.to_owned(),
            name: name.to_owned(),
            team: TEAM.to_owned(),
            members,
            ..SlackChannel::default()
        };
        let with_bot: Vec<String> = here.iter().cloned().chain(["U0ONBOARD01".to_owned()]).collect();
        let shared: Vec<String> = with_bot.iter().cloned().chain([user_id('U', "sven")]).collect();
        let abroad = SlackChannel {
            team: FOREIGN_TEAM.to_owned(),
            ..channel("C0FOREIGN01", "phones", vec![user_id('U', "mallory"), "U0ONBOARD02".to_owned()])
        };
        let channels = vec![
            channel("C0PHONES001", "phones", shared),
            channel("C0HELPDESK1", "helpdesk", with_bot.clone()),
            channel("C0WITHOUT01", "without-the-bot", here.clone()),
            SlackChannel { archived: true, ..channel("C0ARCHIVE01", "old-phones", with_bot) },
            SlackChannel { private: true, ..channel("C0PRIVATE01", "secret", here) },
            abroad,
        ];
        let usergroup = Usergroup {
            id: APPROVER_USERGROUP.to_owned(),
            team: TEAM.to_owned(),
            handle: "phone-approvers".to_owned(),
            users: ["bob", "ursula", "gina", "uma"].map(|key| user_id('U', key)).into(),
        };
        Self {
            app_id: "A0123456789".to_owned(),
            signing_secret: "8f742231b10e8888abcd99yyyzzz85a5".to_owned(),
            client_id: "1234567890.0987654321".to_owned(),
            client_secret: "world-slack-client-secret".to_owned(),
            app_token: "xapp-1-A0123456789-world".to_owned(),
            scopes: SCOPES.map(str::to_owned).into(),
            workspaces: vec![
                workspace(TEAM, "contoso", "ONBOARD01", Some("xoxb-world-contoso")),
                workspace(FOREIGN_TEAM, "foreign", "ONBOARD02", Some("xoxb-world-foreign")),
            ],
            accounts,
            channels,
            usergroups: vec![usergroup],
        }
    }

    /// The same as part of an Enterprise Grid: the app is installed for the whole organisation, and payloads name no
    /// workspace where Slack leaves it out.
    #[must_use]
    pub fn on_enterprise_grid(mut self) -> Self {
        for workspace in self.workspaces.iter_mut().filter(|w| w.id == TEAM) {
            workspace.enterprise = Some(ENTERPRISE.to_owned());
        }
        self
    }

    /// An account by short name or id.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|a| a.key == name || a.id == name)
    }

    /// A workspace by id.
    pub fn workspace(&self, id: &str) -> Option<&SlackWorkspace> {
        self.workspaces.iter().find(|w| w.id == id)
    }
}

impl Default for SlackSeed {
    fn default() -> Self {
        Self::of(&crate::world::seed::usual_people())
    }
}
