//! Workspaces that installed the app: their encrypted tokens, whose turn it is to renew them, and installing under way.
//!
//! A row says by its `token` which version it is, because encrypting gives another text every time. Whoever writes
//! names the version that was read, so that nothing newer is overwritten or deleted. A lease on the database's clock keeps
//! others from using a refresh token that works once; it is only for that, so a holder that was frozen still may write the
//! pair it got, as long as nobody wrote another.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Journal, JournalError, Tx, at, from_json, ms};
use crate::domain::{Place, Surface};

/// So many people may be installing at the same time; more push out those who began first.
const MOST_ATTEMPTS: i64 = 1000;

/// How long renewing a token may take before others try, in milliseconds of the database's clock. Longer than any call lasts.
const RENEWING: i64 = 60_000;

/// One workspace's or organisation's installation.
#[derive(Clone, PartialEq, Eq)]
pub struct Installation {
    /// The workspace's id, or the organisation's where all of it installed the app.
    pub id: String,
    /// `T…`; empty for an organisation.
    pub team: String,
    /// `E…`; empty outside an organisation.
    pub enterprise: String,
    /// The app's id.
    pub app: String,
    /// The bot's user id there.
    pub bot_user: String,
    /// What was granted, with commas.
    pub scopes: String,
    /// The bot's token, encrypted.
    pub access_token: String,
    /// What gets the next one, encrypted; `None`: the token lasts.
    pub refresh_token: Option<String>,
    /// When the token ends.
    pub expires_at: Option<Timestamp>,
    /// Since when.
    pub installed_at: Timestamp,
}

impl Installation {
    /// Which of these scopes it was not granted.
    pub fn lacks<'a>(&self, scopes: &[&'a str]) -> Vec<&'a str> {
        let granted: Vec<&str> = self.scopes.split(',').map(str::trim).collect();
        scopes.iter().copied().filter(|scope| !granted.contains(scope)).collect()
    }
}

impl fmt::Debug for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installation")
            .field("id", &self.id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The right to renew a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    id: String,
    fence: i64,
}

