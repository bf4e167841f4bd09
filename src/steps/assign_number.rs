//! Direct routing, step 3: the number is assigned through Microsoft Graph, by an operation that takes its time.
//!
//! Where to look how far the operation is, is the step's ticket: with one, nothing is sent again. Without one (the answer
//! was lost, or somebody else was quicker) the number itself tells who is about to get it.

use serde_json::json;

use super::{Attempt, Check, Seen, Step, Trouble, item, sync};
use crate::domain::{Fixer, Sentence};
use crate::outside::{Fault, NumberAssignment, OperationStatus, OutsideError};

pub(super) struct AssignNumber;

fn taken(attempt: &Attempt<'_>) -> Trouble {
    Trouble::Cause(attempt.plan.says(Sentence::new("cause-number-taken")), Fixer::MicrosoftAdmin)
}

/// True: the number is on its way to this user. An error: to somebody else.
fn is_coming(attempt: &Attempt<'_>, found: Option<&NumberAssignment>) -> Result<bool, Trouble> {
    match found.and_then(NumberAssignment::holder) {
        None => Ok(false),
        Some(id) if id.eq_ignore_ascii_case(&attempt.plan.subject_id) => Ok(true),
        Some(_) => Err(taken(attempt)),
    }
}

fn coming(attempt: &Attempt<'_>) -> Sentence {
    attempt.plan.says(Sentence::new("wait-number-operation"))
}

impl Step for AssignNumber {
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Check, Trouble> {
        let (graph, line) = (&attempt.systems.graph, attempt.plan.line());
        let Some(voice) = graph.voice(&attempt.plan.subject_id).await? else {
            return Ok(Check::Waiting(Sentence::new("wait-provisioning").with("line", line)));
        };
        if sync::shows(&voice, &line) {
            return Ok(Check::Already(vec![item("item-number", line)]));
        }
        if attempt.ticket.is_none() && is_coming(attempt, graph.number(attempt.number()?).await?.as_ref())? {
            return Ok(Check::Waiting(coming(attempt)));
        }
        let numbers: Vec<String> = voice.numbers.into_iter().map(|n| n.number).collect();
        Ok(Check::Needed(json!({ "telephoneNumbers": numbers }).to_string()))
    }

    async fn run(&self, attempt: &Attempt<'_>) -> Result<Option<String>, Trouble> {
        let (graph, number) = (&attempt.systems.graph, attempt.number()?);
        match graph.assign_number(number, &attempt.plan.subject_id).await {
            Ok(place) => Ok(Some(place)),
            // It may be somebody else's by now: the number tells better than the code does.
            Err(OutsideError { fault: fault @ (Fault::Conflict | Fault::Refused { .. }), system }) => {
                let coming = is_coming(attempt, graph.number(number).await?.as_ref())?;
                Err(OutsideError { fault: if coming { Fault::Conflict } else { fault }, system }.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn verify(&self, attempt: &Attempt<'_>, accepted: bool) -> Result<Seen, Trouble> {
        let (graph, line) = (&attempt.systems.graph, attempt.plan.line());
        let status = match attempt.ticket {
            Some(place) => graph.operation(place).await?,
            None => None,
        };
        if status == Some(OperationStatus::Failed) {
            let cause = attempt.plan.says(Sentence::new("cause-number-operation"));
            return Err(Trouble::Cause(cause, Fixer::MicrosoftAdmin));
        }
        let voice = graph.voice(&attempt.plan.subject_id).await?;
        if voice.is_some_and(|voice| sync::shows(&voice, &line)) {
            return Ok(Seen::Yes(vec![item("item-number", line)]));
        }
        // The answer was lost: what is on its way needs no second try.
        if !accepted && is_coming(attempt, graph.number(attempt.number()?).await?.as_ref())? {
            return Ok(Seen::Coming(coming(attempt)));
        }
        Ok(Seen::NotYet(coming(attempt)))
    }
}
