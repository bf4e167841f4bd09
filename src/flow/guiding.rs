//! What people do by hand: who is asked, who said what, reminders, and handing it over to somebody else.

use jiff::SignedDuration;

use super::event::{Act, CardKind, Effect, GuidedPolicy, Task};
use super::request::{Asked, Failure, State, Stopped};
use super::step_record::{Report, StepRecord, StepStatus};
use super::working::later;
use super::{Draft, Refusal};
use crate::domain::{Fixer, Role, Sentence};
use crate::plan::{StepKind, Word};
use crate::view::Item;

fn refuse<T>(id: &str) -> Result<T, Refusal> {
    Err(Refusal(Sentence::new(id)))
}

impl Draft {
    fn guided_step(&mut self, act: &Act) -> Result<&mut StepRecord, Refusal> {
        if !act.roles.has(Role::Operator) {
            return refuse("refusal-not-operator");
        }
        if self.request.state != State::Running {
            return self.not_now();
        }
        self.fresh(act)?;
        let record = self.request.steps.iter_mut().find(|s| s.status != StepStatus::Done);
        match record {
            Some(record) if record.guided.is_some() => Ok(record),
            _ => refuse("refusal-nothing-guided"),
        }
    }

    pub(super) fn guided_done(&mut self, act: &Act, note: Option<&str>) -> Result<(), Refusal> {
        let now = self.now;
        let record = self.guided_step(act)?;
        let kind = record.kind;
        if let Some(guided) = &mut record.guided {
            let note = note.map(super::acts::shortened).filter(|n| !n.is_empty());
            guided.report = Some(Report { by: act.by.clone(), at: now, note });
        }
        self.rewrite(CardKind::Guided(kind));
        self.rewrite(CardKind::Progress);
        self.add(Effect::Do(Task::Step(kind), now));
        let word = self.request.plan.as_ref().map_or(Word::Seen, |plan| plan.word(kind));
        let id = match word {
            Word::Counts => "answer-guided-noted",
            Word::Saved => "answer-guided-reported",
            Word::Deleted => "answer-guided-deleted",
            Word::Seen if kind.is_at_the_pbx() => "answer-guided-done-pbx",
            Word::Seen => "answer-guided-done",
        };
        self.answer(Sentence::new(id));
        Ok(())
    }

    pub(super) fn guided_fail(&mut self, act: &Act, note: Option<&str>) -> Result<(), Refusal> {
        let now = self.now;
        let note = note.map(super::acts::shortened).unwrap_or_default();
        let record = self.guided_step(act)?;
        let kind = record.kind;
        if note.is_empty() {
            return refuse("refusal-note-missing");
        }
        record.cannot.push(Report { by: act.by.clone(), at: now, note: Some(note.clone()) });
        let cause = Sentence::new("cause-operator-cannot").with("by", &act.by.name).with("note", note);
        let fix = if self.request.operators.len() > 1 { cause.twin("-fix-others") } else { cause.twin("-fix") };
        let mender = self.request.plan.as_ref().map(|plan| plan.course(kind).mender);
        self.fail(
            kind,
            Failure {
                at: Stopped::Step(kind),
                cause,
                fix,
                who: mender.or(Some(Fixer::PortalOperator)),
                problems: Vec::new(),
                incident: None,
                voided: false,
                refused_by: Some(act.by.id.clone()),
            },
        );
        self.answer(Sentence::new("answer-guided-failed"));
        Ok(())
    }

