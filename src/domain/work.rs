//! What a request is to do.

use serde::{Deserialize, Serialize};

use super::{RequestId, Sentence};

/// What a request is to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Give somebody a line.
    #[default]
    Onboard,
    /// Take it away.
    Offboard,
    /// Change what somebody has.
    Change,
    /// Take back what a request did.
    Undo(RequestId),
    /// Mend one thing that `why` found.
    Mend(Mend),
}

/// What can be mended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mend {
    /// An operator does a User Group Sync at the carrier.
    GroupSync,
    /// An operator enables calling at the carrier.
    Enable,
    /// The user joins the group that the carrier syncs.
    JoinGroup,
}

impl Mend {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::JoinGroup, Self::GroupSync, Self::Enable];

    /// The verb of its button.
    pub fn verb(self) -> &'static str {
        match self {
            Self::GroupSync => "mend_group_sync",
            Self::Enable => "mend_enable",
            Self::JoinGroup => "mend_join_group",
        }
    }

    /// Reads what [`Self::verb`] writes.
    pub fn parse(verb: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mend| mend.verb() == verb)
    }
}

impl Work {
    /// Stable name for the journal, metrics and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Onboard => "onboard",
            Self::Offboard => "offboard",
            Self::Change => "change",
            Self::Undo(_) => "undo",
            Self::Mend(_) => "mend",
        }
    }

    /// The kind of request that there was before there were others.
    pub fn is_onboard(&self) -> bool {
        *self == Self::Onboard
    }

    /// A sentence that differs by what is done.
    pub fn says(self, sentence: Sentence) -> Sentence {
        let undone = if let Self::Undo(id) = self { id.to_string() } else { String::new() };
        let sentence = sentence.with("work", self.name()).with("undone", undone);
        match self {
            Self::Mend(Mend::GroupSync) => sentence.with_term("mending", "mending-group-sync"),
            Self::Mend(Mend::Enable) => sentence.with_term("mending", "mending-enable"),
            Self::Mend(Mend::JoinGroup) => sentence.with_term("mending", "mending-join-group"),
            Self::Onboard | Self::Offboard | Self::Change | Self::Undo(_) => sentence,
        }
    }
}
