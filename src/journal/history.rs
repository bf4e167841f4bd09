//! What happened before, for questions: who holds what, what was taken away, when a sync was last seen.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Journal, JournalError, Tx, at, from_json};
use crate::domain::{CustomerId, RequestId, Upn};
use crate::flow::{Request, StepRecord};
use crate::plan::why::Hold;
use crate::plan::{Past, StepKind};

/// The newest syncs are among the steps of the requests that changed last.
const NEWEST: i64 = 20;

/// How long a step usually takes is learned from so many of the newest ones.
const MOST_CASES: i64 = 200;

/// Which steps are alike, so that one tells how long another takes.
///
/// Those of one customer, whatever the subject. A carrier is told by the step that comes before in the plan: the proof
/// after the sync of one carrier is another matter than the proof after another's portal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Alike {
    /// Whose user.
    pub(crate) customer: CustomerId,
    /// Which step.
    pub(crate) kind: StepKind,
    /// Which step comes before it.
    pub(crate) after: Option<StepKind>,
    /// A human was asked to do it. That takes its own time.
    pub(crate) guided: bool,
}

fn request_id(row: &AnyRow) -> Result<RequestId, JournalError> {
    Ok(RequestId(u32::try_from(row.try_get::<i64, _>(0)?).unwrap_or(u32::MAX)))
}

impl Journal {
    /// Who holds an extension or a number, as it is written in a request.
    pub async fn holds_of(
        &self,
        customer: &CustomerId,
        value: &str,
        now: Timestamp,
    ) -> Result<Vec<Hold>, JournalError> {
        let sql =
            "SELECT number, subject, since, cooling_until FROM holds WHERE customer = $1 AND value = $2 ORDER BY kind";
        let rows = sqlx::query(sql).bind(&customer.0).bind(value).fetch_all(&self.pool).await?;
        let mut holds = Vec::new();
        for row in &rows {
            let subject: String = row.try_get(1)?;
            if let Ok(subject) = Upn::parse(&subject) {
                let cooling_until = row.try_get::<Option<i64>, _>(3)?.map(at);
                if cooling_until.is_some_and(|until| until <= now) {
                    continue;
                }
                holds.push(Hold { request: request_id(row)?, subject, since: at(row.try_get(2)?), cooling_until });
            }
        }
        Ok(holds)
    }

    /// The last request that disabled somebody at the carrier and did not go on to delete them there, and when.
    pub async fn taken_away(
        &self,
        customer: &CustomerId,
        subject: &Upn,
    ) -> Result<Option<(RequestId, Timestamp)>, JournalError> {
        let sql = "SELECT number, updated_at FROM requests WHERE customer = $1 AND subject = $2 AND number = \
            (SELECT MAX(steps.number) FROM steps JOIN requests AS r ON r.number = steps.number WHERE r.customer = $1 \
            AND r.subject = $2 AND steps.kind IN ('disable-calling', 'delete-user') AND steps.status = 'done') \
            AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.number = requests.number AND kind = 'delete-user' \
            AND status = 'done')";
        let query = sqlx::query(sql).bind(&customer.0).bind(subject.as_str());
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        let (request, changed) = (request_id(&row)?, at(row.try_get(1)?));
        // What was written to the request afterwards, as its cancelling, says nothing about when calling went off.
        let sql =
            "SELECT body FROM steps WHERE number = $1 AND kind = $2 AND status = 'done' ORDER BY idx DESC LIMIT 1";
        let query = sqlx::query(sql).bind(i64::from(request.0)).bind(StepKind::DisableCalling.name());
        let ended = match query.fetch_optional(&self.pool).await? {
            Some(step) => from_json::<StepRecord>("steps", step.try_get(0)?)?.ended,
            None => None,
        };
        Ok(Some((request, ended.unwrap_or(changed))))
    }

    /// When Microsoft last showed a line that a request of this customer waited for, and which request that was.
    pub async fn last_sync(&self, customer: &CustomerId) -> Result<Option<(RequestId, Timestamp)>, JournalError> {
        let sql = "SELECT steps.number, steps.body FROM steps JOIN requests ON requests.number = steps.number \
            WHERE requests.customer = $1 AND steps.kind = $2 AND steps.status = 'done' \
            ORDER BY requests.updated_at DESC LIMIT $3";
        let query = sqlx::query(sql).bind(&customer.0).bind(StepKind::Sync.name()).bind(NEWEST);
        let mut newest = None;
        for row in query.fetch_all(&self.pool).await? {
            let step: StepRecord = from_json("steps", row.try_get(1)?)?;
            let seen = (step.ended, request_id(&row)?);
            newest = newest.max(Some(seen));
        }
        Ok(newest.and_then(|(at, request)| Some((request, at?))))
    }
}

/// So many of the last requests about a subject tell what became of their line.
const MOST_PAST: i64 = 50;

impl Tx {
    /// What earlier requests about the same subject did, in their order.
    pub async fn past(&mut self, request: &Request) -> Result<Vec<Past>, JournalError> {
        let sql = "SELECT number FROM requests WHERE customer = $1 AND subject = $2 AND number < $3 \
            ORDER BY number DESC LIMIT $4";
        let query = sqlx::query(sql).bind(&request.customer.0).bind(request.ask.subject.as_str());
        let rows = query.bind(i64::from(request.id.0)).bind(MOST_PAST).fetch_all(&mut *self.inner).await?;
        let mut past = Vec::new();
        for row in rows.iter().rev() {
            let earlier = self.look_at(request_id(row)?).await?;
            past.extend(earlier.and_then(|loaded| loaded.request.past()));
        }
        Ok(past)
    }

    /// How long the newest steps like this one took, as far as they were waited for: one that was found done at the first
    /// look says nothing about waiting. Steps of versions that did not record their looks do not count. How long a sync takes
    /// is told by lines that were given: a change is waited for in another way.
    pub(crate) async fn took(&mut self, alike: &Alike) -> Result<Vec<SignedDuration>, JournalError> {
        // The order of the joins is meant: the newest steps first, each with its request.
        let sql = "SELECT steps.body FROM steps CROSS JOIN requests WHERE steps.kind = $1 AND steps.status = 'done' \
            AND requests.number = steps.number AND requests.customer = $2 \
            AND (steps.kind <> $5 OR requests.kind = 'onboard') AND ($3 = '' OR EXISTS \
            (SELECT 1 FROM steps AS before WHERE before.number = steps.number AND before.idx = steps.idx - 1 \
            AND before.kind = $3)) ORDER BY steps.number DESC LIMIT $4";
        let query = sqlx::query(sql).bind(alike.kind.name()).bind(&alike.customer.0);
        let query = query.bind(alike.after.map_or("", StepKind::name)).bind(MOST_CASES).bind(StepKind::Sync.name());
        let mut took = Vec::new();
        for row in query.fetch_all(&mut *self.inner).await? {
            // A row that cannot be read is no reason to decide nothing.
            let Ok(step) = from_json::<StepRecord>("steps", row.try_get(0)?) else { continue };
            let waited = step.checked.is_some() && step.guided.is_some() == alike.guided;
            took.extend(
                step.since.zip(step.ended).filter(|_| waited).map(|(since, ended)| ended.duration_since(since)),
            );
        }
        Ok(took)
    }
}
