//! Waiting for a worker's answer on an open connection.

use std::time::Duration;

use crate::domain::{Inbound, Sentence};
use crate::journal::{JournalError, Kept};
use crate::workers::Office;

/// How long somebody is kept waiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For a worker to take the event over.
    pub worker: Duration,
    /// For a worker that took over the answer and is in its last step.
    pub last_step: Duration,
}

/// What came of waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// The answer.
    Told(Sentence),
    /// It was dealt with, and whatever there was to say has been sent as a message.
    Elsewhere,
    /// It is kept, and the answer follows as a private message.
    Later,
}

/// Keeps the event for good.
pub(super) async fn keep(office: &Office, inbound: &Inbound) -> Result<Kept, JournalError> {
    office.journal.keep(inbound, office.clock.now()).await
}

/// Keeps the event and waits for its answer.
pub(super) async fn ask(office: &Office, inbound: &Inbound, patience: Patience) -> Result<Heard, JournalError> {
    let mut waiting = office.waiters.wait(&inbound.key);
    let kept = keep(office, inbound).await;
    if !matches!(kept, Ok(Kept::New)) {
        // What came before may still be worked on; then both connections get its answer.
        let known = match kept {
            Ok(_) => office.journal.answer_of(&inbound.key).await,
            Err(error) => Err(error),
        };
        if !matches!(known, Ok(None)) {
            office.waiters.give_up(&inbound.key, &waiting);
            return known.map(|told| told.map_or(Heard::Later, Heard::Told));
        }
    }
    match tokio::time::timeout(patience.worker, &mut waiting.answer).await {
        Ok(Ok(told)) => return Ok(Heard::Told(told)),
        Ok(Err(_)) => return Ok(Heard::Elsewhere),
        Err(_) => {}
    }
    // A worker that has promised to answer is in its last step.
    if !office.waiters.give_up(&inbound.key, &waiting) {
        let told = tokio::time::timeout(patience.last_step, waiting.answer).await;
        office.waiters.forget(&inbound.key);
        if let Ok(Ok(told)) = told {
            return Ok(Heard::Told(told));
        }
    }
    Ok(Heard::Later)
}
