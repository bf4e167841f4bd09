//! Tasks of requests, their leases and fences, and the timers.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};

use super::{Journal, JournalError, LEASE, Tx, from_json, ms, to_json};
use crate::domain::RequestId;
use crate::flow::Task;

/// A task under a lease. Its fence goes with every later write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose task.
    pub request: RequestId,
    /// What to do.
    pub task: Task,
    /// Grows with every claim of this request's work.
    pub fence: i64,
}

/// A point in time at which a request expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which request.
    pub request: RequestId,
}

fn id(number: i64) -> RequestId {
    RequestId(u32::try_from(number).unwrap_or(u32::MAX))
}

impl Journal {
    /// Claims up to `most` tasks that are due. One that cannot be read is logged and left, and holds up nobody else.
    pub async fn claim_work(&self, now: Timestamp, most: u32) -> Result<Vec<Claim>, JournalError> {
        let clock = self.clock();
        let head = format!(
            "UPDATE work SET lease_owner = $1, lease_until = {clock} + {LEASE}, fence = fence + 1 WHERE number IN \
             (SELECT number FROM work WHERE status = 'due' AND run_at <= $2 AND lease_until < {clock} ORDER BY run_at LIMIT $3"
        );
        let sql = self.claim_sql(&head, ") RETURNING number, task, fence");
        let mut tx = self.begin().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(self.owner()).bind(ms(now)).bind(i64::from(most));
        let rows = query.fetch_all(&mut *tx.inner).await?;
        tx.commit().await?;
        let claim = |row: &sqlx::any::AnyRow| -> Result<Claim, JournalError> {
            let task = from_json("work", row.try_get(1)?)?;
            Ok(Claim { request: id(row.try_get(0)?), task, fence: row.try_get(2)? })
        };
        let readable = |row: &sqlx::any::AnyRow| {
            claim(row).inspect_err(|error| tracing::error!(%error, "a task cannot be read and stays undone")).ok()
        };
        Ok(rows.iter().filter_map(readable).collect())
    }

    /// Makes the lease last longer; an error means it was lost.
    pub async fn renew_work(&self, claim: &Claim) -> Result<(), JournalError> {
        let sql = format!("UPDATE work SET lease_until = {} + {LEASE} WHERE number = $1 AND fence = $2", self.clock());
        let mut tx = self.begin().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(claim.request.0)).bind(claim.fence);
        let renewed = query.execute(&mut *tx.inner).await?.rows_affected();
        tx.commit().await?;
        if renewed == 1 { Ok(()) } else { Err(JournalError::LeaseLost) }
    }

    /// Gives a claimed task back undone, not to be claimed again before `at`. What became of it meanwhile stands.
    pub async fn put_back(&self, claim: &Claim, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE work SET run_at = $1, lease_until = 0 WHERE number = $2 AND fence = $3";
        let query = sqlx::query(sql).bind(ms(at)).bind(i64::from(claim.request.0)).bind(claim.fence);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// When the next task that nobody does is due.
    pub async fn work_due(&self) -> Result<Option<Timestamp>, JournalError> {
        let sql = format!("SELECT MIN(run_at) FROM work WHERE status = 'due' AND lease_until < {}", self.clock());
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&self.pool).await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(super::at))
    }

    /// Requests whose time is up.
    pub async fn timers_up(&self, now: Timestamp) -> Result<Vec<Due>, JournalError> {
        let query = sqlx::query("SELECT number FROM timers WHERE due_at <= $1 ORDER BY due_at LIMIT 50").bind(ms(now));
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Due { request: id(row.try_get(0)?) })).collect()
    }

    /// When the next timer is up.
    pub async fn timer_due(&self) -> Result<Option<Timestamp>, JournalError> {
        self.earliest("SELECT MIN(due_at) FROM timers").await
    }
}

impl Tx {
    /// Whoever holds this claim may still write; the lease ends with this transaction.
    pub async fn redeem(&mut self, claim: &Claim) -> Result<(), JournalError> {
        let query = sqlx::query("UPDATE work SET lease_until = 0 WHERE number = $1 AND fence = $2");
        let query = query.bind(i64::from(claim.request.0)).bind(claim.fence);
        let redeemed = query.execute(&mut *self.inner).await?.rows_affected();
        if redeemed == 1 { Ok(()) } else { Err(JournalError::LeaseLost) }
    }

    /// The request has this to do, not before `at`. A lease that is held stays with its holder.
    pub async fn schedule(&mut self, request: RequestId, task: Task, at: Timestamp) -> Result<(), JournalError> {
        let sql = "INSERT INTO work (number, task, run_at, status, lease_until, fence) VALUES ($1, $2, $3, 'due', 0, 0) \
            ON CONFLICT (number) DO UPDATE SET task = $2, run_at = $3, status = 'due'";
        let query = sqlx::query(sql).bind(i64::from(request.0)).bind(to_json("work", &task)?).bind(ms(at));
        query.execute(&mut *self.inner).await?;
        self.wakes.work = true;
        Ok(())
    }

    /// The request has nothing to do. The fence stays, so that a late result is still told from a lost one.
    pub async fn rest(&mut self, request: RequestId) -> Result<(), JournalError> {
        let query = sqlx::query("UPDATE work SET status = 'rest' WHERE number = $1").bind(i64::from(request.0));
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// The time of this request is up, and nobody moved it since.
    pub async fn timer_is_up(&mut self, request: RequestId, now: Timestamp) -> Result<bool, JournalError> {
        let query = sqlx::query("SELECT number FROM timers WHERE number = $1 AND due_at <= $2");
        let query = query.bind(i64::from(request.0)).bind(ms(now));
        Ok(query.fetch_optional(&mut *self.inner).await?.is_some())
    }

    /// The request expires then; `None`: it does not.
    pub async fn set_timer(&mut self, request: RequestId, due: Option<Timestamp>) -> Result<(), JournalError> {
        let number = i64::from(request.0);
        let query = match due {
            Some(due) => {
                let sql = "INSERT INTO timers (number, due_at) VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET due_at = $2";
                // Rounded up: a timer that rings a moment early finds nothing to do and is gone.
                let early = super::at(ms(due)) < due;
                sqlx::query(sql).bind(number).bind(ms(due).saturating_add(i64::from(early)))
            }
            None => sqlx::query("DELETE FROM timers WHERE number = $1").bind(number),
        };
        query.execute(&mut *self.inner).await?;
        self.wakes.work = true;
        Ok(())
    }
}
