//! Plain inserts: as many rows a transaction as a step leaves changed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor};

use crate::figures::Slice;

/// Rows that the ten attempts of a request leave changed, in order: request, step, next step, event, card to be rewritten
/// and task for a step that is done; the note of what was there before has neither a next step nor a card; a wait has no
/// next step; the last one has no next step either, but a new card.
pub const ROWS: [usize; 10] = [6, 6, 4, 6, 4, 6, 5, 6, 6, 7];

/// The mean of them.
pub const ROWS_A_STEP: f64 = 5.6;

/// As in the product.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;";

const TABLE: &str = "CREATE TABLE plain (id BIGINT PRIMARY KEY, body TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO plain (id, body) VALUES ($1, $2)";

/// A table and nothing else.
pub struct Plain {
    pool: AnyPool,
    long: String,
    short: String,
    rows: AtomicUsize,
    steps: AtomicUsize,
}

impl Plain {
    /// `lengths`: of the first row of a transaction, and of the others.
    pub async fn open(url: &str, [long, short]: [usize; 2]) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let sqlite = url.strip_prefix("sqlite:").map(|path| format!("sqlite://{path}?mode=rwc"));
        // SQLite has one writer at a time: one connection spares the others the waiting. A server has as many as the bot's.
        let options = AnyPoolOptions::new().max_connections(if sqlite.is_some() { 1 } else { 10 });
        let pragmas = if sqlite.is_some() { PRAGMAS } else { "" };
        let options = options.after_connect(move |connection, _| {
            Box::pin(
                async move { if pragmas.is_empty() { Ok(()) } else { connection.execute(pragmas).await.map(drop) } },
            )
        });
        let pool = options.connect(sqlite.as_deref().unwrap_or(url)).await?;
        pool.execute(TABLE).await?;
        let (rows, steps) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Ok(Self { pool, long: "x".repeat(long), short: "x".repeat(short), rows, steps })
    }

    /// So many writers, each with a transaction after the other.
    pub async fn slice(&self, at_once: usize, lasting: Duration) -> anyhow::Result<Slice> {
        let began = Instant::now();
        let writer = async || {
            let mut took = Vec::new();
            while began.elapsed() < lasting {
                let step = Instant::now();
                self.step().await?;
                took.push(step.elapsed());
            }
            anyhow::Ok(took)
        };
        let took = try_join_all((0..at_once).map(|_| writer())).await?;
        Ok(Slice::new(began.elapsed(), took.into_iter().flatten().collect()))
    }

    async fn step(&self) -> anyhow::Result<()> {
        let count = ROWS[self.steps.fetch_add(1, Ordering::Relaxed) % ROWS.len()];
        let mut tx = self.pool.begin().await?;
        for nth in 0..count {
            let id = i64::try_from(self.rows.fetch_add(1, Ordering::Relaxed))?;
            let body = if nth == 0 { &self.long } else { &self.short };
            sqlx::query(INSERT).bind(id).bind(body).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
