//! What lasts: inbox, requests and their events, step journal, timers, outbox, holds. SQLite embedded, one database,
//! state changes in one transaction.
//!
//! All access goes through sqlx's `Any` driver with TEXT and BIGINT columns, so that PostgreSQL needs no second code
//! base. The two differences are the way a transaction begins and the row lock of a claim.
//!
//! On SQLite one process owns the file (an advisory lock beside it says so). Writers queue at an in-process gate
//! instead of meeting `SQLITE_BUSY`, webhooks before workers; readers never wait. Because no other process can be alive, leases left by a killed
//! one are void at the next start and work goes on at once.
//!
//! Known races and how they end:
//! - A worker that lost its lease writes late: its fence is old, the write is refused, the result is dropped and logged.
//! - A click lands while a step runs: both decide on the state they find; the later one sees the earlier one's effect.
//! - A crash between an outside call and its record: the step is attempted again and reads before it writes.

mod copies;
mod forms;
mod gate;
mod gone;
mod heads;
mod history;
mod holds;
mod inbox;
mod installations;
mod mute;
mod open;
mod outbox;
mod people;
mod probe;
mod requests;
mod wake;
mod work;

#[cfg(test)]
pub(crate) mod tests;

use jiff::Timestamp;
use sqlx::{Any, AnyPool, Transaction};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use std::sync::Arc;

pub(crate) use copies::{at_least_doubt, seen_until};
pub use forms::OpenForm;
pub use gone::Unheard;
pub(crate) use history::Alike;
pub use inbox::{InboxRow, Kept};
pub use installations::{Installation, Renewal, Renewed};
pub(crate) use outbox::NewPost;
pub use outbox::{LaneClaim, MayGo, Post, Sending};
pub use people::Contact;
pub(crate) use requests::Happened;
pub use requests::{ListQuery, Loaded};
pub use wake::Wake;
pub use work::{Claim, Due};

/// What the journal could not do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database did not do what was asked. Nothing of the transaction stands.
    #[error("the store does not answer: {0}")]
    Store(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the store cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row cannot be read: written by another version, or damaged.
    #[error("a row of {table} cannot be read: {source}")]
    Row {
        /// Which table.
        table: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The database file cannot be used.
    #[error("{path}: {what}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// Somebody else changed the request in between; decide again.
    #[error("the request was changed in between")]
    Overtaken,
    /// The lease was lost; the result must be dropped.
    #[error("the lease was lost")]
    LeaseLost,
}

/// What PostgreSQL says to one of two transactions that stand in each other's way: a deadlock, or a serialization failure
/// (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
const STOOD_IN_THE_WAY: [&str; 2] = ["40P01", "40001"];

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        let overtaken = code.is_some_and(|code| STOOD_IN_THE_WAY.contains(&code.as_ref()));
        if overtaken { Self::Overtaken } else { Self::Store(error) }
    }
}

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    fn clock(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Self::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }
}

/// The journal of one installation. Clones share everything.
#[derive(Debug, Clone)]
pub struct Journal {
    pool: AnyPool,
    heartbeats: AnyPool,
    engine: Engine,
    gate: gate::Gate,
    owner: Arc<str>,
    wake: Wake,
    keeper: inbox::Keeper,
    probe: probe::Probe,
    _lock: Arc<Option<std::fs::File>>,
}

/// One transaction. Dropped without [`Tx::commit`], nothing of it stands.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Any>,
    engine: Engine,
    wake: Wake,
    wakes: wake::Wakes,
    _gate: Option<OwnedMutexGuard<()>>,
}

impl Journal {
    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, JournalError> {
        self.begin_over(&self.pool, false).await
    }

    /// Begins one that makes a lease last longer. However busy the store is, no lease may be lost by that: it goes past the
    /// queue and has connections of its own.
    async fn begin_heartbeat(&self) -> Result<Tx, JournalError> {
        self.begin_over(&self.heartbeats, true).await
    }

    async fn begin_over(&self, pool: &AnyPool, first: bool) -> Result<Tx, JournalError> {
        let (pool, gate, engine) = (pool.clone(), self.gate.clone(), self.engine);
        // Begun to its end even if nobody waits for it any more: a driver that is stopped halfway leaves a transaction
        // open on a connection that others use next.
        let begun = tokio::spawn(async move {
            Ok::<_, sqlx::Error>(match engine {
                Engine::Sqlite => {
                    let gate = if first { gate.pass_first().await } else { gate.pass().await };
                    (Some(gate), pool.begin_with("BEGIN IMMEDIATE").await?)
                }
                Engine::Postgres => (None, pool.begin().await?),
            })
        });
        let (gate, inner) = begun.await.map_err(|_| sqlx::Error::WorkerCrashed)??;
        Ok(Tx { inner, engine: self.engine, wake: self.wake.clone(), wakes: wake::Wakes::default(), _gate: gate })
    }

    /// Signals that there is something to do.
    pub fn wake(&self) -> &Wake {
        &self.wake
    }

    /// The name under which this process holds leases.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The database's clock as SQL: milliseconds since 1970. PostgreSQL's `now()` would stand still within a transaction.
    fn clock(&self) -> &'static str {
        self.engine.clock()
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.keeper.close().await;
        self.heartbeats.close().await;
        self.pool.close().await;
    }
}

impl Tx {
    /// Makes it all stand, then wakes whoever has to go on.
    pub async fn commit(self) -> Result<(), JournalError> {
        let Self { inner, wake, wakes, _gate, .. } = self;
        inner.commit().await?;
        wake.all(wakes);
        Ok(())
    }
}

/// How long a lease lasts without being renewed, in milliseconds of the database's clock: a lease is about a process
/// being alive, and processes on several machines need one clock to agree on that.
const LEASE: i64 = 10_000;

/// An id that sorts by the time it was made.
pub(crate) fn ordered_id() -> String {
    Uuid::now_v7().simple().to_string()
}

fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

fn to_json<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, JournalError> {
    serde_json::to_string(value).map_err(|source| JournalError::Row { table, source })
}

fn from_json<T: serde::de::DeserializeOwned>(table: &'static str, text: &str) -> Result<T, JournalError> {
    serde_json::from_str(text).map_err(|source| JournalError::Row { table, source })
}