/// A new pair, encrypted.
pub struct Renewed {
    /// The token.
    pub access_token: String,
    /// What gets the next one.
    pub refresh_token: Option<String>,
    /// When the token ends.
    pub expires_at: Option<Timestamp>,
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewed").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

const ROW: &str = "SELECT id, team, enterprise, app, bot_user, scopes, token, next_token, expires_at, \
    installed_at FROM installations";

fn installation(row: &AnyRow) -> Result<Installation, JournalError> {
    Ok(Installation {
        id: row.try_get(0)?,
        team: row.try_get(1)?,
        enterprise: row.try_get(2)?,
        app: row.try_get(3)?,
        bot_user: row.try_get(4)?,
        scopes: row.try_get(5)?,
        access_token: row.try_get(6)?,
        refresh_token: row.try_get(7)?,
        expires_at: row.try_get::<Option<i64>, _>(8)?.map(at),
        installed_at: at(row.try_get(9)?),
    })
}

impl Journal {
    /// Somebody begins to install the app. Both are hashes.
    pub async fn begin_install(
        &self,
        (state, browser): (&str, &str),
        now: Timestamp,
        lasts: SignedDuration,
    ) -> Result<(), JournalError> {
        let ends_at = ms(now.checked_add(lasts).unwrap_or(now));
        let mut tx = self.begin().await?;
        let query = sqlx::query("DELETE FROM install_attempts WHERE ends_at <= $1").bind(ms(now));
        query.execute(&mut *tx.inner).await?;
        let sql = "DELETE FROM install_attempts WHERE state IN \
            (SELECT state FROM install_attempts ORDER BY ends_at DESC LIMIT 1000000 OFFSET $1)";
        sqlx::query(sql).bind(MOST_ATTEMPTS - 1).execute(&mut *tx.inner).await?;
        let query = sqlx::query("INSERT INTO install_attempts (state, browser, ends_at) VALUES ($1, $2, $3)");
        query.bind(state).bind(browser).bind(ends_at).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// True once, for the browser that began, while it is time.
    pub async fn end_install(&self, (state, browser): (&str, &str), now: Timestamp) -> Result<bool, JournalError> {
        // Anybody may ask; only who began makes us write.
        let sql = "SELECT ends_at FROM install_attempts WHERE state = $1 AND browser = $2";
        if sqlx::query(sql).bind(state).bind(browser).fetch_optional(&self.pool).await?.is_none() {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM install_attempts WHERE state = $1 AND browser = $2 RETURNING ends_at";
        let row = sqlx::query(sql).bind(state).bind(browser).fetch_optional(&mut *tx.inner).await?;
        tx.commit().await?;
        Ok(row.map(|row| row.try_get::<i64, _>(0)).transpose()?.is_some_and(|ends_at| ms(now) < ends_at))
    }

    /// Keeps an installation in place of an older one of the same workspace.
    pub async fn install(&self, new: &Installation) -> Result<(), JournalError> {
        let sql = "INSERT INTO installations (id, team, enterprise, app, bot_user, scopes, token, next_token, \
            expires_at, installed_at, lease_until, fence) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0) \
            ON CONFLICT (id) DO UPDATE SET team = $2, enterprise = $3, app = $4, bot_user = $5, scopes = $6, \
            token = $7, next_token = $8, expires_at = $9, installed_at = $10, doubted_at = NULL, \
            lease_until = 0, fence = installations.fence + 1";
        let query = sqlx::query(sql).bind(&new.id).bind(&new.team).bind(&new.enterprise).bind(&new.app);
        let query = query.bind(&new.bot_user).bind(&new.scopes).bind(&new.access_token).bind(new.refresh_token.clone());
        let query = query.bind(new.expires_at.map(ms)).bind(ms(new.installed_at));
        let mut tx = self.begin().await?;
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// The installation of a workspace, or of an organisation.
    pub async fn installation(&self, id: &str) -> Result<Option<Installation>, JournalError> {
        let query = sqlx::query(AssertSqlSafe(format!("{ROW} WHERE id = $1"))).bind(id);
        query.fetch_optional(&self.pool).await?.as_ref().map(installation).transpose()
    }

    /// All of them.
    pub async fn installations(&self) -> Result<Vec<Installation>, JournalError> {
        let rows = sqlx::query(AssertSqlSafe(format!("{ROW} ORDER BY id"))).fetch_all(&self.pool).await?;
        rows.iter().map(installation).collect()
    }

    /// Those whose token ends before then and can be renewed.
    pub async fn ending_before(&self, then: Timestamp) -> Result<Vec<Installation>, JournalError> {
        let sql = format!("{ROW} WHERE expires_at < $1 AND next_token IS NOT NULL ORDER BY expires_at");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(ms(then)).fetch_all(&self.pool).await?;
        rows.iter().map(installation).collect()
    }

    /// The right to renew this version's token. `None`: somebody else is at it, or it has been renewed.
    pub async fn begin_renewal(&self, of: &Installation) -> Result<Option<Renewal>, JournalError> {
        let clock = self.clock();
        let sql = format!(
            "UPDATE installations SET lease_owner = $1, lease_until = {clock} + {RENEWING}, fence = fence + 1 \
             WHERE id = $2 AND token = $3 AND lease_until < {clock} RETURNING fence"
        );
        let mut tx = self.begin().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(self.owner()).bind(&of.id).bind(&of.access_token);
        let row = query.fetch_optional(&mut *tx.inner).await?;
        tx.commit().await?;
        row.map(|row| Ok(Renewal { id: of.id.clone(), fence: row.try_get(0)? })).transpose()
    }

    /// Keeps the new pair. False: there is something newer already, and this pair is of no use.
    pub async fn end_renewal(&self, of: &Installation, new: &Renewed) -> Result<bool, JournalError> {
        let sql = "UPDATE installations SET token = $1, next_token = $2, expires_at = $3, doubted_at = NULL, \
            lease_until = 0 WHERE id = $4 AND token = $5";
        let query = sqlx::query(sql).bind(&new.access_token).bind(new.refresh_token.clone());
        let query = query.bind(new.expires_at.map(ms)).bind(&of.id).bind(&of.access_token);
        let mut tx = self.begin().await?;
        let kept = query.execute(&mut *tx.inner).await?.rows_affected();
        tx.commit().await?;
        Ok(kept == 1)
    }

    /// Renewing came to nothing; others may try.
    pub async fn give_back(&self, renewal: &Renewal) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE installations SET lease_until = 0 WHERE id = $1 AND fence = $2");
        query.bind(&renewal.id).bind(renewal.fence).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// Slack says that an installation is over. Only asking shows which one is meant.
    pub async fn doubt_installation(&self, id: &str, now: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE installations SET doubted_at = $1 WHERE id = $2").bind(ms(now)).bind(id);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// Those that may be over.
    pub async fn doubted_installations(&self) -> Result<Vec<Installation>, JournalError> {
        let sql = format!("{ROW} WHERE doubted_at IS NOT NULL ORDER BY doubted_at");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?;
        rows.iter().map(installation).collect()
    }

    /// This version works: what was said is about an older one.
    pub async fn trust_installation(&self, of: &Installation) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE installations SET doubted_at = NULL WHERE id = $1 AND token = $2");
        query.bind(&of.id).bind(&of.access_token).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// Deletes this version; nothing can be posted in its conversations any more. False: there is a newer one.
    pub async fn uninstall(&self, of: &Installation, now: Timestamp) -> Result<bool, JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("DELETE FROM installations WHERE id = $1 AND token = $2");
        let query = query.bind(&of.id).bind(&of.access_token);
        let gone = query.execute(&mut *tx.inner).await?.rows_affected() == 1;
        if gone {
            tx.leave_workspace(of, now).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }
}

impl Tx {
    async fn leave_workspace(&mut self, of: &Installation, now: Timestamp) -> Result<(), JournalError> {
        let rows = sqlx::query("SELECT body FROM places WHERE gone_at IS NULL").fetch_all(&mut *self.inner).await?;
        // A workspace of an organisation may have an installation of its own, which goes on.
        let own = "SELECT id FROM installations WHERE enterprise = $1 AND team <> ''";
        let own = sqlx::query(own).bind(&of.enterprise).fetch_all(&mut *self.inner).await?;
        let own: Vec<String> = own.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        for row in &rows {
            let place: Place = from_json("places", row.try_get(0)?)?;
            let meant = match of.team.as_str() {
                "" => place.address == of.enterprise && !own.contains(&place.tenant),
                team => place.tenant == team,
            };
            if place.surface == Surface::Slack && meant {
                self.forget(&place, now).await?;
            }
        }
        Ok(())
    }
}
