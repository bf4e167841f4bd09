//! What the workers found: facts, people, how a step ended.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Draft;
use super::event::{CardKind, Effect, Fault, People, Policy, StepOutcome, Task};
use super::request::{Asked, Failure, State, Stopped};
use super::step_record::{GuidedStep, StepRecord, StepStatus};
use crate::domain::{Fixer, Mend, PlaceKind, Sentence, Work};
use crate::plan::{Course, Facts, StepKind};
use crate::view::shown_time;

/// Pauses between attempts that met a transient fault. After the last one it stops and says so.
const PAUSES: [SignedDuration; 4] = [
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(3),
    SignedDuration::from_secs(6),
    SignedDuration::from_secs(12),
];

/// A vendor's `Retry-After` is honoured up to this.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// The cause of a stop that leaves a record of something that is no longer so.
const MADE_MEANWHILE: &str = "cause-device-made-meanwhile";

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// What the attempts that are left may take, for the time until which people are told that it is tried.
const TIME_TO_TRY: SignedDuration = SignedDuration::from_secs(30);

/// Cards show minutes: what is true until a moment is true until the minute after it.
fn whole_minute(at: Timestamp) -> Timestamp {
    let over = at.as_second().rem_euclid(60);
    later(at, SignedDuration::from_secs((60 - over) % 60))
}

fn stopped_by(fault: &Fault, at: Stopped) -> Failure {
    Failure {
        at,
        cause: fault.cause.clone(),
        fix: fault.fix.clone(),
        who: fault.who,
        problems: fault.problems.clone(),
        incident: fault.incident.clone(),
        voided: false,
        refused_by: None,
    }
}

impl Draft {
    pub(super) fn facts_read(&mut self, facts: &Facts, policy: &Policy) {
        if self.request.state != State::Checking {
            return;
        }
        self.request.facts = Some(facts.clone());
        self.request.attempt = 0;
        if let Some(offer) = &policy.offer {
            self.request.offer = offer.clone();
        }
        self.request.aftercare = policy.aftercare.clone();
        self.request.by_hand.clone_from(&policy.guided.steps);
        let problems = self.request.ground().map(|ground| ground.problems()).unwrap_or_default();
        if problems.is_empty() && matches!(self.request.ask.work, Work::Mend(_)) {
            return self.mend(policy);
        }
        if problems.is_empty() {
            self.enter(State::Confirming);
            self.add(Effect::Rest);
            self.add(Effect::ExpireAt(later(self.now, policy.expires_after)));
            self.post(CardKind::Confirm);
        } else {
            self.enter(State::Refused);
            self.add(Effect::Rest);
            self.post(CardKind::Problems);
        }
    }

    /// Whoever pressed the button has chosen already. Asking an operator changes nothing by itself and needs nobody's leave.
    fn mend(&mut self, policy: &Policy) {
        self.request.plan = self.request.ground().and_then(|ground| ground.plan(&BTreeMap::new()).ok());
        if self.request.ask.work != Work::Mend(Mend::GroupSync) {
            return self.ask_for_approval(policy);
        }
        self.request.steps = self.planned_steps();
        self.request.progress_round = self.request.round;
        self.enter(State::Running);
        self.add(Effect::Do(Task::FindPeople, self.now));
        self.post(CardKind::Progress);
    }

    pub(super) fn people_found(&mut self, people: &People) {
        let agreed = self.waits_for_people();
        match &mut self.request.state {
            State::AwaitingApproval { announced, .. } if !*announced => *announced = true,
            State::Running if agreed => {}
            _ => return,
        }
        self.request.held = None;
        self.request.approvers.clone_from(&people.approvers);
        self.request.operators.clone_from(&people.operators);
        self.request.others.clone_from(&people.others);
        if agreed {
            return self.begin_step();
        }
        self.add(Effect::Rest);
        self.post(CardKind::Approval);
        if people.approvers.is_empty() {
            self.add(Effect::Say(Sentence::new("say-no-approver-found").with("request", self.request.id)));
        }
        if let Some(names) = self.unreached(&people.approvers) {
            let sentence = Sentence::new("say-approvers-not-reached").with("names", names);
            self.add(Effect::Say(sentence.with("request", self.request.id)));
        }
    }

    /// Somebody agreed before it was known who is asked: guided steps need the operators, so no step has begun yet.
    pub(super) fn waits_for_people(&self) -> bool {
        let begun = |s: &StepRecord| s.status != StepStatus::Open;
        self.request.state == State::Running && !self.request.steps.iter().any(begun)
    }

