//! Request and facts to a plan: what is wrong, what will be set, what people will notice. No I/O.
//!
//! One file per carrier: what it offers, what its plan sets, its steps and how each is done. What is stored of a
//! ConnecttoTeams request has the form that it had before there were others, so that requests and approvals outlive an
//! update: the variants of [`Offer`] and [`Target`] are told apart by their fields.

mod alter;
mod ask;
mod by_hand;
mod calltower;
mod conditions;
mod connecttoteams;
mod digest;
mod direct_routing;
mod facts;
mod ground;
mod mend;
pub mod number;
mod past;
mod preview;
mod removal;
mod step;
pub mod why;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::domain::StepKind;
pub use alter::Replaced;
pub use ask::Ask;
pub use calltower::{CallTowerOffer, CallTowerTarget};
pub use conditions::{
    extension_conditions, free_numbers, held_numbers, line_changed, number_conditions, problems, subject_changed,
    subject_conditions, warnings,
};
pub use connecttoteams::{ConnecttoTeamsChoices, ConnecttoTeamsOffer, ConnecttoTeamsTarget};
pub use digest::Digest;
pub use direct_routing::{DirectRoutingOffer, DirectRoutingTarget};
pub use facts::{
    ExtensionFacts, Facts, GroupFact, HeldNumber, OwnRecords, PhoneSystem, Stands, SubjectFacts, TakenNumber,
};
pub use ground::Ground;
pub use mend::MendTarget;
pub use past::{Changed, EmergencyBefore, OwnLine, Past, PolicyBefore, Undone, line_after};
pub use preview::Worksheet;
pub use removal::{Aftercare, Back, DeviceEnd, Removal, TakenFrom};
pub use step::{Course, How, Late, Looks, Usual};

use crate::config::{Carrier, Customer};
use crate::domain::{E164, Extension, Fixer, Line, Sentence, Upn};
use crate::view::Item;
use preview::text;

/// What the customer's configuration offers, as it was when the facts were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Offer {
    /// Through ConnecttoTeams.
    ConnecttoTeams(ConnecttoTeamsOffer),
    /// Through CallTower Connect.
    CallTower(CallTowerOffer),
    /// Through Microsoft Graph alone.
    DirectRouting(DirectRoutingOffer),
}

