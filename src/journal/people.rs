//! Conversations and people that the bot has met.

use jiff::Timestamp;
use sqlx::Row;

use super::{Journal, JournalError, Tx, from_json, ms, to_json};
use crate::domain::{Person, Place, PlaceKind};

/// Somebody the bot has met, and where to reach them alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The chat's id of them.
    pub chat_id: String,
    /// Display name.
    pub name: String,
    /// Their personal chat with the bot.
    pub place: Option<Place>,
}

impl Journal {
    /// What is known of the person with this directory id.
    pub async fn contact(&self, id: &str) -> Result<Option<Contact>, JournalError> {
        let query = sqlx::query("SELECT chat_id, name, place FROM people WHERE id = $1").bind(id);
        let Some(row) = query.fetch_optional(&self.pool).await? else { return Ok(None) };
        let place: Option<String> = row.try_get(2)?;
        let place = place.map(|text| from_json("people", &text)).transpose()?;
        Ok(Some(Contact { chat_id: row.try_get(0)?, name: row.try_get(1)?, place }))
    }

    /// False for a conversation that the bot was removed from.
    pub async fn is_reachable(&self, place: &Place) -> Result<bool, JournalError> {
        let query = sqlx::query("SELECT gone_at FROM places WHERE conversation = $1").bind(base(&place.conversation));
        let row = query.fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get::<Option<i64>, _>(0)).transpose()?.flatten().is_none())
    }
}

/// Threads of one channel are one membership.
fn base(conversation: &str) -> &str {
    conversation.split(';').next().unwrap_or(conversation)
}

impl Tx {
    /// Remembers who was met and where; the newest address counts.
    ///
    /// Looks before it writes: everybody in a channel meets the bot in the same place, and on PostgreSQL a written row keeps
    /// all others waiting until the end of the transaction.
    pub async fn meet(&mut self, who: &Person, place: &Place) -> Result<(), JournalError> {
        if !self.knows_place(place).await? {
            self.remember_place(place).await?;
        }
        if !who.id.is_empty() && !self.knows_person(who, place).await? {
            self.remember_person(who, place).await?;
        }
        Ok(())
    }

    async fn knows_place(&mut self, place: &Place) -> Result<bool, JournalError> {
        let sql = "SELECT body FROM places WHERE conversation = $1 AND gone_at IS NULL";
        let row = sqlx::query(sql).bind(base(&place.conversation)).fetch_optional(&mut *self.inner).await?;
        let Some(row) = row else { return Ok(false) };
        // Threads of one channel differ in nothing but their name.
        let known: Place = from_json("places", row.try_get(0)?)?;
        Ok(Place { conversation: place.conversation.clone(), ..known } == *place)
    }

    async fn knows_person(&mut self, who: &Person, place: &Place) -> Result<bool, JournalError> {
        let sql = "SELECT chat_id, name, place FROM people WHERE id = $1";
        let row = sqlx::query(sql).bind(&who.id).fetch_optional(&mut *self.inner).await?;
        let Some(row) = row else { return Ok(false) };
        let (chat_id, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let alone: Option<String> = row.try_get(2)?;
        let reached = place.kind != PlaceKind::Personal || alone == Some(to_json("people", place)?);
        Ok(chat_id == who.chat_id && (who.name.is_empty() || name == who.name) && reached)
    }

    async fn remember_place(&mut self, place: &Place) -> Result<(), JournalError> {
        let sql = "INSERT INTO places (conversation, body) VALUES ($1, $2) \
            ON CONFLICT (conversation) DO UPDATE SET body = $2, gone_at = NULL";
        let query = sqlx::query(sql).bind(base(&place.conversation)).bind(to_json("places", place)?);
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    async fn remember_person(&mut self, who: &Person, place: &Place) -> Result<(), JournalError> {
        let alone = (place.kind == PlaceKind::Personal).then(|| to_json("people", place)).transpose()?;
        let sql = "INSERT INTO people (id, chat_id, name, place) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (id) DO UPDATE SET chat_id = $2, name = CASE WHEN $3 = '' THEN people.name ELSE $3 END, \
            place = COALESCE($4, people.place)";
        let query = sqlx::query(sql).bind(&who.id).bind(&who.chat_id).bind(&who.name).bind(alone);
        query.execute(&mut *self.inner).await?;
        Ok(())
    }

    /// True the first time: the bot may greet. Being added is told in several events.
    pub async fn may_greet(&mut self, place: &Place, now: Timestamp) -> Result<bool, JournalError> {
        let sql = "UPDATE places SET greeted_at = $1 WHERE conversation = $2 AND greeted_at IS NULL";
        let query = sqlx::query(sql).bind(ms(now)).bind(base(&place.conversation));
        Ok(query.execute(&mut *self.inner).await?.rows_affected() == 1)
    }

    /// The bot was removed: nothing can be posted there, and a new start is greeted again.
    pub async fn forget(&mut self, place: &Place, now: Timestamp) -> Result<(), JournalError> {
        let sql = "UPDATE places SET gone_at = $1, greeted_at = NULL WHERE conversation = $2";
        sqlx::query(sql).bind(ms(now)).bind(base(&place.conversation)).execute(&mut *self.inner).await?;
        Ok(())
    }
}
