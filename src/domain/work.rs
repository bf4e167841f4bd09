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
}

impl Work {
    /// Stable name for the journal, metrics and sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Onboard => "onboard",
            Self::Offboard => "offboard",
            Self::Change => "change",
            Self::Undo(_) => "undo",
        }
    }

    /// The kind of request that there was before there were others.
    pub fn is_onboard(&self) -> bool {
        *self == Self::Onboard
    }

    /// A sentence that differs by what is done.
    pub fn says(self, sentence: Sentence) -> Sentence {
        let undone = if let Self::Undo(id) = self { id.to_string() } else { String::new() };
        sentence.with("work", self.name()).with("undone", undone)
    }
}
