//! Mending one thing that `why` found: what only people can do in the carrier's portal is asked of them, and the group that
//! the carrier syncs is joined through Microsoft Graph.
//! Source of the list: <https://voipdocs.io/en_US/teammate-connector/add-new-users-to-teammate>

use serde::{Deserialize, Serialize};

use super::preview::text;
use super::step::{Course, operators};
use super::{Ground, GroupFact, NotChosen, StepKind, Worksheet};
use crate::domain::{Fixer, Line, Mend, Sentence};
use crate::view::Item;

/// What is mended. The order of the fields is part of every digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MendTarget {
    /// What.
    pub mends: Mend,
    /// The group that the carrier syncs, by object id.
    pub group: String,
    /// Its name, or its id where nobody tells the name.
    pub group_name: String,
    /// The line, as far as it is known.
    pub line: Line,
}

impl Ground<'_> {
    pub(super) fn mend(&self, mends: Mend) -> Result<MendTarget, NotChosen> {
        let offer = self.offer.connecttoteams().ok_or(NotChosen::Unknown("item-line"))?;
        let named = self.facts.subject.as_ref().and_then(|subject| match &subject.group {
            GroupFact::Read { name, .. } => Some(name.clone()),
            GroupFact::Missing | GroupFact::Unread => None,
        });
        let group = offer.sync_group.clone();
        let line = self.line_to_go().unwrap_or(Line::Unknown);
        Ok(MendTarget { mends, group_name: named.unwrap_or_else(|| group.clone()), group, line })
    }
}

impl MendTarget {
    pub(super) fn steps(&self) -> Vec<StepKind> {
        vec![match self.mends {
            Mend::GroupSync => StepKind::GroupSync,
            Mend::Enable => StepKind::Enable,
            Mend::JoinGroup => StepKind::JoinGroup,
        }]
    }

    pub(super) fn course(&self, kind: StepKind) -> Course {
        match kind {
            StepKind::JoinGroup => Course::automatic(Fixer::MicrosoftAdmin),
            _ => operators(Fixer::PortalOperator),
        }
    }

    pub(super) fn says(&self, sentence: Sentence) -> Sentence {
        sentence.with("group", &self.group_name).with("line", &self.line)
    }

    pub(super) fn items(&self) -> Vec<Item> {
        let group = text("item-sync-group", &self.group_name);
        match self.mends {
            Mend::Enable => vec![text("item-line", &self.line)],
            Mend::GroupSync | Mend::JoinGroup => vec![group],
        }
    }

    pub(super) fn notices(&self) -> Vec<Sentence> {
        match self.mends {
            Mend::JoinGroup => vec![Sentence::new("notice-group-joined").with("group", &self.group_name)],
            Mend::GroupSync | Mend::Enable => Vec::new(),
        }
    }

    pub(super) fn worksheet(&self, kind: StepKind, subject: &str) -> Option<Worksheet> {
        let (title, instructions): (&str, &[&str]) = match kind {
            StepKind::GroupSync => ("guided-title-group-sync", &["guided-sign-in", "guided-group-sync"]),
            StepKind::Enable => ("guided-title-enable", &["guided-sign-in", "guided-enable-calling"]),
            _ => return None,
        };
        let items = std::iter::once(text("item-subject", subject)).chain(self.items()).collect();
        let instructions = instructions.iter().map(|id| Sentence::new(id)).collect();
        Some(Worksheet { title: Sentence::new(title), instructions, items, link: None, by_hand: None })
    }
}
