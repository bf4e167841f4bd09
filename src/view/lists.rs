//! Lists: requests, commands, and somebody's own page.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Clock;
use crate::domain::{RequestId, Sentence, Work};

/// One request in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The request.
    pub request: RequestId,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_onboard")]
    pub work: Work,
    /// UPN of the subject.
    pub subject: String,
    /// Extension and line.
    pub line: String,
    /// What state it is in and what it waits for.
    pub state: Sentence,
    /// Since when.
    pub since: Timestamp,
    /// Who asked, by display name.
    pub requester: String,
    /// What the step under way waits by, where one request alone is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
}

/// Answer to `status` and `list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// The heading.
    pub title: Sentence,
    /// Newest first.
    pub rows: Vec<Row>,
    /// How many more there are.
    pub more: u32,
}

/// One line of the help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelpLine {
    /// How it is written: `onboard <upn> ext <n> [route <name>]`.
    pub usage: String,
    /// What it does.
    pub does: Sentence,
    /// One that works.
    pub example: String,
}

/// How one outside system is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemLine {
    /// Customer and system, as people read them: `Contoso: NetSapiens`.
    pub name: String,
    /// `true`: it works as far as the bot knows.
    pub works: bool,
    /// What is known.
    pub state: Sentence,
}

/// One person's own page (Slack's Home tab).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// What they asked for, newest first.
    pub mine: Vec<Row>,
    /// What waits for them: to choose, to decide, or to do in a portal.
    pub waiting: Vec<Row>,
    /// The systems of the customers for which they have a role.
    pub systems: Vec<SystemLine>,
    /// When it was read.
    pub read_at: Timestamp,
    /// Instead of everything else: why there is nothing to show.
    pub refusal: Option<Sentence>,
}

impl Home {
    /// Nothing but why.
    pub fn refused(why: Sentence, read_at: Timestamp) -> Self {
        Self { mine: Vec::new(), waiting: Vec::new(), systems: Vec::new(), read_at, refusal: Some(why) }
    }
}
