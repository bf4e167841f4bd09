//! Waiting for a system outside without an attempt: told once, looked at again and again, and with an end.
//!
//! Such a wait counts as no attempt. It ends after [`LONGEST_HOLD`] in one step: then the request stops, says which
//! system it was and since when, and Retry goes on from there.

use jiff::SignedDuration;

use super::Draft;
use super::event::{CardKind, Effect, Hold, People, Task};
use super::request::{Failure, Held, State, Stopped};
use super::step_record::StepStatus;
use super::working::later;
use crate::domain::{Fixer, Sentence};
use crate::view::shown_time;

/// A request is kept waiting for so long in one step.
const LONGEST_HOLD: SignedDuration = SignedDuration::from_mins(15);

impl Held {
    /// A sentence of this kind about it: `wait`, `state`, `say`, `cause`.
    pub(super) fn says(&self, kind: &str) -> Sentence {
        let say = Sentence::new(&format!("{kind}-held-{}", self.why.name())).with("system", &self.system);
        say.with("since", shown_time(self.since)).with("until", shown_time(self.until))
    }
}

impl Draft {
    pub(super) fn held(&mut self, task: Task, hold: &Hold) {
        if self.task() != Some(task) {
            return;
        }
        let before = self.request.held.take();
        let until = before.as_ref().map_or_else(|| later(self.now, LONGEST_HOLD), |held| held.until);
        let held = Held { system: hold.system.clone(), why: hold.why, since: hold.since, until };
        if self.now >= until {
            return self.held_too_long(task, &held, hold);
        }
        let news = before.as_ref() != Some(&held);
        self.request.held = Some(held.clone());
        self.add(Effect::Do(task, hold.next.clamp(self.now, until)));
        match task {
            Task::Step(kind) if news => {
                if let Some(record) = self.request.steps.iter_mut().find(|s| s.kind == kind) {
                    let guided = record.guided.is_some();
                    record.status = if guided { StepStatus::Guided } else { StepStatus::Waiting };
                    record.detail = Some(held.says("wait"));
                    record.next = None;
                    record.until = Some(until);
                }
                self.rewrite(CardKind::Progress);
            }
            Task::Step(_) => {}
            // There is no card yet that could say it.
            Task::ReadFacts | Task::FindPeople if before.is_none() => {
                let say = held.says("say").with("request", self.request.id);
                self.add(Effect::Say(say.with("subject", &self.request.ask.subject)));
            }
            Task::ReadFacts | Task::FindPeople => {}
        }
    }

    fn held_too_long(&mut self, task: Task, held: &Held, hold: &Hold) {
        let cause = held.says("cause");
        let failure = |at| Failure {
            at,
            fix: cause.twin("-fix"),
            cause: cause.clone(),
            who: Some(Fixer::BotOperator),
            problems: Vec::new(),
            incident: None,
            voided: false,
            refused_by: None,
        };
        self.learn_operators(&hold.operators);
        match task {
            Task::ReadFacts => self.fail_checking(failure(Stopped::Checking)),
            // The card is worth more than the mention.
            Task::FindPeople => self.people_found(&People::default()),
            Task::Step(kind) => self.fail(kind, failure(Stopped::Step(kind))),
        }
    }

    /// What is to be done now, outside the transaction.
    pub(super) fn task(&self) -> Option<Task> {
        match &self.request.state {
            State::Checking => Some(Task::ReadFacts),
            State::AwaitingApproval { announced: false, .. } => Some(Task::FindPeople),
            State::Running if self.waits_for_people() => Some(Task::FindPeople),
            State::Running => self.request.step().map(|step| Task::Step(step.kind)),
            _ => None,
        }
    }
}
