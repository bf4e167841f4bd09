//! What is to be sent, and what was sent and may be rewritten.
//!
//! One lane per conversation. Whoever claims a lane sends its rows in order; the times of its last sends are kept in the
//! lane, so the vendor's limits hold across restarts and replicas. A rewrite replaces one that still waits: only the
//! last state is worth sending. A row is removed only if it still says what was sent; otherwise it is sent again, as a
//! rewrite, with what it says now.
//!
//! A new message is claimed at the last moment, between the head and the body of the call that posts it
//! ([`Journal::claim_sending`]). So a process that dies leaves either no claim, and the message was never sent, or a claim,
//! and the vendor has it but for the blink between our commit and the body. A claimed message is not sent again blindly:
//! words count as sent; a card waits for somebody to look at it or press it, which tells the vendor's id ([`super::copies`]).
//! Only a card that nobody saw for [`DOUBT`] is posted again.
//!
//! Known race: in that blink words are lost. Chat vendors offer nothing to ask whether a message arrived.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Journal, JournalError, LEASE, Tx, from_json, ms, ordered_id, to_json};
use crate::domain::{Person, Place, RequestId};
use crate::flow::{Audience, Card};
use crate::view::{Outgoing, View};

/// Two rewrites of one card are at least this far apart; the last state of all goes at once.
const BETWEEN_REWRITES: SignedDuration = SignedDuration::from_secs(2);

/// A card that may have been posted is posted again when nobody has seen it for this long.
pub(crate) const DOUBT: SignedDuration = SignedDuration::from_secs(30);

/// One row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Its id; sorts by age.
    pub id: String,
    /// Where to.
    pub place: Place,
    /// Only this person may see it.
    pub to: Option<Person>,
    /// What.
    pub what: Outgoing,
    /// The post it belongs to; one with a vendor id is rewritten.
    pub post: Option<Post>,
    /// How often it was tried before.
    pub attempt: u32,
    /// Since when it may have been posted, by somebody who did not live to say so.
    pub claimed_at: Option<Timestamp>,
    /// Chat ids of people whose clients look at the card by themselves when it is shown to them.
    pub seen_by: Vec<String>,
    body: String,
}

/// Whether a message may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayGo {
    /// It is claimed: it goes now, and nobody else sends it.
    Yes,
    /// Somebody else sends it, or has sent it.
    NoLonger,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Body {
    place: Place,
    to: Option<Person>,
    pub(super) what: Outgoing,
    #[serde(default)]
    seen_by: Vec<String>,
}

/// A message that the bot sent, or is about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Our id.
    pub id: String,
    /// Which request.
    pub request: RequestId,
    /// Which card.
    pub card: Card,
    /// Whose copy.
    pub audience: Audience,
    /// Where.
    pub place: Place,
    /// The vendor's id, once sent.
    pub vendor_id: Option<String>,
    rewritten_at: Timestamp,
}

/// A lane under a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneClaim {
    /// Which lane.
    pub lane: String,
    /// When the last messages went, in milliseconds since 1970.
    pub sent: Vec<i64>,
    /// The vendor's id of the first message that the bot posted there for everybody.
    pub root: Option<String>,
    pub(super) fence: i64,
}

pub(super) fn lane(place: &Place) -> String {
    format!("{:?}:{}", place.surface, place.conversation)
}

impl LaneClaim {
    /// The same with other times.
    #[must_use]
    pub fn with_sent(self, sent: &[i64]) -> Self {
        Self { sent: sent.to_vec(), ..self }
    }
}

fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Everybody => "everybody",
        Audience::Approver => "approver",
        Audience::Onlooker => "onlooker",
    }
}

pub(super) const POST: &str = "SELECT id, number, card, audience, place, vendor_id, rewritten_at FROM posts";

