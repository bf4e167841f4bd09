//! Request and facts to a plan: what is wrong, what will be set, what people will notice. No I/O.
//!
//! One file per carrier: what it offers, what its plan sets, its steps and how each is done. What is stored of a
//! ConnecttoTeams request has the form that it had before there were others, so that requests and approvals outlive an
//! update: the variants of [`Offer`] and [`Target`] are told apart by their fields.

mod calltower;
mod conditions;
mod connecttoteams;
mod digest;
mod direct_routing;
mod facts;
pub mod number;
mod preview;
mod step;
pub mod why;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use calltower::{CallTowerOffer, CallTowerTarget};
pub use conditions::{
    extension_conditions, free_numbers, held_numbers, number_conditions, problems, subject_changed, subject_conditions,
    warnings,
};
pub use connecttoteams::{ConnecttoTeamsChoices, ConnecttoTeamsOffer, ConnecttoTeamsTarget};
pub use digest::Digest;
pub use direct_routing::{DirectRoutingOffer, DirectRoutingTarget};
pub use facts::{ExtensionFacts, Facts, GroupFact, HeldNumber, OwnRecords, PhoneSystem, SubjectFacts, TakenNumber};
pub use preview::Worksheet;
pub use step::{Course, How, Late, Looks, StepKind, Usual};

use crate::config::{Carrier, Customer};
use crate::domain::{E164, Extension, Line, Sentence, Upn};
use crate::view::Item;
use preview::text;

/// What was asked for, before anything is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Who is onboarded.
    pub subject: Upn,
    /// Their extension, for carriers with a PBX.
    pub extension: Option<Extension>,
    /// A real number.
    pub number: Option<E164>,
    /// A location named in the command.
    pub location: Option<String>,
    /// A voice route named in the command.
    pub route: Option<String>,
    /// Why, in the requester's words.
    pub reason: Option<String>,
}

impl Ask {
    /// The line that Teams will show, as far as that is known.
    pub fn line(&self) -> Option<Line> {
        let number = self.number.clone().map(Line::Number);
        number.or_else(|| self.extension.clone().map(Line::Extension))
    }
}

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
        Ok(Plan { subject: ask.subject.clone(), subject_id: id, subject_name: name, target, steps })
    }

    /// The plan that the same choices make today.
    pub fn renew(&self, ask: &Ask, plan: &Plan) -> Option<Plan> {
        let (first_name, last_name) = match &plan.target {
            Target::CallTower(target) => (target.first_name.clone(), target.last_name.clone()),
            Target::ConnecttoTeams(_) | Target::DirectRouting(_) => Default::default(),
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

/// Who is onboarded, as the directory knew them when the facts were read.
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
}

impl Target {
    fn inputs(&self) -> BTreeMap<String, String> {
        match self {
            Self::ConnecttoTeams(target) => target.inputs(),
            Self::CallTower(target) => target.inputs(),
            Self::DirectRouting(target) => target.inputs(),
        }
    }
}

/// Ordered steps with every value filled in: what an approver approves. The order of the fields is part of the digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Who is onboarded.
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
}

impl Plan {
    /// What Teams will show.
    pub fn line(&self) -> Line {
        match &self.target {
            Target::ConnecttoTeams(target) => target.line.clone(),
            Target::CallTower(target) => Line::Number(target.number.clone()),
            Target::DirectRouting(target) => Line::Number(target.number.clone()),
        }
    }

    /// The real number that it takes from everybody else.
    pub fn number(&self) -> Option<&E164> {
        match &self.target {
            Target::ConnecttoTeams(target) => match &target.line {
                Line::Number(number) => Some(number),
                Line::Extension(_) => None,
            },
            Target::CallTower(target) => Some(&target.number),
            Target::DirectRouting(target) => Some(&target.number),
        }
    }

    /// What is set through Microsoft Graph alone.
    pub fn direct_routing(&self) -> Option<&DirectRoutingTarget> {
        match &self.target {
            Target::DirectRouting(target) => Some(target),
            Target::ConnecttoTeams(_) | Target::CallTower(_) => None,
        }
    }

    /// What is set through ConnecttoTeams.
    pub fn connecttoteams(&self) -> Option<&ConnecttoTeamsTarget> {
        match &self.target {
            Target::ConnecttoTeams(target) => Some(target),
            Target::CallTower(_) | Target::DirectRouting(_) => None,
        }
    }

    /// How a step is done and how long it may take.
    pub fn course(&self, kind: StepKind) -> Course {
        match &self.target {
            Target::ConnecttoTeams(target) => target.course(kind),
            Target::CallTower(target) => target.course(kind),
            Target::DirectRouting(target) => target.course(kind),
        }
    }

    /// A sentence about this plan, with the plan's values as its arguments.
    pub fn says(&self, sentence: Sentence) -> Sentence {
        let sentence = sentence.with("subject", &self.subject);
        match &self.target {
            Target::ConnecttoTeams(target) => target.says(sentence),
            Target::CallTower(target) => target.says(sentence),
            Target::DirectRouting(target) => target.says(sentence),
        }
    }

    /// What a human is asked to do for a step; `None`: no human does anything in this plan.
    pub fn worksheet(&self, kind: StepKind) -> Option<Worksheet> {
        match &self.target {
            Target::ConnecttoTeams(target) => Some(target.worksheet(kind, self.subject.as_str())),
            Target::CallTower(target) => Some(target.worksheet(kind, (&self.subject, &self.subject_name))),
            Target::DirectRouting(_) => None,
        }
    }

    /// Everything that is approved, value by value.
    pub fn items(&self) -> Vec<Item> {
        let subject = text("item-subject", format!("{} ({})", self.subject_name, self.subject));
        let items = match &self.target {
            Target::ConnecttoTeams(target) => target.items(),
            Target::CallTower(target) => target.items(),
            Target::DirectRouting(target) => target.items(),
        };
        std::iter::once(subject).chain(items).collect()
    }

    /// What the people concerned will notice.
    pub fn notices(&self) -> Vec<Sentence> {
        match &self.target {
            Target::ConnecttoTeams(target) => target.notices(),
            Target::CallTower(target) => target.notices(),
            Target::DirectRouting(target) => target.notices(),
        }
    }
}
