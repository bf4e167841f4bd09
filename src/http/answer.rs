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

/// Keeps the event for good.
pub(super) async fn keep(office: &Office, inbound: &Inbound) -> Result<Kept, JournalError> {
    office.journal.keep(inbound, office.clock.now()).await
}

/// Keeps the event and waits for its answer. `None`: it is kept, and the answer follows as a private message.
pub(super) async fn ask(
    office: &Office,
    inbound: &Inbound,
    patience: Patience,
) -> Result<Option<Sentence>, JournalError> {
    let Some(mut answer) = office.waiters.wait(&inbound.key) else {
        keep(office, inbound).await?;
        return office.journal.answer_of(&inbound.key).await;
    };
    let kept = keep(office, inbound).await;
    if !matches!(kept, Ok(Kept::New)) {
        office.waiters.give_up(&inbound.key);
        kept?;
        return office.journal.answer_of(&inbound.key).await;
    }
    if let Ok(told) = tokio::time::timeout(patience.worker, &mut answer).await {
        return Ok(told.ok());
    }
    // A worker that has promised to answer is in its last step.
    if !office.waiters.give_up(&inbound.key) {
        let told = tokio::time::timeout(patience.last_step, answer).await;
        office.waiters.forget(&inbound.key);
        if let Ok(Ok(told)) = told {
            return Ok(Some(told));
        }
    }
    Ok(None)
}
