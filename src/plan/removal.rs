//! Taking a line away: the carrier first, Microsoft 365 second, always.
//!
//! Whoever removes the licence or the account first leaves the carrier with a user that its portal no longer lists and
//! Microsoft with a number that nobody can free. Then the plan begins with putting back what is missing, and ends with
//! removing it again. A device at the PBX is removed if and only if our own record says that we made it.
//! Source of the order: <https://www.uc.solutions/Microsoft_Teams/MS_Teams_Direct_Routing/MS_Teams_Direct_Routing_-_Add_User>

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::preview::{said, text};
use super::step::{Course, How, LATE, Late, Looks, operators};
use super::{
    EmergencyBefore, Ground, NotChosen, Offer, OwnLine, PhoneSystem, PolicyBefore, StepKind, Target, Worksheet, given,
};
use crate::config::Customer;
use crate::domain::{Extension, Fixer, Line, MicrosoftSide, Sentence, Upn, Work};
use crate::view::Item;

/// What becomes of a line after it was taken away, out of the customer's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aftercare {
    /// Nobody else gets the number and the extension for so long.
    pub cooling: SignedDuration,
    /// What may be done at Microsoft afterwards, if somebody chooses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub microsoft: Vec<MicrosoftSide>,
}

impl Default for Aftercare {
    fn default() -> Self {
        Self { cooling: SignedDuration::from_hours(30 * 24), microsoft: Vec::new() }
    }
}

impl Aftercare {
    /// Nothing else is configured.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// What a customer has configured.
    pub fn of(customer: &Customer) -> Self {
        Self { cooling: customer.offboard.cooling, microsoft: customer.offboard.microsoft.clone() }
    }
}

/// Through whom a line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakenFrom {
    /// ConnecttoTeams.
    #[serde(rename = "connecttoteams")]
    ConnecttoTeams,
    /// CallTower Connect.
    #[serde(rename = "calltower")]
    CallTower,
    /// Microsoft Graph alone.
    DirectRouting,
}

/// What becomes of the connector's device at the PBX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceEnd {
    /// We made it: it is removed.
    Remove,
    /// It was there before: its emergency data become what they were.
    Restore(EmergencyBefore),
    /// It was there before: it stays as it is.
    Keep,
    /// Nobody knows who made it: it stays as well.
    Unsure,
}

/// What was removed at Microsoft too early, and has to come back first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Back {
    /// The licence for calling.
    Licence,
    /// The account.
    Account,
}

/// What a plan takes away. The order of the fields is part of every digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Through whom.
    pub taken_from: TakenFrom,
    /// The line that goes.
    pub line: Line,
    /// What Microsoft showed when the facts were read.
    pub shows: Vec<String>,
    /// The extension, as far as it is known.
    pub extension: Option<Extension>,
    /// The connector's device and what becomes of it.
    pub device: Option<(String, DeviceEnd)>,
    /// The voice routing policy that comes back.
    pub policy: Option<PolicyBefore>,
    /// The portal that guided cards link to.
    pub portal_url: Option<String>,
    /// What has to be put back at Microsoft first.
    pub back_first: Option<Back>,
    /// What is done at Microsoft in the end.
    pub microsoft: MicrosoftSide,
    /// Nobody else gets the number and the extension for so long.
    pub cooling: SignedDuration,
    /// How long Microsoft may take.
    pub removal_deadline: SignedDuration,
}

