//! Carrier CallTower Connect: no public API, so that people do the portal's part and Microsoft proves it.
//!
//! "Done" in the portal counts as "saved, reported by somebody" and as nothing more: the wait for the number and the
//! proof look at Microsoft alone. The password that the portal asks for when a user is added by hand is never made, asked
//! for, stored or shown by the bot.
//! Source of the portal's words: <https://www.uc.solutions/Microsoft_Teams/MS_Teams_Direct_Routing/MS_Teams_Direct_Routing_-_Add_User>

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::preview::{said, text};
use super::step::{Course, How, Late, Looks, PROOF_TOO_LATE, Usual, operators};
use super::{Ask, NotChosen, StepKind, Subject, Worksheet, given, same_name};
use crate::config::Customer;
use crate::domain::{E164, Fixer, Sentence, Upn};
use crate::view::{ByHand, Item};

/// What a customer's configuration offers, as it was when the facts were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTowerOffer {
    /// The portal that guided cards link to.
    pub portal_url: String,
    /// Locations of the portal; each is where emergency services go.
    pub portal_locations: Vec<String>,
    /// Service plans of the portal.
    pub service_plans: Vec<String>,
    /// The pool of numbers.
    pub pool: Vec<E164>,
    /// How long Microsoft may take.
    pub ready_deadline: SignedDuration,
}

/// What a plan sets. The order of the fields is part of every digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTowerTarget {
    /// The location, which is where emergency services go. Chosen by a human, every time.
    pub portal_location: String,
    /// The service plan, metered or unlimited.
    pub service_plan: String,
    /// The number that Teams will show.
    pub number: E164,
    /// For adding the user by hand, as the directory has them.
    pub first_name: String,
    /// The same.
    pub last_name: String,
    /// The portal that guided cards link to.
    pub portal_url: String,
    /// How long Microsoft may take.
    pub ready_deadline: SignedDuration,
}

/// "It normally doesn't take 24 hours": people are told halfway at the latest.
const USUAL: SignedDuration = SignedDuration::from_hours(4);

/// The banner after saving: up to 24 hours until Microsoft shows it.
const AT_MOST: SignedDuration = SignedDuration::from_hours(24);

impl CallTowerOffer {
    pub(super) fn of(customer: &Customer) -> Option<Self> {
        let portal = customer.calltower.as_ref()?;
        Some(Self {
            portal_url: portal.portal_url.clone(),
            portal_locations: portal.locations.clone(),
            service_plans: portal.plans.clone(),
            pool: portal.numbers.clone(),
            ready_deadline: portal.ready_deadline,
        })
    }

    /// The location of this name, whatever the case.
    pub fn location(&self, name: &str) -> Option<&String> {
        self.portal_locations.iter().find(|l| same_name(l, name))
    }

    pub(super) fn choose(
        &self,
        ask: &Ask,
        subject: &Subject,
        inputs: &BTreeMap<String, String>,
    ) -> Result<CallTowerTarget, NotChosen> {
        let location = given(inputs, "location").ok_or(NotChosen::Missing("item-emergency-location"))?;
        let location = self.location(location).ok_or(NotChosen::Unknown("item-emergency-location"))?;
        let plan = given(inputs, "plan").ok_or(NotChosen::Missing("item-plan"))?;
        let plan = self.service_plans.iter().find(|p| same_name(p, plan)).ok_or(NotChosen::Unknown("item-plan"))?;
        let number = match given(inputs, "number") {
            Some(number) => E164::parse(number).map_err(|_| NotChosen::Unknown("item-number"))?,
            None => ask.number.clone().ok_or(NotChosen::Missing("item-number"))?,
        };
        if !self.pool.contains(&number) {
            return Err(NotChosen::Unknown("item-number"));
        }
        Ok(CallTowerTarget {
            portal_location: location.clone(),
            service_plan: plan.clone(),
            number,
            first_name: subject.first_name.clone(),
            last_name: subject.last_name.clone(),
            portal_url: self.portal_url.clone(),
            ready_deadline: self.ready_deadline,
        })
    }

    pub(super) fn items(&self, ask: &Ask) -> Vec<Item> {
        vec![text("item-subject", &ask.subject)]
    }

    pub(super) fn notices(&self) -> Vec<Sentence> {
        vec![Sentence::new("notice-portal-work"), Sentence::new("notice-calls-tab")]
    }
}

impl CallTowerTarget {
    pub(super) const STEPS: [StepKind; 5] = [
        StepKind::SubjectReady,
        StepKind::ConnectUser,
        StepKind::ConnectService,
        StepKind::NumberShown,
        StepKind::Proof,
    ];

