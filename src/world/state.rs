//! What the outside systems hold. One lock around everything, never kept over an await.
//!
//! What takes Microsoft time is not done by a timer: the moment at which it becomes visible is stored, and every read
//! compares it with the clock. A clock that only a test turns therefore shows the same world at every run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chat::Chat;
use super::faults::Faults;
use super::log::{Call, System};
use super::seed::{Device, Group, SYNC_GROUP, Seed, User};
use super::slack::{SlackKnobs, SlackState};

/// How the world behaves; every knob can be turned while it runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// The enterprise let the provider manage it: calling is enabled without a Global Admin.
    pub consent: bool,
    /// Saved users are synced without anybody pressing a button. Needs `consent`.
    pub auto_sync: bool,
    /// Milliseconds from saving (or pressing Sync Teams Users) until Graph shows the line.
    pub sync_delay_ms: u64,
    /// Milliseconds from there (or from Enable Calling) until Graph shows the voice flag.
    pub enable_delay_ms: u64,
    /// Milliseconds from there until the PBX device is registered.
    pub register_delay_ms: u64,
    /// Milliseconds from asking Graph for a number (or saving it at CallTower) until Graph shows it.
    pub number_delay_ms: u64,
    /// Milliseconds from asking Graph for a policy until Graph shows it.
    pub policy_delay_ms: u64,
    /// Graph accepts a number and does not assign it in the end.
    pub number_assignment_fails: bool,
    /// Graph accepts that a number is taken away and does not do it in the end.
    pub number_removal_fails: bool,
    /// Syncs of the carrier, by themselves or by the button, do nothing.
    pub sync_fails: bool,
    /// Milliseconds that an edit of a user takes their line down: calling and registration.
    /// <https://kb.connecttoteams.com/docs/update-pbx-user>
    pub edit_interrupts_ms: u64,
    /// Application permissions that nobody consented to: `TeamsTelephoneNumber.ReadWrite.All`, …
    pub withheld_permissions: Vec<String>,
    /// Graph wraps a single user configuration in `value`, as its samples do.
    pub wrapped_user_configuration: bool,
    /// The PBX reads device names back as `sip:1000tm@domain`.
    pub sip_device_names: bool,
    /// The PBX's build has no read of a single device: 404 `No Route Found [92]`.
    pub no_single_device_read: bool,
    /// The Connector's limits are enforced.
    pub rate_limits: bool,
    /// A second write to a conversation while one is under way answers 412.
    pub refuse_concurrent_writes: bool,
    /// Milliseconds by the world's clock before a system answers.
    pub latency_ms: BTreeMap<System, u64>,
    /// How Slack behaves.
    pub slack: SlackKnobs,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            consent: true,
            auto_sync: true,
            sync_delay_ms: 3000,
            enable_delay_ms: 1000,
            register_delay_ms: 1000,
            number_delay_ms: 3000,
            policy_delay_ms: 1000,
            number_assignment_fails: false,
            number_removal_fails: false,
            sync_fails: false,
            edit_interrupts_ms: 0,
            withheld_permissions: Vec::new(),
            wrapped_user_configuration: false,
            sip_device_names: false,
            no_single_device_read: false,
            rate_limits: true,
            refuse_concurrent_writes: false,
            latency_ms: BTreeMap::new(),
            slack: SlackKnobs::default(),
        }
    }
}

/// A token that was issued.
#[derive(Clone)]
pub(super) struct Token {
    pub client: String,
    pub scope: String,
    pub until: Timestamp,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({}, {}, until {})", self.client, self.scope, self.until)
    }
}

/// What the carrier saved for one Teams user, and when Microsoft will show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Link {
    /// Login id of the first save.
    pub login_id: String,
    /// Extension and PBX domain: `1000@contoso`.
    pub sip_user: String,
    /// `1000tm`, when named.
    pub device: Option<String>,
    /// `+11000`, when named.
    pub line: Option<String>,
    /// The SBC gateway.
    pub gateway: u64,
    /// The body as it was saved.
    pub body: Value,
    /// When Graph shows the line.
    pub line_at: Option<Timestamp>,
    /// When Graph shows the voice flag.
    pub voice_at: Option<Timestamp>,
    /// When the device registers.
    pub registered_at: Option<Timestamp>,
}