/// Why inputs make no plan; the message id of the input's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotChosen {
    /// Nothing was chosen.
    Missing(&'static str),
    /// That is not offered.
    Unknown(&'static str),
    /// It is so already.
    Nothing,
}

impl Offer {
    /// What a customer offers; `None`: its configuration does not name everything that its carrier needs.
    pub fn of(customer: &Customer) -> Option<Self> {
        match customer.carrier {
            Carrier::ConnecttoTeams => ConnecttoTeamsOffer::of(customer).map(Self::ConnecttoTeams),
            Carrier::DirectRouting => Some(Self::DirectRouting(DirectRoutingOffer::of(customer))),
            Carrier::CallTower => CallTowerOffer::of(customer).map(Self::CallTower),
        }
    }

    /// The offer of a customer with ConnecttoTeams.
    pub fn connecttoteams(&self) -> Option<&ConnecttoTeamsOffer> {
        match self {
            Self::ConnecttoTeams(offer) => Some(offer),
            Self::CallTower(_) | Self::DirectRouting(_) => None,
        }
    }

    /// The numbers to choose from; none where the line follows from the extension.
    pub fn pool(&self) -> &[E164] {
        match self {
            Self::ConnecttoTeams(_) => &[],
            Self::CallTower(offer) => &offer.pool,
            Self::DirectRouting(offer) => &offer.pool,
        }
    }

    /// The same, and the number that a subject has already: it can be kept although it is offered to nobody else.
    pub(crate) fn keeping(&self, number: Option<&E164>) -> Self {
        let mut offer = self.clone();
        let pool = match &mut offer {
            Self::ConnecttoTeams(_) => return offer,
            Self::CallTower(offer) => &mut offer.pool,
            Self::DirectRouting(offer) => &mut offer.pool,
        };
        // Without a pool any number can be named.
        if !pool.is_empty() {
            pool.extend(number.filter(|number| !pool.contains(number)).cloned().into_iter().collect::<Vec<_>>());
        }
        offer
    }

    /// The plan that these inputs of the confirm card make.
    pub fn plan(&self, ask: &Ask, subject: &Subject, inputs: &BTreeMap<String, String>) -> Result<Plan, NotChosen> {
        let (target, steps) = match self {
            Self::ConnecttoTeams(offer) => {
                (Target::ConnecttoTeams(offer.choose(ask, inputs)?), ConnecttoTeamsTarget::STEPS.to_vec())
            }
            Self::CallTower(offer) => {
                (Target::CallTower(offer.choose(ask, subject, inputs)?), CallTowerTarget::STEPS.to_vec())
            }
            Self::DirectRouting(offer) => {
                let target = offer.choose(ask, inputs)?;
                let steps = target.steps();
                (Target::DirectRouting(target), steps)
            }
        };
        let Subject { id, name, .. } = subject.clone();
        let subject = ask.subject.clone();
        Ok(Plan { subject, subject_id: id, subject_name: name, target, steps, replaces: None, by_hand: Vec::new() })
    }

    /// The plan that the same choices make today.
    pub fn renew(&self, ask: &Ask, plan: &Plan) -> Option<Plan> {
        let (first_name, last_name) = match &plan.target {
            Target::CallTower(target) => (target.first_name.clone(), target.last_name.clone()),
            Target::ConnecttoTeams(_) | Target::DirectRouting(_) | Target::Removal(_) | Target::Mend(_) => {
                Default::default()
            }
        };
        let (id, name) = (plan.subject_id.clone(), plan.subject_name.clone());
        self.plan(ask, &Subject { id, name, first_name, last_name }, &plan.target.inputs()).ok()
    }

    /// What is fixed before anybody chooses: the upper part of the confirm card.
    pub fn items(&self, ask: &Ask) -> Vec<Item> {
        let mut items = match self {
            Self::ConnecttoTeams(offer) => offer.items(ask),
            Self::CallTower(offer) => offer.items(ask),
            Self::DirectRouting(offer) => offer.items(ask),
        };
        items.extend(ask.reason.as_ref().map(|reason| text("item-reason", reason)));
        items
    }

    /// What people will notice whatever is chosen.
    pub fn notices(&self, ask: &Ask) -> Vec<Sentence> {
        match self {
            Self::ConnecttoTeams(offer) => offer.notices(ask),
            Self::CallTower(offer) => offer.notices(),
            Self::DirectRouting(offer) => offer.notices(),
        }
    }
}

fn same_name(a: &str, b: &str) -> bool {
    let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(a) == plain(b)
}

/// An input that is not empty.
fn given<'a>(inputs: &'a BTreeMap<String, String>, id: &str) -> Option<&'a str> {
    inputs.get(id).map(|v| v.trim()).filter(|v| !v.is_empty())
}

/// Whose line it is about, as the directory knew them when the facts were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Their Entra object id.
    pub id: String,
    /// Their display name.
    pub name: String,
    /// Their first name, as portals want it.
    pub first_name: String,
    /// Their last name.
    pub last_name: String,
}

/// What a plan sets, by carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// Through ConnecttoTeams.
    ConnecttoTeams(ConnecttoTeamsTarget),
    /// Through CallTower Connect.
    CallTower(CallTowerTarget),
    /// Through Microsoft Graph alone.
    DirectRouting(DirectRoutingTarget),
    /// Nothing is set: the line is taken away.
    Removal(Removal),
    /// One thing is mended.
    Mend(MendTarget),
}