    /// Somebody else is asked from now on: by whoever was asked, or, after somebody could not, by whoever decides.
    pub(super) fn hand_over(&mut self, act: &Act, to: Option<&str>, policy: &GuidedPolicy) -> Result<(), Refusal> {
        let refused = matches!(&self.request.state, State::Failed(failure) if failure.refused_by.is_some());
        if refused {
            if !act.roles.has(Role::Operator) && !act.roles.has(Role::Requester) {
                return refuse("refusal-not-operator");
            }
            self.fresh(act)?;
        } else {
            self.guided_step(act)?;
        }
        let Some(to) = to else { return refuse("refusal-operator-missing") };
        let Some(asked) = self.request.operators.iter().find(|asked| asked.id == to).cloned() else {
            return refuse("refusal-operator-unknown");
        };
        let Some(kind) = self.request.step().map(|step| step.kind) else { return self.not_now() };
        let already = self.request.step().and_then(|step| step.asked_of.as_deref()) == Some(asked.id.as_str());
        if already && !refused {
            return Err(Refusal(Sentence::new("refusal-operator-asked").with("name", asked.name)));
        }
        if refused {
            self.go_on();
        }
        let now = self.now;
        if let Some(record) = self.request.steps.iter_mut().find(|step| step.kind == kind) {
            record.asked_of = Some(asked.id.clone());
            if let Some(guided) = &mut record.guided {
                // What was reported before was not seen: the next one says it anew.
                (guided.asked_at, guided.reminded_at, guided.report) = (now, None, None);
            }
        }
        if !refused {
            // A second press on the same card comes too late.
            self.request.version += 1;
            self.rewrite(CardKind::Guided(kind));
            self.rewrite(CardKind::Progress);
            self.post(CardKind::Guided(kind));
        }
        let sentence = Sentence::new("say-handed-over").with("by", &act.by.name).with("name", &asked.name);
        let sentence = sentence.with_term("step", &format!("step-short-{}", kind.name()));
        self.add(Effect::Say(sentence.with("request", self.request.id)));
        if let Some(names) = self.without_chat(std::slice::from_ref(&asked), policy.directly) {
            let unreached = Sentence::new("say-operators-not-reached").with("names", names);
            self.add(Effect::Say(unreached.with("request", self.request.id)));
        }
        self.answer(Sentence::new("answer-handed-over").with("name", asked.name));
        Ok(())
    }

    /// The step that stopped begins again.
    fn go_on(&mut self) {
        let card = self.request.card(CardKind::Failure);
        self.add(Effect::Rewrite(card));
        self.request.attempt = 0;
        self.request.round += 1;
        self.enter(State::Running);
        self.begin_step();
        self.rewrite(CardKind::Progress);
    }

    /// Nobody said anything for so long, or what they said does not show: whoever is asked is asked once more. How long
    /// until the next time.
    pub(super) fn remind(&mut self, index: usize, policy: &GuidedPolicy) -> Option<SignedDuration> {
        let now = self.now;
        let record = self.request.steps.get_mut(index)?;
        let kind = record.kind;
        let guided = record.guided.as_mut().filter(|_| policy.reminder > SignedDuration::ZERO)?;
        let heard = guided.report.as_ref().map(|report| report.at);
        let last = guided.asked_at.max(guided.reminded_at.unwrap_or_default()).max(heard.unwrap_or_default());
        let due = later(last, policy.reminder);
        if now < due {
            return Some(due.duration_since(now));
        }
        guided.reminded_at = Some(now);
        self.rewrite(CardKind::Guided(kind));
        self.post(CardKind::Guided(kind));
        Some(policy.reminder)
    }

    /// Who is asked: one operator to whom it was handed, or all of them.
    pub(super) fn asked_now(&self, kind: StepKind) -> Vec<Asked> {
        self.request.asked(kind).into_iter().cloned().collect()
    }
}

impl StepRecord {
    /// What was read, and what people said: who did it, and who could not and why.
    pub(super) fn told(&self, read: &[Item]) -> Vec<Item> {
        let reported = read.iter().any(|item| item.label == "item-reported-by");
        let report = self.report().filter(|_| !reported).map(Report::items).unwrap_or_default();
        let cannot = self.cannot.iter().map(Report::as_refusal);
        read.iter().cloned().chain(report).chain(cannot).collect()
    }
}