impl Ground<'_> {
    /// The line that is to go, out of our own records.
    pub(super) fn own_line(&self) -> Option<&OwnLine> {
        let ours = &self.facts.ours;
        let line = match self.ask.work {
            Work::Undo(_) => ours.undone.as_ref().and_then(|undone| undone.after.as_ref()),
            _ => ours.line.as_ref(),
        };
        // A customer may have changed its carrier since.
        line.filter(|line| line.target.is_of(self.offer))
    }

    /// The line that goes: as we set it, or else as Microsoft shows it.
    pub(super) fn line_to_go(&self) -> Option<Line> {
        let shows: Vec<String> = self.facts.stands.iter().flat_map(|stands| stands.numbers.clone()).collect();
        let own = self.own_line().map(|own| own.standing(&shows).line());
        let shown = self.facts.stands.iter().flat_map(|stands| &stands.numbers).find_map(|number| Line::shown(number));
        // Taking it away was begun: what Microsoft shows no more, the carrier may still have.
        own.or(shown).or_else(|| self.facts.ours.disabled_line.clone())
    }

    /// The name of the voice routing policy that somebody else set in place of ours: it stays.
    pub(super) fn foreign_policy(&self) -> Option<String> {
        let own = self.own_line().filter(|own| own.policy.is_some())?;
        let now = self.facts.stands.as_ref()?.policy.as_ref();
        let id = now.and_then(|policy| policy.policy_id.as_deref());
        let set = std::iter::once(&own.target).chain(own.tried.as_deref());
        let ours = set.filter_map(Target::direct_routing).filter_map(|target| target.route.as_ref());
        let is_ours = ours.into_iter().any(|route| Some(route.policy_id.as_str()) == id);
        // Midway it may be back already, which is what is wanted.
        let is_back = own.policy.as_ref().map(PolicyBefore::own_id) == Some(now.and_then(PolicyBefore::own_id));
        let name = || now.and_then(|policy| policy.name.clone()).unwrap_or_else(|| "Global".to_owned());
        (!is_ours && !is_back).then(name)
    }

    /// What was removed at Microsoft although the carrier still needs it.
    pub(super) fn removed_too_early(&self) -> Option<Back> {
        let Some(subject) = &self.facts.subject else {
            // A number is asked for by itself, so it may go although its holder is found nowhere.
            return (!matches!(self.offer, Offer::DirectRouting(_))).then_some(Back::Account);
        };
        // Microsoft, too, keeps the number of whoever has no licence: <https://github.com/KelvinTegelaar/CIPP/issues/4632>
        let usable = matches!(subject.phone_system, PhoneSystem::Usable | PhoneSystem::Grace);
        (!usable).then_some(Back::Licence)
    }

    pub(super) fn take_away(&self, inputs: &BTreeMap<String, String>) -> Result<Removal, NotChosen> {
        let back_first = self.removed_too_early();
        // What somebody removed on purpose is removed again, in the right order this time, unless they choose otherwise.
        let again = match back_first {
            None => MicrosoftSide::Leave,
            Some(Back::Licence) => MicrosoftSide::Licence,
            Some(Back::Account) => MicrosoftSide::Delete,
        };
        let microsoft = match given(inputs, "microsoft").map(MicrosoftSide::parse) {
            None => again,
            Some(Some(side)) if side == MicrosoftSide::Leave || side == again => side,
            Some(Some(side)) if self.aftercare.microsoft.contains(&side) => side,
            Some(_) => return Err(NotChosen::Unknown("item-microsoft")),
        };
        let line = self.line_to_go().ok_or(NotChosen::Missing("item-line"))?;
        let own = self.own_line();
        let shows: Vec<String> = self.facts.stands.iter().flat_map(|stands| stands.numbers.clone()).collect();
        let set = own.and_then(|own| own.standing(&shows).connecttoteams());
        let extension = set.map(|target| target.extension.clone()).or_else(|| match (&line, self.offer) {
            (Line::Extension(extension), Offer::ConnecttoTeams(_)) => Some(extension.clone()),
            _ => None,
        });
        let undo = matches!(self.ask.work, Work::Undo(_));
        let end = |device: &String| match own {
            Some(own) if own.made.contains(device) => DeviceEnd::Remove,
            // Only what can be written again can be restored.
            Some(OwnLine { emergency: Some(before), .. }) if undo && before.known().is_some() => {
                DeviceEnd::Restore(before.clone())
            }
            Some(OwnLine { emergency: Some(_), .. }) => DeviceEnd::Keep,
            _ => DeviceEnd::Unsure,
        };
        let (taken_from, portal_url, removal_deadline) = match self.offer {
            Offer::ConnecttoTeams(offer) => (TakenFrom::ConnecttoTeams, None, offer.sync_deadline),
            Offer::CallTower(offer) => (TakenFrom::CallTower, Some(offer.portal_url.clone()), offer.ready_deadline),
            Offer::DirectRouting(offer) => (TakenFrom::DirectRouting, None, offer.ready_deadline),
        };
        Ok(Removal {
            taken_from,
            line,
            shows,
            extension,
            device: set.map(|target| (target.device.clone(), end(&target.device))),
            policy: own.and_then(|own| own.policy.clone()).filter(|_| self.foreign_policy().is_none()),
            portal_url,
            back_first,
            microsoft,
            cooling: self.aftercare.cooling,
            removal_deadline,
        })
    }
}

