//! Requests, their events and their steps.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Engine, Journal, JournalError, Tx, from_json, ms, to_json};
use crate::domain::{CustomerId, RequestId, Sentence, Upn, Work};
use crate::flow::{Request, StateName, StepRecord};

/// A request as it was read, to be saved only if nobody changed it in between.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The request with its steps.
    pub request: Request,
    revision: i64,
    steps: Vec<StepRecord>,
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Only of these customers.
    pub customers: Vec<CustomerId>,
    /// Only asked for by the person with this id.
    pub requester: Option<String>,
    /// Only in these states; empty: any.
    pub states: Vec<StateName>,
    /// Only about this subject.
    pub subject: Option<Upn>,
    /// Only older ones than this: the next page.
    pub before: Option<RequestId>,
    /// At most this many, newest first.
    pub most: u32,
}

impl ListQuery {
    /// The condition, and what it binds from `$2` on; `$1` is the number below which it looks. The text holds placeholders
    /// only.
    fn condition(&self) -> (String, Vec<&str>) {
        let placeholders =
            |from: usize, count: usize| (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(",");
        let mut values: Vec<&str> = self.customers.iter().map(|customer| customer.0.as_str()).collect();
        let mut sql = format!("number < $1 AND customer IN ({})", placeholders(2, values.len()));
        if let Some(requester) = &self.requester {
            values.push(requester);
            sql.push_str(&format!(" AND requester = ${}", values.len() + 1));
        }
        if let Some(subject) = &self.subject {
            values.push(subject.as_str());
            sql.push_str(&format!(" AND subject = ${}", values.len() + 1));
        }
        if !self.states.is_empty() {
            sql.push_str(&format!(" AND state IN ({})", placeholders(values.len() + 2, self.states.len())));
            values.extend(self.states.iter().map(|state| state.as_str()));
        }
        (sql, values)
    }
}

/// What happened, for the record of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happened<'a> {
    pub(crate) name: &'a str,
    pub(crate) actor: Option<&'a str>,
    pub(crate) detail: Option<&'a Sentence>,
}

const ONE: &str = "SELECT body, revision FROM requests WHERE number = $1";
const ONE_LOCKED: &str = "SELECT body, revision FROM requests WHERE number = $1 FOR UPDATE";

fn read(row: &AnyRow) -> Result<Loaded, JournalError> {
    let request = from_json("requests", row.try_get(0)?)?;
    Ok(Loaded { request, revision: row.try_get(1)?, steps: Vec::new() })
}

impl Journal {
    /// Reads one request.
    pub async fn request(&self, id: RequestId) -> Result<Option<Loaded>, JournalError> {
        let mut connection = self.pool.acquire().await?;
        load(&mut connection, ONE, id).await
    }

    /// Reads requests, newest first, and how many more there are. Only those are read as a whole: however long the history,
    /// it costs no more memory.
    pub async fn list(&self, query: &ListQuery) -> Result<(Vec<Request>, u32), JournalError> {
        if query.customers.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let (condition, values) = query.condition();
        let below = query.before.map_or(i64::MAX, |id| i64::from(id.0));
        let bound = |sql: String| {
            values
                .iter()
                .fold(sqlx::query(AssertSqlSafe(sql)).bind(below), |query, value| query.bind(value.to_string()))
        };
        let mut connection = self.pool.acquire().await?;
        let page = format!("SELECT number FROM requests WHERE {condition} ORDER BY number DESC LIMIT {}", query.most);
        let page = bound(page).fetch_all(&mut *connection).await?;
        let mut found = Vec::with_capacity(page.len());
        for row in &page {
            let id = RequestId(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX));
            found.extend(load(&mut connection, ONE, id).await?.map(|loaded| loaded.request));
        }
        if page.len() < query.most as usize {
            return Ok((found, 0));
        }
        let count = bound(format!("SELECT COUNT(*) FROM requests WHERE {condition}"));
        let count: i64 = count.fetch_one(&mut *connection).await?.try_get(0)?;
        Ok((found, u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(query.most)))
    }

    /// How many requests are in each state.
    pub async fn count_by_state(&self) -> Result<Vec<(String, i64)>, JournalError> {
        let rows = sqlx::query("SELECT state, COUNT(*) FROM requests GROUP BY state").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// The recorded events of a request: name, actor, when.
    pub async fn history(&self, id: RequestId) -> Result<Vec<(String, Option<String>, Timestamp)>, JournalError> {
        let query = sqlx::query("SELECT name, actor, at FROM events WHERE number = $1 ORDER BY seq");
        let rows = query.bind(i64::from(id.0)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, super::at(row.try_get(2)?)))).collect()
    }
}

async fn load(
    connection: &mut sqlx::AnyConnection,
    sql: &'static str,
    id: RequestId,
) -> Result<Option<Loaded>, JournalError> {
    let query = sqlx::query(sql).bind(i64::from(id.0));
    let Some(row) = query.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let mut loaded = read(&row)?;
    loaded.steps = steps(connection, id).await?;
    loaded.request.steps.clone_from(&loaded.steps);
    Ok(Some(loaded))
}

async fn steps(connection: &mut sqlx::AnyConnection, id: RequestId) -> Result<Vec<StepRecord>, JournalError> {
    let query = sqlx::query("SELECT body FROM steps WHERE number = $1 ORDER BY idx").bind(i64::from(id.0));
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| from_json("steps", row.try_get(0)?)).collect()
}

