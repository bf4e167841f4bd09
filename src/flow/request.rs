//! The one thing that has a life.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::{Card, CardKind, HoldUp};
use super::step_record::{Report, StepRecord, StepStatus};
use crate::domain::{CustomerId, Fixer, Person, Place, Problem, RequestId, Sentence, Work};
use crate::plan::{Aftercare, Ask, Digest, Facts, Ground, Offer, Past, Plan, StepKind};
use crate::view::Stamp;

/// A request, complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `ONB-42`
    pub id: RequestId,
    /// Whose user.
    pub customer: CustomerId,
    /// Changes whenever what a card shows stops being true.
    pub version: u64,
    /// Who asked.
    pub requester: Person,
    /// Where they asked; everything public happens here.
    pub place: Place,
    /// They asked privately: refusals are told privately too.
    pub private: bool,
    /// What they asked for.
    pub ask: Ask,
    /// What could be chosen when the facts were read.
    pub offer: Offer,
    /// What becomes of a line that is taken away, as it was configured when the facts were read.
    #[serde(default, skip_serializing_if = "Aftercare::is_usual")]
    pub aftercare: Aftercare,
    /// Steps that are left to people, as it was configured when the facts were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<StepKind>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// What was read before asking.
    pub facts: Option<Facts>,
    /// What is to be approved, once chosen.
    pub plan: Option<Plan>,
    /// Who is asked to decide.
    pub approvers: Vec<Asked>,
    /// Who is asked to do guided steps.
    pub operators: Vec<Asked>,
    /// Chat ids of everybody else in the thread; `None`: unknown.
    pub others: Option<Vec<String>>,
    /// How many must agree.
    pub required: u32,
    /// Who agreed so far, to which plan.
    pub approvals: Vec<Given>,
    /// Who agreed and was no longer an approver when the next one did: that does not count.
    #[serde(default)]
    pub lapsed: Vec<Person>,
    /// The step journal. Empty until it runs.
    #[serde(skip)]
    pub steps: Vec<StepRecord>,
    /// Attempts at the current task that met a fault.
    pub attempt: u32,
    /// Which time it is confirmed, approved or failed.
    pub round: u32,
    /// The round in which its progress card was posted: a voided approval leaves its card as it is.
    #[serde(default = "first")]
    pub progress_round: u32,
    /// Why it stopped last; still told after somebody went on.
    #[serde(default)]
    pub stopped: Option<Failure>,
    /// What keeps it waiting without an attempt, until the next one.
    #[serde(default)]
    pub held: Option<Held>,
}

fn first() -> u32 {
    1
}

impl Request {
    /// A new request that waits for its facts.
    pub fn new(id: RequestId, asked: NewRequest, now: Timestamp) -> Self {
        let NewRequest { customer, requester, place, private, ask, offer } = asked;
        Self {
            id,
            customer,
            version: 1,
            requester,
            place,
            private,
            ask,
            offer,
            aftercare: Aftercare::default(),
            by_hand: Vec::new(),
            state: State::Checking,
            since: now,
            created_at: now,
            facts: None,
            plan: None,
            approvers: Vec::new(),
            operators: Vec::new(),
            others: None,
            required: 1,
            approvals: Vec::new(),
            lapsed: Vec::new(),
            steps: Vec::new(),
            attempt: 0,
            round: 1,
            progress_round: first(),
            stopped: None,
            held: None,
        }
    }

    /// Request and version for a card.
    pub fn stamp(&self) -> Stamp {
        Stamp { request: self.id, version: self.version }
    }

    /// The card of this kind in the present round.
    pub fn card(&self, kind: CardKind) -> Card {
        let round = match kind {
            CardKind::Progress => self.progress_round,
            CardKind::Done => first(),
            _ => self.round,
        };
        Card { kind, round }
    }