impl Target {
    /// What is set through ConnecttoTeams.
    pub fn connecttoteams(&self) -> Option<&ConnecttoTeamsTarget> {
        match self {
            Self::ConnecttoTeams(target) => Some(target),
            Self::CallTower(_) | Self::DirectRouting(_) | Self::Removal(_) | Self::Mend(_) => None,
        }
    }

    fn inputs(&self) -> BTreeMap<String, String> {
        match self {
            Self::ConnecttoTeams(target) => target.inputs(),
            Self::CallTower(target) => target.inputs(),
            Self::DirectRouting(target) => target.inputs(),
            Self::Removal(target) => target.inputs(),
            Self::Mend(_) => BTreeMap::new(),
        }
    }

    /// What is set through Microsoft Graph alone.
    pub fn direct_routing(&self) -> Option<&DirectRoutingTarget> {
        match self {
            Self::DirectRouting(target) => Some(target),
            Self::ConnecttoTeams(_) | Self::CallTower(_) | Self::Removal(_) | Self::Mend(_) => None,
        }
    }

    /// What Teams will show, or shows until it is taken away.
    pub fn line(&self) -> Line {
        match self {
            Self::ConnecttoTeams(target) => target.line.clone(),
            Self::CallTower(target) => Line::Number(target.number.clone()),
            Self::DirectRouting(target) => Line::Number(target.number.clone()),
            Self::Removal(target) => target.line.clone(),
            Self::Mend(target) => target.line.clone(),
        }
    }

    /// The real number.
    pub fn number(&self) -> Option<&E164> {
        let line = match self {
            Self::ConnecttoTeams(target) => &target.line,
            Self::CallTower(target) => return Some(&target.number),
            Self::DirectRouting(target) => return Some(&target.number),
            Self::Removal(target) => &target.line,
            Self::Mend(_) => return None,
        };
        match line {
            Line::Number(number) => Some(number),
            Line::Extension(_) | Line::Unknown => None,
        }
    }

    /// The steps of a plan that sets all of it.
    fn giving_steps(&self) -> Vec<StepKind> {
        match self {
            Self::ConnecttoTeams(_) => ConnecttoTeamsTarget::STEPS.to_vec(),
            Self::CallTower(_) => CallTowerTarget::STEPS.to_vec(),
            Self::DirectRouting(target) => target.steps(),
            Self::Removal(target) => target.steps(),
            Self::Mend(target) => target.steps(),
        }
    }

    /// Value by value.
    fn items(&self) -> Vec<Item> {
        match self {
            Self::ConnecttoTeams(target) => target.items(),
            Self::CallTower(target) => target.items(),
            Self::DirectRouting(target) => target.items(),
            Self::Removal(target) => target.items(),
            Self::Mend(target) => target.items(),
        }
    }
}

/// Ordered steps with every value filled in: what an approver approves. The order of the fields is part of the digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose line it is about.
    pub subject: Upn,
    /// Their Entra object id.
    pub subject_id: String,
    /// Their display name when the facts were read.
    pub subject_name: String,
    /// What is set.
    #[serde(flatten)]
    pub target: Target,
    /// The steps.
    pub steps: Vec<StepKind>,
    /// What a change replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
    /// Those of its steps that are left to people although the bot could do them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<StepKind>,
}

/// What somebody's word that a step is done is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It is done: nobody can read it back.
    Counts,
    /// It is saved in a portal, and works when Microsoft shows it.
    Saved,
    /// It is deleted in a portal, and gone when Microsoft does not show it any more.
    Deleted,
    /// Nothing yet: that it is done is seen elsewhere.
    Seen,
}

impl Plan {
    /// What Teams will show, or shows until it is taken away.
    pub fn line(&self) -> Line {
        self.target.line()
    }

    /// The real number that it takes from everybody else, or gives back.
    pub fn number(&self) -> Option<&E164> {
        self.target.number()
    }