impl Tx {
    /// The next request number. Counted up, never reused: a rolled-back one never was.
    pub async fn next_id(&mut self) -> Result<RequestId, JournalError> {
        let sql = "INSERT INTO counters (name, value) VALUES ('request', 1) \
            ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
        let number: i64 = sqlx::query(sql).fetch_one(&mut *self.inner).await?.try_get(0)?;
        Ok(RequestId(u32::try_from(number).unwrap_or(u32::MAX)))
    }

    /// Reads one request inside the transaction; others who want to decide about it wait for the end.
    ///
    /// Whoever writes a request reads it so before its task and its timer: on PostgreSQL two that lock the same rows in
    /// different orders would end each other.
    pub async fn request(&mut self, id: RequestId) -> Result<Option<Loaded>, JournalError> {
        let sql = if self.engine == Engine::Postgres { ONE_LOCKED } else { ONE };
        load(&mut self.inner, sql, id).await
    }

    /// Reads one request without making anybody wait: it is not going to be written.
    pub(super) async fn look_at(&mut self, id: RequestId) -> Result<Option<Loaded>, JournalError> {
        load(&mut self.inner, ONE, id).await
    }

    /// Writes a new request.
    pub async fn insert(&mut self, request: &Request, now: Timestamp) -> Result<(), JournalError> {
        let sql = "INSERT INTO requests (number, customer, subject, extension, kind, state, requester, revision, body, \
            created_at, updated_at) VALUES ($1, $2, $3, $4, $9, $5, $6, 1, $7, $8, $8)";
        let query = sqlx::query(sql).bind(i64::from(request.id.0)).bind(&request.customer.0);
        let query = query.bind(request.ask.subject.as_str()).bind(request.extension());
        let query = query.bind(request.state.name().as_str()).bind(&request.requester.id);
        let query = query.bind(to_json("requests", request)?).bind(ms(now)).bind(request.ask.work.name());
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Writes a request back, unless somebody else has in between.
    pub async fn save(&mut self, loaded: &Loaded, request: &Request, now: Timestamp) -> Result<(), JournalError> {
        let sql = "UPDATE requests SET state = $1, revision = revision + 1, body = $2, updated_at = $3 \
            WHERE number = $4 AND revision = $5";
        let query = sqlx::query(sql).bind(request.state.name().as_str()).bind(to_json("requests", request)?);
        let query = query.bind(ms(now)).bind(i64::from(request.id.0)).bind(loaded.revision);
        if query.execute(&mut *self.inner).await?.rows_affected() != 1 {
            return Err(JournalError::Overtaken);
        }
        if request.steps.len() < loaded.steps.len() {
            let query = sqlx::query("DELETE FROM steps WHERE number = $1 AND idx >= $2").bind(i64::from(request.id.0));
            let query = query.bind(i64::try_from(request.steps.len()).unwrap_or(i64::MAX));
            query.execute(&mut *self.inner).await?;
        }
        for (index, record) in request.steps.iter().enumerate() {
            if loaded.steps.get(index) == Some(record) {
                continue;
            }
            let sql = "INSERT INTO steps (number, idx, kind, status, body) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (number, idx) DO UPDATE SET kind = $3, status = $4, body = $5";
            let status = serde_json::to_value(record.status).ok().and_then(|v| v.as_str().map(str::to_owned));
            let query = sqlx::query(sql).bind(i64::from(request.id.0)).bind(i64::try_from(index).unwrap_or(i64::MAX));
            let query = query.bind(record.kind.name()).bind(status.unwrap_or_default()).bind(to_json("steps", record)?);
            query.execute(&mut *self.inner).await?;
        }
        Ok(())
    }

    /// Adds to the record of what happened.
    pub(crate) async fn record(
        &mut self,
        id: RequestId,
        happened: Happened<'_>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let sql = "INSERT INTO events (number, seq, at, name, actor, body) SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5 \
            FROM events WHERE number = $1";
        let query = sqlx::query(sql).bind(i64::from(id.0)).bind(ms(now)).bind(happened.name).bind(happened.actor);
        query.bind(to_json("events", &happened.detail)?).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Another request about the same subject that is not over. Of two that are both being checked the older counts.
    /// Mending one thing stands in the way of nothing but mending the same.
    pub async fn other_open_request(&mut self, request: &Request) -> Result<Option<RequestId>, JournalError> {
        let sql = "SELECT number FROM requests WHERE customer = $1 AND subject = $2 AND number <> $3 \
            AND (kind = 'mend') = $4 AND \
            (state IN ('confirming', 'awaiting-approval', 'running', 'failed') OR (state = 'checking' AND number < $3)) \
            ORDER BY number";
        let mends = matches!(request.ask.work, Work::Mend(_));
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.subject.as_str());
        for row in query.bind(i64::from(request.id.0)).bind(mends).fetch_all(&mut *self.inner).await? {
            let other = RequestId(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX));
            let same = |loaded: Loaded| loaded.request.ask.work == request.ask.work;
            if !mends || self.request(other).await?.is_some_and(same) {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// The last request that disabled this subject at the carrier and did not go on to delete them there.
    pub async fn disabled_before(&mut self, request: &Request) -> Result<Option<RequestId>, JournalError> {
        let sql = "SELECT number FROM requests WHERE customer = $1 AND subject = $2 AND number = (SELECT MAX(steps.number) \
            FROM steps JOIN requests AS r ON r.number = steps.number WHERE r.customer = $1 AND r.subject = $2 \
            AND steps.kind IN ('disable-calling', 'delete-user') AND steps.status = 'done') \
            AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.number = requests.number AND kind = 'delete-user' \
            AND status = 'done')";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.subject.as_str());
        let row = query.fetch_optional(&mut *self.inner).await?;
        row.map(|row| Ok(RequestId(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX)))).transpose()
    }
}