    /// The subject's display name, or the UPN while it is unknown.
    pub fn subject_name(&self) -> String {
        let Some(facts) = &self.facts else { return self.ask.subject.to_string() };
        let ours = &facts.ours;
        let own = ours.undone.as_ref().and_then(|undone| undone.after.as_ref()).or(ours.line.as_ref());
        let now = facts.subject.as_ref().map(|subject| &subject.name);
        now.or(own.map(|line| &line.subject_name)).cloned().unwrap_or_else(|| self.ask.subject.to_string())
    }

    /// The extension as people read it; empty for carriers without a PBX.
    pub fn extension(&self) -> String {
        self.ask.extension.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// The line as people read it, as far as it is known.
    pub fn line(&self) -> String {
        let planned = self.plan.as_ref().map(Plan::line);
        planned.or_else(|| self.ask.line()).map(|line| line.to_string()).unwrap_or_default()
    }

    /// The step under way: the first that is not done.
    pub fn step(&self) -> Option<&StepRecord> {
        self.steps.iter().find(|s| s.status != StepStatus::Done)
    }

    /// True once something outside may have been changed.
    pub fn has_touched_anything(&self) -> bool {
        self.steps.iter().any(|step| self.is_touched(step))
    }

    /// Something outside may have been changed by this step.
    fn is_touched(&self, step: &StepRecord) -> bool {
        let by_hand = self.plan.as_ref().is_some_and(|plan| plan.by_hand.contains(&step.kind));
        // Nobody said that anything was done by hand.
        step.has_touched() && (!by_hand || step.status == StepStatus::Done || step.report().is_some())
    }

    /// What the plan is made from, once the facts are read.
    pub fn ground(&self) -> Option<Ground<'_>> {
        let facts = self.facts.as_ref()?;
        let (aftercare, by_hand) = (&self.aftercare, self.by_hand.as_slice());
        Some(Ground { ask: &self.ask, offer: &self.offer, aftercare, by_hand, facts })
    }

    /// Who is asked to do a step: the operator to whom it was handed, or all of them.
    pub fn asked(&self, kind: StepKind) -> Vec<&Asked> {
        let handed = self.steps.iter().find(|step| step.kind == kind).and_then(|step| step.asked_of.as_deref());
        let alone: Vec<&Asked> = self.operators.iter().filter(|asked| handed == Some(asked.id.as_str())).collect();
        if alone.is_empty() { self.operators.iter().collect() } else { alone }
    }

    /// True: it takes the line away, as far as that is known.
    pub fn takes(&self) -> bool {
        match (&self.plan, self.ground()) {
            (Some(plan), _) => plan.removal().is_some(),
            (None, Some(ground)) => ground.takes(),
            (None, None) => self.ask.work == Work::Offboard,
        }
    }

    /// What it did, for later requests about the same subject; `None`: nothing was ever approved.
    pub fn past(&self) -> Option<Past> {
        let plan = self.plan.clone().filter(|plan| plan.mend().is_none())?;
        let changed = self.steps.iter().filter(|step| self.is_touched(step) && !step.kind.is_proof());
        Some(Past {
            request: self.id,
            work: self.ask.work,
            plan,
            done: self.state.name() == StateName::Done,
            over: self.state.name().is_over(),
            changed: changed.map(StepRecord::as_changed).collect(),
        })
    }

    /// The last report of an operator.
    pub fn reported(&self) -> Option<&Report> {
        self.steps.iter().rev().find_map(StepRecord::report)
    }

    /// The digest of the plan, once there is one.
    pub fn digest(&self) -> Option<Digest> {
        self.plan.as_ref().map(Digest::of)
    }
}

/// A system outside keeps a request waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The product name of the system.
    pub system: String,
    /// In which way.
    pub why: HoldUp,
    /// Since when the system is like that.
    pub since: Timestamp,
    /// Waiting ends then.
    pub until: Timestamp,
}

