//! What people may do, and when. Rights first, then the state, then what they saw, then what they typed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{Act, Action, CardKind, Effect, Policy, Seen, Task};
use super::request::{Given, Request, State, Stopped};
use super::step_record::{StepRecord, StepStatus};
use super::{Draft, Refusal};
use crate::domain::{Role, Sentence, Work};
use crate::plan::{Digest, Ground, NotChosen, StepKind};

/// The longest reason or note that is kept, in characters.
const LONGEST_REASON: usize = 500;

fn refuse<T>(id: &str) -> Result<T, Refusal> {
    Err(Refusal(Sentence::new(id)))
}

impl Draft {
    pub(super) fn act(&mut self, act: &Act, policy: &Policy) -> Result<(), Refusal> {
        let outcome = match &act.action {
            _ if act.roles.is_stranger() => refuse("refusal-stranger"),
            Action::Submit(inputs) => self.submit(act, inputs, policy),
            Action::Approve(reason) => self.approve(act, reason.as_deref(), policy),
            Action::Reject(reason) => self.reject(act, reason.as_deref()),
            Action::Retry => self.retry(act, policy),
            Action::Cancel => self.cancel(act),
            Action::GiveUp => self.give_up(act),
            Action::HandOver(to) => self.hand_over(act, to.as_deref(), &policy.guided),
            Action::GuidedDone(note) => self.guided_done(act, note.as_deref()),
            Action::GuidedFail(note) => self.guided_fail(act, note.as_deref()),
            Action::Refresh => self.refresh(),
        };
        outcome.map_err(|Refusal(sentence)| Refusal(sentence.with("request", self.request.id)))
    }

    /// The sentence for an act that comes too early or too late, whatever it was.
    pub(super) fn not_now<T>(&self) -> Result<T, Refusal> {
        let name = self.request.state.name().as_str();
        let sentence = Sentence::new(&format!("refusal-{name}"));
        Err(Refusal(match &self.request.state {
            State::Running if self.request.approvals.is_empty() => sentence.twin("-unasked"),
            State::Running => sentence.with("by", self.approved_by()),
            State::Rejected { by, .. } | State::Cancelled { by } => sentence.with("by", &by.name),
            _ => sentence,
        }))
    }

