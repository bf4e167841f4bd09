//! What was read before anything is asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EmergencyBefore, OwnLine, PolicyBefore, Subject, Undone};
use crate::domain::{E164, Line, RequestId, Upn};

/// Everything that was read about the subject and the extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// From Microsoft Graph; `None`: no such user.
    pub subject: Option<SubjectFacts>,
    /// From the PBX.
    pub extension: ExtensionFacts,
    /// Numbers that could be chosen and that somebody has, from Microsoft Graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<TakenNumber>,
    /// What there is of the line now; read for everything but onboarding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands: Option<Stands>,
    /// From our own journal.
    pub ours: OwnRecords,
    /// When.
    pub read_at: Timestamp,
}

impl Facts {
    /// Nothing was read but our own journal.
    pub fn nothing(ours: OwnRecords, read_at: Timestamp) -> Self {
        let extension = ExtensionFacts::default();
        Self { subject: None, extension, numbers: Vec::new(), stands: None, ours, read_at }
    }
}

/// What there is of a line now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stands {
    /// The numbers that Teams shows for the user; none where it does not know the user.
    pub numbers: Vec<String>,
    /// Calling is enabled.
    pub enterprise_voice: bool,
    /// The voice routing policy in force.
    pub policy: Option<PolicyBefore>,
    /// The connector's device at the PBX, as far as we know which that is.
    pub device: Option<EmergencyBefore>,
}

/// A number that Teams gave to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenNumber {
    /// Which.
    pub number: E164,
    /// The object id of whoever has it.
    pub holder: String,
    /// Who that is, where it was asked.
    pub name: Option<String>,
}

/// A number that another request holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldNumber {
    /// Which.
    pub number: E164,
    /// By which request.
    pub request: RequestId,
    /// For whom.
    pub subject: Upn,
    /// It was taken away from them, and is kept from others until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling_until: Option<Timestamp>,
}

/// The Phone System service plan (MCOEV) of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneSystem {
    /// Enabled.
    Usable,
    /// In the grace period after a licence ran out.
    Grace,
    /// Suspended, LockedOut or Deleted.
    Unusable(String),
    /// No such plan.
    Missing,
}

/// A Microsoft 365 user as far as onboarding cares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectFacts {
    /// Entra object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `accountEnabled`
    pub enabled: bool,
    /// `userType` is `Member` (or not told).
    pub member: bool,
    /// `givenName` is filled.
    pub has_first_name: bool,
    /// `surname` is filled.
    pub has_last_name: bool,
    /// `givenName`
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub first_name: String,
    /// `surname`
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// `usageLocation` is set.
    pub has_usage_location: bool,
    /// The Phone System plan.
    pub phone_system: PhoneSystem,
    /// The resource-account plan, which users must not have.
    pub virtual_user_plan: bool,
    /// A calling plan of Microsoft's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub calling_plan: bool,
    /// A number that Teams shows already.
    pub number: Option<String>,
    /// Member of the group that the carrier syncs.
    pub in_sync_group: bool,
    /// That group itself.
    pub group: GroupFact,
}

impl SubjectFacts {
    /// Who that is.
    pub fn subject(&self) -> Subject {
        let (first_name, last_name) = (self.first_name.clone(), self.last_name.clone());
        Subject { id: self.id.clone(), name: self.name.clone(), first_name, last_name }
    }
}

/// The sync group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupFact {
    /// Read: its name, and whether it is the default all-company group.
    Read {
        /// Display name.
        name: String,
        /// It is Microsoft's default "All Company".
        all_company: bool,
    },
    /// It does not exist.
    Missing,
    /// The directory would not tell (permission missing); membership could be read all the same.
    Unread,
}

/// The extension at the PBX.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionFacts {
    /// The PBX user exists.
    pub exists: bool,
    /// It is a queue or an attendant, not a person.
    pub system: bool,
    /// Its name and e-mail belong to another Microsoft 365 user: who.
    pub linked_to: Option<String>,
    /// Its name or e-mail differ from the subject's, and nobody else is known by them.
    pub looks_like: Option<String>,
    /// The connector's device is registered already, so somebody uses it.
    pub device_registered: bool,
    /// A device of an older connector (`1000t`).
    pub old_device: Option<String>,
}

/// What our own journal knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRecords {
    /// Another request holds the extension, or gave it to somebody else.
    pub held_by: Option<(RequestId, Upn)>,
    /// The same subject has another request under way.
    pub other_request: Option<RequestId>,
    /// We offboarded or disabled this subject before.
    pub disabled_before: Option<RequestId>,
    /// The line that this request began to take away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_line: Option<Line>,
    /// We gave this very extension to this very subject before, so its device may be registered.
    pub same_line_before: bool,
    /// The last request that changed something for this very line of this subject was cancelled midway.
    #[serde(default)]
    pub cancelled_midway: Option<RequestId>,
    /// Numbers that others hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers_held: Vec<HeldNumber>,
    /// Numbers that an earlier request holds for this very subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_numbers: Vec<E164>,
    /// Until when the extension is kept from others after it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// The subject's line as our requests left it; read for everything but onboarding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<OwnLine>,
    /// What the request to be undone did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Undone>,
}

impl OwnRecords {
    /// The line that is to go or to be changed, as our own requests left it.
    pub fn own_line(&self) -> Option<&OwnLine> {
        self.undone.as_ref().and_then(|undone| undone.after.as_ref()).or(self.line.as_ref())
    }
}
