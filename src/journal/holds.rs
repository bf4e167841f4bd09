//! Extensions that a request holds, from submit on. After success the hold stays: it is who has the extension.
//!
//! It stays as well when a request is cancelled after something was changed outside. The next request of the same
//! subject takes it over, unless its holder is still open, and gives it back if it ends without having changed anything.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};

use super::{JournalError, Tx, ms};
use crate::domain::{RequestId, Upn};
use crate::flow::{Request, StateName};
use crate::plan::StepKind;

impl Tx {
    /// Who holds the extension of this request: for somebody else, or for the same subject and is not over.
    pub async fn held_by(&mut self, request: &Request) -> Result<Option<(RequestId, Upn)>, JournalError> {
        let Some((holder, subject)) = self.hold_of(request).await? else { return Ok(None) };
        if holder == request.id {
            return Ok(None);
        }
        let foreign = subject != request.ask.subject;
        Ok((foreign || self.is_open(holder).await?).then_some((holder, subject)))
    }

    async fn is_open(&mut self, holder: RequestId) -> Result<bool, JournalError> {
        let query = sqlx::query("SELECT state FROM requests WHERE number = $1").bind(i64::from(holder.0));
        let Some(row) = query.fetch_optional(&mut *self.inner).await? else { return Ok(false) };
        let state: String = row.try_get(0)?;
        Ok(StateName::ALL.iter().any(|name| name.as_str() == state && !name.is_over()))
    }

    /// The hold is for this very subject already: a device of theirs may be registered.
    pub async fn same_line_before(&mut self, request: &Request) -> Result<bool, JournalError> {
        Ok(self.hold_of(request).await?.is_some_and(|(_, subject)| subject == request.ask.subject))
    }

    async fn hold_of(&mut self, request: &Request) -> Result<Option<(RequestId, Upn)>, JournalError> {
        let sql = "SELECT number, subject FROM holds WHERE customer = $1 AND kind = 'extension' AND value = $2";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.extension());
        let Some(row) = query.fetch_optional(&mut *self.inner).await? else { return Ok(None) };
        let number: i64 = row.try_get(0)?;
        let subject: String = row.try_get(1)?;
        Ok(Upn::parse(&subject).ok().map(|subject| (RequestId(u32::try_from(number).unwrap_or(u32::MAX)), subject)))
    }

    /// The extension belongs to this request now.
    ///
    /// [`JournalError::Overtaken`]: somebody else has taken it since it was found free.
    pub async fn hold(&mut self, request: &Request, now: Timestamp) -> Result<(), JournalError> {
        let sql = "INSERT INTO holds (customer, kind, value, number, subject, since) VALUES ($1, 'extension', $2, $3, $4, $5) \
            ON CONFLICT (customer, kind, value) DO UPDATE SET number = $3, subject = $4, since = $5 \
            WHERE holds.number = $3 OR holds.subject = $4";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.extension());
        let query = query.bind(i64::from(request.id.0)).bind(request.ask.subject.as_str()).bind(ms(now));
        if query.execute(&mut *self.inner).await?.rows_affected() == 1 { Ok(()) } else { Err(JournalError::Overtaken) }
    }

    /// Whatever this request holds is free again, or goes back to the last request of the same subject that changed
    /// something outside.
    pub async fn release(&mut self, request: &Request) -> Result<(), JournalError> {
        let number = i64::from(request.id.0);
        let query = match self.changed_before(request).await? {
            Some((earlier, _)) => {
                sqlx::query("UPDATE holds SET number = $2 WHERE number = $1").bind(number).bind(i64::from(earlier.0))
            }
            None => sqlx::query("DELETE FROM holds WHERE number = $1").bind(number),
        };
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// The last request that changed something for this very line of this subject, if it was cancelled midway.
    pub async fn cancelled_midway(&mut self, request: &Request) -> Result<Option<RequestId>, JournalError> {
        let before = self.changed_before(request).await?;
        Ok(before.filter(|(_, state)| state == StateName::Cancelled.as_str()).map(|(id, _)| id))
    }

    /// The last earlier request about the same subject and extension that changed something outside, and its state.
    async fn changed_before(&mut self, request: &Request) -> Result<Option<(RequestId, String)>, JournalError> {
        let rechecks = StepKind::ALL.iter().filter(|kind| kind.is_recheck());
        let rechecks: Vec<_> = rechecks.map(|kind| format!("'{}'", kind.name())).collect();
        // Only names of our own steps stand in the text.
        let sql = AssertSqlSafe(format!(
            "SELECT number, state FROM requests WHERE customer = $1 AND subject = $2 AND extension = $3 AND number < $4 \
            AND EXISTS (SELECT 1 FROM steps WHERE steps.number = requests.number AND steps.status <> 'open' \
            AND steps.kind NOT IN ({})) ORDER BY number DESC LIMIT 1",
            rechecks.join(", ")
        ));
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.subject.as_str());
        let query = query.bind(request.extension()).bind(i64::from(request.id.0));
        let Some(row) = query.fetch_optional(&mut *self.inner).await? else { return Ok(None) };
        let number: i64 = row.try_get(0)?;
        Ok(Some((RequestId(u32::try_from(number).unwrap_or(u32::MAX)), row.try_get(1)?)))
    }
}
