//! What happens to a request, and what a decision asks for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::request::Asked;
use crate::domain::{Fixer, Person, Problem, RequestId, Roles, Sentence, Upn};
use crate::plan::{Aftercare, Facts, HeldNumber, Offer, StepKind, Usual};
use crate::view::Item;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A person acted.
    Acted(Act),
    /// The facts have been read.
    FactsRead(Box<Facts>),
    /// It is known who is asked.
    PeopleFound(People),
    /// One attempt at a step ended.
    StepEnded(StepKind, StepOutcome),
    /// Reading facts or finding people met a fault.
    TaskFaulted(Fault),
    /// No attempt at this task was made, or it only showed that the system still does not work.
    Held(Task, Hold),
    /// Nobody confirmed or decided in time.
    Expired,
}

/// A person pressed a button or typed a command about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: Person,
    /// What they may do for this customer, read just now.
    pub roles: Roles,
    /// What they saw when they acted.
    pub seen: Seen,
    /// What they want.
    pub action: Action,
    /// Ids of those who agreed earlier and may not decide any more; read at an approval, otherwise empty.
    pub lapsed: Vec<String>,
}

/// What somebody saw when they acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// They typed the request's id: they mean it as it is now.
    Typed,
    /// A card that showed this version; `None` when the card said none that can be read.
    Card(Option<u64>),
}

/// What a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send for approval with these inputs.
    Submit(BTreeMap<String, String>),
    /// Agree.
    Approve(Option<String>),
    /// Refuse; the reason may be missing, then nothing changes.
    Reject(Option<String>),
    /// Go on where it stopped.
    Retry,
    /// Stop for good.
    Cancel,
    /// The guided step was done in the portal.
    GuidedDone(Option<String>),
    /// The guided step cannot be done.
    GuidedFail(Option<String>),
    /// Ask this operator, by id, instead.
    HandOver(Option<String>),
    /// Stop for good, because what was done so far is to be taken back.
    GiveUp,
    /// Look now.
    Refresh,
}

/// What the customer's configuration and the journal say at the moment of deciding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How many approvers must agree.
    pub required: u32,
    /// How long a confirm or approval card stays open.
    pub expires_after: SignedDuration,
    /// What can be chosen today; `None` when the customer or its carrier is no longer configured.
    pub offer: Option<Offer>,
    /// What becomes of a line that is taken away.
    pub aftercare: Aftercare,
    /// What people do by hand.
    pub guided: GuidedPolicy,
    /// Another request that holds the extension right now.
    pub held_by: Option<(RequestId, Upn)>,
    /// Numbers that other requests hold right now.
    pub numbers_held: Vec<HeldNumber>,
    /// How long the steps of its plan usually took here, where enough cases tell.
    pub usual: BTreeMap<StepKind, Usual>,
}

/// What people do by hand, and how they are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuidedPolicy {
    /// Steps that are left to them.
    pub steps: Vec<StepKind>,
    /// They are reminded after so long; zero: never.
    pub reminder: SignedDuration,
    /// Nobody but they themselves sees the card, as long as they can be reached.
    pub directly: bool,
}

/// Who is asked, and who else sees the card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// May decide.
    pub approvers: Vec<Asked>,
    /// Are asked to do guided steps.
    pub operators: Vec<Asked>,
    /// Chat ids of everybody else in the conversation; `None` when the roster could not be read.
    pub others: Option<Vec<String>>,
}

/// How one attempt at a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// Read back; what was read, for the proof and the record.
    Done(Vec<Item>),
    /// It has to be changed, and this is how it is now (JSON); nothing was changed yet.
    Prepared(String),
    /// The change was accepted; with this it can be asked after, and it need not be made again.
    Accepted(String),
    /// Not there yet; what it waits for.
    NotYet(Sentence),
    /// It met a fault.
    Faulted(Fault),
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The true cause.
    pub cause: Sentence,
    /// What to do next.
    pub fix: Sentence,
    /// Conditions that failed together.
    pub problems: Vec<Problem>,
    /// It may go away by itself.
    pub transient: bool,
    /// The vendor asked for this pause.
    pub retry_after: Option<SignedDuration>,
    /// Under which id the log tells more.
    pub incident: Option<String>,
    /// Who can mend it; `None`: it may mend itself, or each problem names its own.
    pub who: Option<Fixer>,
    /// The operators, found out for this fault, where they may not be known yet.
    pub operators: Vec<Asked>,
}

/// A system outside keeps a request waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The product name of the system.
    pub system: String,
    /// In which way.
    pub why: HoldUp,
    /// Since when the system is like that.
    pub since: Timestamp,
    /// When to look again.
    pub next: Timestamp,
    /// The operators, where they may not be known yet and it is time to tell them.
    pub operators: Vec<Asked>,
}

/// Why no attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldUp {
    /// It does not work, for several requests in a row.
    Down,
    /// Others have all the places.
    Crowded,
}

impl HoldUp {
    /// The end of message ids about it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Crowded => "crowded",
        }
    }
}

/// What a request has to have done next, outside the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Read the facts.
    ReadFacts,
    /// Find out who is asked.
    FindPeople,
    /// Attempt this step.
    Step(StepKind),
}

/// What kind of card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardKind {
    /// Conditions that are not met.
    Problems,
    /// Choose and send for approval.
    Confirm,
    /// Decide.
    Approval,
    /// The steps.
    Progress,
    /// Something to be done in a portal.
    Guided(StepKind),
    /// It stopped.
    Failure,
    /// It works.
    Done,
}

/// One card of one request. Rounds keep a second approval apart from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Card {
    /// What kind.
    pub kind: CardKind,
    /// Which time.
    pub round: u32,
}

/// To be written in the same transaction as the new state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Post a new card.
    Post(Card),
    /// Rewrite every copy of a card.
    Rewrite(Card),
    /// Say something in the thread, for everybody.
    Say(Sentence),
    /// Do this, not before then. A request has one task at a time; a new one replaces the old.
    Do(Task, Timestamp),
    /// There is nothing to do until somebody acts.
    Rest,
    /// Deliver [`Event::Expired`] then.
    ExpireAt(Timestamp),
    /// Nothing expires any more.
    NeverExpire,
    /// The extension and the number of the plan belong to this request.
    Hold,
    /// They are free again.
    Release,
    /// It ended midway: what it holds stays with the subject, however long.
    Keep,
    /// It is done: what the subject has no more is kept from others until then.
    Settle {
        /// The subject keeps what this request holds.
        keeps: bool,
        /// When the rest is free for everybody.
        until: Timestamp,
    },
}