/// Microsoft shows soon that a line is gone.
const CLEAN_IS_LATE: Late = Late { say: "say-clean-late", ..LATE };

impl Removal {
    pub(super) fn steps(&self) -> Vec<StepKind> {
        let mut steps = vec![StepKind::LineStands];
        steps.extend(self.back_first.map(|_| StepKind::BackAtMicrosoft));
        match self.taken_from {
            TakenFrom::ConnecttoTeams => {
                steps.extend([StepKind::DisableCalling, StepKind::DeleteUser]);
                steps.extend(self.device.as_ref().and_then(|(_, end)| match end {
                    DeviceEnd::Remove => Some(StepKind::RemoveDevice),
                    DeviceEnd::Restore(_) => Some(StepKind::RestoreDevice),
                    DeviceEnd::Keep | DeviceEnd::Unsure => None,
                }));
            }
            TakenFrom::CallTower => steps.push(StepKind::DeleteInConnect),
            TakenFrom::DirectRouting => {
                steps.push(StepKind::UnassignNumber);
                steps.extend(self.policy.as_ref().map(|_| StepKind::RestorePolicy));
            }
        }
        steps.push(StepKind::Clean);
        steps.extend((self.microsoft != MicrosoftSide::Leave).then_some(StepKind::MicrosoftSide));
        steps
    }

    pub(super) fn inputs(&self) -> BTreeMap<String, String> {
        [("microsoft".to_owned(), self.microsoft.value().to_owned())].into()
    }

    /// The device to be removed.
    pub fn doomed_device(&self) -> Option<&str> {
        self.device.as_ref().filter(|(_, end)| *end == DeviceEnd::Remove).map(|(name, _)| name.as_str())
    }

    pub(super) fn course(&self, kind: StepKind) -> Course {
        let looks = match self.taken_from {
            TakenFrom::CallTower => Looks::HourlyInTheEnd,
            TakenFrom::ConnecttoTeams | TakenFrom::DirectRouting => Looks::OftenAtFirst,
        };
        let microsoft = Course {
            how: How::Automatic,
            looks,
            usual: None,
            late: Some(CLEAN_IS_LATE),
            stops_after: self.removal_deadline,
            counts_from: None,
            again_from: None,
            too_late: None,
            mender: Fixer::PortalOperator,
        };
        match kind {
            StepKind::DisableCalling | StepKind::DeleteUser | StepKind::DeleteInConnect => {
                operators(Fixer::PortalOperator)
            }
            StepKind::BackAtMicrosoft | StepKind::MicrosoftSide => operators(Fixer::MicrosoftAdmin),
            StepKind::RemoveDevice | StepKind::RestoreDevice => Course::automatic(Fixer::PbxAdmin),
            StepKind::UnassignNumber | StepKind::RestorePolicy => {
                Course { mender: Fixer::MicrosoftAdmin, late: Some(LATE), ..microsoft }
            }
            StepKind::Clean => microsoft,
            _ => Course::automatic(Fixer::MicrosoftAdmin),
        }
    }

    pub(super) fn says(&self, sentence: Sentence) -> Sentence {
        let extension = self.extension.as_ref().map(ToString::to_string).unwrap_or_default();
        let device = self.device.as_ref().map(|(name, _)| name.as_str()).unwrap_or_default();
        let sentence = sentence.with("line", &self.line).with("number", &self.line).with("device", device);
        sentence.with("extension", extension).with_term("microsoft", self.microsoft_value())
    }