    /// A fault while reading facts or finding people: try again, then say so and stop or go on without.
    pub(super) fn task_faulted(&mut self, fault: &Fault) {
        let Some(task @ (Task::ReadFacts | Task::FindPeople)) = self.task() else { return };
        self.request.held = None;
        if let Some(pause) = self.pause(self.request.attempt, fault) {
            self.request.attempt += 1;
            self.add(Effect::Do(task, later(self.now, pause)));
            return;
        }
        if task == Task::FindPeople {
            // The card is worth more than the mention: post it and say that nobody could be told.
            self.people_found(&People::default());
            return;
        }
        self.learn_operators(&fault.operators);
        self.fail_checking(stopped_by(fault, Stopped::Checking));
    }

    /// Stops before there is a plan.
    pub(super) fn fail_checking(&mut self, failure: Failure) {
        self.enter(State::Failed(failure));
        self.add(Effect::Rest);
        self.post(CardKind::Failure);
        self.say_who_is_not_told();
    }

    /// Who is to be told that it stopped, unless that is known.
    pub(super) fn learn_operators(&mut self, operators: &[Asked]) {
        if self.request.operators.is_empty() {
            self.request.operators = operators.to_vec();
        }
    }

    /// How long to wait before another attempt; `None`: no more attempts.
    fn pause(&self, attempts: u32, fault: &Fault) -> Option<SignedDuration> {
        let pause = PAUSES.get(attempts as usize).filter(|_| fault.transient)?;
        Some(fault.retry_after.map_or(*pause, |asked| asked.clamp(*pause, LONGEST_PAUSE)))
    }

    /// The first step that is not done starts now; when all are, it is proven.
    pub(super) fn begin_step(&mut self) {
        let now = self.now;
        let stopped = self.request.stopped.as_ref().map(|failure| failure.cause.id.as_str());
        let made_meanwhile = stopped == Some(MADE_MEANWHILE);
        let Some(record) = self.request.steps.iter_mut().find(|s| s.status != StepStatus::Done) else {
            return self.finish();
        };
        record.status = StepStatus::Running;
        record.since = Some(now);
        record.ended = None;
        record.attempt = 0;
        record.until = None;
        record.detail = None;
        let documented = self.request.plan.as_ref().and_then(|plan| plan.course(record.kind).usual);
        record.start_clock(self.usual.get(&record.kind).copied().or(documented));
        // What was there before is now what somebody else made: it is looked at again.
        if made_meanwhile {
            record.before = None;
        }
        // A new try makes the change anew, after a look.
        record.ticket = None;
        record.guided = None;
        record.late_told = false;
        let kind = record.kind;
        self.request.held = None;
        self.add(Effect::Do(Task::Step(kind), now));
    }

    pub(super) fn step_ended(&mut self, kind: StepKind, outcome: &StepOutcome, policy: &Policy) {
        let running = self.request.state == State::Running;
        // A result of another step than the one under way comes too late to mean anything.
        let Some(index) = self.request.steps.iter().position(|s| s.status != StepStatus::Done) else { return };
        if self.request.steps[index].kind != kind {
            return;
        }
        if running {
            self.request.held = None;
        }
        match outcome {
            StepOutcome::Done(evidence) => {
                let was_guided = self.request.steps[index].guided.is_some();
                let was_late = self.request.steps[index].late_told;
                let record = &mut self.request.steps[index];
                record.status = StepStatus::Done;
                record.ended = Some(self.now);
                record.until = None;
                record.detail = None;
                record.evidence = record.told(evidence);
                if was_guided && running {
                    // Its card stops being true: a late press on it must not count for the next step.
                    self.request.version += 1;
                    self.rewrite(CardKind::Guided(kind));
                }
                // Whoever heard that it is late hears that it came.
                if was_late && running && matches!(kind, StepKind::Sync | StepKind::NumberShown) {
                    self.say_it_came();
                }
                // Cancelled meanwhile: what was done is recorded and told, and nothing follows.
                if running {
                    self.begin_step();
                }
                self.rewrite(CardKind::Progress);
            }
            StepOutcome::Prepared(before) if running => {
                self.request.steps[index].before = Some(before.clone());
                self.add(Effect::Do(Task::Step(kind), self.now));
            }
            StepOutcome::Accepted(ticket) if running => {
                self.request.steps[index].ticket = Some(ticket.clone());
                self.request.steps[index].attempt = 0;
                self.add(Effect::Do(Task::Step(kind), self.now));
            }
            StepOutcome::NotYet(detail) if running => self.not_yet(index, detail, policy),
            StepOutcome::Faulted(fault) if running => self.step_faulted(index, fault),
            StepOutcome::Prepared(_) | StepOutcome::Accepted(_) | StepOutcome::NotYet(_) | StepOutcome::Faulted(_) => {}
        }
    }

    fn say_it_came(&mut self) {
        let Some(plan) = &self.request.plan else { return };
        let sentence = plan.says(Sentence::new("say-sync-came")).with("request", self.request.id);
        self.add(Effect::Say(sentence.with("subject", &self.request.ask.subject)));
    }

