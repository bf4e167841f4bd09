//! Request and facts to a plan: what is wrong, what will be set, what people will notice. No I/O.

mod conditions;
mod digest;
mod facts;
pub mod number;
mod preview;
pub mod why;

#[cfg(test)]
mod tests;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

pub use conditions::{extension_conditions, problems, subject_changed, subject_conditions, warnings};
pub use digest::Digest;
pub use facts::{ExtensionFacts, Facts, GroupFact, OwnRecords, PhoneSystem, SubjectFacts};
pub use preview::{Wording, offer_items, offer_notices};

use crate::config::{Customer, Netsapiens};
use crate::domain::{E164, EmergencyAddress, Extension, Line, PbxLocation, Upn, VoiceRoute, Voicemail};

/// What was asked for, before anything is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Who is onboarded.
    pub subject: Upn,
    /// Their extension.
    pub extension: Extension,
    /// A real number instead of the connector's pseudo number.
    pub number: Option<E164>,
    /// A PBX location named in the command.
    pub location: Option<String>,
    /// A voice route named in the command.
    pub route: Option<String>,
    /// Why, in the requester's words.
    pub reason: Option<String>,
}

impl Ask {
    /// The line that Teams will show.
    pub fn line(&self) -> Line {
        match &self.number {
            Some(number) => Line::Number(number.clone()),
            None => Line::Extension(self.extension.clone()),
        }
    }
}

/// What the customer's configuration offers, as it was when the facts were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// PBX locations.
    pub locations: Vec<PbxLocation>,
    /// Voice routes.
    pub routes: Vec<VoiceRoute>,
    /// Emergency addresses.
    pub emergency_addresses: Vec<EmergencyAddress>,
    /// The PBX domain.
    pub pbx_domain: String,
    /// `tm` in `1000tm`.
    pub device_suffix: String,
    /// The group that the carrier syncs.
    pub sync_group: String,
    /// Syncing and enabling happen by themselves.
    pub consent: bool,
    /// How long to wait for that before asking a human.
    pub sync_wait: SignedDuration,
    /// When waiting ends.
    pub sync_deadline: SignedDuration,
}

impl Offer {
    /// What a customer with carrier `connecttoteams` offers; `None` for other carriers.
    pub fn of(customer: &Customer) -> Option<Self> {
        let account = customer.connecttoteams.as_ref()?;
        let Netsapiens { domain, device_suffix, emergency_addresses, .. } = customer.netsapiens.as_ref()?;
        Some(Self {
            locations: account.pbx_locations.clone(),
            routes: account.voice_routes.clone(),
            emergency_addresses: emergency_addresses.clone(),
            pbx_domain: domain.clone(),
            device_suffix: device_suffix.clone(),
            sync_group: customer.graph.sync_group.clone()?,
            consent: account.service_provider_consent,
            sync_wait: account.sync_wait,
            sync_deadline: account.sync_deadline,
        })
    }

    /// The location of this name, whatever the case.
    pub fn location(&self, name: &str) -> Option<&PbxLocation> {
        self.locations.iter().find(|l| same_name(&l.name, name))
    }

    /// The route of this name, ignoring case, blanks and hyphens (labels vary: `US-East 2`, `us east 2`).
    pub fn route(&self, name: &str) -> Option<&VoiceRoute> {
        self.routes.iter().find(|r| same_name(&r.name, name))
    }

    /// The emergency address of this id, or of this name.
    pub fn emergency_address(&self, given: &str) -> Option<&EmergencyAddress> {
        let by_id = self.emergency_addresses.iter().find(|a| a.id == given);
        by_id.or_else(|| self.emergency_addresses.iter().find(|a| same_name(&a.name, given)))
    }
}

fn same_name(a: &str, b: &str) -> bool {
    let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(a) == plain(b)
}

/// What a human chose on the confirm card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Where the PBX user lives.
    pub location: PbxLocation,
    /// The way to the phone network.
    pub route: VoiceRoute,
    /// Whose voicemail.
    pub voicemail: Voicemail,
    /// Where help goes in an emergency. Chosen by a human, every time.
    pub emergency: EmergencyAddress,
}

/// The seven steps of onboarding through ConnecttoTeams, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The subject is (still) ready.
    SubjectReady,
    /// The extension is (still) free.
    ExtensionFree,
    /// The PBX device of the connector.
    Device,
    /// The user at ConnecttoTeams.
    PbxUser,
    /// Microsoft shows the line.
    Sync,
    /// Microsoft has calling switched on.
    Enable,
    /// Everything read back.
    Proof,
}

impl StepKind {
    /// All of them in order.
    pub const ALL: [Self; 7] =
        [Self::SubjectReady, Self::ExtensionFree, Self::Device, Self::PbxUser, Self::Sync, Self::Enable, Self::Proof];

    /// Stable name for the journal, metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::SubjectReady => "subject-ready",
            Self::ExtensionFree => "extension-free",
            Self::Device => "device",
            Self::PbxUser => "pbx-user",
            Self::Sync => "sync",
            Self::Enable => "enable",
            Self::Proof => "proof",
        }
    }

    /// True for the two steps that only look again before anything is changed.
    pub fn is_recheck(self) -> bool {
        matches!(self, Self::SubjectReady | Self::ExtensionFree)
    }
}

/// Ordered steps with every value filled in: what an approver approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Who is onboarded.
    pub subject: Upn,
    /// Their Entra object id.
    pub subject_id: String,
    /// Their display name when the facts were read.
    pub subject_name: String,
    /// Their extension.
    pub extension: Extension,
    /// What Teams will show.
    pub line: Line,
    /// The connector's device at the PBX.
    pub device: String,
    /// The PBX domain.
    pub pbx_domain: String,
    /// The group that the carrier syncs.
    pub sync_group: String,
    /// What a human chose.
    pub choices: Choices,
    /// Syncing and enabling happen by themselves.
    pub consent: bool,
    /// How long to wait for that before asking a human.
    pub sync_wait: SignedDuration,
    /// When waiting ends.
    pub sync_deadline: SignedDuration,
    /// The steps.
    pub steps: Vec<StepKind>,
}

impl Plan {
    /// Fills in every value. `subject_id` and `subject_name` come from the facts.
    pub fn new(ask: &Ask, offer: &Offer, subject: (&str, &str), choices: Choices) -> Self {
        let (subject_id, subject_name) = subject;
        Self {
            subject: ask.subject.clone(),
            subject_id: subject_id.to_owned(),
            subject_name: subject_name.to_owned(),
            extension: ask.extension.clone(),
            line: ask.line(),
            device: ask.extension.device(&offer.device_suffix),
            pbx_domain: offer.pbx_domain.clone(),
            sync_group: offer.sync_group.clone(),
            choices,
            consent: offer.consent,
            sync_wait: offer.sync_wait,
            sync_deadline: offer.sync_deadline,
            steps: StepKind::ALL.to_vec(),
        }
    }

    /// The SIP user as ConnecttoTeams wants it: `1000@domain`.
    pub fn pbx_user(&self) -> String {
        format!("{}@{}", self.extension, self.pbx_domain)
    }
}
