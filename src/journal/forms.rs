//! Forms that somebody has open and that wait for a request's card.
//!
//! A form is opened within seconds of a command, before anything has been read; its content comes with the card, which any
//! replica may send. A form that nobody fills costs nothing: the card in the conversation does the same.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;

use super::{Journal, JournalError, ms};
use crate::domain::RequestId;

/// A form that was never filled is forgotten after this.
const FORMS_LAST: SignedDuration = SignedDuration::from_hours(1);

/// A form that somebody has open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenForm {
    /// Slack's id of the view.
    pub view: String,
    /// The workspace in which it was opened.
    pub team: String,
    /// The organisation, or empty.
    pub enterprise: String,
    /// The conversation in which it was opened: what is pressed in it belongs there.
    pub conversation: String,
}

impl Journal {
    /// Somebody has a form open that waits for this request's card.
    pub async fn form_opened(&self, request: RequestId, form: &OpenForm, now: Timestamp) -> Result<(), JournalError> {
        let old = now.checked_sub(FORMS_LAST).unwrap_or(now);
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM forms WHERE opened_at < $1").bind(ms(old)).execute(&mut *tx.inner).await?;
        let sql = "INSERT INTO forms (number, view, team, enterprise, conversation, opened_at) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (number) DO UPDATE SET view = $2, team = $3, enterprise = $4, conversation = $5, opened_at = $6";
        let query = sqlx::query(sql).bind(i64::from(request.0)).bind(&form.view).bind(&form.team);
        let query = query.bind(&form.enterprise).bind(&form.conversation).bind(ms(now));
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// The form that waits for this request's card; it waits no longer.
    pub async fn take_form(&self, request: RequestId) -> Result<Option<OpenForm>, JournalError> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM forms WHERE number = $1 RETURNING view, team, enterprise, conversation";
        let row = sqlx::query(sql).bind(i64::from(request.0)).fetch_optional(&mut *tx.inner).await?;
        let form = |row: sqlx::any::AnyRow| {
            Ok::<_, JournalError>(OpenForm {
                view: row.try_get(0)?,
                team: row.try_get(1)?,
                enterprise: row.try_get(2)?,
                conversation: row.try_get(3)?,
            })
        };
        let form = row.map(form).transpose()?;
        tx.commit().await?;
        Ok(form)
    }
}
