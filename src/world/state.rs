//! What the outside systems hold. One lock around everything, never kept over an await.
//!
//! What takes Microsoft time is not done by a timer: the moment at which it becomes visible is stored, and every read
//! compares it with the clock. A clock that only a test turns therefore shows the same world at every run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::chat::Chat;
use super::faults::Faults;
use super::lines::{Direct, Link, Operation};
use super::log::{Call, System};
use super::seed::{Device, Group, Seed, User};
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
    /// Milliseconds from asking Graph for a number (or saving it at CallTower) until Graph shows it, and from taking one
    /// away until Graph does not show it any more.
    pub number_delay_ms: u64,
    /// Milliseconds from asking Graph for a policy, or from taking it away, until Graph shows that.
    pub policy_delay_ms: u64,
    /// Milliseconds from putting somebody into a group until Graph shows them in it.
    pub group_delay_ms: u64,
    /// Graph accepts a number and does not assign it in the end.
    pub number_assignment_fails: bool,
    /// Graph accepts to take a number away and does not do it in the end.
    pub number_removal_fails: bool,
    /// Neither Sync Teams Users nor the automatic sync does anything while this is set.
    pub sync_fails: bool,
    /// Milliseconds from Disable User until Graph shows neither line nor voice flag.
    pub disable_delay_ms: u64,
    /// Milliseconds for which a line that is edited at the carrier cannot call: about ten minutes in life.
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
            group_delay_ms: 0,
            number_assignment_fails: false,
            number_removal_fails: false,
            sync_fails: false,
            disable_delay_ms: 0,
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
    /// Members whom Graph does not show yet, by group and UPN in lower case, and when it will.
    pub(super) joining: BTreeMap<(String, String), Timestamp>,
    /// Numbers that were taken away, by UPN in lower case (or object id where the directory knows nobody), and since when
    /// or from when Graph does not show them.
    pub released: BTreeMap<(String, String), Timestamp>,
    /// Long-running operations of Graph by id.
    pub operations: BTreeMap<String, Operation>,
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
            joining: BTreeMap::new(),
            released: BTreeMap::new(),
            operations: BTreeMap::new(),
            disabled: BTreeSet::new(),
            log: Vec::new(),
            tokens: HashMap::new(),
            bot: None,
        }
    }

    /// A user by UPN (any case) or object id, deleted ones too.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.seed.users.iter().find(|u| u.id == name || u.user_principal_name.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, name: &str) -> Option<&mut User> {
        self.seed.users.iter_mut().find(|u| u.id == name || u.user_principal_name.eq_ignore_ascii_case(name))
    }

    /// A user whom the directory still finds.
    pub(super) fn present_user(&self, name: &str) -> Option<&User> {
        self.user(name).filter(|user| !user.deleted)
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
}

pub(super) fn later(from: Timestamp, milliseconds: u64) -> Timestamp {
    let by = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    from.checked_add(by).unwrap_or(Timestamp::MAX)
}
