//! The message that begins a thread of the bot's own.
//!
//! Which one that is, only the vendor's answer tells: the first that arrived ([`LaneClaim::root`]). Until then it is the
//! oldest that waits. A post may turn into another card: it stays the same message.

use sqlx::AssertSqlSafe;

use super::outbox::{POST, lane, post};
use super::{Journal, JournalError, LaneClaim, Post, Tx, to_json};
use crate::domain::{Place, RequestId};
use crate::flow::Card;

impl Tx {
    /// The card of this request that begins a thread which leads with progress. `None` in any other place, and where
    /// something else begins it.
    pub async fn head(&mut self, request: RequestId, place: &Place) -> Result<Option<Post>, JournalError> {
        if !place.leads_with_progress() {
            return Ok(None);
        }
        let root = "(SELECT root FROM lanes WHERE lane = $2)";
        let sql = format!(
            "{POST} WHERE number = $1 AND lane = $2 AND status = 'live' AND ({root} IS NULL OR vendor_id = {root}) \
             ORDER BY id LIMIT 1"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(request.0)).bind(lane(place));
        query.fetch_optional(&mut *self.inner).await?.as_ref().map(post).transpose()
    }

    /// From now on this post shows another card of its request.
    pub async fn turn_into(&mut self, post: &Post, card: Card) -> Result<(), JournalError> {
        let query = sqlx::query("UPDATE posts SET card = $1 WHERE id = $2").bind(to_json("posts", &card)?);
        query.bind(&post.id).execute(&mut *self.inner).await?;
        Ok(())
    }
}

impl Journal {
    /// The message that began the thread is gone: the next one begins it anew.
    pub async fn lose_root(&self, claim: &LaneClaim) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE lanes SET root = NULL WHERE lane = $1 AND root = $2 AND fence = $3");
        let query = query.bind(&claim.lane).bind(claim.root.clone()).bind(claim.fence);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }
}