    fn finish(&mut self) {
        self.enter(State::Done { read_at: self.now });
        self.add(Effect::Rest);
        if !matches!(self.request.ask.work, Work::Mend(_)) {
            self.settle();
        }
        self.post(CardKind::Done);
    }

    /// What the subject has stays theirs; what they have no more cools down.
    pub(super) fn settle(&mut self) {
        let until = later(self.now, self.request.aftercare.cooling);
        self.add(Effect::Settle { keeps: !self.request.takes(), until });
    }

    /// When waiting for a step ends. A retry starts the time again; otherwise its first look would be its last.
    fn deadline(&self, course: &Course, since: Timestamp) -> Timestamp {
        let by_hand = |kind| self.request.plan.as_ref().is_some_and(|plan| plan.by_hand.contains(&kind));
        // What people do has its own time: the rest counts from its end.
        let began = |kind| {
            let step = self.request.steps.iter().find(|s| s.kind == kind)?;
            if by_hand(kind) { step.ended } else { step.since }
        };
        let counted = course.counts_from.and_then(began).map(|began| began.max(self.request.since));
        later(counted.unwrap_or(since), course.stops_after)
    }

    fn not_yet(&mut self, index: usize, detail: &Sentence, policy: &Policy) {
        let Some(plan) = self.request.plan.clone() else { return };
        let (now, record) = (self.now, &self.request.steps[index]);
        let (kind, since) = (record.kind, record.since.unwrap_or(self.now));
        let course = plan.course(kind);
        let (waited, deadline) = (now.duration_since(since), self.deadline(&course, since));
        if now >= deadline {
            let usual = format!("cause-late-{}", kind.name());
            let cause = plan.says(Sentence::new(course.too_late.unwrap_or(&usual)));
            return self.stop(kind, self.with_support(cause), course.mender);
        }
        let record = &mut self.request.steps[index];
        let told_often = !record.shows_each_look();
        let changed = record.detail.as_ref() != Some(detail) || record.status == StepStatus::Running;
        record.detail = Some(detail.clone());
        record.until = Some(deadline);
        let late_after = course.late_after(record.usual.as_ref());
        record.late_at = Some(late_after.map_or(deadline, |after| later(since, after)).min(deadline));
        record.attempt = 0;
        let asks_after = course.how.asks_after();
        // Whoever was chosen is asked at once.
        let chosen = record.asked_of.is_some();
        let ask_human = record.guided.is_none() && asks_after.is_some_and(|after| chosen || waited >= after);
        if ask_human {
            record.guided = Some(GuidedStep { asked_at: now, reminded_at: None, report: None });
        }
        record.status = if record.guided.is_some() { StepStatus::Guided } else { StepStatus::Waiting };
        record.checked = Some(now);
        let late = course.late.filter(|_| record.is_late() && !record.late_told);
        record.late_told |= late.is_some();
        // Somebody just said that it is done: what they did shows soon or not at all.
        let reported = record.guided.as_ref().and_then(|g| g.report.as_ref()).map(|r| now.duration_since(r.at));
        let pause = course.looks.pause(waited.min(reported.unwrap_or(waited)));
        // The moment when a human is to be asked is not slept through, and neither is the end.
        let until_human = asks_after.filter(|after| waited < *after).map_or(pause, |after| after - waited);
        let pause = pause.min(until_human).min(deadline.duration_since(now));
        // Neither is a reminder.
        let pause = self.remind(index, &policy.guided).map_or(pause, |reminder| pause.min(reminder));
        let next = later(now, pause.max(SignedDuration::from_millis(500)));
        let record = &mut self.request.steps[index];
        record.next = Some(next);
        let shown = record.shows_each_look() || !told_often;
        self.add(Effect::Do(Task::Step(kind), next));
        if ask_human {
            self.post(CardKind::Guided(kind));
            self.say_who_is_not_asked(kind, policy.guided.directly);
        }
        if let Some(late) = late {
            let sentence = self.with_support(plan.says(Sentence::new(late.say))).with("request", self.request.id);
            let sentence = sentence.with("until", shown_time(deadline)).with("subject", &self.request.ask.subject);
            self.add(Effect::Say(sentence.with_term("step", &format!("step-short-{}", kind.name()))));
        }
        if changed || ask_human || shown {
            self.rewrite(CardKind::Progress);
        }
    }