pub(super) fn post(row: &AnyRow) -> Result<Post, JournalError> {
    let audience: String = row.try_get(3)?;
    let all = [Audience::Everybody, Audience::Approver, Audience::Onlooker];
    Ok(Post {
        id: row.try_get(0)?,
        request: RequestId(u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or(u32::MAX)),
        card: from_json("posts", row.try_get(2)?)?,
        audience: all.into_iter().find(|a| audience_name(*a) == audience).unwrap_or(Audience::Onlooker),
        place: from_json("posts", row.try_get(4)?)?,
        vendor_id: row.try_get(5)?,
        rewritten_at: super::at(row.try_get(6)?),
    })
}

impl Tx {
    async fn enqueue(
        &mut self,
        post: Option<&str>,
        body: &Body,
        times: (Timestamp, Timestamp),
    ) -> Result<(), JournalError> {
        let (now, run_at) = times;
        let lane = lane(&body.place);
        let sql = "INSERT INTO lanes (lane, sent, run_at, lease_until, fence) VALUES ($1, '[]', 0, 0, 0) ON CONFLICT (lane) DO NOTHING";
        sqlx::query(sql).bind(&lane).execute(&mut *self.inner).await?;
        let sql = "INSERT INTO outbox (id, lane, post_id, body, run_at, attempt, status, created_at) \
            VALUES ($1, $2, $3, $4, $5, 0, 'new', $6)";
        let query = sqlx::query(sql).bind(ordered_id()).bind(lane).bind(post.map(str::to_owned));
        let query = query.bind(to_json("outbox", body)?).bind(ms(run_at)).bind(ms(now));
        query.execute(&mut *self.inner).await?;
        self.wakes.outbox = true;
        Ok(())
    }

    /// A message that is never rewritten; with `to`, for that person alone.
    pub async fn send(
        &mut self,
        place: &Place,
        to: Option<&Person>,
        what: Outgoing,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let body = Body { place: place.clone(), to: to.cloned(), what, seen_by: Vec::new() };
        self.enqueue(None, &body, (now, now)).await
    }

    /// A card of a request that may be rewritten later.
    pub(crate) async fn post(&mut self, new: NewPost<'_>, now: Timestamp) -> Result<(), JournalError> {
        let id = ordered_id();
        let sql = "INSERT INTO posts (id, number, card, audience, place, rewritten_at, status, lane) \
            VALUES ($1, $2, $3, $4, $5, 0, 'live', $6)";
        let query = sqlx::query(sql).bind(&id).bind(i64::from(new.request.0)).bind(to_json("posts", &new.card)?);
        let query = query.bind(audience_name(new.audience)).bind(to_json("posts", new.place)?).bind(lane(new.place));
        query.execute(&mut *self.inner).await?;
        let what = Outgoing::Show(Box::new(new.view));
        let body = Body { place: new.place.clone(), to: new.to.cloned(), what, seen_by: new.seen_by };
        self.enqueue(Some(&id), &body, (now, now)).await
    }

