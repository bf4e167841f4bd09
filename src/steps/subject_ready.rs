//! Step 1: the subject is still ready. Only reads; a condition that broke since the approval voids it.

use super::{Attempt, Found, Trouble, Watch, facts};
use crate::plan::{Facts, subject_changed, subject_conditions};

pub(super) struct SubjectReady;

impl Watch for SubjectReady {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
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
        if problems.is_empty() { Ok(Found::Yes(Vec::new())) } else { Err(Trouble::Conditions(problems)) }
    }
}
