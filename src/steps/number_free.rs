//! Direct routing, step 2: the number is still free. Only reads, at Microsoft and in our own records.

use super::{Attempt, Found, Trouble, Watch, facts};
use crate::plan::{Facts, number_conditions};

pub(super) struct NumberFree;

impl Watch for NumberFree {
    async fn look(&self, attempt: &Attempt<'_>) -> Result<Found, Trouble> {
        let (graph, number) = (&attempt.systems.graph, attempt.number()?);
        let numbers = facts::taken(graph, std::slice::from_ref(number)).await?;
        let facts = Facts { numbers, ..Facts::nothing(attempt.ours.clone(), attempt.now) };
        let problems = number_conditions(number, &attempt.plan.subject_id, &facts);
        if problems.is_empty() { Ok(Found::Yes(Vec::new())) } else { Err(Trouble::Conditions(problems)) }
    }
}
