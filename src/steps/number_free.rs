//! Direct routing, step 2: the number is still free. Only reads, at Microsoft and in our own records.

use super::{Attempt, Check, Seen, Step, Trouble, facts};
use crate::plan::{Facts, number_conditions};

pub(super) struct NumberFree;

impl Step for NumberFree {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let (graph, number) = (&attempt.systems.graph, attempt.number()?);
        let numbers = facts::taken(graph, std::slice::from_ref(number)).await?;
        let facts = Facts { numbers, ..Facts::nothing(attempt.ours.clone(), attempt.now) };
        let problems = number_conditions(number, &attempt.plan.subject_id, &facts);
        if problems.is_empty() { Ok(Check::Already(Vec::new())) } else { Err(Trouble::Conditions(problems)) }
    }

    async fn run(&self, _: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        Ok(None)
    }

    async fn verify(&self, _: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        Ok(Seen::Yes(Vec::new()))
    }
}
