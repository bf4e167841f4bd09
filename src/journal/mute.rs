//! People who do not want to be told when a request is done.

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, Row};

use super::{JournalError, Tx, ms};

impl Tx {
    /// This person (by directory id) is not told any more. False: that was so already.
    pub(crate) async fn mute(&mut self, id: &str, now: Timestamp) -> Result<bool, JournalError> {
        let sql = "INSERT INTO muted (id, since) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
        let query = sqlx::query(sql).bind(id).bind(ms(now));
        Ok(query.execute(&mut *self.inner).await?.rows_affected() == 1)
    }

    /// This person is told again. False: that was so already.
    pub(crate) async fn unmute(&mut self, id: &str) -> Result<bool, JournalError> {
        let query = sqlx::query("DELETE FROM muted WHERE id = $1").bind(id);
        Ok(query.execute(&mut *self.inner).await?.rows_affected() == 1)
    }

    /// Those of these people who are not to be told.
    pub(crate) async fn muted_of(&mut self, ids: &[&str]) -> Result<Vec<String>, JournalError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let marks = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(",");
        let sql = format!("SELECT id FROM muted WHERE id IN ({marks})");
        let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind((*id).to_owned()));
        query.fetch_all(&mut *self.inner).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}
