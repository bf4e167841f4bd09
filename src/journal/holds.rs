//! Extensions that a request holds, from submit on. After success the hold stays: it is who has the extension.

use jiff::Timestamp;
use sqlx::Row;

use super::{JournalError, Tx, ms};
use crate::domain::{RequestId, Upn};
use crate::flow::Request;

impl Tx {
    /// Who holds the extension of this request for somebody else.
    pub async fn held_by(&mut self, request: &Request) -> Result<Option<(RequestId, Upn)>, JournalError> {
        let row = self.hold_of(request).await?;
        Ok(row.filter(|(number, subject)| *number != request.id && *subject != request.ask.subject))
    }

    /// The hold is for this very subject already: a device of theirs may be registered.
    pub async fn same_line_before(&mut self, request: &Request) -> Result<bool, JournalError> {
        Ok(self.hold_of(request).await?.is_some_and(|(_, subject)| subject == request.ask.subject))
    }

    async fn hold_of(&mut self, request: &Request) -> Result<Option<(RequestId, Upn)>, JournalError> {
        let sql = "SELECT number, subject FROM holds WHERE customer = $1 AND kind = 'extension' AND value = $2";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.extension.as_str());
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
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.extension.as_str());
        let query = query.bind(i64::from(request.id.0)).bind(request.ask.subject.as_str()).bind(ms(now));
        if query.execute(&mut *self.inner).await?.rows_affected() == 1 { Ok(()) } else { Err(JournalError::Overtaken) }
    }

    /// Whatever this request holds is free again.
    pub async fn release(&mut self, id: RequestId) -> Result<(), JournalError> {
        sqlx::query("DELETE FROM holds WHERE number = $1").bind(i64::from(id.0)).execute(&mut *self.inner).await?;
        Ok(())
    }
}
