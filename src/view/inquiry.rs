//! Answers to `why` and `number`: what was found out, condition by condition and place by place.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Fixer, Mend, Sentence};

/// How it stands with one condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Met.
    Met,
    /// Not met: the line cannot work, or cannot be given.
    Broken,
    /// In nobody's way now, and still worth knowing.
    Notice,
    /// Not to be known, or not now.
    Unknown,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its short name.
    pub condition: Sentence,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found; for [`Verdict::Unknown`] why nothing was.
    pub found: Sentence,
    /// Since when it is so, where that is known.
    pub since: Option<Timestamp>,
    /// What to do about it.
    pub fix: Option<Sentence>,
    /// Who can do that.
    pub who: Option<Fixer>,
}

impl Finding {
    fn new(condition: &str, verdict: Verdict, found: Sentence) -> Self {
        Self { condition: Sentence::new(condition), verdict, found, since: None, fix: None, who: None }
    }

    /// It is met.
    pub fn met(condition: &str, found: Sentence) -> Self {
        Self::new(condition, Verdict::Met, found)
    }

    /// It is not met; the fix is said by the twin `<id>-fix`.
    pub fn broken(condition: &str, found: Sentence, who: Fixer) -> Self {
        let fix = Some(found.twin("-fix"));
        Self { fix, who: Some(who), ..Self::new(condition, Verdict::Broken, found) }
    }

    /// Worth knowing, with nothing to do about it.
    pub fn notice(condition: &str, found: Sentence) -> Self {
        Self::new(condition, Verdict::Notice, found)
    }

    /// Worth mending; the fix is said by the twin `<id>-fix`.
    pub fn advice(condition: &str, found: Sentence, who: Fixer) -> Self {
        Self { verdict: Verdict::Notice, ..Self::broken(condition, found, who) }
    }

    /// Nobody told; what to do is said by the twin `<id>-fix`. `who`: `None` where it may pass by itself.
    pub fn unknown(condition: &str, why: Sentence, who: Option<Fixer>) -> Self {
        let fix = Some(why.twin("-fix"));
        Self { fix, who, ..Self::new(condition, Verdict::Unknown, why) }
    }

    /// The same, known since then.
    #[must_use]
    pub fn since(self, at: Option<Timestamp>) -> Self {
        Self { since: at, ..self }
    }
}

/// Answer to `why`: every condition of a phone line for one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// Display name, or the UPN while nobody tells it.
    pub subject_name: String,
    /// UPN.
    pub subject: String,
    /// All conditions.
    pub findings: Vec<Finding>,
    /// What can be mended by a button.
    #[serde(default)]
    pub mends: Vec<Mend>,
    /// When everything was read.
    pub read_at: Timestamp,
}

/// How it stands with a number in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holding {
    /// Somebody or something has it.
    Held,
    /// It is known there, and nobody has it.
    Known,
    /// Nothing is known of it there.
    Free,
    /// That place did not tell.
    Unknown,
}

/// What one place knows about a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Which place, as a short name.
    pub place: Sentence,
    /// How it stands there.
    pub holding: Holding,
    /// Who has it, or why nobody tells.
    pub found: Sentence,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
    /// What to do about it.
    pub fix: Option<Sentence>,
    /// Who can do that.
    pub who: Option<Fixer>,
}

/// What is known about a number at one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holders {
    /// The customer, as people read it.
    pub customer: String,
    /// In one sentence.
    pub verdict: Sentence,
    /// Place by place.
    pub holders: Vec<Holder>,
}

/// Answer to `number`: who has a number or an extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCard {
    /// The number or the extension, as it is written.
    pub number: String,
    /// Every customer for whom the person who asks has a role.
    pub customers: Vec<Holders>,
    /// When everything was read.
    pub read_at: Timestamp,
}