/// A number and a policy that a user has directly at Microsoft, without ConnecttoTeams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Direct {
    /// The number.
    pub number: Option<String>,
    /// When Graph shows it, and calling with it.
    pub number_at: Option<Timestamp>,
    /// When Graph shows it no more.
    pub gone_at: Option<Timestamp>,
    /// What Graph shows until then.
    pub old_number: Option<String>,
    /// Id of the voice routing policy.
    pub policy: Option<String>,
    /// When Graph shows it.
    pub policy_at: Option<Timestamp>,
}

/// A long-running operation of Graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Object id of the user.
    pub user: String,
    /// The number, with `+`.
    pub number: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// It ends without having done anything.
    pub fails: bool,
    /// The number is taken away, rather than given.
    pub removes: bool,
}

impl Operation {
    pub(super) fn new(user: &str, number: String, (knobs, now): (&Knobs, Timestamp)) -> Self {
        let ends_at = later(now, knobs.number_delay_ms);
        let fails = knobs.number_assignment_fails;
        Self { user: user.to_owned(), number, created_at: now, ends_at, fails, removes: false }
    }

    pub(super) fn removal(user: &str, number: String, (knobs, now): (&Knobs, Timestamp)) -> Self {
        let fails = knobs.number_removal_fails;
        Self { fails, removes: true, ..Self::new(user, number, (knobs, now)) }
    }

