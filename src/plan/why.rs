//! Why somebody's line does not work, or cannot be given: every condition of both how-to pages and more, all at once.
//!
//! [`diagnose`] judges what was read. A system that did not answer makes its own conditions "not known" and no others.
//! What nobody documents a way to read (the carrier's disabled users, an on-premises number) is said to be unknown.

mod microsoft;
mod pbx;
mod records;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::PhoneSystem;
use crate::config::Carrier;
use crate::domain::{Extension, Fixer, Line, Mend, RequestId, Sentence, Upn};
use crate::view::Finding;

/// What can be mended by a button: what the bot may do itself, and what it may ask an operator for.
pub fn mends(evidence: &Evidence) -> Vec<Mend> {
    let known = |account: &Told<Option<Account>>| matches!(account, Ok(Some(_)));
    let Some(SyncGroup { group, member: Ok(member), .. }) = &evidence.group else { return Vec::new() };
    if evidence.carrier != Carrier::ConnecttoTeams || !known(&evidence.account) {
        return Vec::new();
    }
    if !member {
        let joinable = match group {
            Ok(Some(group)) => !group.all_company,
            Ok(None) => false,
            // That somebody is not in it is known without reading the group itself.
            Err(_) => true,
        };
        return if joinable { vec![Mend::JoinGroup] } else { Vec::new() };
    }
    match &evidence.voice {
        Ok(Some(voice)) if voice.numbers.is_empty() => vec![Mend::GroupSync],
        Ok(Some(voice)) if !voice.enabled => vec![Mend::Enable],
        Ok(None) => vec![Mend::GroupSync],
        _ => Vec::new(),
    }
}

/// Why something was not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Why; the twin `<id>-fix` says what to do.
    pub why: Sentence,
    /// Who can; `None`: it may pass by itself.
    pub who: Option<Fixer>,
}

/// What was read, or why it was not.
pub type Told<T> = Result<T, Untold>;

/// Everything that was read about one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Who.
    pub subject: Upn,
    /// Who connects them to the phone network.
    pub carrier: Carrier,
    /// From the directory; `None`: there is no such user.
    pub account: Told<Option<Account>>,
    /// The user name of whoever has this as e-mail address, where it is nobody's user name.
    pub by_mail: Option<String>,
    /// From Teams; `None`: Teams does not know the user (yet).
    pub voice: Told<Option<Voice>>,
    /// The group that the carrier syncs; `None`: this carrier syncs none.
    pub group: Option<SyncGroup>,
    /// The provider may sync and enable users by itself; `None`: this carrier knows no such consent.
    pub consent: Option<bool>,
    /// The PBX; `None`: this carrier has none.
    pub pbx: Option<Pbx>,
    /// Our own journal.
    pub records: Records,
}

/// A Microsoft 365 user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Display name.
    pub name: String,
    /// `accountEnabled`
    pub enabled: bool,
    /// `userType` is `Member`, or not told.
    pub member: bool,
    /// `givenName` is filled.
    pub has_first_name: bool,
    /// `surname` is filled.
    pub has_last_name: bool,
    /// `usageLocation`
    pub usage_location: Option<String>,
    /// The Phone System plan.
    pub phone_system: PhoneSystem,
    /// When that plan was assigned.
    pub licensed_since: Option<Timestamp>,
    /// The plan of Teams itself; another edition of Teams has another one.
    pub teams: PhoneSystem,
    /// The resource-account plan, which users must not have.
    pub virtual_user_plan: bool,
    /// A usable calling plan of Microsoft is among the licences.
    pub calling_plan: bool,
    /// `onPremisesSyncEnabled`: the account comes, or came, from a directory of the customer's own.
    pub from_own_directory: bool,
}

/// What Teams shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Voice {
    /// `accountType`: `user`, `resourceAccount`, `ineligibleUser`, …
    pub account_type: Option<String>,
    /// `featureTypes`: `Teams`, `PhoneSystem`, `CallingPlan`, …
    pub features: Vec<String>,
    /// Calling is enabled.
    pub enabled: bool,
    /// The numbers.
    pub numbers: Vec<String>,
    /// Policies in force that have a name: type and name.
    pub policies: Vec<(String, String)>,
}

impl Voice {
    /// The extension whose line it is, where the connector made a number of one: `+11000` is that of 1000.
    pub fn extension(&self) -> Option<Extension> {
        self.numbers.iter().find_map(|number| match Line::shown(number) {
            Some(Line::Extension(extension)) => Some(extension),
            _ => None,
        })
    }
}

