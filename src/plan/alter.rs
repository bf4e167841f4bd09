//! Changing a line that is there: the carrier's own plan with other values and only the steps that these need.
//!
//! An edit at ConnecttoTeams takes the line down for about ten minutes, because the carrier removes and sets it up again;
//! it is said before anybody agrees.
//! Source: <https://kb.connecttoteams.com/docs/update-pbx-user>

use serde::{Deserialize, Serialize};

use super::{CallTowerTarget, NotChosen, StepKind, Target};
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

/// The steps from one target to another of the same carrier, and what is replaced. `made`: the devices that we made.
pub(super) fn alter(
    (old, made): (&Target, &[String]),
    new: &Target,
    shows: Vec<String>,
) -> Result<(Vec<StepKind>, Replaced), NotChosen> {
    if old.sets_the_same(new) {
        return Err(NotChosen::Nothing);
    }
    let replaced = Box::new(old.clone());
    let mut drops = None;
    let steps = match (old, new) {
        (Target::ConnecttoTeams(old), Target::ConnecttoTeams(new)) => {
            let moved = old.extension != new.extension;
            drops = Some(old.device.clone()).filter(|device| moved && made.contains(device));
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
            let number = (old.number != new.number).then_some(StepKind::NumberShown);
            let first = [StepKind::LineStands, StepKind::ChangeInConnect];
            first.into_iter().chain(number).chain([StepKind::Proof]).collect()
        }
        (Target::DirectRouting(old), Target::DirectRouting(new)) => {
            let (number, route) = (old.number != new.number, old.route != new.route && new.route.is_some());
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
    Ok((steps, Replaced { target: replaced, shows, drops }))
}

impl Target {
    /// The same values are set. Times and the group say how it is waited for, not what is set.
    pub(super) fn sets_the_same(&self, new: &Self) -> bool {
        match (self, new) {
            (Self::ConnecttoTeams(old), Self::ConnecttoTeams(new)) => {
                (&old.extension, &old.line, &old.choices) == (&new.extension, &new.line, &new.choices)
            }
            (Self::CallTower(old), Self::CallTower(new)) => {
                let place = |target: &CallTowerTarget| (target.portal_location.clone(), target.service_plan.clone());
                place(old) == place(new) && old.number == new.number
            }
            (Self::DirectRouting(old), Self::DirectRouting(new)) => {
                old.number == new.number && (new.route.is_none() || old.route == new.route)
            }
            _ => false,
        }
    }
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