/// What a new request starts from.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Whose user.
    pub customer: CustomerId,
    /// Who asks.
    pub requester: Person,
    /// Where.
    pub place: Place,
    /// Privately.
    pub private: bool,
    /// For what.
    pub ask: Ask,
    /// Out of what.
    pub offer: Offer,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The facts are being read.
    Checking,
    /// Conditions are not met. The end.
    Refused,
    /// The requester chooses.
    Confirming,
    /// Approvers decide.
    AwaitingApproval {
        /// When that ends.
        expires_at: Timestamp,
        /// The card is posted and the approvers are told.
        announced: bool,
    },
    /// Steps are carried out.
    Running,
    /// It stopped; somebody can retry or cancel.
    Failed(Failure),
    /// Proven. The end.
    Done {
        /// When the proof was read.
        read_at: Timestamp,
    },
    /// An approver said no. The end.
    Rejected {
        /// Who.
        by: Person,
        /// Why.
        reason: String,
    },
    /// Somebody stopped it. The end.
    Cancelled {
        /// Who.
        by: Person,
    },
    /// Nobody acted in time. The end.
    Expired,
}

/// Why it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where.
    pub at: Stopped,
    /// The true cause.
    pub cause: Sentence,
    /// What to do next.
    pub fix: Sentence,
    /// Who can; `None`: it may mend itself, or each problem names its own.
    #[serde(default)]
    pub who: Option<Fixer>,
    /// Conditions that failed together.
    pub problems: Vec<Problem>,
    /// Under which id the log tells more.
    pub incident: Option<String>,
    /// The approval no longer holds: a retry asks for a new one.
    pub voided: bool,
    /// The operator, by id, who said that they could not: somebody else can be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_by: Option<String>,
}

impl Failure {
    /// A step waited in vain until its time was up.
    pub fn came_too_late(&self) -> bool {
        let late = |kind: StepKind| {
            let own = format!("cause-late-{}", kind.name());
            self.cause.id.starts_with(&own) || self.cause.id == "cause-late-by-hand"
        };
        matches!(self.at, Stopped::Step(kind) if late(kind))
    }

    /// It does not mend itself: the operators are told.
    pub fn needs_somebody(&self) -> bool {
        self.who.is_some() || !self.problems.is_empty()
    }
}

/// Where a request stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// While reading the facts; nothing was changed.
    Checking,
    /// At this step.
    Step(StepKind),
}

/// The name of a state: for the store, lists and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StateName {
    /// [`State::Checking`]
    Checking,
    /// [`State::Refused`]
    Refused,
    /// [`State::Confirming`]
    Confirming,
    /// [`State::AwaitingApproval`]
    AwaitingApproval,
    /// [`State::Running`]
    Running,
    /// [`State::Failed`]
    Failed,
    /// [`State::Done`]
    Done,
    /// [`State::Rejected`]
    Rejected,
    /// [`State::Cancelled`]
    Cancelled,
    /// [`State::Expired`]
    Expired,
}

impl StateName {
    /// All names, for metrics that show a zero too.
    pub const ALL: [Self; 10] = [
        Self::Checking,
        Self::Refused,
        Self::Confirming,
        Self::AwaitingApproval,
        Self::Running,
        Self::Failed,
        Self::Done,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
    ];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Refused => "refused",
            Self::Confirming => "confirming",
            Self::AwaitingApproval => "awaiting-approval",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Done => "done",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// True when nothing can happen to the request any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Done | Self::Rejected | Self::Cancelled | Self::Expired)
    }
}

impl State {
    /// Its name.
    pub fn name(&self) -> StateName {
        match self {
            Self::Checking => StateName::Checking,
            Self::Refused => StateName::Refused,
            Self::Confirming => StateName::Confirming,
            Self::AwaitingApproval { .. } => StateName::AwaitingApproval,
            Self::Running => StateName::Running,
            Self::Failed(_) => StateName::Failed,
            Self::Done { .. } => StateName::Done,
            Self::Rejected { .. } => StateName::Rejected,
            Self::Cancelled { .. } => StateName::Cancelled,
            Self::Expired => StateName::Expired,
        }
    }
}

/// Somebody who is asked to decide or to help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Entra object id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The chat's id of them, when the roster knows them.
    pub chat_id: Option<String>,
    /// Their own chat with the bot, when it is needed and known.
    pub alone: Option<Place>,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Who.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// To which plan.
    pub digest: Digest,
    /// In their words.
    pub reason: Option<String>,
}
