//! Which copy of a card people see.
//!
//! A card that was claimed and never acknowledged has no vendor id, so it cannot be rewritten. But whoever looks at it or
//! presses it tells the id: the button carries our post, the event the vendor's message. Teams clients even look by
//! themselves, for the people whom a card names
//! (<https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/user-specific-views>).
//! A card that was posted a second time may turn out to have arrived at first: the copy that is not ours to rewrite is
//! taken back as soon as somebody sees it.
//!
//! A press proves nothing but that a message exists: the post must be of the same conversation, and a message is taken
//! back only where we know that there may be two.

use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

use super::outbox::{DOUBT, POST, Post, Sending, post};
use super::{Journal, JournalError, ms};
use crate::domain::{Place, SeenCopy};
use crate::view::Outgoing;

impl Journal {
    /// Somebody in `place` sees this copy. Returns the post if it is one of that conversation.
    pub async fn seen(&self, copy: &SeenCopy, place: &Place, now: Timestamp) -> Result<Option<Post>, JournalError> {
        let Some(known) = self.post(&copy.post).await? else { return Ok(None) };
        if !known.place.may_be(place) {
            return Ok(None);
        }
        if known.vendor_id.as_deref() != Some(copy.message.as_str()) {
            self.learn(copy, now).await?;
        }
        Ok(Some(known))
    }

    async fn learn(&self, copy: &SeenCopy, now: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let adopt =
            sqlx::query("UPDATE posts SET vendor_id = $1 WHERE id = $2 AND vendor_id IS NULL AND status = 'live'");
        let adopted = adopt.bind(&copy.message).bind(&copy.post).execute(&mut *tx.inner).await?.rows_affected() == 1;
        if adopted {
            tracing::info!(post = %copy.post, "a card whose fate was unknown has been seen");
            let sql = "UPDATE outbox SET run_at = $1 WHERE post_id = $2 AND status = 'new' AND claimed_at IS NOT NULL";
            sqlx::query(sql).bind(ms(now)).bind(&copy.post).execute(&mut *tx.inner).await?;
            // Where nothing else is known to be there, the others go under it.
            let sql = "UPDATE lanes SET root = $1 WHERE lane = (SELECT lane FROM posts WHERE id = $2) AND root IS NULL";
            sqlx::query(sql).bind(&copy.message).bind(&copy.post).execute(&mut *tx.inner).await?;
            tx.wakes.outbox = true;
        } else {
            let sql = format!(
                "{POST} WHERE id = $1 AND doubted = 1 AND vendor_id IS NOT NULL AND vendor_id <> $2 \
                AND NOT EXISTS (SELECT 1 FROM posts other WHERE other.vendor_id = $2 AND other.lane = posts.lane)"
            );
            let query = sqlx::query(AssertSqlSafe(sql)).bind(&copy.post).bind(&copy.message);
            if let Some(row) = query.fetch_optional(&mut *tx.inner).await? {
                tracing::info!(post = %copy.post, "a card turned up twice; the copy is taken back");
                let place = post(&row)?.place;
                tx.send(&place, None, Outgoing::TakeBack(copy.message.clone()), now).await?;
            }
        }
        tx.commit().await
    }

    /// It may have been posted, and somebody may still see it: the row waits.
    pub async fn wait_to_be_seen(&self, sending: &Sending, until: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE outbox SET run_at = $1 WHERE id = $2").bind(ms(until)).bind(&sending.id);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// Nobody has seen it: it is posted again, and there may be two.
    pub async fn doubt(&self, sending: &Sending) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        if let Some(post) = &sending.post {
            let query = sqlx::query("UPDATE posts SET doubted = 1 WHERE id = $1").bind(&post.id);
            query.execute(&mut *tx.inner).await?;
        }
        let query = sqlx::query("UPDATE outbox SET claimed_at = NULL, attempt = attempt + 1 WHERE id = $1");
        query.bind(&sending.id).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// It counts as sent: whoever claimed it did not live to say so, and it cannot be asked for.
    pub async fn count_as_sent(&self, sending: &Sending) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("DELETE FROM outbox WHERE id = $1 AND claimed_at IS NOT NULL").bind(&sending.id);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }
}

/// How long a claimed card waits to be seen.
pub(crate) fn seen_until(claimed_at: Timestamp) -> Timestamp {
    claimed_at.checked_add(DOUBT).unwrap_or(Timestamp::MAX)
}

/// The same, counted from now, but at least this long.
pub(crate) fn at_least_doubt(pause: SignedDuration) -> SignedDuration {
    pause.max(DOUBT)
}