    /// All live copies of a card.
    pub async fn posts(&mut self, request: RequestId, card: Card) -> Result<Vec<Post>, JournalError> {
        let sql = format!("{POST} WHERE number = $1 AND card = $2 AND status = 'live' ORDER BY id");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(request.0)).bind(to_json("posts", &card)?);
        query.fetch_all(&mut *self.inner).await?.iter().map(post).collect()
    }

    /// Every place in which this request has a live post, each once.
    pub async fn places_of(&mut self, request: RequestId) -> Result<Vec<(Place, Audience)>, JournalError> {
        let sql = format!("{POST} WHERE number = $1 AND status = 'live' ORDER BY id");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(request.0)).fetch_all(&mut *self.inner).await?;
        let mut places: Vec<(Place, Audience)> = Vec::new();
        for row in &rows {
            let post = post(row)?;
            if !places.iter().any(|(place, _)| place.conversation == post.place.conversation) {
                places.push((post.place, post.audience));
            }
        }
        Ok(places)
    }

    /// Rewrites one copy. `last`: nothing will follow, so it does not wait for its turn.
    ///
    /// On PostgreSQL the row that still waits may have been sent by the time it is written: then this is a new one.
    pub async fn rewrite(&mut self, post: &Post, view: View, last: bool, now: Timestamp) -> Result<(), JournalError> {
        let spaced = post.rewritten_at.checked_add(BETWEEN_REWRITES).unwrap_or(now);
        let run_at = if last { now } else { spaced.max(now) };
        let sql =
            "SELECT id, body, run_at, claimed_at FROM outbox WHERE post_id = $1 AND status = 'new' ORDER BY id LIMIT 1";
        let waiting = sqlx::query(sql).bind(&post.id).fetch_optional(&mut *self.inner).await?;
        let what = Outgoing::Show(Box::new(view));
        if let Some(row) = waiting {
            let body = Body { what: what.clone(), ..from_json("outbox", row.try_get(1)?)? };
            // One whose fate is unknown keeps waiting for somebody to see it.
            let doubtful = row.try_get::<Option<i64>, _>(3)?.is_some() && post.vendor_id.is_none();
            let waiting: i64 = row.try_get(2)?;
            let first = if doubtful { waiting } else { ms(run_at).min(waiting) };
            let query = sqlx::query("UPDATE outbox SET body = $1, run_at = $2 WHERE id = $3 AND status = 'new'");
            let query = query.bind(to_json("outbox", &body)?).bind(first).bind(row.try_get::<String, _>(0)?);
            if query.execute(&mut *self.inner).await?.rows_affected() == 1 {
                self.wakes.outbox = true;
                return Ok(());
            }
        }
        let body = Body { place: post.place.clone(), to: None, what, seen_by: Vec::new() };
        self.enqueue(Some(&post.id), &body, (now, run_at)).await
    }
}

/// A card to be posted.
#[derive(Debug)]
pub(crate) struct NewPost<'a> {
    pub(crate) request: RequestId,
    pub(crate) card: Card,
    pub(crate) audience: Audience,
    pub(crate) place: &'a Place,
    pub(crate) to: Option<&'a Person>,
    /// Chat ids of people whose clients are asked to look at it by themselves.
    pub(crate) seen_by: Vec<String>,
    pub(crate) view: View,
}

impl Journal {
    /// Claims lanes that have something due.
    pub async fn claim_lanes(&self, now: Timestamp, most: u32) -> Result<Vec<LaneClaim>, JournalError> {
        let clock = self.clock();
        let head = format!(
            "UPDATE lanes SET lease_owner = $1, lease_until = {clock} + {LEASE}, fence = fence + 1 WHERE lane IN (SELECT lane \
             FROM lanes WHERE run_at <= $2 AND lease_until < {clock} AND lane IN (SELECT lane FROM outbox WHERE \
             status = 'new' AND run_at <= $2) ORDER BY run_at LIMIT $3"
        );
        let sql = self.claim_sql(&head, ") RETURNING lane, sent, fence, root");
        let mut tx = self.begin().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(self.owner()).bind(ms(now)).bind(i64::from(most));
        let rows = query.fetch_all(&mut *tx.inner).await?;
        tx.commit().await?;
        let claim = |row: &AnyRow| -> Result<LaneClaim, JournalError> {
            let (lane, sent) = (row.try_get(0)?, from_json("lanes", row.try_get(1)?)?);
            Ok(LaneClaim { lane, sent, fence: row.try_get(2)?, root: row.try_get(3)? })
        };
        rows.iter().map(claim).collect()
    }

