//! Whether the store takes what must last. Tried by writing: a full disk and a server that only reads still answer
//! questions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Journal, JournalError};

/// Whoever asks more often gets the last answer.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last answer; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Probe(Arc<Mutex<Option<Answer>>>);

#[derive(Debug)]
struct Answer {
    at: Instant,
    told: Result<(), String>,
}

impl Journal {
    /// `Err`: why nothing can be kept now, in words.
    pub async fn takes_writes(&self) -> Result<(), String> {
        let mut last = self.probe.0.lock().await;
        if let Some(answer) = last.as_ref()
            && answer.at.elapsed() < AT_MOST_EVERY
        {
            return answer.told.clone();
        }
        let told = match tokio::time::timeout(PATIENCE, self.write_something()).await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the store does not answer within {} s", PATIENCE.as_secs())),
        };
        *last = Some(Answer { at: Instant::now(), told: told.clone() });
        told
    }

    async fn write_something(&self) -> Result<(), JournalError> {
        let sql = "INSERT INTO counters (name, value) VALUES ('probe', 1) \
            ON CONFLICT (name) DO UPDATE SET value = counters.value + 1";
        let mut tx = self.begin().await?;
        sqlx::query(sql).execute(&mut *tx.inner).await?;
        tx.commit().await
    }
}
