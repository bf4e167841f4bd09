//! Direct routing: the number goes from the user through Microsoft Graph, by an operation that takes its time.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{E164, Fixer, Sentence};
use crate::outside::{Fault, NumberAssignment, OperationStatus, OutsideError, UNNAMED};

pub(super) struct UnassignNumber;

/// The ticket of an operation that somebody else began.
const UNDER_WAY: &str = "under-way";

fn number(attempt: &Attempt<'_>) -> Result<E164, Trouble> {
    attempt.plan.doomed_number().ok_or(Trouble::NotConfigured)
}

async fn found(attempt: &Attempt<'_>) -> Result<Option<NumberAssignment>, Trouble> {
    Ok(attempt.systems.graph.number(&number(attempt)?).await?)
}

/// The user has it no more: it is nobody's, or somebody else's by now, from whom nothing is taken.
fn is_gone(attempt: &Attempt<'_>, found: Option<&NumberAssignment>) -> bool {
    match found.and_then(NumberAssignment::holder) {
        None => true,
        Some(UNNAMED) => false,
        Some(id) => !id.eq_ignore_ascii_case(&attempt.plan.subject_id),
    }
}

fn gone(number: &E164) -> Vec<crate::view::Item> {
    vec![item("item-number-free", number)]
}

impl Step for UnassignNumber {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let number = number(attempt)?;
        let found = found(attempt).await?;
        if is_gone(attempt, found.as_ref()) {
            return Ok(Check::Already(gone(&number)));
        }
        // A line that somebody else gave may be one of Microsoft's or of an operator's numbers.
        if let Some(found) = found.filter(|found| !found.is_direct()) {
            let cause = Sentence::new("cause-number-not-direct").with("number", &number).with("kind", found.kind);
            return Err(Trouble::Cause(cause, Fixer::MicrosoftAdmin));
        }
        Ok(Check::Needed(json!({ "telephoneNumber": number }).to_string()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        match attempt.systems.graph.unassign_number(&number(attempt)?).await {
            Ok(place) => Ok(Some(place)),
            // Whoever asked first, it is on its way: from now on it is only looked at.
            Err(OutsideError { fault: Fault::Conflict, .. }) => Ok(Some(UNDER_WAY.to_owned())),
            // It may be nobody's by now: the number tells better than the code does.
            Err(OutsideError { fault: Fault::Refused { .. }, .. })
                if is_gone(attempt, found(attempt).await?.as_ref()) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn verify(&self, attempt: &Attempt<'_>, _accepted: bool) -> Result<Seen, Trouble> {
        let number = number(attempt)?;
        let says = |id: &str| Sentence::new(id).with("number", &number).with("subject", &attempt.plan.subject);
        let status = match attempt.ticket {
            Some(place) if place != UNDER_WAY => attempt.systems.graph.operation(place).await?,
            _ => None,
        };
        if status == Some(OperationStatus::Failed) {
            return Err(Trouble::Cause(says("cause-number-not-freed"), Fixer::MicrosoftAdmin));
        }
        Ok(if is_gone(attempt, found(attempt).await?.as_ref()) {
            Seen::Yes(gone(&number))
        } else {
            Seen::NotYet(says("wait-number-gone"))
        })
    }
}