    /// What is taken away.
    pub fn removal(&self) -> Option<&Removal> {
        match &self.target {
            Target::Removal(target) => Some(target),
            Target::ConnecttoTeams(_) | Target::CallTower(_) | Target::DirectRouting(_) | Target::Mend(_) => None,
        }
    }

    /// What is mended by itself.
    pub fn mend(&self) -> Option<&MendTarget> {
        match &self.target {
            Target::Mend(target) => Some(target),
            _ => None,
        }
    }

    /// The device at the PBX that goes: of a line that is taken away, or of the extension before a change.
    pub fn doomed_device(&self) -> Option<&str> {
        self.removal().and_then(Removal::doomed_device).or_else(|| self.replaces.as_ref()?.drops.as_deref())
    }

    /// The extension at the PBX, and the one to which the device that goes belongs.
    pub fn doomed_extension(&self) -> Option<&Extension> {
        match self.replaces.as_ref().map(|replaced| &*replaced.target) {
            Some(Target::ConnecttoTeams(old)) => Some(&old.extension),
            _ => self.removal().and_then(|removal| removal.extension.as_ref()),
        }
    }

    /// The number that goes at Microsoft: of a line that is taken away, or the one before a change.
    pub fn doomed_number(&self) -> Option<E164> {
        let line = match &self.replaces {
            Some(replaced) => replaced.target.line(),
            None => self.removal()?.line.clone(),
        };
        match line {
            Line::Number(number) => Some(number),
            Line::Extension(_) | Line::Unknown => None,
        }
    }

    /// What Microsoft may show when the steps begin; `None`: that is checked otherwise.
    pub fn stands(&self) -> Option<&[String]> {
        let replaced = self.replaces.as_ref().map(|replaced| replaced.shows.as_slice());
        replaced.or_else(|| self.removal().map(|removal| removal.shows.as_slice()))
    }

    /// The line stays and other values change: that Microsoft shows it says nothing about these.
    pub fn keeps_line(&self) -> bool {
        self.replaces.as_ref().is_some_and(|replaced| replaced.target.line() == self.line())
    }

    /// Values change that show neither at Microsoft nor at the PBX.
    pub fn changes_what_nobody_reads(&self) -> bool {
        match (self.replaces.as_ref().map(|replaced| replaced.target.as_ref()), &self.target) {
            // A new line comes with all other values; the old one was there before.
            (Some(Target::ConnecttoTeams(old)), Target::ConnecttoTeams(new)) => {
                let unread = |target: &ConnecttoTeamsTarget| {
                    let ConnecttoTeamsChoices { location, route, voicemail, .. } = &target.choices;
                    (location.clone(), route.clone(), *voicemail)
                };
                self.keeps_line() && unread(old) != unread(new)
            }
            (Some(Target::CallTower(old)), Target::CallTower(new)) => {
                (&old.portal_location, &old.service_plan) != (&new.portal_location, &new.service_plan)
            }
            _ => false,
        }
    }

    /// What an operator's word about a step is worth.
    pub fn word(&self, kind: StepKind) -> Word {
        let asked_to_sync = || self.connecttoteams().is_some_and(|target| !target.consent);
        match kind {
            StepKind::DeleteUser | StepKind::DeleteInConnect => Word::Deleted,
            StepKind::PbxUser | StepKind::GroupSync => Word::Counts,
            StepKind::ChangeInConnect if self.keeps_line() => Word::Counts,
            StepKind::Sync if self.keeps_line() && asked_to_sync() => Word::Counts,
            kind if kind.is_portal_work() => Word::Saved,
            _ => Word::Seen,
        }
    }

    /// What is set through Microsoft Graph alone.
    pub fn direct_routing(&self) -> Option<&DirectRoutingTarget> {
        self.target.direct_routing()
    }

    /// What is set through ConnecttoTeams.
    pub fn connecttoteams(&self) -> Option<&ConnecttoTeamsTarget> {
        self.target.connecttoteams()
    }

