//! The life of a request: [`decide`] takes a state and an event and returns the next state and what is to be done.
//!
//! Pure and total: no I/O, no clock of its own, an answer for every event in every state. What was decided is written,
//! together with its effects, in one transaction by the caller; nothing here is remembered.
//!
//! Three things keep it honest:
//! - Rights come in with each act, read fresh from the directory. They are looked at before anything else.
//! - `version` changes whenever what a card shows stops being true. A press that saw another version changes nothing.
//! - An approval holds the digest of the plan. A plan that would come out differently today voids it.

mod acts;
mod clock;
mod event;
mod guiding;
mod holding;
mod request;
mod step_record;
mod views;
mod working;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use event::{
    Act, Action, Card, CardKind, Effect, Event, Fault, GuidedPolicy, Hold, HoldUp, People, Policy, Seen, StepOutcome,
    Task,
};
pub use request::{Asked, Failure, Given, Held, NewRequest, Request, State, StateName, Stopped};
pub use step_record::{GuidedStep, Report, StepRecord, StepStatus};
pub use views::{Audience, clocked_row, row, state_sentence, view};

use crate::domain::Sentence;
use crate::plan::{StepKind, Usual};

/// The next state, what is to be done, and what the person who acted is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The request as it is from now on.
    pub request: Request,
    /// To be written in the same transaction.
    pub effects: Vec<Effect>,
    /// For the person who acted, seen by nobody else.
    pub answer: Option<Sentence>,
}

/// The act changes nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Sentence);

/// Decides about one event. `Err` means: nothing changes.
pub fn decide(request: &Request, event: &Event, policy: &Policy, now: Timestamp) -> Result<Decision, Refusal> {
    let usual = policy.usual.clone();
    let mut draft = Draft { request: request.clone(), effects: Vec::new(), answer: None, now, usual };
    match event {
        Event::Acted(act) => draft.act(act, policy)?,
        Event::FactsRead(facts) => draft.facts_read(facts, policy),
        Event::PeopleFound(people) => draft.people_found(people),
        Event::StepEnded(kind, outcome) => draft.step_ended(*kind, outcome, policy),
        Event::TaskFaulted(fault) => draft.task_faulted(fault),
        Event::Held(task, hold) => draft.held(*task, hold),
        Event::Expired => draft.expired(),
    }
    Ok(Decision { request: draft.request, effects: draft.effects, answer: draft.answer })
}

/// A decision in the making.
#[derive(Debug)]
struct Draft {
    request: Request,
    effects: Vec<Effect>,
    answer: Option<Sentence>,
    now: Timestamp,
    usual: BTreeMap<StepKind, Usual>,
}

impl Draft {
    fn add(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn answer(&mut self, sentence: Sentence) {
        self.answer = Some(sentence.with("request", self.request.id));
    }

    /// Moves to another state: every card made before shows an old version now.
    fn enter(&mut self, state: State) {
        if let State::Failed(failure) = &state {
            self.request.stopped = Some(failure.clone());
        }
        self.request.state = state;
        self.request.held = None;
        self.request.version += 1;
        self.request.since = self.now;
    }

    fn post(&mut self, kind: CardKind) {
        let card = self.request.card(kind);
        self.add(Effect::Post(card));
    }

    fn rewrite(&mut self, kind: CardKind) {
        let card = self.request.card(kind);
        self.add(Effect::Rewrite(card));
    }
}
