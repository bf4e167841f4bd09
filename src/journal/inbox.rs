//! What came in: kept before it is answered, each event once.
//!
//! Many webhooks share one commit: whoever comes while a commit is under way joins the next one. With
//! `synchronous=FULL` that is what makes a durable answer cheap.
//!
//! Whoever kept an event has the first go at it for a moment: the answer to a press is wanted on the connection that the
//! press came on. Then anybody may take it.
//!
//! Known race: two events of one conversation may be taken by two processes at once. Each is decided on the state that it
//! finds in its own transaction, so no effect is lost or doubled; only the order of two commands typed within
//! milliseconds is not promised.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, AssertSqlSafe, Row};
use tokio::sync::{mpsc, oneshot};

use super::gate::Gate;
use super::{Engine, Journal, JournalError, LEASE, Tx, Wake, from_json, ms, to_json};
use crate::domain::{EventKey, Inbound, Sentence};

/// At most this many events share a commit.
const LARGEST_BATCH: usize = 64;

/// At most this many webhooks wait for a commit; more are refused so that their sender tries again.
const LONGEST_QUEUE: usize = 4096;

/// How long an event waits for the process that kept it, in milliseconds; as long as a webhook waits for its answer.
const FIRST_GO: i64 = 2000;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept for good.
    New,
    /// It has been here before and has no effect.
    Known,
}

/// An event that a worker took.
#[derive(Debug)]
pub struct InboxRow {
    /// The event.
    pub inbound: Inbound,
    /// How often it was tried before.
    pub attempt: u32,
}

struct Waiting {
    key: String,
    body: String,
    at: i64,
    received_at: i64,
    kept: oneshot::Sender<Result<Kept, JournalError>>,
}

/// The one task that commits inbox rows, over a connection of its own.
#[derive(Debug, Clone)]
pub(super) struct Keeper {
    waiting: mpsc::Sender<Waiting>,
    pool: AnyPool,
}

impl Keeper {
    pub(super) fn start(pool: AnyPool, (engine, owner): (Engine, Arc<str>), gate: Gate, wake: Wake) -> Self {
        let (sender, mut waiting) = mpsc::channel(LONGEST_QUEUE);
        let keeper = Self { waiting: sender, pool: pool.clone() };
        tokio::spawn(async move {
            let (mut batch, mut connection) = (Vec::<Waiting>::with_capacity(LARGEST_BATCH), None);
            let (mut closed, mut last, by) = (pool.close_event(), i64::MIN, kept_by(&owner));
            loop {
                tokio::select! {
                    biased;
                    count = waiting.recv_many(&mut batch, LARGEST_BATCH) => if count == 0 { return },
                    () = &mut closed => return,
                }
                // Events of one millisecond keep their order.
                for row in &mut batch {
                    row.received_at = row.at.max(last.saturating_add(1));
                    last = row.received_at;
                }
                let guard = match engine {
                    Engine::Sqlite => Some(gate.pass_first().await),
                    Engine::Postgres => None,
                };
                let result = commit(&pool, &mut connection, (engine, &by), &batch).await;
                drop(guard);
                tell(&mut batch, result);
                wake.inbox.notify_one();
                if engine == Engine::Postgres {
                    // A server may hang up while nothing comes in; the pool finds out when it lends the connection again.
                    connection = None;
                }
            }
        });
        keeper
    }

