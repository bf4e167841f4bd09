//! Everything that a plan is made from, and what it makes of it: one place where kinds of work part ways.

use std::collections::BTreeMap;

use super::alter::alter;
use super::conditions::{self, problem};
use super::preview::text;
use super::{Aftercare, Ask, Facts, NotChosen, Offer, OwnLine, Plan, StepKind, Subject, Target, Undone};
use crate::domain::{E164, Fixer, Mend, Problem, Sentence, Work, same_number};
use crate::view::Item;

/// Everything that a plan is made from, besides what somebody chooses.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// What was asked for.
    pub ask: &'a Ask,
    /// What the customer's configuration offers.
    pub offer: &'a Offer,
    /// What becomes of a line that is taken away.
    pub aftercare: &'a Aftercare,
    /// Steps that are left to people.
    pub by_hand: &'a [StepKind],
    /// What was read.
    pub facts: &'a Facts,
}

/// What kind of plan a piece of work needs.
enum Shape<'a> {
    /// A line where there is none.
    Give,
    /// The line that is there, with other values.
    Alter,
    /// The line goes.
    Take,
    /// What was there before a request comes back.
    Bring(&'a Undone),
    /// One thing is mended.
    Mend(Mend),
}

impl<'a> Ground<'a> {
    fn shape(&self) -> Shape<'a> {
        match (self.ask.work, &self.facts.ours.undone) {
            (Work::Onboard, _) => Shape::Give,
            (Work::Change, _) => Shape::Alter,
            (Work::Undo(_), Some(undone)) if undone.before.is_some() => Shape::Bring(undone),
            (Work::Offboard | Work::Undo(_), _) => Shape::Take,
            (Work::Mend(mend), _) => Shape::Mend(mend),
        }
    }

    /// True: the plan takes the line away.
    pub fn takes(&self) -> bool {
        matches!(self.shape(), Shape::Take)
    }

    /// True: somebody chooses values on the confirm card.
    pub fn is_chosen(&self) -> bool {
        matches!(self.shape(), Shape::Give | Shape::Alter)
    }

    fn subject(&self) -> Option<Subject> {
        let own = || {
            let line = self.own_line()?;
            let names = (String::new(), String::new());
            let (id, name) = (line.subject_id.clone(), line.subject_name.clone());
            Some(Subject { id, name, first_name: names.0, last_name: names.1 })
        };
        self.facts.subject.as_ref().map(|subject| subject.subject()).or_else(own)
    }

    /// What can be chosen; whoever has a number may keep it.
    fn offered(&self) -> Offer {
        let alters = matches!(self.shape(), Shape::Alter);
        self.offer.keeping(self.own_line().filter(|_| alters).and_then(|own| own.target.number()))
    }

    /// The numbers that can be chosen now.
    pub fn free_numbers(&self) -> Vec<E164> {
        conditions::free_numbers(&self.offered(), self.facts)
    }

    fn shows(&self) -> Vec<String> {
        self.facts.stands.iter().flat_map(|stands| stands.numbers.clone()).collect()
    }

    /// The plan that these inputs of the confirm card make.
    pub fn plan(&self, inputs: &BTreeMap<String, String>) -> Result<Plan, NotChosen> {
        let plan = self.drawn(inputs)?;
        let by_hand = plan.steps.iter().copied().filter(|kind| kind.may_be_guided() && self.by_hand.contains(kind));
        Ok(Plan { by_hand: by_hand.collect(), ..plan })
    }

    fn drawn(&self, inputs: &BTreeMap<String, String>) -> Result<Plan, NotChosen> {
        let subject = self.subject().ok_or(NotChosen::Missing("item-subject"))?;
        let plan = |target: Target, steps: Vec<StepKind>| Plan {
            subject: self.ask.subject.clone(),
            subject_id: subject.id.clone(),
            subject_name: subject.name.clone(),
            target,
            steps,
            replaces: None,
            by_hand: Vec::new(),
        };
        match self.shape() {
            Shape::Give => self.offer.plan(self.ask, &subject, inputs),
            Shape::Take => {
                let removal = self.take_away(inputs)?;
                let steps = removal.steps();
                Ok(plan(Target::Removal(removal), steps))
            }
            Shape::Mend(mend) => {
                let target = self.mend(mend)?;
                let steps = target.steps();
                Ok(plan(Target::Mend(target), steps))
            }
            Shape::Alter => {
                let own = self.own_line().ok_or(NotChosen::Missing("item-line"))?;
                let chosen = self.offered().plan(self.ask, &subject, inputs)?;
                // Back to what was there before a change that was not finished.
                let from = own.tried.as_deref().filter(|_| own.target.sets_the_same(&chosen.target));
                let (steps, replaced) = alter((from.unwrap_or(&own.target), &own.made), &chosen.target, self.shows())?;
                Ok(Plan { steps, replaces: Some(replaced), ..chosen })
            }
            Shape::Bring(Undone { before: Some(before), after: Some(after), took: false, .. }) => {
                let from = after.tried.as_deref().unwrap_or(&after.target);
                let (steps, replaced) = alter((from, &after.made), &before.target, self.shows())?;
                Ok(Plan { replaces: Some(replaced), ..plan(before.target.clone(), steps) })
            }
            Shape::Bring(undone) => {
                let before = undone.before.as_ref().ok_or(NotChosen::Missing("item-line"))?;
                Ok(plan(before.target.clone(), before.target.giving_steps()))
            }
        }
    }

    /// The plan that the same choices make today.
    pub fn renew(&self, plan: &Plan) -> Option<Plan> {
        self.plan(&plan.target.inputs()).ok()
    }

    /// All conditions that are not met. Empty: the request may be confirmed.
    pub fn problems(&self) -> Vec<Problem> {
        match self.shape() {
            Shape::Give => conditions::problems(self.ask, self.offer, self.facts),
            Shape::Take => self.cannot_take(),
            Shape::Mend(mend) => self.cannot_mend(mend),
            Shape::Alter => self.cannot_alter(),
            Shape::Bring(undone) => {
                let mut found = self.cannot_undo(undone);
                found.extend(self.cannot_bring(undone));
                found
            }
        }
    }

    /// What is in the way of the line that comes back, besides what the request itself left.
    fn cannot_bring(&self, undone: &Undone) -> Vec<Problem> {
        let number = undone.before.as_ref().and_then(|before| before.target.number());
        let mut found = conditions::problems(self.ask, &self.offer.keeping(number), self.facts);
        let begun = matches!(self.ask.work, Work::Undo(id) if self.facts.ours.disabled_before == Some(id));
        let ours: Vec<String> = undone.after.iter().chain(&undone.before).flat_map(OwnLine::lines).collect();
        let is_ours = self.shows().iter().all(|shown| ours.iter().any(|line| same_number(shown, line)));
        found.retain(|problem| match problem.what.id.as_str() {
            "cond-has-number" => !is_ours,
            "cond-disabled-before" => !begun,
            _ => true,
        });
        found
    }

    fn cannot_take(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if let Some(undone) = &self.facts.ours.undone {
            found.extend(self.cannot_undo(undone));
        }
        let say = |id: &str| Sentence::new(id).with("upn", &self.ask.subject);
        if self.line_to_go().is_none() && found.is_empty() {
            let id = if self.facts.subject.is_some() { "cond-no-line" } else { "cond-user-missing" };
            found.push(problem(say(id), Fixer::Requester));
        }
        found.extend(conditions::busy(self.ask, self.facts));
        found
    }

    fn cannot_mend(&self, mend: Mend) -> Vec<Problem> {
        if let Some(busy) = conditions::busy(self.ask, self.facts) {
            return vec![busy];
        }
        let (Some(subject), Some(offer)) = (&self.facts.subject, self.offer.connecttoteams()) else {
            return conditions::subject_conditions(self.ask, self.offer, self.facts);
        };
        let done = match mend {
            Mend::JoinGroup => subject.in_sync_group,
            Mend::Enable => self.facts.stands.as_ref().is_some_and(|stands| stands.enterprise_voice),
            Mend::GroupSync => false,
        };
        if done {
            return vec![problem(Sentence::new("cond-mended").with("upn", &self.ask.subject), Fixer::Requester)];
        }
        // Only the group itself can be in the way; that the subject is not in it is what is mended.
        let group = conditions::group_problem(self.ask, offer, subject);
        group
            .into_iter()
            .filter(|problem| problem.what.id != "cond-not-in-sync-group" || mend != Mend::JoinGroup)
            .collect()
    }

    fn cannot_alter(&self) -> Vec<Problem> {
        let say = |id: &str| Sentence::new(id).with("upn", &self.ask.subject);
        let Some(own) = self.own_line() else {
            let id = match (&self.facts.subject, self.shows().is_empty()) {
                (None, _) => "cond-user-missing",
                (Some(_), true) => "cond-nothing-to-change",
                (Some(_), false) => "cond-line-unknown",
            };
            let mut found = vec![problem(say(id), Fixer::Requester)];
            found.extend(conditions::busy(self.ask, self.facts));
            return found;
        };
        let line = own.target.line().to_string();
        let ours = |shown: &String| own.lines().any(|line| same_number(shown, &line));
        let stands = self.shows().iter().any(ours);
        let mut found = conditions::problems(self.ask, &self.offered(), self.facts);
        // The line that is there is what is to be changed.
        found.retain(|problem| problem.what.id != "cond-has-number" || !stands);
        // A change that was not finished may have taken the old number away.
        if !stands && (own.tried.is_none() || !self.shows().is_empty()) {
            let id = if self.shows().is_empty() { "cond-line-taken" } else { "cond-line-changed" };
            let what = say(id).with("line", &line).with("found", self.shows().join(", "));
            found.push(problem(what, Fixer::MicrosoftAdmin));
        }
        found
    }

    /// Why a request cannot be undone: what there is now is not what it left.
    fn cannot_undo(&self, undone: &Undone) -> Vec<Problem> {
        let Work::Undo(id) = self.ask.work else { return Vec::new() };
        let say = |sentence: &str| Sentence::new(sentence).with("undone", id).with("upn", &self.ask.subject);
        let one = |what: Sentence| vec![problem(what, Fixer::Requester)];
        if undone.open {
            return one(say("cond-undo-open"));
        }
        if !undone.touched {
            return one(say("cond-undo-nothing"));
        }
        if let Some(by) = undone.by {
            return one(say("cond-undo-already").with("by", by));
        }
        if let Some(newer) = undone.newer {
            return one(say("cond-undo-newer").with("newer", newer));
        }
        let Some(stands) = &self.facts.stands else { return Vec::new() };
        let mut found = Vec::new();
        let mut differs = |sentence: &str, now: String, who| {
            found.push(problem(say(sentence).with("found", now), who));
        };
        let before = undone.before.as_ref().filter(|_| !undone.done);
        let left: Vec<String> = undone.after.iter().chain(before).flat_map(OwnLine::lines).collect();
        let ours = |shown: &String| left.iter().any(|line| same_number(shown, line));
        // Midway anything may be there that is ours, or nothing.
        let as_left = match undone.done && undone.after.is_some() {
            true => stands.numbers.iter().any(ours),
            false => stands.numbers.iter().all(ours),
        };
        if !as_left {
            let id = if stands.numbers.is_empty() { "cond-undo-taken" } else { "cond-undo-number" };
            differs(id, stands.numbers.join(", "), Fixer::MicrosoftAdmin);
        }
        match undone.after.as_ref().filter(|_| undone.done).map(|line| &line.target) {
            Some(Target::DirectRouting(target)) => {
                let now = stands.policy.as_ref();
                let route = target.route.as_ref();
                if route.is_some_and(|route| now.and_then(|p| p.policy_id.as_ref()) != Some(&route.policy_id)) {
                    let name = now.and_then(|policy| policy.name.clone()).unwrap_or_else(|| "Global".to_owned());
                    differs("cond-undo-policy", name, Fixer::MicrosoftAdmin);
                }
            }
            Some(Target::ConnecttoTeams(target)) => {
                let ours = &target.choices.emergency;
                let now = stands.device.as_ref();
                let same = now.is_some_and(|device| device.is(ours));
                if !same {
                    let (id, address) = match now.map(|device| &device.address_id) {
                        None => ("cond-undo-device-gone", String::new()),
                        Some(None) => ("cond-undo-device-bare", String::new()),
                        Some(Some(address)) => ("cond-undo-device", address.clone()),
                    };
                    differs(id, address, Fixer::PbxAdmin);
                }
            }
            _ => {}
        }
        found
    }

    /// What deserves a second look but stops nothing.
    pub fn warnings(&self) -> Vec<Sentence> {
        if let Shape::Mend(_) = self.shape() {
            return Vec::new();
        }
        if !self.takes() {
            return conditions::warnings(self.ask, self.offer, self.facts);
        }
        let say = |id: &str| Sentence::new(id).with("upn", &self.ask.subject);
        let early = self.removed_too_early().map(|back| match back {
            super::Back::Licence if matches!(self.offer, Offer::DirectRouting(_)) => say("warn-licence-gone-number"),
            super::Back::Licence => say("warn-licence-gone"),
            super::Back::Account => say("warn-account-gone"),
        });
        let stuck = (early.is_none() && self.facts.subject.is_none()).then(|| say("warn-account-gone-number"));
        let disabled = self.facts.subject.as_ref().is_some_and(|subject| !subject.enabled);
        let disabled = disabled.then(|| say("warn-account-disabled"));
        let foreign = self.own_line().is_none().then(|| say("warn-line-not-ours"));
        let policy = self.foreign_policy().map(|policy| say("warn-policy-not-ours").with("policy", policy));
        early.into_iter().chain(stuck).chain(disabled).chain(foreign).chain(policy).collect()
    }

    /// What is fixed before anybody chooses: the upper part of the confirm card.
    pub fn items(&self) -> Vec<Item> {
        if let Shape::Give = self.shape() {
            return self.offer.items(self.ask);
        }
        let reason = self.ask.reason.as_ref().map(|reason| text("item-reason", reason));
        if let Shape::Alter = self.shape() {
            let subject = text("item-subject", &self.ask.subject);
            let now = self.own_line().map(|own| own.target.items()).unwrap_or_default();
            return std::iter::once(subject).chain(now).chain(reason).collect();
        }
        let planned = self.plan(&BTreeMap::new()).map(|plan| plan.items()).unwrap_or_default();
        planned.into_iter().chain(reason).collect()
    }

    /// What people will notice whatever is chosen.
    pub fn notices(&self) -> Vec<Sentence> {
        match self.shape() {
            Shape::Give => self.offer.notices(self.ask),
            Shape::Alter => match self.offer {
                Offer::ConnecttoTeams(_) => vec![Sentence::new("notice-edit-interrupts")],
                Offer::CallTower(_) => vec![Sentence::new("notice-change-in-portal")],
                Offer::DirectRouting(_) => vec![Sentence::new("notice-change-at-microsoft")],
            },
            _ => self.plan(&BTreeMap::new()).map(|plan| plan.notices()).unwrap_or_default(),
        }
    }
}
