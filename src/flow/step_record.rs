//! One row of the step journal: how far a step is, what was found, and the part that people play.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Person, Sentence};
use crate::plan::{Changed, StepKind, Usual};
use crate::view::{Item, Shown, shown_time};

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Not reached.
    Open,
    /// Under way.
    Running,
    /// Waiting for Microsoft or a vendor.
    Waiting,
    /// Waiting for an operator as well.
    Guided,
    /// Read back.
    Done,
    /// Ended with a fault.
    Failed,
}

/// One row of the step journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which step.
    pub kind: StepKind,
    /// How far it is.
    pub status: StepStatus,
    /// Attempts that met a fault, since the last retry.
    pub attempt: u32,
    /// When it began.
    pub since: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Until when it is waited for or tried again, as far as that is known; then it stops.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// When it was last found not to be done; `None`: never yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Timestamp>,
    /// When it is looked at next; `None`: under way, or kept waiting by a system outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// How long it usually takes, as it was known when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Usual>,
    /// From when on it takes longer than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_at: Option<Timestamp>,
    /// What it waits for.
    pub detail: Option<Sentence>,
    /// What was read back.
    pub evidence: Vec<Item>,
    /// How it was before; JSON.
    pub before: Option<String>,
    /// The change was accepted; what it is asked after with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The part a human plays.
    pub guided: Option<GuidedStep>,
    /// The operator, by id, to whom it was handed; `None`: all are asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_of: Option<String>,
    /// Who could not do it, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cannot: Vec<Report>,
    /// Somebody was told that it is late.
    pub late_told: bool,
}

impl StepRecord {
    /// A step that has not been reached.
    pub fn new(kind: StepKind) -> Self {
        Self {
            kind,
            status: StepStatus::Open,
            attempt: 0,
            since: None,
            ended: None,
            until: None,
            checked: None,
            next: None,
            usual: None,
            late_at: None,
            detail: None,
            evidence: Vec::new(),
            before: None,
            ticket: None,
            guided: None,
            asked_of: None,
            cannot: Vec::new(),
            late_told: false,
        }
    }
}

impl StepRecord {
    /// Something outside may have been changed by it.
    pub(super) fn has_touched(&self) -> bool {
        match self.kind {
            kind if kind.is_recheck() => false,
            // Nobody said that anything was done in the portal.
            kind if kind.is_done_by_people() => self.status == StepStatus::Done || self.report().is_some(),
            _ => self.status != StepStatus::Open,
        }
    }

    /// What people said about it, as it is told at the end: who could not, then who did.
    pub(super) fn reports(&self) -> impl Iterator<Item = Item> {
        let done = self.report().filter(|_| self.status == StepStatus::Done);
        let cannot = self.cannot.iter().map(|report| ("item-could-not", report));
        cannot.chain(done.map(|report| ("item-reported-by", report))).map(|(label, report)| {
            let id = if report.note.is_some() { "value-reported-note" } else { "value-reported" };
            let said = Sentence::new(id).with("by", &report.by.name).with("at", shown_time(report.at));
            let said = said.with_term("step", &format!("step-short-{}", self.kind.name()));
            let said = said.with("note", report.note.clone().unwrap_or_default());
            Item { label: label.to_owned(), value: Shown::Said(said) }
        })
    }

    /// It for later requests about the same subject.
    pub(super) fn as_changed(&self) -> Changed {
        Changed { kind: self.kind, before: self.before.clone(), done: self.status == StepStatus::Done }
    }

    /// Who said that it is done.
    pub fn report(&self) -> Option<&Report> {
        self.guided.as_ref().and_then(|guided| guided.report.as_ref())
    }
}

/// A step that an operator was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidedStep {
    /// When they were asked.
    pub asked_at: Timestamp,
    /// When they were reminded last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded_at: Option<Timestamp>,
    /// Who said it is done.
    pub report: Option<Report>,
}

/// "Done", said by somebody; not yet proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// In their words.
    pub note: Option<String>,
}

impl Report {
    /// It as evidence of what somebody said.
    pub fn items(&self) -> Vec<Item> {
        let item = |label: &str, value| Item { label: label.to_owned(), value };
        let by = item("item-reported-by", Shown::Text(self.by.name.clone()));
        let note = self.note.clone().map(|note| item("item-note", Shown::Text(note)));
        [by, item("item-reported-at", Shown::Time(self.at))].into_iter().chain(note).collect()
    }

    /// It as evidence of who could not, and why.
    pub fn as_refusal(&self) -> Item {
        let said = Sentence::new("value-could-not").with("by", &self.by.name);
        let said = said.with("note", self.note.clone().unwrap_or_default());
        Item { label: "item-could-not".to_owned(), value: Shown::Said(said) }
    }
}
