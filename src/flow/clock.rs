//! The clock of a step: when it began, when it was looked at, when it is looked at next, how long it usually takes, and
//! looking now because somebody wants to know.

use jiff::SignedDuration;

use super::event::{Effect, Task};
use super::request::State;
use super::step_record::{StepRecord, StepStatus};
use super::{Draft, Refusal};
use crate::domain::Sentence;
use crate::plan::Usual;
use crate::view::{Clock, shown_time};

/// Nobody gets a further look sooner than this after one.
const BETWEEN_LOOKS: SignedDuration = SignedDuration::from_secs(30);

/// People are told when the next look is, if it is no sooner.
const LONG: SignedDuration = SignedDuration::from_mins(1);

impl StepRecord {
    /// It begins (again): nothing was looked at yet.
    pub(super) fn start_clock(&mut self, usual: Option<Usual>) {
        (self.checked, self.next, self.late_at) = (None, None, None);
        self.usual = usual;
    }

    /// The next look is so far away that the card is rewritten at each one; otherwise it says "every few seconds".
    pub(super) fn shows_each_look(&self) -> bool {
        self.clock().is_some_and(|clock| !clock.looks_often())
    }

    /// The last look found it late.
    pub fn is_late(&self) -> bool {
        self.checked.zip(self.late_at).is_some_and(|(checked, late)| checked >= late)
    }

    /// What is shown of it while it waits.
    pub(super) fn clock(&self) -> Option<Clock> {
        let started = self.since.filter(|_| matches!(self.status, StepStatus::Waiting | StepStatus::Guided))?;
        let usual = self.usual.as_ref().map(Usual::says);
        Some(Clock { started, checked: self.checked, next: self.next, usual, late_at: self.late_at })
    }
}

impl Draft {
    /// Looks now. An old card will do: nothing is decided, only the next look comes sooner.
    pub(super) fn refresh(&mut self) -> Result<(), Refusal> {
        if self.request.state != State::Running {
            return self.not_now();
        }
        if let Some(held) = &self.request.held {
            return Err(Refusal(held.says("refresh")));
        }
        let now = self.now;
        let Some(record) = self.request.steps.iter_mut().find(|s| s.status != StepStatus::Done) else {
            return self.not_now();
        };
        // A time that is over before anybody has read it is none.
        let soon = record.next.is_none_or(|next| next.duration_since(now) < LONG);
        let refused = |id: &str| match record.next.filter(|_| !soon) {
            Some(next) => Sentence::new(id).with("next", shown_time(next)),
            None => Sentence::new(&format!("{id}-soon")),
        };
        match (record.status, record.checked) {
            (StepStatus::Waiting | StepStatus::Guided, _) if record.attempt > 0 => {
                return Err(Refusal(refused("refresh-tried-again")));
            }
            (StepStatus::Waiting | StepStatus::Guided, Some(checked))
                if now.duration_since(checked) < BETWEEN_LOOKS =>
            {
                let seconds = now.duration_since(checked).as_secs().max(0);
                return Err(Refusal(refused("refresh-just-looked").with("count", seconds)));
            }
            (StepStatus::Waiting | StepStatus::Guided, _) => {}
            _ => return Err(Refusal(Sentence::new("refresh-under-way"))),
        }
        let kind = record.kind;
        record.next = Some(now);
        self.add(Effect::Do(Task::Step(kind), now));
        self.answer(Sentence::new("answer-refresh"));
        Ok(())
    }
}
