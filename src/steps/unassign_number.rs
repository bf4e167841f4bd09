//! Direct routing: the number goes from the user through Microsoft Graph, by an operation that takes its time.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item};
use crate::domain::{E164, Fixer, Sentence};
use crate::outside::{Fault, OperationStatus, OutsideError};

pub(super) struct UnassignNumber;

/// The ticket of an operation that somebody else began.
const UNDER_WAY: &str = "under-way";

fn number(attempt: &Attempt<'_>) -> Result<E164, Trouble> {
    attempt.plan.doomed_number().ok_or(Trouble::NotConfigured)
}

/// The user has it no more; an error where somebody else has it by now: nothing is taken from them.
async fn is_gone(attempt: &Attempt<'_>) -> Result<bool, Trouble> {
    let number = number(attempt)?;
    let found = attempt.systems.graph.number(&number).await?;
    let holder = found.as_ref().and_then(|found| found.holder());
    Ok(!holder.is_some_and(|id| id.eq_ignore_ascii_case(&attempt.plan.subject_id)))
}

fn gone(number: &E164) -> Vec<crate::view::Item> {
    vec![item("item-number-free", number)]
}

impl Step for UnassignNumber {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let number = number(attempt)?;
        if is_gone(attempt).await? {
            return Ok(Check::Already(gone(&number)));
        }
        Ok(Check::Needed(json!({ "telephoneNumber": number }).to_string()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        match attempt.systems.graph.unassign_number(&number(attempt)?).await {
            Ok(place) => Ok(Some(place)),
            // Whoever asked first, it is on its way: from now on it is only looked at.
            Err(OutsideError { fault: Fault::Conflict, .. }) => Ok(Some(UNDER_WAY.to_owned())),
            // It may be nobody's by now: the number tells better than the code does.
            Err(OutsideError { fault: Fault::Refused { .. }, .. }) if is_gone(attempt).await? => Ok(None),
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
        Ok(if is_gone(attempt).await? { Seen::Yes(gone(&number)) } else { Seen::NotYet(says("wait-number-gone")) })
    }
}