    fn approved_by(&self) -> String {
        self.request.approvals.iter().map(|a| a.by.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn fresh(&self, act: &Act) -> Result<(), Refusal> {
        match act.seen {
            Seen::Typed => Ok(()),
            Seen::Card(Some(version)) if version == self.request.version => Ok(()),
            Seen::Card(_) => refuse("refusal-stale"),
        }
    }

    fn submit(&mut self, act: &Act, inputs: &BTreeMap<String, String>, policy: &Policy) -> Result<(), Refusal> {
        if !act.by.is(&self.request.requester) {
            return Err(Refusal(Sentence::new("refusal-not-yours").with("requester", &self.request.requester.name)));
        }
        if !act.roles.has(Role::Requester) {
            return refuse("refusal-not-requester");
        }
        if self.request.state != State::Confirming {
            return self.not_now();
        }
        self.fresh(act)?;
        // Whoever holds it, what is taken away is not taken from them.
        let takes = self.request.takes();
        if let Some((holder, subject)) = policy.held_by.as_ref().filter(|_| !takes) {
            let sentence = Sentence::new("refusal-extension-held").with("holder", holder).with("subject", subject);
            return Err(Refusal(sentence.with("extension", self.request.extension())));
        }
        let Some(offer) = &policy.offer else { return refuse("refusal-not-configured") };
        let Some(facts) = &self.request.facts else { return self.not_now() };
        let ground = Ground {
            ask: &self.request.ask,
            offer,
            aftercare: &policy.aftercare,
            by_hand: &policy.guided.steps,
            facts,
        };
        let plan = ground.plan(inputs).map_err(not_chosen)?;
        let held = policy.numbers_held.iter().find(|held| Some(&held.number) == plan.number());
        if let Some(held) = held.filter(|_| !takes) {
            let sentence = Sentence::new("refusal-number-held").with("number", &held.number);
            return Err(Refusal(sentence.with("holder", held.request).with("subject", &held.subject)));
        }
        self.request.plan = Some(plan);
        self.request.offer = offer.clone();
        self.request.aftercare = policy.aftercare.clone();
        self.request.by_hand.clone_from(&policy.guided.steps);
        self.rewrite(CardKind::Confirm);
        self.ask_for_approval(policy);
        self.add(Effect::Hold);
        self.answer(Sentence::new("answer-submitted"));
        Ok(())
    }

    pub(super) fn ask_for_approval(&mut self, policy: &Policy) {
        let expires_at = whole_milliseconds(self.now.checked_add(policy.expires_after).unwrap_or(self.now));
        self.request.approvals.clear();
        self.request.lapsed.clear();
        self.request.required = policy.required;
        self.request.attempt = 0;
        self.enter(State::AwaitingApproval { expires_at, announced: false });
        self.add(Effect::ExpireAt(expires_at));
        self.add(Effect::Do(Task::FindPeople, self.now));
    }

    fn approve(&mut self, act: &Act, reason: Option<&str>, policy: &Policy) -> Result<(), Refusal> {
        self.may_decide(act)?;
        let announced = self.still_open()?;
        if self.request.approvals.iter().any(|a| a.by.is(&act.by)) {
            return refuse("refusal-approved-by-you");
        }
        self.fresh(act)?;
        let Some(digest) = self.request.digest() else { return self.not_now() };
        if !self.plan_still_holds(policy, &digest) {
            self.void(policy);
            return Ok(());
        }
        let lapsed = self.drop_lapsed(act);
        let reason = reason.map(shortened).filter(|r| !r.is_empty());
        self.request.approvals.push(Given { by: act.by.clone(), at: self.now, digest, reason });
        self.request.required = policy.required;
        self.rewrite(CardKind::Approval);
        let missing = policy.required.saturating_sub(u32::try_from(self.request.approvals.len()).unwrap_or(u32::MAX));
        if missing > 0 {
            let answer = match lapsed.as_str() {
                "" => Sentence::new("answer-approved-more-needed"),
                names => Sentence::new("answer-approved-other-lapsed").with("names", names),
            };
            self.answer(answer.with("missing", missing));
            return Ok(());
        }
        self.request.steps = self.planned_steps();
        self.request.progress_round = self.request.round;
        self.enter(State::Running);
        self.add(Effect::NeverExpire);
        // Otherwise the search for people goes on, and the steps begin when it ends.
        if announced {
            self.begin_step();
        }
        self.post(CardKind::Progress);
        self.answer(Sentence::new("answer-approved"));
        Ok(())
    }

    /// Whoever agreed and may not decide any more agreed in vain; their names.
    fn drop_lapsed(&mut self, act: &Act) -> String {
        let (lapsed, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.request.approvals)
            .into_iter()
            .partition(|given| act.lapsed.contains(&given.by.id));
        self.request.approvals = kept;
        let names: Vec<_> = lapsed.iter().map(|given| given.by.name.clone()).collect();
        self.request.lapsed.extend(lapsed.into_iter().map(|given| given.by));
        // They may have got their right back.
        self.request.lapsed.retain(|person| !person.is(&act.by));
        names.join(", ")
    }

    /// It waits for a decision and its time is not up; the timer may ring late. True once the approvers are told.
    fn still_open(&self) -> Result<bool, Refusal> {
        match self.request.state {
            State::AwaitingApproval { expires_at, .. } if self.now >= expires_at => refuse("refusal-expired"),
            State::AwaitingApproval { announced, .. } => Ok(announced),
            _ => self.not_now(),
        }
    }

    pub(super) fn planned_steps(&self) -> Vec<StepRecord> {
        let plan = self.request.plan.as_ref();
        plan.map(|p| p.steps.iter().copied().map(StepRecord::new).collect()).unwrap_or_default()
    }

    /// The same choices out of today's configuration give the same plan.
    fn plan_still_holds(&self, policy: &Policy, digest: &Digest) -> bool {
        let Request { plan, facts, ask, .. } = &self.request;
        let (Some(plan), Some(facts), Some(offer)) = (plan, facts, &policy.offer) else { return false };
        let ground = Ground { ask, offer, aftercare: &policy.aftercare, by_hand: &policy.guided.steps, facts };
        ground.renew(plan).is_some_and(|again| Digest::of(&again) == *digest)
    }

    /// The configuration changed under the plan: back to the confirm card, and nothing is approved.
    fn void(&mut self, policy: &Policy) {
        self.request.approvals.clear();
        self.request.lapsed.clear();
        self.request.plan = None;
        if let Some(offer) = &policy.offer {
            self.request.offer = offer.clone();
        }
        self.request.aftercare = policy.aftercare.clone();
        self.request.by_hand.clone_from(&policy.guided.steps);
        let old = self.request.card(CardKind::Approval);
        self.request.round += 1;
        self.enter(State::Confirming);
        self.add(Effect::Rewrite(old));
        self.add(Effect::Rest);
        self.add(Effect::Release);
        self.add(Effect::ExpireAt(self.now.checked_add(policy.expires_after).unwrap_or(self.now)));
        self.post(CardKind::Confirm);
        self.add(Effect::Say(Sentence::new("say-plan-changed").with("request", self.request.id)));
        self.answer(Sentence::new("answer-plan-changed"));
    }

    fn may_decide(&self, act: &Act) -> Result<(), Refusal> {
        let requester = &self.request.requester;
        let same_name = act.by.upn.is_some() && act.by.upn == requester.upn;
        if act.by.is(requester) || same_name {
            return refuse("refusal-own-request");
        }
        if act.roles.has(Role::Approver) { Ok(()) } else { refuse("refusal-not-approver") }
    }

    fn reject(&mut self, act: &Act, reason: Option<&str>) -> Result<(), Refusal> {
        self.may_decide(act)?;
        self.still_open()?;
        self.fresh(act)?;
        let reason = reason.map(shortened).unwrap_or_default();
        if reason.is_empty() {
            return refuse("refusal-reason-missing");
        }
        self.enter(State::Rejected { by: act.by.clone(), reason: reason.clone() });
        self.close();
        self.rewrite(CardKind::Approval);
        let sentence = Sentence::new("say-rejected").with("by", &act.by.name).with("reason", reason);
        self.add(Effect::Say(sentence.with("request", self.request.id).with("subject", &self.request.ask.subject)));
        self.answer(Sentence::new("answer-rejected"));
        Ok(())
    }

    /// Nothing is to be done any more; the extension is free unless something was changed outside.
    fn close(&mut self) {
        self.add(Effect::Rest);
        self.add(Effect::NeverExpire);
        let proven_gone = self.request.steps.iter().any(|s| s.kind == StepKind::Clean && s.status == StepStatus::Done);
        if !self.request.has_touched_anything() {
            self.add(Effect::Release);
        } else if proven_gone {
            self.settle();
        } else if !matches!(self.request.ask.work, Work::Mend(_)) {
            self.add(Effect::Keep);
        }
    }

    fn retry(&mut self, act: &Act, policy: &Policy) -> Result<(), Refusal> {
        let State::Failed(failure) = &self.request.state else { return self.not_now() };
        self.fresh(act)?;
        let (at, voided) = (failure.at, failure.voided);
        let came_too_late = failure.came_too_late();
        let failed_card = self.request.card(CardKind::Failure);
        self.request.attempt = 0;
        self.add(Effect::Rewrite(failed_card));
        self.request.round += 1;
        match at {
            Stopped::Checking => {
                self.enter(State::Checking);
                self.add(Effect::Do(Task::ReadFacts, self.now));
                self.answer(Sentence::new("answer-retried"));
            }
            Stopped::Step(_) if voided => {
                self.request.steps.clear();
                self.ask_for_approval(policy);
                self.answer(Sentence::new("answer-retried-approval"));
            }
            Stopped::Step(_) => {
                self.enter(State::Running);
                if came_too_late {
                    self.do_earlier_again();
                }
                // A retry asks everybody again.
                if let Some(record) = self.request.steps.iter_mut().find(|s| s.status != StepStatus::Done) {
                    record.asked_of = None;
                }
                self.begin_step();
                self.rewrite(CardKind::Progress);
                self.answer(Sentence::new("answer-retried"));
            }
        }
        Ok(())
    }

    /// What was waited for never came: the earlier step that should have brought it is done once more.
    fn do_earlier_again(&mut self) {
        let Some((kind, plan)) = self.request.step().map(|s| s.kind).zip(self.request.plan.as_ref()) else { return };
        let Some(earlier) = plan.course(kind).again_from else { return };
        for record in &mut self.request.steps {
            if record.kind == earlier {
                record.status = StepStatus::Open;
            } else if record.kind == kind {
                *record = StepRecord::new(kind);
            }
        }
    }

    fn cancel(&mut self, act: &Act) -> Result<(), Refusal> {
        let state = self.request.state.name();
        if state.is_over() {
            return self.not_now();
        }
        self.fresh(act)?;
        let open: &[CardKind] = match &self.request.state {
            State::Confirming => &[CardKind::Confirm],
            State::AwaitingApproval { .. } => &[CardKind::Approval],
            State::Running => &[CardKind::Progress],
            State::Failed(_) => &[CardKind::Failure, CardKind::Progress],
            _ => &[],
        };
        let guided = self.request.step().filter(|s| s.guided.is_some()).map(|s| CardKind::Guided(s.kind));
        self.enter(State::Cancelled { by: act.by.clone() });
        self.close();
        for kind in open.iter().copied().chain(guided) {
            self.rewrite(kind);
        }
        let touched = self.request.has_touched_anything();
        let sentence = if touched && matches!(self.request.ask.work, Work::Mend(_)) {
            Sentence::new("say-cancelled-mend")
        } else if touched {
            let sentence = match &self.request.ask.extension {
                Some(extension) => Sentence::new("say-cancelled-midway").with("extension", extension),
                None => Sentence::new("say-cancelled-midway-number"),
            };
            let sentence = sentence.with("again", self.request.ask.again());
            self.request.plan.as_ref().map_or(sentence.clone(), |plan| plan.says(sentence))
        } else if self
            .request
            .step()
            .is_some_and(|s| s.kind == StepKind::ConnectUser || s.kind == StepKind::ConnectService)
        {
            Sentence::new("say-cancelled-before-portal")
        } else {
            Sentence::new("say-cancelled")
        };
        let sentence = sentence.with("by", &act.by.name).with("request", self.request.id);
        self.add(Effect::Say(sentence.with("subject", &self.request.ask.subject)));
        self.answer(Sentence::new("answer-cancelled"));
        Ok(())
    }

    /// It stopped, and what it did is taken back by another request.
    fn give_up(&mut self, act: &Act) -> Result<(), Refusal> {
        if !act.roles.has(Role::Requester) {
            return refuse("refusal-not-requester");
        }
        let State::Failed(_) = &self.request.state else { return self.not_now() };
        self.fresh(act)?;
        let guided = self.request.step().filter(|s| s.guided.is_some()).map(|s| CardKind::Guided(s.kind));
        self.enter(State::Cancelled { by: act.by.clone() });
        self.close();
        for kind in [CardKind::Failure, CardKind::Progress].into_iter().chain(guided) {
            self.rewrite(kind);
        }
        let sentence = Sentence::new("say-given-up").with("by", &act.by.name).with("request", self.request.id);
        self.add(Effect::Say(sentence.with("subject", &self.request.ask.subject)));
        Ok(())
    }
}

/// The journal's timers count milliseconds: one that is up must not find the request a moment too early.
fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// One line, no more than [`LONGEST_REASON`] characters.
pub(super) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_REASON).collect()
}

fn not_chosen(why: NotChosen) -> Refusal {
    let (id, label) = match why {
        NotChosen::Missing(label) => ("refusal-not-chosen", label),
        NotChosen::Unknown(label) => ("refusal-not-offered", label),
        NotChosen::Nothing => return Refusal(Sentence::new("refusal-nothing-changes")),
    };
    Refusal(Sentence::new(id).with_term("input", label))
}
