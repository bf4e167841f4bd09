//! Step 1: the subject is still ready. Only reads; a condition that broke since the approval voids it.

use super::{Attempt, Check, Seen, Step, Trouble, facts};
use crate::plan::{Facts, subject_changed, subject_conditions};

pub(super) struct SubjectReady;

impl Step for SubjectReady {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let (request, plan) = (attempt.request, attempt.plan);
        let group = plan.connecttoteams().map(|target| target.sync_group.as_str());
        let facts = facts::subject_facts(&attempt.systems.graph, &plan.subject, group).await?;
        let before = request.facts.clone();
        let ours = before.map(|facts| facts.ours).unwrap_or_default();
        let subject = facts.map(|(facts, _)| facts);
        let facts = Facts { subject, ..Facts::nothing(ours, attempt.now) };
        let mut problems = subject_conditions(&request.ask, &request.offer, &facts);
        if facts.subject.is_some_and(|f| f.id != plan.subject_id) {
            // The name was given to another account meanwhile: that is not who was approved.
            problems.push(subject_changed(&plan.subject));
        }
        if problems.is_empty() { Ok(Check::Already(Vec::new())) } else { Err(Trouble::Conditions(problems)) }
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::Yes(Vec::new()))
    }
}