    /// How a step is done and how long it may take.
    pub fn course(&self, kind: StepKind) -> Course {
        let course = self.own_course(kind);
        if self.by_hand.contains(&kind) { course.by_hand() } else { course }
    }

    fn own_course(&self, kind: StepKind) -> Course {
        match &self.target {
            // Where the carrier passes changes on by itself nobody can do anything but wait; otherwise it waits for people,
            // and for nothing that Microsoft shows.
            Target::ConnecttoTeams(target) if kind == StepKind::Sync && self.keeps_line() => match target.consent {
                true => Course { how: How::Automatic, late: None, ..target.course(kind) },
                false => Course { too_late: Some("cause-late-by-hand"), ..step::operators(Fixer::PortalOperator) },
            },
            Target::ConnecttoTeams(target) => target.course(kind),
            Target::CallTower(target) => target.course(kind),
            Target::DirectRouting(target) => target.course(kind),
            Target::Removal(target) => target.course(kind),
            Target::Mend(target) => target.course(kind),
        }
    }

    /// A sentence about this plan, with the plan's values as its arguments.
    pub fn says(&self, sentence: Sentence) -> Sentence {
        let sentence = sentence.with("subject", &self.subject);
        let sentence = match (&self.replaces, self.doomed_device()) {
            (Some(replaced), device) => {
                sentence.with("old_line", replaced.target.line()).with("old_device", device.unwrap_or_default())
            }
            (None, device) => sentence.with("old_line", self.line()).with("old_device", device.unwrap_or_default()),
        };
        match &self.target {
            Target::ConnecttoTeams(target) => target.says(sentence),
            Target::CallTower(target) => target.says(sentence),
            Target::DirectRouting(target) => target.says(sentence),
            Target::Removal(target) => target.says(sentence),
            Target::Mend(target) => target.says(sentence),
        }
    }

    /// What a human is asked to do for a step; `None`: no human does anything in this plan.
    pub fn worksheet(&self, kind: StepKind) -> Option<Worksheet> {
        if self.by_hand.contains(&kind) {
            return Some(by_hand::worksheet(self, kind));
        }
        match &self.target {
            Target::ConnecttoTeams(target) => Some(target.worksheet(kind, self.subject.as_str())),
            Target::CallTower(target) => Some(target.worksheet(kind, (&self.subject, &self.subject_name))),
            Target::DirectRouting(_) => None,
            Target::Removal(target) => target.worksheet(kind, (&self.subject, &self.subject_name)),
            Target::Mend(target) => target.worksheet(kind, self.subject.as_str()),
        }
    }

    /// Everything that is approved, value by value.
    pub fn items(&self) -> Vec<Item> {
        let subject = text("item-subject", format!("{} ({})", self.subject_name, self.subject));
        let items = self.target.items();
        let items = self.replaces.as_ref().map_or(items.clone(), |replaced| replaced.items(items));
        std::iter::once(subject).chain(items).collect()
    }

    /// What the people concerned will notice.
    pub fn notices(&self) -> Vec<Sentence> {
        let notices = match &self.target {
            Target::ConnecttoTeams(target) => target.notices(),
            Target::CallTower(target) => target.notices(),
            Target::DirectRouting(target) => target.notices(),
            Target::Removal(target) => target.notices(),
            Target::Mend(target) => target.notices(),
        };
        let replaced = self.replaces.as_ref().map(|replaced| replaced.notices(&self.target)).unwrap_or_default();
        // A line that stays shows already.
        let stays = self.replaces.as_ref().is_some_and(|replaced| replaced.target.line() == self.line());
        let appears = |notice: &Sentence| notice.id.starts_with("notice-number-appears");
        let notices = notices.into_iter().filter(|notice| !(stays && appears(notice)));
        let by_hand = self.by_hand.iter();
        let by_hand = by_hand
            .map(|kind| Sentence::new("notice-by-hand").with_term("step", &format!("step-short-{}", kind.name())));
        replaced.into_iter().chain(notices).chain(by_hand).collect()
    }
}