    /// Commits what waits and lets go of the connection.
    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Which events of a batch were new.
enum Fresh {
    All,
    /// The keys.
    Only(Vec<String>),
}

/// One statement, and so one transaction, for the whole batch.
///
/// Redeliveries are rare: the batch is first inserted as if there were none, and once more with care when there is one.
async fn commit(
    pool: &AnyPool,
    held: &mut Option<PoolConnection<Any>>,
    (engine, by): (Engine, &str),
    batch: &[Waiting],
) -> Result<Fresh, sqlx::Error> {
    let mut sql = String::from(
        "INSERT INTO inbox (event_key, body, received_at, run_at, status, attempt, lease_until, lease_owner) VALUES ",
    );
    let (clock, owner) = (engine.clock(), batch.len() * 4 + 1);
    for index in 0..batch.len() {
        let n = index * 4;
        let comma = if index == 0 { "" } else { "," };
        let values = format!("${},${},${},${},'new',0,{clock}+{FIRST_GO},${owner}", n + 1, n + 2, n + 3, n + 4);
        sql.push_str(&format!("{comma}({values})"));
    }
    let careful = format!("{sql} ON CONFLICT (event_key) DO NOTHING RETURNING event_key");
    // The texts hold placeholders and constants only; their shape depends on the batch's length alone.
    let bound = |sql: String| {
        let query = sqlx::query(AssertSqlSafe(sql));
        let rows = batch.iter();
        rows.fold(query, |query, row| query.bind(&row.key).bind(&row.body).bind(row.received_at).bind(row.at)).bind(by)
    };
    // After a failure the next batch gets another connection.
    let mut connection = match held.take() {
        Some(connection) => connection,
        None => pool.acquire().await?,
    };
    let fresh = match bound(sql).execute(&mut *connection).await {
        Ok(_) => Fresh::All,
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            let rows = bound(careful).fetch_all(&mut *connection).await?;
            Fresh::Only(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
        }
        Err(error) => return Err(error),
    };
    *held = Some(connection);
    Ok(fresh)
}

/// The holder's name of an event that was kept and not taken yet.
fn kept_by(owner: &str) -> String {
    format!("kept:{owner}")
}

fn tell(batch: &mut Vec<Waiting>, result: Result<Fresh, sqlx::Error>) {
    let mut new = match result {
        Ok(Fresh::Only(new)) => new,
        Ok(Fresh::All) => {
            for row in batch.drain(..) {
                // A webhook that went away needs no answer.
                let _ = row.kept.send(Ok(Kept::New));
            }
            return;
        }
        Err(error) => {
            let why = error.to_string();
            for row in batch.drain(..) {
                let _ = row.kept.send(Err(JournalError::Store(sqlx::Error::Protocol(why.clone()))));
            }
            return;
        }
    };
    for row in batch.drain(..) {
        // The same event twice in one batch: the first is new, the second is known.
        let kept = match new.iter().position(|key| *key == row.key) {
            Some(index) => {
                new.swap_remove(index);
                Kept::New
            }
            None => Kept::Known,
        };
        let _ = row.kept.send(Ok(kept));
    }
}

impl Journal {
    /// Keeps an event for good. Returns after the commit.
    pub async fn keep(&self, inbound: &Inbound, now: Timestamp) -> Result<Kept, JournalError> {
        let (kept, told) = oneshot::channel();
        let (key, body, at) = (inbound.key.0.clone(), to_json("inbox", inbound)?, ms(now));
        let row = Waiting { key, body, at, received_at: at, kept };
        let gone = || JournalError::Store(sqlx::Error::PoolClosed);
        self.keeper.waiting.try_send(row).map_err(|_| gone())?;
        told.await.map_err(|_| gone())?
    }

    /// Takes up to `most` events that are due, oldest first, under a lease.
    pub async fn take_inbox(&self, now: Timestamp, most: u32) -> Result<Vec<InboxRow>, JournalError> {
        let clock = self.clock();
        let head = format!(
            "UPDATE inbox SET lease_owner = $1, lease_until = {clock} + {LEASE} WHERE event_key IN (SELECT event_key \
             FROM inbox WHERE status = 'new' AND run_at <= $2 AND (lease_until < {clock} OR lease_owner = $4) \
             ORDER BY run_at, received_at, event_key LIMIT $3"
        );
        let sql = self.claim_sql(&head, ") RETURNING body, attempt, run_at, received_at, event_key");
        let mut tx = self.begin().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(self.owner()).bind(ms(now)).bind(i64::from(most));
        let rows = query.bind(kept_by(self.owner())).fetch_all(&mut *tx.inner).await?;
        tx.commit().await?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            let order: (i64, i64, String) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
            let attempt: i64 = row.try_get(1)?;
            match from_json("inbox", row.try_get(0)?) {
                Ok(inbound) => {
                    taken.push((order, InboxRow { inbound, attempt: u32::try_from(attempt).unwrap_or(u32::MAX) }))
                }
                Err(error) => self.bury(&order.2, &error).await?,
            }
        }
        taken.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(taken.into_iter().map(|(_, row)| row).collect())
    }

    /// Makes the leases of events in hand last longer.
    pub async fn renew_inbox(&self, keys: &[EventKey]) -> Result<(), JournalError> {
        let clock = self.clock();
        let sql = format!(
            "UPDATE inbox SET lease_until = {clock} + {LEASE} WHERE event_key = $1 AND lease_owner = $2 AND status = 'new'"
        );
        let mut tx = self.begin_heartbeat().await?;
        for key in keys {
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(&key.0).bind(self.owner());
            query.execute(&mut *tx.inner).await?;
        }
        tx.commit().await
    }