    /// It has not come to its end.
    pub fn is_running(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

/// The phone side of a user at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phone {
    /// The number that Teams shows.
    pub line: Option<String>,
    /// Enterprise voice.
    pub voice: bool,
    /// Name of the voice routing policy.
    pub policy: Option<String>,
}

/// Everything that the world holds.
#[derive(Debug)]
pub struct State {
    /// Directory, groups, people, PBX, credentials.
    pub seed: Seed,
    /// How the world behaves.
    pub knobs: Knobs,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Users saved at the carrier, by UPN in lower case.
    pub links: BTreeMap<String, Link>,
    /// Numbers and policies directly at Microsoft, by UPN in lower case.
    pub direct: BTreeMap<String, Direct>,
    /// Long-running operations of Graph by id.
    pub operations: BTreeMap<String, Operation>,
    /// Accounts in the recycle bin of the directory.
    pub deleted: Vec<User>,
    /// UPNs that were disabled in the carrier's portal: the automatic sync leaves them out.
    pub disabled: BTreeSet<String>,
    /// What Slack holds beside messages.
    pub slack: SlackState,
    /// Every call.
    pub(super) log: Vec<Call>,
    pub(super) chat: Chat,
    pub(super) tokens: HashMap<String, Token>,
    /// Where people's activities go: the bot's base URL.
    pub(super) bot: Option<String>,
}

impl State {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            chat: Chat::new(&seed),
            slack: SlackState::new(&seed.slack),
            seed,
            knobs: Knobs::default(),
            faults: Faults::default(),
            links: BTreeMap::new(),
            direct: BTreeMap::new(),
            operations: BTreeMap::new(),
            deleted: Vec::new(),
            disabled: BTreeSet::new(),
            log: Vec::new(),
            tokens: HashMap::new(),
            bot: None,
        }
    }

    /// A user by UPN (any case) or object id.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.seed.users.iter().find(|u| u.id == name || u.user_principal_name.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.seed.users.iter_mut().find(|u| u.id == name || u.user_principal_name.eq_ignore_ascii_case(name))
    }

    /// A group by object id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.seed.groups.iter().find(|g| g.id == id)
    }

    /// The same, to be changed.
    pub fn group_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.seed.groups.iter_mut().find(|g| g.id == id)
    }

    /// UPNs of everybody in a group and in the groups inside it.
    pub fn members(&self, group: &str) -> BTreeSet<String> {
        let (mut upns, mut open, mut seen) = (BTreeSet::new(), vec![group.to_owned()], BTreeSet::new());
        while let Some(id) = open.pop() {
            let Some(group) = self.group(&id).filter(|_| seen.insert(id.clone())) else { continue };
            for member in &group.members {
                if member.contains('@') {
                    upns.insert(member.to_ascii_lowercase());
                } else {
                    open.push(member.clone());
                }
            }
        }
        upns
    }

    /// A device of the PBX by its bare name.
    pub fn device(&self, name: &str) -> Option<&Device> {
        self.seed.pbx.users.values().find_map(|u| u.devices.get(&name.to_ascii_lowercase()))
    }

    /// Line, voice flag and policy of a user as Microsoft shows them now.
    pub fn phone(&self, upn: &str, now: Timestamp) -> Phone {
        let same = |user: &&User| user.user_principal_name.eq_ignore_ascii_case(upn);
        let user = self.user(upn).or_else(|| self.deleted.iter().find(same));
        let before = user.and_then(|u| u.telephone_number.clone());
        let past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if let Some(direct) = self.direct.get(&upn.to_ascii_lowercase()) {
            let shown = direct.number.clone().filter(|_| past(direct.number_at) && !past(direct.gone_at));
            let line = shown.or_else(|| direct.old_number.clone().filter(|_| !past(direct.number_at))).or(before);
            let policy = direct.policy.as_ref().filter(|_| past(direct.policy_at));
            let policy = policy.and_then(|id| self.seed.voice_policies.get(id).cloned());
            return Phone { voice: line.is_some(), line, policy };
        }
        let Some(link) = self.links.get(&upn.to_ascii_lowercase()) else {
            return Phone { voice: before.is_some(), line: before, policy: None };
        };
        let voice = past(link.voice_at);
        let policy = self.seed.routes.get(&link.gateway).filter(|_| voice).cloned();
        Phone { line: link.line.clone().filter(|_| past(link.line_at)).or(before), voice, policy }
    }

    /// The user agent under which a device is registered now.
    pub fn registration(&self, device: &str, now: Timestamp) -> Option<String> {
        let own = self.device(device).and_then(|d| d.registered.clone());
        let linked = |l: &&Link| {
            l.device.as_deref().is_some_and(|d| d.eq_ignore_ascii_case(device))
                && l.registered_at.is_some_and(|at| at <= now)
        };
        own.or_else(|| self.links.values().find(linked).map(|_| "ConnecttoTeams SBC 7.4".to_owned()))
    }

    /// Microsoft will accept this user: licence, sync group, device, not disabled before.
    fn can_sync(&self, upn: &str) -> bool {
        let device = self.links.get(upn).and_then(|l| l.device.as_deref());
        self.user(upn).is_some_and(User::has_phone_system)
            && self.members(SYNC_GROUP).contains(upn)
            && device.is_some_and(|d| self.device(d).is_some())
            && !self.disabled.contains(upn)
    }

    /// Sets the moments at which Microsoft follows, for everybody who can be synced and is not yet.
    pub(super) fn sync(&mut self, now: Timestamp) {
        let knobs = self.knobs.clone();
        if knobs.sync_fails {
            return;
        }
        let ready: Vec<String> = self.links.keys().filter(|upn| self.can_sync(upn)).cloned().collect();
        for upn in ready {
            let Some(link) = self.links.get_mut(&upn) else { continue };
            let line_at = *link.line_at.get_or_insert(later(now, knobs.sync_delay_ms));
            if knobs.consent {
                let voice_at = *link.voice_at.get_or_insert(later(line_at, knobs.enable_delay_ms));
                link.registered_at.get_or_insert(later(voice_at, knobs.register_delay_ms));
            }
        }
    }

    /// Enable Calling of the portal; nothing happens before the line is there.
    pub(super) fn enable_calling(&mut self, upn: &str, now: Timestamp) -> bool {
        let knobs = self.knobs.clone();
        let link = self.links.get_mut(&upn.to_ascii_lowercase());
        let Some(link) = link.filter(|l| l.line_at.is_some_and(|at| at <= now)) else { return false };
        let voice_at = *link.voice_at.get_or_insert(later(now, knobs.enable_delay_ms));
        link.registered_at.get_or_insert(later(voice_at, knobs.register_delay_ms));
        true
    }
}

pub(super) fn later(from: Timestamp, milliseconds: u64) -> Timestamp {
    let by = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}
