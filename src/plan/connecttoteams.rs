//! Carrier ConnecttoTeams on a NetSapiens PBX: what it offers, what its plan sets, its seven steps.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::preview::{said, text};
use super::step::{Course, How, Late, Looks, Usual};
use super::{Ask, NotChosen, StepKind, Worksheet, given, same_name};
use crate::config::{Customer, Netsapiens};
use crate::domain::{EmergencyAddress, Extension, Fixer, Line, PbxLocation, Sentence, VoiceRoute, Voicemail};
use crate::view::Item;

/// What a customer's configuration offers, as it was when the facts were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnecttoTeamsOffer {
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

/// What a human chose on the confirm card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnecttoTeamsChoices {
    /// Where the PBX user lives.
    pub location: PbxLocation,
    /// The way to the phone network.
    pub route: VoiceRoute,
    /// Whose voicemail.
    pub voicemail: Voicemail,
    /// Where help goes in an emergency. Chosen by a human, every time.
    pub emergency: EmergencyAddress,
}

/// What a plan sets. The order of the fields is part of every digest: never change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnecttoTeamsTarget {
    /// The subject's extension.
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
    pub choices: ConnecttoTeamsChoices,
    /// Syncing and enabling happen by themselves.
    pub consent: bool,
    /// How long to wait for that before asking a human.
    pub sync_wait: SignedDuration,
    /// When waiting ends.
    pub sync_deadline: SignedDuration,
}

/// After this long without a registered device people are told that the proof is late.
const PROOF_IS_LATE: Late = Late { after: SignedDuration::from_mins(10), say: "say-proof-late" };

/// "The first sync can take up to 24 hours, later ones up to 4": beyond that the provider is to be asked.
/// <https://kb.connecttoteams.com/docs/update-pbx-user>
const LATER_SYNC: SignedDuration = SignedDuration::from_hours(4);
const FIRST_SYNC: SignedDuration = SignedDuration::from_hours(24);

impl ConnecttoTeamsOffer {
    /// `None`: the configuration does not name everything.
    pub(super) fn of(customer: &Customer) -> Option<Self> {
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

    /// The device of an extension.
    pub fn device(&self, extension: &Extension) -> String {
        extension.device(&self.device_suffix)
    }

    /// What was chosen, looked up again in what is offered: a card is not to be believed.
    pub(super) fn choose(
        &self,
        ask: &Ask,
        inputs: &BTreeMap<String, String>,
    ) -> Result<ConnecttoTeamsTarget, NotChosen> {
        let given = |id: &str| given(inputs, id);
        let extension = ask.extension.clone().ok_or(NotChosen::Missing("item-extension"))?;
        let location = match given("location") {
            Some(name) => self.location(name).ok_or(NotChosen::Unknown("item-location"))?,
            None if self.locations.len() == 1 => self.locations.first().ok_or(NotChosen::Missing("item-location"))?,
            None => return Err(NotChosen::Missing("item-location")),
        };
        let route = given("route").ok_or(NotChosen::Missing("item-route"))?;
        let route = self.route(route).ok_or(NotChosen::Unknown("item-route"))?;
        let voicemail = match given("voicemail") {
            Some(value) => Voicemail::parse(value).ok_or(NotChosen::Unknown("item-voicemail"))?,
            None => Voicemail::default(),
        };
        let emergency = given("emergency_address").ok_or(NotChosen::Missing("item-emergency-address"))?;
        let emergency = self.emergency_address(emergency).ok_or(NotChosen::Unknown("item-emergency-address"))?;
        let choices = ConnecttoTeamsChoices {
            location: location.clone(),
            route: route.clone(),
            voicemail,
            emergency: emergency.clone(),
        };
        Ok(ConnecttoTeamsTarget {
            line: match &ask.number {
                Some(number) => Line::Number(number.clone()),
                None => Line::Extension(extension.clone()),
            },
            device: self.device(&extension),
            extension,
            pbx_domain: self.pbx_domain.clone(),
            sync_group: self.sync_group.clone(),
            choices,
            consent: self.consent,
            sync_wait: self.sync_wait,
            sync_deadline: self.sync_deadline,
        })
    }

    /// What is fixed before anybody chooses.
    pub(super) fn items(&self, ask: &Ask) -> Vec<Item> {
        let mut items = vec![text("item-subject", &ask.subject)];
        if let Some(extension) = &ask.extension {
            items.push(text("item-extension", extension));
            items.extend(ask.line().map(|line| text("item-line", line)));
            items.push(text("item-device", self.device(extension)));
        }
        items.extend(defaults());
        items
    }

    /// What people will notice whatever is chosen.
    pub(super) fn notices(&self, ask: &Ask) -> Vec<Sentence> {
        let line = ask.line().map(|line| Sentence::new("notice-number-appears").with("line", line));
        let rings = |extension| Sentence::new("notice-desk-phone-rings-too").with("extension", extension);
        line.into_iter().chain(ask.extension.as_ref().map(rings)).collect()
    }
}

/// The how-to's own defaults, the same for everybody, and the one condition that nothing outside tells.
fn defaults() -> [Item; 4] {
    [
        said("item-caller-name", "value-transparent"),
        said("item-forwarded-caller-id", "value-users-caller-id"),
        said("item-dial-plan", "value-default-dial-plan"),
        // ConnecttoTeams documents no way to list disabled users, so a human has to know.
        said("item-disabled-before", "value-disabled-unknown"),
    ]
}

impl ConnecttoTeamsTarget {
    /// The seven steps in order.
    pub(super) const STEPS: [StepKind; 7] = [
        StepKind::SubjectReady,
        StepKind::ExtensionFree,
        StepKind::Device,
        StepKind::PbxUser,
        StepKind::Sync,
        StepKind::Enable,
        StepKind::Proof,
    ];