    /// The first row of a lane that is due. Rows that no version of us can read are set aside.
    pub async fn next_sending(&self, claim: &LaneClaim, now: Timestamp) -> Result<Option<Sending>, JournalError> {
        let sql = "SELECT id, body, attempt, post_id, claimed_at FROM outbox \
            WHERE lane = $1 AND status = 'new' AND run_at <= $2 ORDER BY id LIMIT 1";
        let (row, body, Body { place, to, what, seen_by }) = loop {
            let row = sqlx::query(sql).bind(&claim.lane).bind(ms(now)).fetch_optional(&self.pool).await?;
            let Some(row) = row else { return Ok(None) };
            let body: String = row.try_get(1)?;
            match from_json("outbox", &body) {
                Ok(read) => break (row, body, read),
                Err(error) => self.bury_sending(&row.try_get::<String, _>(0)?, &error).await?,
            }
        };
        let post_id: Option<String> = row.try_get(3)?;
        let post = match post_id {
            Some(id) => self.post(&id).await?,
            None => None,
        };
        let attempt = u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX);
        let claimed_at = row.try_get::<Option<i64>, _>(4)?.map(super::at);
        Ok(Some(Sending { id: row.try_get(0)?, place, to, what, post, attempt, claimed_at, seen_by, body }))
    }

    async fn bury_sending(&self, id: &str, why: &JournalError) -> Result<(), JournalError> {
        tracing::error!(%id, %why, "an outbox row cannot be read and is set aside");
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE outbox SET status = 'dead' WHERE id = $1").bind(id).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// One post by our id.
    pub async fn post(&self, id: &str) -> Result<Option<Post>, JournalError> {
        let query = sqlx::query(AssertSqlSafe(format!("{POST} WHERE id = $1"))).bind(id);
        query.fetch_optional(&self.pool).await?.as_ref().map(post).transpose()
    }

    /// True for a conversation in which this request has a post.
    pub async fn is_shown_in(&self, request: RequestId, place: &Place) -> Result<bool, JournalError> {
        let sql = format!("{POST} WHERE number = $1");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(request.0)).fetch_all(&self.pool).await?;
        let posts: Vec<Post> = rows.iter().map(post).collect::<Result<_, _>>()?;
        Ok(posts.iter().any(|post| post.place.may_be(place)))
    }

    /// Asked between the head and the body of the call that posts a new message: from now on it counts as sent.
    ///
    /// Of several who believe that the conversation is theirs, one gets [`MayGo::Yes`]: the row is claimed once.
    pub async fn claim_sending(
        &self,
        claim: &LaneClaim,
        sending: &Sending,
        now: Timestamp,
    ) -> Result<MayGo, JournalError> {
        // What the row says may have changed since it was read. What goes now is rewritten then.
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE lanes SET sent = $1 WHERE lane = $2 AND fence = $3");
        let query = query.bind(to_json("lanes", &claim.sent)?).bind(&claim.lane).bind(claim.fence);
        let held = query.execute(&mut *tx.inner).await?.rows_affected();
        let sql = "UPDATE outbox SET claimed_at = $1 WHERE id = $2 AND claimed_at IS NULL AND status = 'new'";
        let query = sqlx::query(sql).bind(ms(now)).bind(&sending.id);
        let claimed = query.execute(&mut *tx.inner).await?.rows_affected();
        if (held, claimed) != (1, 1) {
            return Ok(MayGo::NoLonger);
        }
        tx.commit().await?;
        Ok(MayGo::Yes)
    }

    /// It arrived.
    pub async fn sent(
        &self,
        claim: &LaneClaim,
        sending: &Sending,
        vendor_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        if let (Some(post), id) = (&sending.post, vendor_id) {
            let sql = "UPDATE posts SET vendor_id = COALESCE($1, vendor_id), rewritten_at = $2 WHERE id = $3";
            let query = sqlx::query(sql).bind(id.map(str::to_owned)).bind(ms(now)).bind(&post.id);
            query.execute(&mut *tx.inner).await?;
        }
        if let Some(id) = vendor_id.filter(|_| sending.to.is_none()) {
            let query = sqlx::query("UPDATE lanes SET root = $1 WHERE lane = $2 AND root IS NULL");
            query.bind(id.to_owned()).bind(&claim.lane).execute(&mut *tx.inner).await?;
        }
        let query = sqlx::query("DELETE FROM outbox WHERE id = $1 AND body = $2").bind(&sending.id).bind(&sending.body);
        query.execute(&mut *tx.inner).await?;
        // What it says now is another text, and nobody has sent that.
        let query = sqlx::query("UPDATE outbox SET claimed_at = NULL WHERE id = $1").bind(&sending.id);
        query.execute(&mut *tx.inner).await?;
        let query = sqlx::query("UPDATE lanes SET sent = $1 WHERE lane = $2 AND fence = $3");
        let query = query.bind(to_json("lanes", &claim.sent)?).bind(&claim.lane).bind(claim.fence);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// It did not arrive; the row is tried again then.
    pub async fn not_sent(&self, sending: &Sending, again: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE outbox SET attempt = attempt + 1, claimed_at = NULL, run_at = $1 WHERE id = $2";
        let query = sqlx::query(sql);
        query.bind(ms(again)).bind(&sending.id).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// A limit holds it up: it waits until then, and what follows it may pass. That is no attempt.
    pub async fn put_off(&self, sending: &Sending, until: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE outbox SET run_at = $1 WHERE id = $2 AND body = $3").bind(ms(until));
        query.bind(&sending.id).bind(&sending.body).execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// The vendor no longer knows the message: the next send posts it afresh.
    pub async fn repost(&self, sending: &Sending) -> Result<(), JournalError> {
        let Some(post) = &sending.post else { return Ok(()) };
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE posts SET vendor_id = NULL WHERE id = $1").bind(&post.id);
        query.execute(&mut *tx.inner).await?;
        tx.commit().await
    }

    /// True while nobody else has claimed the lane.
    pub async fn holds_lane(&self, claim: &LaneClaim) -> Result<bool, JournalError> {
        let query = sqlx::query("SELECT fence FROM lanes WHERE lane = $1 AND fence = $2").bind(&claim.lane);
        Ok(query.bind(claim.fence).fetch_optional(&self.pool).await?.is_some())
    }

    /// Makes the lease of a lane last longer; an error means it was lost.
    pub async fn renew_lane(&self, claim: &LaneClaim) -> Result<(), JournalError> {
        let sql = format!("UPDATE lanes SET lease_until = {} + {LEASE} WHERE lane = $1 AND fence = $2", self.clock());
        let mut tx = self.begin_heartbeat().await?;
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&claim.lane).bind(claim.fence);
        let renewed = query.execute(&mut *tx.inner).await?.rows_affected();
        tx.commit().await?;
        if renewed == 1 { Ok(()) } else { Err(JournalError::LeaseLost) }
    }

    /// Ends the claim; the lane rests until then.
    pub async fn leave_lane(&self, claim: &LaneClaim, until: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let query = sqlx::query("UPDATE lanes SET lease_until = 0, run_at = $1 WHERE lane = $2 AND fence = $3");
        query.bind(ms(until)).bind(&claim.lane).bind(claim.fence).execute(&mut *tx.inner).await?;
        tx.wakes.outbox = true;
        tx.commit().await
    }

    /// When the next message may go.
    pub async fn outbox_due(&self) -> Result<Option<Timestamp>, JournalError> {
        let clock = self.clock();
        let sql = format!(
            "SELECT MIN(CASE WHEN lanes.run_at > outbox.run_at THEN lanes.run_at ELSE outbox.run_at END) FROM outbox \
             JOIN lanes ON lanes.lane = outbox.lane WHERE outbox.status = 'new' AND lanes.lease_until < {clock}"
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&self.pool).await?;
        Ok(row.try_get::<Option<i64>, _>(0)?.map(super::at))
    }

    /// How many messages wait, and how many could not be delivered.
    pub async fn outbox_depth(&self) -> Result<(i64, i64), JournalError> {
        let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN status = 'new' THEN 1 ELSE 0 END), 0) AS BIGINT), \
            CAST(COALESCE(SUM(CASE WHEN status = 'dead' THEN 1 ELSE 0 END), 0) AS BIGINT) FROM outbox";
        let row = sqlx::query(sql).fetch_one(&self.pool).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}
