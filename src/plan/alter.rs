//! Changing a line that is there: the carrier's own plan with other values and only the steps that these need.
//!
//! An edit at ConnecttoTeams takes the line down for about ten minutes, because the carrier removes and sets it up again;
//! it is said before anybody agrees.
//! Source: <https://kb.connecttoteams.com/docs/update-pbx-user>

use serde::{Deserialize, Serialize};

use super::{NotChosen, OwnLine, StepKind, Target};
use crate::domain::Sentence;
use crate::view::{Item, Shown};

/// What was there before a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// What was set.
    pub target: Box<Target>,
    /// What Microsoft showed when the facts were read.
    pub shows: Vec<String>,
    /// The device of the old extension, which we made and nobody needs any more.
    pub drops: Option<String>,
}

/// The steps from one target to another of the same carrier, and what is replaced.
pub(super) fn alter(own: &OwnLine, new: &Target, shows: Vec<String>) -> Result<(Vec<StepKind>, Replaced), NotChosen> {
    let mut drops = None;
    let steps = match (&own.target, new) {
        (Target::ConnecttoTeams(old), Target::ConnecttoTeams(new)) => {
            // Times and the group say how it is waited for, not what is set.
            let same = (&old.extension, &old.line, &old.choices) == (&new.extension, &new.line, &new.choices);
            if same {
                return Err(NotChosen::Nothing);
            }
            let moved = old.extension != new.extension;
            drops = Some(old.device.clone()).filter(|device| moved && own.made.contains(device));
            let device = moved || old.choices.emergency != new.choices.emergency;
            [
                Some(StepKind::LineStands),
                moved.then_some(StepKind::ExtensionFree),
                device.then_some(StepKind::Device),
                Some(StepKind::PbxUser),
                Some(StepKind::Sync),
                Some(StepKind::Enable),
                drops.as_ref().map(|_| StepKind::RemoveDevice),
                Some(StepKind::Proof),
            ]
            .into_iter()
            .flatten()
            .collect()
        }
        (Target::CallTower(old), Target::CallTower(new)) => {
            let values =
                |t: &super::CallTowerTarget| (t.portal_location.clone(), t.service_plan.clone(), t.number.clone());
            if values(old) == values(new) {
                return Err(NotChosen::Nothing);
            }
            vec![StepKind::LineStands, StepKind::ChangeInConnect, StepKind::NumberShown, StepKind::Proof]
        }
        (Target::DirectRouting(old), Target::DirectRouting(new)) => {
            let (number, route) = (old.number != new.number, old.route != new.route && new.route.is_some());
            if !number && !route {
                return Err(NotChosen::Nothing);
            }
            let mut steps = vec![StepKind::LineStands];
            if number {
                // Microsoft documents no exchange of one number for another.
                steps.extend([StepKind::NumberFree, StepKind::UnassignNumber, StepKind::AssignNumber]);
            }
            steps.extend(route.then_some(StepKind::VoiceRoute));
            steps.push(StepKind::Proof);
            steps
        }
        _ => return Err(NotChosen::Unknown("item-line")),
    };
    Ok((steps, Replaced { target: Box::new(own.target.clone()), shows, drops }))
}

impl Replaced {
    /// The new values, each that differs with the one that it replaces.
    pub(super) fn items(&self, new: Vec<Item>) -> Vec<Item> {
        let old = self.target.items();
        let changed = |item: Item| {
            let before =
                old.iter().find(|before| before.label == item.label).filter(|before| before.value != item.value);
            let value = match (before.map(|before| &before.value), item.value) {
                (Some(Shown::Text(before)), Shown::Text(after)) => {
                    Shown::Said(Sentence::new("value-changed").with("before", before).with("after", after))
                }
                (Some(Shown::Said(before)), Shown::Said(after)) => {
                    let terms = Sentence::new("value-changed").with_term("before", &before.id);
                    Shown::Said(terms.with_term("after", &after.id))
                }
                (_, value) => value,
            };
            Item { value, ..item }
        };
        new.into_iter().map(changed).collect()
    }

    /// What people will notice besides.
    pub(super) fn notices(&self, new: &Target) -> Vec<Sentence> {
        let interrupts = match new {
            Target::ConnecttoTeams(_) => "notice-edit-interrupts",
            Target::CallTower(_) => "notice-change-in-portal",
            Target::DirectRouting(_) => "notice-change-at-microsoft",
            Target::Removal(_) | Target::Mend(_) => return Vec::new(),
        };
        let (old, new) = (self.target.line(), new.line());
        let cools = (old != new).then(|| Sentence::new("notice-old-line-cools").with("line", old));
        std::iter::once(Sentence::new(interrupts)).chain(cools).collect()
    }
}