    /// The SIP user as ConnecttoTeams wants it: `1000@domain`.
    pub fn pbx_user(&self) -> String {
        format!("{}@{}", self.extension, self.pbx_domain)
    }

    /// The inputs that choose this again.
    pub(super) fn inputs(&self) -> BTreeMap<String, String> {
        let choices = &self.choices;
        [
            ("location", choices.location.name.as_str()),
            ("route", &choices.route.name),
            ("voicemail", choices.voicemail.value()),
            ("emergency_address", &choices.emergency.id),
        ]
        .map(|(id, value)| (id.to_owned(), value.to_owned()))
        .into()
    }

    /// How a step is done. Syncing and enabling come by themselves where the enterprise allowed it, and are asked of a
    /// human otherwise; the time for both and for the proof counts from the sync.
    pub(super) fn course(&self, kind: StepKind) -> Course {
        let how = if self.consent { How::AutomaticThenGuided(self.sync_wait) } else { How::Guided };
        let after_the_sync = Course {
            how,
            looks: Looks::OftenAtFirst,
            usual: None,
            late: None,
            stops_after: self.sync_deadline,
            counts_from: Some(StepKind::Sync),
            again_from: None,
            too_late: None,
            mender: Fixer::PortalOperator,
        };
        match kind {
            StepKind::SubjectReady => Course::automatic(Fixer::MicrosoftAdmin),
            StepKind::ExtensionFree | StepKind::Device => Course::automatic(Fixer::PbxAdmin),
            // Only because a human asks for it: an edit can interrupt calls for minutes.
            StepKind::Sync => Course {
                usual: Some(Usual { first: Some(FIRST_SYNC), ..Usual::documented(LATER_SYNC) }),
                late: Some(Late { after: LATER_SYNC, say: "say-sync-late" }),
                again_from: Some(StepKind::PbxUser),
                ..after_the_sync
            },
            StepKind::Enable => after_the_sync,
            StepKind::Proof => Course { how: How::Automatic, late: Some(PROOF_IS_LATE), ..after_the_sync },
            // The user at the carrier; steps of other carriers are in no plan of this one.
            _ => Course::automatic(Fixer::PortalOperator),
        }
    }

    /// A sentence about the plan knows its values.
    pub(super) fn says(&self, sentence: Sentence) -> Sentence {
        sentence.with("device", &self.device).with("line", &self.line).with("extension", &self.extension)
    }

    /// What a human is asked to do in the portal.
    pub(super) fn worksheet(&self, kind: StepKind, subject: &str) -> Worksheet {
        let (title, instructions) = match kind {
            StepKind::Enable => {
                ("guided-title-enable", &["guided-sign-in", "guided-enable-calling", "guided-dial-plan"][..])
            }
            _ => ("guided-title-sync", &["guided-sign-in", "guided-sync-users"][..]),
        };
        Worksheet {
            title: Sentence::new(title),
            instructions: instructions.iter().map(|id| Sentence::new(id)).collect(),
            items: vec![
                text("item-subject", subject),
                text("item-line", &self.line),
                text("item-extension", &self.extension),
            ],
            link: None,
            by_hand: None,
        }
    }

    /// Everything that is approved besides the subject, value by value.
    pub(super) fn items(&self) -> Vec<Item> {
        let emergency = &self.choices.emergency;
        let voicemail = match self.choices.voicemail {
            Voicemail::Pbx => "voicemail-pbx",
            Voicemail::Teams => "voicemail-teams",
        };
        let mut items = vec![
            text("item-extension", &self.extension),
            text("item-line", &self.line),
            text("item-location", &self.choices.location.name),
            text("item-route", &self.choices.route.name),
            text("item-emergency-address", format!("{} ({})", emergency.name, emergency.callback_number.as_str())),
            text("item-device", &self.device),
            said("item-voicemail", voicemail),
        ];
        items.extend(defaults());
        items
    }

    /// What the people concerned will notice.
    pub(super) fn notices(&self) -> Vec<Sentence> {
        let voicemail = match self.choices.voicemail {
            Voicemail::Pbx => "notice-voicemail-pbx",
            Voicemail::Teams => "notice-voicemail-teams",
        };
        vec![
            Sentence::new("notice-number-appears").with("line", &self.line),
            Sentence::new("notice-desk-phone-rings-too").with("extension", &self.extension),
            Sentence::new(voicemail),
            Sentence::new("notice-emergency").with("address", &self.choices.emergency.name),
        ]
    }
}