    /// A sentence about waiting for a carrier that only people can ask: with a text that is ready to be sent.
    fn with_support(&self, sentence: Sentence) -> Sentence {
        let portal = |kind| matches!(kind, StepKind::ConnectService | StepKind::ChangeInConnect);
        let portal = self.request.steps.iter().any(|step| portal(step.kind));
        let Some(report) = self.request.reported().filter(|_| portal) else { return sentence };
        let sentence = sentence.with("by", &report.by.name).with("saved", shown_time(report.at));
        sentence.with("name", self.request.subject_name()).with_term("support", "support-calltower")
    }

    /// A task for operators whom nobody can tell: said once.
    fn say_who_is_not_asked(&mut self, kind: StepKind, directly: bool) {
        if self.request.steps.iter().any(|s| s.kind != kind && s.guided.is_some()) {
            return;
        }
        let unreached = self.without_chat(&self.asked_now(kind), directly);
        let sentence = match unreached {
            _ if self.request.operators.is_empty() => Sentence::new("say-no-operator-found"),
            Some(names) => Sentence::new("say-operators-not-reached").with("names", names),
            None => return,
        };
        self.add(Effect::Say(sentence.with("request", self.request.id)));
    }

    /// In a personal chat the operators get the failure card alone: who cannot is said.
    fn say_who_is_not_told(&mut self) {
        let State::Failed(failure) = &self.request.state else { return };
        let Some(names) = failure.needs_somebody().then(|| self.unreached(&self.request.operators)).flatten() else {
            return;
        };
        let sentence = Sentence::new("say-operators-not-told").with("names", names);
        self.add(Effect::Say(sentence.with("request", self.request.id)));
    }

    /// In a personal chat nobody else sees a card: who has no chat of their own with the bot, by name.
    fn unreached(&self, asked: &[Asked]) -> Option<String> {
        self.without_chat(asked, false)
    }

    /// The same; `directly`: they are asked nowhere but there.
    pub(super) fn without_chat(&self, asked: &[Asked], directly: bool) -> Option<String> {
        let alone = directly || self.request.place.kind == PlaceKind::Personal;
        let of_place = |a: &&Asked| alone && a.alone.is_none() && a.id != self.request.requester.id;
        let names: Vec<_> = asked.iter().filter(of_place).map(|a| a.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    fn step_faulted(&mut self, index: usize, fault: &Fault) {
        let record = &self.request.steps[index];
        let (kind, attempts) = (record.kind, record.attempt);
        if let Some(pause) = self.pause(attempts, fault) {
            let next = later(self.now, pause);
            let rest = PAUSES.iter().skip(attempts as usize + 1).fold(TIME_TO_TRY, |sum, pause| sum + *pause);
            let record = &mut self.request.steps[index];
            record.attempt += 1;
            record.next = Some(next);
            record.until = Some(whole_minute(later(next, rest)));
            record.status = if record.guided.is_some() { StepStatus::Guided } else { StepStatus::Waiting };
            record.detail = Some(fault.cause.twin("-again"));
            self.add(Effect::Do(Task::Step(kind), next));
            self.rewrite(CardKind::Progress);
            return;
        }
        self.learn_operators(&fault.operators);
        let voided = kind.is_recheck() && !fault.problems.is_empty();
        self.fail(kind, Failure { voided, ..stopped_by(fault, Stopped::Step(kind)) });
    }

    /// Stops at a step for a reason that needs a human.
    pub(super) fn stop(&mut self, kind: StepKind, cause: Sentence, who: Fixer) {
        let (at, fix, who) = (Stopped::Step(kind), cause.twin("-fix"), Some(who));
        let problems = Vec::new();
        self.fail(kind, Failure { at, cause, fix, who, problems, incident: None, voided: false, refused_by: None });
    }

    pub(super) fn fail(&mut self, kind: StepKind, failure: Failure) {
        let mut was_guided = false;
        if let Some(record) = self.request.steps.iter_mut().find(|s| s.kind == kind) {
            was_guided = record.guided.is_some();
            record.status = StepStatus::Failed;
            record.ended = Some(self.now);
            record.until = None;
            record.detail = Some(failure.cause.clone());
        }
        if was_guided {
            self.rewrite(CardKind::Guided(kind));
        }
        self.enter(State::Failed(failure));
        self.add(Effect::Rest);
        self.rewrite(CardKind::Progress);
        self.post(CardKind::Failure);
        self.say_who_is_not_told();
    }

    pub(super) fn expired(&mut self) {
        let card = match &self.request.state {
            State::Confirming => CardKind::Confirm,
            State::AwaitingApproval { expires_at, .. } if self.now >= *expires_at => CardKind::Approval,
            _ => return,
        };
        self.enter(State::Expired);
        self.add(Effect::Rest);
        self.add(Effect::NeverExpire);
        self.add(Effect::Release);
        self.rewrite(card);
        let sentence = Sentence::new("say-expired").with("request", self.request.id);
        self.add(Effect::Say(sentence.with("subject", &self.request.ask.subject)));
    }
}