    /// Sets an event aside that no version of us can read, so that it does not hold up the others.
    async fn bury(&self, key: &str, why: &JournalError) -> Result<(), JournalError> {
        tracing::error!(event = key, %why, "an inbox row cannot be read and is set aside");
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE inbox SET status = 'dead' WHERE event_key = $1").bind(key).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// Forgets events that were dealt with and came in before `before`; returns how many. Senders redeliver within
    /// minutes, so that nothing forgotten comes again.
    pub async fn forget_events(&self, before: Timestamp) -> Result<u64, JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("DELETE FROM inbox WHERE status = 'done' AND received_at < $1").bind(ms(before));
        let forgotten = query.execute(&mut *tx.inner).await?.rows_affected();
        tx.commit().await?;
        Ok(forgotten)
    }

    /// When the next event is due; `None`: nothing waits.
    pub async fn inbox_due(&self) -> Result<Option<Timestamp>, JournalError> {
        self.earliest("SELECT MIN(run_at) FROM inbox WHERE status = 'new'").await
    }

    /// What was answered to an event, if it has been dealt with.
    pub async fn answer_of(&self, key: &EventKey) -> Result<Option<Sentence>, JournalError> {
        let row = sqlx::query("SELECT answer FROM inbox WHERE event_key = $1 AND answer IS NOT NULL");
        let row = row.bind(&key.0).fetch_optional(&self.pool).await?;
        row.map(|row| from_json("inbox", row.try_get(0)?)).transpose()
    }

    pub(super) async fn earliest(&self, sql: &'static str) -> Result<Option<Timestamp>, JournalError> {
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(super::at))
    }

    /// A claim: PostgreSQL locks the rows it looks at and skips those of others, SQLite has one writer anyway. As an array
    /// PostgreSQL evaluates the look once; as `IN` it may do so for every row, and claim more than was asked for.
    pub(super) fn claim_sql(&self, head: &str, tail: &str) -> String {
        match self.engine {
            Engine::Sqlite => format!("{head}{tail}"),
            Engine::Postgres => {
                let head = head.replacen(" IN (SELECT", " = ANY(ARRAY(SELECT", 1);
                format!("{head} FOR UPDATE SKIP LOCKED){tail}")
            }
        }
    }
}

impl Tx {
    /// Keeps an event of the bot's own, with whatever else the transaction writes. The same again has no effect.
    pub async fn keep(&mut self, inbound: &Inbound, now: Timestamp) -> Result<(), JournalError> {
        let sql = "INSERT INTO inbox (event_key, body, received_at, run_at, status, attempt, lease_until) \
            VALUES ($1, $2, $3, $3, 'new', 0, 0) ON CONFLICT (event_key) DO NOTHING";
        let query = sqlx::query(sql).bind(&inbound.key.0).bind(to_json("inbox", inbound)?).bind(ms(now));
        query.execute(&mut *self.inner).await?;
        self.wakes.inbox = true;
        Ok(())
    }

    /// The event has been dealt with; `answer` is what its sender was told.
    ///
    /// [`JournalError::LeaseLost`]: somebody took it over while this was being decided and has dealt with it already.
    pub async fn finish_inbox(&mut self, key: &EventKey, answer: Option<&Sentence>) -> Result<(), JournalError> {
        let answer = answer.map(|a| to_json("inbox", a)).transpose()?;
        let query =
            sqlx::query("UPDATE inbox SET status = 'done', answer = $1 WHERE event_key = $2 AND status = 'new'");
        let finished = query.bind(answer).bind(&key.0).execute(&mut *self.inner).await?.rows_affected();
        if finished == 1 { Ok(()) } else { Err(JournalError::LeaseLost) }
    }

    /// The event is tried again later.
    pub async fn postpone_inbox(&mut self, key: &EventKey, until: Timestamp) -> Result<(), JournalError> {
        let sql = "UPDATE inbox SET run_at = $1, attempt = attempt + 1, lease_until = 0 \
            WHERE event_key = $2 AND status = 'new'";
        let query = sqlx::query(sql);
        query.bind(ms(until)).bind(&key.0).execute(&mut *self.inner).await?;
        Ok(())
    }
}