/// The group that the carrier syncs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncGroup {
    /// Its object id, from the configuration; `None`: none is configured.
    pub id: Option<String>,
    /// The group itself; `None`: there is no such group.
    pub group: Told<Option<Group>>,
    /// The user is in it, directly or through groups in it.
    pub member: Told<bool>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Display name.
    pub name: String,
    /// Microsoft's default group of everybody.
    pub all_company: bool,
    /// A group of Microsoft 365 or Teams, the only kind that ConnecttoTeams offers for the sync.
    pub unified: bool,
}

/// The extension at the PBX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pbx {
    /// Neither a request nor Teams tells which extension is meant, and no documented filter finds one by name or e-mail.
    NotLookedAt,
    /// Looked at.
    Looked(Box<PbxLine>),
}

/// What was read at the PBX about one extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbxLine {
    /// Which one.
    pub extension: Extension,
    /// The connector's device: `1000tm`.
    pub device_name: String,
    /// Its owner; `None`: there is no such extension.
    pub owner: Told<Option<Owner>>,
    /// Whether the owner is another user; a question to the directory.
    pub belongs: Told<Belongs>,
    /// The connector's device; `None`: there is none.
    pub device: Told<Option<Device>>,
    /// A device of an older connector (`1000t`).
    pub old_device: Option<String>,
    /// Whether the rule in force rings the connector's device.
    pub rings: Told<Rings>,
}

/// Who has an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Name, or e-mail address.
    pub name: String,
    /// A queue or an attendant.
    pub system: bool,
}

/// To whom an extension belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belongs {
    /// To the subject, as far as anybody can tell.
    Subject,
    /// To another user of Microsoft 365.
    Other(String),
    /// Neither name nor e-mail are the subject's, and nobody is known by them.
    Unclear(String),
}

/// The connector's device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Registered; `None`: the PBX does not say.
    pub registered: Option<bool>,
    /// It has an emergency address of its own.
    pub has_emergency: bool,
}

/// What the answer rule in force does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rings {
    /// It rings all devices, or the connector's.
    Connector,
    /// It rings something else.
    Elsewhere,
    /// Do not disturb is on.
    Nobody,
    /// Every call is forwarded.
    Forwarded,
    /// The PBX shows no rule that is in force.
    NoRule,
}

/// What our own journal knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The request that tells which line the user has or was to get.
    pub last: Option<LastRequest>,
    /// A request that is not over.
    pub under_way: Option<UnderWay>,
    /// The last request that took the line away, and when.
    pub taken_away: Option<(RequestId, Timestamp)>,
    /// Who holds the extension.
    pub hold: Option<Hold>,
    /// When Microsoft showed this user's line, and which request saw it.
    pub own_sync: Option<(RequestId, Timestamp)>,
    /// The same for anybody of the customer.
    pub last_sync: Option<(RequestId, Timestamp)>,
}

/// A request about the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRequest {
    /// Which one.
    pub id: RequestId,
    /// Its extension, for carriers with a PBX.
    pub extension: Option<Extension>,
    /// What Teams is to show; empty until that is chosen.
    pub line: String,
    /// How far it came.
    pub standing: Standing,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Proven.
    Done,
    /// Something was changed outside, and it is not done.
    Begun,
    /// Nothing was changed outside.
    Asked,
    /// It takes the line away: something was changed outside, and it is not done.
    Leaving,
}

/// A request that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// Which one.
    pub id: RequestId,
    /// How it stands: `state-confirming`, …
    pub state: Sentence,
    /// Since when.
    pub since: Timestamp,
}

/// Who holds an extension or a number in our own journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The request.
    pub request: RequestId,
    /// For whom.
    pub subject: Upn,
    /// Since when.
    pub since: Timestamp,
    /// It was taken away from them, and is kept from others until then.
    pub cooling_until: Option<Timestamp>,
}

/// All conditions: the user, Teams, the group, the carrier, the PBX, our own records.
pub fn diagnose(evidence: &Evidence) -> Vec<Finding> {
    let mut found = microsoft::account(evidence);
    found.extend(microsoft::voice(evidence));
    found.extend(microsoft::group(evidence));
    found.extend(records::carrier(evidence));
    found.extend(evidence.pbx.iter().flat_map(|pbx| pbx::conditions(evidence, pbx)));
    found.extend(records::ours(evidence));
    found
}

/// A condition that nobody told about.
fn untold(condition: &str, untold: &Untold) -> Finding {
    Finding::unknown(condition, untold.why.clone(), untold.who)
}

/// What the carrier's portal has to be asked, or pressed.
fn carrier_fixer(carrier: Carrier) -> Fixer {
    match carrier {
        Carrier::ConnecttoTeams | Carrier::CallTower => Fixer::PortalOperator,
        Carrier::DirectRouting => Fixer::MicrosoftAdmin,
    }
}