    fn microsoft_value(&self) -> &'static str {
        match self.microsoft {
            MicrosoftSide::Leave => "microsoft-leave",
            MicrosoftSide::Licence => "microsoft-licence",
            MicrosoftSide::Delete => "microsoft-delete",
        }
    }

    /// Everything that is approved besides the subject, value by value.
    pub(super) fn items(&self) -> Vec<Item> {
        let mut items = vec![text("item-line-to-go", &self.line)];
        items.extend(self.extension.as_ref().map(|extension| text("item-extension", extension)));
        items.extend(self.device.as_ref().map(|(name, end)| {
            let id = match end {
                DeviceEnd::Remove => "value-device-removed",
                DeviceEnd::Restore(_) => "value-device-restored",
                DeviceEnd::Keep => "value-device-kept",
                DeviceEnd::Unsure => "value-device-unsure",
            };
            let value = Sentence::new(id).with("device", name);
            Item { label: "item-device".to_owned(), value: crate::view::Shown::Said(value) }
        }));
        items.extend(self.policy.as_ref().map(PolicyBefore::item));
        items.extend(self.back_first.map(|back| match back {
            Back::Licence => said("item-back-first", "value-back-licence"),
            Back::Account => said("item-back-first", "value-back-account"),
        }));
        items.push(said("item-microsoft", self.microsoft_value()));
        items
    }

    pub(super) fn notices(&self) -> Vec<Sentence> {
        let hours = self.cooling.as_hours();
        let cools = match hours % 24 {
            0 if hours >= 48 => Sentence::new("notice-line-cools-days").with("days", hours / 24),
            _ => Sentence::new("notice-line-cools").with("hours", hours),
        };
        let gone = Sentence::new("notice-line-goes").with("line", &self.line);
        let last = match self.microsoft {
            MicrosoftSide::Leave => "notice-microsoft-untouched",
            MicrosoftSide::Licence | MicrosoftSide::Delete => "notice-microsoft-last",
        };
        vec![gone, cools.with("line", &self.line), Sentence::new(last)]
    }

    /// What a human is asked to do.
    pub(super) fn worksheet(&self, kind: StepKind, (subject, name): (&Upn, &str)) -> Option<Worksheet> {
        let licence = self.microsoft == MicrosoftSide::Licence;
        let (title, instructions): (&str, &[&str]) = match kind {
            StepKind::DisableCalling => {
                ("guided-title-disable-calling", &["guided-sign-in", "guided-disable-find", "guided-disable-calling"])
            }
            StepKind::DeleteUser => {
                ("guided-title-delete-user", &["guided-delete-filter", "guided-delete-user", "guided-delete-check"])
            }
            StepKind::DeleteInConnect => (
                "guided-title-delete-in-connect",
                &[
                    "guided-connect-sign-in",
                    "guided-connect-find",
                    "guided-connect-delete",
                    "guided-connect-delete-check",
                ],
            ),
            StepKind::BackAtMicrosoft => match self.back_first {
                Some(Back::Account) => ("guided-title-account-back", &["guided-account-back", "guided-licence-back"]),
                _ if self.taken_from == TakenFrom::DirectRouting => {
                    ("guided-title-licence-back", &["guided-licence-back", "guided-licence-wait-microsoft"])
                }
                _ => ("guided-title-licence-back", &["guided-licence-back", "guided-licence-wait"]),
            },
            StepKind::MicrosoftSide if licence => ("guided-title-remove-licence", &["guided-remove-licence"]),
            StepKind::MicrosoftSide => ("guided-title-delete-account", &["guided-delete-account"]),
            _ => return None,
        };
        let mut items = vec![text("item-subject", subject), text("item-name", name)];
        items.push(text("item-line-to-go", &self.line));
        items.extend(self.extension.as_ref().map(|extension| text("item-extension", extension)));
        let portal = kind == StepKind::DeleteInConnect;
        let link = self.portal_url.clone().filter(|_| portal);
        Some(Worksheet {
            title: Sentence::new(title),
            instructions: instructions.iter().map(|id| Sentence::new(id)).collect(),
            items,
            link: link.map(|url| (Sentence::new("guided-link-connect"), url)),
            by_hand: None,
        })
    }
}

impl Target {
    /// It belongs to the carrier of this offer.
    fn is_of(&self, offer: &Offer) -> bool {
        matches!(
            (self, offer),
            (Self::ConnecttoTeams(_), Offer::ConnecttoTeams(_))
                | (Self::CallTower(_), Offer::CallTower(_))
                | (Self::DirectRouting(_), Offer::DirectRouting(_))
        )
    }
}
