//! What can never arrive: a message that a vendor refuses for good, and everything for a conversation that is gone.
//!
//! What is said instead belongs into the same transaction, so that nobody is left without a word.

use jiff::Timestamp;
use sqlx::Row;

use super::outbox::{Body, Sending, lane};
use super::{JournalError, Tx, from_json, to_json};
use crate::domain::RequestId;
use crate::view::Outgoing;

/// A request that can no longer be heard in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unheard {
    /// Which request.
    pub request: RequestId,
    /// What it had still to say there, oldest first.
    pub unsaid: Vec<Outgoing>,
}

impl Tx {
    /// This message can never arrive.
    pub async fn give_up(&mut self, sending: &Sending) -> Result<(), JournalError> {
        let query = sqlx::query("UPDATE outbox SET status = 'dead' WHERE id = $1").bind(&sending.id);
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Nothing can arrive in the conversation of this message any more. Returns the requests that had cards there until
    /// now or still had something to say; whoever is told of a request once is not told again.
    pub async fn leave_place(&mut self, sending: &Sending, now: Timestamp) -> Result<Vec<Unheard>, JournalError> {
        let place = &sending.place;
        let sql = "SELECT posts.number, outbox.body FROM outbox JOIN posts ON posts.id = outbox.post_id \
            WHERE outbox.lane = $1 AND outbox.status = 'new' ORDER BY outbox.id";
        let rows = sqlx::query(sql).bind(lane(place)).fetch_all(&mut *self.inner).await?;
        let mut unheard: Vec<Unheard> = Vec::new();
        for row in &rows {
            let (number, body): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            let what = from_json::<Body>("outbox", &body)?.what;
            // A card says how things stand; what only rewrites one is worth no words of its own.
            let ends = matches!(&what, Outgoing::Show(view) if view.is_an_end());
            let unsaid = of(&mut unheard, number);
            unsaid.extend(ends.then_some(what));
        }
        let query = sqlx::query("UPDATE outbox SET status = 'dead' WHERE lane = $1 AND status = 'new'");
        query.bind(lane(place)).execute(&mut *self.inner).await?;
        let sql = "UPDATE posts SET status = 'gone' WHERE status = 'live' AND (lane = $1 OR (lane = '' AND place = $2)) \
            RETURNING number";
        let query = sqlx::query(sql).bind(lane(place)).bind(to_json("posts", place)?);
        let live = query.fetch_all(&mut *self.inner).await?;
        let live: Vec<i64> = live.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        for number in &live {
            of(&mut unheard, *number);
        }
        self.forget(place, now).await?;
        // A row that came in while the conversation was being left belongs to a card that is gone, and told of, already.
        unheard.retain(|one| !one.unsaid.is_empty() || live.contains(&i64::from(one.request.0)));
        Ok(unheard)
    }
}

fn of(unheard: &mut Vec<Unheard>, number: i64) -> &mut Vec<Outgoing> {
    let request = RequestId(u32::try_from(number).unwrap_or(u32::MAX));
    let index = unheard.iter().position(|one| one.request == request).unwrap_or_else(|| {
        unheard.push(Unheard { request, unsaid: Vec::new() });
        unheard.len() - 1
    });
    &mut unheard[index].unsaid
}
