//! Extensions and numbers that a request holds, from submit on. After success the hold stays: it is who has them.
//!
//! It stays as well when a request is cancelled after something was changed outside. The next request of the same
//! subject takes it over, unless its holder is still open, and gives it back if it ends without having changed anything.
//!
//! What was taken away from somebody is kept from others for a while, which is written with the hold; the same subject
//! may take it over at any time.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};

use super::{JournalError, Tx, at, ms};
use crate::domain::{E164, RequestId, Upn};
use crate::flow::{Request, StateName};
use crate::plan::{HeldNumber, StepKind};

/// So many of the last requests about a line are looked at.
const MOST_LOOKED_AT: i64 = 50;

/// The number of the plan.
fn number_of(request: &Request) -> Option<String> {
    request.plan.as_ref().and_then(|plan| plan.number()).map(E164::to_string)
}

fn takes(request: &Request) -> bool {
    request.plan.as_ref().is_some_and(|plan| plan.removal().is_some())
}

/// The extension and the number, each with its kind.
fn line_of(request: &Request) -> Vec<(&'static str, String)> {
    let removal = request.plan.as_ref().and_then(|plan| plan.removal());
    let removed = removal.and_then(|removal| removal.extension.as_ref());
    let extension = request.ask.extension.as_ref().or(removed).map(|extension| ("extension", extension.to_string()));
    extension.into_iter().chain(number_of(request).map(|number| ("number", number))).collect()
}

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
        if request.ask.extension.is_none() {
            return Ok(None);
        }
        let sql = "SELECT number, subject FROM holds WHERE customer = $1 AND kind = 'extension' AND value = $2";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.extension());
        let Some(row) = query.fetch_optional(&mut *self.inner).await? else { return Ok(None) };
        let number: i64 = row.try_get(0)?;
        let subject: String = row.try_get(1)?;
        Ok(Upn::parse(&subject).ok().map(|subject| (RequestId(u32::try_from(number).unwrap_or(u32::MAX)), subject)))
    }

    /// Numbers that others hold, in this sense: for somebody else, or for the same subject and not over; and those that
    /// an earlier request, which is over, holds for this very subject.
    pub async fn numbers_held(&mut self, request: &Request) -> Result<(Vec<HeldNumber>, Vec<E164>), JournalError> {
        let (mut foreign, mut own) = (Vec::new(), Vec::new());
        // A line that follows from the extension takes no number from anybody.
        if request.ask.extension.is_some() && request.ask.number.is_none() {
            return Ok((foreign, own));
        }
        let sql = "SELECT value, number, subject, cooling_until FROM holds WHERE customer = $1 AND kind = 'number' \
            AND number <> $2 ORDER BY value";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(i64::from(request.id.0));
        for row in query.fetch_all(&mut *self.inner).await? {
            let (value, holder, subject): (String, i64, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let holder = RequestId(u32::try_from(holder).unwrap_or(u32::MAX));
            let (Ok(number), Ok(subject)) = (E164::parse(&value), Upn::parse(&subject)) else { continue };
            if subject != request.ask.subject || self.is_open(holder).await? {
                let cooling_until = row.try_get::<Option<i64>, _>(3)?.map(at);
                foreign.push(HeldNumber { number, request: holder, subject, cooling_until });
            } else {
                own.push(number);
            }
        }
        Ok((foreign, own))
    }

    /// The extension and the number of the plan belong to this request now. What a removal takes away and somebody else
    /// holds stays with them.
    ///
    /// [`JournalError::Overtaken`]: somebody else has taken one of them since it was found free.
    pub async fn hold(&mut self, request: &Request, now: Timestamp) -> Result<(), JournalError> {
        let sql = "INSERT INTO holds (customer, kind, value, number, subject, since) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (customer, kind, value) DO UPDATE SET number = $4, subject = $5, since = $6 \
            WHERE holds.number = $4 OR holds.subject = $5";
        for (kind, value) in line_of(request) {
            let query = sqlx::query(sql).bind(&request.customer.0).bind(kind).bind(value);
            let query = query.bind(i64::from(request.id.0)).bind(request.ask.subject.as_str()).bind(ms(now));
            if query.execute(&mut *self.inner).await?.rows_affected() != 1 && !takes(request) {
                return Err(JournalError::Overtaken);
            }
        }
        Ok(())
    }

    /// Whatever this request holds is free again, or goes back to the last request of the same subject that changed
    /// something outside.
    pub async fn release(&mut self, request: &Request) -> Result<(), JournalError> {
        let number = i64::from(request.id.0);
        if let Some((earlier, _)) = self.changed_before(request).await? {
            let theirs = self.request(earlier).await?.and_then(|loaded| number_of(&loaded.request)).unwrap_or_default();
            // What the earlier one held; another number goes free, unless it was cooling down.
            let sql = "UPDATE holds SET number = $2 WHERE number = $1 AND (kind = 'extension' OR value = $3 \
                OR cooling_until IS NOT NULL)";
            let query = sqlx::query(sql).bind(number).bind(i64::from(earlier.0)).bind(theirs);
            query.execute(&mut *self.inner).await?;
        }
        let sql = "DELETE FROM holds WHERE number = $1 AND cooling_until IS NULL";
        sqlx::query(sql).bind(number).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// It ended midway: whatever it holds may be in use, and cools down no more.
    pub async fn keep_held(&mut self, request: &Request) -> Result<(), JournalError> {
        let query = sqlx::query("UPDATE holds SET cooling_until = NULL WHERE number = $1");
        query.bind(i64::from(request.id.0)).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// It is done. What the subject keeps is theirs; what they have no more is kept from others until then.
    pub async fn settle(&mut self, request: &Request, keeps: bool, until: Timestamp) -> Result<(), JournalError> {
        let number = i64::from(request.id.0);
        let other = if keeps { "number <> $2 AND cooling_until IS NULL" } else { "$2 = $2" };
        let sql = AssertSqlSafe(format!(
            "UPDATE holds SET cooling_until = $1, number = $2 WHERE customer = $3 AND subject = $4 AND {other}"
        ));
        let query = sqlx::query(sql).bind(ms(until)).bind(number).bind(&request.customer.0);
        query.bind(request.ask.subject.as_str()).execute(&mut *self.inner).await?;
        if keeps {
            let kept = request.ask.extension.as_ref().map(ToString::to_string).unwrap_or_default();
            let sql = "UPDATE holds SET cooling_until = NULL WHERE number = $1 AND ((kind = 'extension' AND value = $2) \
                OR (kind = 'number' AND value = $3))";
            let query = sqlx::query(sql).bind(number).bind(kept).bind(number_of(request).unwrap_or_default());
            query.execute(&mut *self.inner).await?;
        } else {
            self.settle_under_another_name(request, until).await?;
        }
        Ok(())
    }

    /// What is held for the same account under the UPN that it had before.
    async fn settle_under_another_name(&mut self, request: &Request, until: Timestamp) -> Result<(), JournalError> {
        let Some(plan) = &request.plan else { return Ok(()) };
        for (kind, value) in line_of(request) {
            let sql = "SELECT number FROM holds WHERE customer = $1 AND kind = $2 AND value = $3 AND number <> $4";
            let query = sqlx::query(sql).bind(&request.customer.0).bind(kind).bind(&value);
            let row = query.bind(i64::from(request.id.0)).fetch_optional(&mut *self.inner).await?;
            let Some(row) = row else { continue };
            let holder: i64 = row.try_get(0)?;
            let loaded = self.request(RequestId(u32::try_from(holder).unwrap_or(u32::MAX))).await?;
            let theirs = loaded.and_then(|loaded| loaded.request.plan);
            if theirs.is_some_and(|theirs| theirs.subject_id.eq_ignore_ascii_case(&plan.subject_id)) {
                let sql = "UPDATE holds SET cooling_until = $1, number = $2, subject = $3 \
                    WHERE customer = $4 AND kind = $5 AND value = $6";
                let query = sqlx::query(sql).bind(ms(until)).bind(i64::from(request.id.0));
                let query = query.bind(request.ask.subject.as_str()).bind(&request.customer.0);
                query.bind(kind).bind(&value).execute(&mut *self.inner).await?;
            }
        }
        Ok(())
    }

    /// What has cooled down is free for everybody, unless a request is at it.
    pub async fn let_cool(&mut self, now: Timestamp) -> Result<(), JournalError> {
        let over = StateName::ALL.iter().filter(|name| name.is_over());
        let over = over.map(|name| format!("'{}'", name.as_str())).collect::<Vec<_>>().join(", ");
        // Only names of our own states stand in the text.
        let sql = AssertSqlSafe(format!(
            "DELETE FROM holds WHERE cooling_until <= $1 AND number IN (SELECT number FROM requests WHERE state IN ({over}))"
        ));
        sqlx::query(sql).bind(ms(now)).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Until when the extension of this request is kept from others, if it was taken away from somebody.
    pub async fn extension_cools(&mut self, request: &Request) -> Result<Option<Timestamp>, JournalError> {
        let sql = "SELECT cooling_until FROM holds WHERE customer = $1 AND kind = 'extension' AND value = $2";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.extension());
        let Some(row) = query.fetch_optional(&mut *self.inner).await? else { return Ok(None) };
        Ok(row.try_get::<Option<i64>, _>(0)?.map(at))
    }

    /// The last request that changed something for this very line of this subject, if it was cancelled midway.
    pub async fn cancelled_midway(&mut self, request: &Request) -> Result<Option<RequestId>, JournalError> {
        let before = self.changed_before(request).await?;
        Ok(before.filter(|(_, state)| *state == StateName::Cancelled).map(|(id, _)| id))
    }

    /// The last earlier request about the same subject and extension that changed something outside, and its state.
    async fn changed_before(&mut self, request: &Request) -> Result<Option<(RequestId, StateName)>, JournalError> {
        let rechecks = StepKind::ALL.into_iter().filter(|kind| kind.is_recheck());
        let rechecks = rechecks.map(|kind| format!("'{}'", kind.name())).collect::<Vec<_>>().join(", ");
        // Only names of our own steps stand in the text.
        let sql = AssertSqlSafe(format!(
            "SELECT number FROM requests WHERE customer = $1 AND subject = $2 AND extension = $3 AND number < $4 \
            AND kind <> 'mend' AND EXISTS (SELECT 1 FROM steps WHERE steps.number = requests.number \
            AND steps.status <> 'open' AND steps.kind NOT IN ({rechecks})) ORDER BY number DESC LIMIT $5"
        ));
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.subject.as_str());
        let query = query.bind(request.extension()).bind(i64::from(request.id.0)).bind(MOST_LOOKED_AT);
        for row in query.fetch_all(&mut *self.inner).await? {
            let number: i64 = row.try_get(0)?;
            let earlier = self.look_at(RequestId(u32::try_from(number).unwrap_or(u32::MAX))).await?;
            // Of what people do by hand only the request itself knows whether anybody did it.
            if let Some(earlier) = earlier.filter(|loaded| loaded.request.has_touched_anything()) {
                return Ok(Some((earlier.request.id, earlier.request.state.name())));
            }
        }
        Ok(None)
    }
}