    pub(super) fn inputs(&self) -> BTreeMap<String, String> {
        [("location", &self.portal_location), ("plan", &self.service_plan), ("number", &self.number.to_string())]
            .map(|(id, value)| (id.to_owned(), value.clone()))
            .into()
    }

    pub(super) fn course(&self, kind: StepKind) -> Course {
        let microsoft = Course {
            how: How::Automatic,
            looks: Looks::HourlyInTheEnd,
            usual: None,
            late: Some(Late { after: USUAL.min(self.ready_deadline / 2), say: "say-calltower-late" }),
            stops_after: self.ready_deadline,
            counts_from: Some(StepKind::NumberShown),
            again_from: None,
            too_late: None,
            mender: Fixer::PortalOperator,
        };
        match kind {
            StepKind::ConnectUser | StepKind::ConnectService | StepKind::ChangeInConnect => {
                operators(Fixer::PortalOperator)
            }
            StepKind::NumberShown => Course { usual: Some(Usual::documented(AT_MOST)), ..microsoft },
            StepKind::Proof => Course { too_late: Some(PROOF_TOO_LATE), ..microsoft },
            _ => Course::automatic(Fixer::MicrosoftAdmin),
        }
    }

    pub(super) fn says(&self, sentence: Sentence) -> Sentence {
        let sentence = sentence.with("line", &self.number).with("number", &self.number);
        sentence.with("location", &self.portal_location).with("plan", &self.service_plan)
    }

    pub(super) fn items(&self) -> Vec<Item> {
        vec![
            text("item-emergency-location", &self.portal_location),
            text("item-plan", &self.service_plan),
            text("item-number", &self.number),
        ]
    }

    pub(super) fn notices(&self) -> Vec<Sentence> {
        vec![
            Sentence::new("notice-calls-tab"),
            Sentence::new("notice-emergency").with("address", &self.portal_location),
        ]
    }

    /// What a human is asked to do in the portal, with every value; and the fields for adding the user by hand.
    pub(super) fn worksheet(&self, kind: StepKind, (subject, name): (&Upn, &str)) -> Worksheet {
        let say = |ids: &[&str]| ids.iter().map(|id| Sentence::new(id)).collect();
        let link = Some((Sentence::new("guided-link-connect"), self.portal_url.clone()));
        let mut items = vec![text("item-subject", subject), text("item-name", name)];
        if kind == StepKind::ConnectService {
            items.extend([text("item-plan", &self.service_plan), text("item-number", &self.number)]);
            let instructions = say(&[
                "guided-connect-find",
                "guided-connect-manage-services",
                "guided-connect-choose",
                "guided-connect-save",
            ]);
            let title = Sentence::new("guided-title-connect-service");
            return Worksheet { title, instructions, items, link, by_hand: None };
        }
        items.push(text("item-emergency-location", &self.portal_location));
        if kind == StepKind::ChangeInConnect {
            items.extend([text("item-plan", &self.service_plan), text("item-number", &self.number)]);
            let instructions = say(&[
                "guided-connect-find",
                "guided-connect-change-location",
                "guided-connect-manage-services",
                "guided-connect-choose",
                "guided-connect-save",
            ]);
            let title = Sentence::new("guided-title-change-in-connect");
            return Worksheet { title, instructions, items, link, by_hand: None };
        }
        let local = subject.as_str().split('@').next().unwrap_or_default();
        let by_hand = ByHand {
            title: Sentence::new("guided-by-hand"),
            instructions: say(&[
                "guided-by-hand-open",
                "guided-by-hand-fill",
                "guided-by-hand-password",
                "guided-by-hand-save",
            ]),
            items: vec![
                text("item-field-domain", subject.domain()),
                text("item-field-location", &self.portal_location),
                text("item-field-first-name", &self.first_name),
                text("item-field-last-name", &self.last_name),
                text("item-field-user-name", local),
                text("item-field-display-name", name),
                said("item-field-user-type", "value-calltower-user"),
                said("item-field-user-role", "value-role-user"),
                said("item-field-cell-phone", "value-leave-blank"),
                said("item-field-welcome-email", "value-switched-off"),
                said("item-field-password", "value-own-password"),
                text("item-field-user-services", &self.service_plan),
                text("item-field-did", &self.number),
            ],
        };
        Worksheet {
            title: Sentence::new("guided-title-connect-user"),
            instructions: say(&[
                "guided-connect-sign-in",
                "guided-connect-sync-online",
                "guided-connect-sync-365",
                "guided-connect-location",
            ]),
            items,
            link,
            by_hand: Some(by_hand),
        }
    }
}
